"""Settings, read from the environment (`.env.example` lists every variable).

Two modes: `production` (the default) refuses to start while something is unsafe or missing;
`local` is a try on one's own machine, over plain HTTP and an embedded SQLite.
"""

import os
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from pacte.environnement import (
    cle_locale,
    dater_la_version,
    env_antivirus,
    env_bool,
    env_compteurs,
    env_entier,
    env_liste,
    env_secret,
    exiger,
    fournisseur_proconnect,
    lire_version,
    origine,
    regler_les_journaux,
    verifier_proconnect,
)

BASE_DIR = Path(__file__).resolve().parent.parent
DOSSIER_DONNEES = BASE_DIR / (os.environ.get("PACTE_DONNEES") or "var")
VERSION = lire_version(BASE_DIR / "CHANGELOG.md")
VERSION_LE = dater_la_version(BASE_DIR / "CHANGELOG.md")

MODE = os.environ.get("PACTE_MODE", "production")
if MODE not in ("production", "local"):
    raise ImproperlyConfigured(f"PACTE_MODE vaut « {MODE} » : écrire « production » ou « local ».")
LOCAL = MODE == "local"

DEBUG = env_bool("DEBUG", False)
if DEBUG and not LOCAL:
    raise ImproperlyConfigured("DEBUG=oui n’est permis qu’avec PACTE_MODE=local.")

SECRET_KEY = env_secret("SECRET_KEY") or (
    cle_locale(DOSSIER_DONNEES / "cle-secrete")
    if LOCAL
    else exiger("SECRET_KEY", "", "cinquante caractères au hasard")
)
ALLOWED_HOSTS = env_liste("ALLOWED_HOSTS")
if LOCAL:
    # HOST is what `make run` listens on; it is then a name that callers may use.
    ecoute = os.environ.get("HOST", "")
    autres = [] if ecoute in ("", "0.0.0.0", "::") else [ecoute]
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["127.0.0.1", "localhost", "[::1]", *autres]
exiger("ALLOWED_HOSTS", ALLOWED_HOSTS, "pacte.exemple.fr")
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS=* accepterait n’importe quel nom : les nommer.")
CSRF_TRUSTED_ORIGINS = env_liste("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "pacte.socle",
    "axes",
    "partenaires",
    "contrats",
    "actions",
    "pacte.apps.PacteConfig",
    "pacte.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "crispy_forms",
    "crispy_bootstrap5",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    # First, so that every answer has its headers: errors, static files and health included.
    "pacte.middleware.EnTetesMiddleware",
    # Before the check of the host name: a probe calls the machine by its address.
    "pacte.middleware.SanteMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before the session, whose key comes from a cookie.
    "pacte.middleware.CaractereNulMiddleware",
    # Before the session, which it forbids to save.
    "pacte.comptes.ecriture.LectureSeuleMiddleware",
    # Pages only: static files come compressed. It hides the length of what it compresses.
    "pacte.service.middleware.CompressionMiddleware",
    # Outside of whatever may give a cookie: a page that does is not kept.
    "pacte.service.middleware.PageGardeeMiddleware",
    "pacte.comptes.ecriture.SessionsMiddleware",
    # Not for translation (the site is in French): it activates the language once per request,
    # which makes each date and number cheaper to print.
    "pacte.middleware.LangueMiddleware",
    "django.middleware.common.CommonMiddleware",
    "pacte.middleware.MethodeMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pacte.middleware.PacteMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pacte.comptes.ecriture.EcritureMiddleware",
    "pacte.comptes.sessions.DureeDeSessionMiddleware",
    "pacte.comptes.sessions.SecondFacteurMiddleware",
    "pacte.portail.limites.LimitesMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
]

ROOT_URLCONF = "pacte.urls"
WSGI_APPLICATION = "pacte.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["pacte.socle.templatetags.pacte"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pacte.context_processors.portail",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database -------------------------------------------------------------------------------

