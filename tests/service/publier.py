"""`python -m tests.service.publier 20`: publish editions one after the other, and say each.

One transaction changes several titles: whoever shows two of them shows the same number.
"""

import os
import sys
import time

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pacte.settings")
    django.setup()

from django.db import transaction

from actions.models import Action
from axes.models import Axe
from pacte.socle.publication import Publication

SECONDES = 0.25


@transaction.atomic
def publier(numero: int) -> None:
    axe = Axe.objects.get(numero=1)
    axe.titre = f"Édition {numero} de l’axe"
    axe.save()
    actions = Action.objects.filter(volet__axe=axe).order_by("pk")
    for action in actions[:3]:
        action.titre = f"Édition {numero} de l’action {action.pk}"
        action.save()
    Action.objects.filter(pk=actions.last().pk).update(
        titre=f"Brouillon {numero}", publication=Publication.BROUILLON, visible_depuis=None
    )


if __name__ == "__main__":
    for numero in range(1, int(sys.argv[1]) + 1):
        publier(numero)
        print(numero, flush=True)
        time.sleep(SECONDES)
