"""One search over actions, partners, axes and contracts."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from actions.models import Action, Libelle, Public
from axes.models import Axe
from contrats.models import Contrat
from pacte.socle.correction import proposer_correction
from pacte.socle.recherche import Requete, analyser, equivalents_trouves, lire_saisie
from partenaires.models import Partenaire

PAR_GROUPE = 20
MODELES = {"actions": Action, "partenaires": Partenaire, "axes": Axe, "contrats": Contrat}


@dataclass
class Resultats:
    """What a search found, by kind, each kind in order of relevance and at most 20 long."""

    requete: Requete
    avertissements: list[str] = field(default_factory=list)
    actions: list = field(default_factory=list)
    nombre_d_actions: int = 0
    partenaires: list = field(default_factory=list)
    axes: list = field(default_factory=list)
    contrats: list = field(default_factory=list)
    equivalents: list[str] = field(default_factory=list)
    correction: str = ""
    publics: list = field(default_factory=list)

    @property
    def adresse_corrigee(self) -> str:
        return "?" + urlencode({"q": self.correction})

    @property
    def nombre(self) -> int:
        autres = len(self.partenaires) + len(self.axes) + len(self.contrats)
        return self.nombre_d_actions + autres


def chercher(texte: str) -> Resultats:
    """Search the visible content for `texte`, NUL bytes and excess characters aside.

    Eight queries at most, thirteen when nothing is found; none when nothing meaningful was typed.
    """
    resultats = Resultats(*lire_saisie(texte))
    requete = resultats.requete
    if not requete:
        return resultats
    trouves = _trouver(requete)
    resultats.nombre_d_actions = trouves["actions"].count()
    if resultats.nombre_d_actions:
        actions = trouves["actions"].par_pertinence(requete)
        resultats.actions = list(actions.for_ligne()[:PAR_GROUPE])
    for nom in ("partenaires", "axes", "contrats"):
        setattr(resultats, nom, list(trouves[nom][:PAR_GROUPE]))
    if resultats.nombre:
        resultats.equivalents = equivalents_trouves(requete, *trouves.values())
    else:
        resultats.correction = _corriger(requete)
        resultats.publics = list(Public.objects.avec_actions())
    return resultats


def _trouver(requete: Requete) -> dict:
    """Return kind → the visible rows that hold every word of `requete`."""
    return {nom: m.objects.visibles().rechercher(requete) for nom, m in MODELES.items()}


def _corriger(requete: Requete) -> str:
    """Return a correction of `requete` that finds something, or ""."""
    correction = proposer_correction(requete, _textes_publies())
    if not correction:
        return ""
    trouves = _trouver(analyser(correction)).values()
    return correction if any(queryset.exists() for queryset in trouves) else ""


def _textes_publies():
    """Yield every published wording and name, the vocabulary of corrections (one query)."""
    autres = [
        Partenaire.objects.visibles().order_by().values_list("nom", "autres_noms"),
        Axe.objects.visibles().order_by().values_list("titre", "libelle_officiel"),
        Contrat.objects.visibles().order_by().values_list("nom", "sigle"),
        Public.objects.order_by().values_list("nom", "nom"),
    ]
    lignes = Libelle.objects.publics().values_list("texte", "action__titre").union(*autres)
    for ligne in lignes:
        yield from ligne
