"""Two people at the same moment, on PostgreSQL: exactly one wins (see `tests/conftest.py`)."""

import time
from threading import Barrier, Event, Thread

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils.timezone import localdate, now

from actions.grilles.argent import GrilleArgent
from actions.models import Contribution, Financement, Jalon, PropositionContribution
from contrats.models import Adhesion, Annee, Exercice
from pacte.rapports import faits
from pacte.rapports.models import RapportAnnuel
from pacte.socle.courrier import Courrier, distribuer
from pacte.socle.disparues import lire
from pacte.socle.double_accord import Partie
from pacte.socle.models import EntreeJournal, Synonyme
from pacte.socle.retablissement import retablir_ensemble
from pacte.socle.supprimees import genres_de
from pacte.socle.transitions import TransitionInterdite
from partenaires.models import Invitation, InvitationInutilisable, Membre
from tests.conftest import creer_agent
from tests.doubles import ENVOIS
from tests.fabriques import (
    creer_action,
    creer_adhesion,
    creer_courrier,
    creer_exercice,
    creer_invitation,
    creer_partenaire,
    creer_personne,
    creer_rapport,
    creer_reformulation,
)
from tests.formulaires import champs_du_formulaire
from tests.lecture import contenu
from tests.serveur_smtp import reglages, servir

pytestmark = pytest.mark.django_db(transaction=True)
PERDU = (TransitionInterdite, InvitationInutilisable, PermissionDenied, IntegrityError)


def en_meme_temps(*gestes) -> list[str]:
    """Run `gestes` in threads that start together; return « fait » or the name of the refusal."""
    depart, issues = Barrier(len(gestes)), []

    def lancer(geste):
        try:
            depart.wait()
            geste()
            issues.append("fait")
        except PERDU as erreur:
            issues.append(type(erreur).__name__)
        finally:
            connection.close()

    fils = [Thread(target=lancer, args=[geste]) for geste in gestes]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    return sorted(issues)


@pytest.mark.parametrize("essai", range(3))
def test_le_meme_accord_donne_deux_fois_ne_compte_qu_une(essai):
    adhesion = creer_adhesion()
    agents = [creer_agent("Agents de l’État", f"agent{n}@etat.exemple") for n in range(2)]

    issues = en_meme_temps(
        *(
            lambda agent=agent: Adhesion.objects.get(pk=adhesion.pk).accorder(
                Partie.ETAT, par=agent
            )
            for agent in agents
        )
    )

    assert issues == ["TransitionInterdite", "fait"]
    assert EntreeJournal.objects.filter(fait="accord.donne").count() == 1


@pytest.mark.parametrize("essai", range(3))
def test_une_ligne_retablie_par_deux_personnes_ne_revient_qu_une_fois(essai):
    jalon = Jalon.objects.create(action=creer_action(), libelle="Ouvrir", prevu_le="2026-05-01")
    jalon.delete()
    genres = genres_de(admin.site)
    reference = ("actions.jalon", Jalon.historique.first().history_id)
    agents = [creer_agent("Agents du Département", f"agent{n}@dept.exemple") for n in range(2)]

    def retablir(agent):
        retablir_ensemble(lire([reference], genres), par=agent)

    issues = en_meme_temps(*(lambda agent=agent: retablir(agent) for agent in agents))

    assert issues == ["fait", "fait"]
    assert Jalon.objects.count() == 1
    assert EntreeJournal.objects.filter(fait="fiche.retablie").count() == 1


@pytest.mark.parametrize("essai", range(3))
def test_les_deux_accords_au_meme_moment_admettent_une_fois(essai):
    adhesion = creer_adhesion()
    agents = {
        Partie.ETAT: creer_agent("Agents de l’État", "agent@etat.exemple"),
        Partie.DEPARTEMENT: creer_agent("Agents du Département", "agent@departement.exemple"),
    }

    issues = en_meme_temps(
        *(
            lambda p=p, agent=agent: Adhesion.objects.get(pk=adhesion.pk).accorder(p, par=agent)
            for p, agent in agents.items()
        )
    )

    assert issues == ["fait", "fait"]
    adhesion.refresh_from_db()
    assert adhesion.statut == "accordee"
    assert EntreeJournal.objects.filter(fait="accord.conclu").count() == 1


