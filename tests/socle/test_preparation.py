"""A change prepared aside, by its transitions: who may, what is refused, and what it says."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.timezone import now

from actions.models import Action, PreparationAction, Public
from pacte.socle import preparation as module
from pacte.socle.photographie import photographier
from pacte.socle.transitions import TransitionInterdite
from partenaires.models import PreparationPartenaire
from tests import fabriques as f
from tests.conftest import creer_agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def collegue():
    return creer_agent("Agents du Département", "collegue@departement.exemple")


@pytest.fixture
def preparation(agent_departement):
    return f.creer_preparation(preparee_par=agent_departement)


@pytest.fixture
def close(agent_departement):
    """A change that was dropped, as somebody read it before."""
    preparation = f.creer_preparation(preparee_par=agent_departement)
    PreparationAction.objects.get(pk=preparation.pk).abandonner(par=agent_departement)
    return preparation


@pytest.fixture
def muet(monkeypatch):
    """A portal that can neither write to anybody nor journal anything."""
    for nom in ("consigner", "envoyer"):
        monkeypatch.setattr(module, nom, Mock(side_effect=ZeroDivisionError))


def _relue(preparation):
    return type(preparation).objects.get(pk=preparation.pk)


# --- Which ones -------------------------------------------------------------------------------


def test_ce_qui_est_en_cours_va_du_plus_ancien_au_plus_recent(preparation):
    ancienne = f.creer_preparation(preparee_le=now() - timedelta(days=1))

    assert list(PreparationAction.objects.en_cours()) == [ancienne, preparation]


def test_un_agent_porte_ce_qu_on_lui_confie_et_ce_qu_il_prepare_et_garde(
    preparation, agent_departement, collegue
):
    membre = f.creer_personne()
    confiee = f.creer_preparation(preparee_par=collegue, confiee_a=agent_departement)
    f.creer_preparation(preparee_par=agent_departement, confiee_a=collegue)
    f.creer_preparation(preparee_par=agent_departement).abandonner(par=agent_departement)
    f.creer_preparation(preparee_par=collegue)
    f.creer_preparation(preparee_par=membre)

    portees = PreparationAction.objects.portees_par

    assert set(portees(agent_departement)) == {preparation, confiee}
    assert not portees(membre)


# --- Writing ----------------------------------------------------------------------------------


def test_qui_ne_modifie_pas_les_actions_n_en_prepare_pas(preparation):
    with pytest.raises(PermissionDenied):
        preparation.ecrire(par=f.creer_personne())


def test_ce_qui_est_clos_ne_se_recrit_pas(close, agent_departement):
    with pytest.raises(TransitionInterdite, match="déjà abandonnée"):
        close.ecrire(par=agent_departement)


def test_deux_modifications_d_une_action_ne_se_preparent_pas_a_la_fois(
    preparation, agent_departement
):
    autre = PreparationAction(action=preparation.action, preparee_par=agent_departement)
    autre.prevoir({"titre": "Encore autrement"})

    with pytest.raises(ValidationError, match="déjà en préparation"):
        autre.ecrire(par=agent_departement)


def test_ce_que_le_journal_ne_peut_pas_dire_n_est_pas_ecrit(preparation, agent_departement, muet):
    preparation.prevoir({"titre": "Encore autrement"})

    with pytest.raises(ZeroDivisionError):
        preparation.ecrire(par=agent_departement)

    assert _relue(preparation).apres == {"titre": "Autrement"}


# --- Handing on -------------------------------------------------------------------------------


def test_qui_ne_prepare_pas_ne_confie_rien(preparation, collegue):
    with pytest.raises(PermissionDenied):
        preparation.confier(par=f.creer_personne(), a=collegue)

    assert _relue(preparation).confiee_a is None


@pytest.mark.parametrize("geste", ["confier", "transmettre"])
def test_ce_qui_est_clos_ne_se_confie_pas(close, agent_departement, collegue, geste):
    with pytest.raises(TransitionInterdite, match="déjà abandonnée"):
        getattr(close, geste)(par=agent_departement, a=collegue)


def test_un_compte_ferme_ne_recoit_rien(preparation, agent_departement, collegue):
    collegue.fermer()

    with pytest.raises(TransitionInterdite, match="ne peut pas s’occuper"):
        preparation.transmettre(collegue, par=agent_departement)


def test_ce_que_le_journal_ne_peut_pas_dire_n_est_pas_transmis(
    preparation, agent_departement, collegue, muet
):
    with pytest.raises(ZeroDivisionError):
        preparation.transmettre(collegue, par=agent_departement)

    assert _relue(preparation).confiee_a is None


def test_confier_sans_pouvoir_prevenir_ne_confie_rien(
    preparation, agent_departement, collegue, monkeypatch
):
    monkeypatch.setattr(module, "envoyer", Mock(side_effect=ZeroDivisionError))

    with pytest.raises(ZeroDivisionError):
        preparation.confier(par=agent_departement, a=collegue)

    assert _relue(preparation).confiee_a is None


# --- Closing ----------------------------------------------------------------------------------


def test_qui_ne_prepare_pas_n_abandonne_que_la_sienne(preparation):
    sienne = f.creer_preparation()
    sienne.abandonner(par=sienne.preparee_par)

    with pytest.raises(PermissionDenied):
        preparation.abandonner(par=sienne.preparee_par, motif="Pour voir.")

    assert _relue(preparation).est_en_cours and not _relue(sienne).est_en_cours


def test_un_motif_n_est_pas_fait_d_espaces(preparation, collegue):
    with pytest.raises(ValidationError, match="Dire pourquoi"):
        preparation.abandonner(par=collegue, motif="  ")

    preparation.abandonner(par=collegue, motif=" Trop tôt. ")

    assert _relue(preparation).motif == "Trop tôt."


def test_ce_qui_ne_tient_pas_ne_se_publie_pas(agent_departement):
    preparation = f.creer_preparation(titre="")

    with pytest.raises(ValidationError):
        preparation.publier(par=agent_departement, lu=preparation.empreinte)

    assert Action.objects.get().titre
    assert _relue(preparation).est_en_cours


@pytest.mark.parametrize(("qui", "prevenu"), [("soi", 0), ("collegue", 1), ("parti", 0)])
def test_on_n_apprend_que_ce_qu_un_autre_a_decide(
    preparation, agent_departement, collegue, qui, prevenu, django_capture_on_commit_callbacks
):
    if qui == "parti":
        agent_departement.fermer()
    par = agent_departement if qui == "soi" else collegue

    with django_capture_on_commit_callbacks(execute=True):
        _relue(preparation).abandonner(par=par, motif="Trop tôt.")

    assert len(mail.outbox) == prevenu


# --- What it says -----------------------------------------------------------------------------


def test_une_liste_se_lit_avant_et_apres(preparation):
    action = preparation.action
    un, deux, _trois = (Public.objects.create(code=n, nom=n.title()) for n in ("a", "b", "c"))
    action.publics.set([un])
    preparation.prevoir({"publics": [deux.pk]})

    (dite,) = preparation.differences

    assert (dite.avant, dite.actuel, dite.apres) == ("A", "A", "B")
    assert not dite.a_change


def test_une_photographie_range_les_cles_d_une_liste():
    publics = [Public.objects.create(code=c, nom=c, ordre=9 - n) for n, c in enumerate("abc")]
    action = f.creer_action()
    action.publics.set(publics)

    assert photographier(action, ["publics"]) == {"publics": [p.pk for p in publics]}
    assert photographier(Action(), ["publics"]) == {"publics": []}


def test_les_champs_se_lisent_dans_l_ordre_de_la_fiche_comment_qu_ils_soient_gardes(preparation):
    preparation.prevoir(
        {"pour_qui": "Tous.", "publics": [9], "titre": "Neuf", "en_clair": "Clair."}
    )
    preparation.save()

    dites = _relue(preparation).differences

    assert [d.champ for d in dites] == ["titre", "en clair", "pour qui", "publics"]


def test_les_contributions_se_lisent_sans_alarme(preparation):
    action, secours = preparation.action, f.creer_partenaire("Secours")
    changee, otee = (
        f.creer_contribution(action=action, partenaire=f.creer_partenaire(nom), texte=nom)
        for nom in ("Entraide", "Caisse")
    )
    nouvelle = type(changee)(action=action, partenaire=secours, role="pilote", texte="Neuf.")
    avant, ote = str(changee), str(otee)
    changee.partenaire = secours
    preparation.changements["champs"] = {}
    preparation.prevoir_les_contributions([(changee, False), (otee, True), (nouvelle, False)])

    change, part, arrive = preparation.differences

    assert avant in change.champ and (change.avant, change.apres) == ("Entraide", "Secours")
    assert (part.champ, part.avant, part.apres) == (f"contribution de {ote}", "Caisse", "")
    assert (arrive.avant, arrive.apres) == ("", "Neuf.")
    assert not any(dite.a_change for dite in (change, part, arrive))


def test_une_contribution_supprimee_depuis_alarme(preparation):
    contribution = f.creer_contribution(action=preparation.action)
    preparation.changements["champs"] = {}
    preparation.prevoir_les_contributions([(contribution, True)])
    contribution.delete()

    (dite,) = preparation.differences

    assert (dite.actuel, dite.a_change) == ("supprimée depuis", True)


def test_une_contribution_qui_ne_tient_pas_ne_se_publie_pas(preparation, agent_departement):
    contribution = f.creer_contribution(action=preparation.action)
    contribution.annee_debut, contribution.annee_fin = 2026, 2025
    preparation.prevoir_les_contributions([(contribution, False)])
    preparation.save()
    # PostgreSQL does not keep the order of the keys: what was read comes from there.
    preparation.refresh_from_db()

    with pytest.raises(ValidationError):
        preparation.publier(par=agent_departement, lu=preparation.empreinte)

    assert _relue(preparation).est_en_cours


# --- The sheet of a partner -------------------------------------------------------------------


def _de_la_fiche(membre) -> PreparationPartenaire:
    return f.creer_preparation_de_fiche(
        partenaire=membre.partenaire, preparee_par=membre.utilisateur
    )


def test_on_n_ecrit_la_fiche_que_de_son_partenaire_et_pas_celle_qu_un_autre_prepare():
    membre = f.creer_membre()
    collegue = f.creer_membre(membre.partenaire)
    preparation = _de_la_fiche(membre)

    for qui in (f.creer_personne(), f.creer_membre().utilisateur, collegue.utilisateur):
        with pytest.raises(PermissionDenied):
            preparation.ecrire(par=qui)
    preparation.ecrire(par=membre.utilisateur)


@pytest.mark.parametrize(("qui", "adresse"), [("agent", "/admin/"), ("membre", "/espace/")])
def test_chacun_suit_la_fiche_la_ou_il_entre(
    agent_departement, collegue, qui, adresse, django_capture_on_commit_callbacks
):
    membre = f.creer_membre()
    preparation = _de_la_fiche(membre)
    if qui == "agent":
        preparation.preparee_par = agent_departement
        preparation.save()

    with django_capture_on_commit_callbacks(execute=True):
        preparation.abandonner(par=collegue, motif="Trop tôt.")

    (message,) = mail.outbox
    assert adresse in message.body


def test_proposer_la_meme_chose_ne_previent_qu_une_fois(
    agent_departement, django_capture_on_commit_callbacks
):
    membre = f.creer_membre()
    preparation = _de_la_fiche(membre)
    preparation.prevoir({"presentation": "Nous aidons."})

    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            preparation.proposer(par=membre.utilisateur)

    assert [message.to for message in mail.outbox] == [[agent_departement.email]]


def test_une_proposition_que_personne_n_apprendrait_n_est_pas_ecrite(monkeypatch):
    membre = f.creer_membre()
    preparation = _de_la_fiche(membre)
    preparation.prevoir({"presentation": "Nous aidons."})
    monkeypatch.setattr(module, "envoyer", Mock(side_effect=ZeroDivisionError))

    with pytest.raises(ZeroDivisionError):
        preparation.proposer(par=membre.utilisateur)

    assert _relue(preparation).apres == {"presentation": "Aide."}
