"""`manage.py donnees_d_une_personne ADRESSE`: what is held about who has that address, in JSON."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import validate_email

from pacte.portail.donnees_personnelles import donnees_d_une_adresse


class Command(BaseCommand):
    help = (
        "Écrit ce que le portail détient sur une personne, avec ou sans compte (RGPD, articles 15 "
        "et 20). À remettre à elle seule, après avoir vérifié qui demande."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("adresse", help="son adresse électronique")

    def handle(self, *, adresse: str, **options: Any) -> None:
        try:
            validate_email(adresse)
        except ValidationError as erreur:
            raise CommandError(f"« {adresse} » n’est pas une adresse électronique.") from erreur
        donnees = donnees_d_une_adresse(adresse)
        self.stdout.write(json.dumps(donnees, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
