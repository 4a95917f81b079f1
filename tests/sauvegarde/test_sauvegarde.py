"""A backup, verified by putting it back: on SQLite, and on PostgreSQL."""

import json
import os
import resource
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from pacte.portail.models import Message
from pacte.sauvegarde import archive, gestes, postgresql
from pacte.sauvegarde.archive import Manifeste
from pacte.sauvegarde.bases import base_de, resumer
from pacte.sauvegarde.refus import SauvegardeRefusee
from pacte.socle.courrier import Courrier
from pacte.socle.typographie import INSECABLE
from tests.fabriques import creer_acte, creer_message

pytestmark = pytest.mark.django_db(transaction=True)
RACINE = Path(__file__).resolve().parents[2]
SECRET = "une clé tirée au hasard, assez longue pour un essai"
SUR_POSTGRESQL = os.environ.get("PACTE_TESTS_BASE") == "postgresql"


@pytest.fixture(autouse=True)
def lieu(settings, tmp_path, monkeypatch):
    """A place with a message and two documents; backups go to the folder that is returned."""
    settings.DOSSIER_DONNEES = tmp_path / "donnees"
    settings.MEDIA_ROOT = settings.DOSSIER_DONNEES / "documents"
    (settings.MEDIA_ROOT / "actes").mkdir(parents=True)
    (settings.MEDIA_ROOT / "actes" / "signé.pdf").write_bytes(b"%PDF-1.7 " * 50_000)
    (settings.MEDIA_ROOT / "vide.pdf").write_bytes(b"")
    (tmp_path / "cle").write_text(f"{SECRET}\n")
    monkeypatch.setenv("SAUVEGARDE_CLE_FILE", str(tmp_path / "cle"))
    (tmp_path / "sauvegardes").mkdir()
    creer_message(texte="Un texte qui ne se lit pas chiffré.")
    return tmp_path / "sauvegardes"


def appeler(*mots) -> str:
    sortie = StringIO()
    call_command(*map(str, mots), stdout=sortie, stderr=sortie)
    return sortie.getvalue().replace(INSECABLE, " ")


def sauvegarder(dossier: Path, *options) -> Path:
    appeler("sauvegarder", dossier, *options)
    (fichier,) = dossier.iterdir()
    return fichier


def vider(settings) -> None:
    for modele in (Message, Courrier):
        modele.objects.all().delete()
    for chemin in settings.MEDIA_ROOT.rglob("*.pdf"):
        chemin.unlink()


def contenu() -> tuple:
    documents = archive.peser_les_documents(gestes.dossier_des_documents())
    return base_de(connection).lire(), documents


@pytest.mark.parametrize("options", [[], ["--chiffrer"]])
def test_tout_revient_et_tout_est_compare(lieu, settings, options):
    avant = contenu()
    fichier = sauvegarder(lieu, *options, "--verifier")
    vider(settings)

    dit = appeler("restaurer", fichier, "--remplacer")

    assert contenu() == avant
    assert "2 documents : identiques" in dit and "tables" in dit
    assert fichier.stat().st_mode & 0o777 == 0o600
    assert (b"ne se lit pas chiffr" in fichier.read_bytes()) == (not options and not SUR_POSTGRESQL)
    assert [chemin.name for chemin in settings.DOSSIER_DONNEES.iterdir()] == ["documents"]


def test_ce_qui_est_ecrit_apres_la_restauration_a_sa_cle(lieu):
    appeler("restaurer", sauvegarder(lieu), "--remplacer")

    assert creer_message().pk not in (None, Message.objects.earliest("pk").pk)


def test_une_place_qui_n_est_pas_vide_n_est_remplacee_que_sur_demande(lieu, settings):
    fichier = sauvegarder(lieu)
    avant = contenu()

    with pytest.raises(CommandError, match="--remplacer"):
        appeler("restaurer", fichier)
    Message.objects.all().delete()
    with pytest.raises(CommandError, match="--remplacer"):
        appeler("restaurer", fichier)

    assert contenu()[1] == avant[1]
    vider(settings)
    assert "identiques" in appeler("restaurer", fichier)
    assert contenu() == avant


