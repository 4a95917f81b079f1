"""The yearly execution report of a contract: frozen once, then released by both parties.

What it tells is read at one instant and kept as text, whose digest is printed: no later edit
changes it, and a trigger refuses to. Correcting or withdrawing a released one
makes another edition.
"""

import json
from datetime import date, datetime
from functools import cached_property
from typing import Any, Self

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from contrats.models import Exercice, Pacte
from pacte.rapports.faits import Chiffre, Faits, comparer, etablir, situer
from pacte.rapports.gel import canoniser, empreinte_de
from pacte.socle.double_accord import (
    DoubleAccord,
    DoubleAccordQuerySet,
    Partie,
    StatutAccord,
)
from pacte.socle.instants import instant
from pacte.socle.journal import consigner, faits, recits
from pacte.socle.models import Utilisateur
from pacte.socle.publication import q_visible
from pacte.socle.transitions import TransitionInterdite, exiger_droit, verrouiller
from pacte.socle.typographie import INCONNU, date_fr, pluriel

DROIT_DE_FIGER = "pacte.figer_rapport"


@faits
class FaitRapport(models.TextChoices):
    PARU = "rapport.paru", "Rapport annuel paru"
    CORRIGE = "rapport.corrige", "Nouvelle édition d’un rapport annuel"
    RETIRE = "rapport.retire", "Rapport annuel retiré"


recits(
    {
        FaitRapport.PARU: "Le rapport {annee} du contrat {contrat} est paru.".format_map,
        FaitRapport.CORRIGE: (
            "Le rapport {annee} du contrat {contrat} paraît dans une nouvelle édition."
        ).format_map,
        FaitRapport.RETIRE: "Le rapport {annee} du contrat {contrat} est retiré.".format_map,
    }
)


class RapportAnnuelQuerySet(DoubleAccordQuerySet["RapportAnnuel"]):
    def parus(self) -> Self:
        """Released editions of visible contracts, the newest year and edition first."""
        parus = self.accordees().filter(q_visible("exercice__contrat"))
        ordre = parus.order_by("-exercice__annee", "exercice__contrat__ordre", "-edition")
        return ordre.select_related("exercice__contrat")

    def en_vigueur(self) -> Self:
        """Released editions that no newer one replaces; a withdrawal is one of them."""
        suivantes = RapportAnnuel.objects.accordees().filter(remplace=OuterRef("pk"))
        return self.parus().filter(~Exists(suivantes))

    def lisibles(self) -> Self:
        """Released editions that no later one withdrew: readers may still compare them."""
        retraits = RapportAnnuel.objects.accordees().filter(
            exercice=OuterRef("exercice"), est_un_retrait=True, edition__gt=OuterRef("edition")
        )
        return self.parus().filter(~Exists(retraits))

    def sans_leur_contenu(self) -> Self:
        """The same without what they tell, for lists."""
        return self.defer("contenu")


