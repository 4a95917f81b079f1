"""The number of queries of a page: fourteen at most, the same with a few actions and with 500."""

from math import ceil

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from actions.exports import LIGNES_A_LA_FOIS
from actions.models import (
    Action,
    Contribution,
    Financement,
    Jalon,
    Libelle,
    PointEtape,
    Public,
    Source,
)
from contrats.models import Volet
from pacte.donnees_ouvertes.jeux import JEUX
from pacte.socle.publication import Publication
from partenaires.models import Partenaire

BUDGET = 14
BUDGET_ADMIN = 42
PAGES = [
    "/",
    "/pacte/",
    "/axes/",
    "/axes/3/",
    "/contrats/",
    "/contrats/cpt/",
    "/actions/",
    "/actions/?axe=1&axe=3&contrat=cpt&public=jeunes&tri=echeance",
    "/actions/?q=accompagner",
    "/actions/?q=accompagner&partenaire=mds&page=99",
    "/actions/?q=cariolix",
    "/actions/?q=voiture",
    "/actions/ecole-du-phare/",
    "/integrer/actions/?axe=1&contrat=cpt&public=jeunes",
    "/actualites.atom?axe=1&contrat=cpt&public=jeunes&q=accompagner",
    "/calendrier.ics?axe=1&contrat=cpt&public=jeunes&q=accompagner",
    "/actions/ecole-du-phare/fiche.pdf",
    "/subventions/",
    "/diagnostic/",
    "/rapports/",
    "/je-cherche/?besoin=me-deplacer&public=jeunes",
    "/partenaires/",
    "/partenaires/cub/",
    "/recherche/?q=accompagner",
    "/recherche/?q=cariolix",
    "/recherche/?q=voiture",
    "/actualites/",
    "/plan-du-site/",
    "/suivi/",
    "/donnees-ouvertes/",
    *(f"/donnees-ouvertes/{nom}/" for nom in JEUX),
    *(
        f"/donnees-ouvertes/{nom}.{fin}"
        for nom in JEUX
        if nom != "actions"
        for fin in ("csv", "json")
    ),
    "/donnees-ouvertes/catalogue.ttl",
]
ADMIN = [
    "/admin/",
    "/admin/actions/action/",
    "/admin/actions/action/?situation=sans_nouvelles",
    "/admin/actions/constat/",
    "/admin/pacte/comite/",
    "/admin/pacte/decision/",
    "/admin/partenaires/partenaire/",
    "/admin/contrats/volet/",
    "/admin/socle/courrier/",
    "/admin/socle/entreejournal/",
]


def multiplier_les_actions(nombre: int) -> None:
    """Add `nombre` visible actions over the volets, each with what surrounds an action."""
    volets = list(Volet.objects.all())
    partenaires = list(Partenaire.objects.all())
    publics = list(Public.objects.all())
    source = Source.objects.first()
    maintenant, jour = timezone.now(), timezone.localdate()
    actions = Action.objects.bulk_create(
        Action(
            code=f"VOL-{rang}",
            slug=f"volume-{rang}",
            titre=f"Accompagner le public numéro {rang}",
            volet=volets[rang % len(volets)],
            publication=Publication.VISIBLE,
            visible_depuis=maintenant,
        )
        for rang in range(nombre)
    )
    ranges = list(enumerate(actions))
    Libelle.objects.bulk_create(
        Libelle(action=a, texte=f"Accompagner {r}", source=source, officiel=True) for r, a in ranges
    )
    Contribution.objects.bulk_create(
        Contribution(
            action=a,
            partenaire=partenaires[r % len(partenaires)],
            role="associe",
            nature="autre",
            texte="Apporte son aide.",
        )
        for r, a in ranges
    )
    Jalon.objects.bulk_create(Jalon(action=a, libelle="Étape", prevu_le=jour) for _, a in ranges)
    PointEtape.objects.bulk_create(
        PointEtape(action=a, le=jour, statut="en_cours", fait="Lancé.") for _, a in ranges
    )
    Action.publics.through.objects.bulk_create(
        Action.publics.through(action=a, public=publics[r % len(publics)]) for r, a in ranges
    )
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE")  # what a server does by itself, between two transactions


