"""What the portal holds about one person, as a file that they take away (RGPD, articles 15 and 20).

Rows about the person are given field by field, from the lists below: a secret (password, seed of a
second factor, key of a session or of a link) is in none of them. Every other column that names an
account or holds an address is found in the models themselves, so that none is forgotten, and its
row is given by its name: what was decided or written belongs to the pact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pacte.portail.listes import lire
from pacte.socle.models import EntreeJournal, Utilisateur

ABSENT = [
    "Les secrets : mot de passe, graine du second facteur, codes de secours, clés des liens et des "
    "sessions.",
    "Les journaux du serveur et les sauvegardes : ils ne se lisent pas par personne. Leur durée "
    "est plus bas, dans « traitements ».",
    "Ce qui est écrit dans un texte libre (le compte rendu d’un comité, un bulletin) sans lien "
    "avec un compte ni une adresse.",
    "Les propositions et les décisions des autres membres de votre organisation.",
]
NON_PROUVEE = (
    "Ce qui se retrouve par la seule adresse (messages, demandes, invitations) : le compte n’a pas "
    "encore prouvé que cette adresse est la sienne. Écrivez par le formulaire de contact."
)


@dataclass(frozen=True)
class Table:
    """A table of rows about a person: by which columns they are found, which fields are given."""

    titre: str
    modele: str
    champs: str
    compte: str = ""
    adresses: str = ""

    def lignes(self, compte: Utilisateur | None, adresse: str) -> list[dict[str, Any]]:
        cherche = Q(pk__in=[])
        if compte:
            cherche |= _ou(self.compte.split(), compte)
        if adresse:
            cherche |= _ou([f"{nom}__iexact" for nom in self.adresses.split()], adresse)
        lues = apps.get_model(self.modele)._default_manager.filter(cherche).order_by("pk")
        return [self._decrire(ligne) for ligne in lues]

    def _decrire(self, ligne: models.Model) -> dict[str, Any]:
        return {nom: _valeur(ligne, nom) for nom in self.champs.split()}

    @property
    def colonnes(self) -> set[tuple[str, str]]:
        """The columns that this table accounts for."""
        noms = [*self.compte.split(), *self.adresses.split()]
        return {(self.modele.lower(), nom) for nom in noms}


CONTACT = "contact_nom contact_fonction contact_courriel"
PROPOSITION = "statut envoyee_le partenaire traitee_le motif"
TABLES = [
    Table("adresses", "account.EmailAddress", "email verified primary", "user", "email"),
    Table("second_facteur", "mfa.Authenticator", "type created_at last_used_at", "user"),
    Table(
        "sessions_ouvertes",
        "usersessions.UserSession",
        "ip user_agent created_at last_seen_at",
        "user",
    ),
    Table(
        "comptes_relies",
        "socialaccount.SocialAccount",
        "provider uid date_joined last_login",
        "user",
    ),
    Table("appartenances", "partenaires.Membre", "partenaire role depuis", "utilisateur"),
    Table(
        "invitations_recues",
        "partenaires.Invitation",
        "courriel partenaire role creee_le expire_le utilisee_le revoquee_le",
        adresses="courriel",
    ),
    Table(
        "demandes_de_prendre_part",
        "contrats.Adhesion",
        f"{CONTACT} partenaire contrat apport deposee_le statut motif_refus",
        adresses="contact_courriel",
    ),
    Table(
        "demandes_de_prendre_part_avant_correction",
        "contrats.HistoricalAdhesion",
        f"{CONTACT} history_date",
        adresses="contact_courriel",
    ),
    Table(
        "messages",
        "pacte.Message",
        "reference sujet nom courriel page texte recu_le repondu_le",
        adresses="courriel",
    ),
    Table(
        "changements_de_compte",
        "pacte.ChangementDeCompte",
        "nature adresse ancienne_adresse statut demande_le decide_le",
        "compte",
        "adresse ancienne_adresse",
    ),
    Table(
        "formulations_proposees",
        "actions.PropositionContribution",
        f"contribution texte {PROPOSITION}",
        "envoyee_par",
    ),
    Table(
        "valeurs_proposees",
        "actions.PropositionReleve",
        f"indicateur annee valeur precision {PROPOSITION}",
        "envoyee_par",
    ),
    Table(
        "notes_proposees", "actions.PropositionNote", f"action texte {PROPOSITION}", "envoyee_par"
    ),
    Table("fichiers_apportes", "pacte.Importation", "nom depose_le applique_le annule_le", "par"),
    Table("journal", "socle.EntreeJournal", "le fait libelle", "par"),
]
COMPTE = "email first_name last_name is_active is_staff date_joined last_login rappele_le"


def donnees_de(adresse: str, compte: Utilisateur | None, *, prouvee: bool) -> dict[str, Any]:
    """Return what is held about `compte`, and about `adresse` when it is proved to be theirs."""
    adresse_a_chercher = adresse if prouvee else ""
    return {
        "a_propos": {
            "adresse": adresse,
            "le": timezone.now(),
            "ce_qui_n_y_est_pas": ABSENT if prouvee else [*ABSENT, NON_PROUVEE],
        },
        "compte": _decrire_le_compte(compte) if compte else None,
        **{table.titre: table.lignes(compte, adresse_a_chercher) for table in TABLES},
        "journal_a_votre_sujet": _journal_sur(compte) if compte else [],
        "lignes_qui_vous_nomment": list(_autres_lignes(compte, adresse_a_chercher)),
        "traitements": lire("traitements"),
    }


def donnees_du_compte(compte: Utilisateur) -> dict[str, Any]:
    """Return what is held about the owner of `compte`."""
    prouvees = EmailAddress.objects.filter(user=compte, email__iexact=compte.email, verified=True)
    return donnees_de(compte.email, compte, prouvee=prouvees.exists())


def donnees_d_une_adresse(adresse: str) -> dict[str, Any]:
    """Return what is held about whoever has `adresse`, with an account or without.

    For an administrator, who checked who asks.
    """
    compte = Utilisateur.objects.filter(email__iexact=adresse).first()
    return donnees_de(adresse, compte, prouvee=True)


def _decrire_le_compte(compte: Utilisateur) -> dict[str, Any]:
    champs = {nom: _valeur(compte, nom) for nom in COMPTE.split()}
    return {**champs, "groupes": [groupe.name for groupe in compte.groups.order_by("name")]}


def _journal_sur(compte: Utilisateur) -> list[dict[str, Any]]:
    entrees = EntreeJournal.objects.filter(
        type_objet__app_label="socle", type_objet__model="utilisateur", id_objet=compte.pk
    )
    return [{nom: _valeur(e, nom) for nom in ("le", "fait", "libelle")} for e in entrees]


def colonnes_personnelles() -> Iterator[tuple[type[models.Model], models.Field]]:
    """Yield every column of every table that names an account, or holds an e-mail address."""
    for modele in apps.get_models():
        for champ in modele._meta.concrete_fields:
            if champ.related_model is Utilisateur or isinstance(champ, models.EmailField):
                yield modele, champ


def _autres_lignes(compte: Utilisateur | None, adresse: str) -> Iterator[dict[str, Any]]:
    """Yield by their names the rows of every column that `TABLES` does not account for."""
    comptees = set().union(*(table.colonnes for table in TABLES))
    for modele, champ in colonnes_personnelles():
        par_compte = champ.related_model is Utilisateur
        valeur = compte if par_compte else adresse
        if modele is Utilisateur or not valeur:
            continue
        if (modele._meta.label_lower, champ.name) in comptees:
            continue
        cherche = {champ.name if par_compte else f"{champ.name}__iexact": valeur}
        for ligne in modele._default_manager.filter(**cherche).order_by("pk"):
            yield {
                "table": str(modele._meta.verbose_name),
                "a_quel_titre": str(champ.verbose_name),
                "ligne": str(ligne),
                "le": getattr(ligne, "history_date", None),
            }


def _valeur(ligne: models.Model, nom: str) -> Any:
    """Return the value of a field: of a relation, its name; of a choice, its words."""
    champ = ligne._meta.get_field(nom)
    valeur = getattr(ligne, nom)
    if isinstance(champ, models.ForeignKey):
        return None if valeur is None else str(valeur)
    if getattr(champ, "choices", None):
        return getattr(ligne, f"get_{nom}_display")()
    return valeur


def _ou(noms: list[str], valeur: object) -> Q:
    cherche = Q(pk__in=[])
    for nom in noms:
        cherche |= Q(**{nom: valeur})
    return cherche
