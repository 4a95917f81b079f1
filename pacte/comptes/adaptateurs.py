"""What we ask of django-allauth: no open sign-up, French errors, secrets encrypted at rest."""

import base64
import hashlib
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from pacte.comptes.proconnect import marquer_la_session
from pacte.socle.courriels import adresse_complete, expedier
from pacte.socle.models import Utilisateur

ETAPE_DU_SECOND_FACTEUR = "allauth.mfa.stages.AuthenticateStage"

# What the account was tied to when its owner gave the password: see `login`.
EMPREINTE = "empreinte_a_l_entree"
ESSAIS_DU_COMPTE = {"app": "allauth.account", "action": "login_failed_compte"}


class AdaptateurComptes(DefaultAccountAdapter):
    """Accounts open on an invitation; officers land in the admin, partners in their space."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """A sign-in of the last five minutes proves enough: no second question right after it."""
        if not super().is_reauthentication_required(app=app, **kwargs):
            return False
        gestes = get_authentication_records(self.request, self.request.user)
        return not gestes or time.time() - gestes[-1]["at"] > REAUTHENTICATION_TIMEOUT

    def get_reset_password_from_key_url(self, key: str) -> str:
        """On our own address, whatever host the request named."""
        return adresse_complete(urlsplit(super().get_reset_password_from_key_url(key)).path)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("admin:index" if request.user.is_staff else "espace:accueil")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write in the outbox, as every message of the portal; a link of an hour is not sent later.

        The page is then the same, and comes as fast, whatever the mail server does (see `OubliForm`
        for an address that has no account).
        """
        validite = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        expire_le = timezone.now() + validite if "password_reset_url" in context else None
        expedier(self.render_mail(template_prefix, email, context), expire_le=expire_le)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try for the account as well; one that succeeds is not counted."""
        super().pre_authenticate(request, **credentials)
        compte = super()._get_login_attempts_cache_key(request, **credentials)
        self._essai_du_compte = ratelimit.consume(request, key=compte, **ESSAIS_DU_COMPTE)
        if not self._essai_du_compte:
            raise self.validation_error("too_many_login_attempts")

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """A password chosen anew opens the account again, whatever was tried before."""
        super()._delete_login_attempts_cached_email(request, **credentials)
        compte = super()._get_login_attempts_cache_key(request, **credentials)
        ratelimit.clear(request, key=compte, **ESSAIS_DU_COMPTE)

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        self._essai_du_compte.rollback()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """An account seen from one address: whoever errs elsewhere does not shut its owner out."""
        compte = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{compte}:{self.get_client_ip(request)}"

    def get_login_stages(self) -> list[str]:
        """Two factors proved at ProConnect are enough: our own is not asked on top."""
        etapes: list[str] = super().get_login_stages()
        if hasattr(self.request, "proconnect"):
            etapes.remove(ETAPE_DU_SECOND_FACTEUR)
        return etapes

    def set_password(self, user: Utilisateur, password: str) -> None:
        """Write the password alone: an account closed meanwhile is not opened again."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def pre_login(
        self, request: HttpRequest, user: Utilisateur, **kwargs: Any
    ) -> HttpResponse | None:
        request.session[EMPREINTE] = user.get_session_auth_hash()
        reponse: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return reponse

    def login(self, request: HttpRequest, user: Utilisateur) -> None:
        """Open the session, unless sessions were ended between the password and the code."""
        empreinte = request.session.pop(EMPREINTE, "")
        if not constant_time_compare(empreinte, user.get_session_auth_hash()):
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)
        marquer_la_session(request)


class AdaptateurSecondFacteur(DefaultMFAAdapter):
    """Seeds of the second factor are encrypted with a key made from SECRET_KEY."""

    def encrypt(self, text: str) -> str:
        return self._coffre().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what `encrypt` was given; after SECRET_KEY changed, what no code can match."""
        try:
            return self._coffre().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            graine: str = generate_totp_secret()
            return graine

    @staticmethod
    def _coffre() -> Fernet:
        empreinte = hashlib.sha256(f"second-facteur:{settings.SECRET_KEY}".encode()).digest()
        return Fernet(base64.urlsafe_b64encode(empreinte))
