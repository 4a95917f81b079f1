"""Fictitious follow-up over the real roadmap, so that every screen can be seen full.

Everything here is invented, and the portal says so on every page and export while it is loaded.
It is the same at each load: no chance, only ranks.
"""

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.timezone import localdate

from actions.models import (
    Action,
    Contribution,
    Financement,
    Indicateur,
    Jalon,
    PointEtape,
    PropositionContribution,
    Releve,
)
from contrats.models import Acte, Adhesion, Contrat, Exercice, Pacte, Signature, Volet
from partenaires.models import Membre, Partenaire

SUIVI = (Contribution, Financement, Indicateur, Jalon, PointEtape, Exercice, Acte)
STATUTS = ["en_cours", "en_cours", "realisee", "a_lancer", "en_cours", "suspendue", "a_l_etude"]
STATUTS += ["reportee", "abandonnee"]
MOTIFS = {
    "suspendue": "Exemple fictif : le poste est vacant.",
    "reportee": "Exemple fictif : le local n’est pas prêt.",
    "abandonnee": "Exemple fictif : une autre action répond au même besoin.",
}


class SuiviReel(Exception):
    """The database holds real follow-up: nothing fictitious may be added to it."""


@transaction.atomic
def charger_demonstration(*, par, membre) -> None:
    """Add the fictitious follow-up once, signed by user `par`; a second call changes nothing.

    User `membre` becomes the référent of a partner that has things to do.

    Raises SuiviReel when the database is not a demonstration and anything was followed up in it.
    """
    pacte = Pacte.objects.actuel()
    if pacte.demonstration:
        return
    occupes = [modele for modele in SUIVI if modele.objects.exists()]
    if occupes:
        noms = ", ".join(str(modele._meta.verbose_name_plural) for modele in occupes)
        raise SuiviReel(f"Cette base contient un suivi réel ({noms}) : rien n’a été ajouté.")
    pacte.demonstration = True
    pacte.save()
    _contractualiser()
    for rang, action in enumerate(Action.objects.select_related("volet__contrat")):
        _dater(rang, action)
        _faire_le_point(rang, action, par)
        _financer(rang, action)
        _contribuer(rang, action)
        _mesurer(rang, action)
    _faire_entrer(membre)


def _faire_entrer(membre) -> None:
    """Give a partner its référent, indicators to report and a proposal that waits; ask to join."""
    msa = Partenaire.objects.get(slug="msa")
    Membre.objects.create(utilisateur=membre, partenaire=msa, role="referent")
    siennes = list(msa.contributions.select_related("action"))
    Indicateur.objects.filter(action__in=[c.action for c in siennes], compte_personnes=True).update(
        responsable=msa
    )
    for contribution in siennes[:1]:
        PropositionContribution(
            contribution=contribution,
            partenaire=msa,
            texte="Exemple fictif : oriente et accompagne les personnes.",
        ).envoyer(par=membre)
    demandeur = Partenaire.objects.create(
        nom="Association fictive de démonstration",
        slug="association-fictive",
        nature="association",
        est_candidat=True,
    )
    Adhesion.objects.create(
        partenaire=demandeur,
        contrat=Contrat.objects.get(slug="cls"),
        apport="Exemple fictif : une permanence par semaine.",
        contact_nom="Personne fictive",
        contact_courriel="contact@demonstration.invalid",
        deposee_le=timezone.now() - timedelta(days=12),
    )


def _contractualiser() -> None:
    Volet.objects.filter(contrat__slug="cls").update(part_etat_attendue=50, tolerance=2)
    parties = Partenaire.objects.exclude(partie="")
    for contrat in Contrat.objects.all():
        signe_le = date(2024, 6, 12)
        acte = Acte.objects.create(
            contrat=contrat,
            type_acte="convention",
            objet="Convention fictive",
            signe_le=signe_le,
            effet_le=date(2024, 1, 1),
            fin_le=date(2027, 12, 31),
        )
        Signature.objects.bulk_create(
            Signature(acte=acte, partenaire=partie, signe_le=signe_le) for partie in parties
        )
        for annee in Pacte.objects.actuel().annees:
            Exercice.objects.create(
                contrat=contrat,
                annee_id=annee,
                debut=date(annee, 1, 1),
                fin=date(annee, 12, 31),
                rapport_avant_le=date(annee + 1, 3, 31),
                plafond_etat=Decimal(400_000 if contrat.slug != "cdie" else 90_000),
            )


