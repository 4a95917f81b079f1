"""Money typed in the admin: each side keeps its own lines, nothing typed is lost."""

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from actions.autorisations import dire_qui_saisit
from actions.models import Action, Financement
from pacte.socle.montants import MontantField, MontantFormField
from partenaires.models import Partenaire
from tests.actions.test_argent import DEPARTEMENT, ETAT, MDS, saisir
from tests.formulaires import enregistrer, envoyer
from tests.test_administration import adresse

UNE_LIGNE, DEUX_LIGNES = ({"financements-TOTAL_FORMS": str(n)} for n in (1, 2))


@pytest.mark.parametrize("montant", [None, Decimal("0.01"), Decimal("9999999999.99")])
def test_un_montant_est_inconnu_ou_au_centime_jusqu_a_dix_chiffres(montant):
    assert MontantField().clean(montant, None) == montant


@pytest.mark.parametrize("montant", ["0.001", "10000000000"])
def test_un_montant_plus_fin_ou_plus_grand_est_refuse(montant):
    with pytest.raises(ValidationError):
        MontantField().clean(Decimal(montant), None)


def test_un_montant_se_tape_au_clavier_des_nombres_et_se_relit_sans_euros():
    """Also where the page asks for another box."""
    case = MontantField().formfield(widget=forms.NumberInput)

    assert isinstance(case.widget, forms.TextInput)
    assert not isinstance(case.widget, forms.NumberInput)
    assert case.widget.attrs["inputmode"] == "decimal"
    assert case.prepare_value(Decimal("1234.5")) == "1\u202f234,50"
    assert case.prepare_value("12 mille") == "12 mille"


@pytest.mark.parametrize(
    ("saisie", "a_change"), [("1 234,50 €", False), ("1 234,51", True), ("12 mille", True)]
)
def test_un_montant_reecrit_autrement_n_a_pas_change(saisie, a_change):
    assert MontantFormField().has_changed(Decimal("1234.50"), saisie) is a_change
    assert not MontantFormField(disabled=True).has_changed(Decimal("1234.50"), saisie)


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
    saisie = ligne("financements-0", action, MDS, prevu="12 500,50 €", engage="1234.5")

    enregistrer(client, adresse(action), **saisie, **UNE_LIGNE)

    saisie = Financement.objects.get()
    assert (str(saisie.prevu), str(saisie.engage), saisie.paye) == ("12500.50", "1234.50", None)
    assert "12\u202f500,50" in client.get(adresse(action)).content.decode()


def test_une_saisie_douteuse_revient_avec_sa_phrase(client, action, agent_departement):
    client.force_login(agent_departement)
    saisie = ligne("financements-0", action, MDS, prevu="-3", engage="12 mille")

    page = envoyer(client, adresse(action), **saisie, **UNE_LIGNE)

    texte = page.content.decode()
    assert "Un montant n’est pas négatif" in texte
    assert "Écrire un montant en euros" in texte
    assert 'value="12 mille"' in texte
    assert Financement.objects.count() == 0


def test_le_departement_enregistre_quoi_que_l_etat_ait_saisi(client, action, agent_departement):
    de_l_etat = saisir("CLS-4-01", 2025, ETAT, 1000)
    client.force_login(agent_departement)
    saisie = ligne("financements-1", action, DEPARTEMENT, prevu="900")

    enregistrer(client, adresse(action), titre="Titre revu", **saisie, **DEUX_LIGNES)

    action.refresh_from_db()
    de_l_etat.refresh_from_db()
    assert (action.titre, de_l_etat.prevu, de_l_etat.historique.count()) == ("Titre revu", 1000, 1)
    assert Financement.objects.get(financeur__slug=DEPARTEMENT).prevu == 900


def test_un_montant_de_l_etat_poste_par_le_departement_ne_passe_pas(
    client, action, agent_departement
):
    de_l_etat = saisir("CLS-4-01", 2025, ETAT, 1000)
    client.force_login(agent_departement)

    enregistrer(client, adresse(action), **{"financements-0-prevu": "9"})
    efface = envoyer(client, adresse(action), **{"financements-0-DELETE": "on"})
    ajout = ligne("financements-1", action, ETAT, annee=2026, prevu="5")
    refus = envoyer(client, adresse(action), **ajout, **DEUX_LIGNES)

    de_l_etat.refresh_from_db()
    assert de_l_etat.prevu == 1000
    assert "se saisissent par les agents de l’État." in efface.content.decode()
    assert "se saisissent par les agents de l’État." in refus.content.decode()
    assert Financement.objects.count() == 1


def test_l_etat_saisit_ses_montants_et_eux_seuls(client, action, agent_etat):
    du_departement = saisir("CLS-4-01", 2025, DEPARTEMENT, 1000)
    client.force_login(agent_etat)
    ajout = reverse("admin:actions_financement_add")
    valeurs = {"action": action.pk, "annee": 2025, "nature": "numeraire", "prevu": "2 000"}

    page = client.get(ajout).content.decode()
    enregistrer(client, ajout, **valeurs, financeur=Partenaire.objects.get(slug=ETAT).pk)
    autre = client.post(ajout, {**valeurs, "financeur": Partenaire.objects.get(slug=MDS).pk})

    assert "Mutuelle" not in page
    assert autre.status_code == 200
    assert [f.financeur.slug for f in Financement.objects.exclude(pk=du_departement.pk)] == [ETAT]
    assert client.post(adresse(du_departement), {"prevu": "9"}).status_code == 403
    assert client.get(adresse(du_departement)).status_code == 200
    du_departement.refresh_from_db()
    assert du_departement.prevu == 1000


def test_une_seconde_ligne_pour_la_meme_cle_est_expliquee(client, action, agent_departement):
    saisir("CLS-4-01", 2025, MDS, 1000)
    client.force_login(agent_departement)
    seconde = ligne("financements-1", action, MDS, prevu="7")

    page = envoyer(client, adresse(action), **seconde, **DEUX_LIGNES)

    assert page.status_code == 200
    assert "double" in page.content.decode()
    assert 'value="7"' in page.content.decode()
    assert Financement.objects.count() == 1


def test_l_etat_enregistre_sa_ligne_quoi_que_le_departement_ait_saisi(client, action, agent_etat):
    saisir("CLS-4-01", 2025, DEPARTEMENT, 1000)
    sienne = saisir("CLS-4-01", 2025, ETAT, 1000)
    client.force_login(agent_etat)

    enregistrer(client, adresse(sienne), prevu="2 500,50 €")

    sienne.refresh_from_db()
    assert str(sienne.prevu) == "2500.50"


def test_qui_saisit_les_montants_d_un_financeur_se_dit(action):
    """Said to the State of the Department's, and to the Department of the State's."""
    phrases = {
        slug: dire_qui_saisit(Partenaire.objects.get(slug=slug)) for slug in (DEPARTEMENT, ETAT)
    }

    assert phrases[DEPARTEMENT].endswith("se saisissent par les agents du Département.")
    assert phrases[ETAT].endswith("se saisissent par les agents de l’État.")
