"""The cells of a grid, one by one: what is typed, what is refused, and what somebody else wrote."""

from decimal import Decimal
from unittest.mock import Mock

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from actions.grilles import cases as module
from actions.grilles.argent import GrilleArgent
from actions.models import Action, Financement
from contrats.models import Annee
from tests import fabriques as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def financeur(db):
    Annee.objects.get_or_create(pk=2026)
    return f.creer_partenaire("Le Département d’essai", partie="departement", sigle="DEP")


@pytest.fixture
def action(financeur):
    return f.creer_action("Une action", code="CLS-1-01")


@pytest.fixture
def ouvrir(financeur, agent_departement):
    """Read the grid of every action, as its page does."""

    def ouvrir() -> GrilleArgent:
        actions = Action.objects.with_est_close(2026).select_related("volet").order_by("code")
        return GrilleArgent(actions, 2026, agent_departement, partenaires=[financeur])

    return ouvrir


@pytest.fixture
def ligne(action, financeur):
    return Financement.objects.create(action=action, annee_id=2026, financeur=financeur, prevu=10)


def _lus(grille) -> dict[str, str]:
    """What the page of `grille` carries, to be compared later."""
    return {f"lu-{rangee.cle}": rangee.lu for rangee in grille.rangees}


def _nom(grille, mesure="prevu", rang=0) -> str:
    return f"{grille.rangees[rang].cle}-{mesure}"


def _case(grille, mesure="prevu", rang=0) -> module.Case:
    (case,) = (c for c in grille.rangees[rang].cases if c.mesure == mesure)
    return case


def _enregistrer(grille, **saisies) -> int:
    """Send the page of `grille` after typing `saisies` in the cells of its first row."""
    tapees = {_nom(grille, mesure): texte for mesure, texte in saisies.items()}
    return grille.enregistrer({**_lus(grille), **tapees})


@pytest.mark.parametrize("longueur", [70, 71])
def test_un_titre_tient_en_soixante_dix_signes(ouvrir, longueur, financeur):
    f.creer_action("x" * longueur, code="CLS-1-01")

    ((_action, nom, _rangees),) = ouvrir().groupes

    assert nom == f"CLS-1-01 {'x' * 70 if longueur == 70 else 'x' * 69 + '…'}"


def test_une_case_n_est_signalee_que_si_la_page_en_dit_quelque_chose(ouvrir, action, financeur):
    Annee.objects.get_or_create(pk=2025)
    Financement.objects.create(action=action, annee_id=2025, financeur=financeur, prevu=5)
    grille = ouvrir()
    assert not any(case.est_signalee for case in grille.rangees[0].cases)

    grille.reprendre_l_annee_precedente()

    assert [case.est_signalee for case in grille.rangees[0].cases] == [True, False, False, False]


def test_une_case_que_la_page_n_envoie_pas_reste_comme_elle_est(ouvrir, ligne):
    assert _enregistrer(ouvrir(), paye="3") == 1

    ligne.refresh_from_db()
    assert (ligne.prevu, ligne.paye) == (10, 3)


def test_reprendre_garde_ce_qui_est_tape_et_ce_que_la_page_avait_lu(ouvrir, ligne):
    grille, cle = ouvrir(), f"{ligne.action_id}-{ligne.financeur_id}-numeraire"

    grille.reprendre({f"{cle}-paye": "3"})
    assert (_case(grille, "paye").texte, grille.rangees[0].lu) == ("3", "10|||")

    grille.reprendre({f"lu-{cle}": "9|||"})
    assert grille.rangees[0].lu == "9|||"


def test_une_case_faite_d_espaces_est_inconnue(ouvrir, ligne):
    grille = ouvrir()

    assert _enregistrer(grille, prevu="  ") == 1

    ligne.refresh_from_db()
    assert not grille.fautes and ligne.prevu is None


def test_une_faute_dans_une_rangee_n_en_laisse_rien_passer(ouvrir, ligne):
    grille = ouvrir()

    assert _enregistrer(grille, prevu="20", paye="beaucoup") == 0

    ligne.refresh_from_db()
    assert (ligne.prevu, ligne.paye) == (10, None)
    ((nom, phrase),) = grille.fautes
    assert nom == _nom(grille, "paye") and "Écrire un montant" in phrase