@pytest.mark.parametrize("essai", range(3))
def test_accepter_et_refuser_une_proposition_un_seul_gagne(essai):
    proposition = creer_reformulation()
    agents = [creer_agent("Agents du Département", f"a{n}@departement.exemple") for n in range(2)]

    def lire():
        return PropositionContribution.objects.get(pk=proposition.pk)

    issues = en_meme_temps(
        lambda: lire().accepter(par=agents[0], lu=proposition.avant),
        lambda: lire().refuser(par=agents[1], motif="Non."),
    )

    assert issues == ["TransitionInterdite", "fait"]
    proposition.refresh_from_db()
    reformulee = proposition.actuel == proposition.texte
    assert reformulee == (proposition.statut == "acceptee")
    assert EntreeJournal.objects.filter(fait__startswith="proposition.").count() == 1


def pendant(ecriture, geste) -> str:
    """Start `geste` while `ecriture` is made and not yet confirmed; return what it answers."""
    ecrite, issues = Event(), []

    def ecrire():
        try:
            with transaction.atomic():
                ecriture()
                ecrite.set()
                attendre_qui_attend()
        finally:
            connection.close()

    fil = Thread(target=ecrire)
    fil.start()
    ecrite.wait()
    issues = en_meme_temps(geste)
    fil.join()
    return issues[0]


def attendre_qui_attend(secondes: float = 5) -> None:
    """Wait until somebody waits for a lock of this transaction."""
    sql = "SELECT COUNT(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    fin = time.monotonic() + secondes
    with connection.cursor() as curseur:
        while time.monotonic() < fin:
            curseur.execute(sql)
            if curseur.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("personne n’attend")


def test_une_proposition_n_ecrase_pas_ce_qui_se_corrige_au_meme_moment():
    proposition = creer_reformulation()
    agent = creer_agent("Agents du Département", "agent@departement.exemple")
    lu = proposition.actuel
    contributions = Contribution.objects.filter(pk=proposition.contribution_id)

    issue = pendant(
        lambda: contributions.update(texte="Corrigée."),
        lambda: PropositionContribution.objects.get().accepter(par=agent, lu=lu),
    )

    assert issue == "CibleChangee"
    assert contributions.get().texte == "Corrigée."


def test_une_fiche_n_ecrase_pas_ce_qui_s_ecrit_au_meme_moment():
    synonyme = Synonyme.objects.create(terme="auto", equivalent="voiture")
    client = Client()
    client.force_login(creer_agent("Agents du Département", "agent@departement.exemple"))
    adresse = f"/admin/socle/synonyme/{synonyme.pk}/change/"
    champs = champs_du_formulaire(client.get(adresse), "terme") | {"equivalent": "véhicule"}

    def ecrire():
        autre = Synonyme.objects.get()
        autre.equivalent = "mobilité"
        autre.save()

    reponses = []
    pendant(ecrire, lambda: reponses.append(client.post(adresse, champs)))

    assert "Pendant que vous écriviez" in contenu(reponses[0])
    assert Synonyme.objects.get().equivalent == "mobilité"


@pytest.mark.parametrize("essai", range(3))
def test_une_invitation_ne_sert_qu_une_fois(essai):
    personne = creer_personne()
    invitation = creer_invitation(courriel=personne.email)

    issues = en_meme_temps(
        *[lambda: Invitation.objects.get(pk=invitation.pk).accepter(personne)] * 2
    )

    assert issues == ["InvitationInutilisable", "fait"]
    assert Membre.objects.count() == 1


def _enregistrer_une_grille(action, parties, agent, **cases):
    """Read the grid, type `cases`, save; again while somebody else's new row is in the way."""
    lu = {}
    for _essai in range(3):
        with transaction.atomic():
            grille = GrilleArgent([action], 2026, agent, partenaires=parties, verrouiller=True)
            donnees = {f"lu-{rangee.cle}": rangee.lu for rangee in grille.rangees} | lu
            grille.enregistrer({**donnees, **cases})
        if not grille.fautes:
            return
        lu = {f"lu-{rangee.cle}": rangee.lu for rangee in grille.rangees}
    raise AssertionError(grille.fautes)


