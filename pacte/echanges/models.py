"""A file brought in by an officer: kept until it is applied, and a day longer to come back."""

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from pacte.echanges.feuilles import FEUILLES
from pacte.echanges.lecture import lire_fichier
from pacte.echanges.repetition import LigneRepetee, Repetition, Sorte, compter, repeter
from pacte.echanges.retour import Retour
from pacte.socle.journal import consigner, faits
from pacte.socle.models import Utilisateur
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller

RETOUR_PENDANT = timedelta(days=1)


@faits
class FaitImport(models.TextChoices):
    APPLIQUE = "import.applique", "Fichier importé"
    ANNULE = "import.annule", "Import annulé"
    CONFIE = "import.confie", "Fichier confié à quelqu’un d’autre"


class ImportationQuerySet(models.QuerySet["Importation"]):
    def ouvertes(self) -> Self:
        """Files that only who brought them may still apply, or undo."""
        annulables = models.Q(
            annule_le__isnull=True, applique_le__gt=timezone.now() - RETOUR_PENDANT
        )
        return self.exclude(contenu=b"").filter(models.Q(applique_le__isnull=True) | annulables)


class Importation(models.Model):
    """One file: rehearsed as often as one likes, applied once, undone within a day.

    `resume` counts the lines by fate, once applied; `retour` is what undoing needs.
    """

    INTERNES: ClassVar[frozenset[str]] = frozenset()

    par = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    nom = models.CharField("fichier", max_length=200)
    contenu = models.BinaryField()
    depose_le = models.DateTimeField("déposé le", default=timezone.now)
    applique_le = models.DateTimeField("appliqué le", null=True, blank=True)
    annule_le = models.DateTimeField("annulé le", null=True, blank=True)
    resume = models.JSONField(default=dict, blank=True)
    retour = models.JSONField(default=list, blank=True)

    objects = ImportationQuerySet.as_manager()

    class Meta:
        verbose_name = "import de fichier"
        verbose_name_plural = "imports de fichiers"
        ordering = ["-depose_le", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="importation_annulee_apres_application",
                condition=models.Q(annule_le__isnull=True) | models.Q(applique_le__isnull=False),
                violation_error_message="Seul un import appliqué s’annule.",
            ),
        ]

    def __str__(self) -> str:
        return self.nom

    @property
    def est_annulable(self) -> bool:
        """Tell whether what it did can still be undone: within a day."""
        applique, annule = self.applique_le, self.annule_le
        return bool(applique and not annule and timezone.now() < applique + RETOUR_PENDANT)

    def repeter(self, *, par: Utilisateur, verrouiller: bool = False) -> Repetition:
        """Return what applying it now would do; raises FichierIllisible."""
        lues = lire_fichier(self.nom, bytes(self.contenu))
        return repeter(lues, par=par, verrouiller=verrouiller)

    @transaction.atomic
    def appliquer(self, *, par: Utilisateur) -> Repetition:
        """Write what the rehearsal says, all of it or nothing; the journal keeps the counts.

        Raises PermissionDenied unless `par` brought the file, TransitionInterdite when it was
        applied already or when a line is refused.
        """
        self._ouvrir(par)
        if self.applique_le:
            raise TransitionInterdite("Ce fichier a déjà été appliqué.")
        repetition = self.repeter(par=par, verrouiller=True)
        if not repetition.est_acceptee:
            raise TransitionInterdite("Rien n’a été écrit : une ligne au moins est refusée.")
        retour = Retour()
        _ecrire(repetition, retour, par)
        self.applique_le, self.retour = timezone.now(), retour.lignes
        self.resume = compter(repetition.lignes)
        self.full_clean(exclude=["contenu"])
        self.save()
        consigner(self, FaitImport.APPLIQUE, par=par, **self.resume)
        return repetition

    @transaction.atomic
    def annuler(self, *, par: Utilisateur) -> None:
        """Put back what was there before, unless somebody changed it since.

        Raises PermissionDenied unless `par` brought the file, TransitionInterdite after a day or
        when a line changed meanwhile.
        """
        self._ouvrir(par)
        if not self.est_annulable:
            raise TransitionInterdite("Un import s’annule une fois, dans la journée qui suit.")
        _suivre(Retour(self.retour).defaire(par), par)
        self.annule_le = timezone.now()
        self.full_clean(exclude=["contenu"])
        self.save()
        consigner(self, FaitImport.ANNULE, par=par, **self.resume)

    @transaction.atomic
    def confier(self, a: Utilisateur, *, par: Utilisateur) -> None:
        """Let `a` apply or undo it, with their own rights, in the place of who brought it.

        The right is that of `Passation`. Raises TransitionInterdite when nothing is left to do.
        """
        verrouiller(self)
        if not type(self).objects.ouvertes().filter(pk=self.pk).exists():
            raise TransitionInterdite(f"Il n’y a plus rien à faire de « {self} ».")
        self.par = a
        self.save(update_fields=["par"])
        consigner(self, FaitImport.CONFIE, par=par, a=a.pk)

    def _ouvrir(self, par: Utilisateur) -> None:
        exiger_droit(par, "pacte.add_importation")
        verrouiller(self)
        if par != self.par:
            raise PermissionDenied("Ce fichier est celui d’un autre compte.")


def _ecrire(repetition: Repetition, retour: Retour, par: Utilisateur) -> None:
    a_ecrire = [*repetition.de(Sorte.AJOUTEE), *repetition.de(Sorte.CHANGEE)]
    par_feuille: dict[str, list[LigneRepetee]] = {}
    for ligne in a_ecrire:
        par_feuille.setdefault(ligne.feuille, []).append(ligne)
    for feuille in FEUILLES:
        lignes = par_feuille.get(feuille.titre, [])
        for ligne in lignes:
            _enregistrer(ligne, retour, par)
        feuille.suivre([ligne.objet for ligne in lignes], par)


def _suivre(defaites: list[Any], par: Utilisateur) -> None:
    for feuille in FEUILLES:
        lignes = [objet for objet in defaites if isinstance(objet, feuille.modele)]
        feuille.suivre(lignes, par)


def _enregistrer(ligne: LigneRepetee, retour: Retour, par: Utilisateur) -> None:
    objet: Any = ligne.objet
    retour.retenir(objet, ligne.listes)
    objet._history_user = par
    objet.save()
    for nom, lignes in ligne.listes.items():
        getattr(objet, nom).set(lignes)
    retour.conclure(objet, ligne.listes)
