"""The words that people use, over the real roadmap: what each finds, and what it must not."""

from urllib.parse import urlencode

import pytest

from pacte.accueil.recherche import chercher
from pacte.socle.models import Synonyme
from tests.actions.jeu import actions_de, trouver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hautes_alpes")]

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
ACCOMPAGNER = [
    "CLS-3-04",
    "CLS-1-02",
    "CDIE-2-03",
    "CDIE-2-04",
    "CDIE-2-02",
    "CLS-3-03",
    "CLS-3-05",
    "CPT-3-02",
    "CLS-1-01",
]
# The exact order, the same on SQLite and on PostgreSQL.
DANS_L_ORDRE = {
    "accompagnements": ACCOMPAGNER,
    "ACCOMPAGNER": ACCOMPAGNER,
    "sante mentale": ["CLS-1-02"],
    "l'acces aux droits": ["CPT-3-03", "CLS-3-01", "CLS-3-02"],
    "l’accès aux droits": ["CPT-3-03", "CLS-3-01", "CLS-3-02"],
    "Caf": ["CPT-3-01", "CPT-3-02"],
    "BRSA": ["CDIE-2-05", "CDIE-2-02", "CDIE-2-01"],
    "RSA": ["CDIE-2-05", "CDIE-2-02", "CDIE-2-01"],
    "travail": ["CLS-3-04", "CDIE-2-05", "CDIE-2-02", "CDIE-2-03"],
    "jeunes": ["CLS-1-02", "CPT-3-01", "CPT-1-05"],
    "précarité": ["CPT-4-02", "CLS-3-05", "CLS-4-02"],
    "pole emploi": ["CDIE-2-05", "CDIE-2-02"],
    "wimov": [],
}


def test_les_actions_viennent_dans_cet_ordre():
    obtenus = {mot: [a.code for a in actions_de(chercher(mot).actions)] for mot in DANS_L_ORDRE}

    assert obtenus == DANS_L_ORDRE


def test_les_axes_et_les_contrats_se_trouvent_aussi():
    resultats = chercher("accès aux droits")

    assert [axe.numero for axe in resultats.axes] == [3]
    assert [contrat.slug for contrat in resultats.contrats] == ["cls"]


def test_chaque_mot_trouve_ces_actions_et_dit_ce_qui_l_a_elargi():
    obtenus = {}
    for mot in TROUVES:
        resultats = chercher(mot)
        codes = {action.code for action in actions_de(resultats.actions)}
        obtenus[mot] = (codes, resultats.equivalents)

    assert obtenus == TROUVES


def test_la_liste_des_actions_trouve_les_memes():
    obtenus = {mot: trouver(urlencode({"q": mot})) for mot in TROUVES}

    assert obtenus == {mot: codes for mot, (codes, _) in TROUVES.items()}


def test_ce_que_la_feuille_de_route_n_a_pas_reste_introuvable(client):
    trouves = {mot: (r.nombre, r.correction) for mot in INTROUVABLES if (r := chercher(mot))}
    listes = {
        mot: (contexte["filtre"].total, contexte["correction"])
        for mot in INTROUVABLES
        if (contexte := client.get("/actions/", {"q": mot}).context)
    }

    assert trouves == listes == dict.fromkeys(INTROUVABLES, (0, ""))


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


@pytest.mark.parametrize(
    "texte",
    ["caisse d'allocations familiales", "caisse primaire", "caisse commune"]
    + ["Caf", "CPAM", "caf", "CCSS", "sécu"],
)
def test_les_noms_d_avant_menent_a_l_organisme_qui_les_remplace(texte):
    assert [partenaire.slug for partenaire in chercher(texte).partenaires] == ["ccss"]


@pytest.mark.parametrize("mot", ["logement", "SDF", "école", "âge"])
def test_un_mot_ne_trouve_pas_ce_qui_commence_seulement_comme_lui(mot):
    """« loger » is no « logiciel », « âge » no « agence », « école » no « écologique »."""
    resultats = chercher(mot)

    assert resultats.partenaires == []
    assert 4 not in [axe.numero for axe in resultats.axes]


def test_chaque_equivalent_du_fichier_est_dans_les_textes():
    inutiles = [
        (synonyme.terme, equivalent)
        for synonyme in Synonyme.objects.all()
        for equivalent in synonyme.equivalents
        if not chercher(equivalent).nombre
    ]

    assert inutiles == []


@pytest.mark.parametrize(
    ("texte", "correction"),
    [
        ("acompagnement", "accompagnement"),
        ("l'acompagnement des non-salariés", "l'accompagnement des non-salariés"),
        ("wimov", "Wimoov"),
        ("mobilité solidére wimov", "mobilité solidaire Wimoov"),
        ("voitrue", "voiture"),
        ("hebergemnt", "hébergement"),
    ],
)
def test_une_faute_de_frappe_recoit_une_proposition(client, texte, correction):
    contexte = client.get("/actions/", {"q": texte}).context

    assert chercher(texte).correction == contexte["correction"] == correction
