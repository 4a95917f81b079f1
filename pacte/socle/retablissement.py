"""A deleted row comes back, its key, values and lists, by whoever may add such a row."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey

from pacte.socle.disparues import Supprimee, ligne_de, nommer
from pacte.socle.gestes import dire
from pacte.socle.journal import FaitFiche, consigner
from pacte.socle.modifications import versions_de
from pacte.socle.supprimees import Genre
from pacte.socle.transitions import TransitionInterdite, exiger_droit

if TYPE_CHECKING:
    from pacte.socle.models import Utilisateur

REFUS_DE_LA_BASE = "une autre ligne a pris sa place, ou une règle de la base s’y oppose."


def retablir_ensemble(lignes: Iterable[Supprimee], *, par: "Utilisateur") -> list[Supprimee]:
    """Put back all of `lignes`, what bears others first, or none; return those that were gone.

    Raises PermissionDenied without the right, TransitionInterdite that says which cannot, and why.
    """
    revenues = []
    with transaction.atomic():
        for ligne in sorted(lignes, key=lambda ligne: _rang(ligne.genre)):
            try:
                if retablir(ligne, par=par):
                    revenues.append(ligne)
            except (TransitionInterdite, ValidationError, IntegrityError) as erreur:
                cause = REFUS_DE_LA_BASE if isinstance(erreur, IntegrityError) else dire(erreur)
                raise TransitionInterdite(
                    f"« {ligne.titre} » ({ligne.sorte}) ne peut pas revenir : {cause}"
                ) from erreur
    return revenues


@transaction.atomic
def retablir(ligne: Supprimee, *, par: "Utilisateur") -> bool:
    """Put back one row, and journal it; False when it is there already.

    Raises PermissionDenied without the right, TransitionInterdite when what it is about is gone or
    a newer deletion exists, ValidationError when it no longer fits, IntegrityError at worst.
    """
    exiger_droit(par, ligne.genre.droit)
    objet: Any = ligne_de(_verrouiller(ligne))
    modele = ligne.genre.modele
    if modele._base_manager.filter(pk=objet.pk).exists():
        return False
    _exiger_la_derniere(ligne)
    _exiger_l_entourage(ligne)
    objet.full_clean()
    objet._history_user = par
    objet.save(force_insert=True)
    for nom, cibles in ligne.listes.items():
        getattr(objet, nom).set(cible.pk for cible in cibles)
    consigner(objet, FaitFiche.RETABLIE, par=par)
    if ligne.genre.ecran:
        ligne.genre.ecran.une_fois_retablie(objet, par=par)
    return True


def _rang(genre: Genre) -> int:
    """Return how far `genre` is from a row that nothing bears and that names no other."""
    return _profondeur(genre.modele, set())


def _profondeur(modele: Any, vus: set[Any]) -> int:
    cibles = {c.related_model for c in modele._meta.fields if c.many_to_one} - {modele, *vus}
    return max((1 + _profondeur(cible, {modele, *vus}) for cible in cibles), default=0)


def _verrouiller(ligne: Supprimee) -> Any:
    """Lock the version until the end: of two people who press at once, one waits."""
    versions = versions_de(ligne.genre.modele)
    return versions.select_for_update().get(history_id=ligne.version.history_id)


def _exiger_la_derniere(ligne: Supprimee) -> None:
    suivantes = versions_de(ligne.genre.modele).filter(history_id__gt=ligne.version.history_id)
    if suivantes.filter(**{ligne.objet._meta.pk.attname: ligne.objet.pk}).exists():
        raise TransitionInterdite(
            "elle est revenue, puis a été supprimée de nouveau. Recharger la page."
        )


def _exiger_l_entourage(ligne: Supprimee) -> None:
    """Lock what the row leads to, or say what is gone."""
    objet = ligne.objet
    cibles: list[tuple[Any, Any, Any]] = [
        (champ.related_model, getattr(objet, champ.attname), champ.get_cached_value(objet, None))
        for champ in objet._meta.concrete_fields
        if isinstance(champ, ForeignKey)
    ]
    cibles += [(type(cible), cible.pk, cible) for liste in ligne.listes.values() for cible in liste]
    for modele, cle, cible in cibles:
        presentes = modele._base_manager.select_for_update(no_key=True).filter(pk=cle)
        if cle is not None and not list(presentes.order_by().values_list("pk", flat=True)):
            raise TransitionInterdite(
                f"il lui faut d’abord « {nommer(cible)} » ({modele._meta.verbose_name}), "
                "qui n’existe plus."
            )
