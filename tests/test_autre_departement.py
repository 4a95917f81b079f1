"""Another Department loads its own files, and nothing of the first one shows anywhere."""

import re
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.utils.html import strip_tags
from icalendar import Calendar

from actions.models import Action, Financement, Jalon
from contrats.models import Annee, Contrat, Exercice
from pacte.management.commands.charger_referentiel import DOSSIER
from pacte.socle.editeur import editeur
from partenaires.models import Partenaire
from tests.fabriques import creer_membre, creer_point
from tests.lecture import en_texte
from tests.parcours import comme_un_lecteur

VAL = Path(__file__).parent / "autre_departement"
# Words of the first Department that its files do not hold as a name.
LIEUX = r"hautes?[- ]alpes|haut[- ]?alpin|\balpin|\bgap\b|gapençais|briançon|\becrins\b|queyras"
ANNEES_DU_PREMIER = re.compile(r"2024\s*[-–à]\s*2027")
# What leads elsewhere without a link: a machine, a calendar or a feed reader asks for it.
SANS_LIEN = [
    "/robots.txt",
    "/sitemap.xml",
    "/actualites.atom",
    "/calendrier.ics",
    "/suivi/avancement.csv",
    "/suivi/argent.csv",
    "/suivi/contrats.csv",
    "/suivi/cofinancement.csv",
    "/suivi/indicateurs.csv",
    "/nulle-part",
    "/recherche/?q=hlm",
    "/recherche/?q=zzzz",
    "/compte/mot-de-passe/oublie/",
    "/compte/inscription/",
]


def _lire(fichier: str) -> list[dict]:
    return yaml.safe_load((DOSSIER / fichier).read_text(encoding="utf-8"))


def _noms_du_premier() -> list[str]:
    """Every name that the first Department's files give, those that any Department has aside."""
    communs = {"État", "Tout le département", "France Travail", "Agence régionale de santé"}
    noms = [axe["titre"] for axe in _lire("axes.yaml")]
    for contrat in _lire("contrats.yaml"):
        noms += [contrat["sigle"], contrat["nom"]]
    for partenaire in _lire("partenaires.yaml"):
        noms += [partenaire["nom"], partenaire.get("sigle", "")]
    noms += [territoire["nom"] for territoire in _lire("territoires.yaml")]
    noms += [libelle["texte"] for action in _lire("actions.yaml") for libelle in action["libelles"]]
    return [nom for nom in noms if nom and nom not in communs]


TRACES = re.compile(
    f"(?i:{LIEUX})|" + "|".join(rf"\b{re.escape(nom)}\b" for nom in _noms_du_premier())
)


@pytest.fixture
def val(db, settings):
    """The fictitious Department and its publisher, with one row of each kind of follow-up."""
    settings.EDITEUR = VAL.parent / "editeur-complet.yaml"
    editeur.cache_clear()
    call_command("charger_referentiel", VAL, verbosity=0)
    action = Action.objects.get(slug="dix-logements")
    creer_point(action, date(2028, 5, 1), fait="Deux logements ouverts.")
    Jalon.objects.create(action=action, libelle="Dernier logement", prevu_le=date(2030, 6, 1))
    departement = Partenaire.objects.get(partie="departement")
    Financement.objects.create(action=action, annee_id=2028, financeur=departement, prevu=900)
    contrat = Contrat.objects.get(slug="chv")
    Exercice.objects.create(contrat=contrat, annee_id=2029, rapport_avant_le=date(2030, 3, 31))
    yield
    editeur.cache_clear()


def _contenu(reponse) -> str:
    octets = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
    return en_texte(octets).replace("\r\n ", "")