def _dater(rang: int, action) -> None:
    """Give a calendar; one action in six is late."""
    action.debut_prevu = date(2024 + rang % 3, 1 + rang % 12, 1)
    action.fin_prevue = date(2025 if rang % 6 == 1 else 2027, 12, 31)
    action.en_clair = "Exemple fictif de résumé en deux phrases. Il dit à quoi sert l’action."
    action.save()
    aujourd_hui = localdate()
    Jalon.objects.create(
        action=action,
        libelle="Convention signée (exemple fictif)",
        prevu_le=action.debut_prevu,
        atteint_le=action.debut_prevu if action.debut_prevu <= aujourd_hui else None,
    )
    decalage = timedelta(days=45 if rang % 5 else -45)
    Jalon.objects.create(
        action=action,
        libelle="Première permanence (exemple fictif)",
        prevu_le=aujourd_hui + decalage,
    )


def _faire_le_point(rang: int, action, par) -> None:
    """Publish two bulletins, or none for one action in seven."""
    if rang % 7 == 6:
        return
    statut = STATUTS[rang % len(STATUTS)]
    jour = localdate() - timedelta(days=10 + 20 * (rang % 7))
    PointEtape.objects.create(
        action=action, le=jour - timedelta(days=120), statut="a_lancer", fait="Exemple fictif."
    )
    PointEtape.objects.create(
        action=action,
        le=jour,
        statut=statut,
        motif=MOTIFS.get(statut, ""),
        reportee_au=localdate() + timedelta(days=200) if statut == "reportee" else None,
        fait=f"Exemple fictif : {30 + rang} personnes accompagnées depuis janvier.",
        a_venir="Exemple fictif : une permanence de plus.",
        confiance="atteignables",
    )
    action.reprendre_statut(par=par)


def _financer(rang: int, action) -> None:
    """Enter four years of money, with a gap of parity and unknown amounts here and there."""
    etat, departement = (Partenaire.objects.get(partie=p) for p in ("etat", "departement"))
    tiers = Partenaire.objects.filter(partie="").order_by("pk")[rang % 5]
    for annee in Pacte.objects.actuel().annees:
        prevu = Decimal(10_000 + 1_000 * (rang % 9) + 500 * (annee - 2024))
        ecart = Decimal(12_000) if rang % 4 == 3 and annee == 2025 else Decimal()
        passee = annee <= 2025
        _ligne(action, annee, etat, prevu + ecart, passee)
        _ligne(action, annee, departement, prevu, passee)
        if rang % 3 == 0:
            _ligne(action, annee, tiers, None if annee == 2026 else Decimal(2_500), passee)


def _ligne(action, annee, financeur, prevu, passee) -> None:
    engage = prevu if passee else None
    paye = prevu * 9 / 10 if passee and prevu is not None else None
    Financement.objects.create(
        action=action,
        annee_id=annee,
        financeur=financeur,
        prevu=prevu,
        engage=engage,
        paye=paye,
        justifie=paye if annee == 2024 else None,
        definitif=annee == 2024,
    )


def _contribuer(rang: int, action) -> None:
    departement = Partenaire.objects.get(partie="departement")
    autre = Partenaire.objects.exclude(pk=departement.pk).order_by("pk")[rang % 10]
    for partenaire, role, nature, texte in (
        (departement, "pilote", "personnel", "Exemple fictif : coordonne et cofinance."),
        (autre, "associe", "expertise", "Exemple fictif : oriente les personnes."),
    ):
        Contribution.objects.create(
            action=action, partenaire=partenaire, role=role, nature=nature, texte=texte
        )


def _mesurer(rang: int, action) -> None:
    """Measure people, a few of them in one action in four, and a share."""
    base, pas = (1, 1) if rang % 4 == 2 else (60 + rang, 6)
    personnes = Indicateur.objects.create(
        action=action,
        libelle="Personnes accompagnées (exemple fictif)",
        unite="personnes",
        compte_personnes=True,
        reference=Decimal(base),
        reference_annee=2023,
        source="Exemple fictif",
    )
    part = Indicateur.objects.create(
        action=action,
        libelle="Délai moyen du premier rendez-vous (exemple fictif)",
        unite="jours",
        sens="baisse",
        source="Exemple fictif",
    )
    for annee in Pacte.objects.actuel().annees:
        mesuree = annee < 2026
        valeurs = (base + pas * (annee - 2023), 30 - 3 * (annee - 2024))
        for indicateur, valeur in zip((personnes, part), valeurs, strict=True):
            Releve.objects.create(
                indicateur=indicateur,
                annee_id=annee,
                cible=Decimal(valeur + (1 if rang % 2 else -1)),
                valeur=Decimal(valeur) if mesuree else None,
                definitif=annee == 2024,
            )
