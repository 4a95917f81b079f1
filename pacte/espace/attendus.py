"""What is expected of a partner, and by when: nothing here is stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate

from actions.models import (
    JOURS_AVANT_L_ECHEANCE,
    Action,
    Indicateur,
    PropositionContribution,
    PropositionReleve,
)
from contrats.models import Annee, Exercice
from pacte.comite.models import Decision
from partenaires.models import Partenaire

# Contract and year → the exercise, whose report says when what is asked of its actions is due.
Exercices = dict[tuple[int, int], Exercice]


@dataclass(frozen=True)
class Attendu:
    """One thing to do: what, about which action, by when (None: no date was set), where."""

    quoi: str
    action: str
    avant_le: date | None
    bouton: str
    adresse: str


def attendus_de(partenaire: Partenaire) -> list[Attendu]:
    """Return what `partenaire` has to do now, the nearest deadline first (seven queries).

    Contributions to confirm for the current year, and values to report: those of a past year,
    and those of this year when its report is due within sixty days. What is already proposed and
    waits for an answer is not asked again, and nothing is asked of a closed exercise. And what the
    committee decided, when it is public: internal decisions are for officers alone.
    """
    annee = localdate().year
    exercices = {(e.contrat_id, e.annee_id): e for e in Exercice.objects.all()}
    attendus = [
        *_valeurs(partenaire, annee, exercices),
        *_confirmations(partenaire, annee, exercices),
        *_decisions(partenaire),
    ]
    return sorted(attendus, key=lambda a: (a.avant_le is None, a.avant_le, a.quoi))


def _confirmations(partenaire: Partenaire, annee: int, exercices: Exercices) -> Iterator[Attendu]:
    en_attente = PropositionContribution.objects.en_attente().values("contribution")
    a_confirmer = (
        partenaire.contributions.a_confirmer_en(annee)
        .filter(action__in=Action.objects.visibles())
        .exclude(pk__in=en_attente)
    )
    for contribution in a_confirmer.select_related("action__volet"):
        yield Attendu(
            f"Confirmer votre contribution {annee}",
            str(contribution.action),
            _echeance(exercices.get((contribution.action.volet.contrat_id, annee))),
            "Confirmer",
            reverse("espace_actions:confirmer", args=[partenaire.slug, contribution.pk]),
        )


def _decisions(partenaire: Partenaire) -> Iterator[Attendu]:
    for decision in Decision.objects.publiques().a_suivre().filter(qui=partenaire):
        sujet = f"Décision « {decision.libelle} » ({decision.comite})"
        yield Attendu(
            f"Suivre la décision « {decision.libelle} »",
            str(decision.comite),
            decision.pour_le,
            "Dire où vous en êtes",
            f"{reverse('contact')}?{urlencode({'sujet': 'question', 'page': sujet})}",
        )


def _valeurs(partenaire: Partenaire, annee: int, exercices: Exercices) -> Iterator[Attendu]:
    annees = list(Annee.objects.filter(pk__lte=annee).values_list("pk", flat=True))
    proposees = set(
        PropositionReleve.objects.en_attente()
        .filter(partenaire=partenaire)
        .values_list("indicateur", "annee")
    )
    indicateurs = Indicateur.objects.filter(
        responsable=partenaire, action__in=Action.objects.visibles()
    )
    for indicateur in indicateurs.select_related("action__volet").prefetch_related("releves"):
        connues = {r.annee_id for r in indicateur.releves.all() if r.valeur is not None}
        for annee_due in annees:
            exercice = exercices.get((indicateur.action.volet.contrat_id, annee_due))
            avant_le = _echeance(exercice)
            if annee_due in connues or (indicateur.pk, annee_due) in proposees:
                continue
            if exercice and exercice.est_clos:
                continue
            if annee_due == annee and not _est_proche(avant_le):
                continue
            yield Attendu(
                f"Renseigner « {indicateur} » pour {annee_due}",
                str(indicateur.action),
                avant_le,
                "Renseigner",
                reverse(
                    "espace_actions:renseigner", args=[partenaire.slug, indicateur.pk, annee_due]
                ),
            )


def _echeance(exercice: Exercice | None) -> date | None:
    return exercice.rapport_avant_le if exercice else None


def _est_proche(avant_le: date | None) -> bool:
    limite = localdate() + timedelta(days=JOURS_AVANT_L_ECHEANCE)
    return avant_le is not None and avant_le <= limite
