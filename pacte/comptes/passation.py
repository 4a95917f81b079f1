"""Handing over: what somebody carries, that another takes up when they leave.

Carried is what waits for one person: being référent, invitations sent, files brought in, requests
about which one is reached. What was done names who did it and is never rewritten: decisions,
answers, proposals, the journal. What a group holds (the decisions of a party, the messages) is
carried by nobody; a change of account asked is not handed over either, since it takes two persons.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.text import capfirst

from actions.models import GENRES, PreparationAction
from contrats.models import Adhesion
from pacte.comptes.changements import (
    ChangementDeCompte,
    noter_le_remaniement,
    parties_des_groupes,
    peut_demander,
)
from pacte.echanges.models import Importation
from pacte.socle.double_accord import LA_PARTIE, Partie, agents_de
from pacte.socle.fiches import fiche
from pacte.socle.journal import FaitCompte, consigner
from pacte.socle.models import Utilisateur
from pacte.socle.preparation import Preparation
from pacte.socle.transitions import TransitionInterdite, verrouiller
from pacte.socle.typographie import date_fr, pluriel
from partenaires.models import Invitation, Membre, PreparationPartenaire, RoleMembre

ModelePrepare = type[PreparationAction] | type[PreparationPartenaire]
PREPARES: list[ModelePrepare] = [PreparationAction, PreparationPartenaire]


@dataclass(frozen=True)
class Ligne:
    """One thing: what it is, what becomes of it, and where it is seen ("" for nowhere)."""

    texte: str
    detail: str
    adresse: str = ""


class Lot(ABC):
    """What goes together to one successor."""

    cle: str
    titre: str
    lignes: list[Ligne]
    aide = ""
    est_seul = False

    @abstractmethod
    def successeurs(self) -> QuerySet[Utilisateur]:
        """Return who has the same right, and may take it up."""

    @abstractmethod
    def transmettre(self, a: Utilisateur, par: Utilisateur) -> None:
        """Hand it over to `a`, one of the `successeurs`."""


class LotDePartenaire(Lot):
    """What a member carries for one partner; whoever hands it over leaves the partner."""

    aide = (
        "Cette personne reprend le rôle de référente et les invitations ; celle qui part n’a plus "
        "accès à l’organisation."
    )

    def __init__(self, membre: Membre) -> None:
        self.membre, self.partenaire = membre, membre.partenaire
        self.cle, self.titre = f"partenaire-{self.partenaire.pk}", str(self.partenaire)
        self.est_seul = membre.est_seul_referent
        self.demandes = self.partenaire.adhesions.a_suivre().filter(
            contact_courriel__iexact=membre.utilisateur.email
        )
        self.lignes = [*self._du_role(), *self._des_invitations(), *self._des_demandes()]
        self.lignes += self._des_propositions()

    def successeurs(self) -> QuerySet[Utilisateur]:
        siens = self.partenaire.membres.exclude(pk=self.membre.pk).values("utilisateur")
        return Utilisateur.objects.filter(pk__in=siens, is_active=True)

    def transmettre(self, a: Utilisateur, par: Utilisateur) -> None:
        for demande in self.demandes:
            demande.confier(a, par=par)
        self.membre.passer_la_main(self.partenaire.membres.get(utilisateur=a), par=par)

    def _du_role(self) -> list[Ligne]:
        if not self.membre.est_referent:
            return []
        detail = "la seule de l’organisation" if self.est_seul else "il y en a d’autres"
        return [Ligne("Personne référente", detail)]

    def _des_invitations(self) -> list[Ligne]:
        siennes = self.partenaire.invitations.en_cours().filter(par=self.membre.utilisateur)
        return [_dire_l_invitation(invitation) for invitation in siennes]

    def _des_demandes(self) -> list[Ligne]:
        return [
            Ligne(f"Demande d’adhésion {d.reference}", "personne à joindre", fiche(d))
            for d in self.demandes
        ]

    def _des_propositions(self) -> list[Ligne]:
        """They stay as they are, in the name of the partner, which reads the answer."""
        return [
            Ligne(f"Proposition : {p.sujet}", "reste au nom de l’organisation", fiche(p))
            for modele in GENRES.values()
            for p in modele.objects.en_attente().de(self.partenaire)
            if p.envoyee_par_id == self.membre.utilisateur_id
        ]


class LotDAgent(Lot):
    """Rows of an officer; the successor has the right that it takes and decides for the same side.

    So that nothing of one party ever goes to the other.
    """

    droit = ""

    def __init__(self, compte: Utilisateur) -> None:
        self.compte = compte
        self.lignes = [self.dire(objet) for objet in self.objets()]

    @abstractmethod
    def objets(self) -> QuerySet:
        """Return the rows."""

    @abstractmethod
    def dire(self, objet: object) -> Ligne:
        """Return the line of one row."""

    def successeurs(self) -> QuerySet[Utilisateur]:
        permises = Utilisateur.objects.qui_peuvent(self.droit).filter(is_staff=True)
        siennes = parties_des_groupes(self.compte.groups.all())
        for partie in Partie:
            decide = Q(pk__in=agents_de(partie).values("pk"))
            permises = permises.filter(decide if partie in siennes else ~decide)
        return permises.exclude(pk=self.compte.pk)

    def transmettre(self, a: Utilisateur, par: Utilisateur) -> None:
        for objet in self.objets():
            objet.confier(a, par=par)


class LotDeFichiers(LotDAgent):
    cle, titre, droit = "fichiers", "Fichiers apportés", "pacte.add_importation"

    def objets(self) -> QuerySet[Importation]:
        return Importation.objects.ouvertes().filter(par=self.compte)

    def dire(self, objet: Importation) -> Ligne:  # type: ignore[override]  # rows of `objets`
        detail = "encore annulable" if objet.applique_le else "pas encore appliqué"
        return Ligne(str(objet), detail, fiche(objet))


class LotDInvitations(LotDAgent):
    """Invitations to partners of which one is not a member."""

    cle, titre, droit = "invitations", "Invitations envoyées", "partenaires.add_invitation"

    def objets(self) -> QuerySet[Invitation]:
        siens = self.compte.appartenances.values("partenaire")
        ouvertes = Invitation.objects.en_cours().filter(par=self.compte)
        return ouvertes.exclude(partenaire__in=siens).select_related("partenaire")

    def dire(self, objet: Invitation) -> Ligne:  # type: ignore[override]  # rows of `objets`
        return _dire_l_invitation(objet)


class LotDeModifications(LotDAgent):
    """Changes of published rows, being prepared."""

    def __init__(self, compte: Utilisateur, modele: ModelePrepare) -> None:
        self.modele, self.droit = modele, modele.DROIT_DE_PREPARER
        self.cle = modele._meta.model_name or ""
        self.titre = str(modele._meta.verbose_name_plural).capitalize()
        super().__init__(compte)

    def objets(self) -> QuerySet[Preparation]:
        portees: QuerySet[Preparation] = self.modele.objects.portees_par(self.compte)
        return portees

    def dire(self, objet: Preparation) -> Ligne:  # type: ignore[override]  # rows of `objets`
        return Ligne(str(objet), f"préparée le {date_fr(objet.preparee_le)}", fiche(objet))

    def transmettre(self, a: Utilisateur, par: Utilisateur) -> None:
        for objet in self.objets():
            objet.transmettre(a, par=par)


class Passation:
    """What `compte` carries, and the one gesture that hands it over."""

    def __init__(self, compte: Utilisateur) -> None:
        self.compte = compte

    @cached_property
    def lots(self) -> list[Lot]:
        """What there is to hand over, by successor; read once (some twenty queries)."""
        membres = self.compte.appartenances.select_related("partenaire", "utilisateur")
        lots: list[Lot] = [LotDePartenaire(membre) for membre in membres]
        lots += [LotDeFichiers(self.compte), LotDInvitations(self.compte)]
        lots += [LotDeModifications(self.compte, modele) for modele in PREPARES]
        return [lot for lot in lots if lot.lignes]

    @cached_property
    def changements(self) -> list[ChangementDeCompte]:
        """Changes that wait for a second person, which a closing refuses."""
        siens = Q(compte=self.compte) | Q(demande_par=self.compte)
        return list(ChangementDeCompte.objects.en_attente().filter(siens).select_related("compte"))

    @cached_property
    def constats(self) -> list[tuple[str, bool]]:
        """What becomes of decisions and messages, carried by a whole group; is it alarming?"""
        parties = parties_des_groupes(self.compte.groups.all())
        dits = [self._dire_les_collegues(p) for p in Partie if p in parties]
        if self.compte.groups.filter(permissions__codename="repondre_message").exists():
            autres = Utilisateur.objects.qui_peuvent("pacte.repondre_message")
            if not autres.exclude(pk=self.compte.pk).exists():
                texte = "Personne d’autre ne répond aux messages du formulaire de contact."
                dits.append((texte, True))
        return dits

    def _dire_les_collegues(self, partie: Partie) -> tuple[str, bool]:
        nombre = agents_de(partie).exclude(pk=self.compte.pk).count()
        qui = LA_PARTIE[partie]
        if not nombre:
            texte = (
                f"Personne d’autre ne décide pour {qui} : avant de fermer ce compte, en ouvrir un "
                "à quelqu’un de cette partie."
            )
            return texte, True
        collegues = pluriel(nombre, "collègue les voit", "collègues les voient")
        return f"{capfirst(qui)} garde ses décisions à prendre : {collegues} déjà.", False

    @transaction.atomic
    def faire(
        self, *, par: Utilisateur, successeurs: dict[str, Utilisateur], fermer: bool = False
    ) -> None:
        """Hand over each lot of `successeurs` (its key → who takes it up), then close the account.

        All of it or nothing. Raises PermissionDenied unless `par` may change the account,
        TransitionInterdite when a successor may not take a lot up, or when it is carried no more.
        """
        exiger_la_passation(par, self.compte)
        verrouiller(self.compte)
        if fermer and not self.compte.is_active:
            raise TransitionInterdite("Ce compte est déjà fermé.")
        lots = {lot.cle: lot for lot in Passation(self.compte).lots}
        for cle, successeur in successeurs.items():
            if cle not in lots:
                raise TransitionInterdite("Ce compte ne porte plus tout ce qui était montré.")
            verrouiller(successeur)
            if not lots[cle].successeurs().filter(pk=successeur.pk).exists():
                quoi = lots[cle].titre
                raise TransitionInterdite(f"{successeur} ne peut pas reprendre « {quoi} ».")
            lots[cle].transmettre(successeur, par)
        if successeurs:
            a = {cle: successeur.pk for cle, successeur in successeurs.items()}
            consigner(self.compte, FaitCompte.PASSATION, par=par, a=a)
        if fermer:
            self._fermer(par)

    def _fermer(self, par: Utilisateur) -> None:
        """Close the account: what was not handed over and opens something is cancelled.

        Only the last référent stays a member, so that the partner is seen to have nobody.
        """
        for changement in Passation(self.compte).changements:
            changement.abandonner(par=par)
        for invitation in Invitation.objects.en_cours().filter(par=self.compte):
            invitation.annuler(par=par)
        for membre in self.compte.appartenances.select_related("partenaire"):
            if not membre.est_seul_referent:
                membre.quitter(par=par)
        self.compte.fermer()
        noter_le_remaniement(self.compte)
        consigner(self.compte, FaitCompte.FERME_AU_DEPART, par=par)


def peut_passer(par: Utilisateur, compte: Utilisateur) -> bool:
    """Tell whether `par` may hand over for `compte`: as for any change of somebody's account."""
    return peut_demander(par, compte) and (par.is_superuser or not compte.is_superuser)


