"""`manage.py charger_demo`: see `make demo`."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from contrats.models import Pacte
from pacte.demonstration import SuiviReel, charger_demonstration
from pacte.socle.models import Utilisateur

MOT_DE_PASSE = "demonstration-du-pacte"
COMPTES = {
    "departement@demonstration.invalid": "Agents du Département",
    "etat@demonstration.invalid": "Agents de l’État",
}
PARTENAIRE = "partenaire@demonstration.invalid"


class Command(BaseCommand):
    help = "Charge un suivi fictif sur la vraie feuille de route, pour voir chaque écran plein."

    def handle(self, **options):
        if not settings.LOCAL:
            raise CommandError("La démonstration n’existe qu’avec PACTE_MODE=local.")
        call_command("migrate", interactive=False, verbosity=0)
        if not Pacte.objects.exists():
            call_command("charger_referentiel", verbosity=0)
        comptes = [_compte(email, groupe) for email, groupe in COMPTES.items()]
        partenaire = _compte(PARTENAIRE, "")
        try:
            charger_demonstration(par=comptes[0], membre=partenaire)
        except SuiviReel as erreur:
            raise CommandError(str(erreur)) from erreur
        self.stdout.write("Données de démonstration : tout le suivi affiché est fictif.")
        for email in (*COMPTES, PARTENAIRE):
            self.stdout.write(f"  Compte : {email}, mot de passe : {MOT_DE_PASSE}")


def _compte(email: str, groupe: str) -> Utilisateur:
    compte = Utilisateur.objects.filter(email=email).first()
    if compte is None:
        compte = Utilisateur.objects.create_user(email, MOT_DE_PASSE, is_staff=bool(groupe))
        compte.groups.set(Group.objects.filter(name=groupe))
    return compte
