"""What changes who holds an account that decides for a party: never one person alone.

An account whose address, second factor or groups one person could change could be taken over, and
then decide for a party. So the change is made by that party's own people, or by two persons: one
asks, another confirms. The owner and the party's people are told either way.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Self

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from pacte.socle.adresses import oublier_les_autres
from pacte.socle.courriels import envoyer
from pacte.socle.double_accord import Partie, agents_de, parties_de
from pacte.socle.journal import FaitCompte, consigner
from pacte.socle.models import Utilisateur
from pacte.socle.transitions import TransitionInterdite, verrouiller

DROIT = "socle.change_utilisateur"
# An account opened for the occasion confirms nothing, nor one that somebody else just changed.
JOURS_D_ANCIENNETE = 7


class NatureChangement(models.TextChoices):
    SECOND_FACTEUR = "second_facteur", "retirer le second facteur"
    ADRESSE = "adresse", "changer l’adresse électronique"
    GROUPES = "groupes", "changer les groupes"


class StatutChangement(models.TextChoices):
    DEMANDE = "demande", "à confirmer"
    FAIT = "fait", "fait"
    REFUSE = "refuse", "refusé"


def parties_des_groupes(groupes: Iterable[Group]) -> set[Partie]:
    """Return the parties for which members of `groupes` decide (one query a party)."""
    cles = [groupe.pk for groupe in groupes]
    return {
        partie
        for partie in Partie
        if Group.objects.filter(pk__in=cles, permissions__codename=f"decider_{partie}").exists()
    }


def parties_protegees(compte: Utilisateur, groupes: Iterable[Group] = ()) -> set[Partie]:
    """Return the parties for which `compte` decides, closed or not, or would in `groupes`.

    Groups that wait for a confirmation count: nobody prepares alone an account about to decide.
    """
    if not compte.pk:
        return parties_des_groupes(groupes)
    attendus = ChangementDeCompte.objects.en_attente().filter(compte=compte).values("groupes")
    siens = Group.objects.filter(Q(user=compte) | Q(pk__in=attendus))
    return parties_des_groupes(siens) | parties_des_groupes(groupes)


def peut_seul(par: Utilisateur, parties: set[Partie]) -> bool:
    """Tell whether `par` may change at once an account that decides for `parties`.

    Its own people may; and whoever opens the portal names the first person of a party.
    """
    siennes = set(parties_de(par))
    return all(
        partie in siennes or (par.has_perm(DROIT) and not _est_pourvue(partie))
        for partie in parties
    )


def _est_pourvue(partie: Partie) -> bool:
    """Tell whether anyone was ever named for `partie`, closed accounts included."""
    droit = {"groups__permissions__codename": f"decider_{partie}"}
    return Utilisateur.objects.filter(**droit).exists()


def comptes_de(par: Utilisateur) -> QuerySet[Utilisateur]:
    """Return every account for the administrators, the colleagues for the people of a party."""
    if par.has_perm(DROIT):
        return Utilisateur.objects.all()
    codes = [f"decider_{partie}" for partie in parties_de(par)]
    siens = Utilisateur.objects.filter(groups__permissions__codename__in=codes)
    return Utilisateur.objects.filter(pk__in=siens)


def peut_demander(par: Utilisateur, compte: Utilisateur) -> bool:
    """Tell whether `par` may ask a change of `compte`: one's own is made on one's own pages."""
    parties = parties_protegees(compte)
    est_des_siens = bool(parties) and parties <= set(parties_de(par))
    return par.pk != compte.pk and (par.has_perm(DROIT) or est_des_siens)


class ChangementQuerySet(models.QuerySet["ChangementDeCompte"]):
    def en_attente(self) -> Self:
        return self.filter(statut=StatutChangement.DEMANDE).order_by("demande_le")

    def a_confirmer_par(self, utilisateur: Utilisateur) -> Self:
        """Changes that `utilisateur` may confirm, the oldest first."""
        if not (utilisateur.has_perm(DROIT) or parties_de(utilisateur)):
            return self.none()
        autres = self.en_attente().exclude(demande_par=utilisateur).exclude(compte=utilisateur)
        depuis = max(utilisateur.date_joined, utilisateur.remanie_le or utilisateur.date_joined)
        return autres.filter(demande_le__gte=depuis + timedelta(days=JOURS_D_ANCIENNETE))


class ChangementDeCompte(models.Model):
    """One change of an account that decides for a party: asked, then made or refused."""

    compte = models.ForeignKey(
        Utilisateur, on_delete=models.PROTECT, related_name="changements", editable=False
    )
    nature = models.CharField(max_length=14, choices=NatureChangement, editable=False)
    adresse = models.EmailField("nouvelle adresse", blank=True, default="", editable=False)
    ancienne_adresse = models.EmailField(blank=True, default="", editable=False)
    groupes = models.ManyToManyField(
        Group, verbose_name="groupes demandés", blank=True, editable=False, related_name="+"
    )
    statut = models.CharField(
        max_length=8, choices=StatutChangement, default=StatutChangement.DEMANDE, editable=False
    )
    demande_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="demandé par",
        on_delete=models.PROTECT,  # a request keeps its author
        related_name="+",
        editable=False,
    )
    demande_le = models.DateTimeField("demandé le", default=timezone.now, editable=False)
    par_les_siens = models.BooleanField(
        "fait par les siens", default=False, editable=False, help_text="Sans seconde personne."
    )
    decide_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="décidé par",
        null=True,
        on_delete=models.PROTECT,  # a decision keeps its author
        related_name="+",
        editable=False,
    )
    decide_le = models.DateTimeField("décidé le", null=True, editable=False)

    objects = ChangementQuerySet.as_manager()

    class Meta:
        verbose_name = "changement de compte"
        verbose_name_plural = "changements de compte"
        ordering = ["-demande_le"]
        constraints = [
            models.UniqueConstraint(
                name="changement_un_a_la_fois",
                fields=["compte", "nature"],
                condition=Q(statut=StatutChangement.DEMANDE),
                violation_error_message="Un changement de ce compte attend déjà sa confirmation.",
            ),
            models.CheckConstraint(
                name="changement_fait_par_deux_personnes",
                condition=~Q(statut=StatutChangement.FAIT)
                | Q(par_les_siens=True)
                | Q(decide_par__isnull=False),
                violation_error_message="Il faut deux personnes, ou quelqu’un de la même partie.",
            ),
            models.CheckConstraint(
                name="changement_personnes_distinctes",
                condition=~Q(compte=F("demande_par"))
                & (Q(decide_par__isnull=True) | ~Q(decide_par=F("demande_par"))),
                violation_error_message="Celui qui demande ne décide pas, et pas pour lui-même.",
            ),
            models.CheckConstraint(
                name="changement_adresse_donnee",
                condition=~Q(nature=NatureChangement.ADRESSE) | ~Q(adresse=""),
                violation_error_message="Écrire la nouvelle adresse.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compte} : {self.get_nature_display()}"

    @property
    def est_en_attente(self) -> bool:
        return self.statut == StatutChangement.DEMANDE

    @classmethod
    @transaction.atomic
    def demander(
        cls,
        compte: Utilisateur,
        nature: NatureChangement,
        *,
        par: Utilisateur,
        adresse: str = "",
        groupes: Sequence[Group] = (),
    ) -> "ChangementDeCompte":
        """Ask for a change of `compte`; made at once when `par` is of its party (`peut_seul`).

        Raises PermissionDenied for whoever may not ask, ValidationError when one waits already.
        """
        if not peut_demander(par, compte):
            raise PermissionDenied("Votre compte ne permet pas cette opération.")
        verrouiller(compte)
        changement = cls(
            compte=compte,
            nature=nature,
            adresse=adresse.lower(),
            ancienne_adresse=compte.email,
            demande_par=par,
            par_les_siens=peut_seul(par, parties_protegees(compte, groupes)),
        )
        changement.full_clean()
        changement.save()
        changement.groupes.set(groupes)
        consigner(compte, FaitCompte.CHANGEMENT_DEMANDE, par=par, nature=str(nature))
        if changement.par_les_siens:
            changement._faire(par)
        else:
            changement.ecrire("changement_a_confirmer")
        return changement

    @transaction.atomic
    def confirmer(self, *, par: Utilisateur) -> None:
        """Make the change, as the second person.

        Raises PermissionDenied for the one who asked, for the account itself and for an account
        opened or changed by another within the week before, TransitionInterdite when it was
        decided already or when the account has another address since.
        """
        verrouiller(self)
        self._exiger_en_attente()
        if not type(self).objects.a_confirmer_par(par).filter(pk=self.pk).exists():
            raise PermissionDenied("Une autre personne confirme ce changement.")
        if self.compte.email != self.ancienne_adresse:
            raise TransitionInterdite("L’adresse de ce compte a changé depuis la demande.")
        self.decide_par, self.decide_le = par, timezone.now()
        self._faire(par)

    def refuser(self, *, par: Utilisateur) -> None:
        """Drop the change: for whoever may confirm it, who asked, and the owner of the account."""
        peut = par.pk in (self.compte_id, self.demande_par_id) or par.has_perm(DROIT)
        parties = parties_protegees(self.compte, self.groupes.all())
        if not peut and not parties & set(parties_de(par)):
            raise PermissionDenied("Votre compte ne permet pas cette opération.")
        self.abandonner(par=par)

    @transaction.atomic
    def abandonner(self, *, par: Utilisateur) -> None:
        """As `refuser`, for whoever closes one of the two accounts: the right is theirs."""
        verrouiller(self)
        self._exiger_en_attente()
        self.statut = StatutChangement.REFUSE
        if par.pk != self.demande_par_id:
            self.decide_par = par
        self.decide_le = timezone.now()
        self.save()
        consigner(self.compte, FaitCompte.CHANGEMENT_REFUSE, par=par, nature=self.nature)
        self.ecrire("changement_refuse")

    def ecrire(self, gabarit: str) -> None:
        """Tell the owner, at both addresses, and the people of the parties concerned."""
        parties = parties_protegees(self.compte, self.groupes.all())
        siens = {a for p in parties for a in agents_de(p).values_list("email", flat=True)}
        titulaire = {self.ancienne_adresse, self.compte.email, self.adresse} - {""}
        lien = reverse("admin:pacte_changementdecompte_change", args=[self.pk])
        envoyer(gabarit, siens | titulaire, lien, changement=self)

    def _exiger_en_attente(self) -> None:
        if not self.est_en_attente:
            raise TransitionInterdite(f"Ce changement est déjà {self.get_statut_display()}.")

    def _faire(self, par: Utilisateur) -> None:
        compte = self.compte
        verrouiller(compte)
        GESTES[NatureChangement(self.nature)](self, compte)
        compte.fermer_les_sessions()
        noter_le_remaniement(compte)
        self.statut = StatutChangement.FAIT
        self.decide_le = timezone.now()
        self.save()
        consigner(compte, FaitCompte.CHANGEMENT_FAIT, par=par, nature=self.nature)
        self.ecrire("changement_fait")


def _changer_l_adresse(changement: ChangementDeCompte, compte: Utilisateur) -> None:
    if Utilisateur.objects.filter(email__iexact=changement.adresse).exclude(pk=compte.pk).exists():
        raise ValidationError("Un compte existe déjà pour cette adresse.")
    compte.email = changement.adresse
    compte.save(update_fields=["email"])
    oublier_les_autres(compte)


def retirer_le_second_facteur(compte: Utilisateur) -> None:
    """Forget the application and the codes of `compte`, and end its sessions.

    Another application is set up at the next sign-in.
    """
    Authenticator.objects.filter(user=compte).delete()
    compte.fermer_les_sessions()


def recommencer(compte: Utilisateur) -> None:
    """Forget password, second factor and sessions: whoever knew them opens nothing any more.

    For an account that starts to decide for a party; its owner chooses them anew, by a message.
    """
    compte.set_unusable_password()
    compte.save(update_fields=["password"])
    retirer_le_second_facteur(compte)
    envoyer("compte_ouvert", [compte.email], reverse("account_reset_password"))


def noter_le_remaniement(compte: Utilisateur) -> None:
    """Note that somebody else changed what opens `compte`: it confirms nothing for a while."""
    compte.remanie_le = timezone.now()
    compte.save(update_fields=["remanie_le"])


def changer_les_groupes(compte: Utilisateur, groupes: Iterable[Group]) -> None:
    """Put `compte` in `groupes` and in no other, and end its sessions.

    It starts anew when a party gains it.
    """
    nouveaux = list(groupes)
    gagnees = parties_des_groupes(nouveaux) - parties_des_groupes(compte.groups.all())
    compte.groups.set(nouveaux)
    compte.fermer_les_sessions()
    if gagnees:
        recommencer(compte)


GESTES: dict[NatureChangement, Callable[[ChangementDeCompte, Utilisateur], None]] = {
    NatureChangement.SECOND_FACTEUR: lambda _changement, compte: retirer_le_second_facteur(compte),
    NatureChangement.ADRESSE: _changer_l_adresse,
    NatureChangement.GROUPES: lambda changement, compte: changer_les_groupes(
        compte, changement.groupes.all()
    ),
}
