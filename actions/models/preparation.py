"""A change of a published action, with its contributions, prepared before it is read by all."""

from typing import Any

from django.db import models

from actions.models.action import Action
from actions.models.contribution import Contribution
from pacte.socle.photographie import Photo, photographier, poser
from pacte.socle.preparation import (
    Difference,
    Preparation,
    PreparationQuerySet,
    comparer,
    prevus,
    une_en_cours,
)
from pacte.socle.transitions import TransitionInterdite

CHAMPS_DE_CONTRIBUTION = (
    "partenaire",
    "role",
    "nature",
    "etp",
    "texte",
    "annee_debut",
    "annee_fin",
)


class PreparationAction(Preparation):
    """The texts, calendar, needs, publics, places and contributions of an action, as they would be.

    `changements` also holds « contributions »: for each one touched, its key (None: a new one),
    whether it is taken away, and its fields → [before, after].
    """

    OBJET = "action"
    CHAMPS = (
        "titre",
        "en_clair",
        "pour_qui",
        "comment_en_beneficier",
        "description",
        "constat",
        "debut_prevu",
        "fin_prevue",
        "besoins",
        "publics",
        "territoires",
    )
    DROIT_DE_PREPARER, DROIT_DE_PUBLIER = "actions.change_action", "actions.publier_action"

    action = models.ForeignKey(
        Action, on_delete=models.CASCADE, related_name="preparations", editable=False
    )

    objects = PreparationQuerySet["PreparationAction"].as_manager()

    class Meta(Preparation.Meta):
        abstract = False
        verbose_name = "modification préparée"
        verbose_name_plural = "modifications préparées"
        ordering = ["-preparee_le"]
        constraints = [*Preparation.Meta.constraints, une_en_cours("action")]

    @property
    def contributions(self) -> list[dict[str, Any]]:
        lignes: list[dict[str, Any]] = self.changements.get("contributions", [])
        return lignes

    @property
    def est_vide(self) -> bool:
        return super().est_vide and not self.contributions

    @property
    def differences(self) -> list[Difference]:
        """Fields of the action, then those of each contribution."""
        dites = super().differences
        presentes = Contribution.objects.in_bulk([c["pk"] for c in self.contributions if c["pk"]])
        for prevue in self.contributions:
            dites += self._dire_la_contribution(prevue, presentes.get(prevue["pk"]))
        return dites

    def _dire_la_contribution(
        self, prevue: dict[str, Any], presente: Contribution | None
    ) -> list[Difference]:
        if presente is None and prevue["pk"]:
            return [Difference("contribution", "", "supprimée depuis", "", a_change=True)]
        sujet = presente or self._nouvelle(prevue)
        if prevue["otee"]:
            return [Difference(f"contribution de {sujet}", sujet.texte, sujet.texte, "", False)]
        if presente is None:
            return [Difference(f"contribution nouvelle, {sujet}", "", "", sujet.texte, False)]
        return self._dire(presente, prevue["champs"], f"contribution de {sujet} : ")

    def photographier_l_objet(self) -> Photo:
        contributions = self.action.contributions.all()  # in the order of their keys
        lues = [[c.pk, photographier(c, CHAMPS_DE_CONTRIBUTION)] for c in contributions]
        return super().photographier_l_objet() | {"contributions": lues}

    def prevoir_les_contributions(self, prevues: list[tuple[Contribution, bool]]) -> None:
        """Keep what changes of the contributions: each as it would be, and whether it goes."""
        en_base = {c.pk: c for c in self.action.contributions.all()}
        notees = []
        for prevue, otee in prevues:
            ancienne = en_base.get(prevue.pk)
            avant: Photo = photographier(ancienne, CHAMPS_DE_CONTRIBUTION) if ancienne else {}
            champs = comparer(avant, photographier(prevue, CHAMPS_DE_CONTRIBUTION))
            if champs or otee:
                notees.append({"pk": prevue.pk, "otee": otee, "champs": {} if otee else champs})
        self.changements["contributions"] = notees

    def retenir(self) -> None:
        super().retenir()
        list(self.action.contributions.select_for_update(of=("self",)))

    def appliquer(self) -> None:
        super().appliquer()
        for prevue in self.contributions:
            if prevue["pk"] is None:
                contribution = self._nouvelle(prevue)
            else:
                contribution = self._retrouver(prevue)
            if prevue["otee"]:
                contribution.delete()
                continue
            contribution.full_clean()
            contribution.save()

    def _retrouver(self, prevue: dict[str, Any]) -> Contribution:
        contribution = self.action.contributions.filter(pk=prevue["pk"]).first()
        if contribution is None:
            raise TransitionInterdite("Une contribution préparée a été supprimée depuis.")
        poser(contribution, prevus(prevue["champs"]))
        return contribution

    def _nouvelle(self, prevue: dict[str, Any]) -> Contribution:
        contribution = Contribution(action=self.action)
        poser(contribution, prevus(prevue["champs"]))
        return contribution
