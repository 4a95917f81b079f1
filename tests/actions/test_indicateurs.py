"""Indicators: what is said of them, and small counts that no one can work out."""

import re
from collections import Counter
from contextlib import nullcontext
from decimal import Decimal
from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from hypothesis import given
from hypothesis import strategies as st

from actions.models import Action, Indicateur, PositionIndicateur, Releve
from actions.models.secret import SEUIL_DU_SECRET, publier_serie
from partenaires.models import Partenaire
from tests.fabriques import clore, creer_action, creer_indicateur
from tests.lecture import lire


def creer(releves, **champs) -> Indicateur:
    """Return an indicator with `releves`: year → (target, value)."""
    defauts = {"libelle": "Personnes accompagnées", "unite": "personnes"}
    action = Action.objects.get(code="CLS-4-01")
    indicateur = Indicateur.objects.create(action=action, **{**defauts, **champs})
    Releve.objects.bulk_create(
        Releve(indicateur=indicateur, annee_id=annee, cible=cible, valeur=valeur)
        for annee, (cible, valeur) in releves.items()
    )
    return Indicateur.objects.get(pk=indicateur.pk)


@pytest.mark.parametrize(
    ("releves", "sens", "position"),
    [
        ({}, "hausse", "pas_mesure"),
        ({2026: (200, None)}, "hausse", "pas_mesure"),
        ({2025: (None, 131)}, "hausse", "sans_cible"),
        ({2025: (130, 131)}, "hausse", "a_la_cible"),
        ({2025: (131, 131)}, "baisse", "a_la_cible"),
        ({2025: (130, 131)}, "baisse", "en_deca"),
        ({2024: (10, 99), 2025: (140, 131), 2026: (150, None)}, "hausse", "en_deca"),
    ],
)
def test_un_indicateur_dit_sa_position(referentiel, releves, sens, position):
    assert creer(releves, sens=sens).position == PositionIndicateur(position)


SERIES = [
    {},
    {2026: (200, None)},
    *({2025: (cible, valeur)} for cible in (None, 3, 9) for valeur in (0, 1, 3, 5, 8, 9, 10)),
    {2024: (None, 1), 2025: (100, 100), 2026: (100, 102)},
    {2024: (10, 99), 2025: (140, 131), 2026: (150, None)},
    {2024: (None, 9), 2025: (50, 20), 2026: (30, 40)},
]


def test_les_positions_se_comptent_comme_chaque_indicateur_se_dit(referentiel):
    """Whatever it counts, however, and in whichever order its values were written."""
    genres = product((True, False), (True, False), ("hausse", "baisse"))
    lus = [
        creer(
            dict(reversed(serie.items())),
            libelle=f"Mesure {rang} {personnes} {cumulatif} {sens}",
            compte_personnes=personnes,
            cumulatif=cumulatif,
            sens=sens,
        )
        for personnes, cumulatif, sens in genres
        for rang, serie in enumerate(SERIES)
    ]

    for indicateur in lus:
        compte = Indicateur.objects.filter(pk=indicateur.pk).positions()
        assert compte == Counter([indicateur.position]), indicateur
    assert Indicateur.objects.positions() == Counter(indicateur.position for indicateur in lus)


def test_un_indicateur_a_pour_annees_closes_celles_qu_il_mesure(referentiel):
    indicateur = creer({2024: (None, 1), 2025: (None, 2)})
    for annee in (2024, 2026):
        clore(indicateur.action.volet.contrat, annee)

    assert indicateur.annees_closes == {2024}


def test_la_fiche_dit_unite_source_et_provisoire(client, referentiel):
    creer(
        {2025: (Decimal("130"), Decimal("1131.5")), 2026: (200, None)},
        source="Carriolix",
        methode="Compte des dossiers.",
        reference=Decimal("84"),
        reference_annee=2023,
    )

    page = lire(client, "/actions/carrioles-partagees/")

    for dit in (
        "1 131,5 (provisoire)",
        "Carriolix",
        "Compte des dossiers",
        ">200<",
        "Cible atteinte",
    ):
        assert dit in page
    assert "non communiqué" in page
    assert "Situation de départ (2023)" in page


def test_un_petit_nombre_de_personnes_n_est_publie_nulle_part(client, referentiel):
    creer({2025: (4, 3), 2026: (4, 4)}, compte_personnes=True, reference=Decimal(2))

    page = client.get("/actions/carrioles-partagees/").content.decode()
    bloc = page[page.index('id="indicateurs"') : page.index("Partenaires nommés")]

    assert bloc.count("moins de 5") == 3
    assert "Secret statistique" in bloc
    assert ">3<" not in bloc
    assert "Cible atteinte" not in bloc


@pytest.mark.parametrize(
    ("nombre", "est_masque"), [(0, False), (1, True), (4, True), (5, False), (-1, False)]
)
def test_de_un_a_quatre_personnes_un_nombre_est_masque(nombre, est_masque):
    (publie,) = publier_serie([Decimal(nombre)], compte_personnes=True, cumulatif=False)

    assert (publie.est_masquee, publie.valeur) == (est_masque, None if est_masque else nombre)


@pytest.mark.parametrize(
    ("ensuite", "est_masque"),
    [(100, False), (101, True), (104, True), (105, False), (99, True), (96, True), (95, False)],
)
def test_une_difference_de_un_a_quatre_est_masquee_dans_les_deux_sens(ensuite, est_masque):
    serie = publier_serie([100, ensuite], compte_personnes=True, cumulatif=True)

    assert (serie[1].est_masquee, serie[1].que_de_plus) == (est_masque, est_masque)


