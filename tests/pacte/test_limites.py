"""What one address may ask for in a minute; forms that announce too many rows."""

import time

import pytest

from pacte import settings as reglages
from pacte.portail import limites
from tests.fabriques import creer_acte
from tests.lecture import lisible

RECHERCHE, EXPORT, IMPRESSION = "/recherche/?q=logement", "/actions.csv", "/rapports/x/2024.pdf"
PERMIS = {"recherche": 240, "export": 60, "impression": 20}


@pytest.fixture
def compteurs(settings):
    """Limits of a few, to reach them quickly; `PERMIS` says what the real ones are."""
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        **dict.fromkeys(PERMIS, "3/m/ip"),
    }


def test_les_limites_sont_larges_pour_un_bureau_de_deux_cents_personnes():
    limites_reglees = {nom: reglages.ACCOUNT_RATE_LIMITS[nom] for nom in PERMIS}

    assert limites_reglees == {nom: f"{nombre}/m/ip" for nom, nombre in PERMIS.items()}


@pytest.mark.parametrize(
    ("adresse", "permis"),
    [
        (RECHERCHE, 200),
        ("/actions/?q=logement", 200),
        ("/partenaires/?q=logement", 200),
        (EXPORT, 200),
        ("/partenaires.csv", 200),
        ("/donnees-ouvertes/actions.json", 200),
        ("/calendrier.ics", 200),
        (IMPRESSION, 404),
    ],
)
def test_au_dela_une_page_en_francais_dit_d_attendre_une_minute(
    client, referentiel, compteurs, adresse, permis
):
    reponses = [client.get(adresse) for _ in range(4)]

    assert [reponse.status_code for reponse in reponses] == [permis] * 3 + [429]
    assert reponses[-1]["Retry-After"] == "60"
    page = lisible(reponses[-1].text)
    assert "Réessayez dans une minute." in page
    assert "est resté dans son adresse" in page


@pytest.mark.usefixtures("compteurs")
@pytest.mark.parametrize("adresse", ["/", "/actions/?axe=1", "/recherche/?q=", "/actions/?q=+"])
def test_ce_qui_se_lit_sans_chercher_n_est_pas_compte(client, referentiel, adresse):
    assert {client.get(adresse).status_code for _ in range(6)} == {200}


@pytest.mark.usefixtures("compteurs")
def test_une_demande_head_compte_aussi_et_les_comptes_sont_separes(client, referentiel):
    assert [client.head(EXPORT).status_code for _ in range(4)] == [200] * 3 + [429]
    assert client.get(RECHERCHE).status_code == 200


@pytest.mark.usefixtures("compteurs")
@pytest.mark.parametrize(
    ("proxys", "en_tetes"),
    [
        (0, "192.0.2.{}"),
        (0, "192.0.2.{}, 10.0.0.1"),
        # The proxy writes the last one, whatever the caller wrote before it.
        (1, "192.0.2.{}, 10.0.0.1"),
        (1, "{}, evil, 10.0.0.1"),
    ],
)
def test_pretendre_venir_d_ailleurs_ne_passe_pas(client, referentiel, settings, proxys, en_tetes):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxys

    reponses = [
        client.get(
            RECHERCHE,
            headers={
                "x-forwarded-for": en_tetes.format(rang),
                "x-real-ip": f"192.0.2.{rang}",
                "forwarded": f"for=192.0.2.{rang}",
                "cf-connecting-ip": f"192.0.2.{rang}",
            },
        ).status_code
        for rang in range(4)
    ]

    assert reponses == [200] * 3 + [429]


@pytest.mark.usefixtures("compteurs")
def test_deux_adresses_ont_chacune_leur_compte(client, referentiel):
    ici = [client.get(RECHERCHE, REMOTE_ADDR="192.0.2.1").status_code for _ in range(4)]
    ailleurs = client.get(RECHERCHE, REMOTE_ADDR="192.0.2.2").status_code

    assert (ici[-1], ailleurs) == (429, 200)


def test_un_dossier_de_compteurs_plein_n_empeche_pas_de_chercher(client, referentiel, monkeypatch):
    def plein(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(limites.ratelimit, "consume", plein)

    assert client.get(RECHERCHE).status_code == 200


@pytest.mark.parametrize("annonce", ["1" + "0" * 20, "501", "40"])
@pytest.mark.parametrize("champ", ["TOTAL_FORMS", "INITIAL_FORMS"])
def test_un_formulaire_qui_annonce_trop_de_lignes_ne_retient_personne(
    client, administrateur, annonce, champ
):
    acte = creer_acte()
    client.force_login(administrateur)
    envoi = {"signatures-TOTAL_FORMS": "0", "signatures-INITIAL_FORMS": "0", "objet": "Acte"}
    depart = time.process_time()

    reponse = client.post(
        f"/admin/contrats/acte/{acte.pk}/change/", {**envoi, f"signatures-{champ}": annonce}
    )

    assert reponse.status_code == 400
    assert time.process_time() - depart < 5


@pytest.mark.django_db
@pytest.mark.parametrize("annonce", ["-1", "abc", "", "²", "1" * 9, " " * 30 + "1"])
def test_une_annonce_illisible_n_est_jamais_une_panne(client, administrateur, annonce):
    client.force_login(administrateur)

    reponse = client.post(
        "/admin/contrats/acte/add/", {"signatures-TOTAL_FORMS": annonce, "objet": "Acte"}
    )

    assert reponse.status_code in (200, 400)


def test_le_plus_grand_formulaire_permis_se_lit_en_peu_de_temps(client, administrateur):
    acte = creer_acte()
    client.force_login(administrateur)
    rangs = range(limites.LIGNES_AU_PLUS)
    envoi = {f"signatures-{rang}-qualite": "" for rang in rangs}
    depart = time.process_time()

    reponse = client.post(
        f"/admin/contrats/acte/{acte.pk}/change/",
        {
            **envoi,
            "signatures-TOTAL_FORMS": str(len(rangs)),
            "signatures-INITIAL_FORMS": "0",
            "objet": "",
        },
    )

    assert reponse.status_code == 200
    assert time.process_time() - depart < 20
