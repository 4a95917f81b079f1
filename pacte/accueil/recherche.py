"""One search over actions, partners, axes, contracts and the findings of the diagnosis."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

from actions.lignes import dresser_les_lignes
from actions.models import Action, Constat, Libelle, Public
from actions.models.action import ActionQuerySet
from actions.models.constat import ConstatQuerySet
from actions.trouvees import chercher_les_actions
from axes.models import Axe, AxeQuerySet
from contrats.models import Contrat
from contrats.models.contrat import ContratQuerySet
from pacte.socle.correction import Vocabulaire, proposer_correction
from pacte.socle.recherche import Requete, analyser, equivalents_trouves, lire_saisie
from pacte.socle.retenues import pour_cette_edition
from partenaires.models import Partenaire
from partenaires.models.partenaire import PartenaireQuerySet

PAR_GROUPE = 20


@dataclass
class Resultats:
    """What a search found, by kind, each kind in order of relevance and at most 20 long.

    `actions` are the keys of all those that it found.
    """

    requete: Requete
    avertissements: list[str] = field(default_factory=list)
    actions: Sequence[int] = ()
    partenaires: list[Partenaire] = field(default_factory=list)
    axes: list[Axe] = field(default_factory=list)
    contrats: list[Contrat] = field(default_factory=list)
    constats: list[Constat] = field(default_factory=list)
    equivalents: list[str] = field(default_factory=list)
    correction: str = ""
    # Alone, words of a query that finds nothing.
    mots: list[str] = field(default_factory=list)
    publics: list[Public] = field(default_factory=list)

    @property
    def adresse_corrigee(self) -> str:
        return "?" + urlencode({"q": self.correction})

    @property
    def mots_seuls(self) -> list[tuple[str, str]]:
        """Each of `mots` with the address where it is looked for alone."""
        return [(mot, "?" + urlencode({"q": mot})) for mot in self.mots]

    @property
    def nombre(self) -> int:
        cadre = len(self.axes) + len(self.contrats) + len(self.constats)
        return len(self.actions) + len(self.partenaires) + cadre

    @property
    def lignes(self) -> list[str]:
        """The rows of the first actions (four queries, or none)."""
        return dresser_les_lignes(self.actions[:PAR_GROUPE], requete=self.requete)


class Trouves(NamedTuple):
    """The visible rows that hold every word of a query, by kind; nothing is read yet."""

    actions: ActionQuerySet
    partenaires: PartenaireQuerySet
    axes: AxeQuerySet
    contrats: ContratQuerySet
    constats: ConstatQuerySet


def chercher(texte: str) -> Resultats:
    """Search the visible content for `texte`, NUL bytes and excess characters aside.

    Eleven queries at most, fourteen when nothing is found; none when nothing meaningful was typed.
    """
    resultats = Resultats(*lire_saisie(texte))
    requete = resultats.requete
    if not requete:
        return resultats
    trouves = _trouver(requete)
    resultats.actions = chercher_les_actions(requete)
    resultats.partenaires = list(trouves.partenaires[:PAR_GROUPE])
    resultats.axes = list(trouves.axes[:PAR_GROUPE])
    resultats.contrats = list(trouves.contrats[:PAR_GROUPE])
    resultats.constats = list(trouves.constats[:PAR_GROUPE])
    if resultats.nombre:
        resultats.equivalents = pour_cette_edition(
            ("équivalents", requete.texte), lambda: equivalents_trouves(requete, *trouves)
        )
    else:
        resultats.correction, resultats.mots = pour_cette_edition(
            ("correction", requete.texte), lambda: _chercher_autrement(requete)
        )
        resultats.publics = list(Public.objects.avec_actions())
    return resultats


def _trouver(requete: Requete) -> Trouves:
    return Trouves(
        actions=Action.objects.visibles().rechercher(requete),
        partenaires=Partenaire.objects.visibles().rechercher(requete),
        axes=Axe.objects.visibles().rechercher(requete),
        contrats=Contrat.objects.visibles().rechercher(requete),
        constats=Constat.objects.visibles().rechercher(requete),
    )


def _chercher_autrement(requete: Requete) -> tuple[str, list[str]]:
    """Return a correction of `requete` that finds something, or "", and its words that are known
    when it has several."""
    vocabulaire = pour_cette_edition("mots publiés", lambda: Vocabulaire(_textes_publies()))
    mots = vocabulaire.mots_connus(requete)
    correction = proposer_correction(requete, vocabulaire)
    if not correction:
        return "", mots
    trouves = _trouver(analyser(correction))
    return correction if any(queryset.exists() for queryset in trouves) else "", mots


def _textes_publies() -> Iterator[str]:
    """Yield every published wording and name, the vocabulary of corrections (one query)."""
    autres = [
        Partenaire.objects.visibles().order_by().values_list("nom", "autres_noms"),
        Axe.objects.visibles().order_by().values_list("titre", "libelle_officiel"),
        Contrat.objects.visibles().order_by().values_list("nom", "sigle"),
        Public.objects.order_by().values_list("nom", "nom"),
        Constat.objects.visibles().order_by().values_list("enonce", "source"),
    ]
    lignes = Libelle.objects.vocabulaire().values_list("texte", "action__titre").union(*autres)
    for ligne in lignes:
        yield from ligne
