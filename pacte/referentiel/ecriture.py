"""Bring the database to what the reference files say, and tell what changed."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ManyToManyField, Model
from django.utils import timezone

from actions.models import Action, Besoin, Libelle, Public, Source, Territoire
from axes.models import Axe
from contrats.models import Contrat, Objectif, Pacte, Volet
from pacte.referentiel.lecture import Anomalie, Entree, ReferentielInvalide, lire_referentiel
from pacte.socle.journal import FaitPublication, consigner
from pacte.socle.models import Synonyme
from pacte.socle.modifications import versions_de
from pacte.socle.publication import Publiable, Publication
from partenaires.models import Partenaire

Ligne = TypeVar("Ligne", bound=Model)
# Many-to-many field → the rows that it must hold; None leaves it alone.
Relations = Mapping[str, Collection[Model] | None]


@dataclass
class Bilan:
    """What a load changed, one sentence each; `conserves` lists what only the database knows."""

    crees: list[str] = field(default_factory=list)
    modifies: list[str] = field(default_factory=list)
    conserves: list[str] = field(default_factory=list)


class _Simulation(Exception):
    """Raised at the end of a trial to undo everything."""


def charger(dossier: Path, *, simuler: bool = False, forcer: bool = False) -> Bilan:
    """Load the reference files of `dossier` in one transaction and return what changed.

    Idempotent: rows are found by their code, only the keys that a file gives are written, and
    nothing is deleted. New rows are visible at once. A field that an officer changed, and a row
    that one deleted, stay as they are and are listed in `conserves`, unless `forcer`. With
    `simuler`, the database is left as it was. Raises ReferentielInvalide, having changed nothing,
    when a file is wrong.
    """
    chargement = _Chargement(lire_referentiel(dossier), forcer)
    try:
        with transaction.atomic():
            chargement.tout_ecrire()
            if simuler:
                raise _Simulation
    except _Simulation:
        pass
    return chargement.bilan


class _Chargement:
    def __init__(self, donnees: dict[str, list[Entree]], forcer: bool) -> None:
        self.donnees = donnees
        self.forcer = forcer
        self.bilan = Bilan()
        self.fichier = self.entree = ""

    def tout_ecrire(self) -> None:
        tables: tuple[tuple[str, type[Model], str], ...] = (
            ("sources.yaml", Source, "code"),
            ("besoins.yaml", Besoin, "code"),
            ("publics.yaml", Public, "code"),
            ("territoires.yaml", Territoire, "code"),
            ("synonymes.yaml", Synonyme, "terme"),
            ("axes.yaml", Axe, "numero"),
            ("partenaires.yaml", Partenaire, "slug"),
        )
        for fichier, modele, cle in tables:
            for entree in self._entrees(fichier, cle):
                self._ecrire(modele, {cle: entree.pop(cle)}, entree)
            self._dire_conserves(modele, cle, {e[cle] for e in self.donnees[fichier]})
        for entree in self._entrees("pacte.yaml", "nom"):
            if pacte := self._ecrire(Pacte, {"pk": 1}, entree):
                pacte.ouvrir_les_annees()
        for entree in self._entrees("contrats.yaml", "slug"):
            self._ecrire_contrat(entree)
        for entree in self._entrees("actions.yaml", "code"):
            self._ecrire_action(entree)
        self._dire_conserves(Contrat, "slug", {e["slug"] for e in self.donnees["contrats.yaml"]})
        self._dire_conserves(Action, "code", {e["code"] for e in self.donnees["actions.yaml"]})

    def _entrees(self, fichier: str, cle: str) -> Iterator[Entree]:
        for entree in self.donnees[fichier]:
            self.fichier, self.entree = fichier, f"« {entree[cle]} »"
            yield dict(entree)

    def _ecrire_contrat(self, entree: Entree) -> None:
        volets = entree.pop("volets")
        contrat = self._ecrire(Contrat, {"slug": entree.pop("slug")}, entree)
        for description in volets if contrat else []:
            axe = Axe.objects.get(numero=description["axe"])
            titre = {"titre": description["titre"]} if "titre" in description else {}
            volet = self._ecrire(Volet, {"contrat": contrat, "axe": axe}, titre)
            objectifs = description.get("objectifs") or [] if volet else []
            for numero, texte in enumerate(objectifs, start=1):
                self._ecrire(Objectif, {"volet": volet, "numero": numero}, {"texte": texte})

    def _ecrire_action(self, entree: Entree) -> None:
        code, libelles = entree.pop("code"), entree.pop("libelles")
        contrat, _, axe = entree.pop("volet").partition("/")
        volet = Volet.objects.filter(contrat__slug=contrat, axe__numero=axe).first()
        if volet is None:
            self.bilan.conserves.append(
                f"action « {code} » : son volet a été supprimé par un agent"
            )
            return
        relations = {
            "besoins": self._retrouver(Besoin, "code", entree.pop("besoins", None)),
            "publics": self._retrouver(Public, "code", entree.pop("publics", None)),
            "territoires": self._retrouver(Territoire, "code", entree.pop("territoires", None)),
        }
        if "objectif" in entree:
            entree["objectif"] = volet.objectifs.filter(numero=entree["objectif"]).first()
        if not Action.objects.filter(code=code).exists():
            officiel = next(libelle for libelle in libelles if libelle.get("officiel"))
            entree.setdefault("titre", officiel["texte"])
        action = self._ecrire(Action, {"code": code}, {**entree, "volet": volet}, relations)
        if action is None:
            return
        textes = [libelle["texte"] for libelle in libelles]
        for libelle in libelles:
            self._ecrire_libelle(action, dict(libelle), textes)

    def _ecrire_libelle(self, action: Action, libelle: Entree, textes: list[str]) -> None:
        source = Source.objects.get(code=libelle.pop("source"))
        cites = self._retrouver(Partenaire, "slug", libelle.pop("partenaires_cites", None))
        cles = {"source": source, "texte": libelle["texte"]}
        if not Libelle.objects.filter(**cles).exists():
            # A wording that the file no longer has, of the same source: its text was corrected.
            corrige = action.libelles.filter(source=source).exclude(texte__in=textes).first()
            cles = {"pk": corrige.pk} if corrige else cles
        valeurs = {**libelle, "source": source, "action": action}
        self._ecrire(Libelle, cles, valeurs, {"partenaires_cites": cites})

    @staticmethod
    def _retrouver(modele: type[Ligne], cle: str, codes: list[str] | None) -> list[Ligne] | None:
        if codes is None:
            return None
        return list(modele._default_manager.filter(**{f"{cle}__in": codes}))

    def _ecrire(
        self, modele: type[Ligne], cles: Entree, valeurs: Entree, relations: Relations | None = None
    ) -> Ligne | None:
        """Create or update the row known by `cles`; return it. None relations are left alone."""
        objet = modele._default_manager.filter(**cles).first()
        est_nouveau = objet is None
        if est_nouveau and not self.forcer and _supprime_par_un_agent(modele, cles):
            nom = " ".join(map(str, cles.values()))
            message = f"{modele._meta.verbose_name} « {nom} » : supprimé par un agent, non recréé"
            self.bilan.conserves.append(message)
            return None
        objet = objet or modele(**cles)
        ecarts = {} if est_nouveau else self._ecarts(objet, valeurs, relations or {})
        tenus = set() if self.forcer else _tenus_par_un_agent(objet, ecarts)
        for champ in sorted(tenus):
            nom = f"{objet._meta.verbose_name} « {objet} »"
            self.bilan.conserves.append(f"{nom} : {champ} modifié par un agent, gardé")
            del ecarts[champ]
        if est_nouveau or ecarts:
            for champ, valeur in valeurs.items():
                if champ not in tenus:
                    setattr(objet, champ, valeur)
            self._enregistrer(objet, est_nouveau)
            for champ, liste in (relations or {}).items():
                if liste is not None and champ not in tenus:
                    getattr(objet, champ).set(liste)
            self._dire(objet, est_nouveau, ecarts)
        return objet

    @staticmethod
    def _ecarts(objet: Model, valeurs: Entree, relations: Relations) -> dict[str, tuple[str, str]]:
        ecarts = {
            champ: (str(getattr(objet, champ)), str(valeur))
            for champ, valeur in valeurs.items()
            if getattr(objet, champ) != valeur
        }
        for champ, liste in relations.items():
            actuels = {str(autre) for autre in getattr(objet, champ).all()}
            if liste is not None and actuels != {str(autre) for autre in liste}:
                ecarts[champ] = (", ".join(sorted(actuels)), ", ".join(map(str, liste)))
        return ecarts

    def _enregistrer(self, objet: Model, est_nouveau: bool) -> None:
        rendue_visible = objet if est_nouveau and isinstance(objet, Publiable) else None
        if rendue_visible:
            rendue_visible.publication = Publication.VISIBLE
            rendue_visible.visible_depuis = timezone.now()
        try:
            objet.full_clean()
        except ValidationError as erreur:
            raison = " ".join(erreur.messages)
            anomalie = Anomalie(self.fichier, self.entree, raison)
            raise ReferentielInvalide([anomalie]) from erreur
        objet.save()
        if rendue_visible:
            # `origine` keeps it out of the public timeline: see `entrees_publiques`.
            consigner(objet, FaitPublication.RENDU_VISIBLE, origine="charger_referentiel")

    def _dire(self, objet: Model, est_nouveau: bool, ecarts: dict[str, tuple[str, str]]) -> None:
        nom = f"{objet._meta.verbose_name} « {objet} »"
        if est_nouveau:
            self.bilan.crees.append(nom)
        for champ, (avant, apres) in ecarts.items():
            self.bilan.modifies.append(f"{nom}, {champ} : « {avant} » devient « {apres} »")

    def _dire_conserves(self, modele: type[Model], cle: str, connus: set[Any]) -> None:
        for objet in modele._default_manager.exclude(**{f"{cle}__in": connus}):
            nom = f"{objet._meta.verbose_name} « {objet} »"
            self.bilan.conserves.append(f"{nom} : absent des fichiers")


def _tenus_par_un_agent(objet: Model, champs: Collection[str]) -> set[str]:
    """Return which of `champs` a person changed since the last command wrote `objet`."""
    if not champs:
        return set()
    versions = versions_de(objet)
    commande = versions.filter(history_user__isnull=True).first()
    if commande is None:
        return set(champs) if versions.exists() else set()
    return {champ for champ in champs if _valeur(commande, champ) != _valeur(objet, champ)}


def _valeur(ligne: Model, champ: str) -> Any:
    """Return a comparable value of `champ`, on a row as on one of its versions."""
    valeur = getattr(ligne, champ)
    if not hasattr(valeur, "all"):
        return getattr(valeur, "pk", valeur)
    modele = getattr(ligne, "instance_type", type(ligne))
    relation = cast(ManyToManyField, modele._meta.get_field(champ))
    inverse = relation.m2m_reverse_field_name()
    return {getattr(autre, f"{inverse}_id", autre.pk) for autre in valeur.all()}


def _supprime_par_un_agent(modele: type[Model], cles: Entree) -> bool:
    derniere = versions_de(modele).filter(**cles).first()
    est_suppression = derniere is not None and derniere.history_type == "-"
    return est_suppression and derniere.history_user_id is not None
