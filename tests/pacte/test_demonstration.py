"""The demonstration: every screen full, and nothing that passes for real."""

import pytest
from django.core.management import CommandError, call_command

from actions.models import Action, Indicateur, Jalon, PositionIndicateur, StatutAction
from actions.models.parite import Verdict
from contrats.models import Pacte
from pacte.suivi import Suivi
from tests.fabriques import creer_point

PAGES = [
    "/",
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
    "/actualites.atom",
]


@pytest.fixture
def demonstration(referentiel, capsys):
    call_command("charger_demo")


def lire(client, adresse) -> str:
    reponse = client.get(adresse)
    contenu = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
    return contenu.decode().replace("\r\n ", "")


def test_chaque_page_et_chaque_export_dit_que_c_est_fictif(client, demonstration):
    muets = [adresse for adresse in PAGES if "démonstration" not in lire(client, adresse)]

    assert [a for a in muets if "Données de démonstration" not in lire(client, a)] == []
    assert muets == []


def test_sans_demonstration_rien_ne_le_dit(client, referentiel):
    assert [a for a in PAGES if "démonstration" in lire(client, a)] == []


def test_l_administration_le_dit_aussi(client, demonstration, administrateur):
    client.force_login(administrateur)

    assert "Données de démonstration" in lire(client, "/admin/")
    assert "Données de démonstration" in lire(client, "/admin/ce-qui-manque/?format=csv")


def test_chaque_cas_se_voit(demonstration):
    suivi, actions = Suivi(), Action.objects.visibles()
    positions = {i.position for i in Indicateur.objects.publics()}
    verdicts = {a.parite.verdict for c in suivi.cofinancements for a in c.annees}

    assert {statut for statut, *_ in suivi.comptes} | {StatutAction.NON_RENSEIGNE} == set(
        StatutAction
    )
    assert actions.en_retard().exists()
    assert [annee for annee, _ in suivi.par_annee] == [2024, 2025, 2026, 2027]
    assert suivi.total.prevu.inconnus > 0
    assert Verdict.RESPECTEE in verdicts
    assert Verdict.ECART in verdicts
    assert {PositionIndicateur.SECRET, PositionIndicateur.EN_DECA} < positions
    assert suivi.alertes


def test_rejouer_ne_change_rien(demonstration, capsys):
    avant = Action.objects.get(code="CLS-1-01").historique.count()

    call_command("charger_demo")

    assert Action.objects.get(code="CLS-1-01").historique.count() == avant
    assert "fictif" in capsys.readouterr().out


def test_un_suivi_reel_refuse_la_demonstration(referentiel):
    creer_point(Action.objects.get(code="CLS-1-01"), "2025-01-31")

    with pytest.raises(CommandError, match="suivi réel"):
        call_command("charger_demo")

    assert not Pacte.objects.actuel().demonstration
    assert not Jalon.objects.exists()


def test_la_production_refuse_la_demonstration(referentiel, settings):
    settings.LOCAL = False

    with pytest.raises(CommandError, match="PACTE_MODE=local"):
        call_command("charger_demo")
