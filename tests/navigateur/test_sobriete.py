"""Sobriety: EcoIndex from the real DOM, requests and bytes; weight of a first and a later view."""

import gzip
from urllib.parse import urlsplit

import brotli
import pytest

from tests.navigateur.cliche import la_vraie_feuille_de_route, remplir_la_base

pytestmark = pytest.mark.navigateur

NOTE_A = 80
PREMIERE_VUE, VUE_SUIVANTE = 75_000, 15_000
PAGES = [
    "/",
    "/pacte/",
    "/diagnostic/",
    "/rapports/",
    "/rapports/cpt/2024/",
    "/rapports/cpt/2024/edition-1/CPT-1-02/",
    "/je-cherche/?besoin=mes-droits-et-demarches",
    "/axes/",
    "/axes/3/",
    "/contrats/",
    "/contrats/cpt/",
    "/contrats/signatures/",
    "/actions/",
    "/actions/?q=logement",
    "/actions/mobilite-solidaire/",
    "/integrer/actions/",
    "/subventions/",
    "/partenaires/",
    "/partenaires/ccss/",
    "/suivi/",
    "/recherche/?q=rsa",
    "/actualites/",
    "/plan-du-site/",
    "/aide/",
    "/aide/partenaires/",
    "/aide/agents/",
    "/glossaire/",
    "/contact/",
    "/accessibilite/",
    "/mentions-legales/",
    "/donnees-personnelles/",
    "/ecoconception/",
    "/adhesion/",
    "/connexion/",
    "/nulle-part",
]
# Quantiles of the reference implementation (cnumr/EcoIndex_python).
DOM = [0, 47, 75, 159, 233, 298, 358, 417, 476, 537, 603, 674, 753, 843, 949, 1076, 1237, 1459]
DOM += [1801, 2479, 594601]
REQ = [0, 2, 15, 25, 34, 42, 49, 56, 63, 70, 78, 86, 95, 105, 117, 130, 147, 170, 205, 281, 3920]
KO = [0, 1.37, 144.7, 319.53, 479.46, 631.97, 783.38, 937.91, 1098.62, 1265.47, 1448.32]
KO += [1648.27, 1876.08, 2142.06, 2465.37, 2866.31, 3401.59, 4155.73, 5400.08, 8037.54, 223212.26]


def _quantile(table, valeur) -> float:
    for rang in range(1, len(table)):
        if valeur < table[rang]:
            return rang - 1 + (valeur - table[rang - 1]) / (table[rang] - table[rang - 1])
    return len(table) - 1


def ecoindex(dom: int, requetes: int, ko: float) -> int:
    """Return the EcoIndex (0 to 100): 3 parts of DOM, 2 of requests, 1 of kilobytes."""
    somme = 3 * _quantile(DOM, dom) + 2 * _quantile(REQ, requetes) + _quantile(KO, ko)
    return round(100 - 5 * somme / 6)


@pytest.mark.parametrize(
    ("dom", "ko", "requetes", "note"),
    [
        (100, 100, 100, 72),
        (100, 1000, 100, 67),
        (200, 10000, 200, 46),
        (2355, 2493, 267, 10),
        (240, 331, 20, 83),
    ],
)
def test_le_calcul_est_celui_de_la_reference(dom, ko, requetes, note):
    assert ecoindex(dom, requetes, ko) == note


def poids(reponse) -> int:
    """Return the bytes that cross the network: pages gzipped, static files in brotli."""
    corps = reponse.body()
    if "font" in reponse.headers.get("content-type", ""):
        return len(corps)
    est_statique = urlsplit(reponse.url).path.startswith("/static/")
    return len(brotli.compress(corps) if est_statique else gzip.compress(corps))


@pytest.fixture
def mesurer(chromium, live_server, transactional_db):
    """Return a function: addresses → (DOM elements, requests, bytes) of each, in one browser."""
    remplir_la_base(la_vraie_feuille_de_route)

    def mesurer(adresse, contexte):
        page = contexte.new_page()
        reponses = []
        page.on("response", lambda reponse: reponses.append(reponse))
        page.goto(f"{live_server.url}{adresse}", wait_until="networkidle")
        dom = page.evaluate(
            "document.querySelectorAll('*').length - document.querySelectorAll('svg *').length"
        )
        mesures = dom, len(reponses), sum(poids(r) for r in reponses)
        page.close()
        return mesures

    def neuf():
        return chromium.new_context(viewport={"width": 1920, "height": 1080})

    mesurer.neuf = neuf
    return mesurer


def test_chaque_page_a_la_note_a_avec_la_vraie_feuille_de_route(mesurer):
    notes = {}
    for adresse in PAGES:
        contexte = mesurer.neuf()
        dom, requetes, octets = mesurer(adresse, contexte)
        contexte.close()
        notes[adresse] = ecoindex(dom, requetes, octets / 1000), dom, requetes, octets

    assert {a: n for a, n in notes.items() if n[0] <= NOTE_A} == {}


def test_la_premiere_vue_et_les_suivantes_sont_legeres(mesurer):
    contexte = mesurer.neuf()
    _, _, premiere = mesurer("/", contexte)
    statiques = {}

    def sans_ce_que_le_navigateur_garde(route):
        # What the first view brought stays in the cache for a year, under its hashed name.
        statiques[route.request.url] = True
        route.abort()

    contexte.route("**/static/**", sans_ce_que_le_navigateur_garde)
    suivantes = {adresse: mesurer(adresse, contexte)[2] for adresse in PAGES}
    contexte.close()

    assert premiere <= PREMIERE_VUE
    assert statiques
    assert {a: o for a, o in suivantes.items() if o > VUE_SUIVANTE} == {}


def test_une_seule_police(mesurer, live_server, chromium):
    contexte = mesurer.neuf()
    page = contexte.new_page()
    polices = []
    page.on("response", lambda r: polices.append(r.url))
    for adresse in ("/", "/actions/", "/suivi/"):
        page.goto(f"{live_server.url}{adresse}", wait_until="networkidle")
    contexte.close()

    assert len({url for url in polices if url.endswith(".woff2")}) == 1
