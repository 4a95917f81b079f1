"""The real roadmap once loaded: what it holds, what every page says of it."""

import html
import re
from collections import Counter

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from actions.models import Action, Libelle, PointEtape, Public
from axes.models import Axe
from contrats.models import Contrat, Pacte, Volet
from pacte.socle.models import EntreeJournal
from pacte.socle.typographie import typographier
from partenaires.models import Partenaire

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hautes_alpes")]

FUSIONS = {
    "CDIE-2-02": {
        "Renforcer l’accompagnement des bénéficiaires du RSA dans le cadre de la réforme "
        "France Travail",
        "Développer un suivi renforcé des bénéficiaires du RSA dans l’optique d’un accès ou "
        "d’un maintien dans l’emploi",
    },
    "CLS-4-02": {
        "Améliorer la coordination alimentaire et solidaire, par exemple en créant une banque "
        "alimentaire",
        "Créer un poste de coordinateur départemental pour lutter contre la précarité alimentaire",
    },
}


_lues: dict[str, str] = {}


def _texte(client, adresse: str) -> str:
    """Return what a reader sees of a page: no tag, no entity, single spaces.

    Nothing here writes: a page is read once for all the tests.
    """
    if adresse not in _lues:
        reponse = client.get(adresse)
        assert reponse.status_code == 200, adresse
        sans_balise = re.sub(r"<[^>]+>", " ", reponse.content.decode())
        _lues[adresse] = re.sub(r"[ \n]+", " ", html.unescape(sans_balise))
    return _lues[adresse]


def test_les_vingt_sept_actions_sont_dans_leur_contrat():
    actions = Action.objects.visibles()

    par_contrat = Counter(actions.values_list("volet__contrat__sigle", flat=True))

    assert par_contrat == {"CLS": 9, "CDIE": 5, "CPT": 13}
    assert all(a.code.startswith(f"{a.volet.contrat}-{a.volet.axe.numero}-") for a in actions)


def test_les_volets_sont_ceux_que_le_texte_annonce():
    volets = set(Volet.objects.visibles().values_list("contrat__sigle", "axe__numero"))

    assert volets == {
        *(("CLS", axe) for axe in (1, 3, 4)),
        ("CDIE", 2),
        *(("CPT", axe) for axe in (1, 2, 3, 4)),
    }
    assert (Axe.objects.count(), Contrat.objects.count()) == (4, 3)


def test_chaque_action_a_un_libelle_officiel_qui_est_son_titre():
    officiels = dict(Libelle.objects.filter(officiel=True).values_list("action__code", "texte"))

    assert officiels == dict(Action.objects.values_list("code", "titre"))
    assert Libelle.objects.count() == 37


def test_chaque_public_a_une_action():
    assert len(Public.objects.avec_actions()) == Public.objects.count() == 13


def test_deux_rapprochements_seulement_sont_a_confirmer():
    fusions = Action.objects.filter(fusion_a_confirmer=True)

    libelles = {a.code: set(a.libelles.values_list("texte", flat=True)) for a in fusions}

    assert libelles == FUSIONS


def test_quinze_axes_sont_a_confirmer():
    codes = set(Action.objects.filter(axe_a_confirmer=True).values_list("code", flat=True))

    cpt = set(Action.objects.filter(code__startswith="CPT").values_list("code", flat=True))
    assert codes == cpt | {"CLS-3-01", "CLS-3-05"}
    assert len(codes) == 15


def test_rien_n_est_invente():
    actions = Action.objects.all()

    assert set(
        actions.values_list("statut", "statut_le", "debut_prevu", "fin_prevue", "nature")
    ) == {("non_renseigne", None, None, None, "")}
    assert not actions.filter(contributions__isnull=False).exists()
    assert not actions.filter(territoires__isnull=False).exists()
    assert not PointEtape.objects.exists()
    assert set(Partenaire.objects.values_list("siret", "rna", "site")) == {("", "", "")}


def test_chaque_partenaire_est_nomme_par_un_extrait_du_texte():
    partenaires = Partenaire.objects.all()

    assert len(partenaires) > 10
    for partenaire in partenaires:
        noms = [partenaire.nom, partenaire.sigle or partenaire.nom]
        extrait = partenaire.mention.replace("\u2011", "-")
        assert any(nom in extrait for nom in noms), partenaire


def test_la_nature_d_un_partenaire_est_celle_que_le_texte_lui_donne():
    natures = dict(Partenaire.objects.values_list("slug", "nature"))

    assert {slug: nature for slug, nature in natures.items() if nature != "non_precisee"} == {
        "departement-des-hautes-alpes": "collectivite",
        "etat": "etat",
        **dict.fromkeys(["ars", "ccss", "dasen", "msa"], "institution"),
    }


def test_chaque_partenaire_se_nomme_avec_son_article():
    partenaires = Partenaire.objects.exclude(article="")

    assert {partenaire.nom_articule for partenaire in partenaires} == {
        *("le Département des Hautes-Alpes", "l’État", "l’ARS", "la CCSS", "la Dasen", "la MSA"),
        *("la Chambre d’agriculture", "la Maison départementale des adolescents"),
    }


