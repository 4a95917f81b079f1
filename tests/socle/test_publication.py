"""Drafts become visible, then withdrawn; the journal tells it and is never rewritten."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from actions.models import Action
from axes.models import Axe
from contrats.models import Contrat
from pacte.socle.journal import consigner
from pacte.socle.models import EntreeJournal
from pacte.socle.publication import Publication
from pacte.socle.transitions import TransitionInterdite
from partenaires.models import Partenaire
from tests.fabriques import (
    creer_action,
    creer_action_libellee,
    creer_axe,
    creer_constat,
    creer_contrat,
    creer_partenaire,
    creer_volet,
)

pytestmark = pytest.mark.django_db

BROUILLON = {"publication": Publication.BROUILLON, "visible_depuis": None}
PUBLIABLES = [
    pytest.param(creer_axe, id="axe"),
    pytest.param(creer_partenaire, id="partenaire"),
    pytest.param(creer_contrat, id="contrat"),
    pytest.param(creer_action_libellee, id="action"),
    pytest.param(creer_constat, id="constat"),
]


@pytest.mark.parametrize("creer", PUBLIABLES)
def test_un_agent_du_departement_rend_visible_un_brouillon(creer, agent_departement):
    objet = creer(**BROUILLON)

    objet.publier(par=agent_departement)

    objet.refresh_from_db()
    assert objet.est_visible
    assert objet.visible_depuis is not None
    assert type(objet).objects.visibles().filter(pk=objet.pk).exists()


@pytest.mark.parametrize("creer", PUBLIABLES)
def test_un_agent_de_l_etat_ne_publie_ni_ne_retire(creer, agent_etat):
    brouillon, visible = creer(**BROUILLON), creer()

    with pytest.raises(PermissionDenied):
        brouillon.publier(par=agent_etat)
    with pytest.raises(PermissionDenied):
        visible.retirer(par=agent_etat, motif="Erreur")

    brouillon.refresh_from_db()
    visible.refresh_from_db()
    assert (brouillon.est_visible, visible.est_visible) == (False, True)
    assert not EntreeJournal.objects.exists()


def test_publier_deux_fois_est_refuse(agent_departement):
    action = creer_action_libellee(**BROUILLON)
    action.publier(par=agent_departement)

    with pytest.raises(TransitionInterdite, match="déjà visible"):
        Action.objects.get(pk=action.pk).publier(par=agent_departement)

    assert EntreeJournal.objects.count() == 1


def test_une_copie_perimee_ne_republie_pas(agent_departement):
    action = creer_action_libellee(**BROUILLON)
    copie = Action.objects.get(pk=action.pk)
    action.publier(par=agent_departement)

    with pytest.raises(TransitionInterdite):
        copie.publier(par=agent_departement)


@pytest.mark.parametrize("creer", PUBLIABLES)
def test_ce_qui_est_visible_en_brouillon_ou_retire_se_distingue(creer):
    visible, brouillon = creer(), creer(**BROUILLON)
    creer(publication=Publication.RETIREE, motif_retrait="Doublon")
    lignes = type(visible).objects

    assert list(lignes.visibles()) == [visible]
    assert list(lignes.brouillons()) == [brouillon]
    assert (visible.est_visible, brouillon.est_visible) == (True, False)


@pytest.mark.parametrize(("nom", "creer"), [("axe", creer_axe), ("contrat", creer_contrat)])
def test_une_action_est_publique_avec_son_axe_et_son_contrat(nom, creer):
    creer_action(volet=creer_volet(**{nom: creer(**BROUILLON)}))
    publique = creer_action()

    assert list(Action.objects.visibles()) == [publique]


def test_une_ligne_mal_remplie_ne_se_publie_pas_mais_se_retire(agent_departement):
    """A fault that no constraint sees: it must not enter the site, nor keep anything on it."""
    brouillon, visible = creer_axe(titre="", **BROUILLON), creer_axe(titre="")

    with pytest.raises(ValidationError) as refus:
        brouillon.publier(par=agent_departement)
    visible.retirer(par=agent_departement, motif="Erreur")

    assert set(refus.value.message_dict) == {"titre"}
    visible.refresh_from_db()
    assert visible.publication == Publication.RETIREE


def test_un_motif_de_retrait_trop_long_est_refuse(agent_departement):
    axe = creer_axe()

    with pytest.raises(ValidationError) as refus:
        axe.retirer(par=agent_departement, motif="x" * 301)

    assert set(refus.value.message_dict) == {"motif_retrait"}


@pytest.mark.parametrize("motif", ["", "   "])
def test_retirer_sans_motif_est_refuse(motif, agent_departement):
    action = creer_action_libellee()

    with pytest.raises(ValidationError, match="motivé"):
        action.retirer(par=agent_departement, motif=motif)

    action.refresh_from_db()
    assert action.est_visible
    assert not EntreeJournal.objects.exists()


def test_un_brouillon_ne_se_retire_pas(agent_departement):
    action = creer_action_libellee(**BROUILLON)

    with pytest.raises(TransitionInterdite, match="n’est pas visible"):
        action.retirer(par=agent_departement, motif="Erreur")


def test_le_journal_dit_qui_a_publie_puis_retire(agent_departement):
    action = creer_action_libellee("Une action", **BROUILLON)

    action.publier(par=agent_departement)
    action.retirer(par=agent_departement, motif=" Doublon ")

    retrait, publication = EntreeJournal.objects.all()
    assert (publication.fait, publication.apres) == ("publication.rendu_visible", {})
    assert (retrait.fait, retrait.apres) == ("publication.retire", {"motif": "Doublon"})
    assert {publication.par, retrait.par} == {agent_departement}
    assert {publication.objet, retrait.objet} == {action}
    assert publication.libelle == "Une action"


def test_une_action_retiree_redevient_visible_sans_son_motif(agent_departement):
    action = creer_action_libellee()
    action.retirer(par=agent_departement, motif="Erreur")

    action.publier(par=agent_departement)

    action.refresh_from_db()
    assert (action.publication, action.motif_retrait) == (Publication.VISIBLE, "")


def test_le_journal_ne_se_reecrit_ni_ne_s_efface():
    consigner(creer_action_libellee(), "essai.fait", valeur=1)
    entree = EntreeJournal.objects.get()

    for interdit in (
        entree.save,
        entree.delete,
        EntreeJournal.objects.all().delete,
        lambda: EntreeJournal.objects.update(fait="autre"),
        lambda: EntreeJournal.objects.filter(pk=entree.pk).delete(),
    ):
        with pytest.raises(TypeError, match="Le journal ne"):
            interdit()

    assert EntreeJournal.objects.get().apres == {"valeur": 1}


def test_le_journal_refuse_aussi_les_modifications_par_lots():
    consigner(creer_action_libellee(), "essai.fait")
    entree = EntreeJournal.objects.get()
    entree.fait = "autre"

    with pytest.raises(TypeError, match="Le journal ne"), transaction.atomic():
        EntreeJournal.objects.bulk_update([entree], ["fait"])

    assert EntreeJournal.objects.get().fait == "essai.fait"


@pytest.mark.parametrize(
    ("creer", "modele"),
    [
        (creer_axe, Axe),
        (creer_partenaire, Partenaire),
        (creer_contrat, Contrat),
        (creer_action_libellee, Action),
    ],
)
@pytest.mark.parametrize(
    ("regle", "champs"),
    [
        ("retrait_motive", {"publication": Publication.RETIREE, "motif_retrait": ""}),
        ("visible_datee", {"publication": Publication.VISIBLE, "visible_depuis": None}),
    ],
)
def test_la_base_refuse_une_publication_incomplete(creer, modele, regle, champs):
    objet = creer()
    contrainte = f"{modele._meta.app_label}_{modele._meta.model_name}_{regle}"

    with pytest.raises(IntegrityError) as refus, transaction.atomic():
        modele.objects.filter(pk=objet.pk).update(**champs)

    assert contrainte in str(refus.value)
