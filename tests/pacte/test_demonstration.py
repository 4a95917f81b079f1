"""The demonstration: every screen full, and nothing that passes for real."""

import re

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from actions.models import (
    GENRES,
    Action,
    Indicateur,
    Jalon,
    PointEtape,
    PositionIndicateur,
    Releve,
    StatutAction,
)
from actions.models.parite import Verdict
from contrats.models import Adhesion, Pacte
from pacte.donnees_ouvertes.jeux import JEUX
from pacte.suivi.bilan import Suivi
from partenaires.models import Membre
from tests.fabriques import creer_point
from tests.lecture import contenu

PAGES = [
    "/",
    "/diagnostic/",
    "/diagnostic.csv",
    "/axes/",
    "/axes/1/",
    "/contrats/cls/",
    "/actions/",
    "/actions/mobilite-solidaire/",
    "/partenaires/",
    "/partenaires/ccss/",
    "/suivi/",
    "/actualites/",
    "/recherche/?q=rsa",
    "/plan-du-site/",
    "/nulle-part",
    "/actions.csv",
    "/actions.json",
    "/suivi/argent.csv",
    "/suivi/avancement.csv",
    "/suivi/contrats.csv",
    "/suivi/cofinancement.csv",
    "/calendrier.ics",
    "/actions/mobilite-solidaire/jalons.ics",
    "/actions/mobilite-solidaire/fiche.pdf",
    "/actualites.atom",
    "/actualites.atom?axe=1",
    "/calendrier.ics?axe=1",
    "/integrer/actions/",
    "/donnees-ouvertes/catalogue.jsonld",
    "/donnees-ouvertes/catalogue.ttl",
    *(f"/donnees-ouvertes/{jeu.nom}.csv" for jeu in JEUX.values() if not jeu.norme),
]


def lire(client, adresse) -> str:
    """Return the text of an answer, the folded lines of calendars made whole."""
    return contenu(client.get(adresse)).replace("\r\n ", "")


def test_chaque_page_et_chaque_export_dit_que_c_est_fictif(client, demonstration):
    muets = [adresse for adresse in PAGES if "démonstration" not in lire(client, adresse)]

    assert [a for a in muets if "Données de démonstration" not in lire(client, a)] == []
    assert muets == []


def test_sans_demonstration_rien_ne_le_dit(client, hautes_alpes):
    assert [a for a in PAGES if "démonstration" in lire(client, a)] == []


def test_l_administration_le_dit_aussi(client, demonstration, administrateur):
    client.force_login(administrateur)

    assert "Données de démonstration" in lire(client, "/admin/")
    assert "Données de démonstration" in lire(client, "/admin/ce-qui-manque/?format=csv")


def test_chaque_cas_se_voit(demonstration):
    suivi, actions = Suivi(), Action.objects.visibles()
    positions = {i.position for i in Indicateur.objects.publics()}
    verdicts = {p.verdict for c in suivi.cofinancements for a in c.annees for p in a.parites}

    assert {statut for statut, *_ in suivi.comptes} == set(StatutAction)
    assert actions.en_retard().exists()
    assert [annee for annee, _ in suivi.par_annee] == [2024, 2025, 2026, 2027]
    assert suivi.total.prevu.inconnus > 0
    assert Verdict.RESPECTEE in verdicts
    assert Verdict.ECART in verdicts
    assert {PositionIndicateur.SECRET, PositionIndicateur.EN_DECA} < positions
    dits = " ".join(alerte.texte for alerte in suivi.alertes)
    for attendu in ("en retard", "sans nouvelles", "plus engagé que prévu", "plafond"):
        assert attendu in dits


def test_il_y_a_un_exemplaire_de_tout(demonstration):
    """Every model of ours that an officer or a partner may come across has its lines."""
    # What a file changed is a fact of a day: nobody brought one.
    sans = {"EntreeJournal", "Importation"}
    vides = [
        modele.__name__
        for app in ("socle", "axes", "partenaires", "contrats", "actions", "pacte")
        for modele in apps.get_app_config(app).get_models()
        if not modele.__name__.startswith("Historical") and modele.__name__ not in sans
        if not modele._base_manager.exists()
    ]

    assert vides == []
    assert {a.statut for a in Adhesion.objects.all()} == {"demandee", "accordee", "refusee"}
    assert Adhesion.objects.a_signer().exists() and Adhesion.objects.a_publier().exists()
    for modele in GENRES.values():
        assert modele.objects.en_attente().exists()
    assert Membre.objects.values("partenaire").distinct().count() == 3


def test_ce_que_dit_un_point_est_ce_que_mesure_l_indicateur(demonstration):
    """« Familles reçues en 2025 : 58 » is the value of that indicator in that year."""
    dits = 0
    for point in PointEtape.objects.filter(fait__contains=" en 20"):
        motif = r"\. ([^.]+?) en (\d{4}) : (\d+|moins de 5)"
        nom, annee, valeur = re.search(motif, point.fait).groups()
        indicateur = point.action.indicateurs.get(libelle__startswith=nom)
        (lue,) = [a.valeur for a in indicateur.annees if a.annee == int(annee)]
        assert lue == valeur, point.action.code
        dits += 1

    assert dits > 10


def test_la_premiere_reunion_est_la_1re(demonstration):
    reunions = PointEtape.objects.filter(fait__contains="Une réunion de lancement, la ")

    rangs = {point.fait.partition(", la ")[2].partition(" ")[0] for point in reunions}

    assert {"1re", "2e"} <= rangs
    assert "1e" not in rangs


def test_un_statut_s_accorde_avec_ce_qui_l_entoure(demonstration):
    actions = Action.objects.visibles().prefetch_related("jalons", "financements")

    assert {a.statut for a in actions} == {*StatutAction}
    for action in actions:
        mesures = Releve.objects.filter(indicateur__action=action, valeur__isnull=False)
        engages = [f for f in action.financements.all() if f.engage]
        attendus = [j for j in action.jalons.all() if j.atteint_le is None]
        if action.statut == "realisee":
            assert not attendus and mesures.exists() and engages
        if action.statut in ("abandonnee", "reportee", "a_lancer", "a_l_etude", "non_renseigne"):
            assert not mesures.exists() and not engages, action.code


def test_deux_actions_ne_se_ressemblent_pas(demonstration):
    """A page that showed the figures of another action would not pass unseen."""

    def empreinte(action):
        jalons = tuple(action.jalons.values_list("libelle", "prevu_le"))
        argent = tuple(action.financements.values_list("annee", "financeur", "prevu"))
        return jalons, argent

    suivies = Action.objects.exclude(statut__in=["non_renseigne", "a_l_etude"])
    empreintes = [empreinte(action) for action in suivies]

    assert len(set(empreintes)) == len(empreintes)


def test_rejouer_ne_change_rien(demonstration, capsys):
    avant = Action.objects.get(code="CLS-1-01").historique.count()

    call_command("charger_demo")

    assert Action.objects.get(code="CLS-1-01").historique.count() == avant
    assert "fictif" in capsys.readouterr().out


def test_un_suivi_reel_refuse_la_demonstration(hautes_alpes):
    creer_point(Action.objects.get(code="CLS-1-01"), "2025-01-31")

    with pytest.raises(CommandError, match="suivi réel"):
        call_command("charger_demo")

    assert not Pacte.objects.actuel().demonstration
    assert not Jalon.objects.exists()


def test_la_production_refuse_la_demonstration(hautes_alpes, settings):
    settings.LOCAL = False

    with pytest.raises(CommandError, match="PACTE_MODE=local"):
        call_command("charger_demo")
