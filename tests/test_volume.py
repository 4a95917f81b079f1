"""Pages stay quick as the roadmap grows: what the planner uses, what a page weighs."""

from collections import Counter

import pytest
from django.db import connection

from actions.models import Action, Indicateur, Jalon, Libelle, PointEtape
from actions.models.argent import FINANCEURS_MONTRES
from pacte.socle.mots import Porte
from pacte.socle.recherche import Terme
from partenaires.models import Partenaire
from tests.lecture import lire
from tests.volume import remplir

# Bytes of a page before it is compressed, whatever the number of actions.
PLAFOND = 160_000
PAGES = ["/", "/actions/", "/axes/1/", "/suivi/", "/partenaires/", "/partenaires/{}/"]
PAGES += ["/calendrier.ics", "/actualites.atom", "/actualites/", "/je-cherche/", "/financements/"]
INDEX = {
    "action_publiee_par_titre": lambda: Action.objects.filter(publication="visible").par_titre(),
    "jalon_par_date": lambda: Jalon.objects.order_by("prevu_le", "pk"),
    "jalon_attendu": lambda: Jalon.objects.filter(action=1, atteint_le__isnull=True).order_by(
        "prevu_le"
    ),
    "point_en_vigueur_par_date": lambda: PointEtape.objects.en_vigueur(),
}
RARE = Terme((("logement",), ("grand", "precarit")))
# SQLite reads every key.
if connection.vendor == "postgresql":
    INDEX["action_mots"] = lambda: Action.objects.filter(Porte(RARE, "cle_titre", "cle_texte"))
    INDEX["libelle_mots"] = lambda: Libelle.objects.filter(Porte(RARE, "cle_texte"))


@pytest.fixture(scope="module")
def volume(base_du_module):
    remplir(500)


def plan(queryset) -> str:
    """Return how the database would read the first rows of `queryset`."""
    requete, parametres = queryset.values("pk")[:20].query.sql_with_params()
    debut = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as curseur:
        curseur.execute(f"{debut} {requete}", parametres)
        return "\n".join(str(ligne) for ligne in curseur.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize("nom", INDEX)
def test_les_listes_lisent_leur_index_et_rien_d_autre(volume, nom):
    assert nom in plan(INDEX[nom]())


@pytest.mark.django_db
def test_aucune_page_ne_grossit_sans_fin(volume, client):
    departement = Partenaire.objects.get(partie="departement").slug

    octets = {page: len(client.get(page.format(departement)).content) for page in PAGES}

    assert {page: nombre for page, nombre in octets.items() if nombre > PLAFOND} == {}


@pytest.mark.django_db
def test_un_tableau_d_argent_dit_ce_qu_il_ne_detaille_pas(volume, client):
    page = lire(client, "/suivi/")

    assert page.count('class="argent__financeur"') == FINANCEURS_MONTRES + 1
    assert "autres financeurs" in page
    assert "/financements/" in page


@pytest.mark.django_db
def test_les_positions_comptees_sont_celles_de_chaque_indicateur(volume):
    Indicateur.objects.filter(pk__in=Indicateur.objects.order_by("pk")[:200]).update(
        cumulatif=True, sens="baisse"
    )

    attendu = Counter(indicateur.position for indicateur in Indicateur.objects.publics())

    assert Indicateur.objects.positions() == attendu
    assert len(attendu) > 2


@pytest.mark.django_db
def test_le_retard_compte_est_celui_que_chaque_action_montre(volume):
    actions = Action.objects.with_echeance()

    montrees = {action.pk for action in actions if action.est_en_retard}

    assert montrees == set(Action.objects.en_retard().values_list("pk", flat=True))
    assert montrees


@pytest.mark.django_db
def test_trop_d_actions_pour_un_menu_chacune_garde_ses_lignes(volume, client):
    action = Action.objects.visibles().filter(financements__isnull=False).first()

    toutes = lire(client, "/financements/")
    sienne = lire(client, f"/financements/?action={action.slug}")
    aucune = lire(client, "/financements/?action=inconnue%00")

    assert 'name="action"' not in toutes
    assert "partir de sa fiche" in toutes
    assert sienne.count("<option") < toutes.count("<option") + 3
    assert f'<option value="{action.slug}" selected>' in sienne
    assert f"<strong>{action.financements.count()}" in sienne
    assert "a été ignoré" in aucune


@pytest.mark.django_db
def test_un_partenaire_dont_la_case_n_est_pas_montree_se_cherche_par_son_nom(volume, client):
    montres = {o.cle for o, _ in _facette_des_partenaires(client, "").boites}
    cache = (
        Partenaire.objects.visibles()
        .filter(contributions__isnull=False)
        .exclude(slug__in=montres)[0]
    )

    facette = _facette_des_partenaires(client, cache.nom)

    assert facette.se_cherche and facette.tues
    assert [o.cle for o, choisie in facette.boites if choisie] == [cache.slug]
    page = client.get("/actions/", {"partenaire": cache.nom})
    assert '<input type="search" form="filtre" name="partenaire"' in page.content.decode()
    assert (
        page.context["filtre"].total
        == Action.objects.visibles().de_partenaires([cache.slug]).count()
        > 0
    )


def _facette_des_partenaires(client, valeur: str):
    filtre = client.get("/actions/", {"partenaire": valeur}).context["filtre"]
    return next(groupe for groupe in filtre.groupes if groupe.nom == "partenaire")
