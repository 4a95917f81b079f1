"""A field and a facet are added by one declaration each: docs/ajouter-un-champ.md, walked."""

import json
import shutil

import pytest
from django.db import connection, models

from actions import facettes, filtres
from actions.champs import ACTION
from actions.facettes import FacetteDeColonne
from actions.models import Action
from pacte.referentiel.ecriture import charger
from pacte.referentiel.lecture import ReferentielInvalide
from pacte.socle.champs import Champ, Place
from tests.conftest import FEUILLE
from tests.lecture import contenu, lignes_csv

pytestmark = pytest.mark.django_db

AIDE = "Combien de temps elle dure."


@pytest.fixture
def duree(settings):
    """A column, its field on the model, and the one line of the declaration."""
    settings.SIMPLE_HISTORY_ENABLED = False
    champ = models.CharField("durée", max_length=30, blank=True, default="", help_text=AIDE)
    Action.add_to_class("duree", champ)
    with connection.cursor() as curseur:
        curseur.execute(
            "ALTER TABLE actions_action ADD COLUMN duree varchar(30) NOT NULL DEFAULT ''"
        )
    declaration = Champ("duree", ecrit=True, place=Place("bref", 75))
    ACTION.champs.append(declaration)
    yield champ
    ACTION.champs.remove(declaration)
    Action._meta.local_fields.remove(champ)
    Action._meta._expire_cache()
    del Action.duree


@pytest.fixture
def dossier(tmp_path):
    """The reference files, where the first action lasts six months."""
    copie = shutil.copytree(FEUILLE, tmp_path / "donnees")
    fichier = copie / "actions.yaml"
    source = fichier.read_text(encoding="utf-8")
    ajout = "slug: ecole-du-phare\n  duree: six mois\n"
    fichier.write_text(source.replace("slug: ecole-du-phare\n", ajout, 1), encoding="utf-8")
    return copie


def test_un_champ_declare_une_fois_est_partout(client, duree, dossier):
    charger(dossier)

    fiche = client.get("/actions/ecole-du-phare/").content.decode()
    assert "<dt>Durée</dt>" in fiche
    assert "six mois" in fiche
    lignes = lignes_csv(client.get("/actions.csv"))
    assert [ligne["Durée"] for ligne in lignes].count("six mois") == 1
    actions = json.loads(contenu(client.get("/actions.json")))["actions"]
    assert {a["code"]: a["duree"] for a in actions if a["duree"]} == {"CLS-1-01": "six mois"}
    aide = client.get("/aide/").content.decode()
    assert "<strong>Durée</strong> (duree)" in aide
    assert AIDE in aide


def test_un_champ_declare_est_verifie_dans_les_fichiers(duree, dossier):
    fichier = dossier / "actions.yaml"
    source = fichier.read_text(encoding="utf-8")
    fichier.write_text(source.replace("duree: six mois", "duree: [6]"), encoding="utf-8")

    with pytest.raises(ReferentielInvalide, match="« duree » vaut .* un texte est attendu"):
        charger(dossier)


def test_sans_declaration_le_fichier_est_refuse(dossier):
    with pytest.raises(ReferentielInvalide, match="clé inconnue « duree »"):
        charger(dossier)


def test_une_facette_est_un_objet(client, referentiel, monkeypatch):
    Action.objects.filter(volet__axe__numero=1).update(nature="nouvelle")

    def lister(annees):
        natures = {"nouvelle": "Nouvelle", "renforcee": "Renforcée"}
        nature = FacetteDeColonne("nature", "Nature de l’action", natures, "nature")
        return [*facettes.lister_les_facettes(annees), nature]

    monkeypatch.setattr(filtres, "lister_les_facettes", lister)

    page = client.get("/actions/?nature=nouvelle")

    nombre = Action.objects.filter(nature="nouvelle").count()
    assert page.context["filtre"].total == nombre > 0
    assert page.context["filtre"].selection == "Nouvelle"
    assert page.context["avertissements"] == []
    assert "Nature de l’action" in page.content.decode()
    assert len(lignes_csv(client.get("/actions.csv?nature=nouvelle"))) == nombre
