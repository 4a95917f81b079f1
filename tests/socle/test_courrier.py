"""The outbox: nothing acknowledged is lost, whatever the mail server and the process do."""

import re
import socket
from concurrent.futures import wait
from datetime import timedelta
from threading import Event
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from pacte.socle.courriels import envoyer, expedier
from pacte.socle.courrier import (
    DUREE_D_UNE_PRISE,
    DUREE_DES_ESSAIS,
    Courrier,
    CourrierQuerySet,
    _facteur,
    distribuer,
)
from pacte.socle.models import EntreeJournal
from pacte.socle.transitions import TransitionInterdite
from tests.conftest import creer_agent
from tests.fabriques import (
    creer_contribution,
    creer_courrier,
    creer_courrier_echoue,
    creer_membre,
    creer_message,
)
from tests.serveur_smtp import SILENCE, reglages, servir

pytestmark = pytest.mark.django_db


@pytest.fixture
def serveur(settings):
    """A mail server that works, and the portal that writes to it."""
    with servir() as ouvert:
        for nom, valeur in reglages(ouvert.port).items():
            setattr(settings, nom, valeur)
        yield ouvert


@pytest.fixture
def mort(settings):
    """A portal that writes to a port where nobody listens."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = prise.getsockname()[1]
    for nom, valeur in reglages(port).items():
        setattr(settings, nom, valeur)


@pytest.fixture
def gerante(db):
    return creer_agent("Administration du portail", "gerante@pacte.exemple")


def plus_tard(courrier, **delai) -> None:
    """Let time go by, for this row alone: its dates are in the past by as much."""
    courrier.refresh_from_db()
    for champ in ("essaye_depuis", "prochain_essai_le", "pris_jusqu_a", "expire_le"):
        if valeur := getattr(courrier, champ):
            setattr(courrier, champ, valeur - timedelta(**delai))
    courrier.save()


def relire(courrier) -> Courrier:
    courrier.refresh_from_db()
    return courrier


# --- With a server that works ---------------------------------------------------------------


def test_un_message_part_une_fois_et_ne_laisse_que_sa_trace(serveur):
    courrier = creer_courrier(corps="Votre lien : https://pacte.exemple/secret\n")

    premiere, seconde = distribuer(), distribuer()

    (recu,) = serveur.recus
    assert "https://pacte.exemple/secret" in recu.get_payload()
    assert (premiere.partis, seconde.partis) == (1, 0)
    assert (relire(courrier).statut, courrier.corps, courrier.raison) == ("parti", "", "")
    assert courrier.fini_le and courrier.prochain_essai_le is None


@pytest.mark.parametrize("expediteur", ["pacte@exemple.fr", "Le Pacte <pacte@exemple.fr>"])
def test_un_message_a_un_identifiant_du_domaine_de_l_expediteur(settings, expediteur):
    settings.DEFAULT_FROM_EMAIL = expediteur
    courrier = creer_courrier()

    identifiant = courrier.message.extra_headers["Message-ID"]

    assert re.fullmatch(rf"<courrier\.{courrier.pk}\.\d+@exemple\.fr>", identifiant)


def test_un_lien_perime_ne_s_envoie_pas_et_le_dit(serveur):
    passe = timezone.now() - timedelta(minutes=1)
    neuf = creer_courrier(expire_le=passe)
    essaye = creer_courrier(expire_le=passe, raison="x" * 300)

    tournee = distribuer()

    assert serveur.recus == []
    assert (tournee.partis, tournee.non_partis, tournee.panne) == (0, 2, "")
    assert [relire(c).statut for c in (neuf, essaye)] == ["echoue", "echoue"]
    assert essaye.raison.startswith("Lien périmé avant l’envoi. xxx") and len(essaye.raison) == 300


def test_un_lien_perime_se_note_sans_garder_le_texte():
    courrier = creer_courrier()

    courrier.noter_perime()

    assert (relire(courrier).statut, courrier.corps) == ("echoue", "")
    assert courrier.raison == "Lien périmé avant l’envoi."


def test_chaque_destinataire_a_sa_ligne(django_capture_on_commit_callbacks, serveur):
    with django_capture_on_commit_callbacks(execute=True):
        expedier(EmailMessage("Bonjour", "Texte", to=["b@exemple.fr", "a@exemple.fr"]))

    assert serveur.destinataires == ["a@exemple.fr", "b@exemple.fr"]
    assert Courrier.objects.filter(statut="parti").count() == 2


def test_un_message_neuf_n_attend_pas_derriere_ceux_a_reessayer(
    django_capture_on_commit_callbacks, serveur
):
    creer_courrier(destinataire="ancien@exemple.fr")

    with django_capture_on_commit_callbacks(execute=True):
        expedier(EmailMessage("Bonjour", "Texte", to=["neuf@exemple.fr"]))

    assert serveur.destinataires == ["neuf@exemple.fr"]
    distribuer()
    assert serveur.destinataires == ["ancien@exemple.fr", "neuf@exemple.fr"]


def test_une_transaction_defaite_ne_laisse_aucun_message(
    django_capture_on_commit_callbacks, serveur
):
    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(ZeroDivisionError),
        transaction.atomic(),
    ):
        envoyer("rappel", ["a@exemple.fr"], "/", lignes=["Un"])
        raise ZeroDivisionError

    assert not Courrier.objects.exists()
    assert serveur.recus == []


def test_un_processus_tue_avant_l_envoi_laisse_un_message_du(
    django_capture_on_commit_callbacks, serveur
):
    """Committed, and nothing after it happened; `test_courrier_et_processus.py` kills for real."""
    with django_capture_on_commit_callbacks(execute=False):
        creer_message()

    assert serveur.recus == []
    distribuer()
    assert serveur.destinataires == ["a@exemple.fr"]


# --- With a server that does not ------------------------------------------------------------


def test_un_serveur_mort_ne_fait_rien_perdre(mort, caplog):
    courrier = creer_courrier()

    tournee = distribuer()

    assert f"Courriel n° {courrier.pk} non remis : Serveur de messagerie" in caplog.text

    assert "Connection refused" in tournee.panne
    assert (relire(courrier).statut, courrier.corps) == ("a_envoyer", "Un lien.\n")
    assert courrier.raison.startswith("Serveur de messagerie : ")
    assert distribuer().panne == ""  # nothing is due for two minutes


def test_les_essais_s_espacent_puis_s_arretent_au_bout_de_trois_jours(mort):
    courrier, attentes = creer_courrier(), []

    while courrier.statut == "a_envoyer" and len(attentes) < 99:
        distribuer()
        if relire(courrier).prochain_essai_le:
            attentes.append(courrier.prochain_essai_le - timezone.now())
            plus_tard(courrier, seconds=attentes[-1].total_seconds() + 1)

    minutes = [round(attente.total_seconds() / 60) for attente in attentes]
    # One second more at each try: the last waits are a little longer than twice the one before.
    assert minutes[:8] == pytest.approx([2, 2, 4, 8, 16, 32, 64, 128], rel=0.05)
    assert set(minutes[8:]) == {240}
    assert DUREE_DES_ESSAIS - timedelta(hours=4) < sum(attentes, timedelta()) < timedelta(days=4)
    assert courrier.statut == "echoue"
    assert courrier.corps == "Un lien.\n"  # somebody may still ask for another try


@pytest.mark.parametrize(("secondes", "statut"), [(1, "a_envoyer"), (0, "echoue")])
def test_on_renonce_apres_trois_jours_d_essais(monkeypatch, secondes, statut):
    instant = timezone.now()
    monkeypatch.setattr("pacte.socle.courrier.timezone.now", lambda: instant)
    courrier = creer_courrier(essaye_depuis=instant - timedelta(days=3, seconds=-secondes))

    courrier.noter_echec("Refus du serveur : 451")

    assert relire(courrier).statut == statut


def test_un_serveur_qui_se_tait_arrete_la_tournee_au_premier(serveur):
    """The others are not tried: each would wait as long, and count a try for nothing."""
    serveur.reponses["CONNEXION"] = SILENCE
    premier, second = creer_courrier(), creer_courrier(destinataire="b@exemple.fr")

    tournee = distribuer()

    assert "timed out" in tournee.panne
    assert (relire(premier).essais, relire(second).essais) == (1, 0)


def test_un_serveur_menteur_prend_les_uns_refuse_les_autres(serveur):
    serveur.reponses = {
        "RCPT plein@exemple.fr": "452 boîte pleine",
        "RCPT inconnu@exemple.fr": "550 5.1.1 personne de ce nom",
        "RCPT attente@exemple.fr": "421 revenez",
    }
    noms = ("inconnu", "plein", "a", "attente", "b")
    courriers = [creer_courrier(destinataire=f"{nom}@exemple.fr") for nom in noms]

    tournee = distribuer()

    assert serveur.destinataires == ["a@exemple.fr", "b@exemple.fr"]
    assert [relire(courrier).statut for courrier in courriers] == [
        *("echoue", "a_envoyer", "parti", "a_envoyer", "parti"),
    ]
    assert (tournee.partis, tournee.non_partis, tournee.panne) == (2, 3, "")
    assert courriers[0].raison == "Refus du serveur : 550 5.1.1 personne de ce nom"


@pytest.mark.parametrize(
    ("reponses", "statut", "arrete"),
    [
        ({"DATA": "554 non"}, "echoue", False),
        ({"FIN": "554 indésirable"}, "echoue", False),
        ({"FIN": "500 non"}, "echoue", False),
        ({"FIN": "499 plus tard"}, "a_envoyer", False),
        # Settings of ours, that somebody will mend: what was written is kept until then.
        ({"CONNEXION": "554 pas vous"}, "a_envoyer", True),
        ({"MAIL": "550 expéditeur refusé"}, "a_envoyer", True),
        ({"EHLO": "502 non", "HELO": "502 non"}, "a_envoyer", True),
    ],
)
def test_un_refus_est_definitif_quand_il_parle_du_message(serveur, reponses, statut, arrete):
    serveur.reponses = reponses
    courrier = creer_courrier()

    tournee = distribuer()

    assert relire(courrier).statut == statut
    assert bool(tournee.panne) == arrete
    assert serveur.recus == [] and courrier.raison


def test_un_serveur_qui_prend_et_se_tait_recoit_deux_fois_le_meme(serveur):
    """What the docstring of `courrier.py` says: twice, with one identifier."""
    serveur.reponses["FIN"] = SILENCE
    courrier = creer_courrier()
    distribuer()

    serveur.reponses.clear()
    plus_tard(courrier, minutes=3)
    distribuer()

    premier, second = serveur.recus
    assert premier["Message-ID"] == second["Message-ID"]
    assert relire(courrier).statut == "parti"


def test_un_serveur_qui_ne_dit_pas_au_revoir_a_quand_meme_pris_le_message(serveur):
    serveur.reponses["QUIT"] = SILENCE
    courrier = creer_courrier()

    assert distribuer().partis == 1

    assert relire(courrier).statut == "parti"
    assert len(serveur.recus) == 1


def test_ce_que_repond_un_serveur_n_est_pas_cru(serveur):
    """PostgreSQL refuses a null character, and a row holds 300."""
    serveur.reponses["RCPT"] = f"550 \0 non\x1b[2J {'x' * 500}"
    courrier = creer_courrier()

    distribuer()

    assert relire(courrier).raison.startswith("Refus du serveur : 550 non [2J xxx")
    assert len(courrier.raison) == 300


@pytest.mark.parametrize("adresse", ["", "sans-arobase\nBcc: x@exemple.fr", "a@b@c"])
def test_une_adresse_illisible_ne_retient_pas_les_autres(serveur, adresse):
    illisible, bon = creer_courrier(destinataire=adresse), creer_courrier()

    distribuer()

    assert (relire(illisible).statut, relire(bon).statut) == ("echoue", "parti")


def test_une_panne_qui_ne_dit_rien_est_nommee_par_son_genre(monkeypatch):
    monkeypatch.setattr(EmailMessage, "send", Mock(side_effect=TimeoutError))
    courrier = creer_courrier()

    distribuer()

    assert relire(courrier).raison == "Serveur de messagerie : TimeoutError"


def test_un_message_qui_nous_casse_ne_retient_pas_les_autres(serveur, monkeypatch, caplog):
    envoi = EmailMessage.send

    def casser(message):
        return 1 / 0 if message.subject == "Casse" else envoi(message)

    monkeypatch.setattr(EmailMessage, "send", casser)
    casse, bon = creer_courrier(objet="Casse"), creer_courrier()

    distribuer()

    assert (relire(casse).statut, relire(bon).statut) == ("a_envoyer", "parti")
    assert casse.raison == "Erreur du portail : ZeroDivisionError"
    # Whoever reads the journals finds where it broke.
    (trace,) = [r for r in caplog.records if r.exc_info]
    assert "casser" in caplog.text and trace.name == "pacte.socle.remise"


# --- Two processes --------------------------------------------------------------------------


def test_ce_qu_un_processus_a_pris_n_est_a_personne_d_autre_puis_redevient_du():
    courrier = creer_courrier()

    pris = Courrier.objects.prendre()

    assert pris == courrier
    assert Courrier.objects.prendre() is None
    plus_tard(courrier, seconds=DUREE_D_UNE_PRISE.total_seconds() + 1)
    assert Courrier.objects.prendre() == courrier
    assert relire(courrier).essais == 2


@pytest.mark.parametrize(("secondes", "est_du"), [(599, False), (601, True)])
def test_ce_qu_un_processus_tue_avait_pris_redevient_du_apres_dix_minutes(secondes, est_du):
    courrier = creer_courrier()
    Courrier.objects.prendre()

    plus_tard(courrier, seconds=secondes)

    assert Courrier.objects.dus().exists() is est_du


def test_deux_processus_qui_lisent_une_ligne_ne_la_prennent_pas_tous_deux(monkeypatch):
    """Whatever the database: SQLite does not lock what is read."""
    creer_courrier()
    lire = CourrierQuerySet.first

    def lire_et_etre_devance(lignes):
        lue = lire(lignes)
        Courrier.objects.filter(pk=lue.pk).update(essais=1)
        return lue

    monkeypatch.setattr(CourrierQuerySet, "first", lire_et_etre_devance)

    assert Courrier.objects.prendre() is None


@pytest.mark.parametrize(
    ("champ", "au_plus"),
    [("prochain_essai_le", timedelta(hours=4)), ("pris_jusqu_a", timedelta(minutes=10))],
)
def test_une_horloge_qui_avancait_ne_retient_rien(monkeypatch, champ, au_plus):
    """What it wrote is further than any wait; less than a minute may be two servers that differ."""
    instant = timezone.now()
    monkeypatch.setattr("pacte.socle.courrier.timezone.now", lambda: instant)
    minute, seconde = timedelta(minutes=1), timedelta(seconds=1)
    ecarts = [timedelta(), seconde, au_plus + minute, au_plus + minute + seconde]

    lignes = [
        creer_courrier(**{"prochain_essai_le": instant, champ: instant + ecart}) for ecart in ecarts
    ]

    dus = set(Courrier.objects.dus())
    assert [ligne in dus for ligne in lignes] == [True, False, False, True]


def test_un_processus_en_retard_n_ecrit_pas_par_dessus_un_autre():
    """His claim is over, another took the row: what he has to say no longer counts."""
    courrier = creer_courrier()
    en_retard = Courrier.objects.prendre()
    plus_tard(courrier, seconds=DUREE_D_UNE_PRISE.total_seconds() + 1)
    Courrier.objects.prendre().noter_parti()

    en_retard.noter_echec("trop tard")

    assert (relire(courrier).statut, courrier.raison) == ("parti", "")


def test_un_processus_en_retard_n_efface_ni_l_essai_d_un_autre_ni_un_abandon(gerante):
    repris, abandonne = creer_courrier(), creer_courrier()
    en_retard = [Courrier.objects.prendre(), Courrier.objects.prendre()]
    for courrier in (repris, abandonne):
        plus_tard(courrier, seconds=DUREE_D_UNE_PRISE.total_seconds() + 1)
    Courrier.objects.filter(pk=repris.pk).prendre().noter_echec("Refus du serveur : 451")
    abandonne.abandonner(par=gerante)

    for courrier in en_retard:
        courrier.noter_parti()

    assert (relire(repris).statut, repris.raison) == ("a_envoyer", "Refus du serveur : 451")
    assert relire(abandonne).statut == "abandonne"


# --- The thread of a server, which talks to the mail server -----------------------------------


@pytest.fixture
def a_part(settings, monkeypatch):
    """The thread, run at once; what gives its connection back is returned."""
    settings.COURRIELS_A_PART = True
    connexion = Mock()
    facteur = SimpleNamespace(submit=lambda geste, *choses: geste(*choses))
    monkeypatch.setattr("pacte.socle.courrier._facteur", lambda: facteur)
    monkeypatch.setattr("pacte.socle.courrier.connection", connexion)
    return connexion.close


def test_le_facteur_distribue_et_rend_sa_connexion(
    django_capture_on_commit_callbacks, serveur, a_part
):
    with django_capture_on_commit_callbacks(execute=True):
        expedier(EmailMessage("Bonjour", "Texte", to=["a@exemple.fr"]))

    assert serveur.destinataires == ["a@exemple.fr"]
    a_part.assert_called_once_with()


def test_un_facteur_qui_tombe_le_dit_aux_journaux_et_rend_sa_connexion(
    django_capture_on_commit_callbacks, a_part, monkeypatch, caplog
):
    monkeypatch.setattr("pacte.socle.courrier.distribuer", Mock(side_effect=ZeroDivisionError))

    with django_capture_on_commit_callbacks(execute=True):
        expedier(EmailMessage("Bonjour", "Texte", to=["a@exemple.fr"]))

    assert "Les courriels dus attendent la prochaine tournée" in caplog.text
    assert Courrier.objects.dus().count() == 1
    a_part.assert_called_once_with()


def test_les_messages_d_un_serveur_partent_l_un_apres_l_autre():
    _facteur.cache_clear()
    facteur, fini = _facteur(), Event()
    premier, second = facteur.submit(fini.wait, 5), facteur.submit(int)

    est_seul = _facteur() is facteur and not wait([second], timeout=0.1).done
    fini.set()
    facteur.shutdown()
    _facteur.cache_clear()

    assert est_seul and premier.result() and second.done()


# --- What people do about it ----------------------------------------------------------------


def test_reessayer_envoie_aussitot_et_pour_trois_jours(
    django_capture_on_commit_callbacks, serveur, gerante
):
    ancien = timezone.now() - timedelta(days=9)
    courrier = creer_courrier_echoue(ecrit_le=ancien, essaye_depuis=ancien)
    serveur.reponses["RCPT"] = "451 plus tard"

    with django_capture_on_commit_callbacks(execute=True):
        courrier.reessayer(par=gerante)

    assert (relire(courrier).statut, courrier.essais) == ("a_envoyer", 2)
    assert courrier.prochain_essai_le < timezone.now() + timedelta(minutes=3)
    fait = EntreeJournal.objects.get()
    assert (fait.fait, fait.par) == ("courrier.reessaye", gerante)
    assert fait.libelle == f"Courriel n° {courrier.pk}"


def test_abandonner_efface_le_texte(gerante):
    courrier = creer_courrier()

    courrier.abandonner(par=gerante)

    assert (relire(courrier).statut, courrier.corps) == ("abandonne", "")
    assert EntreeJournal.objects.get().fait == "courrier.abandonne"
    assert Courrier.objects.prendre() is None


@pytest.mark.parametrize("geste", ["reessayer", "abandonner"])
def test_ce_qui_est_fini_ou_part_a_l_instant_ne_se_touche_pas(gerante, geste):
    pris = creer_courrier()
    Courrier.objects.prendre()
    parti = creer_courrier_echoue(statut="parti", corps="")

    for courrier, raison in ((pris, "en train de partir"), (parti, "déjà parti")):
        with pytest.raises(TransitionInterdite, match=raison):
            getattr(courrier, geste)(par=gerante)


@pytest.mark.parametrize("geste", ["reessayer", "abandonner"])
def test_seule_l_administration_du_portail_relance(agent_departement, geste):
    with pytest.raises(PermissionDenied):
        getattr(creer_courrier(), geste)(par=agent_departement)


def test_un_lien_perime_ne_se_reessaie_pas(gerante):
    courrier = creer_courrier_echoue(expire_le=timezone.now())

    with pytest.raises(TransitionInterdite, match="plus valable"):
        courrier.reessayer(par=gerante)

    courrier.abandonner(par=gerante)


@pytest.mark.parametrize(("secondes", "est_passe"), [(-1, True), (0, True), (1, False)])
def test_une_prise_et_un_lien_s_achevent_a_l_instant_dit(monkeypatch, secondes, est_passe):
    instant = timezone.now()
    monkeypatch.setattr("pacte.socle.courrier.timezone.now", lambda: instant)
    fin = instant + timedelta(seconds=secondes)

    courrier = creer_courrier(pris_jusqu_a=fin, expire_le=fin)

    assert (courrier.est_pris, courrier.est_perime) == (not est_passe, est_passe)
    assert courrier.peut_etre_reessaye is not est_passe
    assert (creer_courrier().est_pris, creer_courrier().est_perime) == (False, False)
    assert not creer_courrier_echoue(statut="parti", corps="").peut_etre_reessaye


def test_est_en_souffrance_ce_qui_attend_une_heure_ou_a_echoue():
    il_y_a_une_heure = timezone.now() - timedelta(hours=1, minutes=1)
    creer_courrier()
    creer_courrier_echoue(statut="parti", corps="", ecrit_le=il_y_a_une_heure)
    attend = creer_courrier(ecrit_le=il_y_a_une_heure)
    echoue = creer_courrier_echoue()

    assert list(Courrier.objects.en_souffrance()) == [attend, echoue]


@pytest.mark.parametrize(("secondes", "souffre"), [(0, False), (1, True)])
def test_on_attend_une_heure_avant_de_s_en_soucier(monkeypatch, secondes, souffre):
    instant = timezone.now()
    monkeypatch.setattr("pacte.socle.courrier.timezone.now", lambda: instant)
    creer_courrier(ecrit_le=instant - timedelta(hours=1, seconds=secondes))

    assert Courrier.objects.en_souffrance().exists() is souffre


# --- Commands -------------------------------------------------------------------------------


def test_la_commande_dit_ce_qui_est_parti_et_se_tait_quand_rien_n_est_du(serveur, capsys):
    creer_courrier()

    call_command("envoyer_courriels")
    dit = capsys.readouterr().out
    call_command("envoyer_courriels")

    assert dit == "1\u00a0courriel parti, 0 non remis.\n"
    assert capsys.readouterr().out == ""


def test_la_commande_echoue_quand_le_serveur_ne_repond_pas(mort, capsys):
    """systemd then shows it among what failed."""
    creer_courrier()

    with pytest.raises(CommandError, match="Connection refused"):
        call_command("envoyer_courriels")

    assert capsys.readouterr().out == "0\u00a0courriel parti, 1 non remis.\n"


def test_la_simulation_n_envoie_rien(serveur, capsys):
    creer_courrier()
    creer_courrier_echoue()

    call_command("envoyer_courriels", "--simuler")

    dit = capsys.readouterr().out
    assert "a@exemple.fr : Bonjour\n1\u00a0courriel à envoyer" in dit
    assert "1\u00a0courriel en souffrance" in dit
    assert serveur.recus == [] and Courrier.objects.dus().count() == 1


def test_les_rappels_ne_disent_plus_envoye_ce_qui_ne_l_est_pas(
    django_capture_on_commit_callbacks, mort, capsys
):
    """The message and the date of the reminder are kept together; it leaves when it can."""
    membre = creer_membre()
    creer_contribution(partenaire=membre.partenaire)

    with django_capture_on_commit_callbacks(execute=True):
        call_command("envoyer_rappels")

    dit = capsys.readouterr().out
    assert "1\u00a0message écrit" in dit and "envoyé" not in dit
    courrier = Courrier.objects.get()
    membre.utilisateur.refresh_from_db()
    assert courrier.statut == "a_envoyer" and membre.utilisateur.rappele_le
