"""Who pays what, each year; totals are computed in the database and never stored."""

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Aggregate, Count, F, Q, Sum
from simple_history.models import HistoricalRecords

from actions.models.argent import MESURES, Financeur, TableauFinancier, Totaux, dresser
from actions.models.cloture import LigneAnnuelle
from actions.models.parite import Parite
from actions.models.visibilite import q_action_visible
from contrats.models import Annee
from pacte.socle.montants import CENTIME, MontantField, Total
from pacte.socle.publication import Publication
from partenaires.models import Partenaire

if TYPE_CHECKING:
    from actions.models.action import Action

FINANCEUR_NON_PUBLIE, NON_PUBLIE = "Financeur non publié", "non-publie"
# What tells a volet, in the order of pages, and what it promises.
VOLET = tuple(
    f"action__volet__{nom}"
    for nom in "contrat__ordre contrat__sigle axe__numero part_etat_attendue tolerance pk".split()
)
PART_PROMISE = VOLET.index("action__volet__part_etat_attendue")
# A group, a year (None: all of them), what tells a volet.
CleDePromesse = tuple[Any, int | None, tuple[Any, ...]]


class NatureFinancement(models.TextChoices):
    NUMERAIRE = "numeraire", "numéraire"
    VALORISATION = "valorisation", "valorisation"


class FinancementQuerySet(models.QuerySet["Financement"]):
    def publics(self) -> Self:
        """Lines of visible actions."""
        return self.filter(q_action_visible("action"))

    def tableau(
        self, portee: dict[str, str] | None = None, *, parite: bool = True
    ) -> TableauFinancier:
        """Return funders × years with totals, for a page; no parity over a part of the funders.

        `portee` is the query of the list of these lines, to which each figure leads.

        The money of a funder that is not visible counts, under no name. One query.
        """
        financeur = ("financeur__partie", "financeur__nom", "financeur__slug")
        cellules: defaultdict[tuple[Financeur, int], Totaux] = defaultdict(Totaux)
        promesses = Promesses()
        chemins = (*financeur, "financeur__publication", "annee_id", *(VOLET if parite else ()))
        for cle, totaux in self.totaux_par(*chemins).items():
            partie, nom, slug, publication, annee, *volet = cle
            if publication != Publication.VISIBLE:
                nom, slug = FINANCEUR_NON_PUBLIE, NON_PUBLIE
            cellules[Financeur(partie, nom, slug), annee] += totaux
            promesses.ajouter(None, annee, tuple(volet), partie, totaux.prevu)
        return dresser(cellules, promesses.par_annee(), portee or {})

    def promises(self) -> Self:
        """Lines of the volets that promise a State share."""
        return self.filter(action__volet__part_etat_attendue__isnull=False)

    def parites(self) -> dict[int | None, list[Parite]]:
        """Return the verdict of each volet that promises a share, by year, and over all of them
        under None (one query); empty when none does."""
        return self._promesses_par(None).par_annee()

    def parites_par(self, chemin: str) -> dict[tuple[Any, int | None], list[Parite]]:
        """Return the verdicts in each group of `chemin`: (group, year or None) → list of Parite."""
        return self._promesses_par(chemin).juger()

    def par_volet(self) -> dict[tuple[int, int, int, str], Totaux]:
        """Return the totals by contract, volet, year and party, from which many others add up."""
        return self.totaux_par(
            "action__volet__contrat_id", "action__volet_id", "annee_id", "financeur__partie"
        )

    def _promesses_par(self, chemin: str | None) -> "Promesses":
        promesses = Promesses()
        chemins = (*VOLET, "annee_id", "financeur__partie", *([chemin] if chemin else []))
        for cle, totaux in self.promises().totaux_par(*chemins).items():
            *volet, annee, partie = cle[: len(VOLET) + 2]
            groupe = cle[-1] if chemin else None
            promesses.ajouter(groupe, annee, tuple(volet), partie, totaux.prevu)
        return promesses

    def engages_au_dela_du_prevu(self, nombre: int = 10) -> list[tuple[int, int]]:
        """Return the first `nombre` pairs whose known commitments exceed a fully known plan.

        A pair is the primary key of an action, and a year (one query).
        """
        lignes = (
            self.values_list("action_id", "annee_id")
            .annotate(
                engages=Sum("engage"),
                prevus=Sum("prevu"),
                inconnus=Count("pk", filter=Q(prevu__isnull=True)),
            )
            # SQLite adds in floating point: less than a cent is not a difference.
            .filter(inconnus=0, engages__gte=F("prevus") + CENTIME)
            .order_by("annee_id", "action_id")[:nombre]
        )
        return [(action, annee) for action, annee, *_ in lignes]

    def totaux(self) -> Totaux:
        """Return the totals of all the lines (one query)."""
        return _lire(self.aggregate(**_agregats()))

    def totaux_par(self, *chemins: str) -> dict[Any, Totaux]:
        """Return the totals of each group (one query): key of the group → Totaux.

        The key is the value of the path, a tuple when there are several. A group without any
        line is absent: nothing was entered, which is not zero.
        """
        lignes = self.order_by().values(*chemins).annotate(**_agregats())
        cles = (tuple(ligne[chemin] for chemin in chemins) for ligne in lignes)
        return {
            cle[0] if len(chemins) == 1 else cle: _lire(ligne)
            for cle, ligne in zip(cles, lignes, strict=True)
        }


