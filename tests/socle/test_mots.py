"""The words of search keys: found alike by an index and by whoever reads every key."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.models import Action
from pacte.socle.cles import Parmi
from pacte.socle.mots import Porte
from pacte.socle.recherche import Terme, est_du_mot
from tests.fabriques import creer_action, creer_volet

pytestmark = pytest.mark.django_db

# Short ones are found whole, others as the start of a word too; signs of numbers are letters here.
RACINES = ["log", "loge", "logement", "precarit", "precaritaire", "12", "2024", "20245", "1e5"]
mots = st.lists(st.sampled_from(RACINES), max_size=4)
termes = st.lists(st.lists(st.sampled_from(RACINES), min_size=1, max_size=2), min_size=1)


@pytest.fixture
def action(db):
    return creer_action("Zébulon")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(titre=mots, texte=mots, variantes=termes)
def test_la_base_trouve_ce_qu_un_lecteur_trouverait(action, titre, texte, variantes):
    Action.objects.update(cle_titre=f" {' '.join(titre)} ", cle_texte=f" {' '.join(texte)} ")
    terme = Terme(tuple(map(tuple, variantes)))

    trouvees = Action.objects.filter(Porte(terme, "cle_titre", "cle_texte"))

    presents = [*titre, *texte]
    assert trouvees.exists() == any(
        all(any(est_du_mot(present, racine) for present in presents) for racine in variante)
        for variante in variantes
    )


def test_les_parentes_d_un_mot_le_valent(action):
    """« alimentaire » and « alimentation », which the stemmer cuts apart."""
    action.description = "Une alimentation saine"
    action.save()

    assert Action.objects.filter(Porte(Terme((("alimentair",),)), "cle_texte")).get() == action


def test_beaucoup_de_cles_se_donnent_d_un_coup(django_assert_num_queries):
    volet = creer_volet()
    actions = [creer_action(f"Action {rang}", volet=volet) for rang in range(3)]
    cles = [actions[2].pk, actions[0].pk, *range(10_000, 60_000)]

    with django_assert_num_queries(1):
        trouvees = set(Action.objects.filter(Parmi("pk", cles)))

    assert trouvees == {actions[0], actions[2]}
    assert not Action.objects.filter(Parmi("pk", [])).exists()
