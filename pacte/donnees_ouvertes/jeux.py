"""The datasets: which public export each one is, and what a reader must know of it.

Their columns are those of the declarations; what stands here is what no declaration says: a title,
a description, a key, a version, and what changes them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.timezone import localdate

from actions.champs import (
    ACTION,
    CONTRIBUTION,
    FINANCEMENT,
    INDICATEUR,
    JALON,
    POINT_ETAPE,
    SUBVENTION,
)
from actions.exports import tableau_des_actions
from actions.financements import lignes_publiques, tableau_des_financements
from actions.models import (
    Action,
    Contribution,
    Financement,
    Indicateur,
    Jalon,
    Libelle,
    PointEtape,
    Releve,
    Subvention,
)
from actions.subventions import tableau_des_subventions
from axes.models import Axe
from contrats.models import Contrat, Volet
from pacte.donnees_ouvertes.schemas import SCHEMA, ColonneOuverte, colonnes_de
from pacte.socle import licence
from pacte.socle.champs import Declaration
from pacte.socle.courriels import adresse_complete
from pacte.socle.editeur import A_COMPLETER, editeur
from pacte.socle.exports import FORMATS_CONNUS
from pacte.socle.tableaux import Colonne, Tableau
from partenaires.champs import PARTENAIRE
from partenaires.exports import tableau_des_partenaires
from partenaires.models import Partenaire

IDENTIFIANT = ColonneOuverte(
    "identifiant",
    "Identifiant",
    "Celui de la ligne, le même d’une publication à l’autre.",
    contraintes={"required": True, "unique": True},
)
ADRESSE = ColonneOuverte(
    "adresse", "Adresse", "La page où lire la ligne.", forme="uri", contraintes={"required": True}
)
PROVENANCE = [
    ColonneOuverte("producteur", "Producteur", "Qui publie.", contraintes={"required": True}),
    ColonneOuverte("producteur_siret", "SIRET du producteur", "Vide : non communiqué."),
    ColonneOuverte("licence", "Licence", "À quelles conditions réutiliser."),
    ColonneOuverte("extrait_le", "Extrait le", "Le jour où le fichier a été écrit.", "date"),
]
# What decides whether an action is public, and what its rows say of it.
CADRE: tuple[type[models.Model], ...] = (Action, Axe, Contrat, Volet)


@dataclass(frozen=True)
class Jeu:
    """A dataset. `nom` is in its addresses for good; `version` changes with its columns.

    `cle` names the columns that tell a row from another; `identifier` makes one when none does.
    `sources` are the models whose changes change it. `lecture` is the route of the page that shows
    its rows, "" without one. `norme` is the address of a national schema,
    whose columns it has and no other.
    """

    nom: str
    titre: str
    description: str
    mots: tuple[str, ...]
    declaration: Declaration
    sources: tuple[type[models.Model], ...]
    lire: Callable[[str], Tableau]
    cle: tuple[str, ...] = (IDENTIFIANT.nom,)
    identifier: Callable[[Any], str] | None = None
    version: str = "1.0.0"
    lecture: str = ""
    norme: str = ""

    def get_absolute_url(self) -> str:
        return reverse("donnees_ouvertes:jeu", args=[self.nom])

    def adresse_de(self, format_export: str) -> str:
        return reverse("donnees_ouvertes:fichier", args=[self.nom, format_export])

    @property
    def adresse_du_schema(self) -> str:
        return reverse("donnees_ouvertes:schema", args=[self.nom])

    @property
    def adresse_de_lecture(self) -> str:
        return reverse(self.lecture) if self.lecture else ""

    @property
    def fichiers(self) -> list[tuple[str, str]]:
        """Each format with its address."""
        return [(nom, self.adresse_de(cle)) for cle, (nom, _ecrire) in FORMATS_CONNUS.items()]

    @cached_property
    def colonnes(self) -> list[ColonneOuverte]:
        """Every column of its files, in their order."""
        if self.norme:
            return colonnes_de(self.declaration)
        avant = [IDENTIFIANT] if self.identifier else []
        return [*avant, *colonnes_de(self.declaration), ADRESSE, *PROVENANCE]

    def tableau(self, avertissement: str = "") -> Tableau:
        """Return its published rows, read as they are written, under the names of `colonnes`."""
        tableau = self.lire(avertissement)
        dites = {colonne.nom: colonne for colonne in self.colonnes}
        lues = [
            replace(colonne, entete=colonne.cle, sens=_sens(dites[colonne.cle]))
            for colonne in (*self._identite(), *tableau.colonnes, *self._provenance(avertissement))
        ]
        return replace(
            tableau, colonnes=tuple(lues), selection=self.titre, complement=self.complement()
        )

    def complement(self) -> dict[str, Any]:
        """Return what its JSON says of it: its schema, its version, its page."""
        return {
            "schema": adresse_complete(self.adresse_du_schema),
            "version": self.version,
            "titre": self.titre,
            "page": adresse_complete(self.get_absolute_url()),
            "producteur_siret": siret_du_producteur(),
        }

    def _provenance(self, avertissement: str) -> list[Colonne]:
        """Return what each row of a table repeats, as decision 0011 asks."""
        if self.norme:
            return []
        producteur = " – ".join(filter(None, [editeur().organisme, avertissement]))
        dites = [producteur, siret_du_producteur(), licence.IDENTIFIANT, localdate()]
        return [
            Colonne(colonne.nom, colonne.nom, _toujours(valeur))
            for colonne, valeur in zip(PROVENANCE, dites, strict=True)
        ]

    def _identite(self) -> list[Colonne]:
        nom = IDENTIFIANT.nom
        return [Colonne(nom, nom, self.identifier)] if self.identifier else []

    def en_table_schema(self) -> dict[str, Any]:
        return {
            "$schema": SCHEMA,
            "name": self.nom,
            "title": self.titre,
            "description": self.description,
            "countryCode": "FR",
            "homepage": adresse_complete(self.get_absolute_url()),
            "path": adresse_complete(self.adresse_du_schema),
            "version": self.version,
            "contributors": [{"title": editeur().organisme, "role": "author"}],
            "licenses": [
                {"name": licence.IDENTIFIANT, "title": licence.NOM, "path": licence.ADRESSE}
            ],
            "fields": [colonne.en_table_schema() for colonne in self.colonnes],
            **({"primaryKey": list(self.cle)} if self.cle else {}),
            "missingValues": [""],
        }


def siret_du_producteur() -> str | None:
    """Return the number of the publisher, None while nobody filled it."""
    siret = editeur().siret
    return None if siret == A_COMPLETER else siret


def _sens(colonne: ColonneOuverte) -> str:
    return f"{colonne.titre}. {colonne.description}"


def _toujours(valeur: Any) -> Callable[[Any], Any]:
    return lambda _ligne: valeur


def _par_cle(ligne: Any) -> str:
    return str(ligne.pk)


def _de_l_action(nom: str) -> Callable[[str], Tableau]:
    """Return the reader of an export of all the visible actions."""

    def lire(avertissement: str) -> Tableau:
        return tableau_des_actions(
            nom,
            Action.objects.visibles().order_by("code"),
            selection="",
            adresse_absolue=adresse_complete,
            avertissement=avertissement,
        )

    return lire


def _financements(avertissement: str) -> Tableau:
    return tableau_des_financements(
        lignes_publiques(),
        selection="",
        adresse_absolue=adresse_complete,
        avertissement=avertissement,
    )


def _partenaires(avertissement: str) -> Tableau:
    return tableau_des_partenaires(adresse_absolue=adresse_complete, avertissement=avertissement)


_TOUS = [
    Jeu(
        "actions",
        "Actions du Pacte local des solidarités",
        "Chaque action de la feuille de route qui est publiée sur ce portail, dans les mots des "
        "textes publics du Pacte : son contrat, son axe, ses publics, son calendrier, son "
        "avancement et les partenaires qui y contribuent.",
        ("pauvreté", "solidarités", "action sociale", "insertion", "feuille de route"),
        ACTION,
        (*CADRE, Libelle, Contribution, Partenaire, Jalon, PointEtape),
        _de_l_action("actions"),
        cle=("code",),
        lecture="actions:liste",
    ),
    Jeu(
        "partenaires",
        "Partenaires du Pacte local des solidarités",
        "Chaque organisation que les textes du Pacte nomment et que ce portail publie : son nom, "
        "sa nature quand le texte la dit, ses numéros officiels et l’extrait du texte qui la "
        "nomme.",
        ("pauvreté", "solidarités", "partenaires", "associations", "institutions"),
        PARTENAIRE,
        (Partenaire,),
        _partenaires,
        cle=("slug",),
        lecture="partenaires:liste",
    ),
    Jeu(
        "contributions",
        "Contributions des partenaires aux actions",
        "Qui apporte quoi à chaque action publiée : le rôle du partenaire, le genre de ce qu’il "
        "apporte, la phrase qui le dit, les équivalents temps plein quand ils sont connus, et "
        "les années.",
        ("pauvreté", "solidarités", "partenaires", "pilotage", "contributions"),
        CONTRIBUTION,
        (*CADRE, Contribution, Partenaire),
        _de_l_action("contributions"),
        identifier=_par_cle,
    ),
    Jeu(
        "financements",
        "Financements des actions, ligne par ligne",
        "L’argent de chaque action publiée, par année et par financeur : ce qui est prévu, "
        "engagé, payé et justifié, en euros. Une cellule vide dit que le montant n’est pas "
        "communiqué, jamais qu’il est nul.",
        ("pauvreté", "solidarités", "budget", "finances publiques", "cofinancement"),
        FINANCEMENT,
        (*CADRE, Financement, Partenaire),
        _financements,
        identifier=lambda ligne: str(ligne[-1]),
        lecture="actions:financements",
    ),
    Jeu(
        "indicateurs",
        "Indicateurs des actions, année par année",
        "Ce qui est mesuré pour chaque action publiée, chaque année, et ce qui était visé. Un "
        "nombre de personnes de 1 à 4 n’est pas publié : la mesure dit « moins de 5 » et le "
        "nombre reste vide.",
        ("pauvreté", "solidarités", "indicateurs", "évaluation", "suivi"),
        INDICATEUR,
        (*CADRE, Indicateur, Releve),
        _de_l_action("indicateurs"),
        identifier=lambda ligne: f"{ligne[0].pk}-{ligne[1].annee}",
    ),
    Jeu(
        "jalons",
        "Jalons des actions",
        "Les étapes attendues de chaque action publiée : ce qui doit être atteint, le jour où "
        "c’est prévu, et le jour où ce fut atteint quand c’est fait. Une date vide n’est pas "
        "communiquée.",
        ("pauvreté", "solidarités", "calendrier", "échéances", "suivi"),
        JALON,
        (*CADRE, Jalon),
        _de_l_action("jalons"),
        identifier=_par_cle,
    ),
    Jeu(
        "points-d-etape",
        "Points d’étape des actions",
        "Où en est chaque action publiée, au fil du temps : son avancement à une date, ce qui "
        "est fait, ce qui vient, et les difficultés que le Pacte rend publiques. Un point retiré "
        "n’y est plus.",
        ("pauvreté", "solidarités", "avancement", "suivi", "évaluation"),
        POINT_ETAPE,
        (*CADRE, PointEtape, Partenaire),
        _de_l_action("points-d-etape"),
        identifier=_par_cle,
        lecture="actualites",
    ),
    Jeu(
        "subventions",
        "Subventions de l’État et du Département aux partenaires",
        "Les données essentielles des conventions de subvention entre l’État ou le Département et "
        "un partenaire de droit privé du Pacte, au schéma national « SCDL subventions » 2.1.1. La "
        "loi les demande au-delà de 23 000 €, sous trois mois.",
        ("pauvreté", "solidarités", "subventions", "associations", "conventions"),
        SUBVENTION,
        (*CADRE, Subvention, Partenaire),
        lambda avertissement: tableau_des_subventions(avertissement=avertissement),
        cle=(),
        version="2.1.1",
        lecture="actions:subventions",
        norme="https://schema.data.gouv.fr/schemas/scdl/subventions/2.1.1/schema.json",
    ),
]
# Name in the addresses → dataset. A room that composes this one adds its own when the site starts
# (`pacte/apps.py`).
JEUX = {jeu.nom: jeu for jeu in _TOUS}
