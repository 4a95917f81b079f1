"""The sheets of officers' workbooks: which rows, how a row is found again, whose right it is."""

from typing import Any, ClassVar, cast

from django.db.models import F, Field, Model, QuerySet
from django.utils.text import slugify

from actions.autorisations import dire_qui_saisit, peut_saisir_pour
from actions.champs import (
    ACTION,
    CONTRIBUTION,
    FICHE_INDICATEUR,
    FINANCEMENT,
    JALON,
    POINT_ETAPE,
    RELEVE,
)
from actions.models import Action, Financement, PointEtape, Releve
from pacte.echanges.reperes import Reperes, cle_de_ligne
from pacte.socle.champs import Champ, Declaration
from pacte.socle.models import Utilisateur
from partenaires.champs import PARTENAIRE
from partenaires.models import Partenaire

Valeurs = dict[str, Any]


class Feuille:
    """One sheet: the rows of one model, under the columns of its declaration."""

    nom: ClassVar[str]
    titre: ClassVar[str]
    declaration: ClassVar[Declaration]
    # The way from a row to its action, when it hangs on one.
    action: ClassVar[str] = "action"
    # What else is read with each row.
    avec: ClassVar[tuple[str, ...]] = ()
    # Attributes that a row keeps once it exists.
    fixes: ClassVar[frozenset[str]] = frozenset()

    @property
    def modele(self) -> type[Model]:
        return self.declaration.modele

    @property
    def champs_importes(self) -> list[Champ]:
        return [champ for champ in self.declaration.champs if champ.importe]

    def lignes(self) -> QuerySet[Any]:
        """Return every row, drafts included, as officers read it."""
        cadre = (f"{self.action}__volet__contrat", f"{self.action}__volet__axe")
        lignes = self.modele._default_manager.select_related(*cadre, *self.avec)
        return lignes.order_by(f"{self.action}__code", "pk")

    def existantes(self, lues: list[Valeurs], *, verrouiller: bool) -> dict[Any, Any]:
        """Return the rows that a file speaks of, by their key (one query)."""
        lignes = self.trouver(lues)
        lignes = lignes.select_for_update(of=("self",)) if verrouiller else lignes
        return {self.cle_de(ligne): ligne for ligne in lignes}

    def trouver(self, lues: list[Valeurs]) -> QuerySet[Any]:
        actions = {v["action"].pk for v in lues if v.get("action") and v["action"].pk}
        lignes = self.modele._default_manager.select_related(*self.avec)
        return lignes.filter(**{f"{self.action}__in": actions})

    def cle_de(self, ligne: Any) -> Any:
        """Return what tells an existing row from another."""
        champs = (self.modele._meta.get_field(champ.importe) for champ in self._cles)
        return tuple(getattr(ligne, cast(Field, champ).attname) for champ in champs)

    def cle_lue(self, valeurs: Valeurs) -> Any:
        """Return the same of a row of the file."""
        return tuple(_cle(valeurs.get(champ.importe)) for champ in self._cles)

    def creer(self, valeurs: Valeurs, reperes: Reperes) -> Any:
        """Return a new row, not saved."""
        propres = {champ.name for champ in self.modele._meta.concrete_fields}
        return self.modele(**{nom: v for nom, v in valeurs.items() if nom in propres})

    def nommer(self, ligne: Any, valeurs: Valeurs) -> str:
        """Return what a person recognises a row by: its action, then itself (no query)."""
        action = valeurs.get("action")
        return f"{action.code} – {ligne}" if action else str(ligne)

    def refuser(self, ligne: Any, par: Utilisateur, *, est_nouvelle: bool) -> str:
        """Return why `par` may not write `ligne`, "" when it may."""
        geste = "add" if est_nouvelle else "change"
        droit = f"{self.modele._meta.app_label}.{geste}_{self.modele._meta.model_name}"
        return "" if par.has_perm(droit) else "Votre compte ne permet pas d’écrire cette ligne."

    def suivre(self, lignes: list[Any], par: Utilisateur) -> None:
        """Do what follows from the saved rows."""

    @property
    def _cles(self) -> list[Champ]:
        propres = {champ.name for champ in self.modele._meta.fields}
        return [c for c in self.champs_importes if c.cle and c.importe in propres]


def _cle(valeur: Any) -> Any:
    return cle_de_ligne(valeur) if isinstance(valeur, Model) else valeur


class FeuilleDesActions(Feuille):
    nom, titre, declaration = "actions", "Actions", ACTION
    fixes = frozenset({"volet"})

    def lignes(self) -> QuerySet[Any]:
        lignes = Action.objects.select_related("volet__contrat", "volet__axe", "objectif")
        return (
            lignes.with_echeance()
            .order_by("code")
            .prefetch_related(
                "besoins",
                "publics",
                "territoires",
                "constats",
                "libelles__source",
                "libelles__partenaires_cites",
                "contributions__partenaire",
            )
        )

    def nommer(self, ligne: Action, valeurs: Valeurs) -> str:
        return f"{ligne.code} – {ligne}"

    def trouver(self, lues: list[Valeurs]) -> QuerySet[Any]:
        codes = [valeurs.get("code") for valeurs in lues]
        return Action.objects.filter(code__in=codes).select_related("volet")

    def creer(self, valeurs: Valeurs, reperes: Reperes) -> Any:
        action = super().creer(valeurs, reperes)
        if action.volet_id and not action.code:
            action.code = reperes.reserver_un_code(action.volet)
        action.slug = reperes.reserver_une_adresse(slugify(action.titre)[:90] or "action")
        return action


