"""What one looks for in « Ce qui manque »: the address read, and the table to download."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from actions.models import Action
from actions.models.contribution import ROLES_DE_PILOTAGE
from axes.models import Axe
from contrats.models import Annee, Contrat
from pacte.socle.double_accord import Partie
from pacte.socle.tableaux import Colonne, Tableau
from pacte.suivi.manques import GENRES, Inventaire, Manque

# Parameter → the name of its list.
PARAMETRES = {
    "tour": "À qui",
    "genre": "Quoi",
    "annee": "Année",
    "contrat": "Contrat",
    "axe": "Axe",
    "pilote": "Pilote",
}


@dataclass
class Selection:
    """The choices of an address, those that it does not know left out; and what they keep."""

    choix: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    manques: list[Manque] = field(default_factory=list)

    @classmethod
    def lire(cls, parametres: QueryDict) -> "Selection":
        """Return what `parametres` asks for (four queries, and those of `Inventaire`)."""
        selection = cls()
        visibles = Action.objects.visibles()
        selection.options = {
            "contrat": list(Contrat.objects.visibles().values_list("slug", "sigle")),
            "axe": [(str(n), nom) for n, nom in _axes()],
            "annee": [(str(pk), str(pk)) for pk in Annee.objects.values_list("pk", flat=True)],
            "genre": [(code, nom) for code, (nom, _ancre) in GENRES.items()],
            "pilote": _pilotes(),
        }
        selection._choisir(parametres, ("contrat", "axe", "pilote", "annee", "genre"))
        tout = Inventaire(visibles.filter(**selection._filtres()).distinct()).manques
        partenaires = {m.tour: m.nom_du_tour for m in tout if m.tour not in Partie.values}
        tours = [*Partie.choices, *sorted(partenaires.items(), key=lambda p: p[1])]
        selection.options["tour"] = tours
        selection._choisir(parametres, ("tour",))
        selection.manques = [manque for manque in tout if selection._garde(manque)]
        return selection

    def _choisir(self, parametres: QueryDict, noms: tuple[str, ...]) -> None:
        for nom in noms:
            valeur = parametres.get(nom, "")
            if valeur in dict(self.options[nom]):
                self.choix[nom] = valeur

    def _filtres(self) -> dict[str, Any]:
        """The part of the choices that narrows the actions themselves."""
        filtres: dict[str, Any] = {}
        if "contrat" in self.choix:
            filtres["volet__contrat__slug"] = self.choix["contrat"]
        if "axe" in self.choix:
            filtres["volet__axe__numero"] = self.choix["axe"]
        if "pilote" in self.choix:
            filtres["contributions__partenaire__slug"] = self.choix["pilote"]
            filtres["contributions__role__in"] = ROLES_DE_PILOTAGE
        return filtres

    def _garde(self, manque: Manque) -> bool:
        """Keep what is of the chosen turn, kind and year; an action's own lack has no year."""
        valeurs = {"tour": manque.tour, "genre": manque.genre, "annee": str(manque.annee)}
        return all(self.choix.get(nom, valeur) == valeur for nom, valeur in valeurs.items())

    @property
    def champs(self) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
        """The lists of the page: name, title, chosen value, options."""
        return [
            (nom, titre, self.choix.get(nom, ""), self.options[nom])
            for nom, titre in PARAMETRES.items()
        ]

    @property
    def adresse(self) -> str:
        return urlencode(self.choix)

    @property
    def phrase(self) -> str:
        """The choices in one line, for whatever leaves the site."""
        return " ; ".join(dict(self.options[n])[v] for n, v in self.choix.items()) or "Tout"

    @property
    def par_action(self) -> list[tuple[Action, list[Manque]]]:
        """The actions that lack something, by code, each with what it lacks."""
        groupes: dict[int, list[Manque]] = {}
        for manque in self.manques:
            groupes.setdefault(manque.action.pk, []).append(manque)
        par_code = sorted(groupes.values(), key=lambda groupe: groupe[0].action.code)
        return [(groupe[0].action, groupe) for groupe in par_code]

    def en_tableau(self, avertissement: str) -> Tableau:
        """Return one row for each thing missing."""
        colonnes = (
            Colonne("Code", "code", lambda m: m.action.code),
            Colonne("Action", "action", lambda m: m.action.titre),
            Colonne("Contrat", "contrat", lambda m: m.action.volet.contrat.sigle),
            Colonne("Axe", "axe", lambda m: m.action.volet.axe.numero),
            Colonne("Année", "annee", lambda m: m.annee),
            Colonne("Ce qui manque", "manque", lambda m: GENRES[m.genre][0]),
            Colonne("Précision", "precision", lambda m: m.precision or None),
            Colonne("À qui", "tour", lambda m: m.nom_du_tour),
            Colonne("Avant le", "avant_le", lambda m: m.avant_le),
        )
        return Tableau(
            "ce-qui-manque", colonnes, self.manques, self.phrase, avertissement, "Ce qui manque"
        )


def _axes() -> list[tuple[int, str]]:
    axes = Axe.objects.visibles().values_list("numero", "etiquette")
    return [(numero, f"Axe {numero} – {etiquette}") for numero, etiquette in axes]


def _pilotes() -> list[tuple[str, str]]:
    pilotages = Action.partenaires.through.objects.filter(role__in=ROLES_DE_PILOTAGE)
    paires = pilotages.order_by("partenaire__cle_tri").values_list(
        "partenaire__slug", "partenaire__nom"
    )
    return list(dict.fromkeys(paires))
