"""Words of one family are one word for the search, and nothing else is."""

import pytest
import yaml

from pacte.accueil.recherche import chercher
from pacte.socle.familles import FICHIER, parentes
from pacte.socle.recherche import est_du_mot
from pacte.socle.texte import racines
from tests.actions.jeu import actions_de
from tests.fabriques import creer_action, creer_volet

FAMILLES = yaml.safe_load(FICHIER.read_text(encoding="utf-8"))


@pytest.mark.parametrize("mots", FAMILLES, ids=lambda mots: mots[0])
def test_chaque_mot_d_une_famille_vaut_les_autres(mots):
    toutes = {racine for mot in mots for racine in racines(mot)}

    assert len(toutes) > 1, "le raciniseur suffit"
    assert {parentes(racine) for racine in toutes} == {parentes(racines(mots[0])[0])}
    assert set(parentes(racines(mots[0])[0])) == toutes


def test_un_mot_n_est_que_d_une_famille():
    toutes = [racine for mots in FAMILLES for racine in {r for m in mots for r in racines(m)}]

    assert len(toutes) == len(set(toutes))


def test_un_mot_sans_famille_est_seul():
    assert parentes("zebulon") == ("zebulon",)


@pytest.mark.django_db
def test_toute_la_famille_trouve_les_memes_actions_dans_le_meme_ordre():
    volet = creer_volet()
    titres = ["Une aide agricole", "Un agriculteur", "Les agricultrices", "L’agriculture"]
    for titre in titres:
        creer_action(titre, volet=volet)

    trouves = [
        [a.titre for a in actions_de(chercher(titre.split()[-1]).actions)] for titre in titres
    ]

    assert sorted(trouves[0]) == sorted(titres)
    assert trouves == [trouves[0]] * 4


@pytest.mark.parametrize(
    ("cherche", "texte", "trouve"),
    [
        ("accompagner", "accompagnement", True),
        ("mobil", "mobilité", True),
        ("école", "écologique", False),
        ("âge", "agence", False),
        ("loyer", "loisirs", False),
        ("prime", "primaire", False),
        ("aliments", "alimentaire", True),
    ],
)
def test_le_debut_d_un_mot_ne_suffit_que_s_il_est_assez_long(cherche, texte, trouve):
    (racine,), (cherchee,) = racines(texte), racines(cherche)

    assert est_du_mot(racine, cherchee) is trouve