@pytest.mark.parametrize("essai", range(3))
def test_les_deux_parties_sur_une_grille_en_meme_temps_ne_perdent_rien(essai):
    Annee.objects.get_or_create(pk=2026)
    parties = [creer_partenaire(partie=partie) for partie in ("etat", "departement")]
    agents = [
        creer_agent("Agents de l’État", "a@etat.exemple"),
        creer_agent("Agents du Département", "a@departement.exemple"),
        creer_agent("Agents du Département", "b@departement.exemple"),
    ]
    action = creer_action()
    siens = [f"{action.pk}-{p.pk}-numeraire" for p in (parties[0], parties[1], parties[1])]
    cases = [f"{siens[0]}-prevu", f"{siens[1]}-prevu", f"{siens[2]}-engage"]

    issues = en_meme_temps(
        *(
            lambda agent=agent, case=case, rang=rang: _enregistrer_une_grille(
                action, parties, agent, **{case: str(rang + 10)}
            )
            for rang, (agent, case) in enumerate(zip(agents, cases, strict=True))
        )
    )

    assert issues == ["fait"] * 3
    lignes = Financement.objects.values_list("financeur", "prevu", "engage")
    assert set(lignes) == {(parties[0].pk, 10, None), (parties[1].pk, 11, 12)}


def _puis_rester(geste, fait: Event, fins: list) -> None:
    """Make `geste` in a transaction that lasts a moment after it."""
    with transaction.atomic():
        geste()
        fait.set()
        time.sleep(0.3)
        fins.append(now())


def _apres(fait: Event, geste) -> None:
    fait.wait()
    geste()


@pytest.mark.parametrize("premier", ["ecrire", "clore"])
def test_rien_ne_s_ecrit_dans_un_exercice_pendant_qu_il_se_clot(premier):
    """Whoever comes second waits for the first: a line is told by the report, or refused."""
    agent = creer_agent("Agents du Département", "a@departement.exemple")
    action = creer_action()
    exercice = creer_exercice(contrat=action.volet.contrat)
    ligne = Financement.objects.create(
        action=action, annee_id=2025, financeur=creer_partenaire(), prevu=1
    )
    gestes = {
        "ecrire": lambda: Financement.objects.filter(pk=ligne.pk).update(prevu=2),
        "clore": lambda: exercice.clore(rapport_remis_le=localdate(), par=agent),
    }
    second = next(geste for geste in gestes if geste != premier)
    fait, fins = Event(), []

    issues = en_meme_temps(
        lambda: _puis_rester(gestes[premier], fait, fins),
        lambda: _apres(fait, gestes[second]),
    )

    exercice.refresh_from_db()
    ligne.refresh_from_db()
    if premier == "ecrire":
        assert issues == ["fait", "fait"] and ligne.prevu == 2
        assert exercice.clos_le >= fins[0]
    else:
        assert issues == ["IntegrityError", "fait"] and ligne.prevu == 1


@pytest.mark.parametrize("essai", range(3))
def test_les_deux_parties_au_meme_moment_font_paraitre_un_rapport_une_fois(essai):
    rapport = creer_rapport()
    agents = {
        Partie.ETAT: creer_agent("Agents de l’État", "e@etat.exemple"),
        Partie.DEPARTEMENT: creer_agent("Agents du Département", "d@departement.exemple"),
    }

    issues = en_meme_temps(
        *(
            lambda partie=partie, agent=agent: RapportAnnuel.objects.get(pk=rapport.pk).accorder(
                partie, par=agent
            )
            for partie, agent in agents.items()
        )
    )

    rapport.refresh_from_db()
    assert issues == ["fait", "fait"]
    assert rapport.paru_le and rapport.exercice.est_clos
    assert EntreeJournal.objects.filter(fait="rapport.paru").count() == 1
    assert EntreeJournal.objects.filter(fait="exercice.clos").count() == 1


@pytest.mark.parametrize("essai", range(3))
def test_deux_personnes_ne_figent_pas_deux_rapports(essai):
    exercice = creer_exercice(annee_id=2024)
    agents = [creer_agent("Agents du Département", f"a{n}@departement.exemple") for n in range(2)]

    issues = en_meme_temps(
        *(
            lambda agent=agent: RapportAnnuel(exercice=Exercice.objects.get(pk=exercice.pk)).figer(
                par=agent
            )
            for agent in agents
        )
    )

    assert issues == ["TransitionInterdite", "fait"]
    assert RapportAnnuel.objects.count() == 1


