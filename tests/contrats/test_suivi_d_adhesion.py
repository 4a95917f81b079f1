"""The page where whoever asked follows the request, and withdraws it."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from contrats.models import Adhesion
from pacte.socle.double_accord import Partie
from pacte.socle.models import EntreeJournal
from pacte.socle.typographie import date_fr
from tests.comptes.gestes import lire
from tests.fabriques import creer_acte, creer_adhesion, creer_contrat, creer_partenaire

pytestmark = pytest.mark.django_db

ADRESSE = "/adhesion/"


@pytest.fixture
def adhesion():
    """A request of four days ago."""
    nouvelle = creer_partenaire("Épicerie", publication="brouillon", visible_depuis=None)
    il_y_a = timezone.now() - timedelta(days=4)
    return creer_adhesion(partenaire=nouvelle, deposee_le=il_y_a)


def suivre(client, adhesion) -> str:
    return lire(client.get(adhesion.get_absolute_url()))


def position(page, partie) -> str:
    return re.search(rf"<dt>{partie}</dt><dd>(.*?)</dd>", page)[1]


def test_le_suivi_dit_ou_en_est_chaque_partie(client, adhesion):
    page = suivre(client, adhesion)

    for partie in ("État", "Département"):
        assert position(page, partie) == "Examine la demande depuis 4\xa0jours"


def test_est_a_suivre_ce_qui_n_est_ni_signe_ni_abandonne(agent_etat, agent_departement):
    attend, accordee, signee, refusee, retiree = (creer_adhesion() for _ in range(5))
    for demande in (accordee, signee):
        demande.accorder(Partie.ETAT, par=agent_etat)
        demande.accorder(Partie.DEPARTEMENT, par=agent_departement)
    acte = creer_acte(contrat=signee.contrat, signe_le=timezone.localdate())
    signee.signer(acte, qualite="", signe_le=acte.signe_le, par=agent_departement)
    refusee.refuser(Partie.ETAT, par=agent_etat, motif="Non.")
    retiree.retirer()

    assert set(Adhesion.objects.a_suivre()) == {attend, accordee}


def test_le_suivi_dit_l_accord_d_une_partie(client, adhesion, agent_etat):
    adhesion.accorder(Partie.ETAT, par=agent_etat)

    page = suivre(client, adhesion)

    assert position(page, "État").startswith("Accord donné le ")
    assert position(page, "Département") == "Examine la demande depuis 4\xa0jours"
    assert agent_etat.email not in page


def test_le_suivi_dit_l_accord_des_deux(client, adhesion, agent_etat, agent_departement):
    adhesion.accorder(Partie.DEPARTEMENT, par=agent_departement)
    adhesion.accorder(Partie.ETAT, par=agent_etat)

    page = suivre(client, adhesion)

    assert "demande accordée" in page
    assert "Le Département vous contacte pour signer." in page
    assert "Retirer ma demande" not in page


def test_le_suivi_d_un_refus_dit_son_motif(client, adhesion, agent_etat):
    adhesion.refuser(Partie.ETAT, par=agent_etat, motif="Hors du département <ici> & là.")

    reponse = client.get(adhesion.get_absolute_url())

    assert "Hors du département &lt;ici&gt; &amp; là." in reponse.content.decode()
    page = lire(reponse)
    assert position(page, "État").startswith("Refus le ")
    assert position(page, "Département") == "N’a pas eu à se prononcer"
    assert "Retirer ma demande" not in page


def test_le_suivi_dit_la_reference_le_service_et_ce_que_vaut_le_silence(
    client, adhesion, editeur_complet
):
    page = suivre(client, adhesion).replace("\u00a0", " ")

    limite = date_fr(adhesion.refusee_sans_reponse_le).replace("\u00a0", " ")
    assert f"<dt>Référence</dt><dd>{adhesion.reference}</dd>" in page
    assert f"pas de réponse le {limite}" in page
    assert "L231-4, 2°" in page and "tribunal administratif d’Essai" in page
    assert "Téléphone : 00 00 00 00 00" in page and "contact@essai.exemple" in page


def test_une_demande_sans_contact_ne_se_depose_pas(adhesion):
    nouvelle = Adhesion(
        partenaire=adhesion.partenaire, contrat=creer_contrat(), apport="Une permanence."
    )

    with pytest.raises(ValidationError) as refus:
        nouvelle.deposer()

    assert set(refus.value.message_dict) == {"contact_nom", "contact_courriel"}
    assert Adhesion.objects.count() == 1


def test_une_demande_qui_attend_derriere_une_autre_le_dit_tant_qu_elle_attend(adhesion):
    seconde = creer_adhesion(
        partenaire=adhesion.partenaire, contrat=adhesion.contrat, apres=adhesion
    )
    derriere = "Une autre personne, Camille Essai, a demandé avant elle"
    assert derriere in seconde.dire_pour(Partie.ETAT)
    assert derriere not in adhesion.dire_pour(Partie.ETAT)

    seconde.retirer()

    assert seconde.dire_pour(Partie.ETAT) == "retirée"


def test_une_demande_qui_en_suit_une_close_se_decide(adhesion, agent_etat):
    """Written while the first one was being refused: nobody put it in its place."""
    adhesion.refuser(Partie.ETAT, par=agent_etat, motif="Non.")
    seconde = creer_adhesion(
        partenaire=adhesion.partenaire, contrat=adhesion.contrat, apres=adhesion
    )

    seconde.accorder(Partie.ETAT, par=agent_etat)

    assert seconde.accord_de(Partie.ETAT)


def test_deux_mois_de_silence_valent_refus():
    deposee_le = datetime(2026, 12, 30, 12, tzinfo=UTC)

    assert creer_adhesion(deposee_le=deposee_le).refusee_sans_reponse_le == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("partie", "a_qui", "pas_a"),
    [
        (Partie.ETAT, "l’État, représenté par le préfet (Préfecture d’essai", "le Département ("),
        (Partie.DEPARTEMENT, "le Département (Mission d’essai", "préfet"),
    ],
)
def test_un_refus_dit_comment_le_contester_a_qui_l_a_donne(
    client, adhesion, editeur_complet, request, mailoutbox, partie, a_qui, pas_a
):
    agent = request.getfixturevalue(f"agent_{partie}")
    with TestCase.captureOnCommitCallbacks(execute=True):
        adhesion.refuser(partie, par=agent, motif="Hors du département.")

    (lettre,) = [m for m in mailoutbox if m.to == [adhesion.contact_courriel]]
    for texte in (suivre(client, adhesion), lettre.body):
        assert a_qui in texte and pas_a not in texte
        assert "Dans les deux mois" in texte
        assert "tribunal administratif d’Essai" in texte
    assert adhesion.reference in lettre.body
    assert f"reçue le {date_fr(adhesion.deposee_le)}" in lettre.body


def test_une_demande_accordee_ne_parle_pas_de_recours(
    client, adhesion, agent_etat, agent_departement
):
    adhesion.accorder(Partie.DEPARTEMENT, par=agent_departement)
    adhesion.accorder(Partie.ETAT, par=agent_etat)

    assert "recours" not in suivre(client, adhesion)


def test_le_suivi_ne_montre_pas_la_personne_a_joindre(client, adhesion):
    page = suivre(client, adhesion)

    assert adhesion.contact_nom not in page
    assert adhesion.contact_courriel not in page


def test_le_suivi_ne_s_offre_pas_aux_moteurs(client, adhesion):
    assert '<meta name="robots" content="noindex">' in suivre(client, adhesion)


def test_une_cle_inventee_est_introuvable(client, adhesion):
    for adresse in (f"suivi/{uuid.uuid4()}/", f"suivi/{adhesion.pk}/", "suivi/"):
        assert client.get(f"{ADRESSE}{adresse}").status_code == 404


def test_retirer_demande_un_post(client, adhesion):
    reponse = client.get(reverse("adhesion:retirer", args=[adhesion.cle]))

    adhesion.refresh_from_db()
    assert reponse.status_code == 405
    assert adhesion.est_en_attente


def test_retirer_ferme_la_demande(client, adhesion):
    reponse = client.post(reverse("adhesion:retirer", args=[adhesion.cle]), follow=True)

    adhesion.refresh_from_db()
    page = lire(reponse)
    assert adhesion.statut == "retiree"
    assert "demande retirée" in page
    assert "Retirer ma demande" not in page


def test_retirer_deux_fois_ne_compte_qu_une(client, adhesion):
    adresse = reverse("adhesion:retirer", args=[adhesion.cle])
    client.post(adresse)

    client.post(adresse)

    assert EntreeJournal.objects.filter(fait="accord.retrait").count() == 1


def test_une_demande_accordee_ne_se_retire_plus(client, adhesion, agent_etat, agent_departement):
    adhesion.accorder(Partie.DEPARTEMENT, par=agent_departement)
    adhesion.accorder(Partie.ETAT, par=agent_etat)

    client.post(reverse("adhesion:retirer", args=[adhesion.cle]))

    adhesion.refresh_from_db()
    assert adhesion.statut == "accordee"


def test_une_demande_retiree_ne_se_decide_plus(client, adhesion, agent_etat):
    client.post(reverse("adhesion:retirer", args=[adhesion.cle]))
    client.force_login(agent_etat)

    client.post(reverse("admin:contrats_adhesion_accorder", args=[adhesion.pk, "etat"]))

    adhesion.refresh_from_db()
    assert (adhesion.statut, adhesion.accord_etat_le) == ("retiree", None)
