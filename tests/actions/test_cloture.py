"""A closed exercise: its lines are read, by every door, until both parties reopen it."""

import re
from datetime import date, timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate, now

from actions.models import Action, Financement, PropositionReleve, Releve
from actions.models.cloture import annees_closes, exiger_le_meme_contrat
from contrats.models import Annee, Exercice, Reouverture
from pacte.espace.attendus import attendus_de
from pacte.socle.double_accord import Partie
from pacte.socle.models import EntreeJournal
from pacte.socle.transitions import TransitionInterdite
from pacte.suivi.manques import Inventaire
from tests import fabriques as f
from tests.formulaires import champs_du_formulaire
from tests.lecture import contenu, lisible

pytestmark = pytest.mark.django_db
CLOS, OUVERT = 2024, 2025


def _lue(reponse) -> str:
    return lisible(unescape(contenu(reponse)))


@pytest.fixture
def jeu(db):
    """An action whose contract closed 2024: a line and a value of that year, and of the next."""
    for annee in (CLOS, OUVERT):
        Annee.objects.get_or_create(pk=annee)
    contrat = f.creer_contrat(sigle="CLS")
    action = f.creer_action_libellee("Mobilité", volet=f.creer_volet(contrat=contrat))
    departement = f.creer_partenaire("Le Département", partie="departement", sigle="DEP")
    etat = f.creer_partenaire("L’État", partie="etat", sigle="ETAT")
    entraide = f.creer_partenaire("Entraide")
    indicateur = f.creer_indicateur(action=action, responsable=entraide)
    jeu = SimpleNamespace(
        contrat=contrat,
        action=action,
        departement=departement,
        etat=etat,
        entraide=entraide,
        indicateur=indicateur,
        argent={
            annee: Financement.objects.create(
                action=action, annee_id=annee, financeur=departement, prevu=100
            )
            for annee in (CLOS, OUVERT)
        },
        valeurs={
            annee: Releve.objects.create(indicateur=indicateur, annee_id=annee, valeur=12)
            for annee in (CLOS, OUVERT)
        },
    )
    jeu.exercice = f.clore(contrat, CLOS)
    return jeu


def _changer(ligne, **champs):
    for nom, valeur in champs.items():
        setattr(ligne, nom, valeur)
    return ligne


def _ecrire(ligne, **champs):
    _changer(ligne, **champs).save()


def _volet_d_une_autre_ligne(jeu):
    """A volet of another contract, with money of the year that the first one closed."""
    action = f.creer_action(volet=f.creer_volet())
    Financement.objects.create(action=action, annee_id=CLOS, financeur=jeu.departement, prevu=5)
    return action.volet


# What the database itself refuses, whatever wrote it.
PORTES = {
    "une ligne d’argent changée": lambda j: _ecrire(j.argent[CLOS], prevu=1),
    "une ligne d’argent ajoutée": lambda j: Financement.objects.create(
        action=j.action, annee_id=CLOS, financeur=j.etat
    ),
    "une ligne d’argent ôtée": lambda j: j.argent[CLOS].delete(),
    "une ligne d’argent qui part": lambda j: _ecrire(j.argent[CLOS], annee_id=2026),
    "une ligne d’argent qui arrive": lambda j: _ecrire(
        j.argent[OUVERT], annee_id=CLOS, financeur=j.etat
    ),
    "une valeur changée": lambda j: _ecrire(j.valeurs[CLOS], valeur=13),
    "une valeur ajoutée": lambda j: Releve.objects.create(
        indicateur=f.creer_indicateur(action=j.action, libelle="Autre"), annee_id=CLOS
    ),
    "une valeur ôtée": lambda j: j.valeurs[CLOS].delete(),
    "un indicateur ôté": lambda j: j.indicateur.delete(),
    "une action ôtée": lambda j: j.action.delete(),
    "une action qui change de contrat": lambda j: _ecrire(j.action, volet=f.creer_volet()),
    "un volet qui change de contrat": lambda j: _ecrire(j.action.volet, contrat=f.creer_contrat()),
    "un volet qui rejoint un contrat qui a clos": lambda j: _ecrire(
        _volet_d_une_autre_ligne(j), contrat=j.contrat
    ),
    "un exercice ôté": lambda j: j.exercice.delete(),
}