class RapportAnnuel(DoubleAccord):
    """One edition of the report of an exercise: `contenu` is canonical JSON, `empreinte` its
    digest.

    It is a request from the moment when it is frozen; released once both parties agreed. A
    withdrawal is an edition that tells nothing but why the one before it no longer stands.
    """

    MESSAGE_A_DECIDER, MESSAGE_CONCLUE = "rapport_a_decider", "rapport_conclu"

    exercice = models.ForeignKey(Exercice, on_delete=models.PROTECT, related_name="rapports")
    edition = models.PositiveSmallIntegerField("édition", default=1, editable=False)
    remplace = models.ForeignKey(
        "self",
        verbose_name="remplace",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="suivantes",
    )
    est_un_retrait = models.BooleanField("retire l’édition précédente", default=False)
    motif = models.TextField(
        "pourquoi une nouvelle édition",
        max_length=1000,
        blank=True,
        default="",
        help_text="Publié avec elle : ce qui est corrigé, ou pourquoi le rapport est retiré.",
    )
    contenu = models.TextField(editable=False)
    empreinte = models.CharField(max_length=64, editable=False)
    paru_le = models.DateTimeField("paru le", null=True, blank=True, editable=False)

    objects = RapportAnnuelQuerySet.as_manager()
    # What it tells never changes: one copy is enough.
    historique = HistoricalRecords(excluded_fields=["contenu"])

    class Meta(DoubleAccord.Meta):
        abstract = False
        verbose_name = "rapport annuel"
        verbose_name_plural = "rapports annuels"
        ordering = ["-exercice__annee", "exercice__contrat__ordre", "-deposee_le"]
        permissions = [("figer_rapport", "Peut figer un rapport annuel")]
        constraints = [
            *DoubleAccord.Meta.constraints,
            models.UniqueConstraint(
                name="rapport_un_ouvert_par_exercice",
                fields=["exercice"],
                condition=Q(statut=StatutAccord.DEMANDEE),
                violation_error_message="Un rapport figé attend déjà les deux accords.",
            ),
            models.UniqueConstraint(
                name="rapport_une_parution_par_edition",
                fields=["exercice", "edition"],
                condition=Q(statut=StatutAccord.ACCORDEE),
                violation_error_message="Cette édition est déjà parue.",
            ),
            models.CheckConstraint(
                name="rapport_paru_une_fois_accorde",
                condition=Q(paru_le__isnull=True) | Q(statut=StatutAccord.ACCORDEE),
                violation_error_message="Un rapport paraît avec l’accord des deux parties.",
            ),
            models.CheckConstraint(
                name="rapport_nouvelle_edition_motivee",
                condition=Q(remplace__isnull=True, edition=1, est_un_retrait=False)
                | Q(~Q(motif=""), remplace__isnull=False, edition__gt=1),
                violation_error_message="Une nouvelle édition dit ce qu’elle corrige ou retire.",
            ),
        ]

    def __str__(self) -> str:
        edition = f", édition {self.edition}" if self.edition > 1 else ""
        retrait = " (retrait)" if self.est_un_retrait else ""
        return (
            f"Rapport {self.exercice.annee_id} du {self.exercice.contrat.sigle}{edition}{retrait}"
        )

    def get_absolute_url(self) -> str:
        return reverse("rapports:edition", args=[*self._place, self.edition])

    def adresse_de(self, format_rapport: str) -> str:
        """Return the address of this very edition in a format."""
        return reverse("rapports:fichier", args=[*self._place, self.edition, format_rapport])

    @property
    def _place(self) -> tuple[str, int]:
        return self.exercice.contrat.slug, self.exercice.annee_id

    @property
    def fige_le(self) -> datetime:
        """When it was frozen, as it tells itself."""
        return datetime.fromisoformat(self.faits["fige_le"])

    @cached_property
    def faits(self) -> Faits:
        """What it tells, as `etablir` made it that day."""
        lus: Faits = json.loads(self.contenu)
        return lus

    @property
    def est_intact(self) -> bool:
        """Tell whether what it tells is still what was frozen."""
        return empreinte_de(self.contenu) == self.empreinte

    @property
    def refus_de_figer(self) -> str:
        """Why it cannot be frozen now, "" when it can (two queries)."""
        fin = self.exercice.fin or date(self.exercice.annee_id, 12, 31)
        if not self.exercice.contrat.est_visible:
            return "Ce contrat n’est pas publié."
        if fin >= timezone.localdate():
            return f"L’exercice finit le {date_fr(fin)} : son rapport se fige ensuite."
        if RapportAnnuel.objects.en_attente().filter(exercice=self.exercice_id).exists():
            return "Un rapport figé attend déjà les deux accords."
        if self.est_un_retrait and (not self.remplace or self.remplace.est_un_retrait):
            return "Aucune édition parue n’est à retirer."
        return ""

    def composer(self) -> None:
        """Fill it, unsaved, with what its exercise tells at this instant."""
        with instant():
            self.exercice.refresh_from_db()
            self.remplace = self._derniere_parue()
            self.edition = self.remplace.edition + 1 if self.remplace else 1
            self.deposee_le = timezone.now()
            self.contenu = canoniser(self._dire())
        self.__dict__.pop("faits", None)
        self.empreinte = empreinte_de(self.contenu)

    def figer(self, *, par: Utilisateur) -> None:
        """Freeze what the exercise tells now, and ask both parties to release it.

        Gaps are frozen as gaps. Raises PermissionDenied without the right, TransitionInterdite
        while another one waits, while the exercise runs or on a contract that is not public,
        ValidationError when a new edition does not say why.
        """
        exiger_droit(par, DROIT_DE_FIGER)
        self.composer()
        self._deposer(par)

    @transaction.atomic
    def _deposer(self, par: Utilisateur) -> None:
        verrouiller(self.exercice)
        if refus := self.refus_de_figer:
            raise TransitionInterdite(refus)
        if self.remplace != self._derniere_parue():
            raise TransitionInterdite(
                "Une autre édition vient de paraître : relire, et recommencer."
            )
        self._ouvrir_la_demande(par)

    @transaction.atomic
    def retirer(self, *, par: Utilisateur | None = None, motif: str = "", **apres: Any) -> None:
        """Take back a report that nobody released yet, and tell both parties why.

        Raises PermissionDenied without the right to freeze, TransitionInterdite once it is decided,
        ValidationError without a reason.
        """
        if par is None:
            raise PermissionDenied
        exiger_droit(par, DROIT_DE_FIGER)
        motif = motif.strip()
        if not motif:
            raise ValidationError("Dire pourquoi : l’autre partie le lira.")
        super().retirer(par=par, motif=motif, **apres)
        self.ecrire_aux_agents(self.MESSAGE_CONCLUE, *Partie, deja=f"{par} l’a retirée : {motif}")

    def conclure(self, par: Utilisateur) -> None:
        """Release it, tell the public, and close its exercise: what was reported stays."""
        self.paru_le = timezone.now()
        self.save()
        contrat, annee = self.exercice.contrat, self.exercice.annee_id
        consigner(contrat, self._fait(), par=par, annee=annee, edition=self.edition)
        if not self.est_un_retrait:
            self.exercice.clore_une_fois_rapporte(rapport_remis_le=timezone.localdate(), par=par)

    def exiger_le_meme(self) -> None:
        """Refuse both the first agreement and the second to what was overtaken: see `perime`."""
        # Whoever writes a line of the year waits, or was read.
        verrouiller(self.exercice)
        if perime := self.perime:
            raise TransitionInterdite(perime)

    @property
    def perime(self) -> str:
        """Why it can no longer be released as it was frozen, "" when it can (some twenty queries).

        The contract was withdrawn, the report that it is compared with too, or figures of the year
        changed, which closing would make read-only although nobody reported them.
        """
        if not self.exercice.contrat.est_visible:
            return "Ce contrat n’est plus publié."
        if self.est_un_retrait:
            return ""
        precedent = self._precedent()
        attendu = precedent and {"annee": precedent.exercice.annee_id, "edition": precedent.edition}
        if attendu != self.faits["precedent"]:
            return (
                "Le rapport auquel celui-ci se compare n’est plus en vigueur : refuser, et figer."
            )
        if changes := self.changes_depuis:
            return (
                f"{pluriel(len(changes), 'chiffre a', 'chiffres ont')} changé depuis le gel, dont "
                f"« {changes[0]['libelle']} » : refuser ce rapport, et en figer un autre."
            )
        return ""

    @property
    def changes_depuis(self) -> list[dict[str, str]]:
        """The amounts and values of its year that are no longer those that it tells."""
        maintenant = etablir(self.exercice, self._deja_dits())["chiffres"]
        return comparer(*(filter(_est_de_l_annee, c) for c in (self.faits["chiffres"], maintenant)))

    def _deja_dits(self) -> list[Chiffre]:
        """Return the figures of the released reports of the other years of the contract."""
        autres = RapportAnnuel.objects.accordees().filter(
            exercice__contrat=self.exercice.contrat_id, est_un_retrait=False
        )
        lus = autres.exclude(exercice=self.exercice_id)
        return [chiffre for rapport in lus for chiffre in rapport.faits["chiffres"]]

    def _fait(self) -> FaitRapport:
        if self.est_un_retrait:
            return FaitRapport.RETIRE
        return FaitRapport.CORRIGE if self.remplace_id else FaitRapport.PARU

    def _derniere_parue(self) -> "RapportAnnuel | None":
        parues = RapportAnnuel.objects.accordees().filter(exercice=self.exercice)
        return parues.order_by("-edition").first()

    def _dire(self) -> Faits:
        """Return everything that it tells, what tells it apart included."""
        avant = self.remplace
        return {
            **situer(self.exercice),
            **({} if self.est_un_retrait else self._etablir()),
            "edition": self.edition,
            "fige_le": self.deposee_le.isoformat(timespec="seconds"),
            "motif": self.motif.strip(),
            "est_un_retrait": self.est_un_retrait,
            "avertissement": Pacte.objects.actuel().avertissement,
            "remplace": avant and {"edition": avant.edition, "empreinte": avant.empreinte},
        }

    def _etablir(self) -> Faits:
        """Return what its exercise tells, the words of the parties, what changed since the last."""
        dits = etablir(self.exercice, self._deja_dits())
        mots = dict(self.exercice.mots.values_list("partie", "texte"))
        precedent = self._precedent()
        changements = comparer(precedent.faits["chiffres"], dits["chiffres"]) if precedent else []
        return {
            **dits,
            "mots": [
                {"partie": str(partie), "texte": mots[partie]}
                for partie in Partie
                if mots.get(partie)
            ],
            "precedent": precedent
            and {"annee": precedent.exercice.annee_id, "edition": precedent.edition},
            "changements": changements,
        }

    def _precedent(self) -> "RapportAnnuel | None":
        """Return the one that this one replaces, else that of the last year reported."""
        if self.remplace and not self.remplace.est_un_retrait:
            return self.remplace
        du_contrat = RapportAnnuel.objects.en_vigueur().filter(
            exercice__contrat=self.exercice.contrat_id,
            exercice__annee__lt=self.exercice.annee_id,
            est_un_retrait=False,
        )
        return du_contrat.first()


def _est_de_l_annee(chiffre: Chiffre) -> bool:
    """Tell whether a figure is one that closing the exercise makes read-only."""
    genre, _, reste = chiffre["cle"].partition("/")
    if chiffre["texte"] == INCONNU:
        # What is new and unknown takes nothing from what was told.
        return False
    return genre in ("argent", "indicateur") or (genre == "action" and "/statut" not in reste)


def a_rapporter() -> "models.QuerySet[Exercice]":
    """Return the exercises that are over and wait for a report to be frozen, oldest first.

    Those that have none in force, and those that were reopened since.
    """
    figes = RapportAnnuel.objects.en_attente().filter(exercice=OuterRef("pk"))
    parus = RapportAnnuel.objects.en_vigueur().filter(
        exercice=OuterRef("pk"), est_un_retrait=False, exercice__clos_le__isnull=False
    )
    aujourd_hui = timezone.localdate()
    fini = Q(fin__lt=aujourd_hui) | Q(fin__isnull=True, annee__lt=aujourd_hui.year)
    attendus = Exercice.objects.filter(fini, ~Exists(figes), ~Exists(parus), q_visible("contrat"))
    return attendus.select_related("contrat").order_by("annee", "contrat__ordre")
