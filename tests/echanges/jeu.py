"""A small roadmap with rows of every sheet, and the files that carry it."""

import io
from datetime import date
from types import SimpleNamespace

from actions.models import Financement, Jalon, Public, Releve, Territoire
from contrats.models import Annee, Objectif
from pacte.echanges.feuilles import FEUILLES, Feuille
from pacte.echanges.lecture import lire_fichier
from pacte.echanges.repetition import Repetition, repeter
from pacte.echanges.sortie import tableau_de, tout_sortir
from pacte.socle.classeurs import ECRIVAINS
from pacte.socle.exports import repondre
from tests import fabriques as f

TEXTE = "Première ligne\n\n  retrait, deux  espaces\tet tabulation ; « guillemets » & <balise>"


def installer() -> SimpleNamespace:
    """Two contracts, two actions, one row at least of each sheet; the parties by their names."""
    for annee in (2025, 2026):
        Annee.objects.get_or_create(pk=annee)
    cls = f.creer_contrat(sigle="CLS", slug="cls-essai")
    premier, troisieme = f.creer_axe(numero=1), f.creer_axe(numero=3)
    volet = f.creer_volet(contrat=cls, axe=premier)
    s = SimpleNamespace(
        volet=volet,
        autre_volet=f.creer_volet(contrat=cls, axe=troisieme),
        cdie=f.creer_volet(contrat=f.creer_contrat(sigle="CDIE"), axe=f.creer_axe(numero=2)),
        action=f.creer_action("Accueillir", volet=volet, code="CLS-1-01", en_clair=TEXTE),
        autre=f.creer_action("=1+1", volet=volet, code="CLS-1-02", publication="brouillon"),
        etat=f.creer_partenaire("La préfecture d’essai", partie="etat", sigle="PREF"),
        departement=f.creer_partenaire("Le Département d’essai", partie="departement"),
        caisse=f.creer_partenaire("Caisse d’essai", sigle="CAISSE", autres_noms="Caf d’essai"),
    )
    s.objectif = Objectif.objects.create(volet=volet, numero=1, texte="Ouvrir un lieu")
    s.public = Public.objects.create(code="jeunes", nom="Jeunes d’essai")
    s.territoire = Territoire.objects.create(code="250", nom="Vallée d’essai", nature="epci")
    s.action.publics.add(s.public)
    s.action.territoires.add(s.territoire)
    s.contribution = f.creer_contribution(action=s.action, partenaire=s.caisse)
    s.ligne = Financement.objects.create(
        action=s.action, annee_id=2026, financeur=s.departement, prevu="1234.56", paye=0
    )
    s.ligne_etat = Financement.objects.create(
        action=s.action, annee_id=2026, financeur=s.etat, prevu=5000
    )
    s.indicateur = f.creer_indicateur(
        action=s.action, libelle="Personnes reçues", compte_personnes=True, responsable=s.caisse
    )
    Releve.objects.create(indicateur=s.indicateur, annee_id=2026, valeur=3, cible=40)
    s.jalon = Jalon.objects.create(action=s.action, libelle="Ouverture", prevu_le=date(2026, 9, 1))
    s.point = f.creer_point(s.action, date(2026, 3, 1), fait="Lieu trouvé.", obstacles="Un bail.")
    return s


def feuille(nom: str) -> Feuille:
    return next(feuille for feuille in FEUILLES if feuille.nom == nom)


def classeur(format_export: str) -> bytes:
    """Return everything, as an officer takes it out."""
    fichier = io.BytesIO()
    ECRIVAINS[format_export](tout_sortir(), fichier)
    return fichier.getvalue()


def fichier(nom: str, format_export: str) -> bytes:
    """Return one sheet, as an officer takes it out."""
    tableau = tableau_de(feuille(nom), feuille(nom).lignes(), selection="Tout")
    if format_export not in ECRIVAINS:
        return repondre(tableau, format_export).getvalue()
    fichier = io.BytesIO()
    ECRIVAINS[format_export]([tableau], fichier)
    return fichier.getvalue()


def rapporter(contenu: bytes | str, *, par, nom: str = "financements.csv") -> Repetition:
    """Return the rehearsal of a file."""
    octets = contenu.encode() if isinstance(contenu, str) else contenu
    return repeter(lire_fichier(nom, octets), par=par)
