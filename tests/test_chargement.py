"""Loading the reference files: twice is once, a trial changes nothing, an error stops all."""

import shutil
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from actions.models import Action, Libelle
from axes.models import Axe
from contrats.models import Pacte, Volet
from pacte.referentiel.ecriture import charger
from pacte.referentiel.lecture import ReferentielInvalide
from pacte.referentiel.roles import charger_roles
from pacte.socle.models import Synonyme
from partenaires.models import Partenaire
from tests.conftest import FEUILLE

pytestmark = pytest.mark.django_db

NOS_APPLICATIONS = ("socle", "axes", "partenaires", "contrats", "actions")


@pytest.fixture
def dossier(tmp_path) -> Path:
    """A copy of the files, free to be spoilt."""
    return Path(shutil.copytree(FEUILLE, tmp_path / "referentiel"))


def _remplacer(dossier: Path, fichier: str, ancien: str, nouveau: str) -> None:
    chemin = dossier / fichier
    texte = chemin.read_text(encoding="utf-8")
    assert ancien in texte, f"{fichier} ne contient plus « {ancien} »"
    chemin.write_text(texte.replace(ancien, nouveau, 1), encoding="utf-8")


def _etat() -> dict:
    """Every row of our tables, histories and journal included."""
    modeles = [m for a in NOS_APPLICATIONS for m in apps.get_app_config(a).get_models()]
    return {m._meta.label: list(m._base_manager.order_by("pk").values()) for m in modeles}


def _refuser(dossier: Path) -> list:
    avant = _etat()
    with pytest.raises(ReferentielInvalide) as refus:
        charger(dossier)
    assert _etat() == avant
    return refus.value.anomalies


def test_le_premier_chargement_cree_tout():
    bilan = charger(FEUILLE)

    assert len([cree for cree in bilan.crees if cree.startswith("action «")]) == 12
    assert len([cree for cree in bilan.crees if cree.startswith("libellé «")]) == 18
    assert len([cree for cree in bilan.crees if cree.startswith("volet «")]) == 8
    assert (bilan.modifies, bilan.conserves) == ([], [])


@pytest.mark.usefixtures("referentiel")
def test_recharger_ne_change_rien():
    avant = _etat()

    bilan = charger(FEUILLE)

    assert (bilan.crees, bilan.modifies, bilan.conserves) == ([], [], [])
    assert _etat() == avant


def test_simuler_sur_une_base_vide_dit_tout_et_ne_cree_rien():
    bilan = charger(FEUILLE, simuler=True)

    assert bilan.crees == charger(FEUILLE).crees
    assert len(bilan.crees) > 60


@pytest.mark.usefixtures("referentiel")
def test_simuler_dit_ce_qui_changerait_et_ne_change_rien(dossier, capsys):
    _remplacer(dossier, "axes.yaml", "etiquette: Mousses", "etiquette: Racines")
    avant = _etat()

    call_command("charger_referentiel", dossier, simuler=True)

    sortie = capsys.readouterr().out
    assert "etiquette : « Mousses » devient « Racines »" in sortie
    assert "Simulation : 0\u00a0création, 1\u00a0champ modifié." in sortie
    assert _etat() == avant


@pytest.mark.usefixtures("referentiel")
def test_une_cle_changee_dans_le_fichier_est_ecrite(dossier):
    _remplacer(dossier, "axes.yaml", "etiquette: Mousses", "etiquette: Racines")

    bilan = charger(dossier)

    assert Axe.objects.get(numero=1).etiquette == "Racines"
    assert len(bilan.modifies) == 1
    assert bilan.crees == []


@pytest.mark.usefixtures("referentiel")
def test_un_libelle_corrige_dans_le_fichier_reste_le_meme_libelle(dossier):
    avant = Libelle.objects.count()
    ancien = Libelle.objects.get(texte="Déployer des passeurs vers le travail")
    _remplacer(
        dossier,
        "actions.yaml",
        "      texte: >-\n        Déployer des passeurs",
        "      texte: >-\n        Déployer deux passeurs",
    )

    charger(dossier)

    ancien.refresh_from_db()
    assert ancien.texte == "Déployer deux passeurs vers le travail"
    assert Libelle.objects.count() == avant


@pytest.mark.usefixtures("referentiel")
def test_ce_qui_est_saisi_dans_l_administration_est_garde():
    Partenaire.objects.create(nom="Nouveau venu", slug="nouveau-venu")
    ais = Partenaire.objects.get(slug="ais")
    ais.site, ais.presentation = "https://exemple.fr", "Présentée ici."
    ais.save()
    action = Action.objects.get(code="CLS-1-01")
    action.titre, action.en_clair = "Titre plus simple", "En clair."
    action.save()
    Volet.objects.filter(contrat__slug="cls", axe__numero=1).update(titre="Saisi")

    bilan = charger(FEUILLE)

    assert (bilan.crees, bilan.modifies) == ([], [])
    assert bilan.conserves == ["partenaire « Nouveau venu » : absent des fichiers"]
    ais.refresh_from_db()
    action.refresh_from_db()
    assert (ais.site, ais.presentation) == ("https://exemple.fr", "Présentée ici.")
    assert (action.titre, action.en_clair) == ("Titre plus simple", "En clair.")
    assert Volet.objects.get(titre="Saisi").contrat.slug == "cls"


