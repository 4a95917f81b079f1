"""`manage.py charger_demo`: see `make demo`."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from contrats.models import Pacte
from pacte.referentiel.demonstration import SuiviReel, charger_demonstration
from pacte.socle.ecriture import CommandeQuiEcrit
from pacte.socle.models import Utilisateur

MOT_DE_PASSE = "demonstration-du-pacte"
COMPTES = {
    "departement": "Agents du Département",
    "etat": "Agents de l’État",
    "portail": "Administration du portail",
}
PARTENAIRES = ["msa", "wimoov", "ars"]


class Command(CommandeQuiEcrit):
    help = "Charge un suivi fictif sur la vraie feuille de route, pour voir chaque écran plein."

    def handle(self, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("La démonstration n’existe qu’avec PACTE_MODE=local.")
        call_command("migrate", interactive=False, verbosity=0)
        if not Pacte.objects.exists():
            call_command("charger_referentiel", verbosity=0)
        agents = {nom: _compte(nom, groupe) for nom, groupe in COMPTES.items()}
        membres = {nom: _compte(nom, "") for nom in PARTENAIRES}
        try:
            charger_demonstration(agents=agents, membres=membres)
        except SuiviReel as erreur:
            raise CommandError(str(erreur)) from erreur
        self.stdout.write("Données de démonstration : tout le suivi affiché est fictif.")
        for nom in (*COMPTES, *PARTENAIRES):
            self.stdout.write(f"  Compte : {adresse_de(nom)}, mot de passe : {MOT_DE_PASSE}")


def adresse_de(nom: str) -> str:
    return f"{nom}@demonstration.invalid"


def _compte(nom: str, groupe: str) -> Utilisateur:
    """Return the account named so, opened long enough ago to confirm what others ask."""
    compte = Utilisateur.objects.filter(email=adresse_de(nom)).first()
    if compte is None:
        compte = Utilisateur.objects.create_user(
            adresse_de(nom),
            MOT_DE_PASSE,
            is_staff=bool(groupe),
            date_joined=timezone.now() - timedelta(days=60),
        )
        compte.groups.set(Group.objects.filter(name=groupe))
    return compte