def exiger_la_passation(par: Utilisateur, compte: Utilisateur) -> None:
    if not peut_passer(par, compte):
        raise PermissionDenied("Votre compte ne permet pas cette opération.")


def portent_encore(comptes: QuerySet[Utilisateur]) -> QuerySet[Utilisateur]:
    """Return those of `comptes` that are closed and still carry what waits for somebody."""
    referents = Membre.objects.filter(utilisateur=OuterRef("pk"), role=RoleMembre.REFERENT)
    autres = Membre.objects.referents().filter(partenaire=OuterRef("partenaire"))
    invitations = Invitation.objects.en_cours().filter(par=OuterRef("pk"))
    fichiers = Importation.objects.ouvertes().filter(par=OuterRef("pk"))
    demandes = (
        Adhesion.objects.a_suivre()
        .filter(partenaire__membres__utilisateur=OuterRef("pk"))
        .annotate(contact=Lower("contact_courriel"))
        .filter(contact=OuterRef("email"))
    )
    charges = [referents.filter(~Exists(autres)), invitations, fichiers, demandes]
    charges += [_preparations_de(modele) for modele in PREPARES]
    porte = Q()
    for charge in charges:
        porte |= Q(Exists(charge))
    return comptes.filter(porte, is_active=False)


def _preparations_de(modele: ModelePrepare) -> QuerySet:
    """Return the changes that the account of the outer query was handed, or prepares alone."""
    preparations: QuerySet = modele.objects.portees_par(OuterRef("pk"))
    return preparations


def _dire_l_invitation(invitation: Invitation) -> Ligne:
    jusqu_au = f"{invitation.partenaire.nom_court}, jusqu’au {date_fr(invitation.expire_le)}"
    return Ligne(f"Invitation de {invitation.courriel}", jusqu_au, fiche(invitation))
