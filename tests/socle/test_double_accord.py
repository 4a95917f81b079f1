"""Two parties, two people, any order; one refusal closes; the attempt of another leaves a trace."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from actions.models import Inscription
from contrats.models import Adhesion, Signature
from pacte.socle.double_accord import Partie, agents_de, parties_de
from pacte.socle.models import EntreeJournal
from pacte.socle.transitions import TransitionInterdite
from tests.conftest import creer_agent
from tests.documents import PDF
from tests.fabriques import (
    creer_acte,
    creer_action,
    creer_adhesion,
    creer_inscription,
    creer_personne,
)

ETAT, DEPARTEMENT = Partie.ETAT, Partie.DEPARTEMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def agents(agent_etat, agent_departement):
    return {ETAT: agent_etat, DEPARTEMENT: agent_departement}


@pytest.fixture(params=[creer_adhesion, creer_inscription], ids=["adhesion", "inscription"])
def demande(request):
    return request.param()


def faits() -> list[str]:
    return list(EntreeJournal.objects.order_by("pk").values_list("fait", flat=True))


@pytest.mark.parametrize("ordre", [(ETAT, DEPARTEMENT), (DEPARTEMENT, ETAT)])
def test_deux_accords_dans_un_ordre_ou_dans_l_autre(demande, agents, ordre):
    for partie in ordre:
        assert demande.est_en_attente
        demande.accorder(partie, par=agents[partie])

    demande.refresh_from_db()
    assert demande.statut == "accordee"
    assert demande.accord_etat_par == agents[ETAT]
    assert demande.accord_departement_par == agents[DEPARTEMENT]
    assert faits().count("accord.donne") == 2
    assert faits().count("accord.conclu") == 1


def test_une_partie_ne_decide_qu_une_fois(demande, agents):
    demande.accorder(ETAT, par=agents[ETAT])

    with pytest.raises(TransitionInterdite, match="L’État a déjà donné son accord, le"):
        demande.accorder(ETAT, par=creer_agent("Agents de l’État", "autre@etat.exemple"))
    with pytest.raises(TransitionInterdite, match="déjà donné"):
        demande.refuser(ETAT, par=agents[ETAT], motif="Finalement non.")

    assert demande.est_en_attente


@pytest.mark.parametrize("geste", ["accorder", "refuser"])
def test_decider_pour_l_autre_partie_est_refuse_et_consigne(demande, agents, geste):
    details = {"motif": "Non."} if geste == "refuser" else {}

    with pytest.raises(PermissionDenied):
        getattr(demande, geste)(ETAT, par=agents[DEPARTEMENT], **details)

    tentative = EntreeJournal.objects.get(fait="accord.tentative")
    assert (tentative.par, tentative.apres) == (agents[DEPARTEMENT], {"partie": "etat"})
    demande.refresh_from_db()
    assert demande.accord_de(ETAT) is None


def test_un_super_utilisateur_ne_decide_pour_personne(demande, administrateur):
    assert parties_de(administrateur) == []
    for partie in Partie:
        with pytest.raises(PermissionDenied):
            demande.accorder(partie, par=administrateur)


def test_un_compte_ferme_ne_decide_plus(agent_etat):
    agent_etat.is_active = False

    assert parties_de(agent_etat) == []


def test_le_meme_droit_d_une_autre_application_ne_decide_de_rien():
    """Groups are edited in the administration: a permission counts with its application."""
    autre = Permission.objects.create(
        codename="decider_etat",
        name="Homonyme",
        content_type=ContentType.objects.get_for_model(Adhesion),
    )
    groupe = Group.objects.create(name="Homonymes")
    groupe.permissions.add(autre)
    compte = creer_personne()
    compte.groups.add(groupe)

    assert parties_de(compte) == []
    assert compte not in agents_de(ETAT)


def test_chaque_partie_a_sa_file_la_plus_ancienne_d_abord(demande, agents):
    """Requests of every position, the newest written first."""
    creer, jours = type(demande).objects, [3, 9, 6]
    creer_demande = {"adhesion": creer_adhesion, "inscription": creer_inscription}[
        demande._meta.model_name
    ]
    en_attente = [creer_demande(deposee_le=timezone.now() - timedelta(days=j)) for j in jours]
    refusee, accordee, retiree = (creer_demande() for _ in range(3))
    refusee.refuser(ETAT, par=agents[ETAT], motif="Non.")
    retiree.retirer()
    for partie, agent in agents.items():
        accordee.accorder(partie, par=agent)
    en_attente[1].accorder(ETAT, par=agents[ETAT])
    en_attente[2].accorder(DEPARTEMENT, par=agents[DEPARTEMENT])

    rang = [en_attente[i] for i in (1, 2, 0)]
    assert list(creer.en_attente()) == [*rang, demande]
    assert list(creer.a_decider_par(ETAT)) == [en_attente[2], en_attente[0], demande]
    assert list(creer.a_decider_par(DEPARTEMENT)) == [en_attente[1], en_attente[0], demande]
    assert list(creer.accordees()) == [accordee]


def test_une_demande_close_dit_a_chaque_partie_comment(agents):
    accordee, refusee, retiree = (creer_inscription() for _ in range(3))
    for partie, agent in agents.items():
        accordee.accorder(partie, par=agent)
    refusee.refuser(ETAT, par=agents[ETAT], motif="Non.")
    retiree.retirer()

    dits = [[demande.dire_pour(p) for p in Partie] for demande in (accordee, refusee, retiree)]

    assert dits == [["accordée"] * 2, ["refusée"] * 2, ["retirée"] * 2]


def test_le_jour_meme_on_attend_depuis_aujourd_hui(demande):
    assert demande.dire_pour(ETAT) == "À vous de décider, depuis aujourd’hui"


def test_ce_qui_est_conclu_ou_refuse_est_ecrit_aux_deux_parties_et_un_retrait_a_personne(
    agents, django_capture_on_commit_callbacks
):
    accordee, refusee, retiree = (creer_inscription() for _ in range(3))

    with django_capture_on_commit_callbacks(execute=True):
        retiree.retirer()
    assert mail.outbox == []

    with django_capture_on_commit_callbacks(execute=True):
        refusee.refuser(ETAT, par=agents[ETAT], motif="Non.")
    destinataires = sorted(agent.email for agent in agents.values())
    assert sorted(adresse for m in mail.outbox for adresse in m.to) == destinataires

    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        accordee.accorder(ETAT, par=agents[ETAT])
    assert [m.to for m in mail.outbox] == [[agents[DEPARTEMENT].email]]

    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        accordee.accorder(DEPARTEMENT, par=agents[DEPARTEMENT])
    assert sorted(adresse for m in mail.outbox for adresse in m.to) == destinataires


def test_une_personne_des_deux_groupes_ne_donne_qu_un_accord(demande, agents, agent_etat):
    agent_etat.groups.add(*agents[DEPARTEMENT].groups.all())
    demande.accorder(ETAT, par=agent_etat)

    with pytest.raises(ValidationError, match="Une même personne"):
        demande.accorder(DEPARTEMENT, par=agent_etat)

    demande.refresh_from_db()
    assert demande.est_en_attente
    assert demande.accord_de(DEPARTEMENT) is None


def test_un_refus_motive_clot_la_demande(demande, agents):
    demande.accorder(ETAT, par=agents[ETAT])
    demande.refuser(DEPARTEMENT, par=agents[DEPARTEMENT], motif=" Déjà fait par le CCAS. ")

    demande.refresh_from_db()
    assert (demande.statut, demande.motif_refus) == ("refusee", "Déjà fait par le CCAS.")
    assert demande.positions[1][1].startswith("refus le")
    with pytest.raises(TransitionInterdite, match="déjà refusée"):
        demande.accorder(DEPARTEMENT, par=agents[DEPARTEMENT])


@pytest.mark.parametrize(("partie", "dit"), [(ETAT, "de l’État"), (DEPARTEMENT, "du Département")])
def test_un_refus_se_dit_de_sa_partie(demande, agents, partie, dit):
    assert demande.de_qui_refuse == ""

    demande.refuser(partie, par=agents[partie], motif="Non.")

    assert demande.de_qui_refuse == dit


def test_un_refus_sans_motif_ne_clot_rien(demande, agents):
    with pytest.raises(ValidationError, match="Un refus a un motif"):
        demande.refuser(ETAT, par=agents[ETAT], motif="  ")

    demande.refresh_from_db()
    assert demande.est_en_attente


def test_une_demande_retiree_ne_se_decide_plus(demande, agents):
    demande.retirer()

    with pytest.raises(TransitionInterdite, match="déjà retirée"):
        demande.accorder(ETAT, par=agents[ETAT])


def test_un_accord_ecrit_s_enregistre_avec_son_document(demande, agents, administrateur):
    demande.accorder(DEPARTEMENT, par=agents[DEPARTEMENT])
    piece = SimpleUploadedFile("accord.pdf", PDF)

    demande.accorder_par_ecrit(ETAT, par=administrateur, piece=piece)

    demande.refresh_from_db()
    assert demande.statut == "accordee"
    assert demande.piece_de(ETAT).read() == PDF
    assert "accord.ecrit" in faits()


@pytest.mark.parametrize(
    "piece",
    [
        None,
        SimpleUploadedFile("accord.pdf", b"MZ un programme"),
        SimpleUploadedFile("accord.exe", PDF),
        SimpleUploadedFile("accord.pdf", b""),
    ],
    ids=["absent", "pas un PDF", "autre extension", "vide"],
)
def test_un_accord_ecrit_sans_vrai_document_est_refuse(demande, administrateur, piece):
    with pytest.raises(ValidationError):
        demande.accorder_par_ecrit(ETAT, par=administrateur, piece=piece)

    demande.refresh_from_db()
    assert demande.accord_de(ETAT) is None


def test_un_agent_n_enregistre_pas_d_accord_ecrit(demande, agents):
    with pytest.raises(PermissionDenied):
        demande.accorder_par_ecrit(
            ETAT, par=agents[DEPARTEMENT], piece=SimpleUploadedFile("a.pdf", PDF)
        )


def test_la_meme_personne_n_enregistre_pas_les_deux_accords_ecrits(demande, administrateur):
    demande.accorder_par_ecrit(ETAT, par=administrateur, piece=SimpleUploadedFile("a.pdf", PDF))

    with pytest.raises(ValidationError, match="Une même personne"):
        demande.accorder_par_ecrit(
            DEPARTEMENT, par=administrateur, piece=SimpleUploadedFile("b.pdf", PDF)
        )


def test_chaque_partie_lit_ou_en_est_la_demande_et_depuis_quand(demande, agents):
    demande.deposee_le = timezone.now() - timedelta(days=12)
    demande.save()

    assert demande.dire_pour(ETAT) == "À vous de décider, depuis 12\u00a0jours"
    demande.accorder(ETAT, par=agents[ETAT])
    assert demande.dire_pour(ETAT) == "En attente du Département, depuis 12\u00a0jours"
    assert demande.dire_pour(DEPARTEMENT) == "À vous de décider, depuis 12\u00a0jours"
    assert [partie for partie, _ in demande.positions] == ["État", "Département"]
    assert demande.positions[1][1] == "examine la demande depuis 12\u00a0jours"


def test_l_admission_mene_a_une_signature_puis_a_une_page(
    agents, django_capture_on_commit_callbacks
):
    adhesion = creer_adhesion()
    partenaire = adhesion.partenaire
    type(partenaire).objects.filter(pk=partenaire.pk).update(
        publication="brouillon", est_candidat=True
    )
    partenaire.refresh_from_db()
    acte = creer_acte(contrat=adhesion.contrat, signe_le=timezone.localdate())
    signature = {"qualite": "présidente", "signe_le": timezone.localdate()}

    with pytest.raises(TransitionInterdite, match="n’a pas encore signé"):
        partenaire.publier(par=agents[DEPARTEMENT])
    with pytest.raises(TransitionInterdite, match="après l’accord"):
        adhesion.signer(acte, par=agents[DEPARTEMENT], **signature)
    with django_capture_on_commit_callbacks(execute=True):
        adhesion.accorder(ETAT, par=agents[ETAT])
        adhesion.accorder(DEPARTEMENT, par=agents[DEPARTEMENT])
    adhesion.signer(acte, par=agents[DEPARTEMENT], **signature)

    partenaire.refresh_from_db()
    assert partenaire.est_visible
    assert Signature.objects.get().qualite == "présidente"
    assert "adhesion.signature" in faits()
    (message,) = [m for m in mail.outbox if m.subject.startswith("Votre demande")]
    assert message.to == ["camille@exemple.fr"] and "accordée" in message.subject


def test_on_ne_signe_pas_l_acte_d_un_autre_contrat(agents):
    adhesion = creer_adhesion()
    for partie, agent in agents.items():
        adhesion.accorder(partie, par=agent)

    with pytest.raises(TransitionInterdite, match="autre contrat"):
        adhesion.signer(
            creer_acte(contrat=creer_adhesion().contrat),
            qualite="",
            signe_le=timezone.localdate(),
            par=agents[DEPARTEMENT],
        )

    assert Adhesion.objects.get(pk=adhesion.pk).signature is None


def test_les_deux_accords_inscrivent_une_action_sans_libelle(agents):
    action = creer_action(publication="brouillon", visible_depuis=None)

    with pytest.raises(TransitionInterdite, match="ni accord de l’État"):
        action.publier(par=agents[DEPARTEMENT])
    inscription = creer_inscription(action=action)
    for partie, agent in agents.items():
        inscription.accorder(partie, par=agent)
    action.publier(par=agents[DEPARTEMENT])

    assert action.est_visible
    assert action.inscrite_le is not None
    assert "actions.inscrite" in faits()


def test_les_messages_partent_apres_et_a_l_autre_partie(agents, django_capture_on_commit_callbacks):
    adhesion = creer_adhesion()

    with django_capture_on_commit_callbacks(execute=True):
        adhesion.accorder(ETAT, par=agents[ETAT])
        assert mail.outbox == []

    (message,) = mail.outbox
    assert message.to == [agents[DEPARTEMENT].email]
    assert message.subject.startswith("L’État a donné son accord, à vous de décider : ")
    assert "À vous de décider" in message.body
    assert message.body.count("http") == 2  # the link, and the site that signs
    assert f"/admin/contrats/adhesion/{adhesion.pk}/change/" in message.body


def test_demander_deux_fois_la_meme_inscription_est_dit_a_cote_du_champ(client, agent_departement):
    demande = creer_inscription()
    client.force_login(agent_departement)

    page = client.post(
        "/admin/actions/inscription/add/", {"action": demande.action_id, "raison": "Encore."}
    )

    assert "Une demande est déjà en cours" in page.content.decode()
    assert "Encore." in page.content.decode()


def test_une_inscription_deposee_s_ecrit_aux_deux_parties(
    agents, django_capture_on_commit_callbacks
):
    demande = Inscription(action=creer_action(publication="brouillon"), raison="Un besoin.")

    with django_capture_on_commit_callbacks(execute=True):
        demande.deposer(par=agents[DEPARTEMENT])

    assert Inscription.objects.get() == demande
    assert faits() == ["accord.depot"]
    destinataires = sorted(agent.email for agent in agents.values())
    assert sorted(adresse for m in mail.outbox for adresse in m.to) == destinataires


def test_une_inscription_demande_le_droit_et_une_raison(agents):
    demande = Inscription(action=creer_action(publication="brouillon"), raison="")

    with pytest.raises(PermissionDenied):
        demande.deposer(par=creer_personne())
    with pytest.raises(ValidationError) as refus:
        demande.deposer(par=agents[DEPARTEMENT])

    assert set(refus.value.message_dict) == {"raison"}
    assert not Inscription.objects.exists()
