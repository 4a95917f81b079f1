"""The organisations of the pact."""

import pytest
from django.core.exceptions import ValidationError

from actions.models import Contribution
from partenaires.models import Partenaire
from tests.fabriques import (
    SIRET_JUSTE,
    creer_action,
    creer_libelle,
    creer_partenaire,
)
from tests.lecture import lisible

pytestmark = pytest.mark.django_db


def _contribuer(action, partenaire, role="pilote"):
    return Contribution.objects.create(
        action=action, partenaire=partenaire, role=role, nature="expertise", texte="Apporte."
    )


@pytest.mark.parametrize(
    ("siret", "raison"),
    [
        ("2205000110008", "14 chiffres"),
        ("220500011000891", "14 caractères"),
        ("220 500 011 00", "14 chiffres"),
        ("2205000110008A", "14 chiffres"),
        ("٢٢٠٥٠٠٠١١٠٠٠٨٩", "14 chiffres"),
        ("22050001100080", "clé de contrôle"),
        ("35600000000012", "clé de contrôle"),
    ],
)
def test_un_siret_faux_est_refuse(siret, raison):
    partenaire = creer_partenaire()
    partenaire.siret = siret

    with pytest.raises(ValidationError) as refus:
        partenaire.full_clean()

    assert raison in " ".join(refus.value.messages)


# The second is an office of La Poste: its key follows another rule.
@pytest.mark.parametrize("siret", [SIRET_JUSTE, "35600000000048"])
def test_un_siret_juste_est_garde(siret):
    creer_partenaire(siret=siret).full_clean()

    assert Partenaire.objects.get().siret == siret


@pytest.mark.parametrize("rna", ["", "W051000001", "W9A1000001"])
def test_un_numero_rna_bien_ecrit_est_accepte(rna):
    creer_partenaire(rna=rna).full_clean()

    assert Partenaire.objects.get().rna == rna


@pytest.mark.parametrize("rna", ["w051000001", "W05100000", "051000001", "W05100000A"])
def test_un_numero_rna_mal_ecrit_est_refuse(rna):
    partenaire = creer_partenaire()
    partenaire.rna = rna

    with pytest.raises(ValidationError, match="numéro RNA"):
        partenaire.full_clean()


def test_un_seul_partenaire_represente_l_etat():
    creer_partenaire(partie="etat")
    second = creer_partenaire()
    second.partie = "etat"

    with pytest.raises(ValidationError, match="Un seul partenaire"):
        second.full_clean()


def test_deux_partenaires_peuvent_porter_le_meme_sigle():
    creer_partenaire("Maison des adolescents", sigle="MDA").full_clean()
    creer_partenaire("Maison de l’autonomie", sigle="MDA").full_clean()

    assert Partenaire.objects.filter(sigle="MDA").count() == 2


def test_le_nom_court_est_le_sigle_ou_le_nom():
    assert creer_partenaire("Agence", sigle="AIS").nom_court == "AIS"
    assert creer_partenaire("Carriolix").nom_court == "Carriolix"


@pytest.mark.parametrize(
    ("article", "sigle", "attendu"),
    [("l’", "AIS", "l’AIS"), ("la", "MDS", "la MDS"), ("le", "", "le Bureau"), ("", "", "Bureau")],
)
def test_l_article_est_une_donnee_du_partenaire(article, sigle, attendu):
    assert creer_partenaire("Bureau", sigle=sigle, article=article).nom_articule == attendu


def test_les_nombres_d_actions_comptent_chaque_action_visible_une_fois():
    partenaire, action = creer_partenaire(), creer_action()
    brouillon = creer_action(publication="brouillon", visible_depuis=None)
    for role in ("pilote", "financeur"):
        _contribuer(action, partenaire, role)
    _contribuer(brouillon, partenaire)
    for _ in range(2):
        creer_libelle(action).partenaires_cites.add(partenaire)

    lu = Partenaire.objects.with_nb_actions().get()

    assert (lu.nb_contributions, lu.nb_citations) == (1, 1)


def test_une_action_d_un_contrat_retire_ne_compte_pas_pour_le_partenaire():
    partenaire, action = creer_partenaire(), creer_action()
    _contribuer(action, partenaire)
    creer_libelle(action).partenaires_cites.add(partenaire)
    action.volet.contrat.publication = "brouillon"
    action.volet.contrat.save()

    lu = Partenaire.objects.with_nb_actions().get()

    assert (lu.nb_contributions, lu.nb_citations) == (0, 0)


def test_l_annuaire_compte_les_actions_sans_accorder_le_nom(client):
    caisse = creer_partenaire("Caisse commune")
    for _ in range(2):
        creer_libelle(creer_action()).partenaires_cites.add(caisse)

    page = lisible(client.get("/partenaires/").content.decode())

    assert "2 actions citent son nom." in page


def test_la_fiche_d_un_brouillon_est_introuvable(client):
    brouillon = creer_partenaire(publication="brouillon", visible_depuis=None)

    assert client.get(brouillon.get_absolute_url()).status_code == 404
    assert client.get(creer_partenaire().get_absolute_url()).status_code == 200


def test_la_fiche_dit_ce_que_le_partenaire_apporte(client):
    partenaire = creer_partenaire("Carriolix")
    action = creer_action("Prêter des véhicules")
    _contribuer(action, partenaire)

    page = client.get(partenaire.get_absolute_url()).content.decode()

    assert "Carriolix" in page
    assert action.get_absolute_url() in page
    assert "Apporte." in page
