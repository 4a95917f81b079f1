"""Officers' pages: what they take out, what they bring, whose rights it has."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from actions.models import Financement
from pacte.echanges import admin
from pacte.echanges.lecture import lire_fichier
from pacte.echanges.models import Importation
from tests.echanges.jeu import installer
from tests.lecture import contenu, lignes_csv, lisible

pytestmark = pytest.mark.django_db
LISTE = "/admin/pacte/importation/"
ENTETES = "Code;Année;Financeur;Nature;Prévu (€)\n"


@pytest.fixture
def jeu(db):
    return installer()


@pytest.fixture
def departement(client, agent_departement):
    client.force_login(agent_departement)
    return client


def _apporter(client, texte: str, nom: str = "financements.csv"):
    fichier = SimpleUploadedFile(nom, texte.encode())
    return client.post(f"{LISTE}add/", {"fichier": fichier})


def test_apporter_relire_ecrire_annuler(departement, jeu):
    ligne = "CLS-1-01;2026;Le Département d’essai;numéraire;77"

    relecture = _apporter(departement, ENTETES + ligne)
    page = lisible(departement.get(relecture.url).content.decode())

    assert "1 ligne changée" in page
    assert "Prévu (€)</strong> : 1 234,56 → 77" in page
    assert Financement.objects.get(pk=jeu.ligne.pk).prevu != 77
    importation = Importation.objects.get()
    departement.post(reverse("admin:pacte_importation_appliquer", args=[importation.pk]))
    assert Financement.objects.get(pk=jeu.ligne.pk).prevu == 77
    assert "Annuler cet import" in departement.get(relecture.url).content.decode()
    departement.post(reverse("admin:pacte_importation_annuler", args=[importation.pk]))
    assert Financement.objects.get(pk=jeu.ligne.pk).prevu != 77
    assert "Annulé le" in departement.get(relecture.url).content.decode()


def test_un_fichier_illisible_se_dit_a_cote_du_champ(departement, jeu):
    for texte, nom, raison in [
        ("x", "a.doc", "« .doc » ne se lit pas ici"),
        ("Code;Annee;Prix\nA;1;2", "financements.csv", "« Prix » est inconnue"),
        ("", "vide.csv", "vide"),
    ]:
        reponse = _apporter(departement, texte, nom)
        assert reponse.status_code == 200
        assert raison in lisible(reponse.content.decode())
    assert Importation.objects.count() == 0
    assert "obligatoire" in departement.post(f"{LISTE}add/").content.decode()


def test_des_lignes_refusees_n_offrent_pas_d_ecrire(departement, jeu):
    relecture = _apporter(departement, ENTETES + "CLS-1-01;2026;PREF;numéraire;1")
    page = lisible(departement.get(relecture.url).content.decode())
    importation = Importation.objects.get()

    assert "1 ligne refusée" in page
    assert "se saisissent par les agents" in page
    assert "Écrire ces changements" not in page
    departement.post(reverse("admin:pacte_importation_appliquer", args=[importation.pk]))
    importation.refresh_from_db()
    assert importation.applique_le is None


@pytest.mark.parametrize(("au_plus", "est_coupe"), [(1, True), (2, False)])
def test_une_longue_liste_dit_qu_elle_est_coupee(departement, jeu, monkeypatch, au_plus, est_coupe):
    monkeypatch.setattr(admin, "LIGNES_MONTREES", au_plus)
    lignes = [f"CLS-1-01;{annee};PREF;numéraire;1" for annee in (2026, 2027)]

    relecture = _apporter(departement, ENTETES + "\n".join(lignes))

    page = lisible(departement.get(relecture.url).content.decode())
    assert "2 lignes refusées" in page
    assert (f"Les {au_plus} premières sont montrées" in page) is est_coupe


def test_le_fichier_d_un_autre_se_lit_sans_s_appliquer(client, jeu, agent_departement, agent_etat):
    client.force_login(agent_departement)
    relecture = _apporter(client, ENTETES + "CLS-1-01;2026;Le Département d’essai;numéraire;77")
    importation = Importation.objects.get()

    client.force_login(agent_etat)

    assert "Écrire ces changements" not in client.get(relecture.url).content.decode()
    for geste in ("appliquer", "annuler"):
        adresse = reverse(f"admin:pacte_importation_{geste}", args=[importation.pk])
        assert client.post(adresse).status_code == 403
        assert client.get(adresse).status_code == 405
    assert client.get(f"{LISTE}999/change/").status_code == 404


@pytest.mark.parametrize("format_export", ["xlsx", "ods"])
def test_tout_sort_en_un_classeur(departement, jeu, format_export):
    reponse = departement.get(f"{LISTE}classeur.{format_export}")
    plein = lire_fichier(f"a.{format_export}", reponse.getvalue())
    reponse = departement.get(f"{LISTE}classeur.{format_export}?modele=oui")
    vide = lire_fichier(f"a.{format_export}", reponse.getvalue())

    codes = {ligne.cellules["Code"] for f in plein if f.titre == "Actions" for ligne in f.lignes}
    assert codes == {"CLS-1-01", "CLS-1-02"}
    assert vide == []


def test_une_liste_sort_avec_ses_filtres(departement, jeu):
    liste = departement.get("/admin/actions/financement/?financeur__partie__exact=etat")
    (sortie,) = liste.context["sorties"]
    adresses = dict(sortie.adresses)

    (ligne,) = lignes_csv(departement.get(adresses["CSV"]))
    objets = json.loads(contenu(departement.get(adresses["JSON"])))

    assert (ligne["Code"], ligne["Financeur"], ligne["Prévu (€)"]) == (
        "CLS-1-01",
        "La préfecture d’essai",
        "5000,00",
    )
    assert "État" in ligne["Sélection"]
    assert objets["total"] == 1
    assert objets["financements"][0]["prevu"] == 5000


def test_un_agent_lit_la_valeur_exacte_et_le_public_le_secret(departement, client, jeu):
    (exacte,) = lignes_csv(departement.get(f"{LISTE}releves.csv"))
    client.logout()
    publique = [x for x in lignes_csv(client.get("/indicateurs.csv")) if x["Année"] == "2026"]

    assert exacte["Valeur"] == "3,00"
    assert [ligne["Mesuré"] for ligne in publique] == ["moins de 5"]


def test_il_faut_le_droit_de_lire(client, jeu, agent_etat):
    for adresse in (f"{LISTE}classeur.xlsx", f"{LISTE}actions.csv", LISTE, f"{LISTE}add/"):
        client.logout()
        assert client.get(adresse).status_code == 302
    agent_etat.groups.clear()
    client.force_login(agent_etat)
    for adresse in (f"{LISTE}classeur.xlsx", f"{LISTE}actions.csv", LISTE, f"{LISTE}add/"):
        assert client.get(adresse).status_code == 403
