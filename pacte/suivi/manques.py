"""« Ce qui manque »: for each visible action, what nobody entered yet and where to enter it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from django.db.models import Exists, Model, OuterRef

from actions.models import Action, Contribution, Financement, Indicateur
from actions.models.parite import Verdict
from pacte.socle.tableaux import Colonne, Tableau

# Code of the gap → its name, and the part of the action's screen where it is filled.
MANQUES = {
    "pilote": ("pilote", "contributions-group"),
    "contribution": ("contribution", "contributions-group"),
    "montant": ("montant", "financements-group"),
    "parite": ("parité", "financements-group"),
    "reference": ("situation de départ", "indicateurs-group"),
    "nouvelles": ("nouvelles depuis 90 jours", "points-group"),
}


@dataclass(frozen=True)
class Lacune:
    """One action, and the codes of what it lacks in the order of `MANQUES`."""

    action: Action
    codes: list[str]

    @property
    def manques(self) -> list[tuple[str, str]]:
        """Name of each gap, and the anchor where it is filled."""
        return [MANQUES[code] for code in self.codes]


def relever(contrat: str = "") -> list[Lacune]:
    """Return the visible actions that lack something, of one contract (slug) or of all.

    Three queries. A parity gap counts as a lack; a parity that cannot be computed lacks an
    amount, which is another line.
    """
    actions = Action.objects.visibles().select_related("volet__contrat", "volet__axe")
    if contrat:
        actions = actions.filter(volet__contrat__slug=contrat)
    sans_nouvelles = Action.objects.sans_nouvelles().filter(pk=OuterRef("pk"))
    annotees = actions.annotate(
        a_pilote=_existe(Contribution, role__in=["pilote", "copilote"]),
        a_contribution=_existe(Contribution),
        a_montant=_existe(Financement, prevu__isnull=False),
        a_reference=_existe(Indicateur, reference__isnull=False),
        est_sans_nouvelles=Exists(sans_nouvelles),
    ).order_by("code")
    ecarts = _actions_en_ecart()
    lacunes = [Lacune(a, _codes(cast(ActionRelevee, a), ecarts)) for a in annotees]
    return [lacune for lacune in lacunes if lacune.codes]


def _existe(modele: type[Model], **filtres: object) -> Exists:
    return Exists(modele._default_manager.filter(action=OuterRef("pk"), **filtres))


def _actions_en_ecart() -> set[int]:
    parites = Financement.objects.publics().parites_par("action_id")
    return {
        action
        for (action, annee), verdicts in parites.items()
        if annee is None and any(parite.verdict is Verdict.ECART for parite in verdicts)
    }


class ActionRelevee(Protocol):
    """An action with what `relever` adds to it."""

    pk: int
    a_pilote: bool
    a_contribution: bool
    a_montant: bool
    a_reference: bool
    est_sans_nouvelles: bool


def _codes(action: ActionRelevee, ecarts: set[int]) -> list[str]:
    presents = {
        "pilote": not action.a_pilote,
        "contribution": not action.a_contribution,
        "montant": not action.a_montant,
        "parite": action.pk in ecarts,
        "reference": not action.a_reference,
        "nouvelles": action.est_sans_nouvelles,
    }
    return [code for code in MANQUES if presents[code]]


def tableau_des_manques(lacunes: list[Lacune], selection: str) -> Tableau:
    """Return the same lines as a table to download: one column a gap, « manque » or nothing."""
    colonnes = [
        Colonne("Code", "code", lambda lacune: lacune.action.code),
        Colonne("Action", "action", lambda lacune: lacune.action.titre),
        Colonne("Contrat", "contrat", lambda lacune: lacune.action.volet.contrat.sigle),
        *(Colonne(nom.capitalize(), code, _dire(code)) for code, (nom, _) in MANQUES.items()),
    ]
    return Tableau("ce-qui-manque", tuple(colonnes), lacunes, selection)


def _dire(code: str) -> Callable[[Lacune], str | None]:
    return lambda lacune: "manque" if code in lacune.codes else None
