"""The public timeline: sentences made from codes, about what the public may see."""

import pytest
from django.utils.timezone import localdate

from actions.faits import FaitAction
from actions.models import Action
from axes.models import Axe
from contrats.models import Contrat
from pacte.socle.chronologie import entrees_publiques
from pacte.socle.journal import LIBELLES, RECITS, FaitPublication, consigner
from pacte.socle.models import EntreeJournal
from partenaires.models import Partenaire
from tests.fabriques import (
    creer_action,
    creer_contribution,
    creer_membre,
    creer_partenaire,
    creer_point,
    creer_reformulation,
)

pytestmark = pytest.mark.django_db


def test_chaque_code_public_est_un_code_connu():
    assert set(RECITS) <= set(LIBELLES)
    assert not [code for code in RECITS if code.startswith(("membre", "compte", "accord.tent"))]


def test_une_action_raconte_ce_qui_lui_arrive(client, agent_departement):
    action = creer_action("Atelier cuisine")
    creer_point(action, localdate(), statut="en_cours")
    action.reprendre_statut(par=agent_departement)

    page = client.get(action.get_absolute_url()).content.decode()

    assert "«\u00a0Atelier cuisine\u00a0» est maintenant en cours." in page


def test_un_partenaire_raconte_ce_qu_il_apporte(client):
    membre = creer_membre(creer_partenaire("Carriolix", sigle=""))
    contribution = creer_contribution(partenaire=membre.partenaire, action=creer_action("Bus"))
    contribution.confirmer(par=membre.utilisateur)

    for adresse in (membre.partenaire.get_absolute_url(), contribution.action.get_absolute_url()):
        page = client.get(adresse).content.decode()
        assert "Carriolix confirme sa contribution à «\u00a0Bus\u00a0»." in page


@pytest.mark.parametrize(
    ("slug", "publie", "sujet"),
    [
        ("ais", "de l’AIS", "L’AIS"),
        ("etat", "de l’État", "L’État"),
        ("mds", "de la MDS", "La MDS"),
        ("carriolix", "de Carriolix", "Carriolix"),
        (
            "departement-de-brume-et-rive",
            "du Département de Brume-et-Rive",
            "Le Département de Brume-et-Rive",
        ),
    ],
)
def test_un_partenaire_est_nomme_avec_son_article(
    client, referentiel, agent_departement, slug, publie, sujet
):
    partenaire = Partenaire.objects.get(slug=slug)
    contribution = creer_contribution(partenaire=partenaire, action=creer_action("Bus"))
    faits = [FaitPublication.RENDU_VISIBLE, FaitAction.CONTRIBUTION_REFORMULEE]
    for fait in [*faits, FaitAction.CONTRIBUTION_CONFIRMEE]:
        apres = {"action": contribution.action.pk} if fait in FaitAction.values else {}
        consigner(partenaire, fait, par=agent_departement, **apres)

    page = client.get("/").content.decode()

    assert f"La page {publie} est publiée." in page
    assert f"La contribution {publie} à «\u00a0Bus\u00a0» est reformulée." in page
    assert f">{sujet} confirme sa contribution à «\u00a0Bus\u00a0»." in page


def test_le_chargement_ne_laisse_aucune_ligne_au_journal_public(
    client, referentiel, agent_departement
):
    action = Action.objects.get(code="CLS-1-01")
    pages = ["/", action.get_absolute_url(), "/partenaires/ais/"]

    avant = [client.get(page).content.decode() for page in pages]
    consigner(action, FaitPublication.RENDU_VISIBLE, par=agent_departement)

    publies = sum(m.objects.visibles().count() for m in (Action, Axe, Contrat, Partenaire))
    assert EntreeJournal.objects.filter(apres__origine="charger_referentiel").count() == publies
    assert not [page for page in avant if 'id="journal"' in page]
    assert [str(entree.objet) for entree in entrees_publiques()] == [action.titre]
    assert "est publiée." in client.get("/").content.decode()


def test_ce_qui_est_retire_n_est_plus_nomme(client, referentiel, agent_departement):
    membre = creer_membre(creer_partenaire("Partenaire caché"))
    contribution = creer_contribution(partenaire=membre.partenaire, action=creer_action("Bus"))
    contribution.confirmer(par=membre.utilisateur)
    assert "Partenaire caché" in client.get("/").content.decode()

    membre.partenaire.retirer(par=agent_departement, motif="Erreur.")

    assert "Partenaire caché" not in client.get("/").content.decode()
    assert (
        "Partenaire caché"
        not in client.get(contribution.action.get_absolute_url()).content.decode()
    )


def test_l_accueil_raconte_les_derniers_faits_publics_et_eux_seuls(
    client, referentiel, agent_departement
):
    proposition = creer_reformulation()
    proposition.refuser(par=agent_departement, motif="Non.")
    visible = creer_action("Visible")
    consigner(visible, FaitPublication.RENDU_VISIBLE, par=agent_departement)
    consigner(visible, FaitPublication.RETIRE, par=agent_departement, motif="SECRET")

    page = client.get("/").content.decode()

    assert "«\u00a0Visible\u00a0» est publiée." in page
    assert "SECRET" not in page and "refusée" not in page
