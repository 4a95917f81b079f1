"""Reminders: one message a person, what is due and nothing else, at most every 25 days."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils.timezone import localdate

from actions.models import Action, Releve
from contrats.models import Annee, Exercice
from pacte.espace.attendus import attendus_de
from tests.fabriques import (
    creer_action,
    creer_adhesion,
    creer_contribution,
    creer_indicateur,
    creer_membre,
    creer_partenaire,
    creer_reformulation,
    creer_valeur,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def referent():
    """A référent whose partner has one contribution to confirm."""
    membre = creer_membre()
    creer_contribution(partenaire=membre.partenaire, action=creer_action("Atelier cuisine"))
    return membre


@pytest.fixture
def envoyer(django_capture_on_commit_callbacks, capsys):
    def envoyer(*options) -> str:
        with django_capture_on_commit_callbacks(execute=True):
            call_command("envoyer_rappels", *options)
        return capsys.readouterr().out

    return envoyer


def test_un_seul_message_regroupe_ce_qui_est_du(referent, envoyer):
    autre = creer_membre(utilisateur=referent.utilisateur).partenaire
    creer_contribution(partenaire=autre, action=creer_action("Bus des droits"))

    envoyer()

    (message,) = mail.outbox
    assert message.to == [referent.utilisateur.email]
    assert "Atelier cuisine" in message.body and "Bus des droits" in message.body
    assert "/espace/" in message.body


def test_pas_de_second_message_avant_25_jours(referent, envoyer):
    envoyer()
    assert "0\u00a0message" in envoyer()

    referent.utilisateur.refresh_from_db()
    referent.utilisateur.rappele_le = localdate() - timedelta(days=25)
    referent.utilisateur.save()
    envoyer()

    assert len(mail.outbox) == 2


def test_la_simulation_dit_tout_et_n_envoie_rien(referent, envoyer):
    sortie = envoyer("--simuler")

    assert referent.utilisateur.email in sortie and "Atelier cuisine" in sortie
    assert "simulation" in sortie
    assert mail.outbox == []
    envoyer()
    assert len(mail.outbox) == 1


def test_rien_pour_ce_qui_est_fait(referent, envoyer):
    for contribution in referent.partenaire.contributions.all():
        contribution.confirmer(par=referent.utilisateur)

    envoyer()

    assert mail.outbox == []


@pytest.mark.parametrize("change", [{"role": "contributeur"}, {"utilisateur__is_active": False}])
def test_seules_les_personnes_referentes_et_actives(referent, envoyer, change):
    if "role" in change:
        referent.role = "contributeur"
        referent.save()
    else:
        referent.utilisateur.fermer()

    envoyer()

    assert mail.outbox == []


def test_un_agent_est_prevenu_de_ce_que_sa_partie_doit_decider(
    agent_etat, agent_departement, envoyer
):
    adhesion = creer_adhesion()
    creer_reformulation()

    envoyer()

    messages = {m.to[0]: m.body for m in mail.outbox}
    assert str(adhesion) in messages[agent_etat.email]
    assert "à vous de décider" in messages[agent_etat.email]
    assert "proposition à relire" not in messages[agent_etat.email]
    assert "1\u00a0proposition à relire" in messages[agent_departement.email]


class TestAttendus:
    """What is expected, and by when."""

    @pytest.fixture
    def indicateur(self):
        for annee in (localdate().year - 1, localdate().year, localdate().year + 1):
            Annee.objects.get_or_create(pk=annee)
        return creer_indicateur(responsable=creer_partenaire(), libelle="Ménages")

    def test_une_annee_passee_sans_valeur_est_attendue(self, indicateur):
        (attendu,) = attendus_de(indicateur.responsable)

        assert attendu.quoi == f"Renseigner « Ménages » pour {localdate().year - 1}"
        assert attendu.avant_le is None

    def test_l_echeance_est_celle_du_rapport_du_contrat(self, indicateur):
        echeance = date(localdate().year, 3, 31)
        self.ouvrir(indicateur, localdate().year - 1, echeance)

        assert attendus_de(indicateur.responsable)[0].avant_le == echeance

    def test_l_annee_en_cours_s_ajoute_a_soixante_jours_de_son_rapport(self, indicateur):
        self.ouvrir(indicateur, localdate().year, localdate() + timedelta(days=61))
        assert len(attendus_de(indicateur.responsable)) == 1

        Exercice.objects.update(rapport_avant_le=localdate() + timedelta(days=60))
        assert len(attendus_de(indicateur.responsable)) == 2

    def ouvrir(self, indicateur, annee, rapport_avant_le):
        Exercice.objects.create(
            contrat=indicateur.action.volet.contrat,
            annee_id=annee,
            debut=date(annee, 1, 1),
            fin=date(annee, 12, 31),
            rapport_avant_le=rapport_avant_le,
        )

    def test_une_valeur_connue_ou_proposee_n_est_plus_attendue(self, indicateur):
        annee = Annee.objects.get(pk=localdate().year - 1)
        proposition = creer_valeur(indicateur=indicateur, annee=annee)
        assert attendus_de(indicateur.responsable) == []

        proposition.delete()
        Releve.objects.create(indicateur=indicateur, annee=annee, valeur=3)
        assert attendus_de(indicateur.responsable) == []

    def test_une_valeur_refusee_est_de_nouveau_attendue(self, indicateur, agent_departement):
        annee = Annee.objects.get(pk=localdate().year - 1)
        proposition = creer_valeur(indicateur=indicateur, annee=annee)

        proposition.refuser(par=agent_departement, motif="Source ?")

        assert len(attendus_de(indicateur.responsable)) == 1

    def test_ce_qu_un_autre_a_propose_ne_dispense_de_rien(self, indicateur):
        annee = Annee.objects.get(pk=localdate().year - 1)
        creer_valeur(indicateur=indicateur, annee=annee, partenaire=creer_partenaire())
        autre = creer_indicateur(responsable=creer_partenaire())

        assert len(attendus_de(indicateur.responsable)) == 1
        assert len(attendus_de(autre.responsable)) == 1

    def test_une_cible_sans_valeur_ne_dispense_de_rien(self, indicateur):
        Releve.objects.create(indicateur=indicateur, annee_id=localdate().year - 1, cible=3)

        assert len(attendus_de(indicateur.responsable)) == 1

    def test_ce_qui_presse_vient_d_abord_et_ce_qui_n_a_pas_de_date_en_dernier(
        self, indicateur, referent
    ):
        """One indicator is due in twenty days, one in ten, one and a contribution at no date."""
        passee = localdate().year - 1
        self.ouvrir(indicateur, passee, localdate() + timedelta(days=20))
        pressant, sans_date = (
            creer_indicateur(responsable=indicateur.responsable, libelle=libelle)
            for libelle in ("Pressant", "Ateliers")
        )
        self.ouvrir(pressant, passee, localdate() + timedelta(days=10))
        creer_contribution(partenaire=indicateur.responsable, action=sans_date.action)

        attendus = attendus_de(indicateur.responsable)

        assert [attendu.quoi for attendu in attendus] == [
            f"Renseigner « Pressant » pour {passee}",
            f"Renseigner « Ménages » pour {passee}",
            f"Confirmer votre contribution {localdate().year}",
            f"Renseigner « Ateliers » pour {passee}",
        ]

    def test_une_contribution_se_confirme_avant_le_rapport_de_l_annee(self, referent):
        annee = localdate().year
        Annee.objects.get_or_create(pk=annee)
        contribution = referent.partenaire.contributions.get()
        for autre in (contribution, creer_contribution()):
            echeance = date(annee, 12, 1 if autre == contribution else 31)
            Exercice.objects.create(
                contrat=autre.action.volet.contrat, annee_id=annee, rapport_avant_le=echeance
            )

        (attendu,) = attendus_de(referent.partenaire)

        assert attendu.avant_le == date(annee, 12, 1)

    def test_rien_n_est_attendu_d_une_action_en_brouillon(self, indicateur):
        action = indicateur.action
        type(action).objects.filter(pk=action.pk).update(publication="brouillon")

        assert attendus_de(indicateur.responsable) == []

    def test_rien_n_est_a_confirmer_d_une_action_en_brouillon(self, referent):
        assert len(attendus_de(referent.partenaire)) == 1
        Action.objects.update(publication="brouillon")

        assert attendus_de(referent.partenaire) == []

    def test_ce_qui_est_propose_n_est_plus_a_confirmer(self, referent):
        contribution = referent.partenaire.contributions.get()
        proposition = creer_reformulation(contribution=contribution)
        assert attendus_de(referent.partenaire) == []

        proposition.retirer(par=referent.utilisateur)
        assert len(attendus_de(referent.partenaire)) == 1

    def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_lignes(
        self, indicateur, django_assert_num_queries
    ):
        for rang in range(5):
            creer_indicateur(
                responsable=indicateur.responsable, libelle=f"Autre {rang}", action=creer_action()
            )

        with django_assert_num_queries(7):
            assert len(attendus_de(indicateur.responsable)) == 6
