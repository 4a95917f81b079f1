"""What a yearly report tells: rows and figures read at one instant, in words and in numbers.

The result is made of texts, numbers, lists and dictionaries only: once written as JSON it depends
on nothing that may change. Unknown is None, never zero; small counts are masked as on the pages.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
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
from actions.models.indicateur import AnneeMesuree
from actions.models.secret import PETITE_DIFFERENCE, SEUIL_DU_SECRET
from contrats.models import Exercice, Signature
from pacte.socle.courriels import adresse_complete
from pacte.socle.double_accord import Partie
from pacte.socle.montants import Total
from pacte.socle.tableaux import Tableau, valeur_pour_json
from pacte.socle.typographie import INCONNU
from pacte.suivi.manques import Inventaire, regrouper
from partenaires.models import Partenaire

Faits = dict[str, Any]
# One figure: its key, the same from year to year as long as nobody renames what it is about, its
# name, its words, its number.
Chiffre = dict[str, Any]
# An indicator and its year, None when nothing is known of it.
Mesure = tuple[Indicateur, AnneeMesuree | None]
SCHEMA = "1.0"
SENS_DE_LA_VALEUR = "En nombre. Vide : non communiqué, masqué, ou dit en mots."
SENS_DE_PARTIEL = "La valeur ne somme que ce qui est connu : « au moins »."
TOUS = "Tous les financeurs"
PARTENAIRE_NON_PUBLIE = "un partenaire qui n’est pas publié"


def etablir(exercice: Exercice, deja_dits: Sequence[Chiffre] = ()) -> Faits:
    """Return everything that the report of `exercice` tells today, but what situates it.

    `deja_dits` are the figures of the other released reports of its contract: beside them, no
    cumulated count of people may tell how many joined when they are fewer than five. About forty
    queries, whatever the rows.
    """
    actions = Action.objects.visibles().filter(volet__contrat=exercice.contrat_id)
    argent = Financement.objects.filter(action__in=actions, annee=exercice.annee_id)
    publics = Indicateur.objects.publics().filter(action__in=actions)
    mesures = _mesurer_l_annee(publics, exercice.annee_id, deja_dits)
    return {
        "chiffres": _chiffres(actions, argent, mesures, exercice.annee_id),
        "actions": _raconter_les_actions(actions, mesures, exercice.annee_id),
        "signatures": _signatures(exercice),
        "manques": manques_de(exercice),
        "tableaux": _tableaux(actions, mesures, exercice.annee_id),
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
    """Return the value of a cell as a frozen report holds it: as exports do, several as a list."""
    return list(valeur) if isinstance(valeur, tuple) else valeur_pour_json(valeur)


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
        "rapport_avant_le": geler(exercice.rapport_avant_le),
        "plafond_etat": geler(exercice.plafond_etat),
    }


def _chiffres(
    actions: ActionQuerySet, argent: Any, mesures: Sequence[Mesure], annee: int
) -> list[Chiffre]:
    lues = list(actions.values("code", "titre", "statut"))
    return [
        *_comptes([StatutAction(action["statut"]) for action in lues]),
        *_argent_par_partie(argent.totaux_par("financeur__partie")),
        *_parites(argent.parites().get(annee, [])),
        *_par_action(lues, argent.totaux_par("action__code")),
        *_dire_les_mesures(mesures),
    ]


def _chiffre(
    cle: str,
    libelle: str,
    texte: str,
    valeur: Any,
    unite: str,
    nom: str = "",
    est_partiel: bool = False,
) -> Chiffre:
    return {
        "cle": cle,
        "libelle": libelle,
        # How a list of its kind calls it.
        "nom": nom or libelle,
        "texte": texte,
        "valeur": geler(valeur),
        "est_partiel": est_partiel,
        "unite": unite,
    }


def _comptes(statuts: Sequence[StatutAction]) -> Iterator[Chiffre]:
    nombre = len(statuts)
    yield _chiffre("actions", "Actions du contrat", str(nombre), nombre, "actions")
    for statut in StatutAction:
        combien = statuts.count(statut)
        libelle = f"Actions : {statut.label}"
        texte = f"{combien} sur {nombre}"
        nom = statut.accorde(combien)
        yield _chiffre(f"statut/{statut}", libelle, texte, combien, "actions", nom)


def _argent_par_partie(par_partie: Mapping[str, Totaux]) -> Iterator[Chiffre]:
    ensemble = sum(par_partie.values(), Totaux())
    groupes = [(partie or "autres", nom, par_partie.get(partie)) for partie, nom in GROUPES.items()]
    for cle, nom, totaux in [*groupes, ("tous", TOUS, ensemble)]:
        for mesure, nom_de_la_mesure in NOMS_DES_MESURES.items():
            total = getattr(totaux or Totaux(), mesure)
            yield _montant(f"argent/{cle}/{mesure}", f"{nom} : {nom_de_la_mesure.lower()}", total)


def _montant(cle: str, libelle: str, total: Total) -> Chiffre:
    est_partiel = total.somme is not None and not total.est_exact
    return _chiffre(cle, libelle, str(total), total.somme, "€", est_partiel=est_partiel)


def _parites(parites: Iterable[Any]) -> Iterator[Chiffre]:
    for parite in parites:
        texte = f"{parite.constat} ({parite.regle})"
        libelle = f"Parité : {parite.volet}"
        cle = f"parite/{parite.volet}"
        yield _chiffre(cle, libelle, texte, parite.ecart, "€", parite.volet)


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


def _mesurer_l_annee(
    indicateurs: Iterable[Indicateur], annee: int, deja_dits: Sequence[Chiffre]
) -> list[Mesure]:
    """Return each indicator with its year as a report may tell it, None when nothing is known."""
    dits: defaultdict[str, list[float]] = defaultdict(list)
    for chiffre in deja_dits:
        if chiffre["valeur"] is not None:
            dits[chiffre["cle"]].append(chiffre["valeur"])
    return [
        (indicateur, _taire(indicateur, mesuree, dits[_cle_de(indicateur)]))
        for indicateur in indicateurs
        for mesuree in [{a.annee: a for a in indicateur.annees}.get(annee)]
    ]


def _cle_de(indicateur: Indicateur) -> str:
    return f"indicateur/{indicateur.action.code}/{indicateur.libelle}"


def _taire(
    indicateur: Indicateur, mesuree: AnneeMesuree | None, dits: Iterable[float]
) -> AnneeMesuree | None:
    """Mask a cumulated count of people that stands less than five from one already told."""
    if mesuree is None or mesuree.publiee is None:
        return mesuree
    if not (indicateur.compte_personnes and indicateur.cumulatif):
        return mesuree
    if all(not 0 < abs(float(mesuree.publiee) - valeur) < SEUIL_DU_SECRET for valeur in dits):
        return mesuree
    return replace(mesuree, valeur=PETITE_DIFFERENCE, publiee=None)


def _dire_les_mesures(mesures: Iterable[Mesure]) -> Iterator[Chiffre]:
    for indicateur, mesuree in mesures:
        yield _chiffre(
            _cle_de(indicateur),
            f"{indicateur.action.code} – {indicateur.libelle}",
            (mesuree.valeur if mesuree else "") or INCONNU,
            mesuree.publiee if mesuree else None,
            indicateur.unite,
        )


def _raconter_les_actions(
    actions: ActionQuerySet, mesures: Iterable[Mesure], annee: int
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
    par_action: defaultdict[int, list[Mesure]] = defaultdict(list)
    for indicateur, mesuree in mesures:
        par_action[indicateur.action_id].append((indicateur, mesuree))
    return [_raconter(action, par_action[action.pk], annee) for action in lues]


def _raconter(action: Action, mesures: Iterable[Mesure], annee: int) -> Faits:
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
        "indicateurs": [_dire_la_mesure(*mesure) for mesure in mesures],
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


def _dire_la_mesure(indicateur: Indicateur, mesuree: AnneeMesuree | None) -> Faits:
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


def manques_de(exercice: Exercice) -> list[Faits]:
    """Return what nobody entered, of the actions and of their year, whose turn, of how many.

    A partner that is not published is not named.
    """
    actions = Action.objects.visibles().filter(volet__contrat=exercice.contrat_id)
    manques = [m for m in Inventaire(actions).manques if m.annee in (None, exercice.annee_id)]
    publies = {*Partenaire.objects.visibles().values_list("slug", flat=True), *Partie.values}
    return [
        {
            "quoi": sujet.nom,
            "qui": sujet.nom_du_tour if sujet.tour in publies else PARTENAIRE_NON_PUBLIE,
            "actions": sujet.actions,
        }
        for sujet in regrouper(manques)
    ]


def _tableaux(actions: ActionQuerySet, mesures: Iterable[Mesure], annee: int) -> list[Faits]:
    """Return the annexes: what the public exports say of these actions, and of their year."""
    communs: dict[str, Any] = {"selection": "", "adresse_absolue": adresse_complete}
    lignes = lignes_publiques().filter(action__in=actions, annee=annee)
    indicateurs = tableau_des_actions("indicateurs", actions, **communs)
    return [
        _geler_le_tableau(tableau_des_actions("actions", actions, **communs)),
        _geler_le_tableau(tableau_des_financements(lignes, **communs)),
        _geler_le_tableau(replace(indicateurs, objets=[m for m in mesures if m[1]])),
    ]


def _geler_le_tableau(tableau: Tableau) -> Faits:
    """Return `tableau` as JSON holds it."""
    lues = ([colonne.valeur(objet) for colonne in tableau.colonnes] for objet in tableau.objets)
    lignes = list(lues)
    return {
        "nom": tableau.nom,
        "titre": tableau.titre,
        "colonnes": [
            {
                "cle": colonne.cle,
                "entete": colonne.entete,
                "sens": colonne.sens,
                "est_une_date": any(isinstance(ligne[rang], date) for ligne in lignes),
            }
            for rang, colonne in enumerate(tableau.colonnes)
        ],
        "lignes": [list(map(geler, ligne)) for ligne in lignes],
    }
