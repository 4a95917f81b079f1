"""The editions of a report: which ones are read, how they are named, and when one is refused."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate

from contrats.models import Pacte
from pacte.rapports.models import RapportAnnuel, a_rapporter
from pacte.rapports.mots import MotDePartie
from pacte.socle.transitions import TransitionInterdite
from tests import fabriques as f

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pacte(db):
    Pacte.objects.create(pk=1, annee_debut=2024, annee_fin=2027).ouvrir_les_annees()


def _paru(exercice, **champs) -> RapportAnnuel:
    return f.faire_paraitre(f.creer_rapport(exercice=exercice, **champs))


def _suivante(rapport, **champs) -> RapportAnnuel:
    """The edition that comes after `rapport`, not released."""
    return f.creer_rapport(exercice=rapport.exercice, **{"motif": "Une erreur.", **champs})


# --- Which ones -------------------------------------------------------------------------------


def test_les_editions_parues_vont_de_la_plus_recente_a_la_plus_ancienne():
    second, premier = (f.creer_contrat(ordre=rang) for rang in (2, 1))
    cache = f.creer_contrat(publication="brouillon", visible_depuis=None)
    ancienne = _paru(f.creer_exercice(contrat=premier, annee_id=2024))
    apres = _paru(f.creer_exercice(contrat=second, annee_id=2025))
    avant = _paru(f.creer_exercice(contrat=premier, annee_id=2025))
    # Its number says which one is newer, whatever a clock set back says.
    avant_hier = ancienne.deposee_le - timedelta(days=2)
    nouvelle = f.faire_paraitre(_suivante(ancienne, deposee_le=avant_hier))
    _paru(f.creer_exercice(contrat=cache, annee_id=2025))

    assert list(RapportAnnuel.objects.parus()) == [avant, apres, nouvelle, ancienne]


def test_une_edition_suit_celle_du_plus_grand_numero():
    """Whatever a clock set back says."""
    premiere = _paru(f.creer_exercice(annee_id=2024))
    avant_hier = premiere.deposee_le - timedelta(days=2)
    deuxieme = f.faire_paraitre(_suivante(premiere, deposee_le=avant_hier))

    troisieme = _suivante(premiere)

    assert (troisieme.edition, troisieme.remplace) == (3, deuxieme)


def test_un_retrait_n_emporte_qu_une_fois_paru_et_que_son_exercice():
    retire, voisin = (_paru(f.creer_exercice(annee_id=2024)) for _ in range(2))
    retrait = _suivante(retire, est_un_retrait=True)
    lisibles = RapportAnnuel.objects.lisibles
    assert set(lisibles()) == {retire, voisin}

    f.faire_paraitre(retrait)

    assert set(lisibles()) == {retrait, voisin}


def test_une_edition_se_nomme():
    premiere = _paru(f.creer_exercice(contrat=f.creer_contrat(sigle="CLS"), annee_id=2024))
    retrait = _suivante(premiere, est_un_retrait=True)

    assert [str(premiere), str(retrait)] == [
        "Rapport 2024 du CLS",
        "Rapport 2024 du CLS, édition 2 (retrait)",
    ]


def test_est_a_rapporter_ce_qui_est_fini_et_n_attend_ni_accord_ni_parution():
    """The oldest year first, then the order of contracts."""
    jour, passee = localdate(), localdate().year - 1
    fini_hier = f.creer_exercice(annee_id=jour.year, fin=jour - timedelta(days=1))
    apres, avant = (
        f.creer_exercice(contrat=f.creer_contrat(ordre=ordre), annee_id=passee) for ordre in (2, 1)
    )
    f.creer_exercice(annee_id=jour.year, fin=jour)
    f.creer_exercice(annee_id=jour.year)
    f.creer_exercice(annee_id=passee, fin=jour + timedelta(days=9))
    f.creer_exercice(
        contrat=f.creer_contrat(publication="brouillon", visible_depuis=None), annee_id=passee
    )
    f.creer_rapport(exercice=f.creer_exercice(annee_id=passee))
    _paru(f.clore(f.creer_contrat(), passee))

    assert list(a_rapporter()) == [avant, apres, fini_hier]


# --- What may be written ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "champs",
    [
        {"edition": 2},
        {"est_un_retrait": True},
        {"motif": "Une erreur.", "edition": 2},
    ],
)
def test_la_base_refuse_une_premiere_edition_qui_en_corrige_une_autre(champs):
    with pytest.raises(IntegrityError, match="edition_motivee"), transaction.atomic():
        f.creer_rapport(**champs)


@pytest.mark.parametrize(
    "champs", [{"motif": ""}, {"edition": 1}, {"remplace": None}, {"edition": 1, "motif": ""}]
)
def test_la_base_refuse_une_nouvelle_edition_qui_ne_dit_pas_laquelle(champs):
    premiere = _paru(f.creer_exercice(annee_id=2024))

    with pytest.raises(IntegrityError, match="edition_motivee"), transaction.atomic():
        _suivante(premiere, **champs)


def test_un_exercice_sans_fin_dite_finit_avec_l_annee():
    exercice = f.creer_exercice(annee_id=localdate().year)

    refus = RapportAnnuel(exercice=exercice).refus_de_figer

    assert f"finit le 31 décembre {localdate().year}" in refus.replace("\u00a0", " ")


@pytest.mark.parametrize(("jours", "se_fige"), [(-1, True), (0, False)])
def test_un_rapport_se_fige_le_lendemain_de_la_fin(jours, se_fige):
    exercice = f.creer_exercice(annee_id=2025, fin=localdate() + timedelta(days=jours))

    assert (not RapportAnnuel(exercice=exercice).refus_de_figer) is se_fige


def test_il_n_y_a_rien_a_retirer_avant_une_premiere_parution():
    exercice = f.creer_exercice(annee_id=2024)

    refus = RapportAnnuel(exercice=exercice, est_un_retrait=True).refus_de_figer

    assert refus == "Aucune édition parue n’est à retirer."


def test_un_rapport_compose_de_nouveau_dit_ce_qui_a_change():
    rapport = RapportAnnuel(exercice=f.creer_exercice(annee_id=2024, plafond_etat=1000))
    rapport.composer()
    assert rapport.faits["exercice"]["plafond_etat"] == 1000

    type(rapport.exercice).objects.update(plafond_etat=2000)
    rapport.composer()

    assert rapport.faits["exercice"]["plafond_etat"] == 2000


def test_une_edition_parue_pendant_que_l_on_fige_est_dite(agent_departement, monkeypatch):
    exercice, composer = f.creer_exercice(annee_id=2024), RapportAnnuel.composer

    def composer_et_etre_devance(rapport):
        composer(rapport)
        monkeypatch.undo()
        _paru(exercice)

    monkeypatch.setattr(RapportAnnuel, "composer", composer_et_etre_devance)

    with pytest.raises(TransitionInterdite, match="Une autre édition vient de paraître"):
        RapportAnnuel(exercice=exercice).figer(par=agent_departement)


def test_un_rapport_n_est_repris_que_par_quelqu_un():
    with pytest.raises(PermissionDenied):
        f.creer_rapport().retirer()


# --- The words of the parties -----------------------------------------------------------------


def test_un_mot_est_ecrit_sans_ses_blancs_et_avec_son_histoire(agent_etat, monkeypatch):
    mot = MotDePartie(exercice=f.creer_exercice(annee_id=2024), partie="etat")
    mot.ecrire("  Une bonne année.\n", par=agent_etat)
    assert mot.texte == "Une bonne année."

    monkeypatch.setattr(MotDePartie.historique.model, "save", Mock(side_effect=ZeroDivisionError))
    with pytest.raises(ZeroDivisionError):
        mot.ecrire("Repenti.", par=agent_etat)

    assert MotDePartie.objects.get().texte == "Une bonne année."


def test_une_partie_n_a_qu_un_mot(agent_etat):
    exercice = f.creer_exercice(annee_id=2024)
    f.creer_mot(exercice=exercice, partie="etat")

    with pytest.raises(ValidationError, match="a déjà écrit son mot"):
        MotDePartie(exercice=exercice, partie="etat").ecrire("Un autre.", par=agent_etat)
