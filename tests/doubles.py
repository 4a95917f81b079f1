"""Every form of the public and of partners that writes: how it is sent, what once makes."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model
from django.test import Client
from django.utils.timezone import localdate

from actions.models import PropositionContribution, PropositionNote, PropositionReleve
from contrats.models import Adhesion, Annee
from pacte.portail.models import Message
from pacte.socle.models import EntreeJournal
from partenaires.models import Invitation, Membre, Partenaire, PreparationPartenaire
from tests import fabriques as f


@dataclass(frozen=True)
class Envoi:
    """A form: its address, what it says, and how many rows of each model one sending leaves."""

    adresse: str
    champs: dict
    laisse: dict[type[Model], int]
    # Signed in, whoever sends it.
    par: Membre | None = None
    # Entries of the journal that one sending writes.
    journal: int = 1

    def envoyer(self) -> int:
        """Send it from a browser of its own; return the status of the answer."""
        client = Client()
        if self.par:
            client.force_login(self.par.utilisateur)
        return client.post(self.adresse, self.champs).status_code

    def reste(self) -> dict:
        return {modele: modele.objects.count() for modele in self.laisse}

    def verifier(self) -> None:
        """Assert that whatever was sent, once or twice, was done once."""
        assert self.reste() == self.laisse
        assert EntreeJournal.objects.count() == self.journal


def contact() -> Envoi:
    champs = {"sujet": "question", "texte": "Bonjour.", "courriel": "a@exemple.fr"}
    return Envoi("/contact/", champs, {Message: 1}, journal=0)


def _demande(nom: str) -> dict:
    return {
        "organisation-nom": nom,
        "organisation-nature": "association",
        "contrat": f.creer_contrat().pk,
        "apport": "Une permanence.",
        "contact_nom": "Camille Essai",
        "contact_courriel": "camille@exemple.fr",
    }


def adhesion() -> Envoi:
    return Envoi("/adhesion/", _demande("Entraide"), {Adhesion: 1, Partenaire: 1})


def adhesion_qui_attend() -> Envoi:
    """Somebody else asked before for the same organisation: this one waits behind."""
    champs = _demande("Entraide")
    premiere = f.creer_adhesion(
        partenaire=f.creer_partenaire("Entraide"), contact_courriel="autre@exemple.fr"
    )
    champs["contrat"] = premiere.contrat_id
    return Envoi("/adhesion/", champs, {Adhesion: 2, Partenaire: 1})


def retrait_d_une_adhesion() -> Envoi:
    demande = f.creer_adhesion()
    return Envoi(f"/adhesion/suivi/{demande.cle}/retirer/", {}, {Adhesion: 1})


def _espace(membre: Membre, suite: str) -> str:
    return f"/espace/{membre.partenaire.slug}/{suite}"


def _contribution(membre: Membre):
    return f.creer_contribution(partenaire=membre.partenaire, texte="Ancien texte.")


def reformulation() -> Envoi:
    membre = f.creer_membre()
    adresse = _espace(membre, f"contributions/{_contribution(membre).pk}/proposer/")
    champs = {"texte": "Nouveau texte.", "lu": "Ancien texte.", "envoyer": "1"}
    return Envoi(adresse, champs, {PropositionContribution: 1}, membre)


def valeur() -> Envoi:
    membre, annee = f.creer_membre(), localdate().year
    Annee.objects.get_or_create(pk=annee)
    indicateur = f.creer_indicateur(responsable=membre.partenaire, action=f.creer_action())
    adresse = _espace(membre, f"indicateurs/{indicateur.pk}/{annee}/")
    return Envoi(
        adresse,
        {"valeur": "12", "lu": "non communiqué", "envoyer": "1"},
        {PropositionReleve: 1},
        membre,
    )


def note() -> Envoi:
    membre = f.creer_membre()
    adresse = _espace(membre, f"actions/{_contribution(membre).action.slug}/note/")
    champs = {"texte": "Ouvert.", "envoyer": "1"}
    return Envoi(adresse, champs, {PropositionNote: 1}, membre)


def confirmation() -> Envoi:
    membre = f.creer_membre()
    adresse = _espace(membre, f"contributions/{_contribution(membre).pk}/confirmer/")
    return Envoi(adresse, {}, {}, membre)


def retrait_d_une_proposition() -> Envoi:
    membre = f.creer_membre()
    proposition = f.creer_reformulation(contribution=_contribution(membre))
    adresse = f"{proposition.get_absolute_url()}retirer/"
    return Envoi(adresse, {}, {PropositionContribution: 1}, membre)


def fiche() -> Envoi:
    membre = f.creer_membre()
    champs = {"nom": membre.partenaire.nom, "nature": "association", "presentation": "Nous aidons."}
    champs["lu"] = PreparationPartenaire(partenaire=membre.partenaire).depart
    return Envoi(_espace(membre, "fiche/"), champs, {PreparationPartenaire: 1}, membre)


def retrait_de_la_fiche() -> Envoi:
    membre = f.creer_membre()
    f.creer_preparation_de_fiche(partenaire=membre.partenaire, preparee_par=membre.utilisateur)
    return Envoi(_espace(membre, "fiche/retirer/"), {}, {PreparationPartenaire: 1}, membre)


def invitation() -> Envoi:
    membre = f.creer_membre()
    champs = {"courriel": "nadia@exemple.fr", "role": "contributeur"}
    return Envoi(_espace(membre, "membres/inviter/"), champs, {Invitation: 1}, membre)


def revocation() -> Envoi:
    membre = f.creer_membre()
    envoyee = f.creer_invitation(partenaire=membre.partenaire)
    adresse = _espace(membre, f"invitations/{envoyee.pk}/annuler/")
    return Envoi(adresse, {}, {Invitation: 1}, membre)


def depart() -> Envoi:
    membre = f.creer_membre()
    collegue = f.creer_membre(membre.partenaire, role="contributeur")
    return Envoi(_espace(membre, f"membres/{collegue.pk}/retirer/"), {}, {Membre: 1}, membre)


def nomination() -> Envoi:
    membre = f.creer_membre()
    collegue = f.creer_membre(membre.partenaire, role="contributeur")
    return Envoi(_espace(membre, f"membres/{collegue.pk}/nommer/"), {}, {Membre: 2}, membre)


def acceptation() -> Envoi:
    invitee = f.creer_personne()
    f.creer_invitation(courriel=invitee.email, empreinte=hashlib.sha256(b"jeton").hexdigest())
    deja = Membre(utilisateur=invitee)
    return Envoi("/compte/invitation/jeton/", {}, {Membre: 1}, deja)


ENVOIS: list[Callable[[], Envoi]] = [
    contact,
    adhesion,
    adhesion_qui_attend,
    retrait_d_une_adhesion,
    reformulation,
    valeur,
    note,
    confirmation,
    retrait_d_une_proposition,
    fiche,
    retrait_de_la_fiche,
    invitation,
    revocation,
    depart,
    nomination,
    acceptation,
]
