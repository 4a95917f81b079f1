"""A change prepared aside: nothing is public before, everything is checked when it is published."""

from datetime import date
from html import unescape
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from actions.models import Action, Contribution, PreparationAction, Public
from pacte.socle.models import EntreeJournal
from pacte.socle.preparation import StatutPreparation
from pacte.socle.transitions import TransitionInterdite
from partenaires.models import Partenaire, PreparationPartenaire
from tests import fabriques as f
from tests.conftest import creer_agent
from tests.formulaires import champs_du_formulaire
from tests.lecture import contenu, lisible

pytestmark = pytest.mark.django_db


def _lue(reponse) -> str:
    return lisible(unescape(contenu(reponse)))


@pytest.fixture
def jeu(db, agent_departement, client):
    """A published action with two contributions, and an officer who prepares."""
    client.force_login(agent_departement)
    action = f.creer_action_libellee("Mobilité", en_clair="Aider à se déplacer.")
    entraide, secours = f.creer_partenaire("Entraide"), f.creer_partenaire("Secours")
    jeu = SimpleNamespace(
        client=client,
        agent=agent_departement,
        action=action,
        entraide=entraide,
        secours=secours,
        une=f.creer_contribution(action=action, partenaire=entraide, texte="Oriente."),
        autre=f.creer_contribution(action=action, partenaire=secours, texte="Accueille."),
        jeunes=Public.objects.create(code="jeunes", nom="Jeunes"),
        ecrire=f"/admin/actions/preparationaction/preparer/{action.pk}/",
    )
    jeu.page = action.get_absolute_url()
    return jeu


def _preparer(jeu, **changes):
    """Send the form as a browser would, `changes` typed; return the change being prepared."""
    champs = champs_du_formulaire(jeu.client.get(jeu.ecrire), "titre")
    reponse = jeu.client.post(jeu.ecrire, {**champs, **changes})
    assert reponse.status_code == 302
    return PreparationAction.objects.en_cours().get()


def _ecran(preparation, geste="change"):
    return f"/admin/actions/preparationaction/{preparation.pk}/{geste}/"


def _publier(jeu, preparation):
    champs = champs_du_formulaire(jeu.client.get(_ecran(preparation)), "lu")
    return jeu.client.post(_ecran(preparation, "publier"), champs, follow=True)


TOUT = {
    "titre": "Mobilité solidaire",
    "debut_prevu": "2026-02-01",
    "contributions-0-texte": "Oriente et accompagne.",
    "contributions-1-DELETE": "on",
    "contributions-2-role": "operateur",
    "contributions-2-nature": "locaux",
    "contributions-2-texte": "Prête un local.",
}


def test_ce_qui_est_prepare_n_est_nulle_part_avant_d_etre_publie(jeu):
    preparation = _preparer(
        jeu, **TOUT, **{"contributions-2-partenaire": jeu.secours.pk, "publics": [jeu.jeunes.pk]}
    )

    page = _lue(Client().get(jeu.page))
    assert "Mobilité solidaire" not in page and "Prête un local." not in page
    assert not jeu.action.publics.exists()

    apercu = jeu.client.get(_ecran(preparation, "apercu"))
    assert "no-store" in apercu["Cache-Control"]
    vue = _lue(apercu)
    # Not a page to cite: it has no public address.
    assert "Citer ou partager" not in vue
    for attendu in ("Mobilité solidaire", "Prête un local.", "Oriente et accompagne.", "Jeunes"):
        assert attendu in vue
    assert "Accueille." not in vue
    assert "Aperçu d’une modification préparée" in vue
    # The page was read as it would be, and nothing of it stays.
    assert _lue(Client().get(jeu.page)) == page
    assert Contribution.objects.count() == 2

    assert "est à jour sur le site" in _lue(_publier(jeu, preparation))
    publiee = _lue(Client().get(jeu.page))
    for attendu in ("Mobilité solidaire", "Prête un local.", "Oriente et accompagne.", "Jeunes"):
        assert attendu in publiee
    assert "Accueille." not in publiee and "Aperçu" not in publiee
    jeu.action.refresh_from_db()
    assert jeu.action.debut_prevu == date(2026, 2, 1)
    assert EntreeJournal.objects.filter(fait="preparation.publiee", id_objet=jeu.action.pk).exists()


