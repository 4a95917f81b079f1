"""« Je cherche… »: the address of a question put as a person would, and what answers it."""

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict

from actions.models import Besoin, Public
from actions.models.action import PAR_TITRE, ActionQuerySet
from actions.models.statut import STATUTS_SANS_ECHEANCE, StatutAction
from pacte.socle.texte import extrait

STATUTS_QUI_NE_RECOIVENT_PAS = [*STATUTS_SANS_ECHEANCE, StatutAction.REPORTEE]

UneCible = TypeVar("UneCible", Besoin, Public)


@dataclass(frozen=True)
class Question:
    """One select of the form: its name, what it asks, the answer of who chooses none."""

    nom: str
    titre: str
    aucun: str
    options: list[Besoin] | list[Public]
    choisie: Besoin | Public | None


class Demande:
    """A need, a public, both or none; what the address says else is dropped, and that is said."""

    def __init__(self, parametres: QueryDict) -> None:
        """Read the address (two queries)."""
        self.avertissements: list[str] = []
        self.besoins = list(Besoin.objects.avec_actions())
        self.publics = list(Public.objects.avec_actions())
        self.besoin = self._choisir(parametres.get("besoin", ""), self.besoins, "besoin")
        self.public = self._choisir(parametres.get("public", ""), self.publics, "public")

    def _choisir(self, code: str, lignes: list[UneCible], nom: str) -> UneCible | None:
        choisie = next((ligne for ligne in lignes if ligne.code == code), None)
        if code and choisie is None:
            message = (
                f"« {extrait(code)} » a été ignoré : aucune action pour ce {nom}, ou {nom} inconnu."
            )
            self.avertissements.append(message)
        return choisie

    @property
    def est_vide(self) -> bool:
        return self.besoin is None and self.public is None

    @property
    def questions(self) -> list[Question]:
        return [
            Question("besoin", "De l’aide pour", "Choisir", self.besoins, self.besoin),
            Question("public", "Pour qui", "Peu importe", self.publics, self.public),
        ]

    @property
    def titre(self) -> str:
        """« Je cherche de l’aide pour me déplacer (Jeunes) »."""
        if self.est_vide:
            return "Je cherche…"
        pour = f" pour {self.besoin}" if self.besoin else ""
        qui = f" ({self.public})" if self.public else ""
        return f"Je cherche de l’aide{pour}{qui}"

    @property
    def adresse(self) -> str:
        """The same question put to the list of all the actions."""
        parametres = QueryDict(mutable=True)
        for nom, choisie in (("besoin", self.besoin), ("public", self.public)):
            if choisie:
                parametres[nom] = choisie.code
        return f"?{parametres.urlencode()}"

    @property
    def plus_larges(self) -> list[tuple[str, str]]:
        """With two choices, each of them alone: its words, and its address."""
        if self.besoin is None or self.public is None:
            return []
        return [
            (
                f"De l’aide pour {self.besoin}, quel que soit le public",
                f"?besoin={self.besoin.code}",
            ),
            (f"Toutes les actions pour ce public : {self.public}", f"?public={self.public.code}"),
        ]

    def filtrer(self, actions: ActionQuerySet) -> ActionQuerySet:
        """Keep what answers; none without a question.

        An action that answers the need without saying for whom is kept, after the others; and one
        that receives nobody today after all of them.
        """
        if self.est_vide:
            return actions.none()
        actions = actions.annotate(est_ouverte=~Q(statut__in=STATUTS_QUI_NE_RECOIVENT_PAS))
        if self.besoin:
            actions = actions.filter(besoins=self.besoin)
        if self.public is None:
            return actions.order_by("-est_ouverte", *PAR_TITRE)
        du_public = Exists(Public.objects.filter(pk=self.public.pk, actions=OuterRef("pk")))
        sans_public = ~Exists(Public.objects.filter(actions=OuterRef("pk")))
        gardees = actions.annotate(du_public=du_public).filter(
            Q(du_public=True) | sans_public if self.besoin else Q(du_public=True)
        )
        return gardees.order_by("-est_ouverte", "-du_public", *PAR_TITRE)
