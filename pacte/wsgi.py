"""WSGI entry point, served by gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pacte.settings")

application = get_wsgi_application()

from pacte.socle.editeur import exiger_un_editeur_complet  # noqa: E402  (needs the applications)

exiger_un_editeur_complet()