def test_continuer_reprend_ce_qui_etait_prepare(jeu):
    _preparer(jeu, **TOUT, **{"contributions-2-partenaire": jeu.secours.pk})

    preparation = _preparer(jeu, en_clair="Aider chacun à se déplacer.")

    dites = {d.champ: d.apres for d in preparation.differences}
    assert dites["titre"] == "Mobilité solidaire"
    assert dites["en clair"] == "Aider chacun à se déplacer."
    assert "Prête un local." in dites.values()
    assert len(preparation.contributions) == 3


def test_un_nombre_renvoye_tel_quel_n_est_pas_une_difference(jeu):
    Contribution.objects.filter(pk=jeu.une.pk).update(etp="0.5", nature="personnel")

    preparation = _preparer(jeu, titre="Mobilité solidaire")

    assert [d.champ for d in preparation.differences] == ["titre"]
    preparation = _preparer(jeu, titre="Mobilité solidaire", **{"contributions-0-etp": "0,75"})
    (_titre, etp) = preparation.differences
    assert (etp.avant, etp.apres) == ("0,5", "0,75")


def test_un_formulaire_perime_n_efface_ni_la_fiche_ni_ce_qu_un_collegue_prepare(jeu):
    ancien = champs_du_formulaire(jeu.client.get(jeu.ecrire), "titre")
    Action.objects.filter(pk=jeu.action.pk).update(description="Corrigée.")

    refus = jeu.client.post(jeu.ecrire, {**ancien, "titre": "Le mien"})
    assert "Pendant que vous écriviez" in _lue(refus)
    assert not PreparationAction.objects.exists()

    relu = champs_du_formulaire(refus, "titre")
    assert relu["titre"] == ["Le mien"]
    assert jeu.client.post(jeu.ecrire, relu).status_code == 302
    assert "Pendant que" in _lue(jeu.client.post(jeu.ecrire, {**ancien, "titre": "Un autre"}))
    assert PreparationAction.objects.get().apres["titre"] == "Le mien"


def test_un_formulaire_perime_n_efface_pas_une_contribution_changee(jeu):
    ancien = champs_du_formulaire(jeu.client.get(jeu.ecrire), "titre")
    Contribution.objects.filter(pk=jeu.une.pk).update(texte="Oriente mieux.")

    refus = jeu.client.post(jeu.ecrire, {**ancien, "titre": "Le mien"})

    assert "Pendant que vous écriviez" in _lue(refus)
    assert not PreparationAction.objects.exists()


def test_le_meme_formulaire_envoye_deux_fois_se_garde_une_fois(jeu):
    champs = champs_du_formulaire(jeu.client.get(jeu.ecrire), "titre") | {"titre": "Le mien"}

    assert [jeu.client.post(jeu.ecrire, champs).status_code for _ in range(2)] == [302, 302]

    assert EntreeJournal.objects.filter(fait="preparation.ecrite").count() == 1


def test_ce_qui_a_change_entre_temps_est_montre_et_rien_d_autre_n_est_ecrase(jeu):
    preparation = _preparer(jeu, titre="Mobilité solidaire")
    Action.objects.filter(pk=jeu.action.pk).update(titre="Se déplacer", en_clair="Autrement.")

    page = _lue(jeu.client.get(_ecran(preparation)))
    assert "A changé depuis la préparation. C’était : Mobilité" in page and "Se déplacer" in page

    _publier(jeu, preparation)
    jeu.action.refresh_from_db()
    assert jeu.action.titre == "Mobilité solidaire"
    # Not prepared: what a colleague wrote stays.
    assert jeu.action.en_clair == "Autrement."


