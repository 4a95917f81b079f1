"""What looks odd in an action just saved: said to the officer, and never refused."""

from collections.abc import Iterator

from actions.models import Action
from pacte.socle.montants import euros
from pacte.socle.typographie import date_fr, nombre_fr

# A value so far from its target is more often a slip than a result.
FOIS_LA_CIBLE = 10


def a_verifier(action: Action) -> list[str]:
    """Return a sentence for each thing that looks odd (four queries at most)."""
    return [*_jalons_tardifs(action), *_valeurs_lointaines(action), *_engages_de_trop(action)]


def _jalons_tardifs(action: Action) -> Iterator[str]:
    if action.fin_prevue is None:
        return
    for jalon in action.jalons.filter(prevu_le__gt=action.fin_prevue):
        yield (
            f"Le jalon « {jalon} » est prévu le {date_fr(jalon.prevu_le)}, après la fin de "
            f"l’action ({date_fr(action.fin_prevue)})."
        )


def _valeurs_lointaines(action: Action) -> Iterator[str]:
    for indicateur in action.indicateurs.prefetch_related("releves"):
        for releve in indicateur.releves.all():
            if not releve.valeur or not releve.cible:
                continue
            if releve.valeur > FOIS_LA_CIBLE * releve.cible:
                yield (
                    f"« {indicateur} » en {releve.annee_id} : {nombre_fr(releve.valeur)} pour une "
                    f"cible de {nombre_fr(releve.cible)}."
                )


def _engages_de_trop(action: Action) -> Iterator[str]:
    for ligne in action.financements.select_related("financeur"):
        prevu, engage = ligne.prevu, ligne.engage
        if prevu is not None and engage is not None and engage > prevu:
            yield f"{ligne} : {euros(engage)} engagés pour {euros(prevu)} prévus."
