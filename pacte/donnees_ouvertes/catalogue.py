"""The catalogue of the datasets in DCAT-AP, complete for the quality score of data.gouv.fr."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.timezone import localtime

from contrats.models import Pacte
from pacte.donnees_ouvertes.dates import DatesDesJeux
from pacte.donnees_ouvertes.graphe import Noeud, en_jsonld, en_turtle, noeud, texte, valeur
from pacte.donnees_ouvertes.jeux import JEUX, Jeu
from pacte.donnees_ouvertes.schemas import SCHEMA
from pacte.socle import licence
from pacte.socle.courriels import adresse_complete
from pacte.socle.editeur import A_COMPLETER, editeur
from pacte.socle.exports import FORMATS_CONNUS

# End of the address → type of the content, and what writes it.
TYPES_DE_CATALOGUE: dict[str, tuple[str, Callable[[Noeud], str]]] = {
    "jsonld": ("application/ld+json", en_jsonld),
    "ttl": ("text/turtle; charset=utf-8", en_turtle),
}
AUTORITE = "http://publications.europa.eu/resource/authority"
# What IANA calls each format.
MEDIAS = {
    "csv": "text/csv",
    "json": "application/json",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
USAGES = {
    "csv": "Valeurs séparées par des virgules, pour un programme ou un entrepôt de données.",
    "json": "Objets et listes, avec le schéma, la version et la licence, pour un programme.",
    "ods": "Classeur pour LibreOffice, avec le sens de chaque colonne.",
    "xlsx": "Classeur pour Excel, avec le sens de chaque colonne.",
}


def dresser_le_catalogue(pacte: Pacte, dates: DatesDesJeux) -> Noeud:
    """Return the catalogue as a graph; what nobody filled is absent."""
    page = adresse_complete(reverse("donnees_ouvertes:liste"))
    return noeud(
        "dcat:Catalog",
        page,
        dct__title=texte(f"Données ouvertes : {pacte}"),
        dct__description=_dire(
            pacte,
            f"Les jeux de données publiés par le portail du {pacte}, extraits de la feuille de "
            "route et de son suivi tels que le portail les montre.",
        ),
        dct__publisher=_producteur(),
        dct__language=_langue(),
        dct__license=_licence(),
        dct__spatial=_lieu(pacte),
        dct__modified=_jour(dates.derniere),
        foaf__homepage=noeud("foaf:Document", adresse_complete(reverse("accueil"))),
        dcat__dataset=[_jeu(jeu, pacte, dates) for jeu in JEUX.values()],
    )


def _jeu(jeu: Jeu, pacte: Pacte, dates: DatesDesJeux) -> Noeud:
    page = adresse_complete(jeu.get_absolute_url())
    dates_du_jeu = dates.de(jeu)
    return noeud(
        "dcat:Dataset",
        f"{page}#jeu",
        dct__identifier=page,
        dct__title=texte(jeu.titre),
        dct__description=_dire(pacte, jeu.description),
        dcat__keyword=[texte(mot) for mot in jeu.mots],
        dcat__theme=[_theme("SOCI", "Population et société"), _theme("GOVE", "Secteur public")],
        dct__license=_licence(),
        dct__accessRights=noeud("dct:RightsStatement", f"{AUTORITE}/access-right/PUBLIC"),
        dct__accrualPeriodicity=noeud("dct:Frequency", f"{AUTORITE}/frequency/UPDATE_CONT"),
        dct__temporal=_periode(pacte),
        dct__spatial=_lieu(pacte),
        dct__issued=_jour(dates_du_jeu.premiere),
        dct__modified=_jour(dates_du_jeu.derniere),
        dct__language=_langue(),
        dct__publisher=_producteur(),
        dct__conformsTo=_normes(jeu),
        dcat__contactPoint=_contact(),
        dcat__landingPage=noeud("foaf:Document", page),
        owl__versionInfo=jeu.version,
        dcat__distribution=[_fichier(jeu, cle, dates_du_jeu.derniere) for cle in FORMATS_CONNUS],
    )


def _dire(pacte: Pacte, description: str) -> Noeud:
    """Return a description, preceded by what must be said of the data."""
    return texte(". ".join(filter(None, [pacte.avertissement, description])))


def _fichier(jeu: Jeu, format_export: str, change_le: datetime | None) -> Noeud:
    nom, _ecrire = FORMATS_CONNUS[format_export]
    page = adresse_complete(jeu.get_absolute_url())
    adresse = {"@id": adresse_complete(jeu.adresse_de(format_export))}
    media = f"https://www.iana.org/assignments/media-types/{MEDIAS[format_export]}"
    return noeud(
        "dcat:Distribution",
        f"{page}#{format_export}",
        dct__title=texte(f"{jeu.titre} ({nom})"),
        dct__description=texte(USAGES[format_export]),
        dcat__accessURL=adresse,
        dcat__downloadURL=adresse,
        dcat__mediaType=noeud("dct:MediaType", media),
        dct__format=noeud("dct:MediaTypeOrExtent", f"{AUTORITE}/file-type/{format_export.upper()}"),
        dct__license=_licence(),
        dct__modified=_jour(change_le),
        dct__language=_langue(),
        dct__conformsTo=_normes(jeu),
    )


def _normes(jeu: Jeu) -> list[Noeud]:
    """Return the schema of its columns, and the national one that it follows."""
    nationales = [noeud("dct:Standard", jeu.norme)] if jeu.norme else []
    return [_schema(jeu), *nationales]


def _schema(jeu: Jeu) -> Noeud:
    return noeud(
        "dct:Standard",
        adresse_complete(jeu.adresse_du_schema),
        dct__title=texte(f"Schéma des colonnes : {jeu.titre}"),
        dct__conformsTo={"@id": SCHEMA},
        owl__versionInfo=jeu.version,
    )


def _producteur() -> Noeud:
    return noeud(
        "foaf:Agent", adresse_complete("/#producteur"), foaf__name=texte(editeur().organisme)
    )


def _contact() -> Noeud:
    fiche = editeur()
    courriel = None if fiche.courriel == A_COMPLETER else {"@id": f"mailto:{fiche.courriel}"}
    nom = fiche.organisme if fiche.service == A_COMPLETER else fiche.service
    return noeud(
        "vcard:Kind",
        adresse_complete("/contact/#contact"),
        vcard__fn=texte(nom),
        vcard__hasEmail=courriel,
        vcard__hasURL={"@id": adresse_complete(reverse("contact"))},
    )


def _licence() -> Noeud:
    return noeud(
        "dct:LicenseDocument",
        licence.ADRESSE,
        dct__title=texte(licence.NOM),
        dct__identifier=licence.IDENTIFIANT,
    )


def _langue() -> Noeud:
    return noeud("dct:LinguisticSystem", f"{AUTORITE}/language/FRA")


def _theme(code: str, nom: str) -> Noeud:
    return noeud("skos:Concept", f"{AUTORITE}/data-theme/{code}", skos__prefLabel=texte(nom))


def _periode(pacte: Pacte) -> Noeud | None:
    """Return the years of the pact, None before it is loaded."""
    if not pacte.annee_debut:
        return None
    return noeud(
        "dct:PeriodOfTime",
        dcat__startDate=valeur(f"{pacte.annee_debut}-01-01", "xsd:date"),
        dcat__endDate=valeur(f"{pacte.annee_fin}-12-31", "xsd:date"),
    )


def _lieu(pacte: Pacte) -> Noeud | None:
    """Return the territory: its name, and the rectangle that the publisher gives."""
    emprise = editeur().emprise
    if not pacte.territoire and not emprise:
        return None
    return noeud(
        "dct:Location",
        rdfs__label=texte(pacte.territoire) if pacte.territoire else None,
        locn__geometry=valeur(_polygone(emprise), "gsp:wktLiteral") if emprise else None,
    )


def _polygone(emprise: str) -> str:
    """Return the rectangle « west, south, east, north » as a closed line."""
    ouest, sud, est, nord = (nombre.strip() for nombre in emprise.split(","))
    coins = [(ouest, sud), (est, sud), (est, nord), (ouest, nord), (ouest, sud)]
    return f"POLYGON(({', '.join(f'{x} {y}' for x, y in coins)}))"


def _jour(instant: datetime | None) -> Any:
    return valeur(localtime(instant).date().isoformat(), "xsd:date") if instant else None
