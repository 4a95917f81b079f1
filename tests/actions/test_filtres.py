"""The address of a list of actions: what it keeps, what it counts, what it refuses to guess."""

import pytest

from actions.models import Action, Contribution, Situation
from pacte.socle.typographie import typographier
from tests.actions.jeu import (
    ANNEES,
    NOMBRE,
    echeance_de,
    enrichir,
    lire_filtre,
    nombres_de,
    recompter,
    trouver,
)
from tests.fabriques import creer_partenaire

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("jeu")]

ADRESSES = [
    "",
    "axe=1",
    "contrat=cpt",
    "statut=en_cours",
    "partenaire=cub",
    "public=jeunes",
    "territoire=departement",
    "annee=2025",
    "axe=1&axe=3",
    "axe=1&contrat=cpt",
    "axe=3&public=jeunes",
    "partenaire=cub&partenaire=ais&statut=realisee",
    "annee=2024&annee=2027&territoire=departement",
    "axe=2&contrat=cdie&statut=en_cours&statut=a_lancer",
    "axe=4&contrat=cls&partenaire=carriolix",
    "public=chercheurs-d-ancrage&annee=2026&axe=2",
    "axe=2&contrat=cls",
    "situation=en_retard",
    "situation=echeance_proche",
    "situation=sans_nouvelles&situation=a_confirmer",
    "situation=en_retard&axe=1&statut=en_cours",
]


@pytest.fixture(scope="module")
def jeu(referentiel):
    enrichir()


@pytest.mark.parametrize("adresse", ADRESSES)
def test_les_nombres_egalent_un_recompte_a_la_main(adresse):
    codes, nombres = recompter(adresse)

    filtre = lire_filtre(adresse)

    assert trouver(adresse) == codes
    assert filtre.total == len(codes)
    assert nombres_de(filtre) == nombres


def test_deux_choix_d_une_facette_s_ajoutent():
    assert trouver("axe=1&axe=3") == trouver("axe=1") | trouver("axe=3")
    assert trouver("public=jeunes&public=enfants") == trouver("public=jeunes") | trouver(
        "public=enfants"
    )
    assert len(trouver("axe=1&axe=3")) > len(trouver("axe=1")) > 0


def test_deux_facettes_se_croisent():
    croise = trouver("axe=1&contrat=cls&public=jeunes")

    assert croise == trouver("axe=1") & trouver("contrat=cls") & trouver("public=jeunes")
    assert croise == {"CLS-1-02"}


def test_cocher_une_case_donne_le_nombre_annonce():
    nombres, vues = nombres_de(lire_filtre("axe=3")), set()

    for nom in ("contrat", "statut", "public", "territoire", "annee", "partenaire", "situation"):
        for cle, nombre in nombres[nom].items():
            assert len(trouver(f"axe=3&{nom}={cle}")) == nombre, (nom, cle)
            vues.add(nom)
    assert vues >= {"contrat", "statut", "public", "partenaire"}


def test_les_nombres_tiennent_compte_de_la_recherche():
    codes = trouver("q=jeunes")

    filtre = lire_filtre("q=jeunes")

    assert filtre.total == len(codes) == sum(nombres_de(filtre)["axe"].values())
    assert 0 < len(codes) < NOMBRE


def test_un_partenaire_a_la_fois_nomme_et_contributeur_compte_une_fois():
    action = Action.objects.get(code="CLS-4-01")
    carriolix = creer_partenaire("Carriolix bis", slug="carriolix-bis")
    Contribution.objects.create(
        action=action, partenaire=carriolix, role="pilote", nature="autre", texte="Porte."
    )
    action.libelles.first().partenaires_cites.add(carriolix)

    filtre = lire_filtre("")

    assert nombres_de(filtre)["partenaire"]["carriolix-bis"] == 1


def test_un_partenaire_brouillon_n_est_pas_un_filtre():
    creer_partenaire("Caché", slug="cache", publication="brouillon", visible_depuis=None)

    filtre = lire_filtre("partenaire=cache")

    assert "cache" not in nombres_de(filtre)["partenaire"]
    assert filtre.total == NOMBRE
    assert len(filtre.avertissements) == 1


