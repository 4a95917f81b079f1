"""What fell under attack once: odd characters, a busy database, a start at the same time."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from pacte.comptes.views.comptes import SAISIE
from pacte.portail.models import Message
from pacte.socle.models import Utilisateur
from tests.comptes.gestes import lire
from tests.fabriques import creer_acte

pytestmark = pytest.mark.django_db

RACINE = Path(__file__).resolve().parents[1]


def test_un_cookie_de_session_au_caractere_nul_est_oublie(client):
    client.cookies["sessionid"] = '"a\\000b"'

    assert client.get("/compte/").url == "/connexion/?next=/compte/"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("suite", ["?publication__exact=%00", "?q=a%00", "?_to_field="])
def test_une_adresse_impossible_de_l_administration_est_refusee(client, administrateur, suite):
    client.force_login(administrateur)

    assert client.get(f"/admin/actions/action/{suite}").status_code == 400


def test_une_fiche_par_une_colonne_vide_est_refusee(client, administrateur):
    acte = creer_acte()
    client.force_login(administrateur)

    adresse = f"/admin/contrats/acte/{acte.pk}/change/?_to_field="
    assert client.get(adresse).status_code == 400


def occuper(monkeypatch):
    def refuser(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr(Message, "save", refuser)


ENVOI = {"sujet": "question", "texte": "Une longue question.", "courriel": "a@exemple.fr"}


def test_une_base_occupee_rend_ce_qui_etait_ecrit(client, monkeypatch):
    occuper(monkeypatch)

    reponse = client.post("/contact/", ENVOI)

    assert (reponse.status_code, reponse["Retry-After"]) == (503, "5")
    assert "Une longue question." in lire(reponse)
    assert SAISIE not in client.session


def test_une_autre_erreur_de_la_base_reste_une_erreur(client, monkeypatch):
    def tomber(*args, **kwargs):
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(Message, "save", tomber)

    with pytest.raises(OperationalError):
        client.post("/contact/", ENVOI)


def creer_administrateur(monkeypatch, *lignes) -> str:
    sortie = StringIO()
    monkeypatch.setattr("sys.stdin", StringIO("".join(f"{ligne}\n" for ligne in lignes)))
    call_command("creer_administrateur", stdout=sortie)
    return sortie.getvalue()


def test_le_premier_compte_se_cree_en_francais(monkeypatch):
    phrase = "quatre chevaux dorment debout"

    dit = creer_administrateur(monkeypatch, "Admin@exemple.fr", phrase, phrase)

    compte = Utilisateur.objects.get()
    assert (compte.email, compte.is_superuser) == ("admin@exemple.fr", True)
    assert compte.check_password(phrase)
    assert "est créé" in dit


@pytest.mark.parametrize(
    ("lignes", "raison"),
    [
        (["pas une adresse"], "adresse"),
        (["a@exemple.fr", "court", "court"], "16 caractères"),
        (["a@exemple.fr", "quatre chevaux dorment", "un autre"], "diffèrent"),
        ([], "s’est arrêtée"),
    ],
)
def test_ce_qui_ne_va_pas_se_dit_et_rien_n_est_cree(monkeypatch, lignes, raison):
    with pytest.raises(CommandError, match=raison):
        creer_administrateur(monkeypatch, *lignes)

    assert not Utilisateur.objects.exists()


def test_deux_premiers_demarrages_sur_une_base_vide_s_attendent(tmp_path):
    """Both prepare the same empty base: one waits, neither ends in a traceback."""
    environnement = {
        **os.environ,
        "PACTE_MODE": "local",
        "DATABASE_URL": f"sqlite:///{tmp_path}/pacte.sqlite3",
        "PACTE_DONNEES": str(tmp_path),
    }
    code = (
        "import django; django.setup()\n"
        "from pacte.management.commands.demarrer import Command\n"
        "Command()._preparer_base()\n"
    )
    commande = [sys.executable, "-c", code]
    environnement["DJANGO_SETTINGS_MODULE"] = "pacte.settings"
    deux = [
        subprocess.Popen(commande, cwd=RACINE, env=environnement, stderr=subprocess.PIPE)
        for _ in range(2)
    ]

    erreurs = [un.communicate(timeout=300)[1].decode() for un in deux]

    assert [un.returncode for un in deux] == [0, 0], erreurs
