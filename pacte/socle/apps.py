from django.apps import AppConfig


class SocleConfig(AppConfig):
    name = "pacte.socle"
    label = "socle"
    verbose_name = "Comptes et journal"
