"""Pages of one's own account that the library does not have."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from pacte.comptes.sessions import SAISIE

LONGUEUR_MONTREE = 300


@login_required
@require_safe
def mon_compte(request):
    """What one may do with one's account, on one page."""
    return render(request, "comptes/mon_compte.html")


@login_required
@require_POST
def prolonger(request):
    """Keep the session open: being called is enough. Back to the page one came from."""
    retour = request.POST.get("retour", "")
    if not url_has_allowed_host_and_scheme(retour, allowed_hosts={request.get_host()}):
        retour = reverse("mon_compte")
    return redirect(retour)


@login_required
@require_safe
def reprendre_saisie(request):
    """Show its author the form that was sent after the session had ended, to be sent again."""
    saisie = request.session.get(SAISIE)
    if not saisie or saisie["pour"] != request.user.pk:
        raise Http404
    del request.session[SAISIE]
    montres = [valeur[:LONGUEUR_MONTREE] for _, valeur in saisie["champs"] if " " in valeur.strip()]
    return render(request, "comptes/reprendre_saisie.html", {**saisie, "montres": montres})
