"""A file is applied whole, once, by who brought it; and comes back within a day."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.utils import timezone

from actions.models import Action, Financement, Jalon
from pacte.echanges.lecture import lire_fichier
from pacte.echanges.models import Importation
from pacte.socle.models import EntreeJournal
from pacte.socle.transitions import TransitionInterdite
from tests.echanges.jeu import classeur, installer

pytestmark = pytest.mark.django_db
ENTETES = "Code;Année;Financeur;Nature;Prévu (€)"
CHANGE = "CLS-1-01;2026;Le Département d’essai;numéraire;77"
NEUVE = "CLS-1-02;2026;Caisse d’essai;numéraire;88"
REFUSEE = "CLS-1-01;2026;PREF;numéraire;1"


@pytest.fixture
def jeu(db):
    return installer()


def _apporter(par, *lignes: str, nom: str = "financements.csv", entetes: str = ENTETES):
    contenu = "\n".join([entetes, *lignes]).encode()
    return Importation.objects.create(par=par, nom=nom, contenu=contenu)


def _prevus() -> set:
    return set(Financement.objects.values_list("action__code", "prevu"))


def test_appliquer_ecrit_tout_et_le_journal_le_dit(jeu, agent_departement):
    importation = _apporter(agent_departement, CHANGE, NEUVE)

    importation.appliquer(par=agent_departement)

    assert _prevus() == {("CLS-1-01", Decimal(77)), ("CLS-1-02", Decimal(88)), ("CLS-1-01", 5000)}
    fait = EntreeJournal.objects.get(fait="import.applique")
    assert (fait.par, fait.apres) == (agent_departement, {"changee": 1, "ajoutee": 1})
    jeu.ligne.refresh_from_db()
    assert jeu.ligne.paye == 0
    assert jeu.ligne.historique.first().history_user == agent_departement


def test_une_seule_ligne_refusee_et_rien_n_est_ecrit(jeu, agent_departement):
    avant = _prevus()
    importation = _apporter(agent_departement, CHANGE, NEUVE, REFUSEE)

    with pytest.raises(TransitionInterdite, match="refusée"):
        importation.appliquer(par=agent_departement)

    importation.refresh_from_db()
    assert importation.applique_le is None
    assert _prevus() == avant


def test_un_fichier_s_applique_une_fois(jeu, agent_departement):
    importation = _apporter(agent_departement, CHANGE)
    importation.appliquer(par=agent_departement)

    with pytest.raises(TransitionInterdite, match="déjà"):
        importation.appliquer(par=agent_departement)


def test_par_celui_qui_l_a_apporte(jeu, agent_departement, agent_etat):
    importation = _apporter(agent_departement, CHANGE)

    with pytest.raises(PermissionDenied):
        importation.appliquer(par=agent_etat)
    importation.appliquer(par=agent_departement)
    with pytest.raises(PermissionDenied):
        importation.annuler(par=agent_etat)


def test_les_droits_sont_ceux_du_moment(jeu, agent_departement):
    importation = _apporter(agent_departement, CHANGE)
    agent_departement.groups.clear()
    agent = type(agent_departement).objects.get(pk=agent_departement.pk)

    with pytest.raises(PermissionDenied):
        importation.appliquer(par=agent)


def test_annuler_remet_tout(jeu, agent_departement):
    avant = _prevus()
    importation = _apporter(agent_departement, CHANGE, NEUVE)
    importation.appliquer(par=agent_departement)

    importation.annuler(par=agent_departement)

    assert _prevus() == avant
    assert EntreeJournal.objects.filter(fait="import.annule").count() == 1
    with pytest.raises(TransitionInterdite):
        importation.annuler(par=agent_departement)


def test_annuler_apres_un_jour_ou_apres_un_autre_changement(jeu, agent_departement):
    importation = _apporter(agent_departement, CHANGE)
    importation.appliquer(par=agent_departement)
    Financement.objects.filter(pk=jeu.ligne.pk).update(engage=3)

    with pytest.raises(TransitionInterdite, match="a changé depuis"):
        importation.annuler(par=agent_departement)

    Financement.objects.filter(pk=jeu.ligne.pk).update(engage=None)
    importation.applique_le = timezone.now() - timedelta(hours=24)
    importation.save()
    assert not importation.est_annulable
    with pytest.raises(TransitionInterdite, match="dans la journée"):
        importation.annuler(par=agent_departement)


def test_annuler_une_action_importee(jeu, agent_departement):
    entetes = "Code;Titre;Contrat;Axe;Publics"
    lignes = ["CLS-3-07;Neuve;CLS;3;Jeunes d’essai", "CLS-1-01;Accueillir mieux;CLS;1;"]
    importation = _apporter(agent_departement, *lignes, nom="actions.csv", entetes=entetes)
    importation.appliquer(par=agent_departement)
    neuve = Action.objects.get(code="CLS-3-07")
    assert list(neuve.publics.all()) == [jeu.public]
    assert list(jeu.action.publics.all()) == []

    jalon = Jalon.objects.create(action=neuve, libelle="Depuis", prevu_le=timezone.now())
    with pytest.raises(TransitionInterdite, match="d’autres lignes"):
        importation.annuler(par=agent_departement)
    jalon.delete()
    importation.annuler(par=agent_departement)

    assert not Action.objects.filter(code="CLS-3-07").exists()
    jeu.action.refresh_from_db()
    assert jeu.action.titre == "Accueillir"
    assert list(jeu.action.publics.all()) == [jeu.public]


def test_un_point_d_etape_importe_donne_son_statut_puis_le_reprend(jeu, agent_departement):
    jeu.action.reprendre_statut(par=agent_departement)
    entetes, ligne = "Code;Date;Statut;Fait", "CLS-1-01;2026-05-01;réalisée;Fini."
    importation = _apporter(agent_departement, ligne, nom="points-d-etape.csv", entetes=entetes)

    importation.appliquer(par=agent_departement)
    jeu.action.refresh_from_db()
    assert jeu.action.statut == "realisee"

    importation.annuler(par=agent_departement)
    jeu.action.refresh_from_db()
    assert jeu.action.statut == "en_cours"


def test_un_point_d_etape_corrige_depuis_ne_s_annule_pas(jeu, agent_departement):
    entetes, ligne = "Code;Date;Statut;Fait", "CLS-1-01;2026-05-01;en cours;Ouvert."
    importation = _apporter(agent_departement, ligne, nom="points-d-etape.csv", entetes=entetes)
    importation.appliquer(par=agent_departement)
    jeu.action.points.filter(fait="Ouvert.").update(statut="realisee")

    with pytest.raises(TransitionInterdite, match="a changé depuis"):
        importation.annuler(par=agent_departement)


def test_annuler_demande_le_droit_d_importer(jeu, agent_departement):
    importation = _apporter(agent_departement, CHANGE)
    importation.appliquer(par=agent_departement)
    agent_departement.groups.clear()
    agent = type(agent_departement).objects.get(pk=agent_departement.pk)

    with pytest.raises(PermissionDenied):
        importation.annuler(par=agent)


def test_une_action_neuve_et_ce_qui_en_depend_s_ecrivent_ensemble(jeu, agent_departement):
    contenu = json.dumps(
        {
            "actions": [{"code": "CLS-3-07", "titre": "Neuve", "contrat": "CLS", "axe": 3}],
            "financements": [
                {"code": "CLS-3-07", "annee": 2026, "financeur": "CAISSE", "nature": "numéraire"}
            ],
            "indicateurs": [{"code": "CLS-3-07", "libelle": "Visites", "unite": "visites"}],
            "releves": [{"code": "CLS-3-07", "indicateur": "Visites", "annee": 2026, "valeur": 9}],
        }
    )
    importation = Importation.objects.create(
        par=agent_departement, nom="tout.json", contenu=contenu.encode()
    )

    importation.appliquer(par=agent_departement)

    neuve = Action.objects.get(code="CLS-3-07")
    assert neuve.financements.get().financeur == jeu.caisse
    assert neuve.indicateurs.get().releves.get().valeur == 9
    importation.annuler(par=agent_departement)
    assert not Action.objects.filter(code="CLS-3-07").exists()


def test_la_commande_repete_puis_ecrit(jeu, agent_departement, tmp_path, capsys):
    fichier = tmp_path / "financements.csv"
    fichier.write_text("\n".join([ENTETES, CHANGE, NEUVE]), encoding="utf-8")
    avant = _prevus()

    call_command("importer", fichier, par=agent_departement.email, simuler=True)

    assert _prevus() == avant
    assert Importation.objects.count() == 0
    dit = capsys.readouterr().out
    assert "Changée : Financements, ligne 2" in dit
    assert "Prévu (€) : 1\u202f234,56 → 77" in dit
    assert "1\u00a0ligne ajoutée" in dit
    call_command("importer", fichier, par=agent_departement.email, oui=True)
    assert _prevus() != avant


def test_la_commande_demande_avant_d_ecrire(jeu, agent_departement, tmp_path, monkeypatch):
    fichier = tmp_path / "financements.csv"
    fichier.write_text("\n".join([ENTETES, CHANGE]), encoding="utf-8")
    avant = _prevus()

    monkeypatch.setattr("builtins.input", lambda _question: "non")
    call_command("importer", fichier, par=agent_departement.email, verbosity=0)
    assert _prevus() == avant
    monkeypatch.setattr("builtins.input", lambda _question: "oui")
    call_command("importer", fichier, par=agent_departement.email, verbosity=0)
    assert _prevus() != avant


def test_la_commande_refuse(jeu, agent_departement, tmp_path):
    fichier = tmp_path / "financements.csv"
    fichier.write_text("\n".join([ENTETES, REFUSEE]), encoding="utf-8")
    illisible = tmp_path / "a.doc"
    illisible.write_text("x")

    for chemin, par, raison in [
        (fichier, agent_departement.email, "lignes refusées"),
        (fichier, "personne@exemple.fr", "Aucun compte"),
        (tmp_path / "absent.csv", agent_departement.email, "n’est pas un fichier"),
        (illisible, agent_departement.email, "ne se lit pas"),
    ]:
        with pytest.raises(CommandError, match=raison):
            call_command("importer", chemin, par=par, oui=True)


@pytest.mark.parametrize("format_export", ["xlsx", "ods"])
def test_exporter_et_son_modele(jeu, tmp_path, format_export):
    plein, vide = tmp_path / f"a.{format_export}", tmp_path / f"b.{format_export}"

    call_command("exporter", plein, verbosity=0)
    call_command("exporter", vide, modele=True, verbosity=0)

    lues = lire_fichier(plein.name, plein.read_bytes())
    assert {f.titre for f in lues} == {f.titre for f in lire_fichier("x.ods", classeur("ods"))}
    assert lire_fichier(vide.name, vide.read_bytes()) == []
    with pytest.raises(CommandError):
        call_command("exporter", tmp_path / "a.csv")