DATABASE_URL = os.environ.get("DATABASE_URL") or (
    f"sqlite:///{DOSSIER_DONNEES / 'pacte.sqlite3'}"
    if LOCAL
    else exiger("DATABASE_URL", "", "postgres://pacte@/pacte")
)
DATABASES = {"default": dj_database_url.parse(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Ours reads on when the disk is full.
    DATABASES["default"]["ENGINE"] = "pacte.socle.sqlite3"
    DATABASES["default"]["OPTIONS"] = {
        # Take the write lock at BEGIN: two writers then wait instead of failing half-way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        # 64 Mio read without copy, 8 Mio kept, sorts in memory.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
        "PRAGMA mmap_size=67108864; PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY;",
    }
elif DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Compiling a query takes longer than any of ours takes to run.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c jit=off"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Accounts -------------------------------------------------------------------------------

AUTH_USER_MODEL = "socle.Utilisateur"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "espace:accueil"
ACCOUNT_ADAPTER = "pacte.comptes.adaptateurs.AdaptateurComptes"
ACCOUNT_FORMS = {
    "login": "pacte.comptes.formulaires.ConnexionForm",
    "reset_password": "pacte.comptes.formulaires.OubliForm",
    "reset_password_from_key": "pacte.comptes.formulaires.NouveauMotDePasseForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "pacte.comptes.liens.LienDeMotDePasse"
MFA_FORMS = {"activate_totp": "pacte.comptes.formulaires.ActivationForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# An account opens on a link sent to its address, which proves the address: nobody signs up alone.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    # The key is an account seen from one address: whoever errs elsewhere shuts nobody out.
    "login_failed": "20/10m/ip,5/5m/key",
    # And the account from everywhere, far above what a person needs.
    "login_failed_compte": "100/h/key",
    "reset_password": "10/10m/ip,3/10m/key",
    "adhesion": "5/10m/ip",
    "contact": "5/10m/ip",
    "invitation": "30/10m/ip",
    "inviter": "20/h/user",
    # By minute for one address, behind which an office of two hundred people may be.
    "recherche": "240/m/ip",
    "export": "60/m/ip",
    # Laid out one by one, in a process of its own.
    "impression": "20/m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env_bool("DERRIERE_UN_PROXY", False) else 0
PASSWORD_RESET_TIMEOUT = 60 * 60
MFA_ADAPTER = "pacte.comptes.adaptateurs.AdaptateurSecondFacteur"
# For lack of open sign-up, an address not proved yet must not keep its owner out: a reset that
# anybody may ask for would be enough to shut an officer's door.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# One code before or after is taken: telephones are seldom on time.
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Pacte local des solidarités"
# Only a try on one's own machine may do without: see `make demo`.
SECOND_FACTEUR_DES_AGENTS = env_bool("SECOND_FACTEUR_DES_AGENTS", True)
if not (SECOND_FACTEUR_DES_AGENTS or LOCAL):
    raise ImproperlyConfigured("SECOND_FACTEUR_DES_AGENTS=non n’est permis qu’en local.")
# Minutes without a click, then hours in all, after which one signs in again.
INACTIVITE_AGENT, INACTIVITE_PARTENAIRE, DUREE_MAXIMALE = 30, 60, 12
# Single sign-on of officers: off without an address.
PROCONNECT_URL = os.environ.get("PROCONNECT_URL", "").rstrip("/")
PROCONNECT_ID = os.environ.get("PROCONNECT_ID", "")
PROCONNECT_SECRET = env_secret("PROCONNECT_SECRET")
SOCIALACCOUNT_PROVIDERS = {}
if PROCONNECT_URL:
    verifier_proconnect(PROCONNECT_URL, PROCONNECT_ID, PROCONNECT_SECRET, LOCAL)
    SOCIALACCOUNT_PROVIDERS = fournisseur_proconnect(
        PROCONNECT_URL, PROCONNECT_ID, PROCONNECT_SECRET
    )
SOCIALACCOUNT_ADAPTER = "pacte.comptes.proconnect.AdaptateurProConnect"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
# Whoever adds or removes a way in proves again who they are.
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
# Seconds that we wait for the provider.
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 16},
    },
    # In the place of Django's common passwords, of which 29 have sixteen signs: decision 0025.
    {"NAME": "pacte.comptes.mots_de_passe.DejaVoleValidator"},
    {"NAME": "pacte.comptes.mots_de_passe.QuiSeDevineValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "pacte.comptes.mots_de_passe.MotsDuPacteValidator"},
]

# --- Language -------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "français")]
# Dates of the administration read as they are typed: 01/08/2026.
FORMAT_MODULE_PATH = "pacte.formats"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

# --- Messages and cache ---------------------------------------------------------------------

# What e-mails put before a path: they are also written by commands, which know no request.
ADRESSE_DU_SITE = os.environ.get("ADRESSE_DU_SITE", "").rstrip("/") or (
    f"http://127.0.0.1:{os.environ.get('PORT') or 8000}" if LOCAL else f"https://{ALLOWED_HOSTS[0]}"
)
EMAIL_BACKEND = f"django.core.mail.backends.{'console' if LOCAL else 'smtp'}.EmailBackend"
EMAIL_HOST = os.environ.get("SMTP_HOTE") or "localhost"
EMAIL_PORT = env_entier("SMTP_PORT", 25)
EMAIL_HOST_USER = os.environ.get("SMTP_UTILISATEUR", "")
EMAIL_HOST_PASSWORD = env_secret("SMTP_MOT_DE_PASSE")
EMAIL_USE_TLS = env_bool("SMTP_STARTTLS", False)
EMAIL_TIMEOUT = 10
# Outside of the request; the tests send at once, to read what was sent.
COURRIELS_A_PART = True
DEFAULT_FROM_EMAIL = SERVER_EMAIL = (
    os.environ.get("COURRIEL_EXPEDITEUR") or f"ne-pas-repondre@{ALLOWED_HOSTS[0].strip('[]')}"
)
# Throttling counts in it: it must be common to all processes.
CACHES = {"default": env_compteurs("CACHE_URL", DOSSIER_DONNEES / "cache")}
# Pages kept in each process for readers, in MiB; 0 keeps none.
PAGES_GARDEES_MO = env_entier("PAGES_GARDEES_MO", 32)
# The key of `/mesures`, for whoever operates the portal; without it, there is no such address.
MESURES_JETON = env_secret("MESURES_JETON")
# Their pages are for one person, or their address is a secret: no engine, no cache keeps them.
ZONES_PRIVEES = (
    "/admin/",
    "/espace/",
    "/compte/",
    "/connexion/",
    "/deconnexion/",
    "/adhesion/suivi/",
)

# Who publishes the portal: `pacte/socle/editeur.py` refuses production while it is incomplete.
EDITEUR = os.environ.get("EDITEUR") or BASE_DIR / "pacte/referentiel/editeur.yaml"

# --- Files ----------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DOSSIER_DONNEES / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DOSSIER_DONNEES / "documents"
STORAGES = {
    "default": {"BACKEND": "pacte.socle.documents.DocumentsEntiers"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Files that browsers ask for at the root, by a name that cannot carry a hash.
WHITENOISE_ROOT = BASE_DIR / "static" / "racine"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# What is deposited (10 MB at most) is read in memory, never put aside on a disk that may be full.
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
# Where a clamd reads what people deposit: a path, or host:port; empty, nothing is asked.
ANTIVIRUS = env_antivirus("ANTIVIRUS")

# --- Security -------------------------------------------------------------------------------

# Same name and shape as in Django 6, whose own middleware will replace ours.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
}
if PROCONNECT_URL:
    # Chromium applies the directive to the redirect that answers a form, too.
    SECURE_CSP["form-action"].append(origine(PROCONNECT_URL))
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "pacte.comptes.views.comptes.formulaire_perime"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
# Twice the longest session: a form sent too late still finds whose it was.
SESSION_COOKIE_AGE = 2 * DUREE_MAXIMALE * 60 * 60

if not LOCAL:
    SECURE_CSP["upgrade-insecure-requests"] = []
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = env_bool("HSTS_PRELOAD", True)
    # `__Host-` : the browser itself refuses the cookie without HTTPS or for another host.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if env_bool("DERRIERE_UN_PROXY", False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Logs -----------------------------------------------------------------------------------

LOGGING = regler_les_journaux(LOCAL)
