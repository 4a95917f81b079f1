"""French as it is printed."""

from datetime import UTC, date, datetime

import pytest

from pacte.socle.typographie import date_courte, date_fr, de, nombre, pluriel, typographier

FINE, INSECABLE = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("jour", "attendu"),
    [
        (date(2026, 8, 1), f"1er{INSECABLE}août 2026"),
        (date(2026, 11, 3), f"3{INSECABLE}novembre 2026"),
        (date(2026, 2, 21), f"21{INSECABLE}février 2026"),
        (None, ""),
    ],
)
def test_une_date_s_ecrit_en_toutes_lettres(jour, attendu):
    assert date_fr(jour) == attendu


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [
        ("l’AIS", "de l’AIS"),
        ("la MDS", "de la MDS"),
        ("le Département du Val", "du Département du Val"),
        ("les Restos", "des Restos"),
        ("Carriolix", "de Carriolix"),
        ("Entraide", "d’Entraide"),
        ("Économie sociale", "d’Économie sociale"),
    ],
)
def test_de_se_contracte_et_s_elide(nom, attendu):
    assert de(nom) == attendu


def test_un_instant_s_ecrit_a_la_date_de_paris():
    minuit_passe_a_paris = datetime(2026, 7, 31, 22, 30, tzinfo=UTC)

    assert date_fr(minuit_passe_a_paris) == f"1er{INSECABLE}août 2026"


def test_une_date_courte_ne_se_coupe_pas():
    assert date_courte(date(2026, 11, 3)) == f"3{INSECABLE}nov.{INSECABLE}2026"


@pytest.mark.parametrize(
    ("quantite", "attendu"), [(0, "0 action"), (1, "1 action"), (2, "2 actions")]
)
def test_zero_est_au_singulier(quantite, attendu):
    assert pluriel(quantite, "action") == attendu.replace(" ", INSECABLE)


def test_un_pluriel_irregulier_se_donne():
    assert pluriel(2, "journal", "journaux") == f"2{INSECABLE}journaux"
    assert pluriel(1, "journal", "journaux") == f"1{INSECABLE}journal"


def test_les_grands_nombres_se_lisent_par_trois():
    assert nombre(999) == "999"
    assert nombre(1234567) == f"1{FINE}234{FINE}567"


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("l'Etat", "l’État"),
        ("Etats-Unis", "Etats-Unis"),
        ("attendez...", "attendez…"),
        ("Pourquoi ?", f"Pourquoi{FINE}?"),
        ("Pourquoi?", f"Pourquoi{FINE}?"),
        ("deux : trois", f"deux{INSECABLE}: trois"),
        ("« Arrivée d’un enfant »", f"«{INSECABLE}Arrivée d’un enfant{INSECABLE}»"),
        ("https://exemple.fr/?q=1", "https://exemple.fr/?q=1"),
        ("à 9:30", "à 9:30"),
    ],
)
def test_typographier_pose_les_signes_francais(texte, attendu):
    assert typographier(texte) == attendu


@pytest.mark.parametrize(
    "texte",
    [
        "« l'Etat... » : pourquoi ? oui ; non !",
        "«collé» : «  deux espaces  »",
        "Un mot ; un autre",
        "Rien à changer.",
        "",
    ],
)
def test_typographier_deux_fois_ne_change_rien(texte):
    une_fois = typographier(texte)

    assert typographier(une_fois) == une_fois
