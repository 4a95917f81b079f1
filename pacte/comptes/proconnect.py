"""Single sign-on of officers through ProConnect, an OpenID Connect provider.

ProConnect tells who someone is, never what they may do: it opens accounts that already exist, once
their owner has linked them. Nothing that it says is kept, apart from the identifier `sub`.
"""

import json
import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import get_request_param
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.functional import cached_property
from django.utils.http import urlencode
from requests import RequestException, Response

from pacte.comptes.jetons import JetonRefuse, lire_jeton
from pacte.comptes.sessions import FACTEUR_DU_FOURNISSEUR
from pacte.socle.models import Utilisateur

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin

ACR_A_DEUX_FACTEURS = ["eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"]
DEMANDES = {"id_token": {"amr": None, "acr": {"essential": True, "values": ACR_A_DEUX_FACTEURS}}}
# What we read in the provider's own description of itself.
ADRESSES_LUES = [
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
]
# 32 bytes make 43 characters; ProConnect wants at least 32 of them.
OCTETS_AU_HASARD = 32
FIN_DE_SESSION = "proconnect_fin_de_session"
STATUTS = {"panne": 503}

journal_technique = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preuve:
    """What the provider proved during this request: the token, its claims, where to sign out."""

    jeton: str
    attestations: dict[str, Any]
    fin_de_session: str


class RequeteProuvee(HttpRequest):
    """A request during which the provider proved something."""

    proconnect: Preuve


def est_configure() -> bool:
    """Tell whether the environment names a provider."""
    return bool(settings.PROCONNECT_URL)


def refuser(request: HttpRequest, motif: str = "") -> HttpResponse:
    """Answer the page that says in French why the door stayed shut; `motif` chooses its words."""
    contexte = {"motif": motif}
    statut = STATUTS.get(motif, 403)
    return render(request, "socialaccount/authentication_error.html", contexte, status=statut)


def peut_relier(utilisateur: Utilisateur) -> bool:
    """Only an officer who already has a second factor may link an identity."""
    return utilisateur.is_active and utilisateur.is_staff and is_mfa_enabled(utilisateur)


def marquer_la_session(request: HttpRequest) -> None:
    """Write in the session just opened that the provider proved two factors, and how to leave."""
    preuve = getattr(request, "proconnect", None)
    if preuve is None:
        return
    request.session[FACTEUR_DU_FOURNISSEUR] = True
    request.session[FIN_DE_SESSION] = [preuve.fin_de_session, preuve.jeton]


def adresse_de_sortie(request: HttpRequest) -> str:
    """Return where to end the provider's session too; "" when this one did not come from it.

    The token goes in the address because the standard asks it (`id_token_hint`), nowhere else.
    """
    adresse, jeton = request.session.get(FIN_DE_SESSION, ("", ""))
    if not adresse:
        return ""
    parametres = {
        "id_token_hint": jeton,
        "state": secrets.token_urlsafe(OCTETS_AU_HASARD),
        "post_logout_redirect_uri": request.build_absolute_uri(reverse("accueil")),
    }
    return f"{adresse}?{urlencode(parametres)}"


