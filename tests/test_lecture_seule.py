"""Nothing can be written, on purpose or not: readers read on, forms are given back."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from pacte.comptes.sessions import DERNIER_GESTE
from pacte.portail.models import Message
from pacte.socle import ecriture
from tests.comptes.gestes import est_connecte, identifier, lire
from tests.conftest import creer_agent
from tests.fabriques import creer_contribution, creer_membre, creer_message, creer_personne

RACINE = Path(__file__).resolve().parents[1]
ENVOI = {"sujet": "question", "texte": "Une longue question.", "courriel": "a@exemple.fr"}
PAGES = (
    *("/", "/actions/", "/recherche/?q=logement", "/contact/", "/connexion/", "/suivi/"),
    *("/actions.csv", "/donnees-ouvertes/actions.json", "/actualites.atom"),
)
BANDEAU = "Site en lecture seule pour une maintenance"


@pytest.fixture
def mode(settings, tmp_path):
    """The read-only mode, on; the path of its file."""
    settings.DOSSIER_DONNEES = tmp_path
    (tmp_path / ecriture.FICHIER).touch()
    return tmp_path / ecriture.FICHIER


@pytest.mark.django_db
def test_en_lecture_seule_tout_se_lit_et_le_bandeau_le_dit(client, referentiel, mode):
    for page in PAGES:
        reponse = client.get(page)
        assert reponse.status_code == 200, page
        if "html" in reponse["Content-Type"]:
            assert BANDEAU in lire(reponse), page
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_un_formulaire_est_rendu_avec_ce_qui_etait_ecrit_jusqu_a_la_fin_du_mode(client, mode):
    reponse = client.post("/contact/", ENVOI)

    assert (reponse.status_code, reponse["Retry-After"]) == (503, "600")
    assert "Une longue question." in lire(reponse) and "lecture seule" in lire(reponse)
    assert not Message.objects.exists()

    mode.unlink()
    assert client.post("/contact/", ENVOI).status_code == 302
    assert BANDEAU not in lire(client.get("/"))


@pytest.mark.django_db
def test_personne_n_entre_et_qui_est_entre_continue_de_lire(client, agent_departement, mode):
    membre = creer_membre(role="referent").utilisateur
    contribution = creer_contribution(partenaire=membre.appartenances.get().partenaire)
    mode.unlink()
    for compte, page in ((agent_departement, "/admin/"), (membre, "/espace/")):
        client.force_login(compte)
        client.get("/compte/")
        session = client.session
        session[DERNIER_GESTE] -= 120
        session.save()
        mode.touch()

        reponse = client.get(page, follow=True)

        assert reponse.status_code == 200 and BANDEAU in lire(reponse)
        assert client.session[DERNIER_GESTE] == session[DERNIER_GESTE]
        mode.unlink()
    mode.touch()
    confirmer = f"/espace/{contribution.partenaire.slug}/contributions/{contribution.pk}/confirmer/"
    assert client.post(confirmer).status_code == 503
    client.logout()
    client.cookies.clear()
    assert identifier(client, membre).status_code == 503
    assert "mot de passe" not in lire(client.post("/connexion/", {"password": "mot de passe"}))


@pytest.mark.django_db(transaction=True)
def test_une_session_trop_vieille_ne_sert_plus_et_sortir_vide_le_navigateur(client, mode):
    client.force_login(creer_personne())
    mode.unlink()
    assert est_connecte(client)
    mode.touch()

    sortie = client.post("/deconnexion/")
    assert sortie.status_code == 503 and sortie.cookies["sessionid"]["max-age"] == 0
    assert not est_connecte(client)

    mode.unlink()
    client.force_login(creer_personne("autre@exemple.fr"))
    assert est_connecte(client)
    session = client.session
    session[DERNIER_GESTE] -= 24 * 3600
    session.save()
    mode.touch()
    assert not est_connecte(client)
    assert Session.objects.filter(pk=session.session_key).exists()


@pytest.mark.django_db
def test_une_page_qui_aurait_a_retenir_quelque_chose_repond_503(client, mode):
    """The link of a new password is kept in the session, on a GET."""
    personne = creer_personne()
    cle = default_token_generator.make_token(personne)
    lien = f"/compte/mot-de-passe/{user_pk_to_url_str(personne)}-{cle}/"

    assert client.get(lien).status_code == 503
    mode.unlink()
    assert client.get(lien).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    "commande",
    [
        ["envoyer_rappels"],
        ["purger"],
        ["importer", "x.csv", "--par", "a@exemple.fr"],
        ["charger_referentiel"],
        ["charger_demo"],
        ["indexer"],
        ["creer_administrateur"],
    ],
)
def test_une_commande_qui_ecrit_refuse(mode, commande):
    with pytest.raises(CommandError, match="Le portail est en lecture seule"):
        call_command(*commande)


@pytest.mark.django_db
def test_une_commande_qui_simule_passe(mode):
    call_command("purger", "--simuler", stdout=StringIO())


SUR_POSTGRESQL = os.environ.get("PACTE_TESTS_BASE") == "postgresql"


# A full disk is simulated on SQLite alone.
@pytest.fixture(params=["fermee"] if SUR_POSTGRESQL else ["fermee", "pleine"])
def base_qui_n_ecrit_plus(request, transactional_db):
    """Call it, and the base takes no more write: read-only, or full."""
    sur_sqlite = connection.vendor == "sqlite"
    if not sur_sqlite:
        ferme = "SET default_transaction_read_only = on"
    elif request.param == "fermee":
        ferme = "PRAGMA query_only = ON"
    else:
        ferme = "PRAGMA max_page_count = 1"  # as many as there are
    yield lambda: _executer(ferme)
    if sur_sqlite:
        _executer("PRAGMA query_only = OFF", "PRAGMA max_page_count = 1073741823")
    else:
        _executer("SET default_transaction_read_only = off")


def _executer(*requetes: str) -> None:
    with connection.cursor() as curseur:
        for requete in requetes:
            curseur.execute(requete)


LONG = {**ENVOI, "texte": "Une longue question. " * 200}


def test_une_base_qui_n_ecrit_plus_se_lit_et_rend_les_formulaires(client, base_qui_n_ecrit_plus):
    agent = creer_agent("Agents du Département", "agent@departement.exemple")
    client.force_login(agent)
    client.get("/compte/")
    session = client.session
    session[DERNIER_GESTE] -= 120
    session.save()
    while connection.vendor == "sqlite" and _pages_libres():
        creer_message(texte="x" * 4000)

    base_qui_n_ecrit_plus()

    assert client.get("/").status_code == 200
    assert client.get("/admin/").status_code == 200
    reponse = client.post("/contact/", LONG)
    assert reponse.status_code == 503 and "Une longue question." in lire(reponse)
    assert not Message.objects.filter(courriel="a@exemple.fr").exists()
    client.cookies.clear()
    assert client.get("/").status_code == 200


def _pages_libres() -> int:
    with connection.cursor() as curseur:
        curseur.execute("PRAGMA freelist_count")
        return curseur.fetchone()[0]


def test_une_base_fermee_n_ouvre_aucune_session(client, transactional_db):
    personne = creer_personne()
    ferme, ouvre = (
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
        if connection.vendor == "sqlite"
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    _executer(ferme)
    try:
        assert identifier(client, personne).status_code == 503
        with pytest.raises(CommandError, match="La base ne s’écrit pas"):
            call_command("charger_referentiel", verbosity=0)
    finally:
        _executer(ouvre)
    assert identifier(client, personne).status_code == 302


DISQUE_PLEIN = """
import resource
import django
django.setup()
from django.db import connection
from django.test import Client
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
client = Client(headers={"host": "127.0.0.1"})
connection.close()
envoi = {"sujet": "question", "texte": "Une longue question.", "courriel": "a@exemple.fr"}
for page in ("/", "/actions/", "/contact/", "/connexion/"):
    print(client.get(page).status_code)
    connection.close()
