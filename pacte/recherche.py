"""One search over actions, partners, axes and contracts."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from actions.models import Action, Libelle
from axes.models import Axe
from contrats.models import Contrat
from pacte.socle.recherche import Requete, lire_saisie, proposer_correction
from partenaires.models import Partenaire

PAR_GROUPE = 20


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
    correction: str = ""

    @property
    def adresse_corrigee(self) -> str:
        return "?" + urlencode({"q": self.correction})

    @property
    def nombre(self) -> int:
        autres = len(self.partenaires) + len(self.axes) + len(self.contrats)
        return self.nombre_d_actions + autres


def chercher(texte: str) -> Resultats:
    """Search the visible content for `texte`, NUL bytes and excess characters aside.

    At most seven queries; none when nothing meaningful was typed.
    """
    resultats = Resultats(*lire_saisie(texte))
    if not resultats.requete:
        return resultats
    requete = resultats.requete
    actions = Action.objects.visibles().rechercher(requete)
    resultats.nombre_d_actions = actions.count()
    if resultats.nombre_d_actions:
        resultats.actions = actions.par_pertinence(requete)[:PAR_GROUPE].lister(requete)
    for nom, modele in (("partenaires", Partenaire), ("axes", Axe), ("contrats", Contrat)):
        trouves = modele.objects.visibles().rechercher(requete)[:PAR_GROUPE]
        setattr(resultats, nom, list(trouves))
    if not resultats.nombre:
        resultats.correction = proposer_correction(requete.texte, textes_publies())
    return resultats


def textes_publies():
    """Yield every published wording and name, the vocabulary of corrections (one query)."""
    autres = [
        Partenaire.objects.visibles().order_by().values_list("nom", "autres_noms"),
        Axe.objects.visibles().order_by().values_list("titre", "libelle_officiel"),
        Contrat.objects.visibles().order_by().values_list("nom", "sigle"),
    ]
    lignes = Libelle.objects.publics().values_list("texte", "action__titre").union(*autres)
    for ligne in lignes:
        yield from ligne
