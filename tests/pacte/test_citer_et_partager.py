"""What a reader takes away of a page: how to cite it, follow it, show it in another site."""

import re
from datetime import timedelta
from html import unescape

import feedparser
import pytest
from django.urls import get_resolver
from django.utils.timezone import localdate
from icalendar import Calendar

from actions.models import Action, Jalon
from contrats.models import Contrat, Exercice, Pacte
from pacte.middleware import PAGE_A_INTEGRER
from pacte.socle.citation import Citation, nommer_l_ouvrage
from tests.fabriques import creer_action_libellee, creer_point
from tests.lecture import lisible

# Page → its title in the sentence, the query string of what it shows, whether it goes elsewhere.
PAGES = {
    "/axes/": ("Les axes du Pacte", "", False),
    "/axes/3/": (None, "?axe=3", True),
    "/contrats/": ("Les contrats du Pacte", "", False),
    "/contrats/signatures/": ("Registre des signatures", "", False),
    "/contrats/cpt/": (None, "?contrat=cpt", True),
    "/actions/": ("Actions", "", True),
    "/actions/ecole-du-phare/": (None, "?action=ecole-du-phare", True),
    "/partenaires/": ("Partenaires", "", False),
    "/partenaires/cub/": (None, "?partenaire=cub", True),
    "/diagnostic/": ("Le diagnostic territorial", "", False),
    "/suivi/": ("Suivi du Pacte", "", False),
    "/je-cherche/?besoin=me-deplacer": (None, "?besoin=me-deplacer", True),
}


def encart_de(client, adresse: str) -> str:
    page = client.get(adresse).content.decode()
    (encart,) = re.findall(r'<details class="citer">.*?</details>', page, re.DOTALL)
    return encart


@pytest.mark.parametrize("adresse", PAGES)
def test_chaque_liste_et_chaque_fiche_se_cite_et_se_suit(client, referentiel, settings, adresse):
    titre, selection, ailleurs = PAGES[adresse]
    settings.ADRESSE_DU_SITE = "https://pacte.exemple.fr"

    encart = encart_de(client, adresse)

    assert f'<a href="https://pacte.exemple.fr{adresse}">' in encart
    phrase = re.search(r"<p>À copier : (.*?)</p>", lisible(unescape(encart)))[1]
    assert phrase.startswith("Département des Hautes-Alpes et État, « ")
    assert ", Pacte local des solidarités 2024-2027, https://pacte.exemple.fr/" in phrase
    assert re.search(r", consulté le \d+(er)? \w+ \d{4}$", phrase)
    assert f"« {titre or ''}" in phrase
    for suivi in ("/actualites.atom", "/calendrier.ics"):
        assert f'href="{suivi}{selection}"' in encart
        assert client.get(f"{suivi}{selection}").status_code == 200
    assert ("&lt;iframe" in encart) == ailleurs


def test_la_phrase_est_celle_que_l_on_recopie():
    phrase = Citation("Actions", "Pacte 2024-2027", "https://a/actions/", localdate()).phrase

    assert lisible(phrase).startswith(
        "Département des Hautes-Alpes et État, « Actions », Pacte 2024-2027, https://a/actions/, "
        "consulté le "
    )
    assert nommer_l_ouvrage("Pacte", None, None) == "Pacte"


def test_l_adresse_permanente_garde_les_filtres_et_oublie_la_page(client, referentiel, settings):
    encart = encart_de(client, "/actions/?contrat=cls&axe=4&tri=maj&page=9&utm_source=x&axe=zz")

    attendue = f"{settings.ADRESSE_DU_SITE}/actions/?axe=4&amp;contrat=cls&amp;tri=maj"
    assert f'<a href="{attendue}">{attendue}</a>' in encart
    assert "« Actions : Axe 4" in lisible(encart)


def test_le_code_a_copier_est_un_cadre_valide(client, referentiel, settings):
    titre = 'Un « titre » & "guillemets" <b>'
    Action.objects.filter(slug="ecole-du-phare").update(titre=titre)

    encart = encart_de(client, "/actions/ecole-du-phare/")

    code = lisible(unescape(re.search(r"<code>(.*?)</code>", encart, re.DOTALL)[1]))
    adresse = f"{settings.ADRESSE_DU_SITE}/integrer/actions/?action=ecole-du-phare"
    assert code.startswith(f'<iframe src="{adresse}" title="Un «')
    assert "&amp; &quot;guillemets&quot; &lt;b&gt;" in code
    assert code.endswith('width="100%" height="600" loading="lazy"></iframe>')


@pytest.fixture
def deux_actions(referentiel):
    """An action of the contract « cls » and one of another, each with a bulletin, a milestone."""
    du_cls = Action.objects.get(code="CLS-4-01")
    autre = Action.objects.exclude(volet__contrat__slug="cls").first()
    for action in (du_cls, autre):
        creer_point(action, localdate(), fait=f"Fait {action.code}")
        Jalon.objects.create(action=action, libelle=f"Jalon {action.code}", prevu_le=localdate())
    for slug in ("cls", autre.volet.contrat.slug):
        contrat = Contrat.objects.get(slug=slug)
        Exercice.objects.create(contrat=contrat, annee_id=2025, rapport_avant_le=localdate())
    return du_cls, autre


