"""« Ce qui manque »: each line leads to where it is filled, and goes when it is."""

from decimal import Decimal

import pytest
from django.utils.timezone import localdate

from actions.models import Action, Contribution, Indicateur
from contrats.models import Volet
from pacte.suivi.manques import MANQUES, relever
from partenaires.models import Partenaire
from tests.actions.test_argent import DEPARTEMENT, ETAT, saisir
from tests.fabriques import creer_point
from tests.lecture import lignes_csv

ADRESSE = "/admin/ce-qui-manque/"


def codes(code: str) -> list[str]:
    return next((lacune.codes for lacune in relever() if lacune.action.code == code), [])


def test_une_action_nue_manque_de_tout_sauf_d_un_ecart(referentiel):
    assert codes("CLS-4-01") == [code for code in MANQUES if code != "parite"]
    assert len(relever()) == Action.objects.count() == 12
    assert len(relever("cdie")) == 2


def test_chaque_saisie_fait_disparaitre_sa_ligne(referentiel, administrateur):
    action = Action.objects.get(code="CLS-4-01")
    carriolix = Partenaire.objects.get(slug="carriolix")

    Contribution.objects.create(
        action=action, partenaire=carriolix, role="pilote", nature="expertise", texte="Anime."
    )
    assert codes("CLS-4-01") == ["montant", "reference", "nouvelles"]
    saisir("CLS-4-01", 2025, ETAT, 1000)
    Indicateur.objects.create(action=action, libelle="A", unite="jours", reference=Decimal(0))
    assert codes("CLS-4-01") == ["nouvelles"]
    creer_point(action, localdate())
    action.reprendre_statut(par=administrateur)
    assert codes("CLS-4-01") == []


def test_un_ecart_de_parite_est_une_ligne(referentiel):
    Volet.objects.filter(contrat__slug="cls").update(part_etat_attendue=50, tolerance=0)
    saisir("CLS-4-01", 2025, ETAT, 1000)
    saisir("CLS-4-01", 2025, DEPARTEMENT, 900)

    assert "parite" in codes("CLS-4-01")


def test_un_ecart_d_une_annee_que_la_periode_compense_n_est_pas_un_manque(referentiel):
    Volet.objects.filter(contrat__slug="cls").update(part_etat_attendue=50, tolerance=0)
    for annee, etat, departement in ((2025, 1000, 900), (2026, 900, 1000)):
        saisir("CLS-4-01", annee, ETAT, etat)
        saisir("CLS-4-01", annee, DEPARTEMENT, departement)

    assert "parite" not in codes("CLS-4-01")


def test_la_page_se_filtre_se_telecharge_et_mene_a_la_fiche(client, referentiel, agent_departement):
    client.force_login(agent_departement)

    page = client.get(f"{ADRESSE}?contrat=cdie").content.decode()
    lignes = lignes_csv(client.get(f"{ADRESSE}?contrat=cdie&format=csv"))

    fiche = f"/admin/actions/action/{Action.objects.get(code='CDIE-2-01').pk}/change/"
    assert f'href="{fiche}#financements-group"' in page
    assert 'id="financements-group"' in client.get(fiche).content.decode()
    assert [ligne["Code"] for ligne in lignes] == ["CDIE-2-01", "CDIE-2-02"]
    assert (lignes[0]["Pilote"], lignes[0]["Parité"]) == ("manque", "")


@pytest.mark.parametrize("contrat", ["nulle-part", "x", "%"])
def test_un_contrat_inconnu_ne_donne_rien_et_ne_casse_rien(
    client, referentiel, agent_departement, contrat
):
    client.force_login(agent_departement)

    page = client.get(ADRESSE, {"contrat": contrat})

    assert page.status_code == 200
    assert "12\u00a0actions" in page.content.decode()


def test_la_page_demande_un_droit(client, referentiel):
    from tests.conftest import creer_agent

    assert client.get(ADRESSE).status_code == 302
    agent = creer_agent("Agents de l’État", "lecteur@etat.exemple")
    agent.groups.clear()
    client.force_login(agent)
    assert client.get(ADRESSE).status_code == 403
