"""The technical log: one line of JSON an event, and nobody's name."""

import json
import logging
import sys

import pytest

from pacte.service.journaux import LigneJson, LigneSimple

TU = "rose.essai@exemple.fr"


def ligne(message, *arguments, **autres):
    evenement = logging.LogRecord("pacte.essai", 30, "f.py", 1, message, arguments, None)
    evenement.__dict__.update(autres)
    return evenement


@pytest.mark.parametrize("format_de_ligne", [LigneJson(), LigneSimple()])
@pytest.mark.parametrize(
    ("message", "attendu"),
    [
        (f"Message pour {TU} non remis", "Message pour …@… non remis"),
        ("Not Found: /adhesion/suivi/abc-DEF_1/", "Not Found: /adhesion/suivi/…"),
        ("Not Found: /compte/invitation/abc/suite", "Not Found: /compte/invitation/…"),
        ("Not Found: /recherche/?q=rose essai", "Not Found: /recherche/?… essai"),
        ("Pourquoi ? Parce que", "Pourquoi ? Parce que"),
    ],
)
def test_un_journal_ne_nomme_personne(format_de_ligne, message, attendu):
    assert attendu in format_de_ligne.format(ligne("%s", message))


def test_un_evenement_est_une_ligne_de_json():
    try:
        raise ValueError(f"adresse illisible : {TU}")
    except ValueError:
        texte = LigneJson().format(
            ligne("Erreur\nsur deux lignes", exc_info=sys.exc_info(), status_code=500)
        )

    lue = json.loads(texte)
    assert "\n" not in texte
    assert (lue["niveau"], lue["journal"], lue["statut"]) == ("WARNING", "pacte.essai", "500")
    assert lue["heure"].endswith("+00:00")
    assert "…@…" in lue["trace"] and TU not in texte
