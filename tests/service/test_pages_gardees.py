"""Pages kept for readers: the same bytes, without Django, until anything changes."""

import gzip

import brotli
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from actions.models import Action
from axes.models import Axe
from pacte.service.pages_gardees import PagesGardees, _encodage
from pacte.service.veille import SECONDES_SANS_BASE, Veille
from pacte.socle.ecriture import FICHIER
from tests.service.gestes import base_gardee_ouverte, nouvelle_transaction

MIO = 1024 * 1024


class Serveur:
    """Django behind the pages that it keeps; counts what reached Django."""

    def __init__(self, octets: int = 8 * MIO):
        self.veille, self.demandes = Veille(), []
        self.django = WSGIHandler()
        self.application = PagesGardees(self._servir, self.veille, octets)

    def _servir(self, environ, demarrer):
        self.demandes.append(environ["PATH_INFO"])
        return self.django(environ, demarrer)

    def une_seconde_passe(self):
        self.veille.regardee -= 1

    def demander(self, adresse, methode="GET", **en_tetes):
        """Return the status, the headers and the body."""
        environ = RequestFactory(**en_tetes).generic(methode, adresse).environ | en_tetes
        recu = {}

        def demarrer(statut, liste, exc_info=None):
            recu["statut"], recu["en_tetes"] = int(statut[:3]), dict(liste)
            assert len(recu["en_tetes"]) == len({nom.lower() for nom, _ in liste}) == len(liste)

        with base_gardee_ouverte():
            reponse = self.application(environ, demarrer)
            corps = b"".join(reponse)
            getattr(reponse, "close", lambda: None)()
        return recu["statut"], recu["en_tetes"], corps


def publier(modele, titre):
    """Give every row of `modele` this title, in a transaction of its own."""
    nouvelle_transaction()
    modele.objects.update(titre=titre)


@pytest.fixture
def serveur(referentiel, db):
    return Serveur()


@pytest.mark.parametrize(
    "adresse", ["/", "/actions/", "/axes/3/", "/suivi/", "/actualites.atom", "/sitemap.xml"]
)
def test_la_seconde_lecture_ne_touche_ni_django_ni_la_base(serveur, adresse):
    premiere = serveur.demander(adresse)
    with CaptureQueriesContext(connection) as requetes:
        seconde = serveur.demander(adresse)

    assert premiere[0] == 200
    assert seconde == premiere
    assert serveur.demandes == [adresse]
    assert len(requetes) == 0


def test_les_en_tetes_d_une_page_gardee_sont_ceux_de_toutes(serveur):
    serveur.demander("/")

    _, en_tetes, corps = serveur.demander("/")

    assert en_tetes["Content-Security-Policy"].startswith("default-src 'none'")
    assert en_tetes["X-Frame-Options"] == "DENY"
    assert en_tetes["Vary"] == "Accept-Encoding, Cookie"
    assert en_tetes["Cache-Control"] == "max-age=0, s-maxage=1"
    assert en_tetes["Content-Length"] == str(len(corps))
    assert "Set-Cookie" not in en_tetes


def test_ce_qui_change_se_lit_a_la_seconde_suivante(serveur):
    avant = serveur.demander("/axes/3/")[1]["ETag"]
    publier(Axe, "Un intitulé tout neuf")

    serveur.une_seconde_passe()
    statut, en_tetes, corps = serveur.demander("/axes/3/", HTTP_IF_NONE_MATCH=avant)

    assert statut == 200
    assert "Un intitulé tout neuf" in corps.decode()
    assert en_tetes["ETag"] != avant


def test_une_page_que_l_edition_n_a_pas_changee_n_est_pas_renvoyee(serveur):
    """The mark is that of the bytes: an edit elsewhere costs readers nothing."""
    marque = serveur.demander("/glossaire/")[1]["ETag"]
    publier(Axe, "Un intitulé tout neuf")
    serveur.une_seconde_passe()

    statut, _, corps = serveur.demander("/glossaire/", HTTP_IF_NONE_MATCH=marque)

    assert (statut, corps) == (304, b"")


def test_minuit_passe_refait_les_pages(serveur, monkeypatch):
    serveur.demander("/")
    jour = serveur.veille.edition.jour
    monkeypatch.setattr("pacte.service.edition.localdate", lambda: jour.replace(year=2099))
    serveur.une_seconde_passe()

    serveur.demander("/")

    assert serveur.demandes == ["/", "/"]