def compter(client, adresse: str) -> int:
    with CaptureQueriesContext(connection) as requetes:
        assert client.get(adresse).status_code == 200
    return len(requetes)


def entourer_l_action(nombre: int) -> None:
    """Give the action of the page as many of each thing as a long-lived action would have."""
    action = Action.objects.get(slug="ecole-du-phare")
    jour = timezone.localdate()
    for rang, partenaire in zip(range(nombre), Partenaire.objects.all(), strict=False):
        Contribution.objects.create(
            action=action, partenaire=partenaire, role="associe", nature="autre", texte="Aide."
        )
        Jalon.objects.create(action=action, libelle=f"Étape {rang}", prevu_le=jour)
        PointEtape.objects.create(action=action, le=jour, statut="en_cours", fait="Avance.")


def test_les_pages_publiques_font_peu_de_requetes_et_toujours_autant(client, referentiel):
    """With money on every action too: 12 lines each, up to 6,000."""
    peu = Action.objects.count()
    entourer_l_action(1)
    assert financer_les_actions() == 12 * peu
    avant = {adresse: compter(client, adresse) for adresse in PAGES}

    multiplier_les_actions(500 - peu)
    entourer_l_action_davantage()
    assert financer_les_actions() == 12 * 500
    apres = {adresse: compter(client, adresse) for adresse in PAGES}

    assert {a: n for a, n in apres.items() if n > BUDGET} == {}
    assert {a: (avant[a], n) for a, n in apres.items() if n > avant[a]} == {}


def entourer_l_action_davantage() -> None:
    Contribution.objects.filter(action__slug="ecole-du-phare").delete()
    entourer_l_action(10)


def test_l_administration_ne_fait_pas_plus_de_requetes_avec_plus_de_lignes(
    client, referentiel, administrateur
):
    client.force_login(administrateur)
    fiche = f"/admin/actions/action/{Action.objects.get(slug='ecole-du-phare').pk}/change/"
    entourer_l_action(1)
    avant = {adresse: compter(client, adresse) for adresse in [*ADMIN, fiche]}

    multiplier_les_actions(300)
    entourer_l_action_davantage()
    apres = {adresse: compter(client, adresse) for adresse in [*ADMIN, fiche]}

    assert {a: n for a, n in apres.items() if n > BUDGET_ADMIN} == {}
    # One more where a list was too short to be counted apart.
    assert {a: (avant[a], n) for a, n in apres.items() if n > avant[a] + 1} == {}


@pytest.mark.parametrize(
    "adresse",
    [
        "/actions.csv",
        "/actions.json",
        "/donnees-ouvertes/actions.csv",
        "/donnees-ouvertes/actions.json",
    ],
)
def test_un_export_lit_par_tranches(client, referentiel, adresse):
    """What surrounds a hundred actions is read at once, and a worker holds no more of them."""

    def exporter():
        with CaptureQueriesContext(connection) as requetes:
            reponse = client.get(adresse)
            b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
        return len(requetes)

    entourer_l_action(1)
    une_tranche = exporter()
    multiplier_les_actions(400)

    tranches = ceil(Action.objects.visibles().count() / LIGNES_A_LA_FOIS)
    assert une_tranche <= BUDGET
    assert exporter() <= une_tranche * tranches


def financer_les_actions() -> int:
    """Add three funders × four years to every action without money; return how many lines."""
    financeurs = list(Partenaire.objects.filter(slug__in=["etat", "mds", "cub"]))
    Financement.objects.bulk_create(
        (
            Financement(action_id=pk, annee_id=annee, financeur=financeur, prevu=1000 + pk)
            for pk in list(Action.objects.filter(financements=None).values_list("pk", flat=True))
            for annee in (2024, 2025, 2026, 2027)
            for financeur in financeurs
        ),
        batch_size=5_000,
    )
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE")
    return Financement.objects.count()