def titres_du_flux(client, requete):
    flux = feedparser.parse(client.get(f"/actualites.atom{requete}").content)
    assert not flux.bozo
    return [entree.title.split(" :")[0] for entree in flux.entries]


def lire_le_calendrier(client, requete):
    calendrier = Calendar.from_ical(client.get(f"/calendrier.ics{requete}").content)
    return calendrier, {str(e["SUMMARY"]) for e in calendrier.walk("VEVENT")}


def test_le_flux_et_le_calendrier_suivent_les_filtres(client, deux_actions):
    du_cls, autre = deux_actions

    assert set(titres_du_flux(client, "")) == {du_cls.titre, autre.titre}
    assert titres_du_flux(client, "?contrat=cls") == [du_cls.titre]
    assert titres_du_flux(client, f"?action={autre.slug}") == [autre.titre]
    assert titres_du_flux(client, "?q=introuvable") == []
    tout = lire_le_calendrier(client, "")[1]
    assert {f"Jalon {du_cls.code}", f"Jalon {autre.code}"} <= tout
    assert len([titre for titre in tout if titre.startswith("Rapport 2025")]) == 2
    # Reports are of contracts: they come with the contract that the address chooses.
    attendus = {f"Jalon {du_cls.code}", "Rapport 2025 du contrat CLS"}
    assert lire_le_calendrier(client, "?contrat=cls")[1] == attendus
    assert lire_le_calendrier(client, f"?action={autre.slug}")[1] == {f"Jalon {autre.code}"}
    assert lire_le_calendrier(client, "?q=introuvable")[1] == set()


def test_ils_disent_les_filtres_et_ce_qui_a_ete_ignore(client, deux_actions):
    requete = "?contrat=cls&contrat=zzz&couleur=bleu&page=abc"

    flux = feedparser.parse(client.get(f"/actualites.atom{requete}").content).feed
    calendrier, _ = lire_le_calendrier(client, requete)

    for dit in (flux.subtitle, str(calendrier["DESCRIPTION"])):
        assert "Filtres : CLS." in dit
        assert "« zzz » a été ignoré : valeur inconnue pour « Contrat »." in dit
        assert "« couleur » a été ignoré : paramètre inconnu." in dit
    assert flux.title.endswith(": CLS")
    assert str(calendrier["X-WR-CALNAME"]).endswith(": CLS")
    assert "Licence Ouverte" in str(calendrier["DESCRIPTION"])
    liens = {lien.rel: lien.href for lien in flux.links}
    assert liens["alternate"].endswith("/actions/?contrat=cls")
    assert liens["self"].endswith("/actualites.atom?contrat=cls&contrat=zzz&couleur=bleu&page=abc")


def test_deux_selections_sont_deux_flux(client, deux_actions):
    requetes = ("", "?contrat=cls", "?axe=4")
    lus = [feedparser.parse(client.get(f"/actualites.atom{r}").content).feed.id for r in requetes]

    assert len(set(lus)) == 3
    assert lus[0].endswith("/actualites/")


@pytest.mark.parametrize("requete", ["?q=%00", "?axe=%00", "?contrat=" + "z" * 5000, "?annee=²"])
def test_une_adresse_hostile_donne_un_flux_un_calendrier_et_une_liste(client, referentiel, requete):
    for adresse in ("/actualites.atom", "/calendrier.ics", PAGE_A_INTEGRER):
        assert client.get(f"{adresse}{requete}").status_code == 200


def test_une_action_se_nomme_dans_l_adresse_sans_que_la_liste_les_offre(client, referentiel):
    filtre = client.get("/actions/?action=ecole-du-phare").context["filtre"]

    assert filtre.total == 1
    assert [critere.libelle for critere in filtre.criteres] == [
        Action.objects.get(slug="ecole-du-phare").titre
    ]
    assert "action" not in {groupe.nom for groupe in filtre.groupes}
    cachee = creer_action_libellee("Cachée", publication="brouillon", visible_depuis=None)
    ignoree = client.get(f"/actions/?action={cachee.slug}").context["filtre"]
    assert (ignoree.criteres, len(ignoree.avertissements)) == ([], 1)


# --- the page made for another site ---


def test_la_page_a_integrer_montre_la_selection_et_mene_au_portail(client, referentiel):
    reponse = client.get(PAGE_A_INTEGRER, {"contrat": "cls", "couleur": "bleu"})
    page = reponse.content.decode()

    vues = Action.objects.visibles().filter(volet__contrat__slug="cls")
    assert {a.pk for a in reponse.context["page"]} == {a.pk for a in vues}
    for action in vues:
        assert f'<a href="{action.get_absolute_url()}" target="_top">' in page
    assert "« couleur » a été ignoré" in lisible(page)
    assert '<a href="/actions/?contrat=cls" target="_top">' in page
    assert "Source : Département des Hautes-Alpes, données au" in lisible(page)
    # A link without target opens inside the frame: only those that stay in this page may.
    sans_cible = re.findall(r'<a (?![^>]*target="_top")[^>]*href="([^"]+)"', page)
    assert [lien for lien in sans_cible if not lien.startswith("?")] == []