def test_la_lecture_seule_se_dit_sur_les_pages_deja_gardees(serveur, settings, tmp_path):
    settings.DOSSIER_DONNEES = tmp_path
    sans = serveur.demander("/")
    (tmp_path / FICHIER).touch()
    serveur.une_seconde_passe()

    assert serveur.demander("/")[2] != sans[2]
    (tmp_path / FICHIER).unlink()
    serveur.une_seconde_passe()
    assert serveur.demander("/") == sans


def test_deux_serveurs_font_la_meme_marque(serveur):
    autre = Serveur()

    assert serveur.demander("/actions/") == autre.demander("/actions/")


def test_le_304_ne_porte_que_le_necessaire(serveur):
    en_tetes = serveur.demander("/")[1]

    statut, reduits, corps = serveur.demander(
        "/", HTTP_IF_NONE_MATCH=f'"autre", W/{en_tetes["ETag"]}'
    )

    # What gunicorn adds: its status line, Server, Date, Connection, and the blank line.
    de_gunicorn = 27 + 18 + 37 + 24 + 2
    octets = sum(len(f"{nom}: {valeur}\r\n") for nom, valeur in reduits.items())
    assert (statut, corps) == (304, b"")
    assert de_gunicorn + octets <= 210
    assert serveur.demandes == ["/"]


@pytest.mark.parametrize("marques", ['"autre"', "", '"'])
def test_une_autre_marque_recoit_la_page(serveur, marques):
    serveur.demander("/")

    assert serveur.demander("/", HTTP_IF_NONE_MATCH=marques)[0] == 200


def test_la_date_seule_suffit_quand_la_page_en_a_une(serveur, monkeypatch):
    monkeypatch.setattr("pacte.service.pages_gardees.SECONDES_DE_DOUTE", -1)
    date = serveur.demander("/")[1]["Last-Modified"]

    assert serveur.demander("/", HTTP_IF_MODIFIED_SINCE=date)[0] == 304
    assert serveur.demander("/", HTTP_IF_MODIFIED_SINCE="Thu, 01 Jan 1970 00:00:00 GMT")[0] == 200
    assert serveur.demander("/", HTTP_IF_MODIFIED_SINCE="hier")[0] == 200
    avec_une_marque = {"HTTP_IF_MODIFIED_SINCE": date, "HTTP_IF_NONE_MATCH": '"autre"'}
    assert serveur.demander("/", **avec_une_marque)[0] == 200


def test_une_page_a_peine_changee_n_a_pas_de_date(serveur):
    """Two editions of one second would share it."""
    publier(Axe, "À l’instant")

    statut, en_tetes, _ = serveur.demander("/")
    assert "Last-Modified" not in en_tetes
    assert serveur.demander("/", HTTP_IF_MODIFIED_SINCE="Fri, 01 Jan 2100 00:00:00 GMT")[0] == 200


@pytest.mark.parametrize(
    ("acceptes", "encodage"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip;q=1.0", "gzip"),
        ("br;q=0.0,gzip;q=0", ""),
        ("", ""),
        ("identity", ""),
        ("gzipped, brotli", ""),
    ],
)
def test_le_meilleur_encodage_que_le_lecteur_prend(acceptes, encodage):
    assert _encodage(acceptes) == encodage


def test_chaque_encodage_a_sa_marque_et_dit_le_meme_texte(serveur):
    clair, compresse, br = (
        serveur.demander("/", HTTP_ACCEPT_ENCODING=nom) for nom in ("", "gzip", "br")
    )

    assert gzip.decompress(compresse[2]) == brotli.decompress(br[2]) == clair[2]
    assert len({reponse[1]["ETag"] for reponse in (clair, compresse, br)}) == 3
    assert [r[1].get("Content-Encoding") for r in (clair, compresse, br)] == [None, "gzip", "br"]
    assert len(br[2]) < len(compresse[2]) < len(clair[2]) / 3


def test_un_pdf_n_est_pas_compresse(serveur):
    _, en_tetes, corps = serveur.demander(
        "/actions/ecole-du-phare/fiche.pdf", HTTP_ACCEPT_ENCODING="br"
    )

    assert "Content-Encoding" not in en_tetes
    assert corps.startswith(b"%PDF")
    serveur.demander("/actions/ecole-du-phare/fiche.pdf", HTTP_ACCEPT_ENCODING="br")
    assert len(serveur.demandes) == 1