@pytest.mark.parametrize(
    ("adresse", "dit"),
    [
        ("axe=9", "« 9 » a été ignoré : valeur inconnue pour « Axe »."),
        ("axe=1%27--", "« 1'-- » a été ignoré : valeur inconnue pour « Axe »."),
        ("annee=1999", "« 1999 » a été ignoré : valeur inconnue pour « Année »."),
        ("couleur=bleu", "« couleur » a été ignoré : paramètre inconnu."),
        ("q=le", "« le » a été ignoré : aucun mot à chercher."),
        ("tri=hasard", "« hasard » a été ignoré : ordre de tri inconnu."),
        ("statut=%00", "« � » a été ignoré : valeur inconnue pour « Avancement »."),
        (f"axe={'9' * 41}", f"« {'9' * 40}… » a été ignoré : valeur inconnue pour « Axe »."),
    ],
)
def test_ce_qui_n_est_pas_compris_est_ignore_et_dit(adresse, dit):
    filtre = lire_filtre(adresse)

    assert filtre.avertissements == [dit]
    assert filtre.criteres == []
    assert filtre.total == NOMBRE


def test_une_valeur_juste_reste_quand_sa_voisine_est_fausse():
    filtre = lire_filtre("axe=1&axe=9")

    assert filtre.total == len(trouver("axe=1"))
    assert [critere.libelle for critere in filtre.criteres] == ["Axe 1 – Mousses"]
    assert len(filtre.avertissements) == 1


@pytest.mark.parametrize("adresse", ["axe=", "q=", "tri=", "q=%20", "page=", "q=%00"])
def test_un_parametre_vide_ne_filtre_ni_n_avertit(adresse):
    filtre = lire_filtre(adresse)

    assert (filtre.total, filtre.avertissements, filtre.criteres) == (NOMBRE, [], [])


def test_un_octet_nul_ne_casse_ni_la_page_ni_la_recherche(client):
    for adresse in ("?q=%00jeunes", "?q=jeunes%00", "?axe=%00", "?%00=1", "?tri=%00", "?page=%00"):
        assert client.get(f"/actions/{adresse}").status_code == 200
    assert trouver("q=%00jeunes%00") == trouver("q=jeunes")


def test_une_recherche_trop_longue_est_coupee_et_dite(client):
    page = client.get("/actions/", {"q": "jeunes " * 715}).content.decode()

    assert len("jeunes " * 715) > 5000
    assert "limitée à ses 200 premiers caractères" in page
    assert lire_filtre("q=" + "jeunes+" * 715).total == lire_filtre("q=jeunes").total


@pytest.mark.parametrize(
    ("numero", "dit", "page"),
    [
        ("99", "La page 99 n’existe pas : voici la page 2, la dernière.", 2),
        ("0", "La page 0 n’existe pas : voici la première.", 1),
        ("abc", "« abc » n’est pas un numéro de page : voici la première.", 1),
        ("9" * 5000, "n’est pas un numéro de page", 1),
        ("2", "", 2),
    ],
)
def test_une_page_qui_n_existe_pas_donne_la_plus_proche(client, numero, dit, page):
    reponse = client.get("/actions/", {"page": numero})

    assert reponse.status_code == 200
    assert reponse.context["page"].number == page
    assert typographier(dit) in reponse.content.decode()
    assert bool(reponse.context["avertissements"]) == bool(dit)


def test_retirer_un_filtre_garde_les_autres():
    filtre = lire_filtre("q=jeunes&axe=1&axe=3&contrat=cpt&tri=titre&page=2")

    retraits = {critere.libelle: critere.retrait for critere in filtre.criteres}

    sans_axe_1 = sorted(retraits["Axe 1 – Mousses"][1:].split("&"))
    assert sans_axe_1 == ["axe=3", "contrat=cpt", "q=jeunes", "tri=titre"]
    assert sorted(retraits["« jeunes »"][1:].split("&")) == ["axe=1", "axe=3", "contrat=cpt"]
    assert list(retraits) == ["« jeunes »", "Axe 1 – Mousses", "Axe 3 – Balises", "CPT"]


