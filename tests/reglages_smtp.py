"""Settings of the processes that `test_courrier_et_processus.py` starts: a real mail server."""

from pacte.settings import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
