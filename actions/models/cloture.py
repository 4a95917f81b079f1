"""A closed exercise: the money and the values of its actions that year are no longer written.

Triggers hold it whatever the door; what stands here says it in French beforehand.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q

from contrats.models import Exercice, Volet

if TYPE_CHECKING:
    from actions.models.action import Action


def q_annee_close(annee: int) -> Exists:
    """Return the condition, on actions, that tells that their contract closed `annee`."""
    return Exists(Exercice.objects.clos().filter(contrat=OuterRef("volet__contrat"), annee=annee))


def annees_closes(action: int) -> dict[int, Exercice]:
    """Return the closed exercises, by year, of the contract of an action, by key (one query)."""
    return {e.annee_id: e for e in Exercice.objects.clos().filter(contrat__volets__actions=action)}


# Contract and year → its closed exercise.
Clos = Mapping[tuple[int, int], Exercice]


def exercices_clos() -> Clos:
    """Return the closed exercises by contract and year (one query)."""
    return {(e.contrat_id, e.annee_id): e for e in Exercice.objects.clos()}


class LigneAnnuelle(models.Model):
    """What is written of an action in a year; read-only once the exercise of its contract closes.

    A concrete class has an `annee`, an `action`, and says by which path its volet is reached.
    """

    VOLET: ClassVar[str]
    annee_id: int
    # The closed exercises, given by whoever checks many lines; None: read for this one.
    clos: Clos | None = None

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        self.exiger_un_exercice_ouvert()

    @property
    def action_concernee(self) -> "Action":
        raise NotImplementedError

    @property
    def place(self) -> tuple[int, int]:
        """Its contract and its year."""
        return self.action_concernee.volet.contrat_id, self.annee_id

    @property
    def _est_placee(self) -> bool:
        """Tell whether its action and its volet are chosen; a form says that they are not."""
        try:
            return bool(self.place)
        except ObjectDoesNotExist:
            return False

    @property
    def est_close(self) -> bool:
        """Tell whether its exercise is closed (one query)."""
        return self.annee_id in annees_closes(self.action_concernee.pk)

    def exiger_un_exercice_ouvert(self) -> None:
        """Raise ValidationError when saving it would change something of a closed exercise.

        The one where it is, or the one where the database has it. One query when no exercise is
        closed, none with `clos`; up to two more otherwise.
        """
        if self.clos == {} or not self._est_placee:
            return
        clos = exercices_clos() if self.clos is None else self.clos
        if not clos:
            return
        ancienne = self._relire()
        if ancienne and all(getattr(ancienne, c) == getattr(self, c) for c in self._colonnes()):
            return
        for place in [self.place, *([ancienne.place] if ancienne else [])]:
            if place in clos:
                raise ValidationError(clos[place].refus)

    def _relire(self) -> Self | None:
        lignes = type(self)._default_manager.select_related(self.VOLET)
        return lignes.filter(pk=self.pk).first() if self.pk else None

    def _colonnes(self) -> list[str]:
        return [champ.attname for champ in self._meta.concrete_fields]


def exiger_le_meme_contrat(action: "Action") -> None:
    """Raise ValidationError, on the volet, when `action` leaves a contract that reported it.

    Or joins one that closed a year of which it has lines: either would change what was reported.
    One query when the volet is that of the database, up to three otherwise.
    """
    ancien = Volet.objects.filter(actions=action.pk).exclude(pk=action.volet_id).first()
    if ancien is None or ancien.contrat_id == action.volet.contrat_id:
        return
    de_l_action = Q(annee__financements__action=action.pk) | Q(
        annee__releves__indicateur__action=action.pk
    )
    contrats = [ancien.contrat_id, action.volet.contrat_id]
    exercice = Exercice.objects.clos().filter(de_l_action, contrat__in=contrats).first()
    if exercice:
        raise ValidationError({"volet": exercice.refus})
