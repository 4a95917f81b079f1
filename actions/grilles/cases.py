"""A grid of cells: what was read, what is typed, what the base holds now.

Nothing here knows money from indicators: a grid says how a cell is read, and what a row writes.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from actions.models import Action
from pacte.socle.journal import FaitFiche, consigner
from pacte.socle.models import Utilisateur

SEPARATEUR = "|"
TITRE_COURT = 70


@dataclass(slots=True)
class Case:
    """One cell: its text; its fault; what somebody else wrote there since the page was read."""

    mesure: str
    texte: str = ""
    nom: str = ""
    # What names it: the ids of its action, its row and its column.
    etiquettes: str = ""
    faute: str = ""
    autre: str | None = None
    est_proposee: bool = False

    @property
    def est_signalee(self) -> bool:
        """Tell whether the page says something of it, beside its value."""
        return bool(self.est_proposee or self.faute or self.autre is not None)


@dataclass(slots=True)
class Rangee:
    """One row: the action, what the row is about, its cells, and the row of the base, if any.

    `partie` is the side that it counts for, `fixes` what is only read: texts between the title
    and the cells. `lu` is what the base holds, as the page carries it to be compared later.
    """

    cle: str
    action: Action
    sujet: str
    objet: Any
    ouverte: bool
    partie: str = ""
    fixes: list[str] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    lu: str = ""


def _nommer(action: Action) -> str:
    titre = action.titre
    court = titre if len(titre) <= TITRE_COURT else f"{titre[: TITRE_COURT - 1]}…"
    return f"{action.code} {court}"


def case_lue(valeur: Decimal | None) -> str:
    return "" if valeur is None else format(valeur.normalize(), "f")


class Grille(ABC):
    """The rows of a page and the cells that its user may write; none of a closed exercise.

    Each action tells, as `est_close`, whether its contract closed the year.

    Read from the base, then `saisir` what a form sent, then `enregistrer`: all of it or nothing.
    """

    mesures: ClassVar[Mapping[str, str]]
    # How the journal names what it changes.
    nom: ClassVar[str]

    def __init__(
        self,
        actions: Iterable[Action],
        annee: int,
        utilisateur: Utilisateur,
        *,
        verrouiller: bool = False,
    ) -> None:
        self.actions, self.annee, self.utilisateur = list(actions), annee, utilisateur
        self.verrouiller = verrouiller
        self.rangees = list(self.lire_les_rangees())
        for rangee in self.rangees:
            rangee.ouverte = rangee.ouverte and not rangee.action.est_close
            valeurs = [(m, getattr(rangee.objet, m, None)) for m in self.mesures]
            debut = f"a{rangee.action.pk} r{rangee.cle} m-"
            rangee.cases = [
                Case(mesure, self.dire(valeur), f"{rangee.cle}-{mesure}", f"{debut}{mesure}")
                for mesure, valeur in valeurs
            ]
            rangee.lu = SEPARATEUR.join(case_lue(valeur) for _, valeur in valeurs)

    @abstractmethod
    def lire_les_rangees(self) -> Iterator[Rangee]:
        """Yield the rows in the order of the page, without their cells."""

    @abstractmethod
    def lire(self, texte: str) -> Decimal:
        """Return the value of a text; raises ValueError with a sentence."""

    @abstractmethod
    def dire(self, valeur: Decimal | None) -> str:
        """Return the text of a value, "" for unknown; `lire` reads it back."""

    @abstractmethod
    def creer(self, rangee: Rangee) -> Any:
        """Return a new row of the base, not saved."""

    @property
    def groupes(self) -> list[tuple[Action, str, list[Rangee]]]:
        """The rows by action, in order, with how the action is named in short."""
        par_action: dict[int, list[Rangee]] = {}
        for rangee in self.rangees:
            par_action.setdefault(rangee.action.pk, []).append(rangee)
        return [(a, _nommer(a), par_action[a.pk]) for a in self.actions if a.pk in par_action]

    @property
    def ouvertes(self) -> list[Rangee]:
        return [rangee for rangee in self.rangees if rangee.ouverte]

    @property
    def fautes(self) -> list[tuple[str, str]]:
        """The cells to look at again: the name of the box, and a sentence that says where."""
        return [
            (case.nom, self._situer(rangee, case))
            for rangee in self.rangees
            for case in rangee.cases
            if case.faute or case.autre is not None
        ]

    def _situer(self, rangee: Rangee, case: Case) -> str:
        ou = f"{rangee.action.code}, {rangee.sujet}, {self.mesures[case.mesure].lower()}"
        return f"{ou} : {case.faute or 'modifié par quelqu’un d’autre entre-temps'}"

    def saisir(self, donnees: Mapping[str, str]) -> None:
        """Put into the open cells what a form sent; what was not sent stays as the base says."""
        for rangee in self.ouvertes:
            for case in rangee.cases:
                case.texte = donnees.get(case.nom, case.texte)

    def reprendre(self, donnees: Mapping[str, str]) -> None:
        """Show again what a form sent, without saving: it goes on from what its page had read."""
        self.saisir(donnees)
        for rangee in self.ouvertes:
            rangee.lu = donnees.get(f"lu-{rangee.cle}", rangee.lu)

    def enregistrer(self, donnees: Mapping[str, str]) -> int:
        """Save what the form changed and return how many rows; 0 with `fautes` when it cannot.

        A cell that somebody else changed since it was read is not overwritten: both versions are
        shown, and sending the form again keeps the one that is typed.
        """
        self.saisir(donnees)
        changees = [r for r in self.ouvertes if self._appliquer(r, donnees.get(f"lu-{r.cle}", ""))]
        if self.fautes:
            return 0
        try:
            self._ecrire(changees)
        except IntegrityError:
            # Two people opened the same row at once: the second reads what the first wrote.
            if not self.fautes:
                raise
            return 0
        return len(changees)

    def _appliquer(self, rangee: Rangee, lu: str) -> bool:
        """Give the row of the base what its cells say; tell whether that changes it."""
        lues = lu.split(SEPARATEUR) if lu else [case_lue(None)] * len(rangee.cases)
        valeurs = {}
        for case, lue in zip(rangee.cases, lues, strict=False):
            en_base = getattr(rangee.objet, case.mesure, None)
            saisie = self._lire_la_case(case)
            if case.faute or case_lue(saisie) == lue or saisie == en_base:
                # Not touched, or already so: what the base says now is shown.
                case.texte = case.texte if case.faute else self.dire(en_base)
            elif case_lue(en_base) != lue:
                case.autre = self.dire(en_base) or "vide"
            else:
                valeurs[case.mesure] = saisie
        if not valeurs or any(case.faute for case in rangee.cases):
            return False
        self._poser(rangee, valeurs)
        return True

    def _lire_la_case(self, case: Case) -> Decimal | None:
        if not case.texte.strip():
            return None
        try:
            return self.lire(case.texte)
        except ValueError as erreur:
            case.faute = str(erreur)
            return None

    def _poser(self, rangee: Rangee, valeurs: dict[str, Decimal | None]) -> None:
        rangee.objet = rangee.objet or self.creer(rangee)
        for mesure, valeur in valeurs.items():
            setattr(rangee.objet, mesure, valeur)
        relations = {champ.name for champ in rangee.objet._meta.fields if champ.is_relation}
        try:
            rangee.objet.full_clean(exclude=relations)
        except ValidationError as erreur:
            par_mesure = erreur.message_dict
            for case in rangee.cases:
                case.faute = " ".join(par_mesure.pop(case.mesure, []))
            if par_mesure:
                rangee.cases[0].faute = " ".join(sum(par_mesure.values(), []))

    @transaction.atomic
    def _ecrire(self, changees: list[Rangee]) -> None:
        for rangee in changees:
            try:
                rangee.objet.save()
            except IntegrityError:
                rangee.cases[0].faute = "Cette ligne vient d’être créée : enregistrer de nouveau."
                raise
        for action in {rangee.action.pk: rangee.action for rangee in changees}.values():
            champs = [f"{self.nom} {self.annee}"]
            consigner(action, FaitFiche.MODIFIEE, par=self.utilisateur, champs=champs)
