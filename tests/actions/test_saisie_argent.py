"""Money typed in the admin: each side keeps its own lines, nothing typed is lost."""

import pytest
from django.urls import reverse

from actions.models import Action, Financement
from partenaires.models import Partenaire
from tests.actions.test_argent import DEPARTEMENT, ETAT, MSA, saisir
from tests.test_administration import adresse, champs_du_formulaire


@pytest.fixture
def action(referentiel):
    return Action.objects.get(code="CLS-4-01")


def ligne(prefixe, action, financeur, **champs):
    valeurs = {
        "annee": 2025,
        "financeur": Partenaire.objects.get(slug=financeur).pk,
        "nature": "numeraire",
        "action": action.pk,
        **champs,
    }
    return {f"{prefixe}-{champ}": valeur for champ, valeur in valeurs.items()}


def test_le_departement_saisit_comme_dans_un_tableur(client, action, agent_departement):
    client.force_login(agent_departement)
    envoi = champs_du_formulaire(client.get(adresse(action)))
    envoi |= ligne("financements-0", action, MSA, prevu="12 500,50 €", engage="1234.5")

    reponse = client.post(adresse(action), {**envoi, "financements-TOTAL_FORMS": "1"})

    assert reponse.status_code == 302
    saisie = Financement.objects.get()
    assert (str(saisie.prevu), str(saisie.engage), saisie.paye) == ("12500.50", "1234.50", None)
    assert "12\u202f500,50" in client.get(adresse(action)).content.decode()


def test_une_saisie_douteuse_revient_avec_sa_phrase(client, action, agent_departement):
    client.force_login(agent_departement)
    envoi = champs_du_formulaire(client.get(adresse(action)))
    envoi |= ligne("financements-0", action, MSA, prevu="-3", engage="12 mille")

    page = client.post(adresse(action), {**envoi, "financements-TOTAL_FORMS": "1"})

    texte = page.content.decode()
    assert "Un montant n’est pas négatif" in texte
    assert "Écrire un montant en euros" in texte
    assert 'value="12 mille"' in texte
    assert Financement.objects.count() == 0


def test_le_departement_lit_les_montants_de_l_etat_sans_les_changer(
    client, action, agent_departement
):
    de_l_etat = saisir("CLS-4-01", 2025, ETAT, 1000)
    client.force_login(agent_departement)
    envoi = champs_du_formulaire(client.get(adresse(action)))

    client.post(adresse(action), {**envoi, "financements-0-prevu": "9"})
    client.post(adresse(action), {**envoi, "financements-0-DELETE": "on"})
    envoi |= ligne("financements-1", action, ETAT, annee=2026, prevu="5")
    refus = client.post(adresse(action), {**envoi, "financements-TOTAL_FORMS": "2"})

    de_l_etat.refresh_from_db()
    assert de_l_etat.prevu == 1000
    assert "de l’autre côté" in refus.content.decode()
    assert Financement.objects.count() == 1


def test_l_etat_saisit_ses_montants_et_eux_seuls(client, action, agent_etat):
    du_departement = saisir("CLS-4-01", 2025, DEPARTEMENT, 1000)
    client.force_login(agent_etat)
    ajout = reverse("admin:actions_financement_add")
    valeurs = {"action": action.pk, "annee": 2025, "nature": "numeraire", "prevu": "2 000"}

    page = client.get(ajout).content.decode()
    client.post(ajout, {**valeurs, "financeur": Partenaire.objects.get(slug=ETAT).pk})
    autre = client.post(ajout, {**valeurs, "financeur": Partenaire.objects.get(slug=MSA).pk})

    assert "Mutualité" not in page
    assert autre.status_code == 200
    assert [f.financeur.slug for f in Financement.objects.exclude(pk=du_departement.pk)] == [ETAT]
    assert client.post(adresse(du_departement), {"prevu": "9"}).status_code == 403
    assert client.get(adresse(du_departement)).status_code == 200
    du_departement.refresh_from_db()
    assert du_departement.prevu == 1000


def test_une_seconde_ligne_pour_la_meme_cle_est_expliquee(client, action, agent_departement):
    saisir("CLS-4-01", 2025, MSA, 1000)
    client.force_login(agent_departement)
    envoi = champs_du_formulaire(client.get(adresse(action)))
    envoi |= ligne("financements-1", action, MSA, prevu="7")

    page = client.post(adresse(action), {**envoi, "financements-TOTAL_FORMS": "2"})

    assert page.status_code == 200
    assert "double" in page.content.decode()
    assert 'value="7"' in page.content.decode()
    assert Financement.objects.count() == 1
