"""An action by rubrics: each page its own fields, its gaps counted, the rest untouched."""

from datetime import date

import pytest

from actions.admin.rubriques import RUBRIQUES
from actions.models import Action, Financement, Jalon
from contrats.models import Annee
from tests import fabriques as f
from tests.formulaires import champs_du_formulaire
from tests.lecture import lisible

pytestmark = pytest.mark.django_db


@pytest.fixture
def action(db):
    Annee.objects.get_or_create(pk=2026)
    action = f.creer_action_libellee("Accueillir", code="CLS-1-01", en_clair="Dit.")
    f.creer_contribution(action=action)
    f.creer_indicateur(action=action)
    f.creer_point(action, date(2026, 1, 1))
    return action


def _page(action, rubrique: str) -> str:
    return f"/admin/actions/action/{action.pk}/{rubrique}/"


def _enregistrer(client, adresse: str, **changes):
    champs = champs_du_formulaire(client.get(adresse))
    assert changes.keys() <= champs.keys(), changes.keys() - champs.keys()
    return client.post(adresse, {**champs, **changes, "_save": "oui"})


@pytest.mark.parametrize("rubrique", RUBRIQUES)
def test_chaque_rubrique_d_un_brouillon_s_ouvre(client, action, agent_departement, rubrique):
    Action.objects.update(publication="brouillon", visible_depuis=None)
    client.force_login(agent_departement)

    assert client.get(_page(action, rubrique)).status_code == 200


@pytest.mark.parametrize("rubrique", RUBRIQUES)
def test_chaque_rubrique_s_enregistre_telle_quelle(client, action, agent_departement, rubrique):
    client.force_login(agent_departement)
    avant = Action.objects.filter(pk=action.pk).values().get()

    reponse = _enregistrer(client, _page(action, rubrique))

    assert (reponse.status_code, reponse.url) == (302, _page(action, rubrique))
    apres = Action.objects.filter(pk=action.pk).values().get()
    assert {c for c in avant if avant[c] != apres[c]} <= {"modifiee_le", "statut", "statut_le"}


def test_les_rubriques_se_partagent_tout_l_ecran(client, action, agent_departement):
    client.force_login(agent_departement)
    tout = champs_du_formulaire(client.get(f"/admin/actions/action/{action.pk}/change/"))

    par_rubrique = [
        champs_du_formulaire(client.get(_page(action, rubrique))).keys() for rubrique in RUBRIQUES
    ]

    communs = {"csrfmiddlewaretoken", "version_lue"}
    montres = [nom for champs in par_rubrique for nom in champs - communs]
    assert set(montres) | communs == set(tout) | communs
    assert len(montres) == len(set(montres))


def test_une_rubrique_ne_change_que_ses_champs(client, action, agent_departement):
    client.force_login(agent_departement)

    _enregistrer(client, _page(action, "fiche"), en_clair="Autrement dit.")

    action.refresh_from_db()
    assert action.en_clair == "Autrement dit."
    assert action.contributions.count() == action.libelles.count() == 1


def test_chaque_onglet_compte_ce_qui_manque(client, action, agent_departement):
    client.force_login(agent_departement)

    onglets = {o.titre: o for o in client.get(_page(action, "argent")).context["onglets"]}

    rubriques = [rubrique.titre for rubrique in RUBRIQUES.values()]
    assert list(onglets) == [*rubriques, "Historique"]
    assert onglets["Argent"].est_ici
    # The plan of each party for 2026.
    assert onglets["Argent"].manques == 2
    # Publics and territories; the summary is there.
    assert onglets["Fiche"].manques == 2
    page = lisible(client.get(_page(action, "fiche")).content.decode())
    assert '<span class="onglets__manques">2 manques</span>' in page


def test_d_une_rubrique_on_va_a_tout_l_ecran_qui_n_y_mene_pas(client, action, agent_departement):
    client.force_login(agent_departement)
    tout = f"/admin/actions/action/{action.pk}/change/"
    lien = f'<a href="{tout}">Tout sur un écran</a>'

    assert lien in lisible(client.get(_page(action, "fiche")).content.decode())
    assert lien not in lisible(client.get(tout).content.decode())


def test_une_faute_mene_a_sa_case(client, action, agent_departement):
    client.force_login(agent_departement)

    reponse = _enregistrer(client, _page(action, "fiche"), titre="")

    page = lisible(reponse.content.decode())
    assert '<a href="#id_titre">Titre (public) : Ce champ est obligatoire.</a>' in page


def test_l_etat_trouve_ses_lignes_et_ne_touche_a_rien_d_autre(client, action, agent_etat):
    etat = f.creer_partenaire("La préfecture d’essai", partie="etat")
    autre = f.creer_partenaire("Caisse d’essai")
    lignes = [
        Financement.objects.create(action=action, annee_id=2026, financeur=qui, prevu=5)
        for qui in (etat, autre)
    ]
    client.force_login(agent_etat)
    champs = champs_du_formulaire(client.get(_page(action, "argent")))
    ouverts = {nom: valeurs for nom, valeurs in champs.items() if nom.endswith("-prevu")}
    avant = Action.objects.values_list("modifiee_le", flat=True).get(pk=action.pk)

    assert len([v for v in ouverts.values() if v == ["5"]]) == 1
    (nom,) = [nom for nom, valeurs in ouverts.items() if valeurs == ["5"]]
    reponse = client.post(_page(action, "argent"), {**champs, nom: "12,50", "_save": "oui"})

    assert reponse.status_code == 302
    assert [str(Financement.objects.get(pk=x.pk).prevu) for x in lignes] == ["12.50", "5.00"]
    assert Action.objects.values_list("modifiee_le", flat=True).get(pk=action.pk) == avant
    for rubrique in RUBRIQUES:
        if rubrique != "argent":
            assert client.post(_page(action, rubrique), {}).status_code == 403
    assert client.post(f"/admin/actions/action/{action.pk}/change/", {}).status_code == 403


def test_une_rubrique_ou_une_action_inconnue_est_introuvable(client, action, agent_departement):
    client.force_login(agent_departement)

    assert client.get(_page(action, "nulle-part")).status_code in (302, 404)
    assert client.get("/admin/actions/action/0/fiche/").status_code in (302, 404)
    assert client.get("/admin/actions/action/x/change/").status_code == 404


def test_un_brouillon_se_supprime_avec_ce_qui_l_entoure(client, agent_departement):
    brouillon = f.creer_action(publication="brouillon", visible_depuis=None)
    f.creer_libelle(brouillon)
    Jalon.objects.create(action=brouillon, libelle="Ouvrir", prevu_le="2026-01-01")
    client.force_login(agent_departement)

    client.post(f"/admin/actions/action/{brouillon.pk}/delete/", {"post": "yes"})

    assert not Action.objects.filter(pk=brouillon.pk).exists()
    assert not Jalon.objects.exists()
