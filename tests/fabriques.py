"""Rows for tests: valid and visible unless the test says otherwise."""

from datetime import timedelta
from itertools import count

from django.utils import timezone
from django.utils.text import slugify
from django.utils.timezone import localdate

from actions.models import (
    Action,
    Constat,
    Contribution,
    Indicateur,
    Inscription,
    Libelle,
    PointEtape,
    PreparationAction,
    PropositionContribution,
    PropositionNote,
    PropositionReleve,
    Source,
    Subvention,
)
from axes.models import Axe
from contrats.models import Acte, Adhesion, Annee, Contrat, Exercice, Reouverture, Volet
from pacte.comite.models import Comite, Decision
from pacte.comptes.changements import ChangementDeCompte
from pacte.echanges.models import Importation
from pacte.portail.models import Message
from pacte.rapports.models import RapportAnnuel
from pacte.rapports.mots import MotDePartie
from pacte.socle.double_accord import StatutAccord
from pacte.socle.models import Courrier, Utilisateur
from pacte.socle.publication import Publication
from partenaires.models import Invitation, Membre, Partenaire, PreparationPartenaire

SIRET_JUSTE = "22050001100089"
_rangs = count(1001)


def visible() -> dict:
    return {"publication": Publication.VISIBLE, "visible_depuis": timezone.now()}


def creer_partenaire(nom: str = "", **champs) -> Partenaire:
    rang = next(_rangs)
    nom = nom or f"Partenaire {rang}"
    slug = f"{slugify(nom)[:60]}-{rang}"
    return Partenaire.objects.create(**{**visible(), "nom": nom, "slug": slug, **champs})


def creer_axe(**champs) -> Axe:
    rang = next(_rangs)
    noms = dict.fromkeys(("titre", "libelle_officiel", "libelle_court"), f"Axe d’essai {rang}")
    defauts = {**visible(), **noms, "numero": rang, "etiquette": f"Essai {rang}"}
    return Axe.objects.create(**{**defauts, **champs})


def creer_contrat(**champs) -> Contrat:
    rang = next(_rangs)
    defauts = {"sigle": f"CE{rang}", "slug": f"ce-{rang}", "nom": f"Contrat d’essai {rang}"}
    return Contrat.objects.create(**{**visible(), **defauts, **champs})


def creer_volet(**champs) -> Volet:
    contrat = champs.pop("contrat", None) or creer_contrat()
    axe = champs.pop("axe", None) or creer_axe()
    return Volet.objects.create(contrat=contrat, axe=axe, **champs)


def creer_action(titre: str = "", **champs) -> Action:
    rang = next(_rangs)
    volet = champs.pop("volet", None) or creer_volet()
    titre = titre or f"Action d’essai {rang}"
    defauts = {"code": f"ESSAI-{rang}", "slug": f"essai-{rang}", "titre": titre, "volet": volet}
    return Action.objects.create(**{**visible(), **defauts, **champs})


def creer_libelle(action: Action | None = None, **champs) -> Libelle:
    rang = next(_rangs)
    source = champs.pop("source", None) or Source.objects.create(
        code=f"source-{rang}", titre=f"Source {rang}"
    )
    defauts = {"texte": f"Libellé d’essai {rang}", "source": source}
    return Libelle.objects.create(action=action or creer_action(), **{**defauts, **champs})


def creer_acte(**champs) -> Acte:
    return Acte.objects.create(**{"type_acte": "convention", "objet": "Acte d’essai", **champs})


def creer_point(action: Action, le, statut="en_cours", **champs) -> PointEtape:
    return PointEtape.objects.create(action=action, le=le, statut=statut, **champs)


def creer_action_libellee(titre: str = "", **champs) -> Action:
    """An action with its wording, which may be published."""
    action = creer_action(titre, **champs)
    creer_libelle(action, officiel=True)
    return action


MOT_DE_PASSE = "une phrase bien assez longue"


def creer_personne(email: str = "", **champs) -> Utilisateur:
    email = email or f"personne-{next(_rangs)}@exemple.fr"
    if not champs.get("is_active", True):
        champs["cle_des_sessions"] = ""
    return Utilisateur.objects.create_user(email, MOT_DE_PASSE, **champs)


def creer_membre(partenaire: Partenaire | None = None, role="referent", **champs) -> Membre:
    return Membre.objects.create(
        partenaire=partenaire or creer_partenaire(),
        utilisateur=champs.pop("utilisateur", None) or creer_personne(),
        role=role,
        **champs,
    )