def test_un_portail_qui_ecrit_pendant_qu_on_restaure_est_dit_et_rien_n_est_perdu(
    lieu, settings, monkeypatch
):
    fichier = sauvegarder(lieu)
    (settings.MEDIA_ROOT / "depuis.pdf").write_bytes(b"%PDF")
    echanger = gestes._echanger

    def echanger_puis_ecrire(*dossiers):
        echanger(*dossiers)
        creer_message(texte="Écrit pendant la restauration.")

    monkeypatch.setattr(gestes, "_echanger", echanger_puis_ecrire)

    with pytest.raises(CommandError, match="Un portail écrit encore.*documents-d-avant"):
        appeler("restaurer", fichier, "--remplacer")

    (gardes,) = settings.DOSSIER_DONNEES.glob("documents-d-avant-*")
    assert (gardes / "depuis.pdf").read_bytes() == b"%PDF"


def test_une_sauvegarde_abimee_ne_change_rien(lieu, settings):
    for options in ([], ["--chiffrer"]):
        fichier = sauvegarder(lieu, *options)
        sain, avant = fichier.read_bytes(), contenu()
        for rang in (100, len(sain) // 3, len(sain) * 2 // 3):
            fichier.write_bytes(sain[:rang] + bytes([sain[rang] ^ 1]) + sain[rang + 1 :])
            with pytest.raises(CommandError):
                appeler("restaurer", fichier, "--remplacer")
            fichier.write_bytes(sain[:rang])
            with pytest.raises(CommandError):
                appeler("verifier_sauvegarde", fichier)
        assert contenu() == avant
        fichier.unlink()


def test_une_autre_cle_ne_change_rien(lieu, monkeypatch):
    fichier, avant = sauvegarder(lieu, "--chiffrer"), contenu()
    monkeypatch.delenv("SAUVEGARDE_CLE_FILE")

    with pytest.raises(CommandError, match="Il manque la clé"):
        appeler("restaurer", fichier, "--remplacer")
    monkeypatch.setenv("SAUVEGARDE_CLE", SECRET[::-1])
    with pytest.raises(CommandError, match="la clé n’est pas la sienne"):
        appeler("restaurer", fichier, "--remplacer")
    assert contenu() == avant


def test_sans_cle_rien_n_est_ecrit(lieu, monkeypatch):
    monkeypatch.delenv("SAUVEGARDE_CLE_FILE")

    with pytest.raises(CommandError, match="SAUVEGARDE_CLE_FILE"):
        appeler("sauvegarder", lieu, "--chiffrer")
    assert [*lieu.iterdir()] == []


def refaire(fichier: Path, **changements) -> Path:
    """Return a backup like `fichier`, whose manifest says otherwise."""
    dossier = fichier.with_suffix(".extrait")
    dossier.mkdir()
    manifeste = archive.extraire(fichier, "", dossier)
    refait = fichier.with_name("pacte-refaite.tar")
    with refait.open("wb") as sortie, (dossier / manifeste.base.nom).open("rb") as base:
        archive.ecrire(sortie, replace(manifeste, **changements), base, dossier / "documents", None)
    return refait


def test_une_version_plus_recente_est_refusee_et_une_plus_ancienne_suivie_de_migrate(
    lieu, monkeypatch
):
    fichier = sauvegarder(lieu)
    migrations = archive.controler(fichier, "").migrations
    recente = refaire(fichier, migrations=[*migrations, "pacte.9999_demain"])
    avant, appels = contenu(), []

    with pytest.raises(CommandError, match="plus récente.*pacte.9999_demain"):
        appeler("restaurer", recente, "--remplacer")
    assert contenu() == avant

    fichier.unlink()
    ancienne = sauvegarder_ancienne(lieu)
    monkeypatch.setattr(gestes, "call_command", lambda nom, **options: appels.append(nom))
    assert "1 migration appliquée" in appeler("restaurer", ancienne, "--remplacer")
    assert appels == ["migrate"]
    remettre_la_migration()


DERNIERE = ("pacte", "0001_initial")


def sauvegarder_ancienne(lieu: Path) -> Path:
    with connection.cursor() as curseur:
        curseur.execute("DELETE FROM django_migrations WHERE app = %s AND name = %s", DERNIERE)
    return gestes.sauvegarder(lieu, secret=None)[0]


def remettre_la_migration() -> None:
    with connection.cursor() as curseur:
        sql = "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, '2026-01-01')"
        curseur.execute(sql, DERNIERE)


def test_un_autre_moteur_un_autre_format_un_autre_fichier_sont_refuses(lieu, tmp_path):
    fichier = sauvegarder(lieu)
    autre = refaire(fichier, moteur="oracle")
    with pytest.raises(CommandError, match="celle d’une base oracle"):
        appeler("verifier_sauvegarde", autre)
    with pytest.raises(CommandError, match="autre format"):
        appeler("verifier_sauvegarde", refaire_format(autre))
    (tmp_path / "texte").write_text("bonjour")
    with pytest.raises(CommandError, match="sauvegarde"):
        appeler("restaurer", tmp_path / "texte")
    with pytest.raises(CommandError, match="ne s’ouvre pas"):
        appeler("restaurer", tmp_path / "absent")


def refaire_format(fichier: Path) -> Path:
    fichier.write_bytes(fichier.read_bytes().replace(b'"format": 1', b'"format": 9'))
    return fichier


def test_une_base_qui_n_est_pas_celle_du_manifeste_ne_remplace_rien(lieu):
    fichier = sauvegarder(lieu)
    tables = archive.controler(fichier, "").tables
    menteuse = refaire(fichier, tables={**tables, "pacte_message": (2, "0" * 64)})
    avant = contenu()

    with pytest.raises(CommandError, match="manifeste"):
        appeler("restaurer", menteuse, "--remplacer")
    with pytest.raises(CommandError, match="pacte_message"):
        appeler("verifier_sauvegarde", menteuse)
    assert contenu() == avant


def test_un_nom_qui_sort_du_dossier_est_refuse(lieu):
    manifeste = archive.controler(sauvegarder(lieu), "")
    for nom in ("documents/../../x", "/etc/x", "documents", "base.dump"):
        lu = json.loads(manifeste.en_json())
        lu["documents"] = [{"nom": nom, "octets": 0, "sha256": ""}]
        with pytest.raises(SauvegardeRefusee, match="sort de son dossier"):
            Manifeste.lire(json.dumps(lu).encode())


def test_un_document_qui_change_pendant_la_sauvegarde_l_arrete(lieu, settings, monkeypatch):
    ecrire = archive.ecrire

    def ecrire_apres(contenu):
        def faire(*arguments):
            chemin = settings.MEDIA_ROOT / "vide.pdf"
            chemin.unlink() if contenu is None else chemin.write_bytes(contenu)
            return ecrire(*arguments)

        return faire

    for autre in (b"a", b"abd", None):
        (settings.MEDIA_ROOT / "vide.pdf").write_bytes(b"abc")
        monkeypatch.setattr(archive, "ecrire", ecrire_apres(autre))
        with pytest.raises(CommandError, match="a changé pendant la sauvegarde"):
            appeler("sauvegarder", lieu)
    assert [*lieu.iterdir()] == []


def test_un_document_qu_une_fiche_nomme_et_qui_manque_est_dit(lieu):
    creer_acte(document="actes/perdu.pdf")

    assert "qui manquent : actes/perdu.pdf" in appeler("sauvegarder", lieu)


def test_les_anciennes_partent_une_fois_la_nouvelle_relue(lieu, monkeypatch):
    anciennes = [lieu / f"pacte-2026-01-0{n}-023000.tar{s}" for n, s in ((1, ""), (2, ".chiffre"))]
    autres = [lieu / "pacte-a-garder.txt", lieu / "autre.tar"]
    reste = lieu / ".pacte-2026-01-03-023000.tar.en-cours"
    for chemin in (*anciennes, *autres, reste):
        chemin.touch()
    os.utime(reste, (0, 0))

    with monkeypatch.context() as pendant:
        pendant.setattr(archive, "controler", refuser)
        with pytest.raises(CommandError, match="abîmée"):
            appeler("sauvegarder", lieu, "--garder", 2)
    assert all(chemin.exists() for chemin in anciennes)

    appeler("sauvegarder", lieu, "--garder", 2)
    restantes = {chemin.name for chemin in lieu.iterdir()}
    assert len(restantes) == 4
    assert {anciennes[1].name, *(chemin.name for chemin in autres)} < restantes


def refuser(*arguments):
    raise SauvegardeRefusee("abîmée")


def test_l_empreinte_d_une_table_ne_depend_pas_de_l_ordre():
    assert resumer([b"a", b"b"]) == resumer([b"b", b"a"])
    assert resumer([b"a", b"b"]) != resumer([b"a", b"c"])
    assert resumer([b"a", b"a", b"b"]) != resumer([b"a", b"b", b"b"])


def _lancer(tmp_path, *mots, limite=None):
    environnement = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "pacte.settings",
        "PACTE_MODE": "local",
        "PACTE_DONNEES": str(tmp_path / "donnees"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/pacte.sqlite3",
    }

    def limiter():
        if limite:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limite, limite))

    return subprocess.run(
        [sys.executable, "manage.py", *map(str, mots)],
        cwd=RACINE, env=environnement, preexec_fn=limiter, capture_output=True, text=True,
    )  # fmt: skip


