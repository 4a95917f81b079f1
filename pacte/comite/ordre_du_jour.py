"""The agenda of a meeting: what is late, missing, to decide, off parity, changed, still open."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.timezone import localdate

from actions.models import Action, Financement
from actions.models.parite import Verdict
from contrats.models import Contrat
from pacte.comite.demandes import DEMANDES_A_DEUX
from pacte.comite.models import Comite, Decision
from pacte.socle.chronologie import entrees_publiques, raconter_ce_qui_est_visible
from pacte.socle.double_accord import LA_PARTIE, DoubleAccord, Partie
from pacte.socle.fiches import fiche
from pacte.socle.typographie import INSECABLE, date_fr, pluriel
from pacte.suivi.manques import Inventaire, Sujet, regrouper
from partenaires.models import Partenaire

FAITS_AU_PLUS = 100


@dataclass(frozen=True)
class Ligne:
    """One matter: what it is, what to know of it, and the page where it is settled."""

    texte: str
    detail: str
    adresse: str


@dataclass(frozen=True)
class Rubrique:
    """Matters of one kind, as they stood on day `au`; `rien` says that there are none."""

    titre: str
    au: date
    rien: str
    lignes: list[Ligne] = field(default_factory=list)
    # What was left out for want of room, in words.
    reste: str = ""


class OrdreDuJour:
    """What the meeting `comite` has to look at (thirty queries at most, whatever the rows).

    A meeting to come is read as of today. One that was held freezes nothing: it is read again as
    of its day wherever rows keep their dates. Decisions have the day when they were done; the
    lateness of an action has its milestones reached and its bulletins; the journal has its days.
    Three matters cannot be read so, and each says that it stands as of today: what is missing,
    what waits for a decision, parity, for nothing keeps the day when an empty box was filled, a
    request answered, an amount changed. In all of them, actions are those that are visible today.
    """

    def __init__(self, comite: Comite) -> None:
        self.comite = comite
        self.aujourd_hui = localdate()
        self.au = min(comite.le, self.aujourd_hui)

    @cached_property
    def precedent(self) -> Comite | None:
        return self.comite.precedent

    @cached_property
    def rubriques(self) -> list[Rubrique]:
        """The agenda, in the order of the meeting."""
        return [
            self._decisions_ouvertes(),
            self._retards(),
            self._a_decider(),
            self._manques(),
            self._parites(),
            self._changements(),
        ]

    @cached_property
    def decisions(self) -> list[Decision]:
        """What this meeting decided, with the actions concerned (two queries)."""
        prises = self.comite.decisions.select_related("comite", "qui")
        return list(prises.prefetch_related("actions"))

    def _decisions_ouvertes(self) -> Rubrique:
        anciennes = Decision.objects.filter(comite__le__lt=self.comite.le)
        lignes = [
            Ligne(
                decision.libelle,
                f"{date_fr(decision.comite.le)}, {decision.suite_au(self.au)}",
                fiche(decision),
            )
            for decision in anciennes.ouvertes(self.au).par_echeance()
        ]
        return Rubrique(
            "Décisions des réunions précédentes",
            self.au,
            "Aucune décision précédente ne reste à faire.",
            lignes,
        )

    def _retards(self) -> Rubrique:
        en_retard: list[Any] = list(Action.objects.visibles().en_retard_au(self.au))
        lignes = [
            Ligne(
                action.titre,
                f"{action.code}, attendue le {date_fr(action.echeance)}",
                reverse("admin:actions_action_rubrique", args=[action.pk, "avancement"]),
            )
            for action in en_retard
        ]
        return Rubrique("Actions en retard", self.au, "Aucune action n’est en retard.", lignes)

    def _a_decider(self) -> Rubrique:
        lignes = [
            Ligne(
                f"{capfirst(modele._meta.verbose_name)}{INSECABLE}: {demande}",
                f"attend {' et '.join(parties)}, depuis le {date_fr(demande.deposee_le)}",
                fiche(demande),
            )
            for modele, noms in DEMANDES_A_DEUX.items()
            for demande, parties in _demandes(modele, noms)
        ]
        rien = "Aucune demande n’attend de décision."
        return Rubrique("À décider", self.aujourd_hui, rien, lignes)

    def _manques(self) -> Rubrique:
        manques = Inventaire(Action.objects.visibles()).manques
        lignes = list(map(_dire_le_manque, regrouper(manques)))
        return Rubrique("Ce qui manque", self.aujourd_hui, "Rien ne manque.", lignes)

    def _parites(self) -> Rubrique:
        """The volets off their share over the period, then year by year."""
        par_contrat = Financement.objects.publics().parites_par("action__volet__contrat_id")
        ecarts = [
            (annee, contrat, parite)
            for (contrat, annee), parites in par_contrat.items()
            for parite in parites
            if parite.verdict is Verdict.ECART
        ]
        lignes = [
            Ligne(
                f"{parite.volet}, {annee or 'toute la période'}",
                f"{parite.constat} ({parite.regle})",
                _grille(contrat, annee),
            )
            for annee, contrat, parite in sorted(ecarts, key=lambda ecart: ecart[0] or 0)
        ]
        rien = "Aucun écart de parité n’est connu."
        return Rubrique("Écarts de parité", self.aujourd_hui, rien, lignes)

    def _changements(self) -> Rubrique:
        """What the site told since the previous meeting; since the first day for the first one."""
        entrees = entrees_publiques().filter(le__date__lte=self.au)
        if self.precedent:
            entrees = entrees.filter(le__date__gt=self.precedent.le)
        lues = list(entrees[: FAITS_AU_PLUS + 1])
        modeles = (Action, Partenaire, Contrat)
        lignes = [
            Ligne(evenement.phrase, date_fr(evenement.le), evenement.adresse)
            for evenement in raconter_ce_qui_est_visible(lues[:FAITS_AU_PLUS], modeles)
        ]
        depuis = f"depuis le {date_fr(self.precedent.le)}" if self.precedent else "jusqu’ici"
        plus = len(lues) > FAITS_AU_PLUS
        reste = f"Les {FAITS_AU_PLUS} faits les plus récents ; le journal a les autres."
        rien = "Le site n’a rien annoncé de nouveau."
        return Rubrique(f"Ce qui a changé {depuis}", self.au, rien, lignes, reste if plus else "")


def _demandes(
    modele: type[DoubleAccord], noms: list[str]
) -> Iterator[tuple[DoubleAccord, list[str]]]:
    """Yield the open requests of `modele`, the oldest first, with who has not decided yet."""
    demandes = modele._default_manager.en_attente()  # type: ignore[attr-defined]  # of each
    for demande in demandes.select_related(*noms):
        attendues = [partie for partie in Partie if demande.accord_de(partie) is None]
        yield demande, [LA_PARTIE[partie] for partie in attendues]


def _dire_le_manque(sujet: Sujet) -> Ligne:
    choix: dict[str, Any] = {"tour": sujet.tour, "genre": sujet.genre, "annee": sujet.annee}
    adresse = urlencode({cle: valeur for cle, valeur in choix.items() if valeur})
    avant = f", avant le {date_fr(sujet.avant_le)}" if sujet.avant_le else ""
    return Ligne(
        f"{capfirst(sujet.nom)}{INSECABLE}: {pluriel(sujet.actions, 'action')}",
        f"{sujet.nom_du_tour}{avant}",
        f"{reverse('admin:ce_qui_manque')}?{adresse}",
    )


def _grille(contrat: int, annee: int | None) -> str:
    """Return where the amounts of a contract are entered, in one year or in this one."""
    choix = {"contrat": contrat, **({"annee": annee} if annee else {})}
    return f"{reverse('admin:actions_financement_grille')}?{urlencode(choix)}"
