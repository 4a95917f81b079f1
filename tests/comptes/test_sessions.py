"""How long a session lasts, and what becomes of a form sent after its end."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pacte.comptes import sessions
from pacte.socle.models import Synonyme
from partenaires.models import Invitation
from tests.comptes.gestes import (
    code_de,
    est_connecte,
    figer_les_codes,
    identifier,
    lire,
    ouvrir_une_session,
    secret_de,
)
from tests.fabriques import creer_membre, creer_partenaire, creer_personne

pytestmark = pytest.mark.django_db

PROLONGER = "/compte/session/prolonger/"
REPRENDRE = "/compte/session/reprendre/"
MINUTE = 60


class Horloge:
    """Stands for the module `time` in the middleware; moved by the test."""

    def __init__(self):
        self.instant = 1_800_000_000.0

    def time(self) -> float:
        return self.instant

    def avancer(self, minutes):
        self.instant += minutes * MINUTE


@pytest.fixture
def horloge(monkeypatch):
    horloge = Horloge()
    monkeypatch.setattr(sessions, "time", horloge)
    return horloge


@pytest.fixture
def membre():
    return creer_membre(creer_partenaire())


@pytest.fixture
def navigateur(horloge, membre):
    """The browser of a référent, who just signed in."""
    return ouvrir_une_session(membre.utilisateur)


@pytest.fixture
def d_agent(client, horloge, agent_departement):
    """The browser of an officer, who just signed in."""
    client.force_login(agent_departement)
    assert est_connecte(client)
    return client


def test_trente_minutes_sans_geste_ferment_la_session_d_un_agent(d_agent, horloge):
    horloge.avancer(31)

    assert d_agent.get("/admin/").url.endswith("?next=/admin/")
    assert not est_connecte(d_agent)


def test_un_agent_qui_clique_reste_connecte(d_agent, horloge):
    for _ in range(3):
        horloge.avancer(29)
        assert est_connecte(d_agent)


def test_un_partenaire_a_soixante_minutes(navigateur, horloge):
    horloge.avancer(59)
    a_temps = est_connecte(navigateur)
    horloge.avancer(61)

    assert a_temps
    assert not est_connecte(navigateur)


def test_douze_heures_en_tout_ferment_la_session(navigateur, horloge):
    for _ in range(24):
        horloge.avancer(29)
        assert est_connecte(navigateur)
    horloge.avancer(29)

    assert not est_connecte(navigateur)


def test_le_site_public_se_lit_encore_apres_la_fin(referentiel, navigateur, horloge):
    horloge.avancer(61)
    navigateur.get("/compte/")

    assert navigateur.get("/partenaires/").status_code == 200


def test_la_page_dit_quand_la_session_se_ferme(navigateur):
    page = lire(navigateur.get("/compte/"))

    assert re.search(r"la session se ferme à \d\d? h \d\d\.", page)


def test_prolonger_garde_la_session(d_agent, horloge):
    horloge.avancer(29)
    d_agent.post(PROLONGER)
    horloge.avancer(29)

    assert est_connecte(d_agent)


def test_prolonger_ramene_a_la_page_d_ou_l_on_vient(navigateur):
    assert navigateur.post(PROLONGER, {"retour": "/compte/?a=b"}).url == "/compte/?a=b"


@pytest.mark.parametrize(
    "retour",
    ["//evil.example", "https:evil.example", "\\\\evil.example", "https://evil.example", ""],
)
def test_prolonger_ne_mene_pas_ailleurs(navigateur, retour):
    assert navigateur.post(PROLONGER, {"retour": retour}).url == "/compte/"


def test_prolonger_demande_un_post(navigateur):
    assert navigateur.get(PROLONGER).status_code == 405


def test_prolonger_ne_depasse_pas_douze_heures(navigateur, horloge):
    for _ in range(25):
        horloge.avancer(29)
        navigateur.post(PROLONGER)

    assert not est_connecte(navigateur)


INVITEE = {"courriel": "nadia@exemple.fr", "role": "contributeur"}


def inviter_trop_tard(navigateur, horloge, membre, **champs):
    """Send the form of an invitation after the session has ended."""
    horloge.avancer(61)
    adresse = reverse("espace_partenaires:inviter", args=[membre.partenaire.slug])
    return navigateur.post(adresse, {**INVITEE, **champs})


def champs_caches(page) -> dict:
    formulaire = page.partition('<form method="post" action="/espace/')[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', formulaire))


def test_un_envoi_tardif_n_est_pas_execute(navigateur, horloge, membre):
    reponse = inviter_trop_tard(navigateur, horloge, membre)

    assert reponse.url == f"/connexion/?next={REPRENDRE}"
    assert not Invitation.objects.exists()


def test_un_envoi_tardif_est_rendu_a_son_auteur(navigateur, horloge, membre):
    inviter_trop_tard(navigateur, horloge, membre, note="Nadia vient d’arriver <b>ici</b>")

    reponse = identifier(navigateur, membre.utilisateur, next=REPRENDRE)
    page = navigateur.get(reponse.url).content.decode()

    assert "<blockquote" in page
    assert "Nadia vient d’arriver &lt;b&gt;ici&lt;/b&gt;" in page
    assert champs_caches(page)["courriel"] == "nadia@exemple.fr"


def test_un_envoi_tardif_renvoye_est_execute(navigateur, horloge, membre):
    inviter_trop_tard(navigateur, horloge, membre)
    identifier(navigateur, membre.utilisateur, next=REPRENDRE)
    champs = champs_caches(lire(navigateur.get(REPRENDRE)))

    navigateur.post(reverse("espace_partenaires:inviter", args=[membre.partenaire.slug]), champs)

    assert Invitation.objects.get().courriel == "nadia@exemple.fr"


def test_un_envoi_tardif_reste_jusqu_a_ce_qu_il_soit_renvoye(navigateur, horloge, membre):
    champs = inviter_trop_tard(navigateur, horloge, membre)
    identifier(navigateur, membre.utilisateur, next=REPRENDRE)
    for _ in range(2):
        assert "nadia@exemple.fr" in lire(navigateur.get(REPRENDRE))

    navigateur.post(reverse("espace_partenaires:inviter", args=[membre.partenaire.slug]), champs)

    assert navigateur.get(REPRENDRE).status_code == 302


def test_un_envoi_tardif_n_est_montre_a_personne_d_autre(navigateur, horloge, membre):
    inviter_trop_tard(navigateur, horloge, membre)
    identifier(navigateur, creer_personne(), next=REPRENDRE)

    reponse = navigateur.get(REPRENDRE)

    assert reponse.url == "/espace/"
    assert "nadia@exemple.fr" not in lire(reponse)


def test_un_envoi_tardif_n_est_pas_montre_avant_la_connexion(navigateur, horloge, membre):
    inviter_trop_tard(navigateur, horloge, membre)

    assert navigateur.get(REPRENDRE).url.startswith("/connexion/")


def test_un_mot_de_passe_tardif_n_est_pas_garde(navigateur, horloge, membre):
    inviter_trop_tard(navigateur, horloge, membre, password="un secret", new_password1="un secret")

    assert "un secret" not in str(dict(navigateur.session.items()))


def test_ce_qui_touche_au_compte_n_est_pas_garde(navigateur, horloge):
    horloge.avancer(61)

    navigateur.post("/compte/mot-de-passe/", {"oldpassword": "a", "password1": "b"})

    assert sessions.SAISIE not in navigateur.session


def test_un_fichier_tardif_n_est_pas_garde(d_agent, horloge):
    horloge.avancer(31)
    document = SimpleUploadedFile("convention.pdf", b"%PDF-1.7 contenu")

    d_agent.post("/admin/contrats/acte/add/", {"objet": "Acte", "document": document})

    champs = d_agent.session[sessions.SAISIE]["champs"]
    assert [tuple(champ) for champ in champs] == [("objet", "Acte")]


def test_une_saisie_demesuree_n_est_pas_gardee(navigateur, horloge, membre):
    inviter_trop_tard(navigateur, horloge, membre, note="a" * (sessions.TAILLE_GARDEE + 1))

    assert sessions.SAISIE not in navigateur.session


def test_la_saisie_d_un_agent_passe_par_son_second_facteur(
    d_agent, horloge, agent_departement, monkeypatch
):
    figer_les_codes(monkeypatch)
    horloge.avancer(31)
    d_agent.post("/admin/socle/synonyme/add/", {"terme": "PIF", "equivalent": "point info"})
    identifier(d_agent, agent_departement, next=REPRENDRE)

    code = code_de(secret_de(agent_departement))
    reponse = d_agent.post("/connexion/code/", {"code": code}, follow=True)

    assert reponse.redirect_chain == [(REPRENDRE, 302)]
    assert 'name="terme" value="PIF"' in lire(reponse)
    assert not Synonyme.objects.exists()


def test_ses_sessions_sont_listees(membre):
    ici = ouvrir_une_session(membre.utilisateur)
    ouvrir_une_session(membre.utilisateur)
    ouvrir_une_session(creer_personne())

    page = lire(ici.get("/compte/sessions/"))

    assert page.count('<tr role="row"><th') == 2 + 1
    assert page.count("(celle-ci)") == 1


def test_fermer_les_autres_sessions(membre):
    ici, ailleurs = (ouvrir_une_session(membre.utilisateur) for _ in range(2))
    d_une_autre = ouvrir_une_session(creer_personne())

    ici.post("/compte/sessions/")

    assert est_connecte(ici)
    assert not est_connecte(ailleurs)
    assert est_connecte(d_une_autre)


def test_se_deconnecter_vide_la_session(membre):
    navigateur = ouvrir_une_session(membre.utilisateur)
    ancienne = navigateur.cookies["sessionid"].value

    navigateur.post("/deconnexion/")
    navigateur.cookies["sessionid"] = ancienne

    assert not est_connecte(navigateur)


@pytest.mark.parametrize("adresse", ["/", "/actions/", "/partenaires/", "/suivi/", "/recherche/"])
def test_un_lecteur_n_a_pas_de_session(referentiel, adresse):
    reponse = Client().get(adresse)

    assert not reponse.cookies
    assert "Cookie" not in reponse.get("Vary", "")
    assert "Prolonger ma session" not in lire(reponse)


@pytest.mark.parametrize("adresse", ["/", "/partenaires/"])
def test_un_lecteur_ne_coute_aucune_lecture_de_session(
    referentiel, django_assert_max_num_queries, adresse
):
    with django_assert_max_num_queries(60) as requetes:
        Client().get(adresse)

    assert not [r for r in requetes if "django_session" in r["sql"]]


def test_une_page_lue_avec_une_session_ne_se_partage_pas(referentiel, navigateur):
    reponse = navigateur.get("/partenaires/")

    assert "no-store" in reponse["Cache-Control"]
    assert "Cookie" in reponse["Vary"]
