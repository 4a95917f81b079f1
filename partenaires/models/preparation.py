"""A change of the sheet of a partner, prepared by an officer or proposed by the partner itself."""

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.urls import reverse

from pacte.socle.courriels import envoyer
from pacte.socle.models import Utilisateur
from pacte.socle.preparation import Preparation, PreparationQuerySet, une_en_cours
from partenaires.models.partenaire import Partenaire


class PreparationPartenaire(Preparation):
    """What the sheet of a partner would say of it."""

    OBJET = "partenaire"
    CHAMPS = ("nom", "sigle", "autres_noms", "nature", "siret", "rna", "site", "presentation")
    DROIT_DE_PREPARER = "partenaires.change_partenaire"
    DROIT_DE_PUBLIER = "partenaires.publier_partenaire"

    partenaire = models.ForeignKey(
        Partenaire, on_delete=models.CASCADE, related_name="preparations", editable=False
    )

    objects = PreparationQuerySet["PreparationPartenaire"].as_manager()

    class Meta(Preparation.Meta):
        abstract = False
        verbose_name = "modification préparée d’un partenaire"
        verbose_name_plural = "modifications préparées des partenaires"
        ordering = ["-preparee_le"]
        constraints = [*Preparation.Meta.constraints, une_en_cours("partenaire")]

    def exiger_de_preparer(self, par: Utilisateur) -> None:
        """An officer who may, or a member of the partner: for its own proposal."""
        if not self._est_membre(par):
            super().exiger_de_preparer(par)
        elif self.preparee_par != par:
            raise PermissionDenied("Une autre personne prépare cette modification.")

    def _est_membre(self, par: Utilisateur) -> bool:
        return self.partenaire.membres.filter(utilisateur=par).exists()

    def prevenir(self) -> None:
        """Its author follows it in the space of the partner, when it is not an officer."""
        if not self.est_proposee:
            return super().prevenir()
        lien = reverse("espace:partenaire", args=[self.partenaire.slug])
        envoyer("preparation_close", [self.preparee_par.email], lien, preparation=self)

    @property
    def est_proposee(self) -> bool:
        """Tell whether a member of the partner wrote it: it waits for an officer."""
        return self._est_membre(self.preparee_par)

    @transaction.atomic
    def proposer(self, *, par: Utilisateur, lu: str | None = None) -> None:
        """Write it for the partner, and tell those who publish sheets; again, it is nothing."""
        if self.pk and self.changements == type(self).objects.get(pk=self.pk).changements:
            return
        self.ecrire(par=par, lu=lu)
        relecteurs = Utilisateur.objects.qui_peuvent(self.DROIT_DE_PUBLIER)
        self.ecrire_a("preparation_proposee", relecteurs.values_list("email", flat=True))