@pytest.mark.parametrize("porte", PORTES)
def test_la_base_garde_un_exercice_clos(porte, jeu):
    Annee.objects.get_or_create(pk=2026)
    with pytest.raises(IntegrityError), transaction.atomic():
        PORTES[porte](jeu)


def test_l_annee_suivante_s_ecrit_encore(jeu):
    _ecrire(jeu.argent[OUVERT], prevu=250)
    _ecrire(jeu.valeurs[OUVERT], valeur=13)
    jeu.argent[OUVERT].delete()
    # Another axis of the same contract tells the same totals.
    _ecrire(jeu.action, volet=f.creer_volet(contrat=jeu.contrat))


def test_un_volet_que_rien_ne_rapporte_change_encore(jeu):
    _ecrire(jeu.action.volet, titre="Un autre titre")
    # Its actions have no line in a closed year.
    _ecrire(f.creer_action(volet=f.creer_volet()).volet, contrat=jeu.contrat)


def test_le_volet_dit_d_avance_qu_il_garde_son_contrat(jeu):
    with pytest.raises(ValidationError, match="il garde son contrat et son axe"):
        _changer(jeu.action.volet, contrat=f.creer_contrat()).clean()


def test_une_ligne_close_que_rien_ne_change_passe(jeu):
    jeu.argent[CLOS].full_clean()
    jeu.valeurs[CLOS].full_clean()


@pytest.mark.parametrize("modele", [Financement, Releve])
def test_une_ligne_que_rien_ne_situe_n_est_pas_une_panne(modele, jeu):
    modele(annee_id=CLOS).clean()


@pytest.mark.parametrize(
    "preparer",
    [
        lambda j: _changer(j.argent[CLOS], prevu=1),
        lambda j: _changer(j.valeurs[CLOS], valeur=1),
        lambda j: Financement(action=j.action, annee_id=CLOS, financeur=j.etat),
        lambda j: Financement(pk=j.argent[CLOS].pk, action=j.action, annee_id=OUVERT),
    ],
    ids=["argent", "valeur", "nouvelle", "qui part"],
)
def test_le_modele_le_dit_d_avance_en_francais(preparer, jeu):
    with pytest.raises(ValidationError, match="L’exercice CLS 2024 est clos depuis le"):
        preparer(jeu).clean()


def test_une_action_rapportee_garde_son_contrat(jeu):
    jeu.action.volet = f.creer_volet()

    with pytest.raises(ValidationError) as refus:
        jeu.action.full_clean()

    assert "CLS 2024 est clos" in refus.value.message_dict["volet"][0]


@pytest.mark.parametrize("lignes", ["argent", "valeurs"])
def test_une_seule_ligne_rapportee_suffit_a_garder_le_contrat(lignes, jeu):
    Exercice.objects.update(clos_le=None)
    getattr(jeu, lignes)[CLOS].delete()
    Exercice.objects.update(clos_le=now())

    with pytest.raises(ValidationError, match="CLS 2024 est clos"):
        exiger_le_meme_contrat(_changer(jeu.action, volet=f.creer_volet()))


def test_une_action_reste_libre_de_ce_qui_n_est_pas_rapporte_d_elle(jeu):
    """Inside its contract, without a line of the closed year, or when yet another closed it."""
    f.creer_volet()  # of another contract, where nobody goes
    exiger_le_meme_contrat(jeu.action)
    exiger_le_meme_contrat(_changer(jeu.action, volet=f.creer_volet(contrat=jeu.contrat)))
    sans_ligne = f.creer_action(volet=f.creer_volet(contrat=jeu.contrat))
    exiger_le_meme_contrat(_changer(sans_ligne, volet=f.creer_volet()))
    ailleurs = _volet_d_une_autre_ligne(jeu).actions.get()
    exiger_le_meme_contrat(_changer(ailleurs, volet=f.creer_volet()))