print(client.post("/contact/", envoi).status_code, client.get("/readyz").content.decode())
"""


def test_sur_un_disque_plein_le_fichier_de_sqlite_se_lit_encore(tmp_path):
    """No file may grow: SQLite cannot even make the index of its journal."""
    environnement = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "pacte.settings",
        "PACTE_MODE": "local",
        "DEBUG": "oui",
        "SECRET_KEY": "clé-des-tests",
        "PACTE_DONNEES": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/pacte.sqlite3",
    }

    def lancer(*mots):
        return subprocess.run(
            [sys.executable, *mots], cwd=RACINE, env=environnement, capture_output=True, text=True
        )

    lancer("manage.py", "migrate", "-v0")
    issue = lancer("-c", DISQUE_PLEIN)

    assert issue.stdout.split("\n")[:4] == ["200"] * 4, issue.stderr
    assert issue.stdout.split("\n")[4] == "503 indisponible\u00a0: cache, documents"


def test_un_fichier_de_sqlite_dont_le_journal_n_est_pas_vide_ne_s_ouvre_pas_sans_lui(tmp_path):
    from pacte.socle.sqlite3.base import DatabaseWrapper

    base = tmp_path / "base.sqlite3"
    erreur = ErreurDeSqlite("SQLITE_IOERR_SHMSIZE")
    assert not DatabaseWrapper._peut_se_lire(base, erreur)
    base.touch()
    assert DatabaseWrapper._peut_se_lire(base, erreur)
    assert not DatabaseWrapper._peut_se_lire(base, ErreurDeSqlite("SQLITE_ERROR"))
    (tmp_path / "base.sqlite3-wal").write_bytes(b"x")
    assert not DatabaseWrapper._peut_se_lire(base, erreur)


class ErreurDeSqlite(Exception):
    def __init__(self, nom):
        self.sqlite_errorname = nom


@pytest.fixture
def cache_ferme(settings, tmp_path):
    """The counters of attempts, where a file stands in the place of their folder."""
    (tmp_path / "cache").touch()
    compteurs = "pacte.socle.compteurs.CompteursSurDisque"
    settings.CACHES = {"default": {"BACKEND": compteurs, "LOCATION": tmp_path / "cache"}}


@pytest.mark.django_db
def test_sans_compteurs_rien_qui_se_compte_ne_passe(client, cache_ferme):
    personne = creer_personne()

    reponse = client.post("/contact/", ENVOI)

    assert reponse.status_code == 503 and "Une longue question." in lire(reponse)
    assert not Message.objects.exists()
    assert identifier(client, personne).status_code == 503
    oubli = client.post("/compte/mot-de-passe/oublie/", {"email": personne.email})
    assert oubli.status_code == 503
    assert client.get("/").status_code == client.get("/contact/").status_code == 200
    assert client.get("/readyz").content.decode() == "indisponible\u00a0: cache\n"


def test_readyz_regarde_aussi_les_documents(client, settings, tmp_path, db):
    settings.MEDIA_ROOT = tmp_path / "documents"
    assert client.get("/readyz").status_code == 200
    assert [*settings.MEDIA_ROOT.iterdir()] == []

    settings.MEDIA_ROOT.rmdir()
    settings.MEDIA_ROOT.touch()
    panne = client.get("/readyz")
    assert (panne.status_code, panne.content.decode()) == (
        503,
        "indisponible\u00a0: documents\n",
    )


def test_une_faute_qui_n_est_pas_un_refus_reste_une_faute():
    assert not ecriture.est_refusee(DatabaseError("syntax error"))
    assert not ecriture.est_refusee(FileNotFoundError(2, "x"))
    assert ecriture.est_refusee(OSError(28, "No space left on device"))
    assert not ecriture.est_occupee(DatabaseError("syntax error"))
