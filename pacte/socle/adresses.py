"""E-mail addresses of accounts: a link followed from a mailbox proves who reads it.

An account has one address, `Utilisateur.email`; django-allauth keeps beside it a row that says
whether it was proved, and would let any row of the account receive a link to a new password.
"""

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db import transaction

if TYPE_CHECKING:
    from pacte.socle.models import Utilisateur


@transaction.atomic
def prouver(compte: "Utilisateur") -> None:
    """Say that whoever acts reads the mailbox of `compte`: its only address, and a proved one."""
    oublier_les_autres(compte)
    EmailAddress.objects.filter(email=compte.email).exclude(user=compte).delete()
    EmailAddress.objects.update_or_create(
        user=compte, email=compte.email, defaults={"verified": True, "primary": True}
    )


def oublier_les_autres(compte: "Utilisateur") -> None:
    """Forget the addresses that `compte` had before: no link may be sent to them any more."""
    EmailAddress.objects.filter(user=compte).exclude(email=compte.email).delete()
