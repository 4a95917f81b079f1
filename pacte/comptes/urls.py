"""Addresses of accounts, in French; names are those that django-allauth reverses."""

from allauth.account import views as compte
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.usersessions import views as sessions
from django.urls import path, re_path

from pacte.comptes.views import comptes, proconnect

PROCONNECT = r"^connexion/(?P<provider_id>proconnect)/"
CLE = r"^compte/mot-de-passe/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$"

urlpatterns = [
    path("connexion/", compte.login, name="account_login"),
    path("deconnexion/", proconnect.DeconnexionView.as_view(), name="account_logout"),
    path("compte/", comptes.mon_compte, name="mon_compte"),
    path("compte/session/prolonger/", comptes.prolonger, name="prolonger_session"),
    path("compte/session/reprendre/", comptes.reprendre_saisie, name="reprendre_saisie"),
    path("compte/sessions/", sessions.list_usersessions, name="usersessions_list"),
    path("compte/inscription/", compte.signup, name="account_signup"),
    path("compte/inactif/", compte.account_inactive, name="account_inactive"),
    path("compte/confirmer/", compte.reauthenticate, name="account_reauthenticate"),
    path("compte/confirmer/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("connexion/code/", mfa.authenticate, name="mfa_authenticate"),
    path("compte/mot-de-passe/", compte.password_change, name="account_change_password"),
    path("compte/mot-de-passe/choisir/", compte.password_set, name="account_set_password"),
    path("compte/mot-de-passe/oublie/", compte.password_reset, name="account_reset_password"),
    path(
        "compte/mot-de-passe/oublie/envoye/",
        compte.password_reset_done,
        name="account_reset_password_done",
    ),
    path(
        "compte/mot-de-passe/change/",
        compte.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(CLE, compte.password_reset_from_key, name="account_reset_password_from_key"),
    path("compte/second-facteur/", mfa.index, name="mfa_index"),
    path("compte/second-facteur/activer/", totp.activate_totp, name="mfa_activate_totp"),
    path(
        "compte/second-facteur/retirer/",
        comptes.RetirerLeSecondFacteurView.as_view(),
        name="mfa_deactivate_totp",
    ),
    path("compte/codes-de-secours/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "compte/codes-de-secours/nouveaux/",
        codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "compte/codes-de-secours/fichier/",
        codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    re_path(rf"{PROCONNECT}$", proconnect.partir, name="openid_connect_login"),
    re_path(rf"{PROCONNECT}retour/$", proconnect.revenir, name="openid_connect_callback"),
    path(
        "connexion/proconnect/renoncement/",
        proconnect.renoncement,
        name="socialaccount_login_cancelled",
    ),
    path("connexion/proconnect/echec/", proconnect.echec, name="socialaccount_login_error"),
    path(
        "connexion/proconnect/inscription/",
        proconnect.inscription,
        name="socialaccount_signup",
    ),
    path("compte/proconnect/", proconnect.connexions, name="socialaccount_connections"),
]
