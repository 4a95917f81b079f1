"""Settings of the tests: the local mode, on SQLite or on the PostgreSQL that the suite starts."""

import os

os.environ["PACTE_MODE"] = "local"
os.environ.setdefault("SECRET_KEY", "clé-des-tests")

if os.environ.get("PACTE_TESTS_BASE") == "postgresql":
    from tests.postgresql import demarrer

    os.environ["DATABASE_URL"] = demarrer()

from pacte.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
COURRIELS_A_PART = False
# A test may read every file in a second; `tests/pacte/test_limites.py` reads the real figures.
ACCOUNT_RATE_LIMITS = {
    **ACCOUNT_RATE_LIMITS,  # noqa: F405
    **dict.fromkeys(["recherche", "export", "impression"], "10000/m/ip"),
}