def test_publier_ce_qu_on_n_a_pas_lu_est_refuse(jeu):
    preparation = _preparer(jeu, titre="Mobilité solidaire")
    champs = champs_du_formulaire(jeu.client.get(_ecran(preparation)), "lu")
    Action.objects.filter(pk=jeu.action.pk).update(titre="Se déplacer")

    reponse = jeu.client.post(_ecran(preparation, "publier"), champs, follow=True)

    assert "Quelque chose a changé pendant votre lecture" in _lue(reponse)
    jeu.action.refresh_from_db()
    assert jeu.action.titre == "Se déplacer"


def test_une_contribution_supprimee_entre_temps_est_dite(jeu):
    preparation = _preparer(jeu, **{"contributions-0-texte": "Oriente mieux."})
    jeu.une.delete()

    assert "supprimée depuis" in _lue(jeu.client.get(_ecran(preparation)))
    assert "a été supprimée depuis" in _lue(_publier(jeu, preparation))
    assert "a été supprimée depuis" in _lue(
        jeu.client.get(_ecran(preparation, "apercu"), follow=True)
    )


@pytest.mark.parametrize(
    ("saisie", "dit"),
    [
        ({"titre": ""}, "Ce champ est obligatoire"),
        ({"debut_prevu": "demain"}, "date valide"),
        ({"contributions-0-etp": "2", "contributions-0-nature": "locaux"}, "ETP"),
    ],
)
def test_une_saisie_fausse_est_dite_et_rien_ne_se_perd(saisie, dit, jeu):
    champs = champs_du_formulaire(jeu.client.get(jeu.ecrire), "titre")

    reponse = jeu.client.post(jeu.ecrire, {**champs, "en_clair": "Gardé.", **saisie})

    page = _lue(reponse)
    assert reponse.status_code == 200 and dit in page and "Gardé." in page
    assert not PreparationAction.objects.exists()


def test_ne_rien_changer_ne_prepare_rien(jeu):
    champs = champs_du_formulaire(jeu.client.get(jeu.ecrire), "titre")

    assert "Rien ne change" in _lue(jeu.client.post(jeu.ecrire, champs))
    assert not PreparationAction.objects.exists()


def test_un_brouillon_se_modifie_sans_preparation(jeu):
    brouillon = f.creer_action(publication="brouillon", visible_depuis=None)

    adresse = f"/admin/actions/preparationaction/preparer/{brouillon.pk}/"
    assert jeu.client.get(adresse).status_code == 404
    fiche = f"/admin/actions/action/{jeu.action.pk}/change/"
    assert jeu.ecrire in contenu(jeu.client.get(fiche))


def test_confier_previent_et_range_dans_ce_qui_attend(jeu, django_capture_on_commit_callbacks):
    collegue = creer_agent("Agents du Département", "collegue@departement.exemple")
    preparation = _preparer(jeu, titre="Mobilité solidaire")

    with django_capture_on_commit_callbacks(execute=True):
        jeu.client.post(_ecran(preparation, "confier"), {"a": collegue.pk, "mot": "Qu’en dis-tu ?"})

    assert mail.outbox[-1].to == [collegue.email] and "Qu’en dis-tu ?" in mail.outbox[-1].body
    assert f"confiée à {collegue}" in _lue(jeu.client.get("/admin/"))
    etranger = f.creer_personne()
    with pytest.raises(TransitionInterdite):
        preparation.confier(par=jeu.agent, a=etranger)


def test_abandonner_ce_qu_un_autre_prepare_se_motive(jeu, django_capture_on_commit_callbacks):
    collegue = creer_agent("Agents du Département", "collegue@departement.exemple")
    preparation = _preparer(jeu, titre="Mobilité solidaire")

    with pytest.raises(ValidationError, match="Dire pourquoi"):
        preparation.abandonner(par=collegue)
    with django_capture_on_commit_callbacks(execute=True):
        preparation.abandonner(par=collegue, motif="Trop tôt.")

    assert mail.outbox[-1].to == [jeu.agent.email] and "Trop tôt." in mail.outbox[-1].body
    with pytest.raises(TransitionInterdite, match="déjà abandonnée"):
        preparation.publier(par=jeu.agent, lu=preparation.empreinte)
    # Another one can start.
    assert _preparer(jeu, titre="Autrement").pk != preparation.pk


