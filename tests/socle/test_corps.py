"""The body of the page of one object: written once for an edition, the same for whoever asks."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from axes.models import Axe
from contrats.models import Pacte
from pacte.socle.retenues import lire_l_edition
from tests.parcours import comme_un_lecteur

PAGES = ["/axes/3/", "/contrats/cpt/", "/actions/ecole-du-phare/", "/partenaires/cub/"]
PIED = re.compile(r'<footer class="pied">.*?</footer>', re.DOTALL)
IMPRESSION = re.compile(r'<p class="impression">.*?</p>')


def lire(adresse: str) -> tuple[str, int]:
    """Return the page, without the line of its printed address, and its number of queries."""
    with CaptureQueriesContext(connection) as requetes:
        reponse = Client().get(adresse)
    assert reponse.status_code == 200
    return IMPRESSION.sub("", reponse.content.decode()), len(requetes)


@pytest.mark.parametrize("adresse", PAGES)
def test_le_corps_s_ecrit_une_fois_quoi_que_porte_l_adresse(referentiel, db, adresse):
    with comme_un_lecteur():
        premiere, requetes = lire(f"{adresse}?fbclid=un-clic")
        seconde, aucune = lire(f"{adresse}?fbclid=un-autre")

    assert requetes > 5 and aucune == 0
    assert seconde == premiere
    assert "fbclid" not in premiere


@pytest.mark.parametrize("adresse", PAGES)
def test_ce_qui_est_garde_est_ce_que_la_base_dit(referentiel, db, adresse):
    with comme_un_lecteur():
        gardees = [lire(adresse)[0] for _ in range(2)]

    assert gardees == [lire(adresse)[0]] * 2


def test_une_autre_edition_s_ecrit_a_nouveau(referentiel, db):
    with lire_l_edition("avant un titre"):
        avant, _ = lire("/axes/3/")
    Axe.objects.filter(numero=3).update(titre="Un titre tout neuf")
    with lire_l_edition("après un titre"):
        apres, _ = lire("/axes/3/")

    assert "Un titre tout neuf" not in avant
    assert apres.count("Un titre tout neuf") > 2


@pytest.mark.parametrize("chemin", ["/axes/03/", "/axes/0/", "/axes/3/3/", f"/axes/{'3' * 5000}/"])
def test_un_axe_n_a_qu_une_adresse(referentiel, db, chemin):
    """A second one would be kept, cited and indexed beside the first."""
    with comme_un_lecteur():
        assert Client().get(chemin).status_code == 404
        page, _ = lire("/axes/3/")

    assert '<link rel="canonical" href="http://127.0.0.1:8000/axes/3/">' in page


def test_ce_qui_n_existe_pas_reste_introuvable(referentiel, db):
    with comme_un_lecteur():
        assert [Client().get("/actions/nulle-part/").status_code for _ in range(2)] == [404, 404]


def test_ce_que_dit_chaque_page_s_ecrit_une_fois(referentiel, db):
    """The foot of a page names the pact: as it is now, and as it was for its edition."""
    with comme_un_lecteur():
        pieds = [PIED.search(lire(adresse)[0]).group(0) for adresse in ("/", *PAGES)]
    Pacte.objects.update(nom="Un pacte renommé")
    with comme_un_lecteur():
        (renomme,) = PIED.findall(lire("/aide/")[0])

    assert len(set(pieds)) == 1 and "Un pacte renommé" not in pieds[0]
    assert "Un pacte renommé" in renomme