def test_une_action_qui_ne_bouge_pas_coute_une_requete(jeu, django_assert_num_queries):
    action = Action.objects.get(pk=jeu.action.pk)

    with django_assert_num_queries(1):
        exiger_le_meme_contrat(action)


def test_une_ligne_se_verifie_sans_requete_quand_on_sait_que_rien_n_est_clos(
    jeu, django_assert_num_queries
):
    ligne = Financement.objects.get(pk=jeu.argent[OUVERT].pk)
    ligne.clos = {}

    with django_assert_num_queries(0):
        ligne.exiger_un_exercice_ouvert()


def test_une_ligne_se_verifie_en_une_requete_quand_rien_n_est_clos(jeu, django_assert_num_queries):
    Exercice.objects.update(clos_le=None)
    ligne = Financement.objects.select_related("action__volet").get(pk=jeu.argent[OUVERT].pk)

    with django_assert_num_queries(1):
        ligne.exiger_un_exercice_ouvert()


def test_une_annee_n_est_close_que_pour_les_actions_de_son_contrat(jeu):
    ailleurs = _volet_d_une_autre_ligne(jeu).actions.get()

    lues = Action.objects.filter(pk__in=[jeu.action.pk, ailleurs.pk]).with_est_close(CLOS)

    assert {action.pk: action.est_close for action in lues} == {
        jeu.action.pk: True,
        ailleurs.pk: False,
    }
    assert set(annees_closes(jeu.action.pk)) == {CLOS}
    assert not annees_closes(ailleurs.pk)


def test_l_exercice_clos_garde_ses_propres_chiffres(jeu):
    jeu.exercice.plafond_etat = 5

    with pytest.raises(ValidationError, match="est clos"):
        jeu.exercice.full_clean()


@pytest.mark.parametrize(
    ("remis_le", "raison"),
    [
        (localdate() + timedelta(days=1), "aujourd’hui au plus tard"),
        (date(OUVERT - 1, 12, 31), "après le début"),
    ],
)
def test_on_ne_clot_pas_sur_un_rapport_a_venir(remis_le, raison, jeu, agent_etat):
    exercice = f.creer_exercice(contrat=jeu.contrat, annee_id=OUVERT)

    with pytest.raises(ValidationError, match=raison):
        exercice.clore(rapport_remis_le=remis_le, par=agent_etat)

    assert not Exercice.objects.clos().filter(pk=exercice.pk).exists()


def test_clore_demande_le_droit_et_se_lit_au_journal(jeu, agent_departement):
    exercice = f.creer_exercice(contrat=jeu.contrat, annee_id=OUVERT)
    with pytest.raises(PermissionDenied):
        exercice.clore(rapport_remis_le=localdate(), par=f.creer_personne())

    exercice.clore(rapport_remis_le=localdate(), par=agent_departement)

    entree = EntreeJournal.objects.get(fait="exercice.clos")
    assert (entree.par, entree.objet, entree.apres) == (
        agent_departement,
        jeu.contrat,
        {"annee": OUVERT},
    )


def test_le_public_lit_qu_un_exercice_est_clos(jeu, client, agent_departement):
    f.creer_exercice(contrat=jeu.contrat, annee_id=OUVERT).clore(
        rapport_remis_le=localdate(), par=agent_departement
    )

    actualites = _lue(client.get("/"))
    fiche = lisible(re.sub("<[^>]*>", "", _lue(client.get(jeu.contrat.get_absolute_url()))))

    assert "L’exercice 2025 du contrat" in actualites and "ne changent plus" in actualites
    assert "Exercices clos : 2024, 2025" in fiche


