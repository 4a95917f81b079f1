"""Findings of the diagnosis: nothing before they are entered, then both directions, and gaps."""

import json
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from actions.models import Action, Constat, Public, Territoire
from contrats.models import Pacte
from pacte.accueil.recherche import chercher
from pacte.suivi.manques import Inventaire
from tests import fabriques as f
from tests.formulaires import enregistrer
from tests.lecture import contenu, lignes_csv, lisible

pytestmark = pytest.mark.django_db
BROUILLON = {"publication": "brouillon", "visible_depuis": None}
PAGE = "/diagnostic/"
CHIFFRE = {"chiffre": Decimal("14.2"), "unite": "%", "annee": 2023, "source": "Insee"}


def lire(client, adresse=PAGE) -> str:
    return lisible(contenu(client.get(adresse)))


def test_sans_constat_la_page_le_dit_et_cite_le_texte(client):
    presentation = "Un diagnostic territorial a été conduit.\n\nUne feuille de route."
    Pacte.objects.create(pk=1, annee_debut=2024, annee_fin=2027, presentation=presentation)
    f.creer_constat("À relire", **BROUILLON)

    texte = lire(client)

    assert "Ses constats ne figurent pas dans les textes publics" in texte
    assert "Un diagnostic territorial a été conduit." in texte
    assert "Une feuille de route." not in texte
    assert "À relire" not in texte
    assert "/diagnostic.csv" not in texte


def test_un_constat_dit_son_chiffre_ou_qui_et_les_actions_qui_y_repondent(client):
    action, cachee = f.creer_action("Covoiturer"), f.creer_action("Cachée", **BROUILLON)
    jeunes = Public.objects.create(code="jeunes", nom="Jeunes")
    val = Territoire.objects.create(code="val", nom="Val d’essai", nature="epci")
    constat = f.creer_constat(
        "Se déplacer coûte cher",
        actions=[action, cachee],
        publics=[jeunes],
        territoires=[val],
        **CHIFFRE,
    )

    texte = lire(client)

    assert "ne figurent pas" not in texte
    for attendu in ("14,2 %", "2023, Insee", "Public : Jeunes", "Val d’essai", "Covoiturer"):
        assert attendu in texte, attendu
    assert "Cachée" not in texte
    assert "n’y est rattachée" not in texte
    fiche = contenu(client.get(action.get_absolute_url()))
    assert f"/diagnostic/#constat-{constat.pk}" in fiche
    assert f'id="constat-{constat.pk}"' in contenu(client.get(PAGE))


def test_un_constat_sans_chiffre_ni_action_le_dit_honnetement(client):
    f.creer_constat("Rien n’est compté", actions=[f.creer_action("Cachée", **BROUILLON)])

    texte = lire(client)

    assert "Aucune action n’y est rattachée." in texte
    assert "None" not in texte
    assert list(Constat.objects.sans_reponse()) == list(Constat.objects.all())


def test_la_fiche_ne_dit_rien_d_un_constat_qui_n_est_pas_publie(client):
    action = f.creer_action()
    f.creer_constat("À relire", actions=[action], **BROUILLON)

    assert "diagnostic" not in lire(client, action.get_absolute_url())


@pytest.mark.parametrize(
    "champs",
    [
        {"chiffre": 3},
        {"chiffre": 3, "unite": "%", "annee": 2023},
        {"chiffre": 3, "unite": "%", "source": "Insee"},
        {"chiffre": 3, "annee": 2023, "source": "Insee"},
        {"unite": "%"},
        {**CHIFFRE, "compte_personnes": True},
        {**CHIFFRE, "chiffre": -1, "compte_personnes": True},
        {"annee": 1},
    ],
)
def test_un_chiffre_qui_ne_dit_pas_d_ou_il_vient_est_refuse(champs):
    with pytest.raises(ValidationError):
        Constat(enonce="Un constat", **champs).full_clean()


def test_un_chiffre_situe_et_un_constat_sans_chiffre_sont_acceptes():
    Constat(enonce="Un constat", **CHIFFRE).full_clean()
    Constat(enonce="Un constat", annee=2023, source="Un entretien").full_clean()
    Constat(enonce="Un constat", **{**CHIFFRE, "chiffre": 0}, compte_personnes=True).full_clean()


def test_un_petit_nombre_de_personnes_est_masque_partout(client):
    masque = {**CHIFFRE, "chiffre": 3, "unite": "personnes", "compte_personnes": True}
    f.creer_constat("Peu de gens", **masque)

    (ligne,) = lignes_csv(client.get("/diagnostic.csv"))

    assert ligne["Chiffre"] == "moins de 5"
    assert "moins de 5 personnes" in lire(client)