def _suivre(client, departs, ecarter, *, une_par_genre=False) -> dict[str, str]:
    """Return address → text of every answer that the links reach from `departs`.

    With `une_par_genre`, one address for each shape (numbers and questions aside): the lists of
    the administration lead to one another by the thousand.
    """
    vues, genres, a_voir = {}, set(), list(reversed(departs))
    while a_voir:
        adresse = a_voir.pop()
        genre = re.sub(r"\d+|\?.*", "", adresse) if une_par_genre else adresse
        if genre in genres or adresse.startswith(ecarter) or not adresse.startswith("/"):
            continue
        genres.add(genre)
        reponse = client.get(adresse, follow=True)
        assert reponse.status_code in (200, 404), (adresse, reponse.status_code)
        vues[adresse] = _contenu(reponse)
        for lien in re.findall(r'href="([^"#]+)', vues[adresse]):
            cible = urljoin(adresse, lien.replace("&amp;", "&"))
            # Filtered lists lead to one another without end.
            if not (urlsplit(cible).query and urlsplit(adresse).query):
                a_voir.append(cible)
    return vues


def _traces(pages: dict[str, str]) -> list[tuple[str, str]]:
    """Return what names the first Department, with its address; pages share most of their lines."""
    chercher = cache(TRACES.search)
    vues = [(a, ANNEES_DU_PREMIER.search(texte)) for a, texte in pages.items()]
    vues += [(a, chercher(ligne)) for a, texte in pages.items() for ligne in texte.split("\n")]
    return [(adresse, trace.group(0)) for adresse, trace in vues if trace]


@pytest.mark.usefixtures("hautes_alpes")
def test_le_detecteur_voit_le_premier_departement(client):
    with comme_un_lecteur():
        pages = _suivre(client, ["/", "/calendrier.ics", "/actions.csv"], ("/static", "/admin"))

    # A download without a row names nobody.
    dites = {a: page for a, page in pages.items() if len(page.splitlines()) > 1}
    assert dites.keys() - dict(_traces(dites)).keys() == set()
    assert {
        "/",
        "/calendrier.ics",
        "/actions.csv",
        "/actions.xlsx",
        "/actions.json",
    } <= dites.keys()


@pytest.mark.usefixtures("val")
def test_aucune_page_publique_ne_parle_du_premier(client):
    with comme_un_lecteur():
        pages = _suivre(client, ["/", *SANS_LIEN], ("/static", "/admin"))

    genres = {re.sub(r"\?.*", "", a).strip("/").split("/")[0] for a in pages}
    assert {"", "axes", "contrats", "actions", "partenaires", "suivi", "adhesion"} <= genres
    assert sum(a.startswith(("/actions.csv", "/actions.json")) for a in pages) >= 2
    assert "CC du Val du haut" in pages["/actions.csv"]
    assert _traces(pages) == []


@pytest.mark.usefixtures("val")
def test_l_administration_ne_parle_pas_du_premier(client, administrateur):
    client.force_login(administrateur)
    departs = ["/admin/ce-qui-manque/?format=csv", "/admin/contrats/pacte/1/change/", "/admin/"]
    ecarter = ("/static", "/admin/jsi18n", "/admin/logout")

    pages = _suivre(client, departs, ecarter, une_par_genre=True)

    assert {"/admin/socle/entreejournal/", "/admin/contrats/pacte/1/change/"} <= pages.keys()
    assert _traces(pages) == []


@pytest.mark.usefixtures("val")
def test_l_espace_d_un_partenaire_ne_parle_pas_du_premier(client):
    membre = creer_membre(Partenaire.objects.get(slug="toits-du-val"))
    client.force_login(membre.utilisateur)

    with comme_un_lecteur():
        pages = _suivre(client, ["/espace/", "/compte/"], ("/static", "/admin"))

    assert "/espace/toits-du-val/" in pages
    assert _traces(pages) == []


def test_les_courriels_ne_parlent_pas_du_premier():
    dossier = settings.BASE_DIR / "templates" / "courriels"
    pages = {str(g): g.read_text(encoding="utf-8") for g in dossier.glob("*.txt")}

    assert len(pages) > 10
    assert _traces(pages) == []