def test_un_rapport_fige_pendant_que_l_on_ecrit_dit_l_un_ou_l_autre_en_entier(monkeypatch):
    """Both amounts change in one transaction, in the middle of the reading."""
    agent = creer_agent("Agents du Département", "a@departement.exemple")
    action = creer_action()
    exercice = creer_exercice(contrat=action.volet.contrat, annee_id=2024)
    for partie in Partie:
        Financement.objects.create(
            action=action, annee_id=2024, financeur=creer_partenaire(partie=partie), prevu=1
        )
    lire_les_signatures = faits._signatures

    def ecrire():
        Financement.objects.update(prevu=2)
        connection.close()

    def ecrire_pendant(exercice):
        fil = Thread(target=ecrire)
        fil.start()
        fil.join()
        return lire_les_signatures(exercice)

    monkeypatch.setattr(faits, "_signatures", ecrire_pendant)
    rapport = RapportAnnuel(exercice=exercice)
    rapport.figer(par=agent)

    dits = {chiffre["cle"]: chiffre["valeur"] for chiffre in rapport.faits["chiffres"]}
    lignes = next(t for t in rapport.faits["tableaux"] if t["nom"] == "financements")
    rang = [colonne["cle"] for colonne in lignes["colonnes"]].index("prevu")
    assert dits["argent/tous/prevu"] == 2
    # Read after the change, in the view of before it.
    assert [ligne[rang] for ligne in lignes["lignes"]] == [1, 1]
    assert Financement.objects.filter(prevu=2).count() == 2


def test_deux_distributions_a_la_fois_n_envoient_rien_deux_fois(settings):
    adresses = [f"p{rang:02}@exemple.fr" for rang in range(30)]
    for adresse in adresses:
        creer_courrier(destinataire=adresse)

    with servir() as serveur:
        for nom, valeur in reglages(serveur.port, attente=10).items():
            setattr(settings, nom, valeur)
        issues = en_meme_temps(distribuer, distribuer, distribuer)

    assert issues == ["fait"] * 3
    assert serveur.destinataires == adresses
    assert set(Courrier.objects.values_list("statut", "essais")) == {("parti", 1)}


def test_une_ligne_qu_un_autre_prend_n_arrete_personne():
    """Taken by a transaction that is not over, the first row is passed over at once."""
    premier, second = creer_courrier(), creer_courrier()
    tenu, fin = Event(), Event()

    def tenir():
        with transaction.atomic():
            Courrier.objects.select_for_update().get(pk=premier.pk)
            tenu.set()
            fin.wait(timeout=10)
        connection.close()

    fil = Thread(target=tenir)
    fil.start()
    tenu.wait(timeout=10)
    pris = [Courrier.objects.prendre(), Courrier.objects.prendre()]
    fin.set()
    fil.join()

    assert pris == [second, None]
    assert Courrier.objects.prendre() == premier


def test_un_courriel_ne_part_pas_pendant_qu_on_l_abandonne():
    """Claimed first, it is refused to whoever gives it up; given up first, nobody claims it."""
    courrier = creer_courrier()
    gerante = creer_agent("Administration du portail", "gerante@pacte.exemple")
    pris = []

    issues = en_meme_temps(
        lambda: pris.append(Courrier.objects.prendre()),
        lambda: Courrier.objects.get(pk=courrier.pk).abandonner(par=gerante),
    )

    courrier.refresh_from_db()
    if pris == [courrier]:
        assert issues == ["TransitionInterdite", "fait"] and courrier.statut == "a_envoyer"
    else:
        assert issues == ["fait", "fait"] and courrier.statut == "abandonne"


@pytest.mark.parametrize("preparer", ENVOIS, ids=lambda p: p.__name__)
def test_un_formulaire_envoye_deux_fois_a_la_fois_ne_fait_rien_deux_fois(preparer):
    envoi, statuts = preparer(), []

    issues = en_meme_temps(*[lambda: statuts.append(envoi.envoyer())] * 2)

    assert issues == ["fait", "fait"]
    assert max(statuts) < 500, statuts
    envoi.verifier()