def creer_invitation(**champs) -> Invitation:
    rang = next(_rangs)
    defauts = {
        "partenaire": champs.pop("partenaire", None) or creer_partenaire(),
        "courriel": f"invitee-{rang}@exemple.fr",
        "role": "contributeur",
        "empreinte": f"{rang:064}",
        "par": champs.pop("par", None) or creer_personne(),
        "expire_le": timezone.now() + timedelta(days=7),
    }
    return Invitation.objects.create(**{**defauts, **champs})


def creer_adhesion(**champs) -> Adhesion:
    defauts = {
        "partenaire": champs.pop("partenaire", None) or creer_partenaire(),
        "contrat": champs.pop("contrat", None) or creer_contrat(),
        "apport": "Une permanence par semaine.",
        "contact_nom": "Camille Essai",
        "contact_courriel": "camille@exemple.fr",
    }
    return Adhesion.objects.create(**{**defauts, **champs})


def creer_exercice(**champs) -> Exercice:
    defauts = {"contrat": champs.pop("contrat", None) or creer_contrat(), "annee_id": 2025}
    Annee.objects.get_or_create(pk=champs.get("annee_id", 2025))
    return Exercice.objects.create(**{**defauts, **champs})


def clore(contrat: Contrat, annee: int) -> Exercice:
    """Close a year of `contrat`, whoever does it."""
    return creer_exercice(
        contrat=contrat, annee_id=annee, rapport_remis_le=localdate(), clos_le=timezone.now()
    )


def creer_reouverture(**champs) -> Reouverture:
    exercice = champs.pop("exercice", None) or clore(creer_contrat(), 2025)
    return Reouverture.objects.create(exercice=exercice, raison="Une facture oubliée.", **champs)


def creer_mot(**champs) -> MotDePartie:
    exercice = champs.pop("exercice", None) or creer_exercice()
    defauts = {"exercice": exercice, "partie": "etat", "texte": "Une bonne année."}
    return MotDePartie.objects.create(**{**defauts, **champs})


def creer_rapport(**champs) -> RapportAnnuel:
    """A report frozen as of now, that both parties still have to release."""
    exercice = champs.pop("exercice", None) or creer_exercice(annee_id=2024)
    rapport = RapportAnnuel(exercice=exercice)
    rapport.composer()
    for nom, valeur in champs.items():
        setattr(rapport, nom, valeur)
    rapport.save()
    return rapport


def faire_paraitre(rapport: RapportAnnuel) -> RapportAnnuel:
    """Release `rapport`, whoever agreed."""
    for partie in ("etat", "departement"):
        setattr(rapport, f"accord_{partie}_le", timezone.now())
        setattr(rapport, f"accord_{partie}_par", creer_personne())
    rapport.statut, rapport.paru_le = StatutAccord.ACCORDEE, timezone.now()
    rapport.save()
    return rapport


def creer_preparation(**champs) -> PreparationAction:
    """A change being prepared of the title of a published action."""
    action = champs.pop("action", None) or creer_action()
    return PreparationAction.objects.create(
        action=action,
        preparee_par=champs.pop("preparee_par", None) or creer_personne(),
        changements={"champs": {"titre": [action.titre, champs.pop("titre", "Autrement")]}},
        **champs,
    )


def creer_preparation_de_fiche(**champs) -> PreparationPartenaire:
    partenaire = champs.pop("partenaire", None) or creer_partenaire()
    return PreparationPartenaire.objects.create(
        partenaire=partenaire,
        preparee_par=champs.pop("preparee_par", None) or creer_personne(),
        changements={"champs": {"presentation": ["", champs.pop("presentation", "Aide.")]}},
        **champs,
    )


def creer_inscription(**champs) -> Inscription:
    action = champs.pop("action", None) or creer_action(publication="brouillon")
    return Inscription.objects.create(action=action, raison="Un besoin nouveau.", **champs)


def creer_message(**champs) -> Message:
    message = Message(
        **{"sujet": "question", "texte": "Bonjour.", "courriel": "a@exemple.fr", **champs}
    )
    message.deposer()
    return message


def creer_courrier(**champs) -> Courrier:
    """A message that waits for its first try."""
    defauts = {"destinataire": "a@exemple.fr", "objet": "Bonjour", "corps": "Un lien.\n"}
    return Courrier.objects.create(**{**defauts, **champs})


def creer_courrier_echoue(**champs) -> Courrier:
    """A message that the server refused for good."""
    defauts = {"statut": "echoue", "prochain_essai_le": None, "fini_le": timezone.now()}
    return creer_courrier(**{**defauts, "essais": 1, "raison": "Refus du serveur : 550", **champs})