@pytest.mark.usefixtures("val")
def test_un_courriel_envoye_nomme_ce_departement(
    client, mailoutbox, agent_departement, django_capture_on_commit_callbacks
):
    donnees = {
        "organisation-nom": "Essai associatif",
        "organisation-nature": "association",
        "contrat": Contrat.objects.get(slug="chv").pk,
        "apport": "Une permanence.",
        "contact_nom": "Camille Essai",
        "contact_courriel": "camille@exemple.fr",
    }

    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/adhesion/", donnees).status_code == 302

    textes = {m.subject: m.subject + m.body for m in mailoutbox}
    assert all("Convention de l’habitat du val" in texte for texte in textes.values())
    assert len(textes) == 2
    assert _traces(textes) == []


@pytest.mark.usefixtures("val")
def test_l_accueil_nomme_le_territoire_et_ses_annees(client):
    accueil = _contenu(client.get("/"))

    assert "Lutter ensemble contre la pauvreté dans le Val-Imaginaire" in accueil
    assert "Val-Imaginaire · 2028–2030" in accueil
    assert "de 2028 à 2030" in accueil
    assert "Pacte local des solidarités du Val-Imaginaire" in accueil
    assert list(Annee.objects.values_list("pk", flat=True)) == [2028, 2029, 2030]


@pytest.mark.usefixtures("val")
def test_la_carte_a_deux_lignes_et_cinq_colonnes(client):
    accueil = _contenu(client.get("/"))
    carte = re.search(r'<table class="carte-pacte">.*?</table>', accueil, re.DOTALL).group(0)
    colonnes = re.findall(r'<th scope="col" class="axe-(\d)">', carte)
    lignes = [
        [" ".join(strip_tags(case).split()) for case in re.findall(r"<td[ >].*?</td>", ligne, re.S)]
        for ligne in re.findall(r"<tr>(.*?)</tr>", carte.split("<tbody>")[1], re.DOTALL)
    ]

    assert colonnes == ["1", "2", "3", "4", "5"]
    assert [len(ligne) for ligne in lignes] == [5, 5]
    assert [case == "hors périmètre" for case in lignes[1]] == [True] * 4 + [False]
    assert re.search(r"<strong>5</strong>\s*axes", accueil)


@pytest.mark.usefixtures("val")
def test_les_annees_sont_celles_du_pacte(client):
    argent = _contenu(client.get("/suivi/argent.csv"))
    calendrier = Calendar.from_ical(client.get("/calendrier.ics").content)

    lignes = re.sub(
        r";\d{4}-\d\d-\d\d\r?$", "", argent, flags=re.MULTILINE
    )  # the day of the export
    assert {2028, 2029, 2030} >= {int(a) for a in re.findall(r"\b20\d\d\b", lignes)} >= {2028}
    assert {e["DTSTART"].dt.year for e in calendrier.walk("VEVENT")} == {2030}


@pytest.mark.usefixtures("val")
def test_recharger_ne_change_rien(capsys):
    call_command("charger_referentiel", VAL)

    assert "Chargé : 0\u00a0création, 0\u00a0champ modifié." in capsys.readouterr().out


def _luminance(couleur: str) -> float:
    parts = [int(couleur[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, v, b = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * r + 0.7152 * v + 0.0722 * b


def _contraste(une: str, autre: str) -> float:
    claire, sombre = sorted((_luminance(une), _luminance(autre)), reverse=True)
    return (claire + 0.05) / (sombre + 0.05)


def test_chaque_axe_a_ses_couleurs_et_elles_se_lisent():
    feuille = (settings.BASE_DIR / "static" / "css" / "pacte.css").read_text(encoding="utf-8")
    regle = r"\.axe-(\d) \{ --axe: (#\w{6}); --axe-fond: (#\w{6}); \}"
    couleurs = {numero: (encre, fond) for numero, encre, fond in re.findall(regle, feuille)}

    assert {"1", "2", "3", "4", "5"} <= couleurs.keys()
    assert len(set(couleurs.values())) == len(couleurs)
    for encre, fond in couleurs.values():
        assert min(_contraste(encre, fond), _contraste(encre, "#ffffff")) >= 4.5, (encre, fond)
