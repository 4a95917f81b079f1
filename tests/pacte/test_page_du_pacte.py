"""What the pact is: on a page of its own, first in the menu, and in short on the home page."""

import re

import pytest

from axes.models import Axe
from contrats.models import Contrat, Pacte
from pacte.socle.typographie import typographier
from tests.lecture import lire, lisible

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("referentiel")]
BULLETINS = r"\bbulletins?\b"
ENTRER_AU_PACTE = r"\brejoin\w+ (?:le Pacte|un contrat|ce contrat)|\badhésion\b|\badhérer\b"


def test_le_pacte_est_la_premiere_entree_du_menu(client):
    page = lire(client, "/pacte/")

    menu = re.search(r'aria-label="Menu principal">.*?</nav>', page, re.DOTALL).group(0)
    premiere = re.search(r"<li>(.*?)</li>", menu).group(1)
    assert premiere == '<a href="/pacte/" aria-current="page">Le Pacte</a>'
    assert "/pacte/" in client.get("/sitemap.xml").content.decode()
    assert 'href="/pacte/"' in re.search(
        r"<main.*</main>", lire(client, "/plan-du-site/"), re.DOTALL
    ).group(0)


def test_la_page_dit_tous_les_textes_leur_source_et_comment_prendre_part(client):
    page, pacte = lire(client, "/pacte/"), Pacte.objects.get()

    for texte in (pacte.en_bref, pacte.contractualisation, pacte.declinaison, pacte.source):
        assert lisible(typographier(texte)) in page
    for contrat in Contrat.objects.all():
        assert lisible(typographier(contrat.perimetre)) in page
        presentation = typographier(contrat.presentation).replace("\n", "<br>")
        assert lisible(presentation) in page
    assert '<a class="btn btn-primary" href="/adhesion/">Prendre part au Pacte</a>' in page


@pytest.mark.parametrize("numero", [1, 2, 3, 4])
def test_un_axe_montre_ses_trois_formulations(client, numero):
    axe = Axe.objects.get(numero=numero)

    for adresse in ("/pacte/", axe.get_absolute_url()):
        page = lire(client, adresse)
        for formulation in (axe.titre, axe.libelle_officiel, axe.libelle_court):
            assert f">{typographier(formulation)}<" in page, (adresse, formulation)


def test_l_accueil_dit_le_pacte_en_30_secondes_avant_les_axes(client):
    page = lire(client, "/")

    ordre = [page.index(repere) for repere in ('class="chiffres"', "30 secondes", "<h2>Les axes")]
    extrait = page[ordre[1] : ordre[2]]
    mots = re.sub(r"<[^>]+>", " ", extrait).split()
    assert ordre == sorted(ordre)
    assert "dans un pays qui n’existe pas" in extrait
    assert "Source de ces textes" in extrait and 'href="/pacte/"' in extrait
    # Thirty seconds, at some 240 words a minute.
    assert len(mots) <= 150


def test_un_pacte_sans_textes_ne_montre_ni_titre_vide_ni_source(client):
    Pacte.objects.update(
        en_bref="", contractualisation="", presentation="", declinaison="", source=""
    )

    page, accueil = lire(client, "/pacte/"), lire(client, "/")

    assert "30 secondes" not in accueil
    assert "Source de ces textes" not in page and "Le diagnostic, la feuille de route" not in page
    assert "Prendre part au Pacte" in page


@pytest.mark.parametrize(
    "adresse",
    ["/", "/adhesion/", "/plan-du-site/", "/connexion/", "/compte/inscription/", "/glossaire/"]
    + ["/aide/", "/aide/agents/", "/aide/partenaires/", "/actualites/", "/donnees-personnelles/"],
)
def test_une_chose_un_mot(client, adresse):
    texte = re.sub(r"<[^>]+>", " ", lire(client, adresse))

    assert "Prendre part au Pacte" in texte
    assert re.findall(f"(?i){BULLETINS}|{ENTRER_AU_PACTE}", texte) == []
