"""What a file calls a row of another table: a code, a name, an acronym; each table read once."""

from functools import cached_property
from itertools import count
from typing import Any

from django.db.models import Model

from actions.models import Action, Besoin, Indicateur, Public, Territoire
from actions.models.cloture import Clos, exercices_clos
from contrats.models import Annee, Objectif, Volet
from pacte.socle.texte import plier
from partenaires.models import Partenaire


class Reperes:
    """Finds rows by what people call them. Each `trouver_…` raises ValueError with a sentence."""

    @cached_property
    def exercices_clos(self) -> Clos:
        return exercices_clos()

    def trouver_action(self, cellule: Any) -> Action:
        code = _texte(cellule).upper()
        if code not in self._actions:
            raise ValueError(f"« {code[:40]} » n’est le code d’aucune action.")
        return self._actions[code]

    def trouver_partenaire(self, cellule: Any) -> Partenaire | None:
        nom = _texte(cellule)
        if not nom:
            return None
        trouves = self._partenaires.get(forme_pliee(nom), [])
        if not trouves:
            raise ValueError(f"« {nom[:60]} » n’est aucun partenaire enregistré.")
        exacts = [
            partenaire for partenaire in trouves if forme_pliee(partenaire.nom) == forme_pliee(nom)
        ]
        if len(exacts or trouves) > 1:
            noms = ", ".join(f"« {partenaire.nom} »" for partenaire in trouves)
            raise ValueError(f"« {nom[:60]} » peut être {noms} : écrire le nom entier.")
        return (exacts or trouves)[0]

    def trouver_annee(self, cellule: Any) -> Annee:
        texte = _texte(cellule)
        if texte not in self._annees:
            possibles = f"{min(self._annees)} à {max(self._annees)}" if self._annees else "aucune"
            raise ValueError(f"« {texte[:20]} » n’est pas une année du Pacte ({possibles}).")
        return self._annees[texte]

    def trouver_indicateur(self, action: Action, cellule: Any) -> Indicateur:
        libelle = _texte(cellule)
        if (cle_de_ligne(action), forme_pliee(libelle)) not in self._indicateurs:
            raise ValueError(
                f"L’action {action.code} n’a pas d’indicateur « {libelle[:60]} » : l’ajouter "
                "d’abord à la feuille des indicateurs."
            )
        return self._indicateurs[cle_de_ligne(action), forme_pliee(libelle)]

    def trouver_volet(self, contrat: Any, axe: Any) -> Volet:
        """Return the part of the contract on the axis, else say on which axes it has one."""
        sigle, numero = _texte(contrat), _texte(axe)
        if (forme_pliee(sigle), numero) in self._volets:
            return self._volets[forme_pliee(sigle), numero]
        axes = sorted(n for s, n in self._volets if s == forme_pliee(sigle))
        if not axes:
            raise ValueError(f"« {sigle[:40]} » n’est aucun contrat du Pacte.")
        raise ValueError(
            f"Le contrat {sigle} n’a pas de volet sur l’axe « {numero[:20]} » : il en a sur "
            f"{', '.join(axes)}."
        )

    def trouver_objectif(self, volet: Volet, cellule: Any) -> Objectif | None:
        texte = _texte(cellule)
        if not texte:
            return None
        if (volet.pk, forme_pliee(texte)) not in self._objectifs:
            raise ValueError(f"« {texte[:60]} » n’est aucun objectif du volet {volet}.")
        return self._objectifs[volet.pk, forme_pliee(texte)]

    def trouver_des(self, modele: type[Model], noms: list[str]) -> list[Any]:
        """Return the rows that `noms` name or code, in the order of the table."""
        connus = self._listes[modele]
        inconnus = [nom for nom in noms if forme_pliee(nom) not in connus]
        if inconnus:
            genre = str(modele._meta.verbose_name).capitalize()
            raise ValueError(f"{genre} inconnu : {', '.join(nom[:40] for nom in inconnus)}.")
        return list(
            {connus[forme_pliee(nom)].pk: connus[forme_pliee(nom)] for nom in noms}.values()
        )

    def trouver(self, modele: type[Model], cellule: Any, valeurs: dict[str, Any]) -> Any:
        """Return the row of `modele` that `cellule` names, given what the line already told."""
        if modele is Indicateur:
            return self.trouver_indicateur(valeurs["action"], cellule)
        trouver = {
            Action: self.trouver_action,
            Annee: self.trouver_annee,
            Partenaire: self.trouver_partenaire,
        }
        return trouver[modele](cellule)

    def accueillir(self, ligne: Any) -> None:
        """Make a new row, not saved yet, known to the sheets that follow."""
        if isinstance(ligne, Action):
            self._actions[ligne.code.upper()] = ligne
        if isinstance(ligne, Indicateur):
            self._indicateurs[cle_de_ligne(ligne.action), forme_pliee(ligne.libelle)] = ligne
        if isinstance(ligne, Partenaire):
            for nom in _noms(ligne):
                self._partenaires.setdefault(nom, []).append(ligne)

    def reserver_un_code(self, volet: Volet) -> str:
        """Return the first code of `volet` that neither the base nor the file uses."""
        rangs = (f"{volet.prefixe_des_codes}{rang:02}" for rang in count(1))
        return next(code for code in rangs if code.upper() not in self._actions)

    def reserver_une_adresse(self, base: str) -> str:
        """Return a name for the address of a new action that no other uses."""
        candidats = (f"{base}-{rang}" if rang > 1 else base for rang in count(1))
        adresse = next(candidat for candidat in candidats if candidat not in self._adresses)
        self._adresses.add(adresse)
        return adresse

    @cached_property
    def _adresses(self) -> set[str]:
        return {action.slug for action in self._actions.values()}

    @cached_property
    def _actions(self) -> dict[str, Action]:
        actions = Action.objects.select_related("volet__contrat", "volet__axe")
        return {action.code.upper(): action for action in actions}

    @cached_property
    def _partenaires(self) -> dict[str, list[Partenaire]]:
        connus: dict[str, list[Partenaire]] = {}
        for partenaire in Partenaire.objects.all():
            for nom in _noms(partenaire):
                connus.setdefault(nom, []).append(partenaire)
        return connus

    @cached_property
    def _annees(self) -> dict[str, Annee]:
        return {str(annee.pk): annee for annee in Annee.objects.all()}

    @cached_property
    def _indicateurs(self) -> dict[tuple[int, str], Indicateur]:
        return {(i.action_id, forme_pliee(i.libelle)): i for i in Indicateur.objects.all()}

    @cached_property
    def _volets(self) -> dict[tuple[str, str], Volet]:
        volets = Volet.objects.select_related("contrat", "axe")
        return {(forme_pliee(v.contrat.sigle), str(v.axe.numero)): v for v in volets}

    @cached_property
    def _objectifs(self) -> dict[tuple[int, str], Objectif]:
        return {(o.volet_id, forme_pliee(o.texte)): o for o in Objectif.objects.all()}

    @cached_property
    def _listes(self) -> dict[type[Any], dict[str, Any]]:
        return {
            modele: {
                forme_pliee(nom): ligne
                for ligne in modele._default_manager.all()
                for nom in (ligne.code, ligne.nom)
            }
            for modele in (Besoin, Public, Territoire)
        }


def _noms(partenaire: Partenaire) -> set[str]:
    return {forme_pliee(nom) for nom in (*partenaire.tous_ses_noms, partenaire.slug)}


def cle_de_ligne(ligne: Model) -> int:
    """Return what tells a row from another, one that is not saved yet included."""
    return ligne.pk or id(ligne)


def _texte(cellule: Any) -> str:
    if isinstance(cellule, float) and cellule.is_integer():
        cellule = int(cellule)
    return "" if cellule is None else str(cellule).strip()


def forme_pliee(texte: str) -> str:
    """Return a name or a heading as it is compared: folded, its blanks single."""
    return " ".join(plier(texte).split())
