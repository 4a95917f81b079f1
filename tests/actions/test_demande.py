"""« Je cherche… »: a need, a public, what may answer, and what is not known said as such."""

import pytest

from actions.models import Besoin, Public
from tests import fabriques as f
from tests.lecture import contenu, lisible

pytestmark = pytest.mark.django_db
BROUILLON = {"publication": "brouillon", "visible_depuis": None}


@pytest.fixture
def deplacer(db):
    return Besoin.objects.create(code="me-deplacer", nom="me déplacer", a_confirmer=True)


@pytest.fixture
def jeunes(db):
    return Public.objects.create(code="jeunes", nom="Jeunes")


@pytest.fixture
def covoiturage(deplacer):
    action = f.creer_action("Covoiturer")
    action.besoins.add(deplacer)
    return action


def lire(client, **choix) -> str:
    return lisible(contenu(client.get("/je-cherche/", choix)))


def trouvees(client, **choix) -> list[str]:
    page = client.get("/je-cherche/", choix).context["page"]
    return [action.titre for action in page.object_list]


def test_l_accueil_demande_seulement_ce_a_quoi_une_action_repond(client, covoiturage):
    Besoin.objects.create(code="me-loger", nom="me loger")
    cachee = f.creer_action("Cachée", **BROUILLON)
    cachee.besoins.add(Besoin.objects.create(code="me-nourrir", nom="me nourrir"))

    page = lisible(contenu(client.get("/")))

    assert 'action="/je-cherche/"' in page
    assert "me déplacer" in page
    assert "me loger" not in page
    assert "me nourrir" not in page


def test_sans_besoin_saisi_l_accueil_ne_demande_rien(client):
    f.creer_action()

    assert "Je cherche…" not in contenu(client.get("/"))


def test_ce_qui_ne_recoit_personne_vient_apres_et_dit_pourquoi(client, deplacer):
    for titre, statut in (("Abandonner", "abandonnee"), ("Bouger", "en_cours"), ("Conduire", "")):
        champs = {"statut": statut, "motif": "Faute de bras."} if statut else {}
        f.creer_action(titre, **champs).besoins.add(deplacer)

    assert trouvees(client, besoin="me-deplacer") == ["Bouger", "Conduire", "Abandonner"]
    assert "Abandonnée" in lire(client, besoin="me-deplacer")


def test_deux_choix_sans_reponse_menent_a_chacun(client, covoiturage, jeunes):
    autre = f.creer_action("Former")
    autre.publics.add(jeunes)
    covoiturage.publics.add(Public.objects.create(code="aines", nom="Aînés"))

    reponse = client.get("/je-cherche/", {"besoin": "me-deplacer", "public": "jeunes"})

    assert reponse.context["page"].object_list == []
    page = contenu(reponse)
    assert "?besoin=me-deplacer" in page and "?public=jeunes" in page
    assert "ne dit répondre à ces deux choix" in lisible(page)


def test_sans_question_aucune_action_n_est_montree(client, covoiturage):
    assert trouvees(client) == []
    assert "Covoiturer" not in lire(client)


def test_ce_qui_n_est_pas_communique_est_dit_avec_a_qui_demander(client, covoiturage):
    page = lire(client, besoin="me-deplacer")

    assert "Je cherche de l’aide pour me déplacer" in page
    assert page.count("non communiqué") == 3
    assert "Cette action n’est pas un guichet" in page
    assert '<a href="/contact/">demandez-nous</a>' in page
    assert "<strong>à confirmer</strong>" in page


def test_la_mise_en_garde_s_accorde_avec_le_nombre_d_actions(client, covoiturage, deplacer):
    f.creer_action("Vélos").besoins.add(deplacer)

    assert "Ces actions ne sont pas des guichets" in lire(client, besoin="me-deplacer")


def test_ce_qui_est_saisi_se_lit_et_les_mises_en_garde_partent(client, covoiturage, jeunes):
    type(covoiturage).objects.update(comment_en_beneficier="Pousser la porte.")
    covoiturage.publics.add(jeunes)
    f.creer_contribution(
        action=covoiturage,
        role="pilote",
        partenaire=f.creer_partenaire("Roue libre", site="https://roue.exemple.fr/"),
    )
    Besoin.objects.update(a_confirmer=False)

    page = lire(client, besoin="me-deplacer")

    for attendu in ("Pousser la porte.", "Jeunes", "Roue libre", "https://roue.exemple.fr/"):
        assert attendu in page
    for parti in ("non communiqué", "guichets", "à confirmer", "demandez-nous"):
        assert parti not in page


def test_un_pilote_sans_site_mene_quand_meme_a_qui_demander(client, covoiturage):
    pilote = f.creer_partenaire("Roue libre")
    f.creer_contribution(action=covoiturage, role="pilote", partenaire=pilote)
    cache = f.creer_partenaire("Cachée", **BROUILLON)
    f.creer_contribution(action=covoiturage, role="copilote", partenaire=cache)

    page = lire(client, besoin="me-deplacer")

    assert '(coordonnées non communiquées) : <a href="/contact/">demandez-nous</a>' in page
    assert "Cachée" not in page


def test_une_action_qui_ne_dit_pas_pour_qui_suit_celles_qui_le_disent(
    client, covoiturage, deplacer, jeunes
):
    pour_eux, pour_d_autres = f.creer_action("Vélos"), f.creer_action("Taxis")
    pour_eux.publics.add(jeunes)
    pour_d_autres.publics.add(Public.objects.create(code="aines", nom="Aînés"))
    for action in (pour_eux, pour_d_autres):
        action.besoins.add(deplacer)

    assert trouvees(client, besoin="me-deplacer", public="jeunes") == ["Vélos", "Covoiturer"]
    assert trouvees(client, public="jeunes") == ["Vélos"]


@pytest.mark.parametrize("code", ["inconnu", "me-loger", "a\0b", "é" * 90])
def test_une_valeur_inconnue_est_laissee_et_dite(client, covoiturage, code):
    Besoin.objects.create(code="me-loger", nom="me loger")

    page = lire(client, besoin=code)

    assert "a été ignoré" in page
    assert "Covoiturer" not in page


def test_la_liste_se_filtre_par_besoin(client, covoiturage):
    f.creer_action("Autre")

    assert 'name="besoin"' not in contenu(client.get("/actions/"))
    page = contenu(client.get("/actions/?besoin=me-deplacer"))
    assert 'name="besoin" value="me-deplacer" checked' in page

    assert "Covoiturer" in page
    assert "Autre" not in lisible(page)
    assert client.get("/actions/?besoin=zzz").context["avertissements"]


def test_un_agent_voit_les_rapprochements_a_confirmer(client, covoiturage, agent_departement):
    client.force_login(agent_departement)

    assert "Besoins dont les actions sont à confirmer" in lisible(contenu(client.get("/admin/")))
