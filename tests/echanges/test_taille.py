"""Fifty thousand lines out, ten thousand in: what it costs, as ratios and bounds of one run."""

import resource
import time
import tracemalloc

import pytest
from django.db import connection

from actions.financements import lignes_publiques, tableau_des_financements
from actions.models import Financement
from contrats.models import Annee
from pacte.echanges.lecture import lire_fichier
from pacte.echanges.repetition import Sorte, repeter
from pacte.socle.tableaux import repondre_csv
from tests import fabriques as f

pytestmark = pytest.mark.django_db
OCTETS_DE_PLUS = 30 * 2**20
OCTETS_A_L_ENTREE = 200 * 2**20


@pytest.fixture(scope="module")
def lignes(base_du_module):
    """Fifty thousand money lines over 1,250 actions: ten funders, four years."""
    annees = [Annee.objects.get_or_create(pk=annee)[0] for annee in range(2024, 2028)]
    financeurs = [f.creer_partenaire(f"Financeur {rang}") for rang in range(10)]
    volet = f.creer_volet(contrat=f.creer_contrat(sigle="GROS"))
    actions = [f.creer_action(volet=volet, code=f"GROS-{rang:04}") for rang in range(1250)]
    Financement.objects.bulk_create(
        (
            Financement(action=action, annee=annee, financeur=financeur, prevu=rang, paye="12.50")
            for rang, action in enumerate(actions)
            for annee in annees
            for financeur in financeurs
        ),
        batch_size=2000,
    )
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE")  # what a server does by itself, between two transactions
    return Financement.objects.count()


def ecrire_csv():
    tableau = tableau_des_financements(
        lignes_publiques(), selection="Tout", adresse_absolue=lambda chemin: f"http://x{chemin}"
    )
    return repondre_csv(tableau)


def _ecrire() -> tuple[float, float, int]:
    """Return the processor seconds until the first byte, in all, and the bytes."""
    depart = time.process_time()
    reponse = ecrire_csv()
    morceaux = iter(reponse.streaming_content)
    octets = len(next(morceaux))
    premier = time.process_time() - depart
    octets += sum(map(len, morceaux))
    return premier, time.process_time() - depart, octets


def test_cinquante_mille_lignes_sortent_sans_remplir_la_memoire(lignes):
    _ecrire()
    tracemalloc.start()
    _premier, _total, octets = _ecrire()
    _, pic = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert lignes == 50_000
    assert octets > 5_000_000
    assert pic < OCTETS_DE_PLUS


def test_le_premier_octet_n_attend_pas_les_autres(lignes):
    _ecrire()

    premier, total, _octets = min(_ecrire() for _ in range(3))

    assert premier < total / 4


def test_dix_mille_lignes_se_repetent_sans_remplir_la_memoire(lignes, agent_departement):
    codes = Financement.objects.order_by("pk").values_list(
        "action__code", "annee_id", "financeur__nom"
    )[:10_000]
    rangees = [f"{code};{annee};{nom};numéraire;77" for code, annee, nom in codes]
    contenu = "\n".join(["Code;Année;Financeur;Nature;Prévu (€)", *rangees]).encode()
    requetes, avant = [], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def compter(executer, requete, *arguments):
        # The savepoint around each check reads nothing.
        requetes.extend([1] if requete.startswith("SELECT") else [])
        return executer(requete, *arguments)

    with connection.execute_wrapper(compter):
        repetition = repeter(lire_fichier("financements.csv", contenu), par=agent_departement)

    # The line that says 77 already is left as it is.
    assert repetition.comptes[Sorte.CHANGEE] > 9_900
    # One for each amount that changes: is it positive?
    assert len(requetes) < 10_050
    apres = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (apres - avant) * 1024 < OCTETS_A_L_ENTREE