def test_les_exports_disent_les_constats_et_les_actions_leurs_constats(client):
    action = f.creer_action(code="CLS-1-01")
    f.creer_constat("Se déplacer coûte cher", actions=[action], **CHIFFRE)
    f.creer_constat("À relire", actions=[action], **BROUILLON)

    (ligne,) = lignes_csv(client.get("/diagnostic.csv"))
    tout = json.loads(contenu(client.get("/actions.json")))

    assert (ligne["Énoncé"], ligne["Année"], ligne["Source"]) == (
        "Se déplacer coûte cher",
        "2023",
        "Insee",
    )
    assert "CLS-1-01" in ligne.values()
    (dit,) = tout["actions"][0]["constats"]
    assert (dit["enonce"], dit["unite"], dit["annee"]) == ("Se déplacer coûte cher", "%", 2023)


def manques_de_constat() -> list[str]:
    manques = Inventaire(Action.objects.visibles()).manques
    return [m.action.code for m in manques if m.genre == "constat"]


def test_une_action_sans_constat_manque_des_qu_un_constat_est_publie():
    f.creer_partenaire(partie="departement")
    repond, muette = f.creer_action(code="CLS-1-01"), f.creer_action(code="CLS-1-02")
    constat = f.creer_constat(actions=[repond], **BROUILLON)
    assert manques_de_constat() == []

    Constat.objects.filter(pk=constat.pk).update(**f.visible())

    assert manques_de_constat() == [muette.code]


def test_l_agent_lit_les_constats_sans_action_et_y_est_mene(client, agent_departement):
    f.creer_action(code="CLS-1-01")
    f.creer_constat("Froid l’hiver")
    f.creer_constat("À relire", **BROUILLON)
    client.force_login(agent_departement)

    accueil, manques = lire(client, "/admin/"), contenu(client.get("/admin/ce-qui-manque/"))

    assert "Constats du diagnostic sans action" in accueil
    assert "Brouillons : constats du diagnostic" in accueil
    assert f'href="{reverse("admin:actions_constat_changelist")}?reponse=sans_action"' in manques
    assert f'href="{reverse("admin:actions_constat_changelist")}"' in manques
    liste = lire(client, "/admin/actions/constat/?reponse=sans_action")
    assert "Froid l’hiver" in liste
    assert "À relire" not in liste


def test_un_agent_saisit_publie_et_retrouve_les_reponses_dans_l_historique(
    client, agent_departement
):
    action, constat = f.creer_action(), f.creer_constat("À relire", **BROUILLON)
    client.force_login(agent_departement)
    adresse = reverse("admin:actions_constat_change", args=[constat.pk])

    enregistrer(client, adresse, chiffre="14,2", unite="%", annee="2023", source="Insee")
    enregistrer(client, adresse, actions=[action.pk], _publier="1")

    constat.refresh_from_db()
    assert (constat.est_visible, constat.chiffre) == (True, Decimal("14.20"))
    assert [ligne.action for ligne in constat.historique.first().actions.all()] == [action]


def test_la_recherche_trouve_un_constat_publie(client):
    f.creer_constat("Un ménage isolé sur cinq renonce à se soigner", **CHIFFRE)
    f.creer_constat("Isolement à relire", **BROUILLON)

    for mots in ("isole", "renoncent aux soins isolés", "insee"):
        trouves = chercher(mots).constats
        assert len(trouves) == (0 if "soins" in mots else 1), mots
    page = client.get("/recherche/", {"q": "isolé"})

    texte = lisible(contenu(page))
    (constat,) = page.context["resultats"].constats
    assert f'<a href="/diagnostic/#constat-{constat.pk}">Un ménage <mark>isolé</mark>' in texte
    assert "14,2 %, 2023, Insee" in texte
    assert "relire" not in texte
    assert "1 résultat" in texte


def test_la_recherche_ne_dit_pas_un_petit_nombre(client):
    petit = {"chiffre": Decimal(3), "unite": "personnes", "annee": 2024, "source": "Caf"}
    f.creer_constat("Personnes sans abri", compte_personnes=True, **petit)

    texte = lire(client, "/recherche/?q=abri")

    assert "moins de 5 personnes" in texte and "3 personnes" not in texte


def test_un_mot_d_un_constat_corrige_une_faute():
    f.creer_constat("La précarité énergétique augmente")

    assert chercher("énergétiqe").correction == "énergétique"