def test_hors_des_personnes_et_des_cumuls_tout_est_publie():
    jours = publier_serie([3, 100, 101], compte_personnes=False, cumulatif=True)
    annuelles = publier_serie([100, 101, None], compte_personnes=True, cumulatif=False)

    assert [publie.valeur for publie in jours] == [3, 100, 101]
    assert [publie.valeur for publie in annuelles] == [100, 101, None]
    assert not any(publie.est_masquee for publie in [*jours, *annuelles])


def test_ce_qui_est_masque_ne_sert_pas_de_point_de_depart():
    serie = publier_serie([100, 103, 106, None, 109], compte_personnes=True, cumulatif=True)

    assert [publie.valeur for publie in serie] == [100, None, 106, None, None]


@pytest.mark.parametrize(
    ("valeur", "definitif", "est_provisoire"),
    [(12, False, True), (12, True, False), (None, False, False), (None, True, False)],
)
def test_seule_une_valeur_connue_et_non_definitive_est_provisoire(
    referentiel, valeur, definitif, est_provisoire
):
    indicateur = creer({2025: (None, valeur)})
    indicateur.releves.update(definitif=definitif)

    (annee,) = indicateur.annees

    assert annee.est_provisoire is est_provisoire


def test_un_cumul_ne_trahit_pas_une_petite_hausse(referentiel):
    indicateur = creer(
        {2024: (None, 100), 2025: (None, 103), 2026: (None, 110)},
        compte_personnes=True,
        cumulatif=True,
    )

    dits = [annee.valeur for annee in indicateur.annees]

    assert dits == ["100", "moins de 5 de différence", "110"]


series = st.lists(st.integers(0, 14), min_size=1, max_size=4)


@given(hausses=series)
def test_aucune_suite_de_valeurs_publiees_ne_revele_un_nombre_masque(hausses):
    cumuls = [sum(hausses[: rang + 1]) for rang in range(len(hausses))]
    publies = _publier(cumuls)

    # Everything that a reader may suppose, and that would have been published alike.
    compatibles = [
        candidat
        for candidat in product(*(_candidats(p, max(cumuls)) for p in publies))
        if list(candidat) == sorted(candidat) and _publier(candidat) == publies
    ]

    assert tuple(cumuls) in compatibles
    for rang, publie in enumerate(publies):
        if publie.est_masquee:
            assert len({candidat[rang] for candidat in compatibles}) > 1
    petites = [r for r, hausse in enumerate(hausses) if 0 < hausse < SEUIL_DU_SECRET]
    for rang in petites:
        assert len({c[rang] - (c[rang - 1] if rang else 0) for c in compatibles}) > 1


def _publier(cumuls):
    valeurs = [Decimal(valeur) for valeur in cumuls]
    return publier_serie(valeurs, compte_personnes=True, cumulatif=True)


def _candidats(publie, maximum):
    return range(maximum + SEUIL_DU_SECRET) if publie.est_masquee else [int(publie.valeur)]


OFFRES = [
    "/suivi/",
    "/suivi/indicateurs.csv",
    "/contrats/cls/",
    "/axes/4/",
    "/partenaires/carriolix/",
]


def test_aucune_page_ni_export_ne_dit_un_petit_nombre(client, referentiel):
    carriolix = Partenaire.objects.get(slug="carriolix")
    personnes = {"compte_personnes": True}
    creer({2024: (None, 43), 2025: (47, 46)}, cumulatif=True, libelle="Cumul", **personnes)
    creer({2025: (9, 4)}, responsable=carriolix, libelle="Peu", **personnes)

    lus = {adresse: lire(client, adresse) for adresse in [*OFFRES, "/actions/carrioles-partagees/"]}
    export = lus["/suivi/indicateurs.csv"]

    assert export.count("moins de 5") == 2
    assert ";43;" in export
    for adresse, contenu in lus.items():
        assert not re.search(r"[;>]\s*(46|4)\s*[;<]", contenu), adresse
    assert "Secret statistique" in lus["/partenaires/carriolix/"]
    assert "2 sur 2 : secret statistique" in lus["/suivi/"]


@pytest.mark.django_db
@pytest.mark.parametrize("champ", ["cible", "valeur"])
@pytest.mark.parametrize(
    ("quantite", "est_refusee"),
    [(None, False), ("0", False), ("3", False), ("-1", True), ("2.5", True), ("-2.5", True)],
)
def test_un_nombre_de_personnes_est_entier_et_positif(champ, quantite, est_refusee):
    quantites = {champ: None if quantite is None else Decimal(quantite)}
    personnes, jours = (creer_indicateur(compte_personnes=oui) for oui in (True, False))
    refus = pytest.raises(ValidationError, match="entier et positif")

    with refus if est_refusee else nullcontext():
        Releve(indicateur=personnes, **quantites).clean()
    Releve(indicateur=jours, **quantites).clean()


def test_un_releve_sans_indicateur_ne_dit_que_cela():
    Releve(valeur=Decimal("2.5")).clean()


@pytest.mark.django_db
def test_les_indicateurs_publics_suivent_le_code_de_leur_action():
    second = creer_indicateur(action=creer_action(code="CLS-1-02"))
    premier = creer_indicateur(action=creer_action(code="CLS-1-01"))
    creer_indicateur(action=creer_action(publication="brouillon", visible_depuis=None))

    assert list(Indicateur.objects.publics()) == [premier, second]


def test_un_cumul_se_lit_d_annee_en_annee_quel_que_soit_l_ordre_des_lignes(referentiel):
    creer({2024: (None, 100), 2025: (None, 103)}, compte_personnes=True, cumulatif=True)
    a_rebours = Prefetch("releves", Releve.objects.order_by("-annee"))

    indicateur = Indicateur.objects.prefetch_related(a_rebours).get()

    assert [annee.valeur for annee in indicateur.annees] == ["100", "moins de 5 de différence"]
