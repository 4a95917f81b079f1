"""The sheet of an action to hand out: the blocks of two pages, where everything leads to the page.

Long texts and long lists are cut, and say so: what was cut is on the page, which the code opens.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.timezone import localdate, make_aware

from actions.champs import ACTION, CONTRIBUTION
from actions.models import Action, Indicateur, Jalon
from actions.models.argent import GROUPES, NOMS_DES_MESURES, Totaux
from actions.models.indicateur import AnneeMesuree
from contrats.models import Pacte
from pacte.socle import licence
from pacte.socle.champs import Lecture
from pacte.socle.courriels import adresse_complete
from pacte.socle.editeur import editeur
from pacte.socle.papier.blocs import (
    Bloc,
    CodeQr,
    Ecrit,
    Encadre,
    Entete,
    Grille,
    Lien,
    Liste,
    Paragraphe,
    Reperes,
    Titre,
)
from pacte.socle.texte import en_une_ligne
from pacte.socle.typographie import INCONNU, date_fr, pluriel, typographier

COUPE = "… (suite en ligne)"
PAGES = 2
# About as many as a printed line holds: a text of very short lines is made one paragraph.
SIGNES_PAR_LIGNE = 92
# More years than the pact has today: by year alone, the table still fits.
RANGEES_PAR_PARTIE = 15


@dataclass(frozen=True)
class Bornes:
    """How long a text may be, in signs, and a list, in elements."""

    signes: int
    elements: int

    def couper(self, texte: str) -> str:
        if texte.count("\n") > self.signes // SIGNES_PAR_LIGNE:
            texte = en_une_ligne(texte)
        return Truncator(typographier(texte)).chars(self.signes, truncate=COUPE)

    def retenir(self, elements: Iterable[str]) -> tuple[str, ...]:
        tous = list(elements)
        autres = len(tous) - self.elements
        if autres <= 0:
            return tuple(tous)
        reste = pluriel(autres, "autre")
        return (*tous[: self.elements], f"et {reste}, en ligne")


# The first that fits, once printed, in `PAGES`.
BORNES = (
    Bornes(4000, 20),
    Bornes(2000, 15),
    Bornes(1200, 12),
    Bornes(900, 10),
    Bornes(650, 8),
    Bornes(450, 6),
    Bornes(340, 5),
    Bornes(240, 4),
    Bornes(170, 3),
    Bornes(120, 3),
    Bornes(80, 2),
)


def composer_la_fiche(action: Action, indicateurs: list[Indicateur], pacte: Pacte) -> Ecrit:
    """Return the sheet of `action`, read as its page reads it, cut to two pages (one query).

    It is dated of the day: until midnight, an unchanged action gives the same bytes.
    """
    argent = action.financements.totaux_par("annee_id", "financeur__partie")
    entiere, *abregees = (
        _ecrire(action, pacte, tuple(_blocs(action, indicateurs, argent, pacte, bornes)))
        for bornes in BORNES
    )
    return replace(entiere, pages_au_plus=PAGES, sinon=abregees)


def _ecrire(action: Action, pacte: Pacte, blocs: tuple[Bloc, ...]) -> Ecrit:
    adresse = adresse_complete(action.get_absolute_url())
    return Ecrit(
        titre=typographier(action.titre),
        sous_titre=f"{action.volet} – {pacte}",
        auteur=editeur().organisme,
        le=make_aware(datetime.combine(localdate(), time.min)),
        pied=f"{adresse} – fiche du {date_fr(localdate())}",
        blocs=blocs,
    )


Argent = dict[tuple[int, str], Totaux]


def _blocs(
    action: Action,
    indicateurs: list[Indicateur],
    argent: Argent,
    pacte: Pacte,
    bornes: Bornes,
) -> Iterator[Bloc]:
    if pacte.avertissement:
        yield Encadre(f"{pacte.avertissement}.")
    if action.en_clair:
        yield Paragraphe(bornes.couper(action.en_clair))
    yield Reperes(tuple(_reperes(action, bornes)))
    for lecture in ACTION.lire_la_partie("recit", action):
        yield Titre(lecture.titre)
        yield Paragraphe(bornes.couper(lecture.texte))
    yield from _constats(action, bornes)
    yield from _avancement(action, bornes)
    yield from _argent(action, argent)
    yield from _indicateurs(indicateurs, bornes)
    yield from _partenaires(action, bornes)
    yield from _manques(action)
    yield CodeQr("La page de cette action, à jour :", adresse_complete(action.get_absolute_url()))
    yield Paragraphe(f"Source : {licence.mention()}")


def _reperes(action: Action, bornes: Bornes) -> Iterator[tuple[str, str]]:
    if action.statut_est_communique:
        retard = ", en retard" if action.est_en_retard else ""  # type: ignore[attr-defined]  # annotated
        yield "Avancement", f"{action.get_statut_display()}{retard}"
    for lecture in ACTION.lire_la_partie("bref", action):
        yield lecture.titre, bornes.couper(_dire(lecture))


def _dire(lecture: Lecture) -> str:
    return f"{lecture.texte} (à confirmer)" if lecture.a_confirmer else lecture.texte


def _constats(action: Action, bornes: Bornes) -> Iterator[Bloc]:
    constats = action.constats_publies
    if constats:
        yield Titre("Les constats du diagnostic")
        dits = (" : ".join(filter(None, [c.enonce, c.mesure, c.origine])) for c in constats)
        yield Liste(bornes.retenir(map(bornes.couper, dits)))


def _avancement(action: Action, bornes: Bornes) -> Iterator[Bloc]:
    points, jalons = action.points.all(), action.jalons.all()
    if points or jalons:
        yield Titre("Où en est-on ?")
    if points:
        point = points[0]
        par = (
            f", par {point.partenaire}" if point.partenaire and point.partenaire.est_visible else ""
        )
        dits = [("Motif", point.motif), ("Fait", point.fait), ("À venir", point.a_venir)]
        dits += [("Difficultés", point.difficultes)]
        yield Paragraphe(
            "\n".join(
                [f"Point d’étape du {date_fr(point.le)}{par}."]
                + [f"{nom} : {bornes.couper(texte)}" for nom, texte in dits if texte]
            )
        )
    if jalons:
        attendus_d_abord = sorted(jalons, key=lambda j: (j.atteint_le is not None, j.prevu_le))
        yield Liste(bornes.retenir(_dire_le_jalon(jalon, bornes) for jalon in attendus_d_abord))


def _dire_le_jalon(jalon: Jalon, bornes: Bornes) -> str:
    nom = bornes.couper(jalon.libelle)
    if jalon.atteint_le:
        return f"{nom} : atteint le {date_fr(jalon.atteint_le)}"
    depasse = ", date dépassée" if jalon.est_depasse else ""
    return f"{nom} : prévu le {date_fr(jalon.prevu_le)}{depasse}"


def _argent(action: Action, argent: Argent) -> Iterator[Bloc]:
    """Print sums by year and party; the lines that make them are on the site, one by one."""
    if not argent:
        return
    total = sum(argent.values(), Totaux())
    noms = ("Année", *NOMS_DES_MESURES.values())
    yield Titre("L’argent")
    yield Grille(
        "Montants en euros, par année",
        (Entete(noms[0], 2), *(Entete(nom, 2, True) for nom in noms[1:])),
        tuple(
            (nom, *map(str, totaux.montants))
            for nom, totaux in [*_par_annee(argent), ("Total", total)]
        ),
    )
    lignes = reverse("actions:financements") + f"?action={action.slug}"
    yield Lien(f"Ligne par ligne ({pluriel(total.lignes, 'ligne')})", adresse_complete(lignes))


def _par_annee(argent: Argent) -> list[tuple[str, Totaux]]:
    """Return each year with each party that pays; each year alone when that would be too long."""
    if len(argent) <= RANGEES_PAR_PARTIE:
        rangs = list(GROUPES)
        cles = sorted(argent, key=lambda cle: (cle[0], rangs.index(cle[1])))
        return [(f"{annee}, {GROUPES[partie]}", argent[annee, partie]) for annee, partie in cles]
    annees = sorted({annee for annee, _partie in argent})
    return [
        (str(annee), sum((t for (a, _), t in argent.items() if a == annee), Totaux()))
        for annee in annees
    ]


def _indicateurs(indicateurs: list[Indicateur], bornes: Bornes) -> Iterator[Bloc]:
    """Print the last year measured, or aimed at, as the site may tell it."""
    if not indicateurs:
        return
    yield Titre("Ce qui est mesuré")
    yield Grille(
        "Indicateurs, la dernière année renseignée",
        (
            Entete("Indicateur", 5),
            Entete("Année"),
            *(Entete(nom, 2, True) for nom in ("Départ", "Cible", "Mesuré")),
        ),
        tuple(_mesure(indicateur, bornes) for indicateur in indicateurs[: bornes.elements]),
    )
    autres = len(indicateurs) - bornes.elements
    if autres > 0:
        yield Paragraphe(f"Et {pluriel(autres, 'autre')}, en ligne.")


def _mesure(indicateur: Indicateur, bornes: Bornes) -> tuple[str, ...]:
    annees = indicateur.annees
    mesurees = [annee for annee in annees if annee.valeur] or annees
    derniere = mesurees[-1] if mesurees else None
    nom = f"{bornes.couper(indicateur.libelle)} ({indicateur.unite})"
    depart = indicateur.depart or INCONNU
    return (nom, *_annee_dite(derniere, depart))


def _annee_dite(annee: AnneeMesuree | None, depart: str) -> tuple[str, ...]:
    if annee is None:
        return "–", depart, INCONNU, INCONNU
    provisoire = " (provisoire)" if annee.est_provisoire else ""
    mesure = f"{annee.valeur or INCONNU}{provisoire}"
    return str(annee.annee), depart, annee.cible or INCONNU, mesure


def _partenaires(action: Action, bornes: Bornes) -> Iterator[Bloc]:
    contributions = [
        " – ".join(lecture.texte for lecture in CONTRIBUTION.lire_la_partie("tableau", c))
        for c in action.contributions.all()
    ]
    if contributions or action.cites:
        yield Titre("Qui fait quoi")
    if contributions:
        yield Liste(bornes.retenir(map(bornes.couper, contributions)))
    if action.cites:
        noms = ", ".join(bornes.retenir(str(partenaire) for partenaire in action.cites))
        yield Paragraphe(f"Le texte nomme aussi, sans dire leur rôle : {noms}.")


def _manques(action: Action) -> Iterator[Bloc]:
    completude = action.completude
    if action.doutes:
        yield Paragraphe(f"Déduit, et à confirmer : {', '.join(action.doutes)}.")
    if completude.absents:
        yield Paragraphe(f"Pas encore communiqué : {', '.join(completude.absents)}.")
