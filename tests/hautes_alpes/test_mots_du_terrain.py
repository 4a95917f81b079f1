"""The words that people use, over the real roadmap: what each finds, and what it must not."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError

from actions.models import Public
from pacte.accueil.recherche import chercher
from pacte.socle.models import Synonyme
from pacte.socle.recherche import analyser
from tests.actions.jeu import trouver
from tests.fabriques import creer_action, creer_volet

pytestmark = pytest.mark.django_db

PRECARITE = {"CLS-3-05"}
MOBILITE = {"CLS-4-01"}
ALIMENTATION = {"CLS-4-02", "CPT-4-01", "CPT-4-02", "CPT-4-03"}
CCSS = {"CPT-3-01", "CPT-3-02"}
GARDE = {"CPT-2-01", "CPT-1-04"}
DEMARCHES = {"CLS-3-03", "CPT-3-01"}
EMPLOI = {"CDIE-2-02", "CDIE-2-05"}
# Word → every action that it finds, and the equivalents that the page names.
TROUVES = {
    "loger": (PRECARITE, ["grande précarité", "grande exclusion"]),
    "logement": (PRECARITE, ["grande précarité", "grande exclusion"]),
    "logements": (PRECARITE, ["grande précarité", "grande exclusion"]),
    "hébergement": (PRECARITE, ["grande précarité", "grande exclusion"]),
    "sans-abri": (PRECARITE, ["grande précarité", "grande exclusion"]),
    "Sans abris": (PRECARITE, ["grande précarité", "grande exclusion"]),
    "sans domicile fixe": (PRECARITE, ["grande précarité", "grande exclusion"]),
    "SDF": (PRECARITE, ["grande précarité", "grande exclusion"]),
    "voiture": (MOBILITE, ["mobilité", "véhicule"]),
    "permis": (MOBILITE, ["mobilité"]),
    "permis de conduire": (MOBILITE, ["mobilité"]),
    "déplacement": (MOBILITE, ["mobilité"]),
    "se déplacer": (MOBILITE, ["mobilité"]),
    "transports": (MOBILITE, ["mobilité"]),
    "aliments": (ALIMENTATION, []),
    "alimentaire": (ALIMENTATION, []),
    "alimentation": (ALIMENTATION, []),
    "manger": (ALIMENTATION, ["alimentation"]),
    "aide alimentaire": (ALIMENTATION, ["alimentaire"]),
    "Caf": (CCSS, ["CCSS"]),
    "CPAM": (CCSS, ["CCSS"]),
    "Caisse d'allocations familiales": (CCSS, []),
    "caisse d’allocations familiales": (CCSS, []),
    "Caisse primaire d'assurance maladie": (CCSS, []),
    "école": ({"CLS-1-01", "CPT-1-05"}, ["scolaire"]),
    "garde d'enfant": (GARDE, ["crèche", "petite enfance"]),
    "garde d’enfants": (GARDE, ["crèche", "petite enfance"]),
    "handicap": ({"CPT-1-04"}, []),
    "handicapés": ({"CPT-1-04"}, []),
    "santé": ({"CLS-1-02", "CLS-3-05", "CPT-3-02", "CPT-3-04"}, []),
    "psychologue": ({"CLS-1-02"}, ["santé mentale"]),
    "internet": ({"CPT-3-01"}, ["numérique"]),
    "papiers": (DEMARCHES, ["démarches"]),
    "démarches": (DEMARCHES, []),
    "chômage": (EMPLOI, ["emploi", "France Travail"]),
    "chômeur": (EMPLOI, ["emploi", "France Travail"]),
    "sans emploi": (EMPLOI, []),
    "travail": ({*EMPLOI, "CDIE-2-03", "CLS-3-04"}, ["emploi"]),
    "personnes âgées": ({"CLS-3-03"}, []),
    "seniors": ({"CLS-3-03"}, ["personnes âgées"]),
    "isolement": ({"CLS-3-03"}, []),
    "isolé": ({"CLS-3-03"}, []),
    "solitude": ({"CLS-3-03"}, ["personnes isolées"]),
    "agricole": ({"CDIE-2-04"}, []),
    "agriculteur": ({"CDIE-2-04"}, []),
    "agriculture": ({"CDIE-2-04"}, []),
    "paysan": ({"CDIE-2-04"}, ["exploitants agricoles"]),
    "vacances": ({"CPT-1-01"}, []),
    "famille": ({"CPT-1-01"}, []),
    "voiture Wimoov": (MOBILITE, ["mobilité", "véhicule"]),
}
# Words for which the roadmap has nothing: no result, and no other word in their place.
INTROUVABLES = ["dettes", "surendettement", "CCAS", "ccas", "loyer", "HLM", "expulsion", "énergie"]
INTROUVABLES += ["prime", "domicile", "nationalité", "culture", "avocat", "voiture santé"]


@pytest.mark.usefixtures("hautes_alpes")
def test_chaque_mot_trouve_ces_actions_et_dit_ce_qui_l_a_elargi():
    obtenus = {}
    for mot in TROUVES:
        resultats = chercher(mot)
        codes = {action.code for action in resultats.actions}
        obtenus[mot] = (codes, resultats.equivalents)

    assert obtenus == TROUVES


@pytest.mark.usefixtures("hautes_alpes")
def test_la_liste_des_actions_trouve_les_memes():
    obtenus = {mot: trouver(urlencode({"q": mot})) for mot in TROUVES}

    assert obtenus == {mot: codes for mot, (codes, _) in TROUVES.items()}


@pytest.mark.usefixtures("hautes_alpes")
def test_ce_que_la_feuille_de_route_n_a_pas_reste_introuvable(client):
    trouves = {mot: (r.nombre, r.correction) for mot in INTROUVABLES if (r := chercher(mot))}
    listes = {
        mot: (contexte["filtre"].total, contexte["correction"])
        for mot in INTROUVABLES
        if (contexte := client.get("/actions/", {"q": mot}).context)
    }

    assert trouves == listes == dict.fromkeys(INTROUVABLES, (0, ""))


@pytest.mark.usefixtures("hautes_alpes")
@pytest.mark.parametrize(
    "mots",
    [
        ["alimentaire", "alimentation", "aliments", "ALIMENTAIRES"],
        ["agricole", "agriculteur", "agriculture", "agricultrices"],
    ],
)
def test_les_mots_d_une_famille_ont_les_memes_resultats(mots):
    def tout(mot):
        r = chercher(mot)
        return r.actions, r.partenaires, r.axes, r.contrats, r.equivalents

    assert tout(mots[0])[0]
    assert [tout(mot) for mot in mots] == [tout(mots[0])] * len(mots)


@pytest.mark.usefixtures("hautes_alpes")
@pytest.mark.parametrize("texte", ["caisse d'allocations familiales", "caisse primaire"])
def test_le_nom_entier_d_un_organisme_mene_a_celui_qui_le_remplace(texte):
    assert [partenaire.slug for partenaire in chercher(texte).partenaires] == ["ccss"]


@pytest.mark.usefixtures("hautes_alpes")
@pytest.mark.parametrize("mot", ["logement", "SDF", "école", "âge"])
def test_un_mot_ne_trouve_pas_ce_qui_commence_seulement_comme_lui(mot):
    """« loger » is no « logiciel », « âge » no « agence », « école » no « écologique »."""
    resultats = chercher(mot)

    assert resultats.partenaires == []
    assert 4 not in [axe.numero for axe in resultats.axes]


@pytest.mark.usefixtures("hautes_alpes")
def test_chaque_equivalent_du_fichier_est_dans_les_textes():
    inutiles = [
        (synonyme.terme, equivalent)
        for synonyme in Synonyme.objects.all()
        for equivalent in synonyme.equivalents
        if not chercher(equivalent).nombre
    ]

    assert inutiles == []


@pytest.mark.usefixtures("hautes_alpes")
@pytest.mark.parametrize("adresse", ["/recherche/", "/actions/"])
def test_la_page_dit_les_mots_qui_ont_elargi_la_recherche(client, adresse):
    page = _lire(client, adresse, "voiture")

    assert "Résultats aussi pour : « mobilité », « véhicule »." in page
    assert "Résultats aussi pour" not in _lire(client, adresse, "mobilité")


@pytest.mark.parametrize("equivalent", [",", "à, de", "mobilité, l’"])
def test_chaque_equivalent_doit_avoir_un_mot(equivalent):
    with pytest.raises(ValidationError, match="Écrire un mot"):
        Synonyme(terme="voiture", equivalent=equivalent).full_clean()


def test_plusieurs_equivalents_se_separent_par_des_virgules(client, administrateur):
    client.force_login(administrateur)
    champs = {"terme": "auto", "equivalent": "mobilité solidaire, véhicule,"}

    page = client.get("/admin/socle/synonyme/add/").content.decode()
    client.post("/admin/socle/synonyme/add/", champs)

    assert "plusieurs, séparés par des virgules" in page
    assert analyser("auto").termes[0].equivalents == ("mobilité solidaire", "véhicule")


@pytest.mark.usefixtures("hautes_alpes")
def test_la_page_ne_dit_que_les_mots_qui_ont_trouve(client):
    """No action of the roadmap is worded « grande exclusion »: an axis and a contract are."""
    assert "aussi pour : « grande précarité »." in _lire(client, "/actions/", "logement")
    assert "« grande précarité », « grande exclusion »." in _lire(client, "/recherche/", "logement")


@pytest.mark.parametrize("adresse", ["/recherche/", "/actions/"])
def test_un_mot_connu_dont_l_equivalent_ne_trouve_rien_le_dit(client, adresse):
    Synonyme.objects.create(terme="Tournicoti", equivalent="Manège enchanté")
    creer_action("Zébulon", volet=creer_volet())

    page = _lire(client, adresse, "tournicoti")

    assert "à la place de « tournicoti » ont été cherchés aussi, sans résultat" in page
    # It may name what is not published.
    assert "Manège" not in page


@pytest.mark.usefixtures("hautes_alpes")
@pytest.mark.parametrize("adresse", ["/recherche/", "/actions/"])
def test_sans_resultat_la_page_dit_quoi_essayer(client, adresse):
    page = client.get(adresse, {"q": "dettes"}).content.decode()
    rien = page.partition('<div class="rien">')[2].partition("</div>")[0]

    liens = re.findall(r'href="([^"]+)"', rien)

    publics = [lien for lien in liens if lien.startswith("/actions/?public=")]
    assert len(publics) == len(Public.objects.avec_actions()) == 13
    assert {"/partenaires/", "/actions/", "/contact/"} <= set(liens)
    assert 'role="status"' in rien
    assert all(client.get(lien).context["filtre"].total for lien in publics)


@pytest.mark.usefixtures("hautes_alpes")
def test_un_public_sans_action_n_est_pas_propose():
    Public.objects.create(code="personne", nom="Personne")

    assert "personne" not in [public.code for public in Public.objects.avec_actions()]


@pytest.mark.usefixtures("hautes_alpes")
def test_retirer_un_filtre_n_est_propose_que_s_il_y_en_a(client):
    avec = client.get("/actions/?q=dettes&axe=1").content.decode()
    sans = client.get("/recherche/?q=dettes").content.decode()

    assert "retirer un filtre" in avec
    assert "retirer un filtre" not in sans


@pytest.mark.usefixtures("hautes_alpes")
def test_une_correction_trouve_quelque_chose_ou_n_est_pas_proposee(client):
    """« Wimoov » is found, but neither with « parentalité » nor on axis 1."""
    assert chercher("wimov parentalité").correction == ""
    assert client.get("/actions/?q=wimov&axe=1").context["correction"] == ""
    assert client.get("/actions/?q=wimov&axe=4").context["correction"] == "Wimoov"


@pytest.mark.usefixtures("hautes_alpes")
@pytest.mark.parametrize(
    ("texte", "correction"),
    [
        ("acompagnement", "accompagnement"),
        ("l'acompagnement des non-salariés", "l'accompagnement des non-salariés"),
        ("voitrue", "voiture"),
        ("hebergemnt", "hébergement"),
    ],
)
def test_une_faute_de_frappe_recoit_une_proposition(client, texte, correction):
    contexte = client.get("/actions/", {"q": texte}).context

    assert chercher(texte).correction == contexte["correction"] == correction


def _lire(client, adresse: str, texte: str) -> str:
    page = client.get(adresse, {"q": texte}).content.decode()
    lisible = unescape(re.sub(r"<[^>]+>", "", page))
    return re.sub(r"\s+", " ", lisible)
