"""The pack of a meeting: its agenda and what it decided, as blocks to print."""

from collections.abc import Iterator

from django.utils.timezone import localtime

from pacte.comite.models import Comite, Decision
from pacte.comite.ordre_du_jour import OrdreDuJour, Rubrique
from pacte.socle.editeur import editeur
from pacte.socle.papier.blocs import (
    Bloc,
    Ecrit,
    Encadre,
    Entete,
    Grille,
    Liste,
    Paragraphe,
    Titre,
)
from pacte.socle.typographie import date_fr

INTERNE = "Document interne aux deux parties"
POINTS = (Entete("Point", part=3), Entete("À savoir", part=2))
DECISIONS = (
    Entete("Décision", part=4),
    Entete("Actions", part=2),
    Entete("Suite", part=3),
    Entete("Portée"),
)


def composer_le_dossier(comite: Comite, avertissement: str = "") -> Ecrit:
    """Return the pack of `comite`, in which `avertissement` stands first (queries: the agenda's).

    The same rows printed twice in a day are the same bytes.
    """
    ordre = OrdreDuJour(comite)
    return Ecrit(
        titre=str(comite),
        sous_titre=f"Ordre du jour et décisions, au {date_fr(ordre.aujourd_hui)}",
        auteur=editeur().organisme,
        le=localtime().replace(hour=0, minute=0, second=0, microsecond=0),
        pied=f"{comite} – {INTERNE.lower()}",
        blocs=[*_en_tete(ordre, avertissement), *_points(ordre), *_decisions(ordre)],
    )


def _en_tete(ordre: OrdreDuJour, avertissement: str) -> Iterator[Bloc]:
    if avertissement:
        yield Encadre(f"{avertissement}.")
    precedent = ordre.precedent
    yield Paragraphe(
        f"{INTERNE}. Établi le {date_fr(ordre.aujourd_hui)} : chaque rubrique dit de "
        "quel jour elle est."
    )
    if precedent:
        yield Paragraphe(f"Réunion précédente : {date_fr(precedent.le)}.")
    if presents := ordre.comite.presents:
        yield Titre("Présents")
        yield Liste(tuple(presents))


def _points(ordre: OrdreDuJour) -> Iterator[Bloc]:
    for rubrique in ordre.rubriques:
        yield Titre(rubrique.titre)
        yield from _dire(rubrique)
    if points := ordre.comite.points_ajoutes:
        yield Titre("Points ajoutés")
        yield Liste(tuple(points))


def _dire(rubrique: Rubrique) -> Iterator[Bloc]:
    quand = date_fr(rubrique.au)
    if not rubrique.lignes:
        yield Paragraphe(f"Au {quand}. {rubrique.rien}")
        return
    lignes = [(ligne.texte, ligne.detail) for ligne in rubrique.lignes]
    yield Grille(f"{rubrique.titre}, au {quand}", POINTS, tuple(lignes))
    if rubrique.reste:
        yield Paragraphe(rubrique.reste)


def _decisions(ordre: OrdreDuJour) -> Iterator[Bloc]:
    """What the meeting decided; a meeting to come has nothing of the sort to say."""
    if not ordre.comite.est_tenu:
        return
    titre = "Ce que la réunion a décidé"
    yield Titre(titre)
    if ordre.decisions:
        yield Grille(titre, DECISIONS, tuple(map(_ligne, ordre.decisions)))
    else:
        yield Paragraphe("Aucune décision n’est enregistrée.")


def _ligne(decision: Decision) -> tuple[str, ...]:
    return (
        decision.libelle,
        ", ".join(action.code for action in decision.actions.all()) or "aucune",
        decision.suite,
        "publique" if decision.est_publique else "interne",
    )
