"""Who signed what; and how many signatories have a published contribution."""

from datetime import date

import pytest

from contrats.models import Signature
from tests.fabriques import creer_acte, creer_contribution, creer_partenaire
from tests.lecture import lire

pytestmark = pytest.mark.django_db
REGISTRE = "/contrats/signatures/"
LE_JOUR = date(2024, 6, 12)


def test_sans_signature_le_registre_le_dit(client, referentiel):
    assert "Aucune signature n’est enregistrée" in lire(client, REGISTRE)


def test_chaque_partie_a_sa_ligne_et_chaque_acte_sa_colonne(client):
    actes = [creer_acte(objet=f"Acte {n}", signe_le=LE_JOUR) for n in (1, 2)]
    zoe, abel = creer_partenaire("Zoé"), creer_partenaire("Abel")
    Signature.objects.create(acte=actes[0], partenaire=zoe, signe_le=LE_JOUR, qualite="préfète")
    Signature.objects.create(acte=actes[1], partenaire=abel)

    page = lire(client, REGISTRE)

    assert page.index(">Abel</a>") < page.index(">Zoé</a>")
    assert "12 juin 2024" in page and "préfète" in page
    assert "signé, date non communiquée" in page and page.count("pas signé") == 2


@pytest.mark.parametrize(
    ("avec", "phrase"),
    [
        (0, "0 signataire sur 3 a une contribution publiée"),
        (1, "1 signataire sur 3 a une contribution publiée"),
        (2, "2 signataires sur 3 ont une contribution publiée"),
    ],
)
def test_combien_de_signataires_ont_une_contribution_publiee(client, avec, phrase):
    acte = creer_acte(signe_le=LE_JOUR)
    partenaires = [creer_partenaire() for _ in range(3)]
    for partenaire in partenaires:
        Signature.objects.create(acte=acte, partenaire=partenaire)
    for partenaire in partenaires[:avec]:
        creer_contribution(partenaire=partenaire)
        creer_contribution(partenaire=partenaire)

    assert phrase in lire(client, REGISTRE)


def test_un_acte_sans_signature_ni_un_partenaire_cache_n_y_sont(client):
    brouillon = creer_acte(objet="Projet d’acte")
    signe = creer_acte(signe_le=LE_JOUR)
    Signature.objects.create(acte=brouillon, partenaire=creer_partenaire("Visible"))
    Signature.objects.create(
        acte=signe, partenaire=creer_partenaire("Caché", publication="brouillon")
    )

    page = lire(client, REGISTRE)

    assert "Projet d’acte" not in page and "Caché" not in page


def test_la_page_du_partenaire_dit_depuis_quand(client):
    partenaire = creer_partenaire()
    acte = creer_acte(signe_le=LE_JOUR)
    Signature.objects.create(acte=acte, partenaire=partenaire, signe_le=date(2024, 7, 1))

    page = client.get(partenaire.get_absolute_url()).content.decode().replace("\u00a0", " ")

    assert "Signataire depuis" in page and "le 1er juillet 2024" in page
