"""The words of the public lead to what the roadmap calls otherwise, on every database alike."""

import re
from html import unescape

import pytest
from django.core.management import call_command

from actions.models import Action
from pacte.accueil.recherche import PAR_GROUPE, chercher
from pacte.socle.models import Synonyme
from pacte.socle.recherche import analyser, surligner
from tests.actions.jeu import actions_de
from tests.fabriques import creer_action, creer_libelle, creer_partenaire, creer_volet

pytestmark = pytest.mark.django_db

ACCOMPAGNER = ["CLS-1-02", "CPT-2-01", "CLS-3-02", "CLS-1-01"]
# The exact order, the same on SQLite and on PostgreSQL.
CODES_ATTENDUS = {
    "accompagnements": ACCOMPAGNER,
    "ACCOMPAGNER": ACCOMPAGNER,
    "sante mentale": ["CLS-1-02"],
    "l'acces aux droits": ["CPT-3-01", "CLS-3-01", "CLS-3-02"],
    "l’accès aux droits": ["CPT-3-01", "CLS-3-01", "CLS-3-02"],
    "Cado": ["CPT-3-01", "CPT-4-01"],
    "CDA": ["CDIE-2-02", "CDIE-2-01"],
    "travail": ["CDIE-2-01", "CDIE-2-02"],
    "jeunes": ["CLS-1-02", "CPT-3-01", "CPT-1-01"],
    "précarité": ["CPT-4-01", "CLS-4-02"],
    "bourse aux rames": ["CDIE-2-02", "CDIE-2-01"],
    "cariolix": [],
}


def _codes(texte: str) -> list[str]:
    return [action.code for action in actions_de(chercher(texte).actions)]


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize(("texte", "codes"), CODES_ATTENDUS.items())
def test_une_recherche_donne_ces_actions_dans_cet_ordre(client, texte, codes):
    resultats = chercher(texte)

    liste = client.get("/actions/", {"q": texte}).context["page"].object_list

    assert [action.code for action in actions_de(resultats.actions)] == codes
    assert [action.code for action in actions_de(liste)] == codes


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize("texte", ["Cado", "Capri", "cado", "CUB", "tirelire", "caisse unique"])
def test_les_noms_d_avant_menent_a_la_cub(client, texte):
    resultats = chercher(texte)

    page = client.get("/recherche/", {"q": texte}).content.decode()

    assert [partenaire.slug for partenaire in resultats.partenaires] == ["cub"]
    assert {"CPT-3-01", "CPT-4-01"} <= set(_codes(texte))
    assert 'href="/partenaires/cub/"' in page


@pytest.mark.usefixtures("referentiel")
def test_le_sigle_du_terrain_mene_aux_mots_qu_il_abrege():
    assert _codes("CDA") == _codes("chercheurs d’ancrage") == _codes("cda")
    assert len(_codes("CDA")) == 2


@pytest.mark.usefixtures("referentiel")
def test_les_axes_et_les_contrats_se_trouvent_aussi():
    resultats = chercher("accès aux droits")

    assert [axe.numero for axe in resultats.axes] == [3]
    assert [contrat.slug for contrat in resultats.contrats] == ["cls"]
    assert resultats.nombre == 3 + 1 + 1


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize("adresse", ["/recherche/", "/actions/"])
def test_un_mot_mal_ecrit_recoit_une_proposition(client, adresse):
    page = client.get(adresse, {"q": "cariolix"}).content.decode()

    assert "Aucun résultat." in page
    assert 'Vouliez-vous dire <a href="?q=Carriolix">Carriolix</a>' in page
    assert "CLS-4-01" in _codes("Carriolix")


@pytest.mark.usefixtures("referentiel")
def test_la_proposition_garde_les_mots_connus():
    assert chercher("mobilité solidére cariolix").correction == "mobilité solidaire Carriolix"
    assert chercher("xyzxyz").correction == ""


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize("adresse", ["/recherche/", "/actions/"])
@pytest.mark.parametrize(
    ("texte", "marque"),
    [
        ("accompagnements", "<mark>accompagnement</mark> des personnes isolées"),
        ("MENTALE", "santé <mark>mentale</mark>"),
        ("l'acces aux droits", "<mark>accès</mark> aux <mark>droits</mark>"),
    ],
)
def test_les_mots_trouves_sont_marques(client, adresse, texte, marque):
    page = client.get(adresse, {"q": texte}).content.decode()

    assert marque in page


@pytest.mark.usefixtures("referentiel")
def test_sans_recherche_rien_n_est_marque(client):
    assert "<mark>" not in client.get("/actions/").content.decode()


@pytest.mark.parametrize(
    ("singulier", "pluriel"),
    [("emploi", "emplois"), ("vélo", "vélos"), ("revenu", "revenus"), ("foyer", "foyers")],
)
def test_le_pluriel_est_sans_importance(singulier, pluriel):
    creer_action(f"Un {singulier}", code="UN")
    creer_action(f"Des {pluriel}", code="DES")

    assert set(_codes(singulier)) == set(_codes(pluriel)) == {"UN", "DES"}


