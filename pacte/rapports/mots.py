"""What each party says in its own words in a report."""

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from simple_history.models import HistoricalRecords

from contrats.models import Exercice
from pacte.socle.double_accord import Partie, parties_de
from pacte.socle.models import Utilisateur


class MotDePartie(models.Model):
    """What one party says in its own words in the next report of an exercise."""

    exercice = models.ForeignKey(Exercice, on_delete=models.PROTECT, related_name="mots")
    partie = models.CharField(max_length=12, choices=Partie)
    texte = models.TextField(
        max_length=20_000, blank=True, default="", help_text="Publié tel quel avec le rapport."
    )

    historique = HistoricalRecords()

    class Meta:
        verbose_name = "mot d’une partie"
        verbose_name_plural = "mots des parties"
        ordering = ["exercice", "partie"]
        constraints = [
            models.UniqueConstraint(
                name="mot_un_par_partie_et_exercice",
                fields=["exercice", "partie"],
                violation_error_message="Cette partie a déjà écrit son mot pour cet exercice.",
            )
        ]

    def __str__(self) -> str:
        return f"{Partie(self.partie).label}, exercice {self.exercice}"

    @transaction.atomic
    def ecrire(self, texte: str, *, par: Utilisateur) -> None:
        """Keep what `par` writes for its side; whatever is frozen already keeps its own words.

        Raises PermissionDenied for somebody of the other side.
        """
        if self.partie not in parties_de(par):
            raise PermissionDenied("Vous n’écrivez pas pour cette partie.")
        self.texte = texte.strip()
        self.full_clean()
        self.save()