def creer_importation(**champs) -> Importation:
    """A file of which nothing is applied yet; by default, one that changes nothing."""
    par = champs.pop("par", None) or creer_personne()
    defauts = {"nom": "actions.csv", "contenu": b"Code;Titre"}
    return Importation.objects.create(par=par, **{**defauts, **champs})


def creer_changement(**champs) -> ChangementDeCompte:
    """A change of account that waits for a second person."""
    defauts = {
        "compte": champs.pop("compte", None) or creer_personne(),
        "demande_par": champs.pop("demande_par", None) or creer_personne(),
        "nature": "second_facteur",
    }
    return ChangementDeCompte.objects.create(**{**defauts, **champs})


def creer_contribution(**champs) -> Contribution:
    defauts = {
        "action": champs.pop("action", None) or creer_action(),
        "partenaire": champs.pop("partenaire", None) or creer_partenaire(),
        "role": "associe",
        "nature": "expertise",
        "texte": "Oriente les personnes.",
    }
    return Contribution.objects.create(**{**defauts, **champs})


def creer_subvention(**champs) -> Subvention:
    """A grant that nothing is missing from, of which only the amount is not asked by the law."""
    attribuant = champs.pop("attribuant", None) or creer_partenaire(
        "Département", partie="departement", siret=SIRET_JUSTE
    )
    defauts = {
        "action": champs.pop("action", None) or creer_action(),
        "attribuant": attribuant,
        "beneficiaire": champs.pop("beneficiaire", None)
        or creer_partenaire(nature="association", siret="73282932000074"),
        "objet": "Accompagner des personnes.",
        "convention_le": localdate(),
        "montant": "12000.50",
        "conditions": "unique",
        "verse_du": localdate(),
        "notifiee_ue": False,
    }
    return Subvention.objects.create(**{**defauts, **champs})


def creer_indicateur(**champs) -> Indicateur:
    defauts = {
        "action": champs.pop("action", None) or creer_action(),
        "libelle": f"Personnes {next(_rangs)}",
        "unite": "personnes",
    }
    return Indicateur.objects.create(**{**defauts, **champs})


def creer_constat(enonce: str = "", **champs) -> Constat:
    """A finding with what its lists hold: `actions`, `publics`, `territoires`."""
    listes = {
        nom: champs.pop(nom) for nom in ("actions", "publics", "territoires") if nom in champs
    }
    enonce = enonce or f"Constat d’essai {next(_rangs)}"
    constat = Constat.objects.create(**{**visible(), "enonce": enonce, **champs})
    for nom, lignes in listes.items():
        getattr(constat, nom).set(lignes)
    return constat


def creer_comite(le=None, **champs) -> Comite:
    """A meeting of its own day: held a week ago, or a day earlier for each one there is."""
    le = le or localdate() - timedelta(days=7 + Comite.objects.count())
    return Comite.objects.create(le=le, **champs)


def creer_decision(libelle: str = "", **champs) -> Decision:
    """An internal decision of a meeting that was held, with its `actions`."""
    actions = champs.pop("actions", [])
    comite = champs.pop("comite", None) or creer_comite()
    libelle = libelle or f"Décision d’essai {next(_rangs)}"
    decision = Decision.objects.create(comite=comite, libelle=libelle, **champs)
    decision.actions.set(actions)
    return decision


def creer_reformulation(**champs) -> PropositionContribution:
    contribution = champs.pop("contribution", None) or creer_contribution()
    champs.setdefault("partenaire", contribution.partenaire)
    return _creer_proposition(
        PropositionContribution, contribution=contribution, texte="Oriente et accueille.", **champs
    )


def creer_valeur(**champs) -> PropositionReleve:
    indicateur = champs.pop("indicateur", None) or creer_indicateur(responsable=creer_partenaire())
    annee = champs.pop("annee", None) or Annee.objects.get_or_create(pk=2025)[0]
    champs.setdefault("partenaire", indicateur.responsable)
    champs.setdefault("valeur", 52)
    return _creer_proposition(PropositionReleve, indicateur=indicateur, annee=annee, **champs)


def creer_note(**champs) -> PropositionNote:
    action = champs.pop("action", None) or creer_action(statut="en_cours")
    partenaire = champs.pop("partenaire", None)
    if partenaire is None:
        partenaire = creer_contribution(action=action).partenaire
    return _creer_proposition(
        PropositionNote, action=action, partenaire=partenaire, texte="Dix ateliers.", **champs
    )


def _creer_proposition(modele, **champs):
    """Write a pending proposal as `envoyer` would."""
    champs.setdefault("envoyee_par", None)
    champs["envoyee_par"] = champs["envoyee_par"] or creer_personne()
    proposition = modele(**champs)
    proposition.avant = proposition.actuel
    proposition.save()
    return proposition
