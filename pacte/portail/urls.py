"""Pages about the portal itself."""

from django.urls import path
from django.views.generic import TemplateView

from pacte.portail import views

urlpatterns = [
    path("contact/", views.contact, name="contact"),
    path(
        "contact/envoye/",
        TemplateView.as_view(template_name="pages/contact_envoye.html"),
        name="contact_envoye",
    ),
    path("aide/", views.AideView.as_view(), name="aide"),
    path(
        "aide/partenaires/",
        views.PageView.as_view(template_name="aide/partenaires.html"),
        name="aide_partenaires",
    ),
    path(
        "aide/agents/",
        views.PageView.as_view(template_name="aide/agents.html"),
        name="aide_agents",
    ),
    path("glossaire/", views.GlossaireView.as_view(), name="glossaire"),
    path("accessibilite/", views.AccessibiliteView.as_view(), name="accessibilite"),
    path(
        "mentions-legales/",
        views.PageView.as_view(template_name="pages/mentions_legales.html"),
        name="mentions_legales",
    ),
    path(
        "donnees-personnelles/",
        views.DonneesPersonnellesView.as_view(),
        name="donnees_personnelles",
    ),
    path("compte/mes-donnees.json", views.mes_donnees, name="mes_donnees"),
    path("ecoconception/", views.EcoconceptionView.as_view(), name="ecoconception"),
    path(".well-known/security.txt", views.SecurityTxtView.as_view(), name="security_txt"),
]
