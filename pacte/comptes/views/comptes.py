"""Pages of one's own account that the library does not have."""

from allauth.account.adapter import get_adapter
from allauth.mfa.totp.views import DeactivateTOTPView
from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from pacte.comptes.sessions import SAISIE, saisie_de
from pacte.socle.gestes import compte_de

LONGUEUR_MONTREE, LONGUEUR_D_UN_CODE = 300, 3


@login_required
@require_safe
def mon_compte(request: HttpRequest) -> HttpResponse:
    """What one may do with one's account, on one page."""
    return render(request, "comptes/mon_compte.html")


class RetirerLeSecondFacteurView(DeactivateTOTPView):
    """Takes one's own second factor away, and ends every session but this one."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        reponse: HttpResponse = super().form_valid(form)
        compte = compte_de(self.request)
        compte.fermer_les_sessions()
        update_session_auth_hash(self.request, compte)
        UserSession.objects.create_from_request(self.request)
        return reponse


@require_POST
def prolonger(request: HttpRequest) -> HttpResponse:
    """Keep the session open: being called is enough. Back to the page one came from."""
    retour = request.POST.get("retour", "")
    if not url_has_allowed_host_and_scheme(retour, allowed_hosts={request.get_host()}):
        retour = reverse("mon_compte")
    return redirect(retour) if request.user.is_authenticated else redirect_to_login(retour)


@login_required
@require_safe
def reprendre_saisie(request: HttpRequest) -> HttpResponse:
    """Show its author the form that was sent after the session had ended, to be sent again."""
    saisie = request.session.get(SAISIE)
    if not saisie or saisie["pour"] != request.user.pk:
        return redirect(get_adapter().get_login_redirect_url(request))
    return montrer_saisie(request, saisie)


def montrer_saisie(request: HttpRequest, saisie: dict, status: int = 200) -> HttpResponse:
    """Answer the page that gives back `saisie`, ready to be sent with a fresh token."""
    montres = [v[:LONGUEUR_MONTREE] for _, v in saisie["champs"] if _est_un_texte(v.strip())]
    contexte = {**saisie, "montres": montres}
    return render(request, "comptes/reprendre_saisie.html", contexte, status=status)


def repondre_occupee(request: HttpRequest) -> HttpResponse:
    """503 when another writer holds the database; the form is on the page, to be sent again."""
    return _rendre_la_saisie(request, {"occupee": True})


def repondre_fermee(request: HttpRequest) -> HttpResponse:
    """503 when nothing can be written, or may: the form is on the page, to be sent later."""
    return _rendre_la_saisie(request, {"fermee": True})


def _rendre_la_saisie(request: HttpRequest, contexte: dict) -> HttpResponse:
    saisie = saisie_de(request)
    # Nor may the session be written now.
    request.session.modified = False
    if saisie is None:
        return render(request, "503.html", contexte, status=503)
    return montrer_saisie(request, {**saisie, **contexte}, status=503)


def _est_un_texte(valeur: str) -> bool:
    return len(valeur) > LONGUEUR_D_UN_CODE and not valeur.isdigit()


def formulaire_perime(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token. One's own, from this site, is given back to be sent.

    A form sent by another site shows the plain refusal: its text is not its reader's.
    """
    vient_d_ici = request.headers.get("origin", "") in (
        "",
        f"{request.scheme}://{request.get_host()}",
    )
    saisie = saisie_de(request) if request.user.is_authenticated and vient_d_ici else None
    if saisie is None:
        return render(request, "403.html", status=403)
    return montrer_saisie(request, saisie, status=403)
