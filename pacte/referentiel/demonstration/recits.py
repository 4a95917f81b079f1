"""What happens to a fictitious action: one story a status, told with the figures of its rank."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.timezone import localdate

from actions.models import Action, Contribution, Financement, Indicateur, Jalon, PointEtape, Releve
from actions.models.secret import PETIT_NOMBRE, SEUIL_DU_SECRET
from contrats.models import Pacte
from pacte.socle.models import Utilisateur
from partenaires.models import Partenaire

ETAPES = [
    ("Convention signée", "Première permanence"),
    ("Poste pourvu", "Premier bilan partagé"),
    ("Local ouvert", "Dixième atelier"),
    ("Outil en service", "Formation des équipes"),
    ("Partenaires réunis", "Questionnaire dépouillé"),
    ("Budget voté", "Première tournée"),
    ("Appel à projets clos", "Lauréats accompagnés"),
]
MESURES = [
    ("Personnes accompagnées", "personnes", "hausse"),
    ("Familles reçues", "familles", "hausse"),
    ("Bénévoles formés", "bénévoles", "hausse"),
    ("Jeunes rencontrés", "jeunes", "hausse"),
    ("Orientations faites", "orientations", "hausse"),
]
ROLES = [("operateur", "expertise"), ("associe", "locaux"), ("financeur", "financement")]
APPORTS = ["accueille et oriente", "prête ses salles", "forme les équipes", "finance un mi-temps"]


@dataclass(frozen=True)
class Recit:
    """A story: the status, its words, the years measured, and how late its last step is."""

    statut: str
    fait: str = ""
    a_venir: str = ""
    motif: str = ""
    difficultes: str = ""
    # Years of the pact of which something was measured, committed and paid.
    annees: tuple[int, ...] = ()
    # Days from today to its second step; None: reached with the first.
    prochaine: int | None = 60
    jours: int = 20
    reportee: int | None = None


RECITS = [
    Recit(
        "en_cours",
        "{mesure} en {annee} : {valeur}. Deux équipes tournent chaque semaine.",
        "Ouvrir un troisième point d’accueil.",
        annees=(2024, 2025),
        prochaine=35,
        jours=12,
    ),
    Recit(
        "realisee",
        "Menée à son terme. {mesure} en {annee} : {valeur}, le dernier compte est fait.",
        annees=(2024, 2025),
        prochaine=None,
        jours=64,
    ),
    Recit(
        "en_cours",
        "{mesure} en {annee} : {valeur}. Le démarrage a pris du temps.",
        "Rattraper le calendrier avant l’été.",
        difficultes="Le véhicule est en panne depuis un mois.",
        annees=(2025,),
        prochaine=-40,
        jours=33,
    ),
    Recit("a_lancer", "Le cahier des charges est écrit.", "Recruter.", prochaine=90, jours=8),
    Recit(
        "suspendue",
        "{mesure} en {annee} : {valeur}, puis l’activité s’est arrêtée.",
        motif="Le poste est vacant.",
        annees=(2024,),
        prochaine=-15,
        jours=51,
    ),
    Recit("non_renseigne"),
    Recit(
        "reportee",
        "Rien n’a commencé : le local n’est pas prêt.",
        "Reprendre avec un autre local.",
        motif="Le local n’est pas prêt.",
        prochaine=-70,
        jours=27,
        reportee=150,
    ),
    Recit("a_l_etude", "Trois pistes sont comparées.", "En choisir une.", prochaine=None, jours=99),
    Recit(
        "abandonnee",
        "Personne n’a été accompagné : l’action n’a pas commencé.",
        motif="Une autre action répond au même besoin.",
        prochaine=None,
        jours=130,
    ),
]
DIT = "Exemple fictif. "


def raconter(rang: int, action: Action, recit: Recit, *, par: Utilisateur) -> None:
    """Write the calendar, the milestones, the money, the measures and the bulletins of an action.

    The value that the bulletin tells is the one that the indicator shows.
    """
    _dater(rang, action, recit)
    valeurs = _mesurer(rang, action, recit)
    _financer(rang, action, recit)
    _contribuer(rang, action)
    _faire_le_point(rang, action, recit, valeurs, par)


def _dater(rang: int, action: Action, recit: Recit) -> None:
    if recit.statut in ("non_renseigne", "a_l_etude"):
        return
    debut = date(2024 + (0 if recit.annees[:1] == (2024,) else 1), 1 + rang % 12, 1)
    fin_le = date(2025, 12, 15) if recit.statut == "realisee" else date(2027, 6 + rang % 7, 28)
    action.debut_prevu, action.fin_prevue = debut, fin_le
    action.en_clair = f"{DIT}L’action n° {rang + 1} en deux phrases : à quoi elle sert, et à qui."
    action.save()
    premiere, seconde = (f"{nom} (exemple fictif)" for nom in ETAPES[rang % len(ETAPES)])
    a_commence = bool(recit.annees)
    Jalon.objects.create(
        action=action,
        libelle=premiere,
        prevu_le=debut + timedelta(days=rang),
        atteint_le=debut + timedelta(days=rang + 3) if a_commence else None,
    )
    if recit.prochaine is None:
        atteint = date(2025, 11, 3 + rang % 25) if recit.statut == "realisee" else None
        Jalon.objects.create(
            action=action, libelle=seconde, prevu_le=date(2025, 11, 30), atteint_le=atteint
        )
    else:
        jour = localdate() + timedelta(days=recit.prochaine + rang)
        Jalon.objects.create(action=action, libelle=seconde, prevu_le=jour)


def _mesurer(rang: int, action: Action, recit: Recit) -> dict[int, int]:
    """Measure what the story says, and a delay; return the main value of each year."""
    if recit.statut in ("non_renseigne", "a_l_etude"):
        return {}
    nom, unite, sens = MESURES[rang % len(MESURES)]
    # One action in four counts a few people: the portal masks them.
    base, pas = (1, 1) if rang % 4 == 2 else (40 + 3 * rang, 5 + rang % 6)
    principal = Indicateur.objects.create(
        action=action,
        libelle=f"{nom} (exemple fictif)",
        unite=unite,
        sens=sens,
        compte_personnes=True,
        reference=Decimal(base),
        reference_annee=2023,
        source="Exemple fictif : compte de l’équipe",
    )
    delai = Indicateur.objects.create(
        action=action,
        libelle="Délai moyen du premier rendez-vous (exemple fictif)",
        unite="jours",
        sens="baisse",
        source="Exemple fictif",
    )
    valeurs = {annee: base + pas * (annee - 2023) for annee in recit.annees}
    for annee in Pacte.objects.actuel().annees:
        cible = base + pas * (annee - 2023) + (2 if rang % 3 else -1)
        _relever(principal, annee, cible, valeurs.get(annee))
        mesure = 31 - rang % 5 - 3 * (annee - 2024) if annee in recit.annees else None
        _relever(delai, annee, None if rang % 5 == 4 else 28 - 3 * (annee - 2024), mesure)
    return valeurs


def _relever(indicateur: Indicateur, annee: int, cible: int | None, valeur: int | None) -> None:
    Releve.objects.create(
        indicateur=indicateur,
        annee_id=annee,
        cible=None if cible is None else Decimal(cible),
        valeur=None if valeur is None else Decimal(valeur),
        definitif=annee == 2024 and valeur is not None,
    )


def _financer(rang: int, action: Action, recit: Recit) -> None:
    """Plan four years; commit and pay the years of the story alone."""
    if recit.statut in ("non_renseigne", "a_l_etude", "abandonnee"):
        return
    etat, departement = (Partenaire.objects.get(partie=p) for p in ("etat", "departement"))
    tiers = Partenaire.objects.filter(partie="").order_by("pk")[rang % 5]
    for annee in Pacte.objects.actuel().annees:
        prevu = Decimal(9_500 + 730 * rang + 450 * (annee - 2024))
        ecart = Decimal(9_000) if rang % 6 == 3 and annee == 2025 else Decimal(120 * (rang % 3))
        _payer(rang, action, annee, etat, prevu + ecart, recit)
        _payer(rang, action, annee, departement, prevu, recit)
        if rang % 3 == 0:
            connu = None if annee == 2026 else Decimal(1_900 + rang)
            _payer(rang, action, annee, tiers, connu, recit)


def _payer(
    rang: int,
    action: Action,
    annee: int,
    financeur: Partenaire,
    prevu: Decimal | None,
    recit: Recit,
) -> None:
    engage = paye = None
    if prevu is not None and annee in recit.annees:
        # One action commits a little more than it had planned: it shows in « À surveiller ».
        engage = prevu + (1_500 if rang == 0 and annee == 2025 else 0)
        paye = (prevu * 9 / 10).quantize(Decimal(1))
    elif prevu is not None and annee <= 2025:
        # A past year in which nothing was done: zero, which is known.
        engage = paye = Decimal()
    Financement.objects.create(
        action=action,
        annee_id=annee,
        financeur=financeur,
        nature="valorisation" if financeur.partie == "" else "numeraire",
        prevu=prevu,
        engage=engage,
        paye=paye,
        justifie=paye if annee == 2024 else None,
        definitif=annee == 2024 and engage is not None,
    )


def _contribuer(rang: int, action: Action) -> None:
    departement = Partenaire.objects.get(partie="departement")
    autre = Partenaire.objects.exclude(pk=departement.pk).order_by("pk")[rang % 10]
    role, nature = ROLES[rang % len(ROLES)]
    for partenaire, role_tenu, apporte, texte in (
        (departement, "pilote", "personnel", f"coordonne l’action n° {rang + 1}"),
        (autre, role, nature, APPORTS[rang % len(APPORTS)]),
    ):
        Contribution.objects.create(
            action=action,
            partenaire=partenaire,
            role=role_tenu,
            nature=apporte,
            etp=Decimal("0.5") if apporte == "personnel" else None,
            texte=f"{DIT}{partenaire.nom_court} {texte}.",
        )


def _faire_le_point(
    rang: int, action: Action, recit: Recit, valeurs: dict[int, int], par: Utilisateur
) -> None:
    """Publish a first bulletin, then the one of the story; none for who said nothing."""
    if recit.statut == "non_renseigne":
        return
    jour = localdate() - timedelta(days=recit.jours + rang)
    ordinal = f"{rang + 1}e" if rang else "1re"
    PointEtape.objects.create(
        action=action,
        le=jour - timedelta(days=140 + rang),
        statut="a_l_etude" if recit.statut == "a_l_etude" else "a_lancer",
        fait=f"{DIT}Une réunion de lancement, la {ordinal} du Pacte.",
    )
    annee = max(valeurs, default=None)
    nom = MESURES[rang % len(MESURES)][0]
    valeur = None if annee is None else valeurs[annee]
    fait = recit.fait.format(mesure=nom, annee=annee, valeur=_dire(valeur))
    PointEtape.objects.create(
        action=action,
        le=jour,
        statut=recit.statut,
        motif=f"{DIT}{recit.motif}" if recit.motif else "",
        reportee_au=localdate() + timedelta(days=recit.reportee + rang) if recit.reportee else None,
        fait=f"{DIT}{fait}",
        a_venir=f"{DIT}{recit.a_venir}" if recit.a_venir else "",
        obstacles=f"{DIT}{recit.difficultes}" if recit.difficultes else "",
        obstacles_publics=rang % 2 == 0,
        confiance="appuis" if recit.difficultes else "atteignables",
    )
    action.reprendre_statut(par=par)


def _dire(valeur: int | None) -> str:
    """Return a value as a page would: the words tell nothing that the portal masks."""
    return PETIT_NOMBRE if valeur is not None and valeur < SEUIL_DU_SECRET else str(valeur)
