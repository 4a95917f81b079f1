"""The rehearsal of an import: what each line would add or change, or why it is refused.

Nothing is written. What passes is kept as objects, ready to be saved in one transaction.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, ManyToManyField, Q

from actions.models import Besoin, Public, Territoire
from actions.models.cloture import LigneAnnuelle
from pacte.echanges.cellules import lire_cellule, lire_un_texte, lire_une_liste
from pacte.echanges.feuilles import FEUILLES, Feuille, Valeurs
from pacte.echanges.lecture import FeuilleLue, FichierIllisible, LigneLue
from pacte.echanges.reperes import Reperes, forme_pliee
from pacte.socle.champs import Champ
from pacte.socle.classeurs import COUPE
from pacte.socle.models import Utilisateur
from pacte.socle.tableaux import ENTETES_COMMUNES
from pacte.socle.texte import plier
from pacte.socle.typographie import dire

LISTES = {Besoin: "besoins", Public: "publics", Territoire: "territoires"}
# Columns of every export, which say nothing of the row.
CELLULES_DITES = 4
IGNOREES = {*ENTETES_COMMUNES, "Adresse", "adresse"}


class Sorte(models.TextChoices):
    AJOUTEE = "ajoutee", "ajoutée"
    CHANGEE = "changee", "changée"
    INCHANGEE = "inchangee", "inchangée"
    REFUSEE = "refusee", "refusée"


@dataclass
class LigneRepetee:
    """What would become of one line: its changes (heading, before, after), or its faults."""

    feuille: str
    numero: int
    sorte: Sorte
    objet: Any = None
    nom: str = ""
    changements: list[tuple[str, str, str]] = field(default_factory=list)
    # Heading of the column, "" for the whole line, and the sentence.
    fautes: list[tuple[str, str]] = field(default_factory=list)
    listes: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class Repetition:
    """Every line of a file, in the order of its sheets."""

    lignes: list[LigneRepetee] = field(default_factory=list)

    @property
    def comptes(self) -> Counter[Sorte]:
        return Counter(ligne.sorte for ligne in self.lignes)

    @property
    def est_acceptee(self) -> bool:
        """Tell whether every line passes and one at least changes something."""
        comptes = self.comptes
        a_ecrire = comptes[Sorte.AJOUTEE] + comptes[Sorte.CHANGEE]
        return not comptes[Sorte.REFUSEE] and a_ecrire > 0

    def de(self, sorte: Sorte) -> list[LigneRepetee]:
        return [ligne for ligne in self.lignes if ligne.sorte == sorte]


def repeter(lues: list[FeuilleLue], *, par: Utilisateur, verrouiller: bool = False) -> Repetition:
    """Return what bringing in `lues` would do, with the rights of `par`.

    With `verrouiller`, inside a transaction, the rows that it speaks of are locked until its end.

    Raises FichierIllisible when no sheet, or a column that matters, is recognised. A few queries
    a sheet, and those that validate each line to write.
    """
    repetition, reperes = Repetition(), Reperes()
    trouvees = [(_reconnaitre(lue), lue) for lue in lues]
    for feuille in FEUILLES:
        for reconnue, lue in trouvees:
            if reconnue is feuille:
                repetition.lignes += _Lecteur(feuille, lue, reperes, par, verrouiller).lire()
    inconnues = [lue.titre for reconnue, lue in trouvees if reconnue is None]
    if inconnues:
        noms = ", ".join(f"« {feuille.titre} »" for feuille in FEUILLES)
        raison = f"Feuille inconnue : « {inconnues[0]} ». Celles qui se lisent : {noms}."
        raise FichierIllisible(raison)
    if not trouvees:
        raise FichierIllisible("Ce fichier ne contient aucune ligne.")
    return repetition


def _reconnaitre(lue: FeuilleLue) -> Feuille | None:
    """Return the sheet that its title names, else the only one that knows all its columns."""
    for feuille in FEUILLES:
        if plier(lue.titre).startswith((plier(feuille.titre), plier(feuille.nom))):
            return feuille
    possibles = [feuille for feuille in FEUILLES if _convient(feuille, lue.entetes)]
    return possibles[0] if len(possibles) == 1 else None


def _convient(feuille: Feuille, entetes: list[str]) -> bool:
    connues = _colonnes_connues(feuille)
    cles = {c.nom for c in feuille.champs_importes if c.cle and not c.interne}
    lues = [connues.get(forme_pliee(entete)) for entete in entetes if entete not in IGNOREES]
    return None not in lues and cles <= {champ.nom for champ in lues if champ}


def _colonnes_connues(feuille: Feuille) -> dict[str, Champ]:
    """Return the fields of a sheet by their heading and their key, folded."""
    connues: dict[str, Champ] = {}
    for champ in feuille.declaration.champs:
        if champ.exporte or champ.importe:
            for nom in (champ.nom, feuille.declaration.entete(champ)):
                connues.setdefault(forme_pliee(nom), champ)
    return connues


class _Lecteur:
    """Reads one sheet of the file as one sheet of ours."""

    def __init__(
        self,
        feuille: Feuille,
        lue: FeuilleLue,
        reperes: Reperes,
        par: Utilisateur,
        verrouiller: bool,
    ) -> None:
        self.feuille, self.lue, self.reperes, self.par = feuille, lue, reperes, par
        self.verrouiller = verrouiller
        self.colonnes = self._associer()
        self.vues: dict[Any, int] = {}

    def lire(self) -> list[LigneRepetee]:
        lues = [(ligne, *self._lire_la_ligne(ligne)) for ligne in self.lue.lignes]
        self.existantes = self.feuille.existantes(
            [valeurs for _, valeurs, _ in lues], verrouiller=self.verrouiller
        )
        return [self._repeter(ligne, valeurs, fautes) for ligne, valeurs, fautes in lues]

    def _associer(self) -> list[tuple[str, Champ]]:
        """Return each heading of the file with the field that it writes, keys first."""
        connus = _colonnes_connues(self.feuille)
        inconnues = [
            e for e in self.lue.entetes if forme_pliee(e) not in connus and e not in IGNOREES
        ]
        if inconnues:
            raise FichierIllisible(self._dire_l_inconnue(inconnues[0]))
        associes = {e: connus[forme_pliee(e)] for e in self.lue.entetes if forme_pliee(e) in connus}
        self._verifier_les_cles(associes)
        importes = [(entete, champ) for entete, champ in associes.items() if champ.importe]
        return sorted(importes, key=lambda paire: not paire[1].cle)

    def _dire_l_inconnue(self, entete: str) -> str:
        noms = [self.feuille.declaration.entete(c) for c in self.feuille.champs_importes]
        proches = get_close_matches(entete, noms, n=1, cutoff=0.5)
        essai = f" Est-ce « {proches[0]} » ?" if proches else ""
        return (
            f"Feuille « {self.feuille.titre} » : la colonne « {entete[:60]} » est inconnue.{essai}"
        )

    def _verifier_les_cles(self, associes: dict[str, Champ]) -> None:
        presents = {champ.nom for champ in associes.values()}
        doubles = [n for n, fois in Counter(c.nom for c in associes.values()).items() if fois > 1]
        manquantes = [
            self.feuille.declaration.entete(champ)
            for champ in self.feuille.champs_importes
            if champ.cle and champ.nom not in presents and not champ.interne
        ]
        if manquantes or doubles:
            quoi = f"il manque « {manquantes[0]} »" if manquantes else f"deux fois « {doubles[0]} »"
            raise FichierIllisible(
                f"Feuille « {self.feuille.titre} » : {quoi} parmi les colonnes. Une ligne se "
                "reconnaît à ces colonnes."
            )

    def _lire_la_ligne(self, ligne: LigneLue) -> tuple[Valeurs, list[tuple[str, str]]]:
        valeurs: Valeurs = {}
        fautes = []
        for entete, champ in self.colonnes:
            try:
                valeurs[champ.importe] = self._lire(champ, ligne.cellules.get(entete), valeurs)
            except ValueError as erreur:
                fautes.append((entete, str(erreur)))
            except KeyError:
                # What it depends on was refused: said once.
                continue
        return valeurs, fautes

    def _lire(self, champ: Champ, cellule: Any, valeurs: Valeurs) -> Any:
        attribut = champ.importe
        if attribut in ("contrat", "axe", "objectif"):
            return cellule
        if attribut == "action":
            return self.reperes.trouver_action(cellule)
        if attribut == "pk":
            return lire_cellule(models.IntegerField(), cellule)
        du_modele: Any = self.feuille.modele._meta.get_field(attribut)
        if isinstance(du_modele, ManyToManyField):
            modele: Any = du_modele.related_model
            return self.reperes.trouver_des(modele, lire_une_liste(cellule))
        if du_modele.is_relation:
            ligne = self.reperes.trouver(du_modele.related_model, cellule, valeurs)
            if ligne is None and champ.cle:
                raise ValueError("À remplir : la ligne se reconnaît à cette colonne.")
            return ligne
        return lire_cellule(du_modele, cellule)

    def _repeter(
        self, ligne: LigneLue, valeurs: Valeurs, fautes: list[tuple[str, str]]
    ) -> LigneRepetee:
        repetee = LigneRepetee(
            self.feuille.titre, ligne.numero, Sorte.REFUSEE, nom=_debut(ligne), fautes=fautes
        )
        if fautes:
            return repetee
        try:
            self._placer(valeurs)
            self._decider(repetee, valeurs)
        except ValidationError as erreur:
            repetee.sorte = Sorte.REFUSEE
            repetee.fautes = list(self._situer(erreur))
        return repetee

    def _placer(self, valeurs: Valeurs) -> None:
        """Turn the contract, the axis and the objective of an action into rows."""
        if not {"contrat", "axe"} <= valeurs.keys():
            for nom in ("contrat", "axe", "objectif"):
                valeurs.pop(nom, None)
            return
        attribut = "axe"
        try:
            volet = self.reperes.trouver_volet(valeurs.pop("contrat"), valeurs.pop("axe"))
            valeurs["volet"] = volet
            if "objectif" in valeurs:
                attribut = "objectif"
                valeurs["objectif"] = self.reperes.trouver_objectif(volet, valeurs["objectif"])
        except ValueError as erreur:
            raise ValidationError({attribut: str(erreur)}) from erreur

    def _decider(self, repetee: LigneRepetee, valeurs: Valeurs) -> None:
        cle = self.feuille.cle_lue(valeurs)
        objet = self.existantes.get(cle)
        # A row may be recognised twice: by its number, and by what it says.
        cles = [cle] if objet is None else [cle, ("numéro", objet.pk)]
        if vues := [self.vues[cle] for cle in cles if cle in self.vues]:
            raise ValidationError(f"Même ligne que la ligne {vues[0]} : n’en garder qu’une.")
        repetee.listes = {nom: valeurs.pop(nom) for nom in LISTES.values() if nom in valeurs}
        if objet is None:
            self._ajouter(repetee, valeurs)
        else:
            self._comparer(repetee, objet, valeurs)
        if cle and cle != ("",):
            self.vues.update(dict.fromkeys(cles, repetee.numero))
        repetee.nom = self.feuille.nommer(repetee.objet, valeurs)

    def _ajouter(self, repetee: LigneRepetee, valeurs: Valeurs) -> None:
        if valeurs.get("pk"):
            raise ValidationError(f"Le numéro {valeurs['pk']} n’existe pas : le laisser vide.")
        objet = repetee.objet = self.feuille.creer(valeurs, self.reperes)
        self._autoriser(objet, est_nouvelle=True)
        self._valider(objet)
        self.reperes.accueillir(objet)
        repetee.sorte = Sorte.AJOUTEE
        repetee.changements = [
            (self._entete(nom), "", self._dire(nom, valeur))
            for nom, valeur in {**valeurs, **repetee.listes}.items()
            if valeur not in (None, "", [], False)
        ]

    def _comparer(self, repetee: LigneRepetee, objet: Any, valeurs: Valeurs) -> None:
        # A copy: a refused line leaves the row as the next ones must read it.
        objet = copy(objet)
        repetee.objet, repetee.sorte = objet, Sorte.INCHANGEE
        changes: set[str] = set()
        for nom, valeur in valeurs.items():
            if nom in ("pk", "action"):
                self._exiger_la_meme_action(objet, nom, valeur)
                continue
            if _memes(*_sans_lire(objet, nom, valeur)):
                continue
            avant = getattr(objet, nom)
            if nom in self.feuille.fixes:
                raise ValidationError({nom: f"{avant} : cela ne change pas par un fichier."})
            dits = (self._dire(nom, avant), self._dire(nom, valeur))
            repetee.changements.append((self._entete(nom), *dits))
            setattr(objet, nom, valeur)
            changes.add(nom)
        for nom, lignes in repetee.listes.items():
            avant = list(getattr(objet, nom).all())
            if {ligne.pk for ligne in avant} != {ligne.pk for ligne in lignes}:
                repetee.changements.append((self._entete(nom), dire(avant), dire(lignes)))
        if repetee.changements:
            self._autoriser(objet, est_nouvelle=False)
            self._valider(objet, changes)
            repetee.sorte = Sorte.CHANGEE

    def _exiger_la_meme_action(self, objet: Any, nom: str, valeur: Any) -> None:
        if nom == "action" and getattr(objet, "action_id", valeur.pk) != valeur.pk:
            raise ValidationError(
                {"action": f"Cette ligne est celle de l’action {objet.action.code}."}
            )

    def _autoriser(self, objet: Any, *, est_nouvelle: bool) -> None:
        if refus := self.feuille.refuser(objet, self.par, est_nouvelle=est_nouvelle):
            raise ValidationError(refus)

    def _valider(self, objet: Any, changes: set[str] | None = None) -> None:
        """Validate what `changes` names, or all of a new row: a query for each rule concerned."""
        champs = {champ.name: champ for champ in objet._meta.fields}
        relations = {nom for nom, champ in champs.items() if champ.is_relation}
        for nom in relations:
            est_vide = getattr(objet, champs[nom].attname) is None
            if est_vide and not champs[nom].null and nom not in objet._state.fields_cache:
                raise ValidationError({nom: "À remplir."})
        # Relations were found in their tables: not asked again for each line.
        laisses = relations if changes is None else champs.keys() - changes
        if isinstance(objet, LigneAnnuelle):
            objet.clos = self.reperes.exercices_clos
        objet.clean_fields(exclude=relations)
        objet.clean()
        objet.validate_unique(exclude=laisses)
        for contrainte in objet._meta.constraints:
            if isinstance(contrainte, CheckConstraint) and _touche(contrainte, changes):
                contrainte.validate(type(objet), objet)  # type: ignore[attr-defined]  # not in stubs

    def _situer(self, erreur: ValidationError) -> Iterator[tuple[str, str]]:
        """Yield each sentence of `erreur` with the heading that it is about, "" for the line."""
        if not hasattr(erreur, "error_dict"):
            yield from (("", message) for message in erreur.messages)
            return
        for nom, messages in erreur.message_dict.items():
            entete = "" if nom == "__all__" else self._entete(nom)
            yield from ((entete, message) for message in messages)

    def _dire(self, attribut: str, valeur: Any) -> str:
        """Return a value in the words that the file uses."""
        if attribut == "action":
            return str(valeur.code)
        for champ in self.feuille.modele._meta.fields:
            if champ.name == attribut and champ.choices:
                return str(dict(champ.flatchoices).get(valeur) or dire(""))
        return dire(valeur)

    def _entete(self, attribut: str) -> str:
        for champ in self.feuille.champs_importes:
            if champ.importe == attribut:
                return self.feuille.declaration.entete(champ)
        return {"volet": "Contrat et axe", "slug": "Titre"}.get(attribut, attribut)


def _touche(contrainte: CheckConstraint, changes: set[str] | None) -> bool:
    """Tell whether one of the fields of a rule is among `changes`, None being all of them."""
    condition = cast(Q, contrainte.condition)
    return changes is None or bool(changes & set(condition.referenced_base_fields))


def _sans_lire(objet: Any, nom: str, valeur: Any) -> tuple[Any, Any]:
    """Return what the row holds and what the file says; rows of other tables by their keys."""
    if isinstance(valeur, models.Model) and valeur.pk:
        return getattr(objet, f"{nom}_id"), valeur.pk
    return getattr(objet, nom), valeur


def _memes(avant: Any, apres: Any) -> bool:
    """Tell whether a cell says what the row already holds: spaces and line ends aside."""
    if isinstance(avant, str) and isinstance(apres, str):
        if apres.endswith(COUPE):
            # A cell could not hold it all: what it holds is the beginning.
            return lire_un_texte(avant).startswith(apres.removesuffix(COUPE))
        return lire_un_texte(avant) == apres
    return bool(avant == apres)


def compter(lignes: Iterable[LigneRepetee]) -> dict[str, int]:
    """Return how many lines each fate has, by its code."""
    return {
        str(sorte): nombre for sorte, nombre in Counter(ligne.sorte for ligne in lignes).items()
    }


def _debut(ligne: LigneLue) -> str:
    """Return the first cells of a line, by which whoever wrote it knows it."""
    ecrites = (lire_un_texte(cellule) for cellule in ligne.cellules.values())
    return ", ".join(islice(filter(None, ecrites), CELLULES_DITES))
