"""Headers of every answer, cookies, health, and settings that refuse to start unsafe."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pacte.middleware import SONDES

RACINE = Path(__file__).resolve().parents[1]
ADRESSES = [
    ("/", 200),
    ("/axes/", 200),
    ("/axes/3/", 200),
    ("/contrats/", 200),
    ("/contrats/cls/", 200),
    ("/actions/", 200),
    ("/actions/?axe=9&page=abc", 200),
    ("/actions/carrioles-partagees/", 200),
    ("/actions.csv", 200),
    ("/actions.json", 200),
    ("/partenaires/", 200),
    ("/partenaires/carriolix/", 200),
    ("/recherche/?q=cado", 200),
    ("/actualites/", 200),
    ("/plan-du-site/", 200),
    ("/suivi/", 200),
    ("/suivi/avancement.csv", 200),
    ("/suivi/argent.csv", 200),
    ("/suivi/contrats.csv", 200),
    ("/suivi/cofinancement.csv", 200),
    ("/suivi/indicateurs.csv", 200),
    ("/donnees-ouvertes/", 200),
    ("/donnees-ouvertes/actions/", 200),
    ("/suivi/autre.csv", 404),
    ("/calendrier.ics", 200),
    ("/actualites.atom", 200),
    ("/calendrier.ics?contrat=cls&x=1", 200),
    ("/actualites.atom?contrat=cls&x=1", 200),
    ("/actions/carrioles-partagees/jalons.ics", 200),
    ("/actions/carrioles-partagees/fiche.pdf", 200),
    ("/subventions/", 200),
    ("/robots.txt", 200),
    ("/sitemap.xml", 200),
    ("/healthz", 200),
    ("/readyz", 200),
    ("/nulle-part", 404),
    ("/axes/99999999999999999999/", 404),
    ("/actions/nulle-part/", 404),
    ("/contrats/actes/12.pdf", 404),
    ("/admin/login/", 302),
    ("/connexion/", 200),
    ("/compte/", 302),
    ("/compte/mot-de-passe/oublie/", 200),
    ("/compte/inscription/", 200),
    ("/compte/invitation/inconnue/", 404),
    ("/espace/", 302),
    ("/contact/", 200),
    ("/contact/envoye/", 200),
    ("/aide/", 200),
    ("/aide/partenaires/", 200),
    ("/aide/agents/", 200),
    ("/glossaire/", 200),
    ("/accessibilite/", 200),
    ("/mentions-legales/", 200),
    ("/donnees-personnelles/", 200),
    ("/ecoconception/", 200),
    ("/.well-known/security.txt", 200),
    ("/contrats/signatures/", 200),
    ("/adhesion/", 200),
    ("/adhesion/envoyee/", 200),
    ("/admin/", 302),
]
PRODUCTION = {
    "PACTE_MODE": "production",
    "SECRET_KEY": "x" * 20 + "une-longue-cle-au-hasard-0123456789",
    "ALLOWED_HOSTS": "pacte.exemple.fr",
    "DATABASE_URL": "sqlite:///:memory:",
    "EDITEUR": str(RACINE / "tests" / "editeur-complet.yaml"),
}


def verifier_en_tetes(reponse):
    politique = reponse["Content-Security-Policy"]
    assert politique.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in politique
    assert "data:" not in politique
    assert "frame-ancestors 'none'" in politique
    assert "form-action 'self'" in politique
    assert reponse["X-Frame-Options"] == "DENY"
    assert reponse["X-Content-Type-Options"] == "nosniff"
    assert reponse["Referrer-Policy"] == "same-origin"
    assert reponse["Cross-Origin-Opener-Policy"] == "same-origin"
    assert reponse["Cross-Origin-Resource-Policy"] == "same-origin"
    assert reponse["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert "camera=()" in reponse["Permissions-Policy"]


@pytest.mark.parametrize(("adresse", "statut"), ADRESSES)
def test_chaque_reponse_porte_les_en_tetes(client, referentiel, adresse, statut):
    reponse = client.get(adresse)

    assert reponse.status_code == statut
    verifier_en_tetes(reponse)


# Those have a form: its protection is a cookie, and the only one.
A_FORMULAIRE = (
    "/connexion/",
    "/contact/",
    "/adhesion/",
    "/compte/mot-de-passe/oublie/",
    "/compte/inscription/",
)


@pytest.mark.parametrize(
    "adresse", [a for a, statut in ADRESSES if statut in (200, 404) and a not in A_FORMULAIRE]
)
def test_une_page_publique_ne_pose_aucun_cookie(client, referentiel, adresse):
    reponse = client.get(adresse)

    assert not reponse.cookies
    assert "Cookie" not in reponse.get("Vary", "")


PRIVEES = [
    "/admin/",
    "/admin/login/",
    "/espace/",
    "/connexion/",
    "/compte/",
    "/compte/mot-de-passe/oublie/",
    "/compte/invitation/inconnue/",
    "/adhesion/suivi/00000000-0000-4000-8000-000000000000/",
]


@pytest.mark.parametrize("adresse", PRIVEES)
def test_une_zone_privee_ne_se_garde_ni_ne_s_indexe(client, referentiel, adresse):
    reponse = client.get(adresse)

    assert reponse["X-Robots-Tag"] == "noindex"
    assert {"private", "no-store"} <= set(reponse["Cache-Control"].split(", "))


@pytest.mark.parametrize("adresse", ["/", "/adhesion/", "/contact/", "/actions/"])
def test_une_page_publique_se_garde_et_s_indexe(client, referentiel, adresse):
    reponse = client.get(adresse)

    assert "X-Robots-Tag" not in reponse
    assert "no-store" not in reponse.get("Cache-Control", "")


def test_les_robots_ne_lisent_pas_ou_est_ce_qui_est_prive(client, referentiel):
    robots = client.get("/robots.txt").text

    assert "Disallow: /recherche/" in robots
    assert [zone for zone in PRIVEES if zone.rstrip("/") in robots] == []


@pytest.mark.parametrize("langue", ["en", "de-DE,de;q=0.9", ""])
def test_le_site_parle_francais_a_tous_et_le_meme(client, referentiel, langue):
    reponse = client.get("/actions/", headers={"accept-language": langue})

    assert "Accept-Language" not in reponse.get("Vary", "")
    assert reponse["Content-Language"] == "fr"


def test_la_langue_du_navigateur_ne_change_pas_les_messages_de_django(client, db):
    page = client.post("/contact/", {"courriel": "a"}, headers={"accept-language": "en"}).text

    assert "Ce champ est obligatoire." in page


def test_l_icone_est_a_la_racine(client, db):
    reponse = client.get("/favicon.ico")

    assert (reponse.status_code, reponse["Content-Type"]) == (200, "image/x-icon")
    verifier_en_tetes(reponse)
    assert b"".join(reponse.streaming_content).startswith(b"\x00\x00\x01\x00")
    reponse.close()


def test_une_page_demandee_avec_une_session_ne_se_garde_pas(client, referentiel, agent_departement):
    client.force_login(agent_departement)

    assert "no-store" in client.get("/")["Cache-Control"]
    assert "no-store" in client.get("/admin/")["Cache-Control"]


def test_les_erreurs_parlent_francais(client, referentiel, rf, settings):
    from pacte.portail import erreurs

    settings.ALLOWED_HOSTS = ["pacte.exemple"]
    incorrecte = client.get("/", headers={"host": "ailleurs.exemple"})
    settings.ALLOWED_HOSTS = ["testserver"]
    refusee = erreurs.acces_refuse(rf.get("/"))
    introuvable = client.get("/nulle-part")
    interne = erreurs.erreur_interne(rf.get("/"))

    for reponse, statut, mots in (
        (incorrecte, 400, "Demande incomprise"),
        (refusee, 403, "Accès refusé"),
        (introuvable, 404, "Page introuvable"),
        (interne, 500, "Le site rencontre un problème"),
    ):
        assert reponse.status_code == statut
        assert mots in reponse.content.decode()
    verifier_en_tetes(incorrecte)


def test_une_panne_donne_la_page_500_avec_les_en_tetes(client, referentiel, monkeypatch):
    from pacte.accueil import views

    def tomber(self, **kwargs):
        raise RuntimeError("panne")

    monkeypatch.setattr(views.PlanDuSiteView, "get_context_data", tomber)
    client.raise_request_exception = False

    reponse = client.get("/plan-du-site/")

    assert reponse.status_code == 500
    assert "enregistrée" in reponse.content.decode()
    verifier_en_tetes(reponse)


def test_la_sante_repond_sous_tout_nom_et_sans_detail(client, db, settings, monkeypatch):
    settings.ALLOWED_HOSTS = []

    assert client.get("/healthz", headers={"host": "10.0.0.1"}).content == b"ok\n"
    assert client.get("/readyz", headers={"host": "10.0.0.1"}).content == b"ok\n"

    monkeypatch.setitem(SONDES, "base", lambda: False)
    panne = client.get("/readyz")
    assert (panne.status_code, panne.content.decode()) == (503, "indisponible\u00a0: base\n")


def lancer(programme: str, **environnement):
    propre = {nom: os.environ[nom] for nom in ("PATH", "HOME") if nom in os.environ}
    return subprocess.run(
        [sys.executable, "-c", programme],
        cwd=RACINE,
        env={**propre, "DJANGO_SETTINGS_MODULE": "pacte.settings", **environnement},
        capture_output=True,
        text=True,
    )


CHARGER = "import django; django.setup()"


@pytest.mark.parametrize(
    ("change", "mots"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY est obligatoire"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS est obligatoire"),
        ({"ALLOWED_HOSTS": "*"}, "les nommer"),
        ({"DATABASE_URL": ""}, "DATABASE_URL est obligatoire"),
        ({"DEBUG": "oui"}, "DEBUG=oui"),
        ({"DEBUG": "True"}, "écrire « oui » ou « non »"),
        ({"SMTP_PORT": "abc"}, "SMTP_PORT vaut « abc » : écrire un nombre entier"),
        ({"PACTE_MODE": "essai"}, "écrire « production » ou « local »"),
        ({"SECRET_KEY_FILE": "/nulle/part"}, "illisible"),
    ],
)
def test_la_production_refuse_de_demarrer_sans_surete(change, mots):
    resultat = lancer(CHARGER, **{**PRODUCTION, **change})

    assert resultat.returncode != 0
    assert mots in resultat.stderr


def test_la_production_a_des_cookies_d_hote_et_le_https():
    programme = f"""{CHARGER}