@pytest.mark.usefixtures("referentiel")
def test_recharger_ne_republie_pas_ce_qui_est_retire(agent_departement):
    action = Action.objects.get(code="CLS-1-01")
    action.retirer(par=agent_departement, motif="Erreur")

    charger(FEUILLE)

    action.refresh_from_db()
    assert not action.est_visible


PHARE = "Ouvrir une école du phare contre l’absence scolaire"
# Kind of error → file, what to replace, by what, entry named, words of the reason.
ERREURS = {
    "clé inconnue": (
        ("axes.yaml", "etiquette: Mousses", "etiquete: Mousses"),
        ("« 1 »", "clé inconnue « etiquete »"),
    ),
    "clé obligatoire absente": (
        ("partenaires.yaml", "  nom: Carriolix\n", ""),
        ("« carriolix »", "« nom » manque"),
    ),
    "code absent": (
        ("actions.yaml", "- code: CLS-1-02\n  slug", "- slug"),
        ("entrée n° 2", "« code » manque"),
    ),
    "axe hors du contrat": (
        ("actions.yaml", "volet: cls/1", "volet: cls/2"),
        ("« CLS-1-01 »", "le contrat « cls » n’a pas de volet sur l’axe 2"),
    ),
    "contrat inconnu": (
        ("actions.yaml", "volet: cls/1", "volet: clss/1"),
        ("« CLS-1-01 »", "le volet « clss/1 »"),
    ),
    "axe inconnu": (
        ("contrats.yaml", "    - axe: 1\n", "    - axe: 7\n"),
        ("« cls »", "l’axe 7 n’existe pas"),
    ),
    "code en double": (
        ("actions.yaml", "code: CLS-1-02", "code: CLS-1-01"),
        ("« CLS-1-01 »", "« code » en double"),
    ),
    "libellé en double": (
        ("actions.yaml", "Mise en place d’une capitainerie de l’accès aux droits", PHARE),
        ("« CLS-3-01 »", "est déjà celui de CLS-1-01"),
    ),
    "partenaire inconnu": (
        ("actions.yaml", "partenaires_cites: [carriolix]", "partenaires_cites: [cariolix]"),
        ("« CLS-4-01 »", "« cariolix » n’est pas déclaré dans partenaires.yaml"),
    ),
    "public inconnu": (
        ("actions.yaml", "publics: [enfants]", "publics: [enfant]"),
        ("« CLS-1-01 »", "« enfant » n’est pas déclaré dans publics.yaml"),
    ),
    "source inconnue": (
        ("actions.yaml", "source: contrat-cls", "source: contrat"),
        ("« CLS-1-01 »", "« contrat » n’est pas déclaré dans sources.yaml"),
    ),
    "objectif inconnu": (
        ("actions.yaml", "objectif: 1", "objectif: 4"),
        ("« CLS-1-01 »", "n’a pas d’objectif 4"),
    ),
    "objectif vide": (
        ("actions.yaml", "objectif: 1", "objectif:"),
        ("« CLS-1-01 »", "objectif"),
    ),
    "aucun libellé officiel": (
        ("actions.yaml", "officiel: true", "officiel: false"),
        ("« CLS-1-01 »", "un libellé officiel, et un seul, est attendu"),
    ),
    "entrée d’un autre genre": (
        ("publics.yaml", "- code: enfants\n  nom: Enfants\n  ordre: 1", "- enfants"),
        ("entrée n° 1", "des clés et des valeurs sont attendues"),
    ),
    "nombre au lieu d’un texte": (
        ("territoires.yaml", 'code: "999000001"', "code: 999000001"),
        ("« 999000001 »", "un texte est attendu"),
    ),
    "texte au lieu d’un nombre": (
        ("pacte.yaml", "annee_debut: 2024", "annee_debut: bientôt"),
        ("« Pacte local des solidarités »", "un nombre entier est attendu"),
    ),
    "texte au lieu d’une liste": (
        ("actions.yaml", "publics: [enfants]", "publics: enfants"),
        ("« CLS-1-01 »", "une liste est attendu"),
    ),
    "liste dans une liste": (
        ("actions.yaml", "publics: [enfants]", "publics: [[enfants]]"),
        ("« CLS-1-01 »", "enfants"),
    ),
    "YAML illisible": (
        ("synonymes.yaml", "{terme: Cado,", "{terme: [Cado,"),
        ("fichier", "illisible"),
    ),
    "fichier d’un autre genre": (
        ("synonymes.yaml", "- {terme: Cado, equivalent: CUB}", "terme: Cado #"),
        ("fichier", ""),
    ),
    "nature inconnue": (
        ("partenaires.yaml", "nature: collectivite", "nature: entreprise"),
        ("« departement-de-brume-et-rive »", "entreprise"),
    ),
    "années à l’envers": (
        ("pacte.yaml", "annee_fin: 2027", "annee_fin: 2020"),
        ("« Pacte local des solidarités »", "La dernière année ne précède pas la première."),
    ),
    "SIRET faux": (
        ("partenaires.yaml", "slug: carriolix\n", "slug: carriolix\n  siret: '22050001100088'\n"),
        ("« carriolix »", "clé de contrôle"),
    ),
    "texte vide": (
        ("partenaires.yaml", "sigle: AIS", "sigle:"),
        ("« ais »", "sigle"),
    ),
}


