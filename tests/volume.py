"""Fill a base to any size: `PACTE_MODE=local … python -m tests.volume 5000`, on either database.

The same rows at each run, for what must be measured: actions with what surrounds them, in the words
of the roadmap and others of the same sound, a few of them everywhere and most of them rare (Zipf).
Search keys are those that the code writes. Nothing of it is true: only for a base to throw away.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import accumulate, product
from random import Random
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pacte.settings")
    django.setup()

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, models, transaction
from django.utils import timezone

from actions.models import (
    Action,
    Contribution,
    Financement,
    Indicateur,
    Jalon,
    Libelle,
    PointEtape,
    Public,
    Releve,
    Source,
    StatutAction,
    Territoire,
)
from actions.models.statut import STATUTS_MOTIVES
from contrats.models import Annee, Volet
from pacte.management.commands.charger_referentiel import DOSSIER
from pacte.socle.journal import FaitPublication
from pacte.socle.models import EntreeJournal, Utilisateur
from pacte.socle.publication import Publication
from partenaires.models import Partenaire

PARTENAIRES, VOCABULAIRE, TRANCHE = 300, 15_000, 2_000
ANNEES = (2024, 2025, 2026, 2027)
SUFFIXES = "ation ement eur euse ité age ance ible iste ique ité elle ure oire if ive".split()
PREFIXES = ["", "re", "dé", "pré", "co", "inter", "sur", "sous"]


# The value of each column of a row.
Ligne = dict[str, Any]


class Langue:
    """Words of the roadmap, then others made of them, drawn by Zipf's law from `hasard`."""

    def __init__(self, hasard: Random) -> None:
        textes = " ".join(f.read_text(encoding="utf-8") for f in sorted(DOSSIER.glob("*.yaml")))
        vrais = list(dict.fromkeys(re.findall(r"[a-zà-ÿœ]{4,}", textes.lower())))
        faits = (
            f"{prefixe}{mot.rstrip('aeiousxtr')}{suffixe}"
            for prefixe, suffixe, mot in product(PREFIXES, SUFFIXES, vrais)
        )
        self.hasard = hasard
        self.mots = list(dict.fromkeys([*vrais, *faits]))[:VOCABULAIRE]
        self.poids = list(accumulate(1 / (rang + 10) for rang in range(len(self.mots))))

    def phrase(self, longueur: int) -> str:
        mots = self.hasard.choices(self.mots, cum_weights=self.poids, k=longueur)
        return " ".join(mots).capitalize()


def remplir(actions: int) -> None:
    """Bring the base to `actions` actions in all, each with what a followed action has.

    One in twenty of those it adds is a draft. The reference data are loaded into an empty base.
    """
    if not Volet.objects.exists():
        call_command("charger_referentiel", verbosity=0)
    hasard = Random(5)
    langue = Langue(hasard)
    _ajouter_des_partenaires(langue, min(actions, PARTENAIRES))
    entourage = Entourage(hasard, langue)
    entourage.entourer(list(Action.objects.filter(financements=None)))
    deja = Action.objects.count()
    for debut in range(deja, actions, TRANCHE):
        rangs = range(debut, min(debut + TRANCHE, actions))
        nouvelles = Action.objects.bulk_create(entourage.action(rang) for rang in rangs)
        entourage.libeller(nouvelles)
        entourage.entourer(nouvelles)
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE")  # what a server does by itself, between two transactions


def _ajouter_des_partenaires(langue: Langue, nombre: int) -> None:
    deja = Partenaire.objects.count()
    Partenaire.objects.bulk_create(
        Partenaire(
            nom=f"{langue.phrase(3)} {rang}",
            slug=f"volume-{rang}",
            presentation=langue.phrase(30),
            publication=Publication.VISIBLE,
            visible_depuis=timezone.now(),
        )
        for rang in range(deja, nombre)
    )


