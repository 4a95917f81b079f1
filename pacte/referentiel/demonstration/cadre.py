"""Deeds, exercises and shares: what the fictitious contracts promise."""

from datetime import date
from decimal import Decimal

from contrats.models import Acte, Contrat, Exercice, Pacte, Signature, Volet
from partenaires.models import Partenaire

# Slug of a contract → its deed, the day of its signature, the most that the State gives a year.
ACTES = {
    "cls": ("Convention d’exemple du contrat local", date(2024, 6, 12), 100_000),
    "cdie": ("Convention d’exemple pour l’insertion", date(2024, 9, 3), 95_000),
    "cpt": ("Convention d’exemple du territoire", date(2025, 1, 20), 260_000),
}
# Share of the State and tolerance, by axis: the three volets of the CLS promise something else.
PARTS = {1: (50, 2), 3: (50, 5), 4: (40, 0)}


def contractualiser() -> None:
    """Sign one deed a contract, open its exercises, and promise the State's share of the CLS."""
    for volet in Volet.objects.filter(contrat__slug="cls").select_related("axe"):
        volet.part_etat_attendue, volet.tolerance = PARTS[volet.axe.numero]
        volet.save()
    parties = Partenaire.objects.exclude(partie="")
    for contrat in Contrat.objects.all():
        objet, signe_le, plafond = ACTES[contrat.slug]
        acte = Acte.objects.create(
            contrat=contrat,
            type_acte="convention",
            objet=objet,
            numero=f"EX-{contrat.sigle}",
            delibere_le=date(signe_le.year, signe_le.month, 1),
            signe_le=signe_le,
            effet_le=date(signe_le.year, 1, 1),
            fin_le=date(2027, 12, 31),
        )
        for partie in parties:
            Signature.objects.create(acte=acte, partenaire=partie, signe_le=signe_le)
        for annee in Pacte.objects.actuel().annees:
            Exercice.objects.create(
                contrat=contrat,
                annee_id=annee,
                debut=date(annee, 1, 1),
                fin=date(annee, 12, 31),
                rapport_avant_le=date(annee + 1, 3, 31),
                plafond_etat=Decimal(plafond),
            )
    cls = Contrat.objects.get(slug="cls")
    Acte.objects.create(contrat=cls, type_acte="avenant", objet="Avenant d’exemple, à signer")
