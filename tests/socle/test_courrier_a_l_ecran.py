"""What did not leave, as officers see it, and the two gestures of the portal's administrators."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from pacte.administration.a_traiter import a_traiter
from pacte.socle.models import Courrier
from tests.comptes.gestes import lire
from tests.conftest import creer_agent
from tests.fabriques import creer_courrier, creer_courrier_echoue

pytestmark = pytest.mark.django_db

LISTE = "/admin/socle/courrier/"
SUJET = "Courriels qui ne partent pas"


@pytest.fixture
def gerante(client):
    compte = creer_agent("Administration du portail", "gerante@pacte.exemple")
    client.force_login(compte)
    return compte


def adresse(courrier, page="change") -> str:
    return reverse(f"admin:socle_courrier_{page}", args=[courrier.pk])


def sujet_de(compte):
    return next((s for s in a_traiter(compte) if s.titre == SUJET), None)


def test_ce_qui_ne_part_pas_est_a_traiter(client, gerante, agent_departement, agent_etat):
    echoue = creer_courrier_echoue(objet="Votre demande est reçue", destinataire="x@exemple.fr")
    attend = creer_courrier(ecrit_le=timezone.now() - timedelta(hours=2))
    creer_courrier_echoue(statut="parti", corps="")

    sujet = sujet_de(gerante)

    assert sujet.nombre == sujet_de(agent_departement).nombre == 2
    assert sujet_de(agent_etat) is None
    assert {lien for _, _, lien in sujet.lignes} == {adresse(echoue), adresse(attend)}
    assert ("Votre demande est reçue", "à x@exemple.fr, non parti") in [
        ligne[:2] for ligne in sujet.lignes
    ]
    assert "le portail réessaie" in sujet.lignes[0][1]
    liste = client.get(sujet.tout_voir)
    assert {c.pk for c in liste.context["cl"].result_list} == {echoue.pk, attend.pk}


def test_la_fiche_dit_tout_sauf_le_texte(client, gerante):
    lien = "https://pacte.exemple/compte/mot-de-passe/secret/"
    courrier = creer_courrier_echoue(corps=lien, raison="Refus du serveur : 550 inconnu")

    page = lire(client.get(adresse(courrier)))

    assert "a@exemple.fr" in page and "550 inconnu" in page
    assert "Réessayer" in page and "Abandonner…" in page
    assert "secret" not in page and "secret" not in lire(client.get(LISTE))


def test_un_agent_du_departement_lit_et_ne_touche_pas(client, agent_departement):
    courrier = creer_courrier_echoue()
    client.force_login(agent_departement)

    page = lire(client.get(adresse(courrier)))

    assert "L’administration du portail peut le réessayer" in page
    assert "formaction" not in page
    for geste in ("reessayer", "abandonner"):
        assert client.post(adresse(courrier, geste)).status_code == 403
    choix = {"action": "abandonner_la_selection", "_selected_action": [courrier.pk]}
    client.post(LISTE, choix)
    courrier.refresh_from_db()
    assert courrier.statut == "echoue"


def test_reessayer_depuis_la_fiche(client, gerante, django_capture_on_commit_callbacks):
    courrier = creer_courrier_echoue()

    with django_capture_on_commit_callbacks(execute=True):
        suite = client.post(adresse(courrier, "reessayer"), follow=True)

    assert "il part, si le serveur l’accepte" in lire(suite)
    assert [message.to for message in mail.outbox] == [["a@exemple.fr"]]
    assert client.get(adresse(courrier, "reessayer")).status_code == 405


def test_abandonner_se_confirme(client, gerante):
    courrier = creer_courrier_echoue()

    question = lire(client.get(adresse(courrier, "abandonner")))
    assert f"Abandonner le courriel n° {courrier.pk} et effacer son texte" in question
    assert Courrier.objects.get().corps

    suite = client.post(adresse(courrier, "abandonner"), follow=True)
    assert "son texte est effacé" in lire(suite)
    assert (Courrier.objects.get().statut, Courrier.objects.get().corps) == ("abandonne", "")
    assert "Réessayer" not in lire(client.get(adresse(courrier)))


def test_une_selection_se_reessaie_ou_s_abandonne(
    client, gerante, django_capture_on_commit_callbacks
):
    echoues = [creer_courrier_echoue(destinataire=f"{nom}@exemple.fr") for nom in "ab"]
    parti = creer_courrier_echoue(statut="parti", corps="")
    choix = {"_selected_action": [c.pk for c in (*echoues, parti)]}

    with django_capture_on_commit_callbacks(execute=True):
        suite = client.post(LISTE, {**choix, "action": "reessayer_la_selection"}, follow=True)

    assert "Ce courriel est déjà parti." in lire(suite)
    assert sorted(m.to[0] for m in mail.outbox) == ["a@exemple.fr", "b@exemple.fr"]
    dernier = creer_courrier_echoue()
    client.post(LISTE, {"_selected_action": [dernier.pk], "action": "abandonner_la_selection"})
    assert Courrier.objects.get(pk=dernier.pk).statut == "abandonne"


def test_un_lien_perime_n_offre_que_l_abandon(client, gerante):
    page = lire(client.get(adresse(creer_courrier_echoue(expire_le=timezone.now()))))

    assert "Le lien qu’il portait n’est plus valable." in page
    assert ">Réessayer<" not in page and "Abandonner…" in page
