"""What partners bring to an action, and the wordings of its sources."""

from django.utils.text import capfirst

from actions.champs.rattachement import rattacher
from actions.models import Contribution, Libelle
from pacte.socle.champs import Champ, Declaration, Lecture, Place
from pacte.socle.typographie import date_fr, nombre_fr


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
        *rattacher(),
        Champ(
            "partenaire",
            chemin="partenaire__nom",
            importe="partenaire",
            cle=True,
            place=Place("tableau", 10, montrer=_partenaire),
            sens="Qui contribue.",
        ),
        Champ(
            "role",
            importe="role",
            cle=True,
            place=Place("tableau", 20, montrer=_role),
            sens="Ce qu’il est dans l’action.",
        ),
        Champ("nature", importe="nature", cle=True, sens="Ce qu’il apporte, par genre."),
        Champ(
            "texte",
            importe="texte",
            place=Place("tableau", 30, montrer=_apport),
            sens="Ce qu’il apporte, en une phrase.",
        ),
        Champ("etp", importe="etp"),
        Champ("annee_debut", importe="annee_debut", sens="La première année, si elle est connue."),
        Champ("annee_fin", importe="annee_fin", interne=True, sens="La dernière, si elle l’est."),
        Champ("confirmee_le", sens="Le jour où le partenaire a confirmé."),
    ],
)
# What an action already says of the contributions that it holds.
DE_L_ACTION = frozenset(champ.nom for champ in rattacher())