class Echange(OpenIDConnectOAuth2Adapter):
    """The talk with the provider, server to server: every answer is verified, `id_token` first."""

    @cached_property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself, whole and under its own name, or an OAuth2Error."""
        fournisseur = self.get_provider()
        lue = self._obtenir(fournisseur.server_url).json()
        if not isinstance(lue, dict) or not all(isinstance(lue.get(a), str) for a in ADRESSES_LUES):
            raise OAuth2Error("la description du fournisseur est incomplète")
        if str(lue.get("issuer")).rstrip("/") != fournisseur.app.settings["server_url"]:
            raise OAuth2Error("le fournisseur se donne un autre nom")
        return lue

    def complete_login(
        self,
        request: RequeteProuvee,
        app: "SocialApp",
        token: Any,
        *,
        response: dict[str, Any],
        **kwargs: Any,
    ) -> "SocialLogin":
        """Return who signs in, when `id_token` and userinfo are both valid and of one person."""
        jeton = response.get("id_token") or ""
        attestations = self._lire(app, jeton, ["exp", "iat", "nonce"])
        dits = self._demander_qui(app, token.token)
        if dits.get("sub") != attestations["sub"]:
            raise JetonRefuse("userinfo parle de quelqu’un d’autre")
        request.proconnect = Preuve(jeton, attestations, self.openid_config["end_session_endpoint"])
        return self.get_provider().sociallogin_from_response(request, {"id_token": attestations})

    def _lire(self, app: "SocialApp", jeton: str, exiges: list[str]) -> dict[str, Any]:
        cles = self._obtenir(self.openid_config["jwks_uri"]).json()
        emetteur = self.openid_config["issuer"]
        return lire_jeton(jeton, cles, emetteur, app.client_id, exiges)

    def _demander_qui(self, app: "SocialApp", acces: str) -> dict[str, Any]:
        """Return userinfo: a signed token where the portal is registered so, JSON elsewhere."""
        en_tetes = {"Authorization": f"Bearer {acces}"}
        reponse = self._obtenir(self.openid_config["userinfo_endpoint"], headers=en_tetes)
        if reponse.headers.get("Content-Type", "").startswith("application/jwt"):
            return self._lire(app, reponse.text.strip(), [])
        dits = reponse.json()
        return dits if isinstance(dits, dict) else {}

    @staticmethod
    def _obtenir(adresse: str, **options: Any) -> Response:
        with get_adapter().get_requests_session() as session:
            reponse: Response = session.get(adresse, **options)
        reponse.raise_for_status()
        return reponse


class Fournisseur(OpenIDConnectProvider):
    """ProConnect, which refuses any parameter that it does not know."""

    oauth2_adapter_class = Echange

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Take from the caller where to come back, and whether to link: no scope, no parameter."""
        attestations = super().get_redirect_from_request_kwargs(request)
        relier = attestations["process"] == AuthProcess.CONNECT and request.method == "POST"
        process = AuthProcess.CONNECT if relier else AuthProcess.LOGIN
        return {"process": process, "next_url": attestations.get("next_url")}

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        nonce = secrets.token_urlsafe(OCTETS_AU_HASARD)
        demande = {"nonce": nonce, "claims": json.dumps(DEMANDES)}
        reponse: HttpResponse = super().redirect(
            request, process, next_url, data, auth_params=demande, nonce=nonce, **kwargs
        )
        return reponse

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Keep nothing: neither names nor workplaces are needed once someone is known."""
        return {}


class AdaptateurProConnect(DefaultSocialAccountAdapter):
    """Who may enter: officers who linked their identity, with two factors; no account is made."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> "list[SocialApp]":
        """Only the environment names a provider: a row of the base never does."""
        if not est_configure():
            return []
        trouvees = super().list_apps(request, provider=provider, client_id=client_id)
        return [app for app in trouvees if app.pk is None]

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> Fournisseur:
        return Fournisseur(request, self.get_app(request, provider, client_id))

    def generate_state_param(self, state: dict[str, Any]) -> str:
        return secrets.token_urlsafe(OCTETS_AU_HASARD)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: "SocialLogin") -> bool:
        return False

    def can_authenticate_by_email(self, login: "SocialLogin", email: str) -> bool:
        """Never: an address is a word of the provider, not a proof of owning the account."""
        return False

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: "SocialAccount") -> str:
        return reverse("mon_compte")

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Fournisseur,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        # The text of an exception may hold a token: only its kind is written.
        journal_technique.warning("ProConnect : échec (%s, %s)", error, type(exception).__name__)
        if error != AuthError.CANCELLED:
            motif = "panne" if isinstance(exception, RequestException) else ""
            raise ImmediateHttpResponse(refuser(request, motif))

    def pre_social_login(self, request: RequeteProuvee, sociallogin: "SocialLogin") -> None:
        """Refuse a replay, a single factor, a stranger; tell the journal who came in, by `sub`."""
        attestations = request.proconnect.attestations
        motif = self._motif_de_refus(request, sociallogin, attestations)
        journal_technique.info(
            "ProConnect : sub=%s acr=%s amr=%s %s",
            *(repr(attestations.get(nom)) for nom in ("sub", "acr", "amr")),
            f"refus={motif}" if motif is not None else "accepté",
        )
        if motif is not None:
            raise ImmediateHttpResponse(refuser(request, motif))

    @staticmethod
    def _motif_de_refus(
        request: HttpRequest, sociallogin: "SocialLogin", attestations: dict[str, Any]
    ) -> str | None:
        """Return why not, as `refuser` wants it, or None to go on."""
        attendu = sociallogin.state.get("nonce") or ""
        if not attendu or not constant_time_compare(attestations["nonce"], attendu):
            return ""
        if attestations.get("acr") not in ACR_A_DEUX_FACTEURS:
            return "facteur"
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            return None if request.user.is_authenticated and peut_relier(request.user) else "agent"
        if not sociallogin.is_existing:
            return "inconnu"
        return None if sociallogin.user.is_staff else "agent"


def demande_de_lien(request: HttpRequest) -> bool:
    """Tell whether someone asks to link an identity, rather than to sign in."""
    return bool(get_request_param(request, "process") == AuthProcess.CONNECT)