from django.conf import settings as s
print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)
print(s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.DEBUG)
print("upgrade-insecure-requests" in s.SECURE_CSP, s.SESSION_COOKIE_HTTPONLY)
"""
    resultat = lancer(programme, **PRODUCTION)

    assert resultat.stdout.split() == (
        ["__Host-sessionid", "__Host-csrftoken", "True", "True"]
        + ["True", "31536000", "True", "False", "True", "True"]
    )


@pytest.mark.parametrize("methode", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("adresse", ["/", "/actions/", "/actions.csv", "/sitemap.xml"])
def test_une_page_de_lecture_ne_se_lit_qu_en_get(referentiel, methode, adresse):
    from django.test import Client

    reponse = getattr(Client(enforce_csrf_checks=True), methode)(adresse)

    assert reponse.status_code == 405
    verifier_en_tetes(reponse)


@pytest.mark.parametrize("q", ["1 2 3 4 5 6 7 8 9 " * 11, "¼" * 200, "a1 " * 60, "é" * 5000])
def test_une_recherche_hostile_reste_une_recherche(client, referentiel, q):
    for adresse in ("/recherche/", "/actions/", "/actions.csv", "/actions.json"):
        reponse = client.get(adresse, {"q": q})

        assert reponse.status_code == 200
        contenu = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
        assert contenu
