"""What is public of an action."""

from collections.abc import Callable, Iterable
from datetime import date

from django.utils.text import capfirst

from actions.champs.constat import CONSTAT
from actions.champs.contribution import CONTRIBUTION, DE_L_ACTION, LIBELLE
from actions.models import Action, StatutAction
from pacte.socle.champs import Champ, Declaration, Lecture, Place
from pacte.socle.typographie import date_fr

# What the sheet of an action need not repeat of a finding that it answers.
DU_RESTE = ("territoires", "publics", "actions")


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


ACTION = Declaration(
    Action,
    [
        Champ(
            "code",
            ecrit=True,
            cle=True,
            importe="code",
            place=Place("bref", 90),
            sens="L’identifiant de l’action, qui ne change pas.",
        ),
        Champ("slug", exporte=False, ecrit=True),
        Champ(
            "titre",
            ecrit=True,
            importe="titre",
            sens="Le libellé officiel, sauf titre plus court.",
        ),
        Champ("publication", interne=True, sens="Brouillon, visible, ou retirée du site."),
        Champ("pilotes", exporte=False, place=Place("bref", 10, montrer=_pilotes)),
        Champ(
            "axe",
            chemin="volet__axe__numero",
            importe="axe",
            place=Place("bref", 30, montrer=_axe),
            sens="Le numéro de l’axe du Pacte.",
        ),
        Champ(
            "contrat",
            chemin="volet__contrat__sigle",
            importe="contrat",
            place=Place("bref", 20, montrer=_contrat),
            sens="Le sigle du contrat qui porte l’action.",
        ),
        Champ("volet", exporte=False, ecrit=str),
        Champ(
            "objectif",
            chemin="objectif__texte",
            ecrit=int,
            importe="objectif",
            place=Place("bref", 40, montrer=_objectif),
            sens="L’objectif du contrat auquel le texte rattache l’action.",
        ),
        Champ(
            "a_confirmer",
            "À confirmer",
            lambda a: a.doutes,
            genre=list,
            sens="Ce que nous avons déduit et que le texte ne dit pas.",
        ),
        Champ("axe_a_confirmer", exporte=False, ecrit=True),
        Champ("fusion_a_confirmer", exporte=False, ecrit=True),
        Champ("partenaires_a_confirmer", exporte=False, ecrit=True),
        Champ("statut", "Avancement", _statut, sens="Celui du dernier point d’étape."),
        Champ("statut_le", "Avancement au", sens="La date de ce point d’étape."),
        Champ(
            "nature",
            importe="nature",
            place=Place("bref", 50, montrer=_nature),
            sens="Nouvelle, ou renforcée par le Pacte.",
        ),
        Champ("renfort", importe="renfort", sens="Pour une action renforcée : en quoi."),
        Champ("en_clair", importe="en_clair", sens="L’action en deux phrases."),
        Champ(
            "pour_qui",
            importe="pour_qui",
            place=_recit(10, "Pour qui ?"),
            sens="Les personnes à qui elle s’adresse.",
        ),
        Champ(
            "comment_en_beneficier",
            importe="comment_en_beneficier",
            place=_recit(20, "Comment en bénéficier ?"),
            sens="Ce qu’il faut faire, qui appeler.",
        ),
        Champ(
            "description",
            importe="description",
            place=_recit(30, "Description"),
            sens="L’action en détail.",
        ),
        Champ(
            "constat",
            "Constat du diagnostic",
            importe="constat",
            place=_recit(40, "Le constat"),
            sens="Une phrase du diagnostic que sa fiche cite.",
        ),
        Champ(
            "constats",
            "Constats du diagnostic",
            lambda a: [constat.enonce for constat in a.constats_publies],
            lambda a: [CONSTAT.en_json(c, sans=DU_RESTE) for c in a.constats_publies],
            sens="Les constats communs auxquels elle répond.",
        ),
        Champ(
            "besoins",
            ecrit=True,
            importe="besoins",
            sens="Ce que cherche une personne à qui elle peut servir.",
        ),
        Champ(
            "publics",
            ecrit=True,
            importe="publics",
            place=Place("bref", 60, montrer=_noms("Public", "publics")),
            sens="Les personnes que l’action sert, dans les mots des libellés.",
        ),
        Champ(
            "territoires",
            ecrit=True,
            importe="territoires",
            place=Place("bref", 65, montrer=_noms("Territoire", "territoires")),
            sens="Où elle se passe. Vide : non communiqué.",
        ),
        Champ(
            "debut_prevu",
            importe="debut_prevu",
            place=Place("bref", 70, montrer=_calendrier),
            sens="Le premier jour prévu.",
        ),
        Champ("fin_prevue", importe="fin_prevue", sens="Le dernier jour prévu."),
        Champ(
            "echeance",
            "Échéance",
            genre=date,
            sens="La prochaine date attendue : un jalon, la fin prévue, ou la date de report.",
        ),
        Champ(
            "en_retard",
            "En retard",
            lambda a: a.est_en_retard,
            genre=bool,
            sens="L’échéance est passée, et l’action n’est ni terminée, ni suspendue.",
        ),
        Champ("acte", exporte=False, place=Place("bref", 80, montrer=_acte)),
        Champ(
            "contributions",
            "Contributions",
            _roles,
            lambda a: [CONTRIBUTION.en_json(c, sans=DE_L_ACTION) for c in a.contributions.all()],
            genre=list,
            sens="Les partenaires qui contribuent, avec leur rôle.",
        ),
        Champ(
            "partenaires_cites",
            "Partenaires cités par le texte",
            lambda a: [partenaire.nom for partenaire in a.cites],
            genre=list,
            sens="Ceux qu’un libellé nomme, sans dire leur rôle.",
        ),
        Champ(
            "libelles",
            "Libellés",
            _textes,
            lambda a: [LIBELLE.en_json(libelle) for libelle in a.libelles.all()],
            genre=list,
            ecrit=LIBELLE,
            sens="Toutes les formulations des textes publics, avec leur source.",
        ),
        Champ(
            "modifiee_le",
            place=Place("bref", 95, montrer=_modifiee_le),
            sens="La dernière modification de la fiche.",
        ),
        Champ("note_interne", importe="note_interne", interne=True),
    ],
)