def test_sans_place_sur_le_disque_aucun_fichier_ne_reste_et_une_phrase_le_dit(lieu, tmp_path):
    """A limit on the size of files stands for a full disk: it stops the copy, then the archive."""
    assert _lancer(tmp_path, "migrate", "-v0").returncode == 0
    taille = (tmp_path / "pacte.sqlite3").stat().st_size

    for limite in (taille // 2, taille + 200_000):
        issue = _lancer(tmp_path, "sauvegarder", lieu, limite=limite)
        assert issue.returncode == 1
        assert issue.stderr.startswith("CommandError: La sauvegarde n’est pas faite")
        assert "il n’y a plus de place sur le disque" in issue.stderr
        assert [*lieu.iterdir(), *(tmp_path / "donnees").glob(".*")] == []


if SUR_POSTGRESQL:

    def test_ce_qui_s_ecrit_pendant_la_sauvegarde_n_y_est_pas(lieu, monkeypatch):
        """Digests and dump are of one instant, though a row comes between the two."""
        sortir = postgresql.BasePostgresql._sortir

        def ecrire():
            creer_message()
            connection.close()

        def sortir_apres(base, *arguments):
            fil = Thread(target=ecrire)
            fil.start()
            fil.join()
            return sortir(base, *arguments)

        monkeypatch.setattr(postgresql.BasePostgresql, "_sortir", sortir_apres)
        fichier = sauvegarder(lieu, "--verifier")

        assert Message.objects.count() == 2
        assert archive.controler(fichier, "").tables["pacte_message"][0] == 1

    def test_un_programme_absent_ou_trop_ancien_se_dit(lieu, monkeypatch, tmp_path):
        vieux = tmp_path / "pg_dump"
        vieux.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
        vieux.chmod(0o755)

        with monkeypatch.context() as pendant:
            pendant.setattr(postgresql, "trouver", lambda programme: str(vieux))
            with pytest.raises(CommandError, match=r"9\.6\.24.*plus ancien que le serveur"):
                appeler("sauvegarder", lieu)
        monkeypatch.setattr(Path, "glob", lambda *arguments: [])
        monkeypatch.setenv("PATH", "")
        with pytest.raises(CommandError, match="« pg_dump » est introuvable"):
            appeler("sauvegarder", lieu)