def test_la_page_a_integrer_n_a_ni_formulaire_ni_script_ni_cookie(client, referentiel):
    reponse = client.get(PAGE_A_INTEGRER)
    page = reponse.content.decode()

    assert not re.search(r"<(form|script|input|button|iframe|object)\b", page)
    assert '<meta name="robots" content="noindex">' in page
    assert not reponse.cookies and "Cookie" not in reponse.get("Vary", "")


def test_la_page_a_integrer_est_bornee(client, referentiel):
    for _ in range(25):
        creer_action_libellee()

    page = client.get(PAGE_A_INTEGRER)

    assert len(page.context["page"].object_list) == 20
    assert 'href="?page=2"' in page.content.decode()
    assert client.get(f"{PAGE_A_INTEGRER}?page=abc").context["avertissements"]


def test_la_page_a_integrer_dit_que_les_donnees_sont_fictives(client, referentiel):
    assert "fictif" not in client.get(PAGE_A_INTEGRER).content.decode()
    Pacte.objects.update(demonstration=True)

    assert "le suivi affiché ici est fictif" in client.get(PAGE_A_INTEGRER).content.decode()


def chemins(resolveur=None, prefixe="/"):
    """Yield an address under each route of the portal, its parts all « 1 »."""
    for motif in (resolveur or get_resolver()).url_patterns:
        chemin = prefixe + re.sub(r"<[^>]+>", "1", re.sub(r"[\^$\\]", "", str(motif.pattern)))
        if hasattr(motif, "url_patterns"):
            yield from chemins(motif, chemin)
        else:
            yield re.sub(r"\(\?P[^)]*\)|\(|\)", "1", chemin)


def test_cette_page_seule_entre_dans_un_cadre(client, referentiel):
    adresses = {*chemins(), "/nulle-part", "/integrer/", "/integrer/autres/"}
    assert PAGE_A_INTEGRER in adresses and len(adresses) > 150

    ouvertes = set()
    for adresse in adresses:
        reponse = client.get(adresse)
        politique = reponse["Content-Security-Policy"]
        if "frame-ancestors 'none'" not in politique or reponse.get("X-Frame-Options") != "DENY":
            ouvertes.add(adresse)

    assert ouvertes == {PAGE_A_INTEGRER}


def test_pour_le_reste_ses_en_tetes_sont_ceux_de_toutes(client, referentiel):
    page, autre = client.get(PAGE_A_INTEGRER), client.get("/actions/")

    assert "X-Frame-Options" not in page
    assert page["X-Robots-Tag"] == "noindex"
    assert page["Cross-Origin-Resource-Policy"] == "cross-origin"
    politique = autre["Content-Security-Policy"].replace("ancestors 'none'", "ancestors *")
    assert page["Content-Security-Policy"] == politique
    for nom in ("Referrer-Policy", "Permissions-Policy", "X-Content-Type-Options"):
        assert page[nom] == autre[nom]
    assert page["Cross-Origin-Embedder-Policy"] == autre["Cross-Origin-Embedder-Policy"]


def test_une_page_inchangee_reste_permise_dans_un_cadre(client, referentiel):
    """A browser replaces the headers that it kept by those of the 304."""
    marque = client.get(PAGE_A_INTEGRER)["ETag"]

    inchangee = client.get(PAGE_A_INTEGRER, headers={"if-none-match": marque})

    assert inchangee.status_code == 304
    assert "frame-ancestors *" in inchangee["Content-Security-Policy"]
    assert "X-Frame-Options" not in inchangee


def test_avec_une_session_elle_ne_se_garde_pas(client, referentiel, agent_departement):
    client.force_login(agent_departement)

    assert "no-store" in client.get(PAGE_A_INTEGRER)["Cache-Control"]


def test_un_retard_se_lit_dans_le_cadre(client, referentiel):
    action = Action.objects.get(code="CLS-4-01")
    hier = localdate() - timedelta(days=1)
    Jalon.objects.create(action=action, libelle="Passé", prevu_le=hier)
    creer_point(action, hier, fait="Fait.")
    Action.objects.filter(pk=action.pk).update(statut="en_cours", statut_le=hier)

    page = client.get(PAGE_A_INTEGRER, {"action": action.slug}).content.decode()

    assert "En cours" in page and "En retard" in page


@pytest.mark.parametrize("parametres", ["axe=%01", "q=%01", "contrat=cls%01", "inconnu%01=1"])
def test_ce_que_xml_n_ecrit_pas_ne_casse_pas_le_flux(client, db, parametres):
    reponse = client.get(f"/actualites.atom?{parametres}")

    assert reponse.status_code == 200
    assert not feedparser.parse(reponse.content).bozo
