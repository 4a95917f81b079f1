"""Signing after both agreements, with the deed made on the way; and by no other door."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.timezone import localdate, now

from contrats.models import Acte, Adhesion, Signature
from pacte.socle.double_accord import Partie
from pacte.socle.models import EntreeJournal
from pacte.socle.transitions import TransitionInterdite
from partenaires.models import Partenaire
from tests.comptes.gestes import lire
from tests.fabriques import (
    creer_acte,
    creer_adhesion,
    creer_contrat,
    creer_contribution,
    creer_membre,
    creer_partenaire,
    creer_personne,
)
from tests.formulaires import envoyer

pytestmark = pytest.mark.django_db


@pytest.fixture
def adhesion():
    candidat = creer_partenaire(
        "Épicerie", est_candidat=True, publication="brouillon", visible_depuis=None
    )
    return creer_adhesion(partenaire=candidat)


@pytest.fixture
def accordee(adhesion, agent_departement, agent_etat):
    adhesion.accorder(Partie.ETAT, par=agent_etat)
    adhesion.accorder(Partie.DEPARTEMENT, par=agent_departement)
    return adhesion


def dans(jours: int):
    return localdate() + timedelta(days=jours)


def jour() -> str:
    return localdate().strftime("%d/%m/%Y")


def signer(client, adhesion, **champs):
    adresse = f"/admin/contrats/adhesion/{adhesion.pk}/signer/"
    return client.post(adresse, {"signe_le": jour(), **champs}, follow=True)


def test_le_departement_seul_ne_rend_pas_public_un_candidat(client, adhesion, agent_departement):
    """The candidate added as an inline signature of a deed, then published."""
    acte = creer_acte(contrat=adhesion.contrat, signe_le=localdate())
    client.force_login(agent_departement)
    fiche = f"/admin/contrats/acte/{acte.pk}/change/"
    ligne = {"signatures-TOTAL_FORMS": "1", "signatures-0-partenaire": adhesion.partenaire_id}

    page = envoyer(client, fiche, **ligne, **{"signatures-0-acte": acte.pk})
    publication = envoyer(
        client, f"/admin/partenaires/partenaire/{adhesion.partenaire_id}/change/", "_publier"
    )

    assert "Ce choix ne fait pas partie de ceux disponibles" in lire(page)
    assert not Signature.objects.exists()
    assert not Partenaire.objects.get(pk=adhesion.partenaire_id).est_visible
    assert publication.status_code == 302


def test_une_organisation_connue_qui_demande_signe_par_sa_demande(client, agent_departement):
    adhesion = creer_adhesion()
    acte = creer_acte(contrat=adhesion.contrat, signe_le=localdate())
    client.force_login(agent_departement)
    ligne = {"signatures-TOTAL_FORMS": "1", "signatures-0-partenaire": adhesion.partenaire_id}

    page = envoyer(client, f"/admin/contrats/acte/{acte.pk}/change/", **ligne)

    assert "depuis l’écran de sa demande" in lire(page)
    assert not Signature.objects.exists()


@pytest.mark.parametrize("qui", ["partie", "signataire", "retiree"])
def test_une_demande_ecrite_au_nom_d_un_autre_ne_l_empeche_pas_de_signer(qui):
    """Anybody may write a request: it takes nothing from a signatory."""
    partenaire = creer_partenaire(partie="etat" if qui == "partie" else "")
    contrat = creer_contrat()
    if qui == "signataire":
        premier = creer_acte(contrat=contrat, signe_le=localdate())
        Signature.objects.create(acte=premier, partenaire=partenaire)
    adhesion = creer_adhesion(partenaire=partenaire, contrat=contrat)
    if qui == "retiree":
        adhesion.retirer()

    avenant = creer_acte(contrat=contrat, signe_le=localdate(), type_acte="avenant")
    signature = Signature(acte=avenant, partenaire=partenaire)
    signature.full_clean()
    signature.save()
    signature.qualite = "préfet"
    signature.save()

    assert avenant.signatures.get().qualite == "préfet"


@pytest.fixture
def signable(agent_etat, agent_departement):
    """Return a function: contract of a deed → whether `partenaire` may sign it, by the model."""

    def signable(partenaire, contrat) -> bool:
        acte = creer_acte(contrat=contrat, signe_le=localdate())
        try:
            Signature(acte=acte, partenaire=partenaire).full_clean()
        except ValidationError:
            return False
        return True

    return signable


def test_qui_a_demande_signe_ce_qui_lui_est_accorde_et_rien_d_autre(signable, accordee):
    partenaire = accordee.partenaire
    Partenaire.objects.filter(pk=partenaire.pk).update(est_candidat=False)
    partenaire.refresh_from_db()
    en_attente = creer_adhesion(partenaire=partenaire)

    assert signable(partenaire, accordee.contrat)
    assert signable(partenaire, None)
    assert not signable(partenaire, en_attente.contrat)
    assert not signable(partenaire, creer_contrat())


def test_qui_n_est_accorde_nulle_part_ne_signe_pas_le_pacte_lui_meme(signable):
    en_attente = creer_adhesion()

    assert not signable(en_attente.partenaire, None)
    assert not signable(en_attente.partenaire, en_attente.contrat)


def test_qui_n_a_rien_demande_signe_sauf_un_candidat(signable):
    candidat = creer_partenaire(est_candidat=True, publication="brouillon", visible_depuis=None)

    assert signable(creer_partenaire(), None)
    assert signable(creer_partenaire(), creer_contrat())
    assert not signable(candidat, None)


def test_avoir_signe_un_contrat_n_ouvre_pas_les_autres(signable):
    """A signatory whose request for another contract waits."""
    en_attente = creer_adhesion()
    partenaire, signe = en_attente.partenaire, creer_contrat()
    en_attente.retirer()
    acte = creer_acte(contrat=signe, signe_le=localdate())
    Signature.objects.create(acte=acte, partenaire=partenaire)
    autre = creer_adhesion(partenaire=partenaire)

    assert signable(partenaire, signe)
    assert signable(partenaire, None)
    assert not signable(partenaire, autre.contrat)


def test_deux_demandes_de_signature_se_suivent_de_la_plus_ancienne(agent_departement, agent_etat):
    jours = (2, 8, 5)
    demandes = [creer_adhesion(deposee_le=now() - timedelta(days=j)) for j in jours]
    for demande in demandes:
        demande.accorder(Partie.ETAT, par=agent_etat)
        demande.accorder(Partie.DEPARTEMENT, par=agent_departement)
    creer_adhesion()
    rangees = [demandes[i] for i in (1, 2, 0)]
    assert list(Adhesion.objects.a_signer()) == rangees
    assert list(Adhesion.objects.a_publier()) == []

    for demande in demandes:
        acte = creer_acte(contrat=demande.contrat, signe_le=localdate())
        demande.signer(acte, qualite="", signe_le=localdate(), par=agent_departement)
    assert list(Adhesion.objects.a_signer()) == []
    assert list(Adhesion.objects.a_publier()) == rangees
    creer_contribution(partenaire=demandes[1].partenaire, adhesion=demandes[1])
    assert list(Adhesion.objects.a_publier()) == rangees[1:]


@pytest.mark.parametrize(
    ("acte", "signe_le", "raison"),
    [
        (None, 0, "n’est pas encore signé"),
        (1, 0, "n’est pas encore signé"),
        (0, 1, "datée d’aujourd’hui au plus tard"),
        (0, 0, None),
        (-5, -9, None),
    ],
)
def test_une_signature_se_date_d_aujourd_hui_au_plus_tard(
    accordee, agent_departement, acte, signe_le, raison
):
    acte = creer_acte(contrat=accordee.contrat, signe_le=acte if acte is None else dans(acte))
    refus = pytest.raises(TransitionInterdite, match=raison) if raison else nullcontext()

    with refus:
        accordee.signer(acte, qualite="", signe_le=dans(signe_le), par=agent_departement)

    assert Signature.objects.exists() is (raison is None)


def test_un_acte_du_pacte_lui_meme_se_signe_et_un_nouveau_est_du_contrat(
    accordee, agent_departement
):
    acte = creer_acte(contrat=None, signe_le=localdate())

    accordee.signer(acte, qualite="", signe_le=localdate(), par=agent_departement)

    acte.refresh_from_db()
    assert acte.contrat is None


def test_signer_se_raconte_sur_la_page_du_partenaire(client, accordee, agent_departement):
    acte = creer_acte(contrat=accordee.contrat, signe_le=localdate())

    accordee.signer(acte, qualite="", signe_le=localdate(), par=agent_departement)

    page = lire(client.get(accordee.partenaire.get_absolute_url()))
    assert "prend part au Pacte, avec l’accord de l’État et du Département." in page


def _deja_publique(adhesion) -> None:
    Partenaire.objects.filter(pk=adhesion.partenaire_id).update(
        est_candidat=False, publication="visible", visible_depuis=now()
    )
    adhesion.refresh_from_db()


def test_l_etat_n_enregistre_pas_de_signature(accordee, agent_etat):
    """Even of a partner that nothing is left to publish of."""
    _deja_publique(accordee)
    acte = creer_acte(contrat=accordee.contrat, signe_le=localdate())

    with pytest.raises(PermissionDenied):
        accordee.signer(acte, qualite="", signe_le=localdate(), par=agent_etat)


@pytest.mark.parametrize(
    ("acte", "qualite", "champ"),
    [({"type_acte": ""}, "", "type_acte"), ({"type_acte": "avenant"}, "x" * 121, "qualite")],
)
def test_un_acte_ou_une_signature_mal_remplis_sont_refuses(
    accordee, agent_departement, acte, qualite, champ
):
    acte = Acte(objet="Adhésion", signe_le=localdate(), **acte)

    with pytest.raises(ValidationError) as refus:
        accordee.signer(acte, qualite=qualite, signe_le=localdate(), par=agent_departement)

    assert set(refus.value.message_dict) == {champ}
    assert not Acte.objects.exists()


def test_signer_ne_republie_pas_une_page_deja_publique(accordee, agent_departement):
    _deja_publique(accordee)
    acte = creer_acte(contrat=accordee.contrat, signe_le=localdate())

    accordee.signer(acte, qualite="", signe_le=localdate(), par=agent_departement)

    faits = EntreeJournal.objects.values_list("fait", flat=True)
    assert "publication.rendu_visible" not in faits
    assert "adhesion.signature" in faits


def test_une_candidate_accordee_ne_signe_que_par_l_ecran_de_sa_demande(
    client, accordee, agent_departement
):
    acte = creer_acte(contrat=accordee.contrat, signe_le=localdate())
    client.force_login(agent_departement)
    ligne = {"signatures-TOTAL_FORMS": "1", "signatures-0-partenaire": accordee.partenaire_id}

    page = envoyer(client, f"/admin/contrats/acte/{acte.pk}/change/", **ligne)

    assert page.status_code == 200
    assert not Signature.objects.exists()


def test_un_acte_signe_garde_son_contrat(client, agent_departement):
    acte = creer_acte(contrat=creer_contrat(), signe_le=localdate())
    Signature.objects.create(acte=acte, partenaire=creer_partenaire())
    client.force_login(agent_departement)

    page = envoyer(
        client, f"/admin/contrats/acte/{acte.pk}/change/", contrat=str(creer_contrat().pk)
    )

    assert "Cet acte est signé : il garde son contrat." in lire(page)
    acte.full_clean()


def test_une_signature_sans_acte_ne_dit_que_cela():
    with pytest.raises(ValidationError) as refus:
        Signature(partenaire=creer_partenaire()).full_clean()

    assert set(refus.value.message_dict) == {"acte"}


def test_la_signature_a_enregistrer_est_dans_a_traiter(client, accordee, agent_departement):
    client.force_login(agent_departement)

    page = lire(client.get("/admin/"))

    assert "Signatures à enregistrer" in page
    assert f"/admin/contrats/adhesion/{accordee.pk}/signer/" in page
    assert "Brouillons : partenaires" not in page


def test_sans_acte_la_signature_en_cree_un(client, accordee, agent_departement):
    """The state of a new installation: no deed yet."""
    client.force_login(agent_departement)

    page = lire(signer(client, accordee, type_acte="avenant", objet="Adhésion de l’épicerie"))

    acte = Acte.objects.get()
    assert "est publique" in page
    assert (acte.contrat, acte.signe_le, acte.type_acte) == (
        accordee.contrat,
        localdate(),
        "avenant",
    )
    assert Signature.objects.get().acte == acte
    assert Partenaire.objects.get(pk=accordee.partenaire_id).est_visible


def test_ni_acte_ni_objet_se_dit_a_cote_du_champ(client, accordee, agent_departement):
    client.force_login(agent_departement)

    page = lire(signer(client, accordee, objet=""))

    assert "Choisir un acte, ou écrire l’objet de celui qui est à créer." in page
    assert not Acte.objects.exists()


def test_un_acte_cree_ne_reste_pas_quand_la_signature_est_refusee(
    client, accordee, agent_departement
):
    Partenaire.objects.filter(pk=accordee.partenaire_id).update(
        publication="retiree", motif_retrait="Doublon"
    )
    client.force_login(agent_departement)

    page = lire(signer(client, accordee, objet="Adhésion"))

    assert "a été retiré du site" in page
    assert not Acte.objects.exists()


def test_une_fois_signe_l_invitation_est_prete(client, accordee, agent_departement, agent_etat):
    client.force_login(agent_departement)
    fiche = f"/admin/contrats/adhesion/{accordee.pk}/change/"
    assert client.get(fiche).context["a_inviter"] == ""
    signer(client, accordee, objet="Avenant", type_acte="avenant")

    adresse = client.get(fiche).context["a_inviter"]
    formulaire = client.get(adresse).context["adminform"].form

    assert "Inviter Camille Essai…" in client.get(fiche).content.decode()
    assert formulaire["courriel"].value() == "camille@exemple.fr"
    assert formulaire["partenaire"].value() == str(accordee.partenaire_id)
    assert formulaire["role"].value() == "referent"
    client.force_login(agent_etat)
    assert client.get(fiche).context["a_inviter"] == ""
    personne = creer_personne("Camille@exemple.fr")
    creer_membre(accordee.partenaire, utilisateur=personne)
    client.force_login(agent_departement)
    assert client.get(fiche).context["a_inviter"] == ""
