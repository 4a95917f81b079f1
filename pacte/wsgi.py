"""WSGI entry point, served by gunicorn: Django, behind the pages that it has already made."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pacte.settings")

django = get_wsgi_application()

# What follows needs the applications.
from pacte.service.affluence import Affluence  # noqa: E402
from pacte.service.mesures import Application, Mesures  # noqa: E402
from pacte.service.pages_gardees import PagesGardees  # noqa: E402
from pacte.service.veille import Veille  # noqa: E402
from pacte.socle.editeur import exiger_un_editeur_complet  # noqa: E402

exiger_un_editeur_complet()
# Pages that are kept cost nothing: whoever waited for one has it.
application: Application = Affluence(django)
# Who writes templates reads each change at once.
if not settings.DEBUG:
    application = PagesGardees(application, Veille(), settings.PAGES_GARDEES_MO * 1024 * 1024)
# Without a key, nothing is counted.
if settings.MESURES_JETON:
    application = Mesures(application, settings.MESURES_JETON)
