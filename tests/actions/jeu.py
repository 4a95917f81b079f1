"""The reference actions, enriched so that every facet has something to tell."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.timezone import localdate

from actions.filtres import FiltreActions
from actions.models import Action, Contribution, Jalon, Territoire
from contrats.models import Volet
from partenaires.models import Partenaire
from tests.fabriques import creer_action_libellee

ANNEES = [2024, 2025, 2026, 2027]
STATUTS = ["non_renseigne", "en_cours", "realisee", "a_lancer"]
# Two pages of the list, and actions in every situation.
NOMBRE = 27


def completer() -> None:
    """Add invented actions to those of the small roadmap, until there are `NOMBRE`."""
    volets = list(Volet.objects.all())
    for rang in range(Action.objects.count(), NOMBRE):
        creer_action_libellee(volet=volets[rang % len(volets)])


def enrichir() -> None:
    """Give `NOMBRE` actions statuses, calendars, territories and contributions, by their rank."""
    completer()
    territoires = list(Territoire.objects.all())
    partenaires = list(Partenaire.objects.order_by("slug"))
    for rang, action in enumerate(Action.objects.order_by("code")):
        action.statut = STATUTS[rang % 4]
        action.debut_prevu = date(2024 + rang % 3, 3, 1) if rang % 5 else None
        action.fin_prevue = date(2026 + rang % 2, 6, 1 + rang) if rang % 3 else None
        action.save()
        action.territoires.set(territoires[rang % 4 : rang % 4 + rang % 3])
        for role in ("pilote", "financeur")[: rang % 3]:
            Contribution.objects.create(
                action=action,
                partenaire=partenaires[rang % 5],
                role=role,
                nature="expertise",
                texte="Apporte.",
            )
        _dater(rang, action)
        instant = timezone.now() - timedelta(hours=rang * 7 % NOMBRE)
        Action.objects.filter(pk=action.pk).update(modifiee_le=instant)


def _dater(rang, action) -> None:
    """Give milestones, bulletins and a new date, so that every situation has some actions."""
    aujourd_hui = localdate()
    if rang % 4 == 1:
        jour = aujourd_hui + timedelta(days=20 * (rang % 7) - 60)
        Jalon.objects.create(action=action, libelle="Étape", prevu_le=jour)
    champs = {"statut_le": aujourd_hui - timedelta(days=10 * rang) if rang % 4 else None}
    if rang % 9 == 4:
        nouvelle = aujourd_hui + timedelta(days=rang - 13)
        champs |= {"statut": "reportee", "motif": "Gel", "reportee_au": nouvelle}
    if rang % 9 == 5:
        champs |= {"statut": "suspendue", "motif": "Gel"}
    Action.objects.filter(pk=action.pk).update(**champs)


def echeance_de(action) -> date | None:
    """Return the date by which an action is expected, worked out in plain Python."""
    if action.statut in ("realisee", "abandonnee", "suspendue"):
        return None
    if action.statut == "reportee":
        return action.reportee_au
    attendus = [j.prevu_le for j in action.jalons.all() if j.atteint_le is None]
    return min((jour for jour in (*attendus, action.fin_prevue) if jour), default=None)


def situations_de(action) -> set[str]:
    """Return the situations of an action, worked out in plain Python from its dates."""
    aujourd_hui, echeance = localdate(), echeance_de(action)
    limite, ancienne = aujourd_hui + timedelta(days=60), aujourd_hui - timedelta(days=90)
    est_ouverte = action.statut not in ("realisee", "abandonnee")
    return {
        nom
        for nom, est_vrai in {
            "en_retard": echeance is not None and echeance < aujourd_hui,
            "echeance_proche": echeance is not None and aujourd_hui <= echeance <= limite,
            "sans_nouvelles": est_ouverte
            and (action.statut_le is None or action.statut_le < ancienne),
            "a_confirmer": action.axe_a_confirmer
            or action.fusion_a_confirmer
            or action.partenaires_a_confirmer,
        }.items()
        if est_vrai
    }


def lire_filtre(adresse: str) -> FiltreActions:
    return FiltreActions(QueryDict(adresse), ANNEES)


def nombres_de(filtre: FiltreActions) -> dict[str, dict[str, int]]:
    """Return the live counts of the list: facet → key → number, zeros left out."""
    return {
        facette.nom: {o.cle: o.nombre for o in filtre.options_de(facette) if o.nombre}
        for facette in filtre.facettes
        if facette.nom != "action"  # no list offers its own rows
    }


def actions_de(cles: Sequence[int]) -> list[Action]:
    """Return the actions of these keys, in their order."""
    par_cle = Action.objects.in_bulk(list(cles))
    return [par_cle[cle] for cle in cles]


def trouver(adresse: str) -> set[str]:
    """Return the codes that the list gives for a query string."""
    return {a.code for a in lire_filtre(adresse).filtrer(Action.objects.visibles())}


def cles_de(action) -> dict[str, set[str]]:
    """Return the keys of an action in each facet, worked out without any query of the filter."""
    debut = action.debut_prevu.year if action.debut_prevu else 0
    fin = action.fin_prevue.year if action.fin_prevue else 9999
    connu = action.debut_prevu or action.fin_prevue
    partenaires = {c.partenaire.slug for c in action.contributions.all()}
    for libelle in action.libelles.all():
        partenaires |= {p.slug for p in libelle.partenaires_cites.all()}
    return {
        "axe": {str(action.volet.axe.numero)},
        "contrat": {action.volet.contrat.slug},
        "statut": {action.statut},
        "partenaire": partenaires,
        "besoin": {besoin.code for besoin in action.besoins.all()},
        "public": {public.code for public in action.publics.all()},
        "territoire": {territoire.code for territoire in action.territoires.all()},
        "annee": {str(a) for a in ANNEES if connu and debut <= a <= fin},
        "situation": situations_de(action),
    }


def recompter(adresse: str) -> tuple[set[str], dict[str, dict[str, int]]]:
    """Return what Python alone finds for `adresse`: the codes, and each facet's counts."""
    choix = {nom: set(valeurs) for nom, valeurs in QueryDict(adresse).lists()}
    toutes = {action.code: cles_de(action) for action in Action.objects.all()}

    def retenues(sauf=""):
        return [
            code
            for code, cles in toutes.items()
            if all(cles[nom] & valeurs for nom, valeurs in choix.items() if nom != sauf)
        ]

    nombres = {}
    for nom in next(iter(toutes.values())):
        nombres[nom] = {}
        for code in retenues(sauf=nom):
            for cle in toutes[code][nom]:
                nombres[nom][cle] = nombres[nom].get(cle, 0) + 1
    return set(retenues()), nombres
