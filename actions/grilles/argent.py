"""The money of a year: actions × funders × planned, committed, paid, justified, in euros."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from actions.autorisations import peut_saisir_pour
from actions.grilles.cases import Grille, Rangee
from actions.models import Financement
from actions.models.argent import NOMS_DES_MESURES
from actions.models.financement import NatureFinancement
from actions.models.parite import Parite
from pacte.socle.montants import Total, euros, lire_montant
from pacte.socle.typographie import INSECABLE
from partenaires.models import Partenaire, Partie


@dataclass(frozen=True)
class Promesse:
    """A volet that promises a State share, as the page carries it to be computed while typing."""

    volet: int
    parite: Parite


class GrilleArgent(Grille):
    """A line for each party on every action, and one more for `financeur`, if given.

    `partenaires` are all of them: a line finds its funder there, without a join.
    """

    mesures = NOMS_DES_MESURES
    nom = "montants"

    def __init__(
        self,
        *args: Any,
        partenaires: Iterable[Partenaire],
        financeur: Partenaire | None = None,
        **options: Any,
    ) -> None:
        self.partenaires = {partenaire.pk: partenaire for partenaire in partenaires}
        parties = [p for p in self.partenaires.values() if p.partie]
        # The State first, as everywhere.
        self.a_montrer = sorted(parties, key=lambda p: p.partie != Partie.ETAT)
        self.a_montrer += [financeur] if financeur else []
        # Whether its user writes the State's lines, and the others': asked once each.
        self.droits: dict[bool, bool] = {}
        super().__init__(*args, **options)
        # Of the base, whatever is typed afterwards.
        self.totaux, self.promesses = self._additionner(), self._promettre()

    def lire_les_rangees(self) -> Iterator[Rangee]:
        lignes = self._lire_les_lignes()
        numeraire = NatureFinancement.NUMERAIRE.value
        for action in self.actions:
            presentes: dict[tuple[int, str], tuple[Partenaire, Financement | None]]
            presentes = {(p.pk, numeraire): (p, None) for p in self.a_montrer}
            for ligne in lignes.get(action.pk, []):
                financeur = self.partenaires[ligne.financeur_id]
                presentes[ligne.financeur_id, ligne.nature] = (financeur, ligne)
            for (_pk, nature), (financeur, sa_ligne) in presentes.items():
                yield self._rangee(action, financeur, nature, sa_ligne)

    def _rangee(self, action: Any, financeur: Partenaire, nature: str, ligne: Any) -> Rangee:
        precision = "" if nature == NatureFinancement.NUMERAIRE else ", valorisation"
        return Rangee(
            cle=f"{action.pk}-{financeur.pk}-{nature}",
            action=action,
            sujet=f"{financeur.nom_court}{precision}",
            objet=ligne,
            partie=financeur.partie or "autres",
            ouverte=self._est_ouverte(financeur),
        )

    def _est_ouverte(self, financeur: Partenaire) -> bool:
        est_etat = financeur.partie == Partie.ETAT
        if est_etat not in self.droits:
            gestes = ["actions.add_financement", "actions.change_financement"]
            permis = self.utilisateur.has_perms(gestes)
            self.droits[est_etat] = permis and peut_saisir_pour(self.utilisateur, financeur)
        return self.droits[est_etat]

    def _lire_les_lignes(self) -> dict[int, list[Financement]]:
        lignes = Financement.objects.filter(action__in=self.actions, annee=self.annee)
        if self.verrouiller:
            lignes = lignes.select_for_update(of=("self",))
        par_action: dict[int, list[Financement]] = {}
        for ligne in lignes.order_by("financeur__cle_tri", "nature"):
            par_action.setdefault(ligne.action_id, []).append(ligne)
        return par_action

    def lire(self, texte: str) -> Decimal:
        return lire_montant(texte)

    def dire(self, valeur: Decimal | None) -> str:
        return "" if valeur is None else euros(valeur).removesuffix(f"{INSECABLE}€")

    def creer(self, rangee: Rangee) -> Financement:
        _action, financeur, nature = rangee.cle.split("-")
        return Financement(
            action=rangee.action,
            annee_id=self.annee,
            financeur_id=int(financeur),
            nature=nature,
        )

    def reprendre_l_annee_precedente(self) -> int:
        """Propose last year's plan in the empty open cells; return how many (one query)."""
        precedentes = Financement.objects.filter(
            action__in=self.actions, annee=self.annee - 1, prevu__isnull=False
        )
        prevus = {
            f"{action}-{financeur}-{nature}": prevu
            for action, financeur, nature, prevu in precedentes.values_list(
                "action_id", "financeur_id", "nature", "prevu"
            )
        }
        proposees = [
            (rangee.cases[0], prevus[rangee.cle])
            for rangee in self.ouvertes
            if rangee.cle in prevus and not rangee.cases[0].texte
        ]
        for case, prevu in proposees:
            case.texte, case.est_proposee = self.dire(prevu), True
        return len(proposees)

    def _additionner(self) -> list[tuple[str, Total]]:
        """The total of each measure over the lines shown that exist."""
        return [
            (mesure, Total.de(getattr(r.objet, mesure, None) for r in self.rangees if r.objet))
            for mesure in self.mesures
        ]

    def _promettre(self) -> list[Promesse]:
        """The verdict of each volet shown that promises a State share, on the rows of the base."""
        volets = {action.volet_id: action.volet for action in self.actions}
        return [
            Promesse(pk, self._juger(volet))
            for pk, volet in volets.items()
            if volet.part_etat_attendue is not None
        ]

    def _juger(self, volet: Any) -> Parite:
        sommes = {
            partie: Total.de(
                r.objet.prevu
                for r in self.rangees
                if r.objet and r.partie == partie and r.action.volet_id == volet.pk
            )
            for partie in (Partie.ETAT, Partie.DEPARTEMENT)
        }
        nom = f"{volet.contrat.sigle}, axe {volet.axe.numero}"
        return Parite(nom, volet.part_etat_attendue, volet.tolerance, *sommes.values())