@pytest.mark.parametrize(
    ("adresse", "requete"),
    [
        ("/", {"HTTP_COOKIE": "sessionid=abc"}),
        ("/", {"HTTP_COOKIE": "a=b; messages=abc"}),
        ("/", {"HTTP_AUTHORIZATION": "Basic abc"}),
        ("/", {"methode": "POST"}),
        ("/nulle-part/", {}),
        ("/contact/", {}),
        ("/connexion/", {}),
        ("/actions.csv", {}),
        ("/healthz", {}),
        ("/donnees-ouvertes/actions.json", {}),
        ("/", {"HTTP_HOST": "ailleurs.exemple"}),
    ],
    ids=lambda valeur: str(valeur),
)
def test_rien_de_tout_cela_n_est_garde(serveur, adresse, requete):
    for _ in range(2):
        serveur.demander(adresse, **requete)

    assert serveur.demandes == [adresse] * 2
    assert serveur.application.etagere.pages == {}


def test_l_hote_le_schema_et_l_adresse_entiere_distinguent(serveur):
    variantes = [
        ("/actions/", {}),
        ("/actions/?axe=1", {}),
        ("/actions/?axe=3", {}),
        ("/actions/", {"HTTP_HOST": "localhost"}),
        ("/actions/", {"wsgi.url_scheme": "https"}),
        ("/actions/", {"HTTP_X_FORWARDED_PROTO": "https"}),
    ]
    for adresse, requete in variantes:
        serveur.demander(adresse, **requete)

    assert len(serveur.demandes) == len(variantes)
    assert len(serveur.application.etagere.pages) == len(variantes)


def test_head_repond_comme_get_sans_le_corps(serveur):
    _, en_tetes, _ = serveur.demander("/")

    assert serveur.demander("/", methode="HEAD") == (200, en_tetes, b"")
    assert serveur.demandes == ["/"]


def test_la_place_est_comptee_et_la_moins_lue_s_en_va(referentiel, db):
    serveur = Serveur(octets=100_000)
    adresses = [f"/actions/?page={n}" for n in range(1, 30)]

    for adresse in adresses:
        serveur.demander("/axes/", HTTP_ACCEPT_ENCODING="gzip")
        serveur.demander(adresse, HTTP_ACCEPT_ENCODING="gzip")

    etagere = serveur.application.etagere
    assert etagere.pris == sum(len(page.corps) + 1024 for page in etagere.pages.values())
    assert etagere.pris <= 100_000
    assert len(etagere.pages) < len(adresses)
    assert serveur.demandes.count("/axes/") == 1


def test_une_page_trop_grande_n_est_pas_gardee(referentiel, db):
    serveur = Serveur(octets=8 * 1024)

    serveur.demander("/")

    assert serveur.application.etagere.pages == {}


def test_la_base_muette_les_pages_connues_se_lisent_une_minute(serveur, monkeypatch):
    serveur.demander("/")
    monkeypatch.setattr("pacte.service.veille.lire_edition", _refuser)
    serveur.une_seconde_passe()

    assert serveur.demander("/")[0] == 200
    assert serveur.demandes == ["/"]

    serveur.veille.sue -= SECONDES_SANS_BASE + 1
    serveur.une_seconde_passe()
    assert serveur.veille.regarder() is None


def _refuser():
    from django.db import OperationalError

    raise OperationalError("la base ne répond pas")


def test_une_page_faite_pendant_qu_une_edition_parait_n_est_pas_gardee(serveur):
    """What was read before the edit is not kept for the edition that follows it."""
    servir = serveur._servir

    def servir_puis_publier(environ, demarrer):
        reponse = servir(environ, demarrer)
        publier(Axe, "Paru entre-temps")
        serveur.une_seconde_passe()
        serveur.application.etagere.lire(serveur.veille.regarder(), ())
        return reponse

    serveur.application.application = servir_puis_publier
    serveur.demander("/axes/3/")
    serveur.application.application = servir

    assert "Paru entre-temps" in serveur.demander("/axes/3/")[2].decode()


def test_les_comptes_des_facettes_se_font_une_fois_par_edition(referentiel, db):
    """Another page of the same list, never read before, costs no count of all the actions."""
    serveur = Serveur(octets=0)
    with CaptureQueriesContext(connection) as premieres:
        serveur.demander("/actions/?axe=3&axe=1")
    with CaptureQueriesContext(connection) as suivantes:
        suite = serveur.demander("/actions/?axe=3&axe=1&tri=maj")[2]
    publier(Action, "Un titre tout neuf")
    with CaptureQueriesContext(connection) as refaites:
        neuve = serveur.demander("/actions/?axe=3&axe=1&tri=maj")[2]

    assert len(suivantes) <= len(premieres) - 4
    assert len(refaites) >= len(suivantes) + 4
    assert serveur.demander("/actions/?axe=3&axe=1&tri=maj")[2] == neuve
    assert "Un titre tout neuf" in neuve.decode() and "Un titre tout neuf" not in suite.decode()
