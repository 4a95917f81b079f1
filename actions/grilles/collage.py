"""A block copied from a spreadsheet, read into the cells of a grid, for whoever has no script."""

import re

from actions.grilles.cases import Grille, Rangee
from pacte.socle.texte import plier

LIGNES_AU_PLUS = 2000


def coller(grille: Grille, bloc: str) -> list[str]:
    """Put the lines of `bloc` into the open cells of `grille`; return what was not understood.

    A line is a code, then who or what it is about unless the action has one open row, then the
    cells in the order of the page, separated by tabs or semicolons. An empty cell is left alone.
    """
    lignes = bloc.splitlines()
    if len(lignes) > LIGNES_AU_PLUS:
        return [f"Plus de {LIGNES_AU_PLUS} lignes : coller en plusieurs fois."]
    fautes = []
    for numero, ligne in enumerate(lignes, start=1):
        if ligne.strip() and (faute := _coller_la_ligne(grille, ligne)):
            fautes.append(f"Ligne {numero} : {faute}")
    return fautes


def _coller_la_ligne(grille: Grille, ligne: str) -> str:
    """Put one line into its row; return why it was not, or ""."""
    code, *reste = [cellule.strip() for cellule in re.split("[\t;]", ligne)]
    rangees = [r for r in grille.ouvertes if r.action.code.upper() == code.upper()]
    if not rangees:
        return f"« {code[:40]} » n’est le code d’aucune ligne ouverte de cette page."
    rangee, cellules = _choisir(rangees, reste)
    if rangee is None:
        sujets = ", ".join(f"« {r.sujet} »" for r in rangees)
        return f"après le code, dire la ligne : {sujets}."
    if len(cellules) > len(rangee.cases):
        return f"{len(cellules)} valeurs pour {len(rangee.cases)} colonnes."
    for case, cellule in zip(rangee.cases, cellules, strict=False):
        if cellule:
            case.texte, case.est_proposee = cellule, True
    return ""


def _choisir(rangees: list[Rangee], reste: list[str]) -> tuple[Rangee | None, list[str]]:
    """Return the row that the line is about, and its cells."""
    if reste:
        dits = [r for r in rangees if plier(r.sujet).strip() == plier(reste[0]).strip()]
        if dits:
            return dits[0], reste[1:]
    return (rangees[0], reste) if len(rangees) == 1 else (None, reste)