class FeuilleDesPartenaires(Feuille):
    nom, titre, declaration = "partenaires", "Partenaires", PARTENAIRE

    def lignes(self) -> QuerySet[Any]:
        return Partenaire.objects.all()

    def trouver(self, lues: list[Valeurs]) -> QuerySet[Any]:
        return Partenaire.objects.filter(slug__in=[valeurs.get("slug") for valeurs in lues])


class FeuilleDesContributions(Feuille):
    nom, titre, declaration = "contributions", "Contributions", CONTRIBUTION
    avec = ("partenaire",)


class FeuilleDesFinancements(Feuille):
    nom, titre, declaration = "financements", "Financements", FINANCEMENT
    avec = ("financeur",)

    def lignes(self) -> QuerySet[Any]:
        lignes: QuerySet[Any] = super().lignes().annotate(nom_montre=F("financeur__nom"))
        return lignes.order_by("action__code", "annee", "financeur__cle_tri", "nature")

    def refuser(self, ligne: Financement, par: Utilisateur, *, est_nouvelle: bool) -> str:
        if not peut_saisir_pour(par, ligne.financeur):
            return dire_qui_saisit(ligne.financeur)
        return super().refuser(ligne, par, est_nouvelle=est_nouvelle)


class FeuilleDesIndicateurs(Feuille):
    nom, titre, declaration = "indicateurs", "Indicateurs", FICHE_INDICATEUR
    avec = ("responsable",)


class FeuilleDesReleves(Feuille):
    nom, titre, declaration, action = "releves", "Relevés", RELEVE, "indicateur__action"
    avec = ("indicateur",)

    def lignes(self) -> QuerySet[Any]:
        return super().lignes().order_by("indicateur__action__code", "indicateur", "annee")

    def nommer(self, ligne: Releve, valeurs: Valeurs) -> str:
        return f"{super().nommer(ligne.indicateur, valeurs)}, {ligne.annee_id}"


class FeuilleNumerotee(Feuille):
    """Rows that nothing names: the portal numbers them."""

    # What tells a row without number: one that says the same is that one.
    empreinte: ClassVar[tuple[str, ...]]

    def existantes(self, lues: list[Valeurs], *, verrouiller: bool) -> dict[Any, Any]:
        par_numero = super().existantes(lues, verrouiller=verrouiller)
        return par_numero | {self._empreinte(ligne): ligne for ligne in par_numero.values()}

    def cle_de(self, ligne: Any) -> Any:
        return ligne.pk

    def cle_lue(self, valeurs: Valeurs) -> Any:
        if valeurs.get("pk"):
            return valeurs["pk"]
        action = valeurs.get("action")
        return (_cle(action), *(valeurs.get(nom) for nom in self.empreinte))

    def creer(self, valeurs: Valeurs, reperes: Reperes) -> Any:
        return super().creer({nom: v for nom, v in valeurs.items() if nom != "pk"}, reperes)

    def _empreinte(self, ligne: Any) -> Any:
        return (ligne.action_id, *(getattr(ligne, nom) for nom in self.empreinte))


class FeuilleDesJalons(FeuilleNumerotee):
    nom, titre, declaration = "jalons", "Jalons", JALON
    empreinte = ("libelle", "prevu_le")


class FeuilleDesPoints(FeuilleNumerotee):
    nom, titre, declaration = "points-d-etape", "Points d’étape", POINT_ETAPE
    empreinte = ("le", "statut", "fait")

    def refuser(self, ligne: PointEtape, par: Utilisateur, *, est_nouvelle: bool) -> str:
        if not est_nouvelle:
            return "Un point d’étape déjà publié se corrige sur son écran, pas par un fichier."
        return super().refuser(ligne, par, est_nouvelle=est_nouvelle)

    def suivre(self, lignes: list[PointEtape], par: Utilisateur) -> None:
        for action in {point.action for point in lignes}:
            action.reprendre_statut(par=par)


# In the order of their dependencies: a file that adds an action may add its money too.
FEUILLES: list[Feuille] = [
    FeuilleDesPartenaires(),
    FeuilleDesActions(),
    FeuilleDesContributions(),
    FeuilleDesFinancements(),
    FeuilleDesIndicateurs(),
    FeuilleDesReleves(),
    FeuilleDesJalons(),
    FeuilleDesPoints(),
]
DU_MODELE: dict[type[Model], Feuille] = {feuille.modele: feuille for feuille in FEUILLES}