def test_ce_que_l_on_ne_comprend_pas_se_dit_avant_ce_que_le_modele_refuse(
    ouvrir, ligne, monkeypatch
):
    refus = ValidationError({"prevu": ["Trop."]})
    monkeypatch.setattr(Financement, "clean", Mock(side_effect=refus))
    grille = ouvrir()

    assert _enregistrer(grille, prevu="20", paye="beaucoup") == 0

    assert [nom for nom, _phrase in grille.fautes] == [_nom(grille, "paye")]


def test_une_case_fautive_ne_dit_que_sa_faute(ouvrir, ligne):
    """Although somebody changed it since: one thing at a time."""
    lus = _lus(ouvrir())
    Financement.objects.update(prevu=20)
    grille = ouvrir()

    grille.enregistrer({**lus, _nom(grille): "beaucoup"})

    case = _case(grille)
    assert case.faute and case.autre is None


@pytest.mark.parametrize(("ecrit", "dit"), [(20, "20"), (None, "vide")])
def test_ce_qu_un_autre_a_ecrit_entre_temps_se_dit(ouvrir, ligne, ecrit, dit):
    lus = _lus(ouvrir())
    Financement.objects.update(prevu=ecrit)
    grille = ouvrir()

    assert grille.enregistrer({**lus, _nom(grille): "30"}) == 0

    assert _case(grille).autre == dit
    assert grille.fautes == [
        (_nom(grille), "CLS-1-01, DEP, prévu : modifié par quelqu’un d’autre entre-temps")
    ]


def test_ce_que_le_modele_refuse_est_dans_la_case_qu_il_nomme(ouvrir, ligne, monkeypatch):
    refus = ValidationError({"paye": ["Trop.", "Vraiment."]})
    monkeypatch.setattr(Financement, "clean", Mock(side_effect=refus))
    grille = ouvrir()

    assert _enregistrer(grille, prevu="20") == 0

    assert [case.faute for case in grille.rangees[0].cases] == ["", "", "Trop. Vraiment.", ""]


def test_ce_que_le_modele_refuse_de_la_ligne_est_dans_sa_premiere_case(ouvrir, ligne, monkeypatch):
    monkeypatch.setattr(Financement, "clean", Mock(side_effect=ValidationError("Close.")))
    grille = ouvrir()

    assert _enregistrer(grille, paye="20") == 0

    assert [case.faute for case in grille.rangees[0].cases] == ["Close.", "", "", ""]


def test_un_champ_se_verifie_avant_d_etre_ecrit(ouvrir, ligne, monkeypatch):
    monkeypatch.setattr(GrilleArgent, "lire", lambda _self, _texte: Decimal("1e15"))
    grille = ouvrir()

    assert _enregistrer(grille, prevu="1") == 0

    assert "chiffres" in _case(grille).faute


def test_une_ligne_creee_par_un_autre_au_meme_moment_est_dite_et_rien_n_est_garde(
    ouvrir, action, financeur
):
    autres = [f.creer_action(code=f"CLS-1-0{rang}") for rang in (2, 3)]
    grille = ouvrir()
    tapees = {_nom(grille, "paye", rang): "5" for rang in (1, 2)}
    Financement.objects.create(action=autres[1], annee_id=2026, financeur=financeur, prevu=10)

    assert grille.enregistrer({**_lus(grille), **tapees}) == 0

    ((nom, phrase),) = grille.fautes
    assert nom == _nom(grille, rang=2) and "vient d’être créée" in phrase
    assert list(Financement.objects.values_list("action", "paye")) == [(autres[1].pk, None)]


@pytest.mark.parametrize("panne", [ZeroDivisionError, IntegrityError])
def test_ce_que_le_journal_ne_peut_pas_dire_n_est_pas_enregistre(ouvrir, ligne, monkeypatch, panne):
    monkeypatch.setattr(module, "consigner", Mock(side_effect=panne))

    with pytest.raises(panne):
        _enregistrer(ouvrir(), prevu="20")

    ligne.refresh_from_db()
    assert ligne.prevu == 10