def test_le_glossaire_definit_chaque_sigle(client):
    glossaire = _texte(client, "/glossaire/")

    for partenaire in Partenaire.objects.exclude(sigle=""):
        assert f" {partenaire.sigle} {typographier(partenaire.nom)}." in glossaire, partenaire


def test_l_accueil_se_lit_en_30_secondes(client):
    extrait = _texte(client, "/").partition("30 secondes")[2].partition("Les axes")[0]

    assert "la stratégie nationale de prévention et de lutte contre la pauvreté" in extrait
    # Thirty seconds, at some 240 words a minute.
    assert len(extrait.split()) <= 150


def test_un_partenaire_que_le_texte_appelle_autrement_est_a_confirmer(client):
    marquees = Action.objects.filter(partenaires_a_confirmer=True)

    textes = "".join(marquees.values_list("libelles__texte", flat=True))

    assert list(marquees.values_list("code", flat=True)) == ["CPT-3-01"]
    assert "Caf / CPAM" in textes and "CCSS" not in textes
    assert "que ce soit bien eux est à confirmer" in _texte(client, marquees[0].get_absolute_url())
    assert "partenaire à confirmer" in _texte(client, "/partenaires/ccss/")
    assert "partenaires nommés" in client.get("/actions.csv?q=Caf").getvalue().decode()


def test_une_convention_annuelle_n_est_pas_dite_renouvelee_au_masculin(client):
    page = _texte(client, "/contrats/cdie/")

    assert "Renouvellement : chaque année" in page.replace("\u00a0", " ")
    assert "renouvelé" not in page


def test_chaque_libelle_se_lit_sur_la_fiche_de_son_action_avec_sa_source(client):
    lus = 0

    for action in Action.objects.all():
        fiche = _texte(client, action.get_absolute_url())

        for libelle in action.libelles.all():
            lus += 1
            genre = "Libellé officiel" if libelle.officiel else "Autre formulation"
            attendu = (
                f"{typographier(libelle.texte)} {genre} – {typographier(libelle.source.titre)}"
            )
            assert attendu in fiche, libelle
    assert lus == 37


def test_ce_qui_est_a_confirmer_se_dit_sur_la_fiche(client):
    actions = Action.objects.all()

    assert {(a.fusion_a_confirmer, a.axe_a_confirmer) for a in actions} >= {
        (True, False),
        (False, True),
        (False, False),
    }
    for action in actions:
        fiche = _texte(client, action.get_absolute_url())

        assert ("ont été rapprochées" in fiche) == action.fusion_a_confirmer, action
        assert ("sans dire son axe" in fiche) == action.axe_a_confirmer, action


def _adresses_publiques() -> list[str]:
    objets = [
        objet
        for modele in (Action, Axe, Contrat, Partenaire)
        for objet in modele.objects.visibles()
    ]
    pages = [
        "/",
        "/pacte/",
        "/axes/",
        "/contrats/",
        "/actions/",
        "/actions/?page=2",
        "/partenaires/",
    ]
    autres = ["/recherche/?q=droits", "/actualites/", "/plan-du-site/"]
    return [*pages, *autres, *(objet.get_absolute_url() for objet in objets)]


def test_aucune_page_publique_ne_porte_de_montant(client):
    adresses = _adresses_publiques()

    for adresse in adresses:
        texte = _texte(client, adresse)
        assert "€" not in texte, adresse
        assert not re.search(r"\d[\d\s]*(euros?|k€|M€)\b", texte), adresse

    assert len(adresses) == 10 + 27 + 4 + 3 + 11


def test_aucune_note_interne_n_est_publiee(client):
    notes = set(Action.objects.exclude(note_interne="").values_list("note_interne", flat=True))
    telechargements = [client.get(f"/actions.{f}").getvalue().decode() for f in ("csv", "json")]

    pages = [_texte(client, adresse) for adresse in _adresses_publiques()] + telechargements

    assert len(notes) > 5
    for note in notes:
        assert not any(note in page or typographier(note) in page for page in pages), note


def test_le_pacte_est_celui_des_hautes_alpes(client):
    pacte = Pacte.objects.get()

    accueil = _texte(client, "/")

    assert str(pacte) == "Pacte local des solidarités des Hautes-Alpes"
    assert pacte.annees == [2024, 2025, 2026, 2027]
    assert "Lutter ensemble contre la pauvreté dans les Hautes-Alpes" in accueil
    assert "27 actions citées en exemple" in accueil
    assert "11 partenaires nommés" in accueil


def test_chaque_publication_du_chargement_est_au_journal():
    faits = EntreeJournal.objects.values_list("fait", "par", "apres__origine")

    assert set(faits) == {("publication.rendu_visible", None, "charger_referentiel")}
    assert len(faits) == 27 + 4 + 3 + 11


def test_la_commande_charge_les_donnees_et_les_roles(capsys):
    call_command("charger_referentiel")

    sortie = capsys.readouterr().out
    assert "Chargé : 0\u00a0création, 0\u00a0champ modifié." in sortie
    assert set(Group.objects.values_list("name", flat=True)) == {
        "Agents du Département",
        "Agents de l’État",
        "Administration du portail",
    }
