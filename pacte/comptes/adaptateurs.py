"""What we ask of django-allauth: no open sign-up, French errors, secrets encrypted at rest."""

import base64
import hashlib
import time
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.urls import reverse

from pacte.comptes.proconnect import marquer_la_session
from pacte.socle.courriels import adresse_complete

ETAPE_DU_SECOND_FACTEUR = "allauth.mfa.stages.AuthenticateStage"


class AdaptateurComptes(DefaultAccountAdapter):
    """Accounts open on an invitation; officers land in the admin, partners in their space."""

    def is_open_for_signup(self, request):
        return False

    def is_reauthentication_required(self, *, app, **kwargs):
        """A sign-in of the last five minutes proves enough: no second question right after it."""
        if not super().is_reauthentication_required(app=app, **kwargs):
            return False
        gestes = get_authentication_records(self.request, self.request.user)
        return not gestes or time.time() - gestes[-1]["at"] > REAUTHENTICATION_TIMEOUT

    def get_reset_password_from_key_url(self, key):
        """On our own address, whatever host the request named."""
        return adresse_complete(urlsplit(super().get_reset_password_from_key_url(key)).path)

    def get_login_redirect_url(self, request):
        return reverse("admin:index" if request.user.is_staff else "espace:accueil")

    def get_login_stages(self):
        """Two factors proved at ProConnect are enough: our own is not asked on top."""
        etapes = super().get_login_stages()
        if hasattr(self.request, "proconnect"):
            etapes.remove(ETAPE_DU_SECOND_FACTEUR)
        return etapes

    def login(self, request, user):
        super().login(request, user)
        marquer_la_session(request)


class AdaptateurSecondFacteur(DefaultMFAAdapter):
    """Seeds of the second factor are encrypted with a key made from SECRET_KEY."""

    def encrypt(self, text):
        return self._coffre().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        """Return what `encrypt` was given; after SECRET_KEY changed, what no code can match."""
        try:
            return self._coffre().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return generate_totp_secret()

    @staticmethod
    def _coffre() -> Fernet:
        empreinte = hashlib.sha256(f"second-facteur:{settings.SECRET_KEY}".encode()).digest()
        return Fernet(base64.urlsafe_b64encode(empreinte))