def test_l_etat_ne_prepare_ni_ne_publie_une_action(jeu, client, agent_etat):
    preparation = _preparer(jeu, titre="Mobilité solidaire")
    client.force_login(agent_etat)

    assert client.get(_ecran(preparation)).status_code == 200
    for geste in ("apercu", "confier", "publier", "abandonner"):
        assert client.post(_ecran(preparation, geste)).status_code == 403
    assert client.get(jeu.ecrire).status_code == 403
    with pytest.raises(PermissionDenied):
        preparation.publier(par=agent_etat, lu=preparation.empreinte)


def test_un_partenaire_propose_sa_fiche_par_la_meme_porte(
    jeu, client, django_capture_on_commit_callbacks
):
    membre = f.creer_membre(jeu.entraide)
    client.force_login(membre.utilisateur)
    adresse = f"/espace/{jeu.entraide.slug}/fiche/"
    champs = champs_du_formulaire(client.get(adresse), "presentation")
    with django_capture_on_commit_callbacks(execute=True):
        reponse = client.post(adresse, {**champs, "presentation": "Nous aidons."}, follow=True)
    assert "attend la réponse du Département" in _lue(reponse)
    assert mail.outbox[-1].to == [jeu.agent.email]
    assert "Nous aidons." not in _lue(client.get(jeu.entraide.get_absolute_url()))

    client.force_login(jeu.agent)
    preparation = PreparationPartenaire.objects.get()
    ecran = f"/admin/partenaires/preparationpartenaire/{preparation.pk}"
    assert "Nous aidons." in _lue(client.get(f"{ecran}/apercu/"))
    champs = champs_du_formulaire(client.get(f"{ecran}/change/"), "lu")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{ecran}/publier/", champs)
    assert mail.outbox[-1].to == [membre.utilisateur.email]
    assert f"/espace/{jeu.entraide.slug}/" in mail.outbox[-1].body
    assert "Nous aidons." in _lue(client.get(jeu.entraide.get_absolute_url()))


def test_la_fiche_proposee_n_efface_pas_ce_qu_un_agent_a_corrige_entre_temps(jeu, client):
    client.force_login(f.creer_membre(jeu.entraide).utilisateur)
    adresse = f"/espace/{jeu.entraide.slug}/fiche/"
    champs = champs_du_formulaire(client.get(adresse), "presentation")
    Partenaire.objects.filter(pk=jeu.entraide.pk).update(site="https://entraide.exemple/")

    refus = client.post(adresse, {**champs, "presentation": "Nous aidons."})

    assert "Pendant que vous écriviez" in _lue(refus)
    assert "Nous aidons." in contenu(refus)
    assert not PreparationPartenaire.objects.exists()
    relu = champs_du_formulaire(refus, "presentation")
    assert client.post(adresse, relu).status_code == 302


def test_un_partenaire_reprend_ou_retire_la_sienne_et_pas_celle_d_un_autre(jeu, client):
    membre, collegue = f.creer_membre(jeu.entraide), f.creer_membre(jeu.entraide)
    adresse = f"/espace/{jeu.entraide.slug}/fiche/"
    client.force_login(membre.utilisateur)
    champs = champs_du_formulaire(client.get(adresse), "presentation")
    client.post(adresse, {**champs, "presentation": "Nous aidons."})
    assert "Nous aidons." in contenu(client.get(adresse))
    refusee = client.post(adresse, {**champs, "siret": "123 456 789 01234"})
    assert "ne forment pas un SIRET" in _lue(refusee)
    assert 'value="123 456 789 01234"' in contenu(refusee)

    client.force_login(collegue.utilisateur)
    assert "prépare déjà" in _lue(client.get(adresse, follow=True))
    assert client.post(f"{adresse}retirer/").status_code == 404

    client.force_login(membre.utilisateur)
    client.post(f"{adresse}retirer/")
    assert PreparationPartenaire.objects.get().statut == StatutPreparation.ABANDONNEE
    assert Partenaire.objects.get(pk=jeu.entraide.pk).presentation == ""
