"""Who pays what, each year; totals are computed in the database and never stored."""

from collections import defaultdict

from django.db import models
from django.db.models import Count, F, Q, Sum
from simple_history.models import HistoricalRecords

from actions.models.action import Action
from actions.models.argent import MESURES, TableauFinancier, Totaux, dresser
from actions.models.parite import Apport, Parite, juger
from contrats.models import Annee
from pacte.socle.montants import CENTIME, MontantField, Total
from pacte.socle.publication import Publication
from partenaires.models import Partenaire

FINANCEUR_NON_PUBLIE = "Financeur non publié"


class NatureFinancement(models.TextChoices):
    NUMERAIRE = "numeraire", "numéraire"
    VALORISATION = "valorisation", "valorisation"


class FinancementQuerySet(models.QuerySet):
    def publics(self):
        """Lines of visible actions."""
        return self.filter(action__in=Action.objects.visibles())

    def tableau(self, *, parite: bool = True) -> TableauFinancier:
        """Return funders × years with totals, for a page; no parity over a part of the funders.

        The money of a funder that is not visible counts, under no name. Two queries, one when
        nothing was entered.
        """
        financeur = ("financeur__partie", "financeur__nom", "financeur__publication")
        cellules = defaultdict(Totaux)
        for cle, totaux in self.totaux_par(*financeur, "annee_id").items():
            partie, nom, publication, annee = cle
            visible = publication == Publication.VISIBLE
            cellules[partie, nom if visible else FINANCEUR_NON_PUBLIE, annee] += totaux
        return dresser(cellules, self.parites() if cellules and parite else {})

    def parites(self) -> dict[int | None, Parite]:
        """Return the verdict of each year, and over all of them under None (one query).

        Only the volets that promise a State share count; empty when none does.
        """
        return {annee: parite for (_, annee), parite in self.parites_par(None).items()}

    def promises(self):
        """Lines of the volets that promise a State share."""
        return self.filter(action__volet__part_etat_attendue__isnull=False)

    def parites_par(self, chemin: str | None) -> dict:
        """Return the verdicts of each group of `chemin`: (group, year or None) → Parite."""
        promis = self.promises()
        volet = "action__volet"
        chemins = [f"{volet}__part_etat_attendue", f"{volet}__tolerance", volet, "annee_id"]
        chemins += ["financeur__partie", *([chemin] if chemin else [])]
        par_volet = defaultdict(lambda: defaultdict(Totaux))
        for (*cle, annee, partie, groupe), totaux in (
            (cle if chemin else (*cle, None), totaux)
            for cle, totaux in promis.totaux_par(*chemins).items()
        ):
            par_volet[(*cle, annee, groupe)][partie] = totaux
        apports = defaultdict(list)
        for (part, tolerance, _volet, annee, groupe), totaux in par_volet.items():
            apport = Apport(part, tolerance, totaux["etat"].prevu, totaux["departement"].prevu)
            apports[groupe, annee].append(apport)
            apports[groupe, None].append(apport)
        return {cle: juger(liste) for cle, liste in apports.items()}

    def engages_au_dela_du_prevu(self, nombre: int = 10) -> list:
        """Return the first (action, year) whose known commitments exceed a fully known plan."""
        lignes = (
            self.order_by()
            .values_list("action_id", "annee_id")
            .annotate(
                engages=Sum("engage"),
                prevus=Sum("prevu"),
                inconnus=Count("pk", filter=Q(prevu__isnull=True)),
            )
            # SQLite adds in floating point: less than a cent is not a difference.
            .filter(inconnus=0, engages__gte=F("prevus") + CENTIME)
            .order_by("annee_id", "action_id")[:nombre]
        )
        cles = [(action, annee) for action, annee, *_ in lignes]
        actions = Action.objects.in_bulk([action for action, _ in cles])
        return [(actions[action], annee) for action, annee in cles]

    def totaux(self) -> Totaux:
        """Return the totals of all the lines (one query)."""
        return _lire(self.order_by().aggregate(**_agregats()))

    def totaux_par(self, *chemins: str) -> dict:
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


def _agregats() -> dict:
    sommes = {f"{mesure}_somme": Sum(mesure) for mesure in MESURES}
    inconnus = {
        f"{mesure}_inconnus": Count("pk", filter=Q(**{f"{mesure}__isnull": True}))
        for mesure in MESURES
    }
    return {**sommes, **inconnus, "lignes": Count("pk")}


def _lire(ligne: dict) -> Totaux:
    return Totaux(
        *(_total(ligne[f"{m}_somme"], ligne[f"{m}_inconnus"]) for m in MESURES), ligne["lignes"]
    )


def _total(somme, inconnus) -> Total:
    # SQLite adds in floating point: to the cent, the sum is exact again.
    return Total(None if somme is None else somme.quantize(CENTIME), inconnus)


class Financement(models.Model):
    """One line: action × year × funder × nature. Each amount is in euros, None when unknown."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="financements")
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

    def __str__(self):
        return f"{self.annee_id}, {self.financeur.nom_court}"
