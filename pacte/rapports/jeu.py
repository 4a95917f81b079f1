"""The figures of the reports in force as a dataset, a row a figure."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils.timezone import localtime

from pacte.donnees_ouvertes.jeux import Jeu
from pacte.rapports.faits import SENS_DE_LA_VALEUR, SENS_DE_PARTIEL, Chiffre
from pacte.rapports.models import RapportAnnuel
from pacte.socle.champs import Champ, Declaration
from pacte.socle.courriels import adresse_complete
from pacte.socle.tableaux import Colonne, Tableau

Ligne = tuple[RapportAnnuel, Chiffre]

CHIFFRE = Declaration(
    RapportAnnuel,
    [
        Champ("contrat", lire=lambda ligne: ligne[0].faits["contrat"]["sigle"], sens="Lequel."),
        Champ(
            "annee",
            "Année",
            lambda ligne: ligne[0].faits["exercice"]["annee"],
            genre=int,
            sens="L’exercice dont le rapport rend compte.",
        ),
        Champ("edition", lire=lambda ligne: ligne[0].edition, genre=int, sens="Laquelle."),
        Champ(
            "paru_le",
            lire=lambda ligne: localtime(ligne[0].paru_le).date(),
            genre=date,
            sens="Le jour où les deux parties l’ont fait paraître.",
        ),
        Champ("cle", "Clé", lambda ligne: ligne[1]["cle"], sens="La même d’une année à l’autre."),
        Champ("chiffre", lire=lambda ligne: ligne[1]["libelle"], sens="Ce qui est compté."),
        Champ("texte", lire=lambda ligne: ligne[1]["texte"], sens="Comme le rapport le dit."),
        Champ(
            "valeur",
            lire=lambda ligne: ligne[1]["valeur"],
            genre=Decimal,
            sens=SENS_DE_LA_VALEUR,
        ),
        Champ(
            "est_partiel",
            "Partiel",
            lambda ligne: ligne[1]["est_partiel"],
            genre=bool,
            sens=SENS_DE_PARTIEL,
        ),
        Champ("unite", "Unité", lambda ligne: ligne[1]["unite"] or None, sens="En quoi."),
        Champ(
            "empreinte",
            lire=lambda ligne: ligne[0].empreinte,
            sens="SHA-256 du fichier figé d’où vient le chiffre.",
        ),
    ],
)


def _lignes(avertissement: str) -> Iterator[Ligne]:
    """Yield the figures of the reports in force, those of a demonstration apart from real ones."""
    rapports = RapportAnnuel.objects.en_vigueur().filter(est_un_retrait=False)
    for rapport in rapports.iterator(chunk_size=10):
        if rapport.faits["avertissement"] != avertissement:
            continue
        for chiffre in rapport.faits["chiffres"]:
            yield rapport, chiffre


def _identifier(ligne: Ligne) -> str:
    rapport, chiffre = ligne
    return f"{rapport.exercice.contrat.slug}-{rapport.exercice.annee_id}-{chiffre['cle']}"


def _tableau(avertissement: str) -> Tableau:
    adresse = Colonne(
        "Adresse",
        "adresse",
        lambda ligne: adresse_complete(ligne[0].get_absolute_url()),
        sens="La page du rapport.",
    )
    colonnes = (*CHIFFRE.colonnes(), adresse)
    return Tableau("rapports", colonnes, _lignes(avertissement), "", avertissement, "Rapports")


JEU = Jeu(
    "rapports",
    "Chiffres des rapports annuels d’exécution",
    "Chaque chiffre de chaque rapport annuel paru et en vigueur, tel que l’État et le Département "
    "l’ont figé : actions par avancement, montants par financeur, parité, indicateurs. Le texte de "
    "chaque chiffre dit quand il n’est pas communiqué, ou masqué.",
    ("pauvreté", "solidarités", "rapport d’exécution", "évaluation", "finances publiques"),
    CHIFFRE,
    (RapportAnnuel,),
    _tableau,
    identifier=_identifier,
    lecture="rapports:liste",
)
