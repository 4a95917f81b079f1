"""« Ce qui manque »: each thing missing says whose turn it is, by when, and goes when entered."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils.timezone import localdate

from actions.models import Action, Financement, Indicateur, Jalon, Public, Releve, Territoire
from actions.models.completude import ELEMENTS
from contrats.models import Annee, Exercice
from pacte.suivi.manques import GENRES, Inventaire, regrouper
from tests import fabriques as f
from tests.conftest import creer_agent
from tests.lecture import contenu, lignes_csv, lisible

pytestmark = pytest.mark.django_db
ADRESSE = "/admin/ce-qui-manque/"
CETTE_ANNEE = localdate().year
PASSEE = CETTE_ANNEE - 1
SIENS = ["en_clair", "pilote", "contribution", "publics", "territoires", "calendrier", "jalons"]
SIENS += ["indicateur", "nouvelles"]


@pytest.fixture
def parties(db):
    for annee in (PASSEE, CETTE_ANNEE, CETTE_ANNEE + 1):
        Annee.objects.get_or_create(pk=annee)
    return {
        partie: f.creer_partenaire(partie.capitalize(), partie=partie)
        for partie in ("etat", "departement")
    }


@pytest.fixture
def action(parties):
    return f.creer_action("Accueillir", code="CLS-1-01")


def _dits(**choix) -> list[tuple]:
    """Return (kind, year, turn) of what is missing of all the visible actions."""
    manques = Inventaire(Action.objects.visibles()).manques
    dits = [(m.genre, m.annee, m.tour) for m in manques]
    return [d for d in dits if all(d[rang] == v for rang, v in choix.values())]


def _genres() -> set[str]:
    return {genre for genre, _, _ in _dits()}


def test_une_action_nue_manque_de_tout_ce_qu_on_peut_en_dire(action):
    propres = [dit for dit in _dits() if dit[1] is None]

    assert {genre for genre, _, _ in propres} == set(SIENS)
    assert {tour for _, _, tour in propres} == {"departement"}
    assert [dit for dit in _dits() if dit[1]] == [
        ("prevu", PASSEE, "etat"),
        ("prevu", PASSEE, "departement"),
        ("prevu", CETTE_ANNEE, "etat"),
        ("prevu", CETTE_ANNEE, "departement"),
    ]
    assert action.code in {m.action.code for m in Inventaire(Action.objects.visibles()).manques}


def test_chaque_saisie_fait_disparaitre_ce_qu_elle_dit(action, administrateur):
    def plus_que(*restent):
        return [genre for genre in SIENS if genre in _genres()] == list(restent)

    Action.objects.filter(pk=action.pk).update(en_clair="Deux phrases.")
    assert plus_que(*SIENS[1:])
    contribution = f.creer_contribution(action=action, role="associe")
    assert plus_que("pilote", *SIENS[3:])
    type(contribution).objects.update(role="copilote")
    assert plus_que(*SIENS[3:])
    action.publics.add(Public.objects.create(code="p", nom="Jeunes"))
    action.territoires.add(Territoire.objects.create(code="t", nom="Val", nature="epci"))
    Action.objects.filter(pk=action.pk).update(fin_prevue=date(CETTE_ANNEE, 12, 31))
    assert plus_que("jalons", "indicateur", "nouvelles")
    Jalon.objects.create(action=action, libelle="Ouvrir", prevu_le=localdate())
    f.creer_indicateur(action=action)
    assert plus_que("nouvelles")
    f.creer_point(action, localdate())
    action.reprendre_statut(par=administrateur)
    assert plus_que()


@pytest.mark.parametrize("connue", ["debut_prevu", "fin_prevue"])
def test_une_seule_date_fait_deja_un_calendrier(action, connue):
    Action.objects.filter(pk=action.pk).update(**{connue: localdate()})

    assert "calendrier" not in _genres()


def test_ce_qui_est_d_une_autre_action_ne_compte_pas(action):
    autre = f.creer_action(code="CLS-1-02", publication="brouillon")
    f.creer_contribution(action=autre, role="pilote")
    f.creer_indicateur(action=autre, reference=3)
    Jalon.objects.create(action=autre, libelle="Ouvrir", prevu_le=localdate())
    autre.publics.add(Public.objects.create(code="p", nom="Jeunes"))
    autre.territoires.add(Territoire.objects.create(code="t", nom="Val", nature="epci"))
    Financement.objects.create(
        action=autre, annee_id=PASSEE, financeur=f.creer_partenaire(), prevu=1
    )

    ailleurs = {"pilote", "contribution", "indicateur", "jalons", "publics", "territoires"}
    assert ailleurs <= _genres()
    assert ("prevu", PASSEE, "departement") in _dits()


def test_la_contribution_d_un_partenaire_cache_n_est_pas_dite(action):
    cache = f.creer_partenaire(publication="brouillon", visible_depuis=None)
    f.creer_contribution(action=action, partenaire=cache, role="pilote")

    assert {"pilote", "contribution"} <= _genres()


def test_chacun_ses_montants_de_chaque_annee(action, parties):
    for partie, annee, champs in [
        ("etat", PASSEE, {"prevu": 10}),
        ("departement", PASSEE, {"prevu": 10, "paye": 0}),
        ("departement", CETTE_ANNEE, {"prevu": 0}),
    ]:
        Financement.objects.create(
            action=action, annee_id=annee, financeur=parties[partie], **champs
        )

    montants = [dit for dit in _dits() if dit[0] in ("prevu", "paye")]
    assert montants == [("paye", PASSEE, "etat"), ("prevu", CETTE_ANNEE, "etat")]


def test_un_montant_prevu_inconnu_reste_a_saisir(action, parties):
    Financement.objects.create(
        action=action, annee_id=CETTE_ANNEE, financeur=parties["etat"], engage=5
    )

    assert ("prevu", CETTE_ANNEE, "etat") in _dits()


def test_les_montants_des_autres_financeurs_reviennent_au_departement(action):
    Financement.objects.create(
        action=action, annee_id=PASSEE, financeur=f.creer_partenaire(), prevu=10
    )

    assert ("paye", PASSEE, "departement") in _dits()
    assert ("prevu", PASSEE, "departement") in _dits()


def test_rien_n_est_du_hors_du_calendrier_de_l_action(action):
    Action.objects.filter(pk=action.pk).update(debut_prevu=date(CETTE_ANNEE, 1, 1))
    assert {annee for _, annee, _ in _dits() if annee} == {CETTE_ANNEE}

    Action.objects.filter(pk=action.pk).update(debut_prevu=None, fin_prevue=date(PASSEE, 12, 31))
    assert {annee for _, annee, _ in _dits() if annee} == {PASSEE}

    Action.objects.filter(pk=action.pk).update(fin_prevue=date(CETTE_ANNEE + 1, 12, 31))
    assert {annee for _, annee, _ in _dits() if annee} == {PASSEE, CETTE_ANNEE}


def test_la_valeur_d_un_indicateur_revient_a_qui_en_est_charge(action):
    caisse = f.creer_partenaire("Caisse d’essai", slug="caisse")
    indicateur = f.creer_indicateur(action=action, responsable=caisse, libelle="Visites")
    f.creer_indicateur(action=action, libelle="Autre", reference=0)

    assert [dit for dit in _dits() if dit[0] == "valeur"] == [
        ("valeur", PASSEE, "caisse"),
        ("valeur", PASSEE, "departement"),
    ]
    assert [dit for dit in _dits() if dit[0] == "reference"] == [("reference", None, "caisse")]
    Releve.objects.create(indicateur=indicateur, annee_id=PASSEE, cible=3)
    assert ("valeur", PASSEE, "caisse") in _dits()
    Releve.objects.update(valeur=Decimal(0))
    assert ("valeur", PASSEE, "caisse") not in _dits()
    Indicateur.objects.update(reference=Decimal(0))
    assert "reference" not in _genres()


def test_une_contribution_se_confirme_chaque_annee(action):
    contribution = f.creer_contribution(action=action)
    slug = contribution.partenaire.slug

    assert ("confirmation", CETTE_ANNEE, slug) in _dits()
    type(contribution).objects.update(confirmee_le=localdate(), confirmee_par=f.creer_personne())
    assert "confirmation" not in _genres()


@pytest.mark.parametrize(("departement", "est_dit"), [(900, True), (1000, False)])
def test_un_ecart_de_parite_revient_aux_deux(action, parties, departement, est_dit):
    type(action.volet).objects.update(part_etat_attendue=50)
    for partie, prevu in (("etat", 1000), ("departement", departement)):
        Financement.objects.create(
            action=action, annee_id=PASSEE, financeur=parties[partie], prevu=prevu
        )

    tours = [tour for genre, _, tour in _dits() if genre == "parite"]
    assert tours == (["etat", "departement"] if est_dit else [])
    noms = {m.nom for m in Inventaire(Action.objects.visibles()).manques if m.genre == "parite"}
    assert noms == ({"montants prévus à revoir (écart de parité)"} if est_dit else set())


def test_un_ecart_d_une_annee_que_la_periode_compense_n_est_pas_un_manque(action, parties):
    type(action.volet).objects.update(part_etat_attendue=50)
    for annee, prevus in ((PASSEE, (1000, 900)), (CETTE_ANNEE, (900, 1000))):
        for partie, prevu in zip(("etat", "departement"), prevus, strict=True):
            Financement.objects.create(
                action=action, annee_id=annee, financeur=parties[partie], prevu=prevu
            )

    assert "parite" not in _genres()


def test_l_echeance_est_celle_du_rapport_du_contrat(action):
    contrat = action.volet.contrat
    avant_le = date(CETTE_ANNEE + 1, 3, 31)
    Exercice.objects.create(contrat=contrat, annee_id=CETTE_ANNEE, rapport_avant_le=avant_le)

    manques = Inventaire(Action.objects.visibles()).manques

    assert {m.avant_le for m in manques if m.annee == CETTE_ANNEE} == {avant_le}
    assert {m.avant_le for m in manques if m.annee != CETTE_ANNEE} == {None}
    assert manques[0].annee == CETTE_ANNEE


def test_rien_n_est_demande_d_une_annee_close(action):
    f.clore(action.volet.contrat, PASSEE)

    assert {annee for _, annee, _ in _dits() if annee} == {CETTE_ANNEE}


def test_le_plus_proche_se_lit_d_abord_puis_par_annee_puis_par_code(parties):
    """Two contracts whose report of last year is due one day, a third that nobody dated."""
    tard, tot, _jamais = (f.creer_action(code=code) for code in ("A-1", "A-2", "A-3"))
    for du, mois in ((tard, 6), (tot, 3)):
        Exercice.objects.create(
            contrat=du.volet.contrat, annee_id=PASSEE, rapport_avant_le=date(CETTE_ANNEE, mois, 1)
        )

    manques = Inventaire(Action.objects.visibles()).manques

    prevus = [(m.action.code, m.annee) for m in manques if (m.genre, m.tour) == ("prevu", "etat")]
    assert prevus == [
        *(("A-2", PASSEE), ("A-1", PASSEE), ("A-3", PASSEE)),
        *(("A-1", CETTE_ANNEE), ("A-2", CETTE_ANNEE), ("A-3", CETTE_ANNEE)),
    ]


def test_un_manque_se_nomme_avec_son_annee_ce_qu_il_precise_et_a_qui_il_revient(action, parties):
    caisse = f.creer_partenaire("Caisse d’essai", sigle="CE")
    f.creer_indicateur(action=action, responsable=caisse, libelle="Visites")
    f.creer_indicateur(action=action, responsable=parties["etat"], libelle="Séjours", reference=1)

    dits = [(m.nom, m.nom_du_tour, m.tour) for m in Inventaire(Action.objects.visibles()).manques]

    assert {
        ("résumé en clair", "Département", "departement"),
        ("situation de départ (Visites)", "CE", caisse.slug),
        (f"valeur d’un indicateur {PASSEE} (Visites)", "CE", caisse.slug),
        (f"valeur d’un indicateur {PASSEE} (Séjours)", "État", "etat"),
        (f"montant prévu {PASSEE}", "État", "etat"),
    } <= set(dits)


def test_regrouper_compte_les_actions(action):
    f.creer_action(code="CLS-1-03", volet=action.volet)

    sujets = regrouper(Inventaire(Action.objects.visibles()).manques)

    prevus = [s for s in sujets if (s.genre, s.annee, s.tour) == ("prevu", PASSEE, "etat")]
    assert [(s.actions, s.nom) for s in prevus] == [(2, f"montant prévu {PASSEE}")]


def test_la_page_se_filtre_de_six_facons(client, action, parties, agent_departement):
    autre = f.creer_action("Ailleurs", code="CPT-3-01", en_clair="Dit.")
    f.creer_contribution(action=autre, role="pilote", partenaire=parties["departement"])
    client.force_login(agent_departement)

    def codes(**choix) -> set[str]:
        selection = client.get(ADRESSE, choix).context["selection"]
        assert selection.choix == choix
        return {m.action.code for m in selection.manques}

    assert codes() == {"CLS-1-01", "CPT-3-01"}
    assert codes(contrat=action.volet.contrat.slug) == {"CLS-1-01"}
    assert codes(axe=str(autre.volet.axe.numero)) == {"CPT-3-01"}
    assert codes(pilote=parties["departement"].slug) == {"CPT-3-01"}
    assert codes(genre="en_clair") == {"CLS-1-01"}
    de_l_etat = client.get(ADRESSE, {"tour": "etat", "annee": str(PASSEE)}).context["selection"]
    assert {(m.genre, m.annee, m.tour) for m in de_l_etat.manques} == {("prevu", PASSEE, "etat")}


def test_la_page_mene_a_la_fiche_et_se_telecharge(client, action, agent_departement):
    client.force_login(agent_departement)

    page = client.get(ADRESSE, {"genre": "prevu"}).content.decode()
    lignes = lignes_csv(client.get(ADRESSE, {"genre": "prevu", "format": "csv"}))

    rubrique = f"/admin/actions/action/{action.pk}/argent/"
    assert f'href="{rubrique}"' in page
    assert 'id="financements-group"' in client.get(rubrique).content.decode()
    assert [(x["Code"], x["Année"], x["À qui"]) for x in lignes] == [
        ("CLS-1-01", str(annee), qui)
        for annee in (PASSEE, CETTE_ANNEE)
        for qui in ("État", "Département")
    ]
    assert {ligne["Sélection"] for ligne in lignes} == {"montant prévu"}
    for format_export in ("xlsx", "ods", "json"):
        reponse = client.get(ADRESSE, {"format": format_export})
        assert reponse.status_code == 200


@pytest.mark.parametrize("choix", ["contrat=x", "tour=%25", "annee=abc", "format=pdf", "page=99"])
def test_un_choix_inconnu_ne_filtre_rien(client, action, agent_departement, choix):
    client.force_login(agent_departement)

    page = client.get(f"{ADRESSE}?{choix}")

    assert page.status_code == 200
    assert page.context["selection"].choix == {}
    assert "13\u00a0éléments" in page.content.decode()


def test_la_page_est_bornee_et_ses_requetes_aussi(
    client, action, agent_departement, django_assert_max_num_queries
):
    for rang in range(60):
        f.creer_action(code=f"CLS-1-{rang + 10}", volet=action.volet)
    client.force_login(agent_departement)
    client.get(ADRESSE)

    with django_assert_max_num_queries(24):
        page = client.get(ADRESSE, {"page": "2"})

    assert len(page.context["page"].object_list) == 11


def test_l_accueil_dit_a_chaque_partie_ce_qu_elle_a_a_saisir(
    client, action, agent_departement, agent_etat
):
    vus = {}
    for agent in (agent_departement, agent_etat):
        client.force_login(agent)
        sujets = {s.titre: s for s in client.get("/admin/").context["a_traiter"]}
        vus[agent] = sujets["À saisir, échéance la plus proche d’abord"]

    assert vus[agent_etat].nombre == 2
    assert vus[agent_etat].lignes[0][0] == f"Montant prévu {PASSEE} : 1\u00a0action"
    assert vus[agent_departement].nombre == len(SIENS) + 2
    for _texte, _detail, adresse in vus[agent_etat].lignes:
        selection = client.get(adresse).context["selection"]
        assert len(selection.manques) == 1


def test_la_page_demande_un_droit(client, action):
    assert client.get(ADRESSE).status_code == 302
    agent = creer_agent("Agents de l’État", "lecteur@etat.exemple")
    agent.groups.clear()
    client.force_login(agent)
    assert client.get(ADRESSE).status_code == 403


def test_le_public_lit_combien_est_communique(client, action):
    fiche = lisible(contenu(client.get(action.get_absolute_url())))
    contrat = lisible(contenu(client.get(action.volet.contrat.get_absolute_url())))

    assert "Cette fiche communique 0 élément sur 10." in fiche
    assert "Pas encore communiqué : le résumé en clair, le pilote," in fiche
    assert "0 élément sur 10, pour 1 action." in contrat
    Action.objects.update(en_clair="Dit.", statut="en_cours")
    fiche = lisible(contenu(client.get(action.get_absolute_url())))
    assert "Cette fiche communique 2 éléments sur 10." in fiche
    assert "résumé en clair," not in fiche


def test_la_completude_compte_chaque_element(action, parties):
    Financement.objects.create(action=action, annee_id=PASSEE, financeur=parties["etat"], prevu=0)
    autre = f.creer_action(code="CLS-1-04", en_clair="Dit.")
    Financement.objects.create(action=autre, annee_id=PASSEE, financeur=parties["etat"], paye=1)

    completude = Action.objects.visibles().completude()

    assert (completude.actions, completude.dits, completude.attendus) == (2, 2, 20)
    assert {code for code, nombre in completude.par_element.items() if nombre} == {
        "en_clair",
        "montant",
    }
    assert list(completude.par_element) == list(ELEMENTS)


def test_chaque_genre_mene_a_une_rubrique(client, action, agent_departement):
    client.force_login(agent_departement)

    rubriques = {rubrique for code, (_, rubrique) in GENRES.items() if code != "constat"}
    adresses = [f"/admin/actions/action/{action.pk}/{rubrique}/" for rubrique in rubriques]
    assert {client.get(adresse).status_code for adresse in adresses} == {200}