def test_rouvrir_demande_une_raison_et_les_deux_parties(
    jeu, agent_etat, agent_departement, django_capture_on_commit_callbacks
):
    demande = Reouverture(exercice=jeu.exercice, raison="")
    with pytest.raises(ValidationError):
        demande.deposer(par=agent_departement)

    demande = Reouverture(exercice=jeu.exercice, raison="Une facture oubliée.")
    with django_capture_on_commit_callbacks(execute=True):
        demande.deposer(par=agent_departement)
    assert {m.to[0] for m in mail.outbox} == {agent_etat.email, agent_departement.email}
    assert "Une facture oubliée." in mail.outbox[0].body

    demande.accorder(Partie.DEPARTEMENT, par=agent_departement)
    with pytest.raises(ValidationError):
        _changer(jeu.argent[CLOS], prevu=250).clean()

    demande.accorder(Partie.ETAT, par=agent_etat)
    jeu.argent[CLOS].clean()
    jeu.argent[CLOS].save()
    entree = EntreeJournal.objects.get(fait="exercice.rouvert")
    assert entree.apres == {"annee": CLOS, "raison": "Une facture oubliée."}


def test_on_ne_rouvre_pas_ce_qui_est_ouvert(jeu, agent_departement):
    ouvert = f.creer_exercice(contrat=jeu.contrat, annee_id=OUVERT)

    with pytest.raises(TransitionInterdite, match="n’est pas clos"):
        Reouverture(exercice=ouvert, raison="Pour voir.").deposer(par=agent_departement)


def test_plus_rien_n_est_demande_d_un_exercice_clos(jeu):
    Releve.objects.filter(annee=OUVERT).update(valeur=None)
    Exercice.objects.update(clos_le=None)
    Releve.objects.filter(annee=CLOS).update(valeur=None)
    Exercice.objects.update(clos_le=now())

    annees = {m.annee for m in Inventaire(Action.objects.all()).manques if m.genre == "valeur"}
    attendus = " ".join(a.quoi for a in attendus_de(jeu.entraide))

    assert CLOS not in annees and OUVERT in annees
    assert "pour 2024" not in attendus and "pour 2025" in attendus


def test_un_partenaire_ne_propose_rien_pour_une_annee_close(jeu, agent_departement):
    jeu.entraide.membres.create(utilisateur=f.creer_personne(), role="referent")
    par = jeu.entraide.membres.get().utilisateur
    proposition = PropositionReleve(
        indicateur=jeu.indicateur, annee_id=CLOS, valeur=14, partenaire=jeu.entraide
    )
    with pytest.raises(ValidationError, match="est clos"):
        proposition.envoyer(par=par)

    # Sent before the closing, read after it.
    envoyee = f.creer_valeur(
        indicateur=jeu.indicateur, annee_id=CLOS, partenaire=jeu.entraide, envoyee_par=par
    )
    with pytest.raises(ValidationError, match="est clos"):
        envoyee.accepter(par=agent_departement, lu=envoyee.actuel)
    # Of an indicator that had no line of that year, which the base would refuse without a word.
    neuf = f.creer_indicateur(action=jeu.action, responsable=jeu.entraide)
    premiere = f.creer_valeur(indicateur=neuf, annee_id=CLOS, envoyee_par=par)
    with pytest.raises(ValidationError, match="est clos"):
        premiere.accepter(par=agent_departement, lu=premiere.actuel)


def test_la_grille_ferme_les_cellules_d_un_exercice_clos(jeu, client, agent_departement):
    client.force_login(agent_departement)
    for grille in ("financement", "indicateur"):
        fermee = client.get(f"/admin/actions/{grille}/grille/?annee={CLOS}")
        ouverte = client.get(f"/admin/actions/{grille}/grille/?annee={OUVERT}")

        assert not fermee.context["grille"].ouvertes
        assert "exercice clos" in _lue(fermee)
        assert ouverte.context["grille"].ouvertes
        assert "exercice clos" not in _lue(ouverte)


