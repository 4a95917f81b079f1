"""The catalogue: the same graph in both formats, valid for DCAT-AP, complete for data.gouv.fr."""

import json
import warnings
from pathlib import Path

import pytest

from pacte.donnees_ouvertes.graphe import en_jsonld, en_turtle, noeud, texte, valeur
from pacte.donnees_ouvertes.jeux import JEUX

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyshacl
    from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, URIRef
    from rdflib.compare import isomorphic

# Its own reader of JSON-LD still uses what it deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

FORMES = Path(__file__).parents[1] / "normes" / "dcat-ap-2.1.1-shapes.ttl"
GEOMETRIE = URIRef("http://www.w3.org/ns/locn#geometry")
WKT = URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")
FREQUENCES = "http://publications.europa.eu/resource/authority/frequency/"


def lire_le_graphe(client, fin: str) -> Graph:
    reponse = client.get(f"/donnees-ouvertes/catalogue.{fin}")
    assert reponse["Content-Type"].startswith(
        {"ttl": "text/turtle"}.get(fin, "application/ld+json")
    )
    genre = {"ttl": "turtle", "jsonld": "json-ld"}[fin]
    return Graph().parse(data=reponse.content.decode(), format=genre)


def verifier(graphe: Graph) -> tuple[bool, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        conforme, _, rapport = pyshacl.validate(
            graphe, shacl_graph=Graph().parse(FORMES), advanced=False
        )
    return conforme, rapport


@pytest.mark.parametrize("fin", ["jsonld", "ttl"])
def test_le_catalogue_est_valide_pour_dcat_ap(client, demonstration, editeur_complet, fin):
    graphe = lire_le_graphe(client, fin)

    conforme, rapport = verifier(graphe)

    assert conforme, rapport
    assert len(list(graphe.subjects(RDF.type, DCAT.Dataset))) == len(JEUX)
    assert len(list(graphe.subjects(RDF.type, DCAT.Distribution))) == 4 * len(JEUX)


def test_un_catalogue_fautif_est_vu(client, demonstration):
    graphe = lire_le_graphe(client, "ttl")
    jeu = next(graphe.subjects(RDF.type, DCAT.Dataset))
    graphe.remove((jeu, DCTERMS.title, None))

    assert not verifier(graphe)[0]


def test_les_deux_formats_disent_le_meme_graphe(client, demonstration):
    assert isomorphic(lire_le_graphe(client, "jsonld"), lire_le_graphe(client, "ttl"))


def test_le_catalogue_se_lit_avant_tout_chargement(client, db):
    """No pact, no row, nobody to publish: still valid, and nothing said that is not known."""
    graphe = lire_le_graphe(client, "ttl")

    assert verifier(graphe)[0]
    assert not list(graphe.subject_objects(DCTERMS.temporal))
    assert not list(graphe.subject_objects(DCTERMS.modified))


def points_de_qualite(graphe: Graph, jeu) -> dict[str, bool]:
    """Return the nine points of the quality score of data.gouv.fr, read as its harvester does."""
    fichiers = list(graphe.objects(jeu, DCAT.distribution))
    frequence = str(graphe.value(jeu, DCTERMS.accrualPeriodicity))
    periode, lieu = graphe.value(jeu, DCTERMS.temporal), graphe.value(jeu, DCTERMS.spatial)
    geometrie = graphe.value(lieu, GEOMETRIE)
    types = {str(graphe.value(fichier, DCAT.mediaType)) for fichier in fichiers}
    return {
        "licence": "licence-ouverte" in str(graphe.value(jeu, DCTERMS.license)),
        "temporal": all(graphe.value(periode, p) for p in (DCAT.startDate, DCAT.endDate)),
        "spatial": isinstance(geometrie, Literal) and geometrie.datatype == WKT,
        "frequency": frequence.startswith(FREQUENCES),
        # Continuous: nothing is expected by a date.
        "frequency respected": frequence == f"{FREQUENCES}UPDATE_CONT",
        "description": len(graphe.value(jeu, DCTERMS.description)) > 100,
        "open format": any(t.endswith(("text/csv", "application/json")) for t in types),
        "available": all(graphe.value(fichier, DCAT.downloadURL) for fichier in fichiers),
        "documented": all(graphe.value(fichier, DCTERMS.description) for fichier in fichiers),
    }


def test_chaque_jeu_a_les_neuf_points_de_data_gouv(client, demonstration, editeur_complet):
    graphe = lire_le_graphe(client, "jsonld")

    for jeu in graphe.subjects(RDF.type, DCAT.Dataset):
        points = points_de_qualite(graphe, jeu)
        assert [nom for nom, acquis in points.items() if not acquis] == [], jeu
        assert len(points) == 9
        for propriete in (DCTERMS.identifier, DCTERMS.issued, DCTERMS.modified, DCTERMS.publisher):
            assert graphe.value(jeu, propriete), propriete
        assert len(list(graphe.objects(jeu, DCAT.keyword))) >= 3
        assert graphe.value(graphe.value(jeu, DCTERMS.publisher), FOAF.name)


def test_chaque_adresse_du_catalogue_repond(client, demonstration, settings):
    graphe = lire_le_graphe(client, "ttl")
    liens = {
        str(objet)
        for propriete in (DCAT.downloadURL, DCAT.accessURL, DCAT.landingPage, DCTERMS.conformsTo)
        for objet in graphe.objects(None, propriete)
    }
    siens = {lien for lien in liens if lien.startswith(settings.ADRESSE_DU_SITE)}

    assert len(siens) == len(JEUX) * 6
    for lien in siens:
        assert client.get(lien.removeprefix(settings.ADRESSE_DU_SITE)).status_code == 200


def test_l_adresse_d_un_jeu_ne_depend_pas_de_la_demande(client, demonstration, settings):
    settings.ALLOWED_HOSTS = ["*"]
    catalogues = {
        client.get("/donnees-ouvertes/catalogue.ttl", headers={"host": hote}).content
        for hote in ("a.exemple", "b.exemple")
    }

    assert len(catalogues) == 1


def test_turtle_ecrit_ce_que_json_ld_ecrit():
    """Quotes, line ends, spaces in addresses, nodes without an address, several values."""
    arbre = noeud(
        "dcat:Catalog",
        "http://exemple.fr/é/a b",
        dct__title=[texte('« L’"été" »\nà \\ la\tmer'), "sans langue"],
        dct__modified=valeur("2026-01-31", "xsd:date"),
        dct__temporal=noeud("dct:PeriodOfTime", dcat__startDate=valeur("2024-01-01", "xsd:date")),
        dct__publisher=noeud("foaf:Agent", "http://exemple.fr/#a", foaf__name="A"),
        dct__creator=noeud("foaf:Agent", "http://exemple.fr/#a", foaf__name="A"),
        dct__license=None,
    )

    turtle = Graph().parse(data=en_turtle(arbre), format="turtle")
    # What a reader of JSON-LD makes of an address is percent-encoded by Turtle's grammar.
    attendu = json.loads(en_jsonld(arbre))
    attendu["@id"] = "http://exemple.fr/%C3%A9/a%20b"
    jsonld = Graph().parse(data=json.dumps(attendu), format="json-ld")

    assert isomorphic(turtle, jsonld)
    assert en_turtle(arbre).count("foaf:name") == 1
