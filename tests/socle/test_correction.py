"""What may be taken for a misspelling, and what is another word."""

import pytest

from pacte.socle.correction import Vocabulaire, distance, proposer_correction
from pacte.socle.models import Synonyme
from pacte.socle.recherche import Requete, analyser

TEXTES = [
    "Renforcer l’accompagnement santé de la CCSS, de la Caf et de la MSA",
    "Un parcours mobilité solidaire porté par Wimoov, avec DAHLIR",
    "La Maison des adolescents, la Direction nationale, l’exclusion, le déploiement",
    "Une maison dans un cadre",
]


def _corriger(texte: str) -> str:
    return proposer_correction(Requete(texte, ()), Vocabulaire(TEXTES))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("texte", "correction"),
    [
        ("wimov", "Wimoov"),
        ("WIMOV", "Wimoov"),
        ("acompagnement", "accompagnement"),
        ("acompagnemant", "accompagnement"),
        ("acocmpagnement", "accompagnement"),
        ("solidére", "solidaire"),
        ("masion", "maison"),
        ("dalhir", "DAHLIR"),
    ],
)
def test_une_faute_de_frappe_est_corrigee(texte, correction):
    assert _corriger(texte) == correction


@pytest.mark.django_db
@pytest.mark.parametrize(
    "texte",
    [
        "logement",  # three letters away from « déploiement » and more
        "CCAS",
        "ccas",
        "CCSP",
        "DALHIR",
        "café",
        "rsx",
        "raison",
        "saison",
        "expulsion",
        "nationalité",
        "danse",  # « dans » is looked for by nobody
        "2025",
        "zzzzzzzz",
    ],
)
def test_un_autre_mot_n_est_pas_corrige(texte):
    assert _corriger(texte) == ""


@pytest.mark.django_db
def test_les_autres_mots_restent_tels_qu_ils_sont_ecrits():
    corrige = _corriger("L'acompagnement, « non-salariés » : œuvre d’Été ?")

    assert corrige == "L'accompagnement, « non-salariés » : œuvre d’Été ?"


@pytest.mark.django_db
def test_une_lettre_accentuee_en_deux_signes_est_une_lettre():
    assert _corriger("cou\u0302t de l’acompagnement") == "coût de l’accompagnement"


@pytest.mark.django_db
def test_les_termes_des_synonymes_sont_des_mots_connus():
    Synonyme.objects.create(terme="Hébergement", equivalent="grande exclusion")

    assert proposer_correction(analyser("hebergment"), Vocabulaire(TEXTES)) == "Hébergement"
    assert proposer_correction(analyser("hébergement"), Vocabulaire(TEXTES)) == ""


@pytest.mark.parametrize(
    ("un", "autre", "ecart"),
    [
        ("", "abc", 3),
        ("abc", "abc", 0),
        ("abc", "abcd", 1),
        ("abc", "axc", 1),
        ("abcd", "acbd", 1),
        ("abcd", "badc", 2),
        ("ca", "abc", 3),
    ],
)
def test_echanger_deux_lettres_voisines_compte_pour_une_faute(un, autre, ecart):
    assert distance(un, autre) == distance(autre, un) == ecart
