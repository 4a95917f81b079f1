"""French as it is printed, over every page that the links reach."""

import re
from html import unescape

import pytest

from tests.parcours import DEPART, parcourir

FINE, INSECABLE = "\u202f", "\u00a0"
INTERDITS = {
    "un montant sans ses espaces": rf"\d{{4,}}{INSECABLE}?€|\d €",
    "un espace ordinaire avant un signe double": r"(?<=[\w»)]) [:;!?»%](?=\s|$|[)])",
    "un signe double collé": r"(?<=[a-zà-ÿ])[;!?](?=\s|$)",
    "un guillemet ouvrant sans espace insécable": rf"«(?![{FINE}{INSECABLE}])",
    "un guillemet fermant sans espace insécable": rf"(?<![{FINE}{INSECABLE}])»",
    "une apostrophe droite": r"(?<=[a-zà-ÿA-Z])'(?=[a-zà-ÿA-Z])",
    "une capitale sans accent": r"\bEtat\b|\bA (?:faire|propos|venir|décider|traiter)\b|\bEcrire\b",
    "des points de suspension en trois signes": r"\.\.\.",
    "un quantième d’un premier du mois": r"\b1 (?:janvier|février|mars|avril|mai|juin|juillet|août"
    r"|septembre|octobre|novembre|décembre)\b",
    "un zéro devant le jour": r"\b0\d (?:janvier|février|mars|avril|mai|juin|juillet|août)\b",
    "un pluriel à zéro ou un": rf"\b[01]{INSECABLE}(?:actions|volets|partenaires|contributions)\b",
    "un mot anglais": r"\b(?:None|True|False|Please|Submit|Password|Sign in|Log out|required)\b",
    "une variable vide": r"\{\{|\}\}|\(\s*\)",
}
MARQUES = re.compile(r"<(script|style|code|title)\b.*?</\1>|<!--.*?-->", re.DOTALL)


def texte_de(page: str) -> str:
    """Return what a reader sees or is told, one element or attribute a line; entities decoded."""
    sans_code = MARQUES.sub(" ", page)
    dits = re.findall(r'\s(?:alt|aria-label|data-[\w-]+|placeholder|title)="([^"]*)"', sans_code)
    return unescape("\n".join([re.sub(r"<[^>]+>", "\n", sans_code), *dits]))


@pytest.fixture
def pages_pleines(demonstration, db):
    """Every page reached from the home page, with the fictitious follow-up that fills them."""
    departs = [*DEPART, "/accessibilite/", "/aide/", "/contact/"]
    departs = [depart for depart in departs if "?" not in depart]
    return parcourir(departs, avec_requete=False, avec_fichiers=False)


def test_chaque_page_est_ecrite_en_bon_francais(pages_pleines):
    fautes = [
        (adresse, quoi, trouve.group(0), texte[max(0, trouve.start() - 30) : trouve.end() + 20])
        for adresse, texte in ((a, texte_de(p)) for a, p in pages_pleines.items())
        for quoi, motif in INTERDITS.items()
        for trouve in re.finditer(motif, texte)
    ]

    assert len(pages_pleines) > 60
    assert fautes == []


@pytest.mark.parametrize(
    ("texte", "quoi"),
    [
        ("Total : 12345 €", "un montant sans ses espaces"),
        ("Pourquoi ?", "un espace ordinaire avant un signe double"),
        ("« ainsi »", "un guillemet ouvrant sans espace insécable"),
        ("l'Etat", "une capitale sans accent"),
        ("le 1 août 2026", "un quantième d’un premier du mois"),
        (f"0{INSECABLE}actions", "un pluriel à zéro ou un"),
    ],
)
def test_une_faute_plantee_est_vue(texte, quoi):
    assert re.search(INTERDITS[quoi], texte)
