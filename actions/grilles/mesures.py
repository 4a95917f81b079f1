"""The indicators of a year: each with its unit, its last year, its target and its value."""

from collections.abc import Iterator
from decimal import Decimal

from actions.grilles.cases import Grille, Rangee
from actions.models import Indicateur, Releve
from pacte.socle.nombres import lire_nombre
from pacte.socle.typographie import nombre_fr


class GrilleMesures(Grille):
    """One row for each indicator of each action; an action without any has none."""

    mesures = {"cible": "Cible", "valeur": "Valeur"}
    nom = "indicateurs"

    def lire_les_rangees(self) -> Iterator[Rangee]:
        ouverte = self.utilisateur.has_perms(["actions.add_releve", "actions.change_releve"])
        indicateurs = Indicateur.objects.filter(action__in=self.actions).order_by("pk")
        self.indicateurs = {indicateur.pk: indicateur for indicateur in indicateurs}
        par_annee = self._lire_les_releves()
        par_action: dict[int, list[Indicateur]] = {}
        for indicateur in self.indicateurs.values():
            par_action.setdefault(indicateur.action_id, []).append(indicateur)
        for action in self.actions:
            for indicateur in par_action.get(action.pk, []):
                precedent = par_annee.get((indicateur.pk, self.annee - 1))
                releve = par_annee.get((indicateur.pk, self.annee))
                if releve:
                    # Its rule asks whether it counts people.
                    releve.indicateur = indicateur
                yield Rangee(
                    cle=f"{action.pk}-{indicateur.pk}",
                    action=action,
                    sujet=indicateur.libelle,
                    objet=releve,
                    ouverte=ouverte,
                    fixes=[indicateur.unite, self.dire(precedent.valeur) if precedent else ""],
                )

    def _lire_les_releves(self) -> dict[tuple[int, int], Releve]:
        releves = Releve.objects.filter(
            indicateur__action__in=self.actions, annee__in=[self.annee - 1, self.annee]
        )
        if self.verrouiller:
            releves = releves.select_for_update(of=("self",))
        return {(r.indicateur_id, r.annee_id): r for r in releves}

    def lire(self, texte: str) -> Decimal:
        return lire_nombre(texte)

    def dire(self, valeur: Decimal | None) -> str:
        return "" if valeur is None else nombre_fr(valeur)

    def creer(self, rangee: Rangee) -> Releve:
        indicateur = self.indicateurs[int(rangee.cle.split("-")[1])]
        return Releve(indicateur=indicateur, annee_id=self.annee)
