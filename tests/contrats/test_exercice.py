"""The exercise of a contract: its dates and amounts, and its closing, told from what is due."""

from datetime import date, timedelta
from unittest.mock import Mock

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate, now

from contrats.models import Annee, Exercice, Reouverture
from contrats.models import exercice as module
from pacte.socle.transitions import TransitionInterdite
from tests import fabriques as f

pytestmark = pytest.mark.django_db

HIER, AUJOURD_HUI = localdate() - timedelta(days=1), localdate()


def _copie(exercice: Exercice) -> Exercice:
    """The same row, as another process read it a while ago."""
    return Exercice.objects.get(pk=exercice.pk)


# --- What is due ------------------------------------------------------------------------------


def test_un_rapport_attendu_est_celui_d_un_contrat_visible_du_premier_au_dernier():
    cache = f.creer_contrat(publication="brouillon", visible_depuis=None)
    f.creer_exercice(contrat=cache, rapport_avant_le=HIER)
    f.creer_exercice(rapport_avant_le=None)
    dernier = f.creer_exercice(rapport_avant_le=AUJOURD_HUI)
    premier = f.creer_exercice(rapport_avant_le=HIER)

    assert list(Exercice.objects.avec_rapport()) == [premier, dernier]


def test_sont_a_clore_les_exercices_ouverts_dont_le_rapport_etait_du_les_anciens_d_abord():
    f.creer_exercice(rapport_avant_le=AUJOURD_HUI)
    f.creer_exercice(rapport_avant_le=None)
    f.creer_exercice(rapport_avant_le=HIER, rapport_remis_le=HIER, clos_le=now())
    recent = f.creer_exercice(rapport_avant_le=HIER)
    ancien = f.creer_exercice(rapport_avant_le=HIER - timedelta(days=1))

    assert list(Exercice.objects.a_clore()) == [ancien, recent]


# --- What may be written ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "champs",
    [
        {"debut": None, "fin": AUJOURD_HUI},
        {"debut": AUJOURD_HUI, "fin": None},
        {"debut": HIER, "fin": AUJOURD_HUI},
        {"debut": HIER, "fin": HIER},
        {"plafond_etat": 0, "montant_notifie": None},
        {"plafond_etat": None, "montant_notifie": 0},
        {"plafond_etat": 1000, "montant_notifie": 500},
    ],
)
def test_un_exercice_dit_ce_que_l_on_sait(champs):
    exercice = f.creer_exercice()
    for nom, valeur in champs.items():
        setattr(exercice, nom, valeur)

    exercice.full_clean()
    exercice.save()

    relu = _copie(exercice)
    assert {nom: getattr(relu, nom) for nom in champs} == champs


@pytest.mark.parametrize("champ", ["plafond_etat", "montant_notifie"])
def test_la_base_refuse_un_montant_negatif(champ):
    with pytest.raises(IntegrityError, match="exercice_montants_positifs"), transaction.atomic():
        f.creer_exercice(**{champ: -1})


def test_un_nouvel_exercice_se_verifie():
    Annee.objects.get_or_create(pk=2025)

    Exercice(contrat=f.creer_contrat(), annee_id=2025).full_clean()


def test_un_exercice_rapporte_garde_son_contrat_et_son_annee(agent_etat):
    libre, rapporte = f.creer_exercice(), f.creer_exercice()
    f.creer_rapport(exercice=rapporte)
    Annee.objects.get_or_create(pk=2026)
    rapporte.plafond_etat = 5
    rapporte.full_clean()

    for exercice in (libre, rapporte):
        exercice.annee_id = 2026
    libre.full_clean()
    with pytest.raises(ValidationError, match="il garde son contrat et son année"):
        rapporte.full_clean()


# --- Closing and opening again ----------------------------------------------------------------


@pytest.mark.parametrize("jour", [date(2025, 1, 1), AUJOURD_HUI])
def test_un_rapport_est_remis_des_l_annee_de_son_exercice_et_au_plus_tard_aujourd_hui(
    jour, agent_etat
):
    exercice = f.creer_exercice(annee_id=2025)

    exercice.clore(rapport_remis_le=jour, par=agent_etat)

    assert _copie(exercice).rapport_remis_le == jour


def test_un_exercice_clos_pendant_qu_on_lit_ne_se_clot_pas_deux_fois(agent_etat):
    exercice = f.creer_exercice()
    copie = _copie(exercice)
    exercice.clore(rapport_remis_le=HIER, par=agent_etat)

    with pytest.raises(TransitionInterdite, match="déjà clos"):
        copie.clore(rapport_remis_le=AUJOURD_HUI, par=agent_etat)

    assert _copie(exercice).rapport_remis_le == HIER


def test_une_cloture_que_le_journal_ne_peut_pas_dire_n_a_pas_lieu(agent_etat, monkeypatch):
    exercice = f.creer_exercice()
    monkeypatch.setattr(module, "consigner", Mock(side_effect=ZeroDivisionError))

    with pytest.raises(ZeroDivisionError):
        exercice.clore(rapport_remis_le=HIER, par=agent_etat)

    assert not _copie(exercice).est_clos


def test_un_rapport_qui_parait_clot_son_exercice_une_fois(agent_etat):
    exercice = f.creer_exercice()
    copie = _copie(exercice)

    exercice.clore_une_fois_rapporte(rapport_remis_le=HIER, par=agent_etat)
    copie.clore_une_fois_rapporte(rapport_remis_le=AUJOURD_HUI, par=agent_etat)

    relu = _copie(exercice)
    assert relu.est_clos and relu.rapport_remis_le == HIER


def test_rouvrir_n_ecrit_rien_d_autre(agent_etat):
    exercice = f.clore(f.creer_contrat(), 2025)
    exercice.plafond_etat = 5

    exercice.rouvrir(par=agent_etat, raison="Une facture oubliée.")

    relu = _copie(exercice)
    assert (relu.clos_le, relu.plafond_etat) == (None, None)


def test_qui_ne_clot_pas_ne_demande_pas_a_rouvrir():
    exercice = f.clore(f.creer_contrat(), 2025)

    with pytest.raises(PermissionDenied):
        Reouverture(exercice=exercice, raison="Pour voir.").deposer(par=f.creer_personne())

    assert not Reouverture.objects.exists()


def test_un_exercice_rouvert_pendant_qu_on_lit_ne_se_rouvre_pas(agent_etat):
    exercice = f.clore(f.creer_contrat(), 2025)
    _copie(exercice).rouvrir(par=agent_etat, raison="Une facture oubliée.")

    with pytest.raises(TransitionInterdite, match="n’est pas clos"):
        Reouverture(exercice=exercice, raison="Une autre.").deposer(par=agent_etat)


@pytest.mark.parametrize(
    ("jours", "est_clos", "est_en_retard"),
    [(None, False, False), (0, False, False), (-1, False, True), (-1, True, False)],
)
def test_un_rapport_tarde_le_lendemain_de_son_jour_tant_que_l_exercice_est_ouvert(
    jours, est_clos, est_en_retard
):
    attendu = None if jours is None else localdate() + timedelta(days=jours)
    exercice = Exercice(rapport_avant_le=attendu, clos_le=now() if est_clos else None)

    assert exercice.rapport_en_retard is est_en_retard