@pytest.mark.parametrize(("changement", "attendu"), ERREURS.values(), ids=ERREURS)
def test_une_erreur_nomme_le_fichier_l_entree_et_la_raison(dossier, changement, attendu):
    _remplacer(dossier, *changement)

    anomalies = _refuser(dossier)

    entree, raison = attendu
    assert any(
        (a.fichier, a.entree) == (changement[0], entree) and raison in a.raison for a in anomalies
    ), anomalies


@pytest.mark.parametrize("fichier", sorted(chemin.name for chemin in FEUILLE.glob("*.yaml")))
def test_un_fichier_absent_est_nomme(dossier, fichier):
    (dossier / fichier).unlink()

    anomalies = _refuser(dossier)

    assert [str(a) for a in anomalies] == [f"{fichier}, fichier : il manque dans le dossier"]


@pytest.mark.usefixtures("referentiel")
def test_une_erreur_a_la_fin_annule_ce_qui_precede(dossier):
    _remplacer(dossier, "axes.yaml", "etiquette: Mousses", "etiquette: Racines")
    _remplacer(dossier, "actions.yaml", "slug: ecole-du-phare", "slug: veillees-des-jeunes")

    (anomalie,) = _refuser(dossier)

    assert (anomalie.fichier, anomalie.entree) == ("actions.yaml", "« CLS-1-01 »")
    assert Axe.objects.get(numero=1).etiquette == "Mousses"


def test_toutes_les_erreurs_sont_dites_ensemble(dossier):
    _remplacer(dossier, "axes.yaml", "numero: 1", "numero: un")
    _remplacer(dossier, "publics.yaml", "code: enfants", "cod: enfants")

    anomalies = _refuser(dossier)

    assert {a.fichier for a in anomalies} == {"axes.yaml", "publics.yaml"}


def test_la_commande_dit_l_erreur_et_que_rien_n_est_charge(dossier):
    _remplacer(dossier, "actions.yaml", "volet: cls/1", "volet: cls/2")

    with pytest.raises(CommandError) as refus:
        call_command("charger_referentiel", dossier)

    assert str(refus.value).startswith("Rien n’a été chargé.\nactions.yaml, « CLS-1-01 » :")
    assert not Pacte.objects.exists()


def test_un_dossier_absent_est_dit(tmp_path):
    with pytest.raises(CommandError, match="il n’existe pas"):
        call_command("charger_referentiel", tmp_path / "absent")


def test_un_meme_texte_peut_venir_de_deux_sources(dossier):
    _remplacer(
        dossier,
        "actions.yaml",
        "        Accompagner les jeunes par des veillées sur la santé mentale, avec le Phare\n"
        "        des jeunes",
        "        Accompagner les jeunes que la brume attriste",
    )

    charger(dossier)

    textes = Libelle.objects.filter(action__code="CLS-1-02").values_list("texte", flat=True)
    assert len(textes) == 2
    assert len(set(textes)) == 1


def test_ce_qu_un_agent_a_change_ou_supprime_reste_ainsi(referentiel, agent_departement):
    action = Action.objects.get(code="CLS-1-01")
    action.titre, action._history_user = "Titre d’agent", agent_departement
    action.save()
    disparue = Action.objects.get(code="CPT-4-01")
    disparue._history_user = agent_departement
    disparue.delete()
    synonyme = Synonyme.objects.get(terme="psy")
    synonyme._history_user, synonyme.equivalent = agent_departement, "psychologue"
    synonyme.save()

    bilan = charger(FEUILLE)

    action.refresh_from_db()
    assert (bilan.crees, bilan.modifies) == ([], [])
    synonyme.refresh_from_db()
    assert synonyme.equivalent == "psychologue"
    assert not Action.objects.filter(code="CPT-4-01").exists()
    assert "action « CPT-4-01 » : supprimé par un agent, non recréé" in bilan.conserves


@pytest.mark.usefixtures("referentiel")
def test_recharger_les_roles_retire_les_droits_ajoutes_a_la_main():
    groupe = Group.objects.get(name="Agents de l’État")
    attendus = set(groupe.permissions.values_list("codename", flat=True))
    autre = Group.objects.get(name="Agents du Département").permissions.get(
        codename="publier_action"
    )
    groupe.permissions.add(autre)

    charger_roles()

    assert set(groupe.permissions.values_list("codename", flat=True)) == attendus
    ecrits = {c for c in attendus if c.startswith(("add_", "change_", "publier_"))}
    siens = {
        f"{geste}_{nom}"
        for geste in ("add", "change")
        for nom in ("financement", "subvention", "comite", "decision")
    }
    assert ecrits == {*siens, "add_importation"}
