"""CSV and JSON: the same rows as the list, in the same order, drafts nowhere."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.utils.timezone import localdate

from actions.models import Action, Libelle
from contrats.models import Pacte
from pacte.socle import licence
from pacte.socle.publication import Publication
from pacte.socle.tableaux import Colonne, Tableau, cellule_csv, repondre_csv
from tests.actions.jeu import completer, enrichir
from tests.fabriques import (
    creer_action,
    creer_action_libellee,
    creer_axe,
    creer_contrat,
    creer_contribution,
    creer_libelle,
    creer_volet,
)
from tests.lecture import contenu, lignes_csv

pytestmark = pytest.mark.django_db

# An interface: whoever reads the export by its headings relies on them.
ENTETES = [
    "Code",
    "Titre",
    "Axe",
    "Contrat",
    "Objectif",
    "À confirmer",
    "Avancement",
    "Avancement au",
    "Nature",
    "Ce qui est renforcé",
    "En clair",
    "Pour qui",
    "Comment en bénéficier",
    "Description",
    "Constat du diagnostic",
    "Constats du diagnostic",
    "Besoins",
    "Publics",
    "Territoires",
    "Début prévu",
    "Fin prévue",
    "Échéance",
    "En retard",
    "Contributions",
    "Partenaires cités par le texte",
    "Libellés",
    "Modifiée le",
    "Adresse",
    "Sélection",
    "Producteur",
    "Licence",
    "Extrait le",
]
ADRESSES = [
    "",
    "axe=1",
    "axe=1&axe=3&contrat=cpt",
    "contrat=cls&tri=echeance",
    "tri=maj",
    "tri=echeance",
    "q=accompagnements",
    "q=accompagner&tri=titre",
    "q=droits&axe=3",
    "partenaire=cub&tri=maj",
    "public=jeunes&annee=2025",
    "statut=en_cours&statut=realisee&page=2",
    "q=introuvable",
    "axe=9&couleur=bleu",
]


@pytest.fixture(scope="module")
def jeu(referentiel):
    enrichir()


def _lire_csv(client, adresse=""):
    return lignes_csv(client.get(f"/actions.csv?{adresse}"))


def _lire_json(client, adresse=""):
    return json.loads(contenu(client.get(f"/actions.json?{adresse}")))


def _lire_pages(client, adresse) -> list[str]:
    """Return the codes of every page of the list, as the reader sees them."""
    codes = dict(Action.objects.values_list("slug", "code"))
    lus, sans_page = [], re.sub(r"&?page=\d+", "", adresse)
    pages = client.get(f"/actions/?{sans_page}").context["page"].paginator.num_pages
    for numero in range(1, pages + 1):
        page = client.get(f"/actions/?{sans_page}&page={numero}").content.decode()
        slugs = re.findall(r'class="ligne__titre"><a\s+href="/actions/([^/]+)/"', page)
        lus += [codes[slug] for slug in slugs]
    return lus


@pytest.mark.usefixtures("jeu")
@pytest.mark.parametrize("adresse", ADRESSES)
def test_la_liste_le_csv_et_le_json_donnent_les_memes_actions(client, adresse):
    de_la_liste = _lire_pages(client, adresse)

    du_csv = [ligne["Code"] for ligne in _lire_csv(client, adresse)]
    du_json = _lire_json(client, adresse)

    assert de_la_liste == du_csv == [action["code"] for action in du_json["actions"]]
    assert du_json["total"] == len(de_la_liste)
    assert (len(de_la_liste) > 0) == ("introuvable" not in adresse)


@pytest.mark.usefixtures("referentiel")
def test_les_entetes_du_csv_ne_changent_pas(client):
    reponse = client.get("/actions.csv")

    contenu = reponse.getvalue().decode()
    assert contenu.startswith("\ufeff")
    assert contenu[1:].splitlines()[0].split(";") == ENTETES
    assert reponse["Content-Type"] == "text/csv; charset=utf-8"
    assert reponse["Content-Disposition"] == 'attachment; filename="actions.csv"'


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize(
    ("adresse", "selection"),
    [
        ("", "Toutes les actions"),
        ("q=droits&axe=3", "« droits » ; Axe 3 – Balises"),
        (
            "axe=99&q=le",
            "Toutes les actions (« le » a été ignoré : aucun mot à chercher. "
            "« 99 » a été ignoré : valeur inconnue pour « Axe ».)",
        ),
    ],
)
def test_les_exports_disent_leur_selection(client, adresse, selection):
    du_csv, du_json = _lire_csv(client, adresse), _lire_json(client, adresse)

    assert {ligne["Sélection"] for ligne in du_csv} == {selection}
    assert du_json["selection"] == selection


@pytest.mark.usefixtures("referentiel")
def test_les_exports_disent_d_ou_ils_viennent(client):
    ligne = _lire_csv(client)[0]
    json_lu = _lire_json(client)

    assert (ligne["Producteur"], ligne["Licence"], ligne["Extrait le"]) == (
        "Département des Hautes-Alpes",
        "Licence Ouverte 2.0 (etalab-2.0)",
        localdate().isoformat(),
    )
    assert json_lu["schema_version"] == "1.0"
    assert json_lu["licence"]["identifiant"] == "etalab-2.0"
    assert json_lu["licence"]["adresse"].startswith("https://www.etalab.gouv.fr/")
    assert json_lu["producteur"] == "Département des Hautes-Alpes"
    assert json_lu["genere_le"] == localdate().isoformat()
    assert json_lu["avertissement"] is None
    for adresse in ("/actions.csv", "/actions.json", "/suivi/argent.csv"):
        assert client.get(adresse)["Link"] == f'<{licence.ADRESSE}>; rel="license"'


def test_le_json_dit_que_les_donnees_sont_fictives(client, referentiel):
    Pacte.objects.update(demonstration=True)

    json_lu = _lire_json(client)

    assert json_lu["avertissement"] == "Données de démonstration, fictives"
    assert json_lu["selection"] == "Toutes les actions"
    assert _lire_csv(client)[0]["Sélection"].startswith("Données de démonstration, fictives – ")


def test_le_json_donne_des_objets_la_ou_le_csv_joint(client):
    action = creer_action_libellee("Accueillir")
    creer_contribution(action=action, role="pilote", nature="personnel", texte="Un poste.")

    (lue,) = _lire_json(client)["actions"]

    libelle = action.libelles.get()
    assert lue["libelles"] == [
        {"texte": libelle.texte, "source": str(libelle.source), "officiel": libelle.officiel}
    ]
    assert lue["contributions"] == [
        {
            "partenaire": action.contributions.get().partenaire.nom,
            "role": "pilote",
            "nature": "personnel",
            "texte": "Un poste.",
            "etp": None,
            "annee_debut": None,
            "confirmee_le": None,
        }
    ]


@pytest.mark.usefixtures("referentiel")
def test_une_ligne_porte_les_valeurs_de_son_action(client):
    (ligne,) = _lire_csv(client, "q=carriolix")

    assert (ligne["Code"], ligne["Axe"], ligne["Contrat"]) == ("CLS-4-01", "4", "CLS")
    assert ligne["Partenaires cités par le texte"] == "Carriolix"
    assert ligne["Libellés"].count(" | ") == 1
    assert ligne["Fin prévue"] == ligne["Nature"] == ligne["Contributions"] == ""
    assert ligne["Adresse"] == "http://testserver/actions/carrioles-partagees/"


@pytest.mark.parametrize("debut", ["=", "+", "-", "@", "\t", "\r"])
def test_une_formule_est_neutralisee_dans_le_csv(client, debut):
    creer_action(f"{debut}1+1", en_clair=f"{debut}cmd")

    (ligne,) = _lire_csv(client)

    assert ligne["Titre"] == f"'{debut}1+1"
    assert ligne["En clair"] == f"'{debut}cmd"


def test_une_formule_est_neutralisee_aussi_dans_une_liste():
    assert cellule_csv(["=1+1", "=2"]) == "'=1+1 | =2"
    assert cellule_csv(-1) == "-1"
    assert (cellule_csv(None), cellule_csv([])) == ("", "")
    assert (cellule_csv(True), cellule_csv("a")) == ("oui", "a")


def test_le_json_garde_les_textes_tels_quels(client):
    creer_action('=1+1 ; « "été" »')

    (action,) = _lire_json(client)["actions"]

    assert action["titre"] == '=1+1 ; « "été" »'
    assert action["fin_prevue"] is None
    assert action["publics"] == []


def test_un_autre_format_est_introuvable(client):
    assert client.get("/actions.xml").status_code == 404


def _cachees() -> list[Action]:
    """One action for each way of not being public, all with a rare word."""
    brouillon = {"publication": Publication.BROUILLON, "visible_depuis": None}
    retiree = {"publication": Publication.RETIREE, "motif_retrait": "Doublon"}
    return [
        creer_action("Zigzaguer en brouillon", **brouillon),
        creer_action("Zigzaguer en retrait", **retiree),
        creer_action("Zigzaguer sans axe", volet=creer_volet(axe=creer_axe(**brouillon))),
        creer_action("Zigzaguer sans contrat", volet=creer_volet(contrat=creer_contrat(**retiree))),
    ]


@pytest.mark.usefixtures("referentiel")
def test_ce_qui_n_est_pas_visible_n_apparait_nulle_part(client):
    completer()
    cachees = _cachees()
    for action in cachees:
        creer_libelle(action, texte=f"Zigzaguer {action.code}")
    adresses = [
        "/",
        "/actions/",
        "/actions/?page=2",
        "/actions/?q=zigzaguer",
        "/actions.csv",
        "/actions.json",
        "/recherche/?q=zigzaguer",
        "/recherche/?q=zigzagier",
        "/sitemap.xml",
        "/actualites/",
        "/plan-du-site/",
    ]

    pages = {adresse: client.get(adresse).getvalue().decode() for adresse in adresses}

    for adresse, page in pages.items():
        for action in cachees:
            assert action.code not in page, (adresse, action)
            assert action.slug not in page, (adresse, action)
            assert action.titre not in page, (adresse, action)
    visibles = Action.objects.visibles().count()
    assert f"<strong>{visibles}</strong> actions" in pages["/"]
    assert pages["/sitemap.xml"].count("testserver/actions/") == visibles + 1


def test_la_page_d_une_action_cachee_est_introuvable(client):
    reponses = [client.get(action.get_absolute_url()) for action in _cachees()]

    assert [reponse.status_code for reponse in reponses] == [404] * 4
    assert all("Zigzaguer" not in reponse.content.decode() for reponse in reponses)
    assert client.get(creer_action().get_absolute_url()).status_code == 200


def test_un_libelle_d_action_cachee_n_est_pas_public():
    for action in [*_cachees(), creer_action()]:
        creer_libelle(action)

    assert Libelle.objects.count() == 5
    assert Libelle.objects.publics().count() == 1


def test_un_telechargement_abandonne_referme_ce_qu_il_lisait():
    lus, fermes = [], []

    def lire():
        try:
            for rang in range(5000):
                lus.append(rang)
                yield rang
        finally:
            fermes.append("curseur")

    reponse = repondre_csv(Tableau("essai", (Colonne("Rang", "rang", int),), lire(), ""))
    assert len(lus) == 1
    for _ligne in zip(range(4), reponse.streaming_content, strict=False):
        pass
    reponse.close()

    assert fermes == ["curseur"]
    assert len(lus) <= 100


@pytest.mark.usefixtures("referentiel")
def test_un_instant_s_ecrit_pareil_dans_chaque_fichier(client):
    Action.objects.filter(code="CLS-1-01").update(
        modifiee_le=datetime(2026, 3, 31, 8, 15, 30, 123456, tzinfo=UTC)
    )

    (du_csv,) = (ligne for ligne in _lire_csv(client) if ligne["Code"] == "CLS-1-01")
    (du_json,) = (a for a in _lire_json(client)["actions"] if a["code"] == "CLS-1-01")

    assert du_csv["Modifiée le"] == du_json["modifiee_le"] == "2026-03-31T08:15:30Z"
