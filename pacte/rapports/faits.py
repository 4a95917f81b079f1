"""What a yearly report tells: rows and figures read at one instant, in words and in numbers.

The result is made of texts, numbers, lists and dictionaries only: once written as JSON it depends
on nothing that may change. Unknown is None, never zero; small counts are masked as on the pages.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from actions.exports import tableau_des_actions
from actions.financements import lignes_publiques, tableau_des_financements
from actions.models import (
    Action,
    Contribution,
    Financement,
    Indicateur,
    PointEtape,
    StatutAction,
    Totaux,
)
from actions.models.action import ActionQuerySet
from actions.models.argent import GROUPES, NOMS_DES_MESURES
from contrats.models import Exercice, Signature
from pacte.socle.courriels import adresse_complete
from pacte.socle.montants import Total
from pacte.socle.tableaux import Tableau
from pacte.suivi.manques import NOMS_DES_PARTIES, Inventaire, Sujet, regrouper
from partenaires.models import Partenaire

Faits = dict[str, Any]
# One figure: its key, stable from year to year, its name, its words, its number.
Chiffre = dict[str, Any]
SCHEMA = "1.0"
TOUS = "Tous les financeurs"
NON_PUBLIE = "un partenaire qui n’est pas publié"


def etablir(exercice: Exercice) -> Faits:
    """Return everything that the report of `exercice` tells today, but what situates it.

    About forty queries, whatever the rows.
    """
    actions = Action.objects.visibles().filter(volet__contrat=exercice.contrat_id)
    argent = Financement.objects.filter(action__in=actions.order_by(), annee=exercice.annee_id)
    indicateurs = list(Indicateur.objects.publics().filter(action__in=actions.order_by()))
    return {
        "chiffres": _chiffres(actions, argent, indicateurs, exercice.annee_id),
        "actions": _raconter_les_actions(actions, indicateurs, exercice.annee_id),
        "signatures": _signatures(exercice),
        "manques": [
            {"quoi": sujet.nom, "qui": qui, "actions": sujet.actions}
            for sujet, qui in manques_de(exercice)
        ],
        "tableaux": _tableaux(actions, exercice.annee_id),
    }


def comparer(avant: Iterable[Chiffre], apres: Iterable[Chiffre]) -> list[dict[str, str]]:
    """Return each figure that is not told as it was: its name, before, now; « – » for neither."""
    anciens = {chiffre["cle"]: chiffre for chiffre in avant}
    nouveaux = {chiffre["cle"]: chiffre for chiffre in apres}
    rien = {"texte": "–"}
    return [
        {
            "libelle": (nouveaux.get(cle) or anciens[cle])["libelle"],
            "avant": anciens.get(cle, rien)["texte"],
            "apres": nouveaux.get(cle, rien)["texte"],
        }
        for cle in {**anciens, **nouveaux}
        if anciens.get(cle, rien)["texte"] != nouveaux.get(cle, rien)["texte"]
    ]


def geler(valeur: Any) -> Any:
    """Return the value of a cell as JSON holds it: dates in ISO, amounts as numbers."""
    if isinstance(valeur, date | datetime):
        return valeur.isoformat()
    if isinstance(valeur, Decimal):
        return int(valeur) if valeur == valeur.to_integral_value() else float(valeur)
    return list(valeur) if isinstance(valeur, tuple) else valeur


def situer(exercice: Exercice) -> Faits:
    """Return of which contract and which year a report is, as they are called today."""
    contrat = exercice.contrat
    return {
        "schema": SCHEMA,
        "contrat": {"sigle": contrat.sigle, "nom": contrat.nom, "slug": contrat.slug},
        "exercice": _de_l_exercice(exercice),
    }


def _de_l_exercice(exercice: Exercice) -> Faits:
    return {
        "annee": exercice.annee_id,
        "debut": geler(exercice.debut),
        "fin": geler(exercice.fin),
        "rapport_avant_le": geler(exercice.rapport_avant_le),
        "plafond_etat": geler(exercice.plafond_etat),
        "montant_notifie": geler(exercice.montant_notifie),
    }


def _chiffres(
    actions: ActionQuerySet, argent: Any, indicateurs: Sequence[Indicateur], annee: int
) -> list[Chiffre]:
    lues = list(actions.order_by("code").values("code", "titre", "statut"))
    return [
        *_comptes([StatutAction(action["statut"]) for action in lues]),
        *_argent_par_partie(argent.totaux_par("financeur__partie")),
        *_parites(argent.parites().get(annee, [])),
        *_par_action(lues, argent.totaux_par("action__code")),
        *_mesures(indicateurs, annee),
    ]


def _chiffre(cle: str, libelle: str, texte: str, valeur: Any, unite: str) -> Chiffre:
    return {
        "cle": cle,
        "libelle": libelle,
        "texte": texte,
        "valeur": geler(valeur),
        "unite": unite,
    }


def _comptes(statuts: Sequence[StatutAction]) -> Iterator[Chiffre]:
    nombre = len(statuts)
    yield _chiffre("actions", "Actions du contrat", str(nombre), nombre, "actions")
    for statut in StatutAction:
        combien = statuts.count(statut)
        libelle = f"Actions : {statut.label}"
        yield _chiffre(f"statut/{statut}", libelle, f"{combien} sur {nombre}", combien, "actions")


def _argent_par_partie(par_partie: Mapping[str, Totaux]) -> Iterator[Chiffre]:
    ensemble = sum(par_partie.values(), Totaux())
    groupes = [(partie or "autres", nom, par_partie.get(partie)) for partie, nom in GROUPES.items()]
    for cle, nom, totaux in [*groupes, ("tous", TOUS, ensemble)]:
        for mesure, nom_de_la_mesure in NOMS_DES_MESURES.items():
            total = getattr(totaux or Totaux(), mesure)
            yield _montant(f"argent/{cle}/{mesure}", f"{nom} : {nom_de_la_mesure.lower()}", total)


def _montant(cle: str, libelle: str, total: Total) -> Chiffre:
    return _chiffre(cle, libelle, str(total), total.somme, "€")


def _parites(parites: Iterable[Any]) -> Iterator[Chiffre]:
    for parite in parites:
        texte = f"{parite.constat} ({parite.regle})"
        libelle = f"Parité : {parite.volet}"
        yield _chiffre(f"parite/{parite.volet}", libelle, texte, parite.ecart, "€")


def _par_action(
    actions: Iterable[Mapping[str, Any]], totaux: Mapping[str, Totaux]
) -> Iterator[Chiffre]:
    for action in actions:
        code, nom = action["code"], f"{action['code']} – {action['titre']}"
        statut = StatutAction(action["statut"]).label
        yield _chiffre(f"action/{code}/statut", f"{nom} : avancement", statut, None, "")
        for mesure, nom_de_la_mesure in NOMS_DES_MESURES.items():
            total = getattr(totaux.get(code, Totaux()), mesure)
            yield _montant(f"action/{code}/{mesure}", f"{nom} : {nom_de_la_mesure.lower()}", total)


def _mesures(indicateurs: Iterable[Indicateur], annee: int) -> Iterator[Chiffre]:
    for indicateur in indicateurs:
        mesuree = {a.annee: a for a in indicateur.annees}.get(annee)
        code = indicateur.action.code
        yield _chiffre(
            f"indicateur/{code}/{indicateur.libelle}",
            f"{code} – {indicateur.libelle}",
            (mesuree.valeur if mesuree else "") or "non communiqué",
            mesuree.publiee if mesuree else None,
            indicateur.unite,
        )


def _raconter_les_actions(
    actions: ActionQuerySet, indicateurs: Iterable[Indicateur], annee: int
) -> list[Faits]:
    lues = (
        actions.select_related("volet__axe", "objectif")
        .prefetch_related(
            "publics",
            "territoires",
            "jalons",
            Prefetch("contributions", Contribution.objects.publiques()),
            Prefetch("points", PointEtape.objects.en_vigueur()),
        )
        .order_by("volet__axe__numero", "code")
    )
    par_action: defaultdict[int, list[Indicateur]] = defaultdict(list)
    for indicateur in indicateurs:
        par_action[indicateur.action_id].append(indicateur)
    return [_raconter(action, par_action[action.pk], annee) for action in lues]


def _raconter(action: Action, indicateurs: Iterable[Indicateur], annee: int) -> Faits:
    return {
        "code": action.code,
        "titre": action.titre,
        "axe": {"numero": action.volet.axe.numero, "titre": action.volet.axe.titre},
        "objectif": action.objectif.texte if action.objectif else None,
        "statut": action.get_statut_display(),
        "motif": action.motif,
        "debut_prevu": geler(action.debut_prevu),
        "fin_prevue": geler(action.fin_prevue),
        "publics": [str(public) for public in action.publics.all()],
        "territoires": [str(territoire) for territoire in action.territoires.all()],
        "contributions": [
            {"qui": c.partenaire.nom, "role": c.get_role_display(), "texte": c.texte}
            for c in action.contributions.all()
            if _est_de(c, annee)
        ],
        "point": _dernier_point(action),
        "jalons": [
            {
                "libelle": jalon.libelle,
                "prevu_le": geler(jalon.prevu_le),
                "atteint_le": geler(jalon.atteint_le),
            }
            for jalon in action.jalons.all()
        ],
        "indicateurs": [_mesurer(indicateur, annee) for indicateur in indicateurs],
        "adresse": adresse_complete(action.get_absolute_url()),
    }


def _est_de(contribution: Contribution, annee: int) -> bool:
    """Tell whether the known period of a contribution does not exclude `annee`."""
    debut, fin = contribution.annee_debut, contribution.annee_fin
    return (debut or annee) <= annee <= (fin or annee)


def _dernier_point(action: Action) -> Faits | None:
    points = list(action.points.all())
    if not points:
        return None
    dernier = points[0]
    return {
        "le": geler(dernier.le),
        "fait": dernier.fait,
        "a_venir": dernier.a_venir,
        "difficultes": dernier.difficultes,
    }


def _mesurer(indicateur: Indicateur, annee: int) -> Faits:
    mesuree = {a.annee: a for a in indicateur.annees}.get(annee)
    return {
        "libelle": indicateur.libelle,
        "unite": indicateur.unite,
        "depart": indicateur.depart or None,
        "cible": (mesuree.cible if mesuree else "") or None,
        "mesure": (mesuree.valeur if mesuree else "") or None,
        "est_provisoire": bool(mesuree and mesuree.est_provisoire),
        "source": indicateur.source or None,
    }


def _signatures(exercice: Exercice) -> list[Faits]:
    signatures = Signature.objects.publiques().filter(acte__contrat=exercice.contrat_id)
    return [
        {
            "qui": signature.partenaire.nom,
            "acte": str(signature.acte),
            "le": geler(signature.signe_le or signature.acte.signe_le),
        }
        for signature in signatures.order_by("acte__signe_le", "partenaire__cle_tri", "pk")
    ]


def manques_de(exercice: Exercice) -> list[tuple[Sujet, str]]:
    """Return what nobody entered, of the actions and of their year, and the name of whose turn.

    A partner that is not published is not named.
    """
    actions = Action.objects.visibles().filter(volet__contrat=exercice.contrat_id)
    manques = [m for m in Inventaire(actions).manques if m.annee in (None, exercice.annee_id)]
    publies = {*Partenaire.objects.visibles().values_list("slug", flat=True), *NOMS_DES_PARTIES}
    noms = {m.tour: m.nom_du_tour for m in manques if m.tour in publies}
    return [(sujet, noms.get(sujet.tour, NON_PUBLIE)) for sujet in regrouper(manques)]


def _tableaux(actions: ActionQuerySet, annee: int) -> list[Faits]:
    """Return the annexes: what the public exports say of these actions, and of their year."""
    communs: dict[str, Any] = {"selection": "", "adresse_absolue": adresse_complete}
    lignes = lignes_publiques().filter(action__in=actions.order_by(), annee=annee)
    indicateurs = tableau_des_actions("indicateurs", actions.order_by("code"), **communs)
    rang = [colonne.cle for colonne in indicateurs.colonnes].index("annee")
    return [
        _geler_le_tableau(tableau_des_actions("actions", actions.order_by("code"), **communs)),
        _geler_le_tableau(tableau_des_financements(lignes, **communs)),
        _geler_le_tableau(indicateurs, garder=lambda ligne: ligne[rang] == annee),
    ]


def _geler_le_tableau(tableau: Tableau, garder: Any = lambda _ligne: True) -> Faits:
    lignes = ([geler(c.valeur(objet)) for c in tableau.colonnes] for objet in tableau.objets)
    return {
        "nom": tableau.nom,
        "titre": tableau.titre,
        "colonnes": [{"cle": c.cle, "entete": c.entete, "sens": c.sens} for c in tableau.colonnes],
        "lignes": [ligne for ligne in lignes if garder(ligne)],
    }
