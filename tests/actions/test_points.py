"""A published bulletin is corrected, and says so, or withdrawn for a reason; never deleted."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils.timezone import localdate

from actions.models import Action, PointEtape
from pacte.socle.models import EntreeJournal
from pacte.socle.transitions import TransitionInterdite
from pacte.socle.typographie import date_fr
from tests import fabriques as f
from tests.formulaires import champs_du_formulaire
from tests.lecture import contenu, lignes_csv, lire, lisible

pytestmark = pytest.mark.django_db


@pytest.fixture
def action(db, agent_departement):
    action = f.creer_action_libellee("Accueillir")
    f.creer_point(action, date(2026, 1, 1), statut="a_lancer", fait="Avant.")
    f.creer_point(action, date(2026, 2, 1), statut="en_cours", fait="Madame Untel est arrivée.")
    action.reprendre_statut(par=agent_departement)
    return action


@pytest.fixture
def point(action):
    return action.points.get(le=date(2026, 2, 1))


def _rubrique(action) -> str:
    return f"/admin/actions/action/{action.pk}/avancement/"


def _enregistrer(client, adresse, **changes):
    champs = champs_du_formulaire(client.get(adresse))
    return client.post(adresse, {**champs, **changes, "_save": "oui"})


def test_un_retrait_le_fait_disparaitre_et_rend_le_statut_d_avant(
    client, action, point, agent_departement
):
    point.retirer(par=agent_departement, motif="Une personne y est nommée.")

    action.refresh_from_db()
    assert (action.statut, action.statut_le) == ("a_lancer", date(2026, 1, 1))
    for adresse in (
        action.get_absolute_url(),
        "/actualites/",
        "/actualites.atom",
        "/points-d-etape.json",
        "/",
    ):
        assert "Untel" not in contenu(client.get(adresse)), adresse
    fait = EntreeJournal.objects.get(fait="actions.point_retire")
    assert (fait.par, fait.objet) == (agent_departement, point)
    assert fait.apres["motif"] == "Une personne y est nommée."


def test_le_dernier_retire_ne_laisse_aucun_statut(action, agent_departement):
    for point in action.points.all():
        point.retirer(par=agent_departement, motif="Erreur.")

    action.refresh_from_db()
    assert (action.statut, action.statut_le) == ("non_renseigne", None)


def test_un_retrait_a_un_motif_un_droit_et_une_fois(point, agent_departement, agent_etat):
    with pytest.raises(PermissionDenied):
        point.retirer(par=agent_etat, motif="Erreur.")
    with pytest.raises(ValidationError, match="motivé"):
        point.retirer(par=agent_departement, motif="  ")
    point.refresh_from_db()
    assert point.retire_le is None
    point.retirer(par=agent_departement, motif="Erreur.")
    with pytest.raises(TransitionInterdite, match="déjà"):
        point.retirer(par=agent_departement, motif="Erreur.")
    with pytest.raises(PermissionDenied):
        point.retirer(par=agent_etat, motif="Erreur.")


@pytest.mark.parametrize(("publiees", "dites"), [(True, "Le bail manque."), (False, "")])
def test_des_difficultes_ne_se_lisent_que_publiees(client, action, point, publiees, dites):
    PointEtape.objects.update(obstacles="Le bail manque.", obstacles_publics=publiees)

    point.refresh_from_db()

    assert point.difficultes == dites
    assert ("Le bail manque." in lire(client, action.get_absolute_url())) is publiees


def test_retirer_demande_le_motif_sur_sa_page(client, action, point, agent_departement):
    client.force_login(agent_departement)
    adresse = reverse("admin:actions_pointetape_retirer", args=[point.pk])

    assert "Motif du retrait" in client.get(adresse).content.decode()
    assert client.post(adresse, {"motif": ""}).status_code == 200
    assert client.post(adresse, {"motif": "Erreur."}).status_code == 302
    point.refresh_from_db()
    assert point.motif_retrait == "Erreur."
    assert (
        f'name="points-0-id" value="{point.pk}"'
        not in client.get(_rubrique(action)).content.decode()
    )


def test_l_etat_ne_retire_pas(client, point, agent_etat):
    client.force_login(agent_etat)

    adresse = reverse("admin:actions_pointetape_retirer", args=[point.pk])

    assert client.get(adresse).status_code == client.post(adresse).status_code == 403


@pytest.mark.parametrize("page", ["rubrique", "point"])
def test_une_correction_se_dit_sur_la_page(client, action, point, agent_departement, page):
    client.force_login(agent_departement)
    jour = f"corrigé le {date_fr(localdate())}".replace("\u00a0", " ")
    assert "corrigé le" not in lire(client, action.get_absolute_url())

    if page == "rubrique":
        _enregistrer(client, _rubrique(action), **{"points-0-fait": "Une personne est arrivée."})
    else:
        adresse = reverse("admin:actions_pointetape_change", args=[point.pk])
        _enregistrer(client, adresse, fait="Une personne est arrivée.")

    fiche = lire(client, action.get_absolute_url())
    assert jour in fiche
    assert "Untel" not in fiche
    corriges = [x for x in lignes_csv(client.get("/points-d-etape.csv")) if x["Corrigé le"]]
    assert [ligne["Date"] for ligne in corriges] == ["2026-02-01"]


def test_corriger_un_statut_le_donne_a_l_action(client, action, point, agent_departement):
    client.force_login(agent_departement)

    _enregistrer(
        client, reverse("admin:actions_pointetape_change", args=[point.pk]), statut="realisee"
    )

    action.refresh_from_db()
    assert action.statut == "realisee"


def test_ce_qui_ne_change_pas_n_est_pas_corrige(client, action, agent_departement):
    client.force_login(agent_departement)

    _enregistrer(client, _rubrique(action))

    assert not PointEtape.objects.exclude(corrige_le=None).exists()


def test_un_brouillon_se_corrige_sans_le_dire_et_se_supprime(client, action, agent_departement):
    Action.objects.update(publication="brouillon", visible_depuis=None)
    client.force_login(agent_departement)

    _enregistrer(client, _rubrique(action), **{"points-0-fait": "Autrement."})
    assert not PointEtape.objects.exclude(corrige_le=None).exists()
    _enregistrer(client, _rubrique(action), **{"points-0-DELETE": "on"})
    assert action.points.count() == 1


def test_une_case_ne_supprime_pas_un_point_publie(client, action, agent_departement):
    client.force_login(agent_departement)
    assert "points-0-DELETE" not in champs_du_formulaire(client.get(_rubrique(action)))

    _enregistrer(client, _rubrique(action), **{"points-0-DELETE": "on"})

    assert action.points.count() == 2


def test_l_historique_se_lit_et_se_restaure(client, action, point, agent_departement):
    client.force_login(agent_departement)
    adresse = reverse("admin:actions_pointetape_change", args=[point.pk])
    _enregistrer(client, adresse, fait="Une personne est arrivée.")
    ancienne = point.historique.last()

    page = client.get(f"/admin/actions/action/{action.pk}/history/").content.decode()
    siennes = reverse("admin:actions_pointetape_history", args=[point.pk])
    assert f'href="{siennes}"' in page
    assert "Madame Untel est arrivée. → Une personne" in lisible(
        client.get(siennes).content.decode()
    )
    version = reverse(
        "admin:actions_pointetape_simple_history", args=[point.pk, ancienne.history_id]
    )
    _enregistrer(client, version)

    point.refresh_from_db()
    assert point.fait == "Madame Untel est arrivée."
    assert point.corrige_le == localdate()


def test_restaurer_un_point_retire_ne_le_republie_pas(client, point, agent_departement):
    point.retirer(par=agent_departement, motif="Erreur.")
    client.force_login(agent_departement)
    version = reverse(
        "admin:actions_pointetape_simple_history",
        args=[point.pk, point.historique.last().history_id],
    )

    _enregistrer(client, version)

    point.refresh_from_db()
    assert point.retire_le is not None


def test_la_rubrique_montre_le_dernier_et_mene_aux_precedents(client, action, agent_departement):
    client.force_login(agent_departement)

    page = client.get(_rubrique(action))

    champs = champs_du_formulaire(page)
    assert champs["points-TOTAL_FORMS"] == ["1"]
    assert champs["points-0-fait"] == ["Madame Untel est arrivée."]
    precedent = action.points.get(le=date(2026, 1, 1))
    adresse = reverse("admin:actions_pointetape_change", args=[precedent.pk])
    assert f'<a href="{adresse}">' in page.content.decode()
