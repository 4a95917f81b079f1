from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PacteConfig(AppConfig):
    name = "pacte"
    verbose_name = "Portail"


class AdministrationConfig(AdminConfig):
    default_site = "pacte.administration.site.SiteAdministration"