def test_une_ligne_se_reindexe_sans_changer(capsys):
    action = creer_action("Des vélos", code="UN")
    Action.objects.filter(pk=action.pk).update(cle_titre=" velos ", cle_tri="zzz")
    versions = action.historique.count()

    call_command("indexer")
    call_command("indexer")

    relue = Action.objects.get()
    assert (relue.cle_titre, relue.cle_tri) == (" velo ", "des velos")
    assert relue.modifiee_le == action.modifiee_le
    assert relue.historique.count() == versions
    assert capsys.readouterr().out == "1\u00a0ligne réindexée.\n0\u00a0ligne réindexée.\n"


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize("adresse", ["/recherche/", "/actions/"])
def test_des_mots_qui_ensemble_ne_trouvent_rien_se_cherchent_seuls(client, adresse):
    page = client.get(adresse, {"q": "jeunes précarité xyzxyz"}).content.decode()

    assert 'href="?q=jeunes">jeunes</a>' in page
    assert 'href="?q=pr%C3%A9carit%C3%A9">précarité</a>' in page
    assert "?q=xyzxyz" not in page
    assert "chercher un seul" not in client.get(adresse, {"q": "xyzxyz"}).content.decode()


@pytest.mark.usefixtures("referentiel")
@pytest.mark.parametrize("texte", ["le la les", "a", "l’", "?!", "d'un"])
def test_des_mots_vides_ne_cherchent_rien(client, texte):
    page = client.get("/recherche/", {"q": texte}).content.decode()

    assert "a été ignoré : aucun mot à chercher." in unescape(page).replace("\u00a0", " ")
    assert chercher(texte).nombre == 0
    assert client.get("/actions/", {"q": texte}).context["filtre"].total == Action.objects.count()


@pytest.mark.usefixtures("referentiel")
def test_sans_rien_a_chercher_la_page_explique(client):
    page = client.get("/recherche/").content.decode()

    assert "les accents, les majuscules et le pluriel sont sans importance" in page


def test_le_titre_compte_avant_le_texte():
    volet = creer_volet()
    dans_le_texte = creer_action("Abeilles", volet=volet, description="Le zébulon")
    debut_de_mot = creer_action("Boire un zébulonville", volet=volet)
    dans_le_titre = creer_action("Zébulon", volet=volet)

    actions = actions_de(chercher("zebulon").actions)

    assert actions == [dans_le_titre, debut_de_mot, dans_le_texte]


def test_a_rang_egal_l_ordre_est_celui_des_titres():
    volet = creer_volet()
    titres = ["Zébulon école", "Zébulon abri", "Zébulon Étoile", "Zébulon ADMR"]
    for titre in titres:
        creer_action(titre, volet=volet)

    trouves = [action.titre for action in actions_de(chercher("zebulon").actions)]

    assert trouves == ["Zébulon abri", "Zébulon ADMR", "Zébulon école", "Zébulon Étoile"]


def test_tous_les_mots_doivent_etre_trouves_ou_qu_ils_soient():
    action = creer_action("Zébulon")
    libelle = creer_libelle(action, texte="Un tourniquet")
    libelle.partenaires_cites.add(creer_partenaire("Pollux"))

    assert list(chercher("zébulon tourniquet pollux").actions) == [action.pk]
    assert not chercher("zébulon absent").actions


def test_un_partenaire_brouillon_ne_fait_rien_trouver():
    cache = creer_partenaire("Pollux", publication="brouillon", visible_depuis=None)
    creer_libelle(creer_action()).partenaires_cites.add(cache)

    resultats = chercher("pollux")

    assert (resultats.nombre, resultats.correction) == (0, "")


def test_au_plus_vingt_resultats_mais_le_nombre_entier():
    volet = creer_volet()
    for rang in range(PAR_GROUPE + 3):
        creer_action(f"Zébulon {rang}", volet=volet)

    resultats = chercher("zebulon")

    assert (len(resultats.lignes), resultats.nombre) == (PAR_GROUPE, PAR_GROUPE + 3)


@pytest.mark.parametrize("texte", ["\x00", "%", "_", "' OR 1=1 --", "\\", "é" * 5000, "(((["])
def test_un_texte_hostile_ne_casse_rien(client, texte):
    creer_action("Zébulon")

    assert client.get("/recherche/", {"q": texte}).status_code == 200
    assert not chercher(texte).actions


def test_une_recherche_trop_longue_est_coupee_et_dite(client):
    action = creer_action("Zébulon")

    reponse = client.get("/recherche/", {"q": "zébulon " * 625})

    assert "limitée à ses 200 premiers caractères" in reponse.content.decode()
    assert list(reponse.context["resultats"].actions) == [action.pk]


def test_une_balise_dans_la_recherche_est_echappee(client):
    page = client.get("/recherche/", {"q": "<script>alert(1)</script>"}).content.decode()

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_un_synonyme_de_plusieurs_mots_compte_pour_un_terme():
    Synonyme.objects.create(terme="Pôle emploi", equivalent="France Travail")

    requete = analyser("pole emploi jeunes")

    assert [terme.variantes for terme in requete.termes] == [
        (("pol", "emploi"), ("franc", "travail")),
        (("jeun",),),
    ]


def test_le_surlignage_rend_le_texte_entier():
    texte = "L’accompagnement : des élèves, des œuvres"
    requete = analyser("accompagner eleve")

    morceaux = surligner(texte, requete)

    assert "".join(morceau for morceau, _ in morceaux) == texte
    assert [morceau for morceau, trouve in morceaux if trouve] == ["accompagnement", "élèves"]


@pytest.mark.usefixtures("referentiel")
def test_le_code_d_une_action_la_donne_en_premier():
    codes = Action.objects.order_by("code").values_list("code", flat=True)

    premiers = {code: next(iter(_codes(code)), None) for code in codes}

    assert premiers == {code: code for code in codes}


@pytest.mark.usefixtures("referentiel")
def test_le_lien_vers_la_liste_garde_la_recherche(client):
    page = client.get("/recherche/", {"q": "accès & droits"}).content.decode()

    (lien,) = re.findall(r'href="(/actions/\?q=[^"]*)"', page)
    assert client.get(lien).context["filtre"].requete.texte == "accès & droits"
