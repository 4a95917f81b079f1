"""Any two versions of a row are compared, field by field, and word by word in a long text."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from actions.models import Libelle, Public
from pacte.socle.comparaison import Morceau, VersionInconnue, choisir, mot_a_mot
from tests import fabriques as f
from tests.lecture import lisible

AVANT = "Une permanence chaque lundi, à la mairie de Gap, pour les jeunes."
APRES = "Une permanence chaque mardi matin, à la mairie de Gap, pour les jeunes et les familles."


def retires(morceaux) -> list[str]:
    return [m.texte for m in morceaux if m.est_supprime]


def ajoutes(morceaux) -> list[str]:
    return [m.texte for m in morceaux if m.est_ajoute]


def test_un_texte_se_compare_mot_a_mot():
    morceaux = mot_a_mot(AVANT, APRES)

    assert retires(morceaux) == ["lundi"]
    assert ajoutes(morceaux) == ["mardi matin", "et les familles"]
    assert "".join(m.texte for m in morceaux if not m.est_supprime) == APRES


def test_deux_mots_voisins_qui_changent_ne_font_qu_un_changement():
    morceaux = mot_a_mot("On ouvre un petit lieu à Gap.", "On ouvre deux grands lieux à Gap.")

    assert morceaux == [
        Morceau("On ouvre "),
        Morceau("un petit lieu ", est_supprime=True),
        Morceau("deux grands lieux ", est_ajoute=True),
        Morceau("à Gap."),
    ]


def test_deux_textes_sans_rien_de_commun_se_lisent_entiers():
    assert mot_a_mot("Une permanence à Gap", "Rédaction du bilan annuel") == []
    assert mot_a_mot("mot " * 4000, "autre " * 4000) == []


class Version:
    def __init__(self, history_id):
        self.history_id = history_id


VERSIONS = [Version(9), Version(5), Version(2)]


@pytest.mark.parametrize(
    ("avant", "apres", "attendu"),
    [
        ("", "", (5, 9)),
        ("2", "9", (2, 9)),
        ("9", "2", (2, 9)),
        ("2", "", (2, 9)),
        ("9", "", (5, 9)),
        ("", "5", (2, 5)),
        ("", "2", (2, 5)),
    ],
)
def test_deux_versions_se_choisissent_dans_n_importe_quel_ordre(avant, apres, attendu):
    choix = choisir(VERSIONS, avant, apres)

    assert (choix.avant.history_id, choix.apres.history_id) == attendu


@pytest.mark.parametrize("avant", ["x", "1", "²", "-2", "9" * 40, "2 "])
def test_un_numero_qui_n_est_pas_d_une_version_est_inconnu(avant):
    with pytest.raises(VersionInconnue):
        choisir(VERSIONS, avant, "9")


def test_la_meme_version_ou_une_seule_donnent_une_phrase():
    assert choisir(VERSIONS, "5", "5").message.startswith("C’est deux fois la même version")
    assert choisir(VERSIONS[:1], "", "").message.startswith("Cette fiche n’a qu’une version")


@pytest.fixture
def action(db):
    """An action with four versions: created, written, rewritten, its publics chosen."""
    action = f.creer_action("Accueillir", code="CLS-1-01", nature="")
    action.description = AVANT
    action.save()
    action.description, action.fin_prevue = APRES, date(2026, 5, 1)
    action.save()
    action.publics.set([Public.objects.create(code="jeunes", nom="Jeunes")])
    return action


def comparer(client, objet, avant="", apres=""):
    nom = f"admin:{objet._meta.app_label}_{objet._meta.model_name}_comparer"
    return client.get(reverse(nom, args=[objet.pk]), {"avant": avant, "apres": apres})


def lire(reponse) -> str:
    return lisible(strip_tags(reponse.content.decode()))


def test_deux_versions_qui_ne_se_suivent_pas_se_comparent(client, action, agent_departement):
    client.force_login(agent_departement)
    derniere, _, ecrite, _ = action.historique.all()

    reponse = comparer(client, action, ecrite.history_id, derniere.history_id)

    page = lire(reponse)
    assert "chaque [supprimé : lundi] [ajouté : mardi matin] , à la mairie" in page
    assert "Fin prévue avant : vide → après : 1er mai 2026" in page
    assert "Publics avant : vide → après : Jeunes" in page
    assert "<del><span" in reponse.content.decode()
    revenir = reverse("admin:actions_action_simple_history", args=[action.pk, ecrite.pk])
    assert f'<a href="{revenir}">' in reponse.content.decode()
    assert "Revenir à cette version" in page


def test_sans_choix_ce_sont_les_deux_dernieres(client, action, agent_departement):
    client.force_login(agent_departement)

    ecarts = client.get(reverse("admin:actions_action_comparer", args=[action.pk])).context[
        "ecarts"
    ]

    assert [(e.nom, e.avant, e.apres) for e in ecarts] == [("Publics", "vide", "Jeunes")]


def test_qui_lit_compare_et_ne_revient_pas(client, action, agent_etat):
    client.force_login(agent_etat)

    page = lire(comparer(client, action))

    assert "Relire cette version" in page
    assert "Revenir à cette version" not in page


def test_l_historique_propose_de_choisir_deux_versions(client, action, agent_departement):
    client.force_login(agent_departement)

    page = client.get(reverse("admin:actions_action_history", args=[action.pk])).content.decode()

    comparer = reverse("admin:actions_action_comparer", args=[action.pk])
    assert f'<form method="get" action="{comparer}">' in page
    assert page.count('type="radio" name="avant"') == 4
    assert page.count('type="radio" name="apres"') == 4
    assert page.count(" checked") == 2


def test_une_version_d_une_autre_fiche_est_introuvable(client, action, agent_departement):
    client.force_login(agent_departement)
    autre = f.creer_action("Ailleurs").historique.get()

    assert comparer(client, action, autre.history_id).status_code == 404
    assert comparer(client, action, "abc").status_code == 404
    inconnue = reverse("admin:actions_action_comparer", args=[0])
    assert client.get(inconnue).status_code == 404
    assert client.get("/admin/actions/action/abc/history/comparer/").status_code == 404


def test_deux_fois_la_meme_le_dit(client, action, agent_departement):
    client.force_login(agent_departement)
    version = action.historique.first().history_id

    reponse = comparer(client, action, version, version)

    assert reponse.status_code == 200
    assert "C’est deux fois la même version : en choisir deux différentes." in lire(reponse)


def test_les_listes_et_ce_qui_n_existe_plus_se_disent(client, action, agent_departement):
    client.force_login(agent_departement)
    partenaire = f.creer_partenaire("MSA")
    libelle = f.creer_libelle(action, officiel=True)
    libelle.partenaires_cites.set([partenaire])
    cle = partenaire.pk
    partenaire.delete()
    libelle = Libelle.objects.get(pk=libelle.pk)
    libelle.texte = "Autre texte."
    libelle.save()

    page = lire(comparer(client, libelle))

    assert f"partenaire n° {cle}, qui n’existe plus" in page
