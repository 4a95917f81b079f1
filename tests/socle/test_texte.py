"""Words as the search sees them, names as the alphabet orders them."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from pacte.socle.texte import plier, raciner, racines
from partenaires.models import Partenaire
from tests.fabriques import creer_partenaire

DANS_L_ORDRE = [
    "Àbri",
    "ADMR",
    "Aide à domicile",
    "Aide-soignants",
    "Aides",
    "Cœur de ville",
    "Coopérative",
    "DORIS",
    "École",
    "Édition",
    "Étoile",
    "L’Abri",
    "Zébulon",
]


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("ÉCOLE", "ecole"),
        ("Cœur", "coeur"),
        ("ex æquo", "ex aequo"),
        ("L’été", "l ete"),
        ("L'été", "l ete"),
        ("non‑salarié", "non salarie"),
        ("non-salarié", "non salarie"),
        ("gapençais", "gapencais"),
        ("e\u0301cole", "ecole"),
    ],
)
def test_plier_retire_accents_ligatures_et_signes(texte, attendu):
    assert plier(texte) == attendu


@pytest.mark.parametrize(
    ("un", "autre"),
    [
        ("accompagnements", "accompagner"),
        ("ACCOMPAGNER", "accompagnement"),
        ("l’accompagnement", "l'accompagnement"),
        ("travailleurs non‑salariés", "travailleur non-salarié"),
        ("mises en œuvre", "mise en oeuvre"),
        ("santé mentale", "sante mentale"),
        ("l’accès aux droits", "l'acces aux droits"),
        ("Élèves", "eleve"),
    ],
)
def test_deux_facons_d_ecrire_ont_les_memes_racines(un, autre):
    assert racines(un) == racines(autre)


def test_les_racines_gardent_l_ordre_des_mots():
    assert racines("L’accompagnement des élèves") == ["accompagn", "elev"]


@pytest.mark.parametrize("texte", ["", "   ", "le la les", "l’", "a", "’ - …", "\x00"])
def test_sans_mot_qui_compte_il_n_y_a_pas_de_racine(texte):
    assert racines(texte) == []


def test_deux_mots_differents_ont_deux_racines():
    assert racines("santé") != racines("sandale")


def test_six_fils_ne_melangent_pas_leurs_mots():
    textes = [
        "accompagnements renforcés des bénéficiaires",
        "continuellement nationalisation",
        "mobilités solidaires",
        "agriculteurs en difficulté",
        "coordination alimentaire départementale",
        "insertion professionnelle durablement",
    ]
    attendues = [racines(texte) for texte in textes]

    def raciner_a_neuf(texte):
        raciner.cache_clear()  # else nothing is stemmed after the first time
        return racines(texte)

    intervalle = sys.getswitchinterval()

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(6) as fils:
            obtenues = list(
                fils.map(lambda texte: [raciner_a_neuf(texte) for _ in range(150)], textes)
            )
    finally:
        sys.setswitchinterval(intervalle)

    for attendue, repetitions in zip(attendues, obtenues, strict=True):
        assert all(obtenue == attendue for obtenue in repetitions)


@pytest.mark.django_db
def test_l_ordre_alphabetique_ignore_les_accents_et_les_majuscules():
    for nom in sorted(DANS_L_ORDRE, reverse=True):
        creer_partenaire(nom)

    noms = list(Partenaire.objects.values_list("nom", flat=True))

    assert noms == DANS_L_ORDRE


@pytest.mark.django_db
def test_les_cles_suivent_un_changement_de_nom():
    partenaire = creer_partenaire("Zébulon", presentation="Accompagnements")

    partenaire.nom = "L’École"
    partenaire.save()

    partenaire.refresh_from_db()
    assert partenaire.cle_tri == "l ecole"
    assert partenaire.cle_nom == " ecol "
    assert partenaire.cle_texte == " accompagn "
