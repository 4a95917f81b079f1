"""What is public of an action and of what surrounds it, each field declared once.

A new field is one line here: docs/ajouter-un-champ.md.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.text import capfirst

from actions.models import (
    Action,
    Contribution,
    Financement,
    Indicateur,
    Libelle,
    StatutAction,
)
from actions.models.argent import NOMS_DES_MESURES
from pacte.socle.champs import Champ, Declaration, Lecture, Place
from pacte.socle.typographie import date_fr, nombre_fr

SENS_DES_MESURES = {
    "prevu": "Ce qui est annoncé pour l’année, en euros. Vide : non communiqué, et non 0.",
    "engage": "Ce qu’une décision a promis, en euros.",
    "paye": "Ce qui a été versé, en euros.",
    "justifie": "Ce qui a été vérifié après versement, en euros.",
}


def _pilotes(action: Action) -> Iterable[Lecture]:
    for contribution in action.contributions.all():
        if contribution.est_un_pilotage:
            partenaire = contribution.partenaire
            role = capfirst(contribution.get_role_display())
            yield Lecture(role, str(partenaire), partenaire.get_absolute_url())


def _contrat(action: Action) -> list[Lecture]:
    contrat = action.volet.contrat
    return [Lecture("Contrat", contrat.nom, contrat.get_absolute_url())]


def _axe(action: Action) -> list[Lecture]:
    axe = action.volet.axe
    return [Lecture("Axe", axe.titre, axe.get_absolute_url(), action.axe_a_confirmer)]


def _nature(action: Action) -> list[Lecture]:
    if not action.nature:
        return []
    renfort = f" : {action.renfort}" if action.renfort else ""
    return [Lecture("Nature", f"Action {action.get_nature_display()}{renfort}")]


def _objectif(action: Action) -> list[Lecture]:
    return [Lecture("Objectif", capfirst(action.objectif.texte))] if action.objectif else []


def _noms(titre: str, relation: str) -> Callable[[Action], list[Lecture]]:
    def montrer(action: Action) -> list[Lecture]:
        noms = [str(objet) for objet in getattr(action, relation).all()]
        return [Lecture(titre, ", ".join(noms))] if noms else []

    return montrer


def _calendrier(action: Action) -> list[Lecture]:
    debut = f"à partir du {date_fr(action.debut_prevu)}" if action.debut_prevu else ""
    fin = f"jusqu’au {date_fr(action.fin_prevue)}" if action.fin_prevue else ""
    periode = " ".join(filter(None, [debut, fin]))
    return [Lecture("Calendrier", periode)] if periode else []


def _acte(action: Action) -> list[Lecture]:
    return [Lecture("Inscrite par", str(action.acte_public))] if action.acte_public else []


def _modifiee_le(action: Action) -> list[Lecture]:
    jour = action.modifiee_le
    return [Lecture("Fiche modifiée le", date_fr(jour), jour=jour)]


def _nom(contribution: Contribution) -> str:
    return contribution.partenaire.nom


def _partenaire(contribution: Contribution) -> list[Lecture]:
    partenaire = contribution.partenaire
    return [Lecture("Partenaire", partenaire.nom, partenaire.get_absolute_url())]


def _role(contribution: Contribution) -> list[Lecture]:
    return [Lecture("Rôle", capfirst(contribution.get_role_display()))]


def _apport(contribution: Contribution) -> list[Lecture]:
    etp = f" ({nombre_fr(contribution.etp)} ETP)" if contribution.etp else ""
    confirmee_le = contribution.confirmee_le
    note = f"confirmé le {date_fr(confirmee_le)}" if confirmee_le else ""
    return [Lecture("Contribution", f"{contribution.texte}{etp}", note=note)]


def _doutes(action: Action) -> list[str]:
    marques = [
        (action.axe_a_confirmer, "axe"),
        (action.fusion_a_confirmer, "rapprochement"),
        (action.partenaires_a_confirmer, "partenaires nommés"),
    ]
    return [nom for vrai, nom in marques if vrai]


def _statut(action: Action) -> str | None:
    inconnu = action.statut == StatutAction.NON_RENSEIGNE
    return None if inconnu else action.get_statut_display()


def _roles(action: Action) -> list[str]:
    contributions = action.contributions.all()
    return [f"{c.partenaire} ({c.get_role_display()})" for c in contributions]


def _textes(action: Action) -> list[str]:
    return [f"{libelle.texte} [{libelle.source}]" for libelle in action.libelles.all()]


def _recit(rang: int, titre: str) -> Place:
    return Place("recit", rang, titre)


LIBELLE = Declaration(
    Libelle,
    [
        Champ("texte", ecrit=True, sens="Le libellé, lettre pour lettre."),
        Champ(
            "source",
            lire=lambda libelle: str(libelle.source),
            ecrit=str,
            sens="Le texte qui le porte.",
        ),
        Champ("officiel", ecrit=True, sens="Le libellé du contrat lui-même."),
        Champ("partenaires_cites", exporte=False, ecrit=list),
    ],
)

CONTRIBUTION = Declaration(
    Contribution,
    [
        Champ("partenaire", lire=_nom, place=Place("tableau", 10, montrer=_partenaire)),
        Champ("role", place=Place("tableau", 20, montrer=_role)),
        Champ("nature"),
        Champ("texte", place=Place("tableau", 30, montrer=_apport)),
    ],
)

ACTION = Declaration(
    Action,
    [
        Champ(
            "code",
            ecrit=True,
            place=Place("bref", 90),
            sens="L’identifiant de l’action, qui ne change pas.",
        ),
        Champ("slug", exporte=False, ecrit=True),
        Champ("titre", ecrit=True, sens="Le libellé officiel, sauf titre plus court."),
        Champ("pilotes", exporte=False, place=Place("bref", 10, montrer=_pilotes)),
        Champ(
            "axe",
            lire=lambda a: a.volet.axe.numero,
            place=Place("bref", 30, montrer=_axe),
            sens="Le numéro de l’axe du Pacte.",
        ),
        Champ(
            "contrat",
            lire=lambda a: a.volet.contrat.sigle,
            place=Place("bref", 20, montrer=_contrat),
            sens="Le sigle du contrat qui porte l’action.",
        ),
        Champ("volet", exporte=False, ecrit=str),
        Champ(
            "objectif",
            lire=lambda a: a.objectif.texte if a.objectif else None,
            ecrit=int,
            place=Place("bref", 40, montrer=_objectif),
            sens="L’objectif du contrat auquel le texte rattache l’action.",
        ),
        Champ(
            "a_confirmer",
            "À confirmer",
            _doutes,
            sens="Ce que nous avons déduit et que le texte ne dit pas.",
        ),
        Champ("axe_a_confirmer", exporte=False, ecrit=True),
        Champ("fusion_a_confirmer", exporte=False, ecrit=True),
        Champ("partenaires_a_confirmer", exporte=False, ecrit=True),
        Champ("statut", "Avancement", _statut, sens="Celui du dernier point d’étape."),
        Champ("statut_le", "Avancement au", sens="La date de ce point d’étape."),
        Champ(
            "nature",
            place=Place("bref", 50, montrer=_nature),
            sens="Nouvelle, ou renforcée par le Pacte.",
        ),
        Champ("en_clair", sens="L’action en deux phrases."),
        Champ("pour_qui", exporte=False, place=_recit(10, "Pour qui ?")),
        Champ("comment_en_beneficier", exporte=False, place=_recit(20, "Comment en bénéficier ?")),
        Champ("description", exporte=False, place=_recit(30, "Description")),
        Champ("constat", exporte=False, place=_recit(40, "Le constat")),
        Champ(
            "publics",
            ecrit=True,
            place=Place("bref", 60, montrer=_noms("Public", "publics")),
            sens="Les personnes que l’action sert, dans les mots des libellés.",
        ),
        Champ(
            "territoires",
            ecrit=True,
            place=Place("bref", 65, montrer=_noms("Territoire", "territoires")),
            sens="Où elle se passe. Vide : non communiqué.",
        ),
        Champ(
            "debut_prevu",
            place=Place("bref", 70, montrer=_calendrier),
            sens="Le premier jour prévu.",
        ),
        Champ("fin_prevue", sens="Le dernier jour prévu."),
        Champ(
            "echeance",
            "Échéance",
            sens="La prochaine date attendue : un jalon, la fin prévue, ou la date de report.",
        ),
        Champ(
            "en_retard",
            "En retard",
            lambda a: a.est_en_retard,
            sens="L’échéance est passée, et l’action n’est ni terminée, ni suspendue.",
        ),
        Champ("acte", exporte=False, place=Place("bref", 80, montrer=_acte)),
        Champ(
            "contributions",
            "Contributions",
            _roles,
            lambda a: [CONTRIBUTION.en_json(c) for c in a.contributions.all()],
            sens="Les partenaires qui contribuent, avec leur rôle.",
        ),
        Champ(
            "partenaires_cites",
            "Partenaires cités par le texte",
            lambda a: [partenaire.nom for partenaire in a.cites],
            sens="Ceux qu’un libellé nomme, sans dire leur rôle.",
        ),
        Champ(
            "libelles",
            "Libellés",
            _textes,
            lambda a: [LIBELLE.en_json(libelle) for libelle in a.libelles.all()],
            ecrit=LIBELLE,
            sens="Toutes les formulations des textes publics, avec leur source.",
        ),
        Champ(
            "modifiee_le",
            place=Place("bref", 95, montrer=_modifiee_le),
            sens="La dernière modification de la fiche.",
        ),
    ],
)


def _mesure(nom: str) -> Champ:
    return Champ(nom, f"{NOMS_DES_MESURES[nom]} (€)", sens=SENS_DES_MESURES[nom])


FINANCEMENT = Declaration(
    Financement,
    [
        Champ("code", "Code", lambda f: f.action.code, sens="Celui de l’action financée."),
        Champ("action", lire=lambda f: f.action.titre, sens="Son titre."),
        Champ(
            "contrat",
            "Contrat",
            lambda f: f.action.volet.contrat.sigle,
            sens="Le sigle du contrat qui la porte.",
        ),
        Champ("axe", "Axe", lambda f: f.action.volet.axe.numero, sens="Le numéro de son axe."),
        Champ("annee", lire=lambda f: f.annee_id, sens="L’année de la dépense."),
        Champ("financeur", lire=lambda f: f.nom_du_financeur, sens="Qui paie."),
        Champ("nature", sens="De l’argent, ou la valeur d’un apport en nature."),
        *map(_mesure, NOMS_DES_MESURES),
        Champ("definitif", sens="Non : les montants peuvent encore changer."),
    ],
)


def _de_l_annee(attribut: str) -> Callable[[Any], Any]:
    """Return the reader of a value of the year in a row (indicator, year), None when unknown."""
    return lambda ligne: getattr(ligne[1], attribut) or None


INDICATEUR = Declaration(
    Indicateur,
    [
        Champ("action", lire=lambda ligne: ligne[0].action.code, sens="Le code de l’action."),
        Champ(
            "indicateur", "Indicateur", lambda ligne: ligne[0].libelle, sens="Ce qui est compté."
        ),
        Champ("unite", lire=lambda ligne: ligne[0].unite, sens="En quoi."),
        Champ("annee", "Année", lambda ligne: ligne[1].annee, sens="L’année de la mesure."),
        Champ(
            "mesure",
            "Mesuré",
            _de_l_annee("valeur"),
            sens="La valeur publiée ; « moins de 5 » pour un petit nombre de personnes.",
        ),
        Champ(
            "provisoire",
            "Provisoire",
            lambda ligne: ligne[1].est_provisoire,
            sens="La valeur peut encore changer.",
        ),
        Champ("cible", "Cible", _de_l_annee("cible"), sens="Ce qui était visé cette année-là."),
        Champ("source", lire=lambda ligne: ligne[0].source or None, sens="D’où vient la mesure."),
    ],
)
