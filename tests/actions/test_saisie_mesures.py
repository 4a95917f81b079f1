"""Indicators typed on the action: targets and values side by side, a column a year."""

from decimal import Decimal

import pytest

from actions.models import Action, Indicateur, Releve
from tests.formulaires import champs_du_formulaire, enregistrer, envoyer
from tests.test_administration import adresse

ANNEES = (2024, 2025, 2026, 2027)


@pytest.fixture
def action(referentiel):
    return Action.objects.get(code="CLS-4-01")


def ligne(action, **champs):
    valeurs = {
        "libelle": "Personnes accompagnées",
        "unite": "personnes",
        "sens": "hausse",
        "niveau": "local",
        "action": action.pk,
        **champs,
    }
    return {f"indicateurs-0-{champ}": valeur for champ, valeur in valeurs.items()}


def test_cibles_et_valeurs_se_saisissent_annee_par_annee(client, action, agent_departement):
    client.force_login(agent_departement)
    saisie = ligne(action, cible_2025="130", valeur_2025="131,5", cible_2026="200")

    enregistrer(client, adresse(action), **saisie, **{"indicateurs-TOTAL_FORMS": "1"})

    releves = {r.annee_id: (r.cible, r.valeur) for r in Indicateur.objects.get().releves.all()}
    assert releves == {2025: (Decimal(130), Decimal("131.5")), 2026: (Decimal(200), None)}


def test_une_valeur_se_corrige_et_s_efface(client, action, agent_departement):
    indicateur = Indicateur.objects.create(action=action, libelle="Délai", unite="jours")
    for annee in (2024, 2025):
        Releve.objects.create(indicateur=indicateur, annee_id=annee, valeur=Decimal(annee))
    client.force_login(agent_departement)
    envoi = champs_du_formulaire(client.get(adresse(action)))
    lues = [envoi[f"indicateurs-0-valeur_{annee}"] for annee in ANNEES[:2]]
    assert lues == [["2024"], ["2025"]]

    changes = {"indicateurs-0-valeur_2024": "12", "indicateurs-0-valeur_2025": ""}
    enregistrer(client, adresse(action), **changes)

    valeurs = {r.annee_id: r.valeur for r in indicateur.releves.all()}
    assert valeurs == {2024: Decimal(12), 2025: None}
    assert indicateur.releves.get(annee=2024).historique.count() == 2


def test_ce_qui_ne_va_pas_se_dit_et_rien_n_est_perdu(client, action, agent_departement):
    client.force_login(agent_departement)
    saisie = ligne(action, unite="", cible_2025="3,5", valeur_2024="beaucoup")
    saisie["indicateurs-0-compte_personnes"] = "on"

    page = envoyer(client, adresse(action), **saisie, **{"indicateurs-TOTAL_FORMS": "1"})

    texte = page.content.decode()
    assert "Un nombre de personnes est entier et positif." in texte
    assert 'value="beaucoup"' in texte
    assert "obligatoire" in texte
    assert Indicateur.objects.count() == 0