class Promesses:
    """What the parties plan for the volets that promise a State share, group by group."""

    def __init__(self) -> None:
        self._sommes: defaultdict[CleDePromesse, defaultdict[str, Total]]
        self._sommes = defaultdict(lambda: defaultdict(Total))

    def ajouter(
        self, groupe: Any, annee: int, volet: tuple[Any, ...], partie: str, prevu: Total
    ) -> None:
        """Count `prevu`, in its year and over all; `volet` has the values of `VOLET`, or none.

        One that promises nothing is left out.
        """
        if not volet or volet[PART_PROMISE] is None:
            return
        for quand in (annee, None):
            self._sommes[groupe, quand, volet][partie] += prevu

    def juger(self) -> dict[tuple[Any, int | None], list[Parite]]:
        """Return (group, year or None for all of them) → the verdicts, in the order of volets."""
        parites: defaultdict[tuple[Any, int | None], list[Parite]] = defaultdict(list)
        for cle in sorted(self._sommes, key=lambda cle: cle[2]):
            groupe, quand, (_ordre, sigle, axe, part, tolerance, _pk) = cle
            parties = (self._sommes[cle][partie] for partie in ("etat", "departement"))
            parites[groupe, quand].append(Parite(f"{sigle}, axe {axe}", part, tolerance, *parties))
        return dict(parites)

    def par_annee(self) -> dict[int | None, list[Parite]]:
        """Return the verdicts of the only group."""
        return {quand: parites for (_groupe, quand), parites in self.juger().items()}


def _agregats() -> dict[str, Aggregate]:
    sommes = {f"{mesure}_somme": Sum(mesure) for mesure in MESURES}
    connus = {f"{mesure}_connus": Count(mesure) for mesure in MESURES}
    return {**sommes, **connus, "lignes": Count("pk")}


def _lire(ligne: dict[str, Any]) -> Totaux:
    lignes = ligne["lignes"]
    mesures = {m: _total(ligne[f"{m}_somme"], lignes - ligne[f"{m}_connus"]) for m in MESURES}
    return Totaux(**mesures, lignes=lignes)


def _total(somme: Decimal | None, inconnus: int) -> Total:
    # SQLite adds in floating point: to the cent, the sum is exact again.
    return Total(None if somme is None else somme.quantize(CENTIME), inconnus)


class Financement(LigneAnnuelle):
    """One line: action × year × funder × nature. Each amount is in euros, None when unknown."""

    INTERNES: ClassVar[frozenset[str]] = frozenset()
    VOLET = "action__volet"

    action = models.ForeignKey("Action", on_delete=models.CASCADE, related_name="financements")
    annee = models.ForeignKey(
        Annee, verbose_name="année", on_delete=models.PROTECT, related_name="financements"
    )
    financeur = models.ForeignKey(Partenaire, on_delete=models.PROTECT, related_name="financements")
    nature = models.CharField(
        max_length=12, choices=NatureFinancement, default=NatureFinancement.NUMERAIRE
    )
    prevu = MontantField("prévu")
    engage = MontantField("engagé")
    paye = MontantField("payé")
    justifie = MontantField("justifié")
    definitif = models.BooleanField(
        "définitif", default=False, help_text="Vide : les montants sont provisoires."
    )

    objects = FinancementQuerySet.as_manager()
    historique = HistoricalRecords()

    class Meta:
        verbose_name = "financement"
        verbose_name_plural = "financements"
        ordering = ["action", "annee", "pk"]
        permissions = [
            ("saisir_financement_etat", "Peut saisir les montants de l’État"),
            ("saisir_financement_autres", "Peut saisir les montants des autres financeurs"),
        ]
        indexes = [models.Index(fields=["financeur", "annee"], name="financement_par_financeur")]
        constraints = [
            models.UniqueConstraint(
                name="financement_une_ligne_par_cle",
                fields=["action", "annee", "financeur", "nature"],
                violation_error_message="Ce financeur a déjà une ligne de cette nature pour cette "
                "année : la compléter.",
            ),
            *(
                models.CheckConstraint(
                    name=f"financement_{mesure}_positif",
                    condition=Q(**{f"{mesure}__isnull": True}) | Q(**{f"{mesure}__gte": 0}),
                    violation_error_message="Un montant n’est pas négatif.",
                )
                for mesure in MESURES
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annee_id}, {self.financeur.nom_court}"

    @property
    def action_concernee(self) -> "Action":
        return self.action

    @property
    def nom_du_financeur(self) -> str:
        """The name that the public may read: a funder that is not published has none."""
        return self.financeur.nom if self.financeur.est_visible else FINANCEUR_NON_PUBLIE

    @property
    def montants(self) -> list[Total]:
        """The four amounts, each in words once printed: « non communiqué » when unknown."""
        return [Total.de([getattr(self, mesure)]) for mesure in MESURES]
