"""Pages about the portal itself."""

from django.urls import path
from django.views.generic import TemplateView

from pacte import views_pages as pages

urlpatterns = [
    path("contact/", pages.contact, name="contact"),
    path(
        "contact/envoye/",
        TemplateView.as_view(template_name="pages/contact_envoye.html"),
        name="contact_envoye",
    ),
    path("aide/", pages.PageView.as_view(template_name="aide/lecture.html"), name="aide"),
    path(
        "aide/partenaires/",
        pages.PageView.as_view(template_name="aide/partenaires.html"),
        name="aide_partenaires",
    ),
    path(
        "aide/agents/",
        pages.PageView.as_view(template_name="aide/agents.html"),
        name="aide_agents",
    ),
    path("glossaire/", pages.GlossaireView.as_view(), name="glossaire"),
    path("accessibilite/", pages.AccessibiliteView.as_view(), name="accessibilite"),
    path(
        "mentions-legales/",
        pages.PageView.as_view(template_name="pages/mentions_legales.html"),
        name="mentions_legales",
    ),
    path(
        "donnees-personnelles/",
        pages.DonneesPersonnellesView.as_view(),
        name="donnees_personnelles",
    ),
    path("ecoconception/", pages.EcoconceptionView.as_view(), name="ecoconception"),
    path(".well-known/security.txt", pages.SecurityTxtView.as_view(), name="security_txt"),
]
