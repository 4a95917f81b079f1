"""The pages that the law asks for, the glossary, the help, and the contact form."""

from datetime import datetime, time, timedelta
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, make_aware
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic import TemplateView, View

from actions.champs import ACTION, FINANCEMENT, INDICATEUR
from contrats.models import Contrat
from pacte.portail.accessibilite import audit
from pacte.portail.donnees_personnelles import donnees_du_compte
from pacte.portail.forms import MessageForm
from pacte.portail.listes import lire
from pacte.socle.courriels import adresse_complete
from pacte.socle.editeur import A_COMPLETER, editeur
from pacte.socle.gestes import compte_de
from pacte.socle.texte import plier
from partenaires.models import Partenaire

JOURS_DE_SECURITY_TXT = 180


class PageView(TemplateView):
    """A page about the portal itself: it knows who publishes it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(editeur=editeur(), **kwargs)


class AideView(PageView):
    """How to read the site, down to the columns of what it lets one download."""

    template_name = "aide/lecture.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        telechargements = [
            ("Les actions", ACTION.expliquer()),
            ("Les financements", FINANCEMENT.expliquer()),
            ("Les indicateurs", INDICATEUR.expliquer()),
        ]
        return super().get_context_data(telechargements=telechargements, **kwargs)


class AccessibiliteView(PageView):
    template_name = "pages/accessibilite.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(audit=audit(), **kwargs)


class DonneesPersonnellesView(PageView):
    template_name = "pages/donnees_personnelles.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        traitements = lire("traitements")
        return super().get_context_data(
            traitements=traitements,
            journaux=next(t for t in traitements if t["code"] == "serveur"),
            cookie_de_session=settings.SESSION_COOKIE_NAME,
            cookie_des_formulaires=settings.CSRF_COOKIE_NAME,
            **kwargs,
        )


class EcoconceptionView(PageView):
    template_name = "pages/ecoconception.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            version=settings.VERSION, version_le=settings.VERSION_LE, **kwargs
        )


class GlossaireView(PageView):
    """The words of the portal, the acronyms of its contracts and partners among them."""

    template_name = "pages/glossaire.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        partenaires = Partenaire.objects.visibles().exclude(sigle="")
        sigles = [(o.sigle, f"{o.nom}.") for o in (*Contrat.objects.visibles(), *partenaires)]
        mots = sorted([*lire("glossaire"), *sigles], key=lambda mot: plier(mot[0]))
        return super().get_context_data(mots=mots, **kwargs)


class SecurityTxtView(View):
    """RFC 9116: whom to tell of a weakness. It expires, so that nobody trusts an abandoned one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        fin = datetime.combine(localdate() + timedelta(days=JOURS_DE_SECURITY_TXT), time.min)
        regles = f"{reverse('mentions_legales')}#securite"
        courriel = editeur().courriel
        lignes = [
            *([f"Contact: mailto:{courriel}"] if courriel != A_COMPLETER else []),
            # Always there, so that the file never lacks a contact.
            f"Contact: {adresse_complete(reverse('contact'))}",
            f"Expires: {make_aware(fin).isoformat()}",
            "Preferred-Languages: fr, en",
            f"Canonical: {adresse_complete('/.well-known/security.txt')}",
            f"Policy: {adresse_complete(regles)}",
        ]
        return HttpResponse("\n".join(lignes) + "\n", content_type="text/plain; charset=utf-8")


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Write to the publisher, once however often it is sent. Throttled; acknowledged by e-mail."""
    formulaire = MessageForm(request.POST or None, initial=_initial(request))
    statut = 200
    if request.method == "POST" and formulaire.is_valid():
        if ratelimit.consume(request, action="contact"):
            formulaire.instance.recevoir()
            return redirect("contact_envoye")
        formulaire.add_error(None, "Trop de messages en peu de temps : réessayez dans dix minutes.")
        statut = 429
    contexte = {"form": formulaire, "editeur": editeur()}
    reponse = render(request, "pages/contact.html", contexte, status=statut)
    if statut == 429:
        reponse["Retry-After"] = "600"
    return reponse


def _initial(request: HttpRequest) -> dict[str, str]:
    return {nom: request.GET[nom][:300] for nom in ("sujet", "page") if nom in request.GET}


@login_required
@require_safe
def mes_donnees(request: HttpRequest) -> HttpResponse:
    """What the portal holds about whoever is signed in, as a file to keep."""
    reponse = JsonResponse(
        donnees_du_compte(compte_de(request)),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )
    reponse["Content-Disposition"] = 'attachment; filename="mes-donnees.json"'
    return reponse
