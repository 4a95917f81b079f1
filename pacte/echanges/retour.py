"""The way back from an import: what each row held before, and what it must still hold."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import Model

from actions.models import Action
from actions.models.cloture import LigneAnnuelle
from actions.models.statut import CHAMPS_D_AVANCEMENT
from pacte.socle.models import Utilisateur
from pacte.socle.photographie import Photo, photographier, poser, poser_les_listes
from pacte.socle.transitions import TransitionInterdite, verrouiller

# Of an action, kept by the portal itself: no file wrote them.
TENUS_PAR_LE_PORTAIL = {"modifiee_le", *CHAMPS_D_AVANCEMENT}


class Retour:
    """What undoes the writing of some rows, as JSON: one entry a row, in the order written.

    A row is read in one query, and one more for each of its lists.
    """

    def __init__(self, lignes: list[dict[str, Any]] | None = None) -> None:
        self.lignes = lignes or []

    def retenir(self, objet: Model, listes: Iterable[str]) -> None:
        """Keep what `objet` holds in the database, before it is saved."""
        avant = _relire(objet)
        self.lignes.append(
            {
                "modele": objet._meta.label_lower,
                "avant": _photographier(avant, listes) if avant else None,
            }
        )

    def conclure(self, objet: Model, listes: Iterable[str]) -> None:
        """Keep what the database holds once `objet` is saved: 9.00 where 9 was given."""
        self.lignes[-1] |= {"cle": objet.pk, "apres": _photographier(_relire(objet), listes)}

    def defaire(self, par: Utilisateur) -> list[Any]:
        """Put every row back, the last written first, and return them.

        Raises TransitionInterdite when one changed since, when others now depend on it or when
        its exercise was closed: the transaction of the caller then undoes everything.
        """
        defaites = []
        for ligne in reversed(self.lignes):
            modele = apps.get_model(ligne["modele"])
            objet = modele._default_manager.filter(pk=ligne["cle"]).first()
            if objet is None:
                raise TransitionInterdite("Une ligne importée a été supprimée depuis.")
            verrouiller(objet)
            if photographier(objet, ligne["apres"]) != ligne["apres"]:
                raise TransitionInterdite(
                    f"« {objet} » a changé depuis l’import : l’annuler effacerait ce changement."
                )
            if isinstance(objet, LigneAnnuelle) and objet.est_close:
                raise TransitionInterdite(f"L’exercice de « {objet} » a été clos depuis l’import.")
            objet._history_user = par
            if ligne["avant"] is None:
                _supprimer(objet)
            else:
                _remettre(objet, ligne["avant"])
            defaites.append(objet)
        return defaites


def _relire(objet: Model) -> Any:
    return type(objet)._default_manager.filter(pk=objet.pk).first() if objet.pk else None


def _supprimer(objet: Any) -> None:
    if getattr(objet, "visible_depuis", None):
        raise TransitionInterdite(f"« {objet} » a été publié depuis : le retirer d’abord.")
    liees = [rel.get_accessor_name() for rel in objet._meta.related_objects if rel.one_to_many]
    if any(getattr(objet, nom).exists() for nom in liees if nom):
        raise TransitionInterdite(f"« {objet} » a reçu d’autres lignes depuis l’import.")
    objet.delete()


def _remettre(objet: Model, avant: Photo) -> None:
    poser(objet, avant)
    objet.save()
    poser_les_listes(objet, avant)


def _photographier(objet: Model, listes: Iterable[str]) -> Photo:
    """Return what a row holds in its columns and in the relations `listes`."""
    tenus = TENUS_PAR_LE_PORTAIL if isinstance(objet, Action) else set()
    colonnes = [c.name for c in objet._meta.concrete_fields if not c.primary_key]
    return photographier(objet, [*(nom for nom in colonnes if nom not in tenus), *listes])