def test_les_rubriques_montrent_les_annees_closes_sans_les_ouvrir(jeu, client, agent_departement):
    client.force_login(agent_departement)
    for rubrique, ferme in (("argent", "prevu"), ("indicateurs", f"valeur_{CLOS}")):
        adresse = f"/admin/actions/action/{jeu.action.pk}/{rubrique}/"
        page = client.get(adresse)
        (formset,) = (i.formset for i in page.context["inline_admin_formsets"])

        assert formset.forms[0].fields[ferme].disabled
        assert "Exercices clos, en lecture seule : 2024" in _lue(page)

        # What a browser sends, with a line to delete that it could not tick.
        champs = champs_du_formulaire(page, "_save")
        reponse = client.post(adresse, {**champs, f"{formset.prefix}-0-DELETE": "on"})
        assert reponse.status_code == 200
        assert "L’exercice CLS 2024 est clos" in _lue(reponse)
        # And without it the page saves.
        assert client.post(adresse, champs).status_code == 302

    assert Financement.objects.get(pk=jeu.argent[CLOS].pk).prevu == 100


def test_une_ligne_close_ne_s_ouvre_ni_ne_s_ote_sur_son_ecran(jeu, client, agent_departement):
    client.force_login(agent_departement)
    for annee, attendu in ((CLOS, 403), (OUVERT, 200)):
        ligne = jeu.argent[annee]
        assert client.get(f"/admin/actions/financement/{ligne.pk}/delete/").status_code == attendu
    page = client.get(f"/admin/actions/financement/{jeu.argent[CLOS].pk}/change/")
    assert 'name="prevu"' not in page.content.decode()
    adresse = f"/admin/actions/indicateur/{jeu.indicateur.pk}/delete/"
    assert client.get(adresse).status_code == 403


def test_l_ecran_de_l_exercice_clot_puis_demande_a_rouvrir(jeu, client, agent_etat):
    """From the State's side: the button, the report of tomorrow refused, closed, asked again."""
    client.force_login(agent_etat)
    exercice = f.creer_exercice(contrat=jeu.contrat, annee_id=OUVERT)
    ecran = f"/admin/contrats/exercice/{exercice.pk}"
    assert "Clore l’exercice…" in _lue(client.get(f"{ecran}/change/"))

    demain = localdate() + timedelta(days=1)
    refusee = client.post(f"{ecran}/clore/", {"rapport_remis_le": demain.isoformat()})
    assert refusee.status_code == 200 and demain.isoformat() in refusee.content.decode()
    client.post(f"{ecran}/clore/", {"rapport_remis_le": localdate().isoformat()})
    page = _lue(client.get(f"{ecran}/change/"))
    assert "son rapport étant remis" in page and "Demander la réouverture…" in page

    reponse = client.post(f"{ecran}/rouvrir/", {"raison": "Une facture oubliée."}, follow=True)
    assert "À vous de décider" in _lue(reponse)
    assert "Lire la demande de réouverture" in _lue(client.get(f"{ecran}/change/"))


def test_le_contrat_garde_ses_exercices_clos(jeu, client, agent_departement):
    client.force_login(agent_departement)
    adresse = f"/admin/contrats/contrat/{jeu.contrat.pk}/change/"
    champs = champs_du_formulaire(client.get(adresse), "_save")
    assert client.post(adresse, champs).status_code == 302

    reponse = client.post(adresse, {**champs, "exercices-0-DELETE": "on"})

    assert reponse.status_code == 200 and "est clos depuis" in _lue(reponse)


def test_a_traiter_dit_les_exercices_a_clore_et_les_demandes(jeu, client, agent_departement):
    f.creer_exercice(contrat=jeu.contrat, annee_id=OUVERT, rapport_avant_le=date(2026, 3, 31))
    f.creer_reouverture(exercice=jeu.exercice)
    client.force_login(agent_departement)

    page = _lue(client.get("/admin/"))

    assert "Exercices à clore" in page and "CLS 2025" in page
    assert "À décider : demandes de réouverture" in page