class Entourage:
    """Makes actions and what surrounds each, by slices, from what the base already has."""

    def __init__(self, hasard: Random, langue: Langue) -> None:
        self.hasard, self.langue = hasard, langue
        self.volets = list(Volet.objects.order_by("pk"))
        self.partenaires = list(Partenaire.objects.visibles().order_by("pk"))
        self.publics = list(Public.objects.order_by("pk"))
        self.territoires = list(Territoire.objects.order_by("pk"))
        self.parties = [p for p in self.partenaires if p.partie]
        self.source, _ = Source.objects.get_or_create(code="volume", titre="Volume")
        self.auteur, _ = Utilisateur.objects.get_or_create(email="volume@exemple.invalid")
        for annee in ANNEES:
            Annee.objects.get_or_create(pk=annee)

    def action(self, rang: int) -> Action:
        statut = self.hasard.choice(StatutAction.values)
        visible = rang % 20 != 19
        debut = date(2024, 1, 1) + timedelta(days=self.hasard.randrange(900))
        return Action(
            code=f"VOL-{rang}",
            slug=f"volume-{rang}",
            titre=f"{self.langue.phrase(6)} {rang}",
            en_clair=self.langue.phrase(20),
            description=self.langue.phrase(40),
            volet=self.volets[rang % len(self.volets)],
            publication=Publication.VISIBLE if visible else Publication.BROUILLON,
            visible_depuis=timezone.now() if visible else None,
            debut_prevu=debut,
            fin_prevue=debut + timedelta(days=400),
            statut=statut,
            motif="Pour un motif." if statut in STATUTS_MOTIVES else "",
            reportee_au=date(2027, 6, 1) if statut == StatutAction.REPORTEE else None,
            statut_le=debut,
        )

    def libeller(self, actions: list[Action]) -> None:
        Libelle.objects.bulk_create(
            Libelle(
                action=action,
                texte=f"{self.langue.phrase(12)} {action.code}",
                source=self.source,
                officiel=True,
            )
            for action in actions
        )

    def entourer(self, actions: list[Action]) -> None:
        """Write all that hangs on `actions`."""
        indicateurs = Indicateur.objects.bulk_create(
            Indicateur(
                action=action,
                libelle=f"{self.langue.phrase(4)} {rang}",
                unite="personnes",
                compte_personnes=not rang,
            )
            for action in actions
            for rang in range(2)
        )
        copier(Releve, (ligne for i in indicateurs for ligne in self._releves(i)))
        copier(Contribution, (ligne for a in actions for ligne in self._contributions(a)))
        copier(Financement, (ligne for a in actions for ligne in self._financements(a)))
        copier(Jalon, (ligne for a in actions for ligne in self._jalons(a)))
        copier(PointEtape, (ligne for a in actions for ligne in self._points(a)))
        copier(EntreeJournal, map(self._entree, actions))
        self._lier(actions, "public", Action.publics.through, self.publics)
        self._lier(actions, "territoire", Action.territoires.through, self.territoires)

    def _lier(self, actions: list[Action], nom: str, liaison: Any, lignes: list) -> None:
        deja = set(liaison.objects.values_list("action_id", flat=True))
        copier(
            liaison,
            (
                {"action_id": action.pk, f"{nom}_id": ligne.pk}
                for action in actions
                if action.pk not in deja
                for ligne in self._tirer(lignes)
            ),
        )

    def _tirer(self, lignes: list) -> list:
        """Return one to three of `lignes`, the first ones more often."""
        nombre = self.hasard.randint(1, 3)
        rangs = {int(len(lignes) * self.hasard.random() ** 2) for _ in range(nombre)}
        return [lignes[rang] for rang in sorted(rangs)]

    def _contributions(self, action: Action) -> Iterator[Ligne]:
        for rang, partenaire in enumerate(self._tirer(self.partenaires)):
            yield {
                "action_id": action.pk,
                "partenaire_id": partenaire.pk,
                "role": "associe" if rang else "pilote",
                "nature": "benevolat",
                "texte": self.langue.phrase(10),
            }

    def _financements(self, action: Action) -> Iterator[Ligne]:
        autre = self.hasard.choice(self.partenaires)
        financeurs = dict.fromkeys([*self.parties, autre])
        for annee, financeur in product(ANNEES[:3], financeurs):
            prevu = self.hasard.randrange(1_000, 90_000)
            yield {
                "action_id": action.pk,
                "annee_id": annee,
                "financeur_id": financeur.pk,
                "prevu": prevu,
                "engage": prevu - 500 if annee < 2026 else None,
            }

    def _jalons(self, action: Action) -> Iterator[Ligne]:
        for rang, jour in enumerate(self._jours()):
            atteint = None if rang else jour
            libelle = self.langue.phrase(5)
            yield {
                "action_id": action.pk,
                "libelle": libelle,
                "prevu_le": jour,
                "atteint_le": atteint,
            }

    def _points(self, action: Action) -> Iterator[Ligne]:
        for jour in self._jours():
            fait = self.langue.phrase(15)
            yield {"action_id": action.pk, "le": jour, "statut": "en_cours", "fait": fait}

    def _jours(self) -> list[date]:
        """Return a day of 2025, then one of the next year."""
        jours = (350 * rang + self.hasard.randrange(350) for rang in range(2))
        return [date(2025, 1, 1) + timedelta(days=jour) for jour in jours]

    def _releves(self, indicateur: Indicateur) -> Iterator[Ligne]:
        for annee in ANNEES:
            yield {
                "indicateur_id": indicateur.pk,
                "annee_id": annee,
                "cible": 60,
                "valeur": self.hasard.randrange(120) if annee < 2026 else None,
            }

    def _entree(self, action: Action) -> Ligne:
        return {
            "le": connection.ops.adapt_datetimefield_value(timezone.now()),
            "fait": FaitPublication.RENDU_VISIBLE.value,
            "type_objet_id": ContentType.objects.get_for_model(Action).pk,
            "id_objet": action.pk,
            "libelle": action.titre,
            "par_id": self.auteur.pk,
            "avant": "{}",
            "apres": "{}",
        }


def copier(modele: type[models.Model], lignes: Iterable[Ligne]) -> None:
    """Write rows that nothing points at, ten times faster than objects would be.

    A column that a row does not give has the default of its field.
    """
    champs = [champ for champ in modele._meta.concrete_fields if not champ.primary_key]
    defauts = {champ.attname: champ.get_default() for champ in champs}
    colonnes = ", ".join(champ.column for champ in champs)
    valeurs = (tuple({**defauts, **ligne}.values()) for ligne in lignes)
    table = modele._meta.db_table
    with transaction.atomic(), connection.cursor() as curseur:
        if connection.vendor == "postgresql":
            with curseur.copy(f"COPY {table} ({colonnes}) FROM STDIN") as copie:
                for ligne in valeurs:
                    copie.write_row(ligne)
        else:
            trous = ", ".join(["%s"] * len(champs))
            curseur.executemany(f"INSERT INTO {table} ({colonnes}) VALUES ({trous})", valeurs)


if __name__ == "__main__":
    remplir(int(sys.argv[1]))
    print(f"{Action.objects.count()} actions, {Financement.objects.count()} financements.")
