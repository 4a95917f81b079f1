"""Who signed what; and how many signatories have a published contribution."""

from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate

from contrats.models import Acte, Signature
from tests.fabriques import (
    creer_acte,
    creer_action,
    creer_contrat,
    creer_contribution,
    creer_partenaire,
)
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


# Signed when (days from today, None: not yet), contract (None: the pact itself), public or not.
PUBLICITE = [
    (0, "visible", True),
    (-1, "visible", True),
    (1, "visible", False),
    (None, "visible", False),
    (0, "brouillon", False),
    (0, None, True),
    (None, None, False),
]


@pytest.mark.parametrize(("jours", "contrat", "est_public"), PUBLICITE)
def test_un_acte_est_public_le_jour_de_sa_signature(jours, contrat, est_public):
    acte = creer_acte(
        contrat=None if contrat is None else creer_contrat(publication=contrat),
        signe_le=None if jours is None else localdate() + timedelta(days=jours),
    )
    signature = Signature.objects.create(acte=acte, partenaire=creer_partenaire())

    assert list(Acte.objects.visibles()) == ([acte] if est_public else [])
    assert acte.est_public is est_public
    assert list(Signature.objects.publiques()) == ([signature] if est_public else [])


@pytest.mark.parametrize(("jours", "est_refuse"), [(0, False), (1, True)])
def test_un_acte_ne_se_signe_pas_demain(jours, est_refuse):
    acte = creer_acte(signe_le=localdate() + timedelta(days=jours))
    refus = pytest.raises(ValidationError, match="au plus tard aujourd’hui")

    with refus if est_refuse else nullcontext():
        acte.full_clean()


def test_un_acte_qui_inscrit_des_actions_garde_leur_contrat():
    action = creer_action()
    acte = creer_acte(contrat=action.volet.contrat)
    acte.actions.add(action)
    acte.full_clean()

    acte.contrat = None
    acte.full_clean()
    acte.contrat = creer_contrat()
    with pytest.raises(ValidationError, match="inscrit des actions d’un autre contrat"):
        acte.full_clean()


def test_la_premiere_date_est_celle_de_la_signature_ou_de_son_acte():
    assert Signature.objects.all().premiere_date() is None
    partenaire = creer_partenaire()
    Signature.objects.create(acte=creer_acte(), partenaire=partenaire)
    assert Signature.objects.all().premiere_date() is None

    Signature.objects.create(acte=creer_acte(signe_le=date(2024, 6, 12)), partenaire=partenaire)
    assert Signature.objects.all().premiere_date() == date(2024, 6, 12)
    tardif = creer_acte(signe_le=date(2024, 1, 1))
    Signature.objects.create(acte=tardif, partenaire=partenaire, signe_le=date(2025, 1, 1))
    assert Signature.objects.all().premiere_date() == date(2024, 6, 12)


def test_la_page_du_partenaire_dit_depuis_quand(client):
    partenaire = creer_partenaire()
    acte = creer_acte(signe_le=LE_JOUR)
    Signature.objects.create(acte=acte, partenaire=partenaire, signe_le=date(2024, 7, 1))

    page = client.get(partenaire.get_absolute_url()).content.decode().replace("\u00a0", " ")

    assert "Signataire depuis" in page and "le 1er juillet 2024" in page


def test_un_acte_se_nomme_par_son_type_et_son_objet():
    assert str(Acte(type_acte="avenant", objet="Deux actions")) == "Avenant – Deux actions"
