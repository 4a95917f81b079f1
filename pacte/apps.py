from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PacteConfig(AppConfig):
    name = "pacte"
    verbose_name = "Portail"

    def ready(self) -> None:
        # Models are loaded: the datasets that read them may be declared.
        from pacte.donnees_ouvertes.jeux import JEUX
        from pacte.rapports.jeu import JEU

        JEUX[JEU.nom] = JEU


class AdministrationConfig(AdminConfig):
    default_site = "pacte.administration.site.SiteAdministration"