def test_retirer_le_seul_filtre_mene_a_toute_la_liste(client):
    filtre = lire_filtre("axe=1")

    adresse = filtre.criteres[0].retrait

    assert adresse == "?"
    assert client.get(f"/actions/{adresse}").context["filtre"].total == NOMBRE


def test_la_selection_se_dit_en_une_ligne():
    assert lire_filtre("").selection == "Toutes les actions"
    assert lire_filtre("q=jeunes&axe=1&annee=2025").selection == (
        "« jeunes » ; Axe 1 – Mousses ; 2025"
    )


@pytest.mark.parametrize(
    ("adresse", "ordre"),
    [
        ("", "titre"),
        ("tri=pertinence", "titre"),
        ("q=jeunes", "pertinence"),
        ("q=le", "titre"),
        ("q=jeunes&tri=titre", "titre"),
        ("tri=maj", "maj"),
        ("tri=echeance", "echeance"),
    ],
)
def test_l_ordre_en_vigueur(adresse, ordre):
    assert lire_filtre(adresse).ordre == ordre


def _cles_de_tri(tri):
    filtre = lire_filtre(f"tri={tri}")
    return list(filtre.trier(filtre.filtrer(Action.objects.visibles())))


def test_le_tri_par_titre_suit_l_alphabet():
    actions = _cles_de_tri("titre")

    assert [a.cle_tri for a in actions] == sorted(a.cle_tri for a in actions)
    assert len(actions) == NOMBRE


def test_le_tri_par_echeance_met_les_inconnues_a_la_fin():
    echeances = [echeance_de(action) for action in _cles_de_tri("echeance")]

    connues = [echeance for echeance in echeances if echeance]
    assert echeances == sorted(connues) + [None] * (NOMBRE - len(connues))
    assert 0 < len(connues) < NOMBRE


def test_le_tri_par_mise_a_jour_commence_par_la_derniere():
    dates = [action.modifiee_le for action in _cles_de_tri("maj")]

    assert dates == sorted(dates, reverse=True)
    assert len(set(dates)) == NOMBRE


def test_les_annees_sont_celles_du_pacte(client):
    filtre = client.get("/actions/").context["filtre"]

    (annees,) = [facette for facette in filtre.facettes if facette.nom == "annee"]
    assert list(annees.libelles) == [str(annee) for annee in ANNEES]


def test_la_page_porte_chaque_case_avec_son_nombre(client):
    page = client.get("/actions/?contrat=cls").content.decode()

    assert '<input type="checkbox" form="filtre" name="contrat" value="cls" checked>' in page
    assert '<input type="checkbox" form="filtre" name="axe" value="4">' in page
    assert page.count('<span class="facette__nombre">2</span>') >= 1
    assert f">{len(trouver('contrat=cls'))}\u00a0actions</p>" in page


def test_chaque_situation_a_des_actions():
    """Without any, the tests above would prove nothing of it."""
    filtre = lire_filtre("")

    assert all(nombres_de(filtre)["situation"][situation] for situation in Situation.values)


def test_une_valeur_qui_n_est_pas_une_cle_est_lue_comme_un_nom():
    filtre = lire_filtre("partenaire=mutuelle+semeur&partenaire=inconnue&partenaire=%00")

    assert filtre.choix["partenaire"] == ["mds"]
    assert filtre.libelles["partenaire"] == {"mds": "Mutuelle des semeurs"}
    assert filtre.adresse() == "?partenaire=mds"
    assert [dit.split(" a été")[0] for dit in filtre.avertissements] == [
        "« inconnue »",
        "« \ufffd »",
    ]


def test_peu_de_noms_se_cherchent_a_la_fois(django_assert_max_num_queries):
    adresse = "&".join(f"partenaire=nom{rang}" for rang in range(50))

    with django_assert_max_num_queries(12):
        assert lire_filtre(adresse).choix["partenaire"] == []
