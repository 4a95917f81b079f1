"""The committee: dates in order, decisions followed until they are done, an agenda as of a day."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils.timezone import localdate, now

from actions.models import Action, Financement, Jalon
from pacte.comite.models import Comite, Decision, FaitDecision
from pacte.comite.ordre_du_jour import OrdreDuJour
from pacte.socle.double_accord import Partie
from pacte.socle.journal import RECITS, FaitPublication, consigner
from pacte.socle.models import EntreeJournal
from pacte.socle.transitions import TransitionInterdite
from pacte.socle.typographie import date_fr
from tests.fabriques import (
    clore,
    creer_action,
    creer_adhesion,
    creer_comite,
    creer_contrat,
    creer_decision,
    creer_exercice,
    creer_indicateur,
    creer_inscription,
    creer_partenaire,
    creer_point,
    creer_reouverture,
    creer_volet,
)
from tests.lecture import lisible

pytestmark = pytest.mark.django_db


def dans(jours: int) -> date:
    return localdate() + timedelta(days=jours)


def rubriques(comite) -> dict[str, list[str]]:
    """Return the agenda: title → « text | detail », in words."""
    return {
        lisible(r.titre): [lisible(f"{ligne.texte} | {ligne.detail}") for ligne in r.lignes]
        for r in OrdreDuJour(comite).rubriques
    }


@pytest.fixture
def departement():
    return creer_partenaire("Département", partie="departement", sigle="CD")


@pytest.fixture
def etat():
    return creer_partenaire("État", partie="etat", sigle="Préfecture")


@pytest.mark.parametrize(
    ("jours", "champs", "motif"),
    [
        (1, {}, "une fois la réunion tenue"),
        (-5, {"pour_le": dans(-6)}, "attendue après la réunion"),
        (-5, {"faite_le": dans(1)}, "au plus tard aujourd’hui"),
        (-5, {"faite_le": dans(-6)}, "avant la réunion"),
    ],
)
def test_une_decision_garde_ses_dates_dans_l_ordre(jours, champs, motif):
    comite, qui = creer_comite(dans(jours)), creer_partenaire()

    with pytest.raises(ValidationError, match=motif):
        Decision(comite=comite, libelle="Décider.", qui=qui, **champs).full_clean()


def test_une_decision_du_jour_meme_est_saine():
    comite = creer_comite(localdate())
    dates = {"pour_le": localdate(), "faite_le": localdate()}

    Decision(comite=comite, libelle="Décider.", qui=creer_partenaire(), **dates).full_clean()


@pytest.mark.parametrize(
    ("jours", "motif"),
    [(1, "elle a eu lieu"), (-3, "a été faite avant"), (-4, None), (-5, None)],
)
def test_une_reunion_ne_se_deplace_pas_apres_ce_qu_elle_a_decide(jours, motif):
    comite = creer_comite(dans(-5))
    creer_decision(comite=comite, faite_le=dans(-4))
    comite.le = dans(jours)

    if motif is None:
        comite.full_clean()
    else:
        with pytest.raises(ValidationError, match=motif):
            comite.full_clean()


def test_une_reunion_qui_n_a_rien_decide_se_reporte_a_une_date_dite():
    comite = creer_comite(dans(-5))
    comite.le = dans(10)
    comite.full_clean()

    comite.le = None
    with pytest.raises(ValidationError) as refus:
        comite.full_clean()
    assert set(refus.value.message_dict) == {"le"}


def test_les_points_ajoutes_se_lisent_un_par_ligne():
    assert Comite(points=" Le budget \n \nUn local").points_ajoutes == ["Le budget", "Un local"]


def test_une_reunion_garde_ses_decisions():
    comite = creer_decision().comite

    with pytest.raises(ProtectedError):
        comite.delete()


def test_une_reunion_dit_qui_etait_la_et_celle_d_avant():
    premiere, seconde = creer_comite(dans(-30)), creer_comite(dans(-3), personnes="Ada\n \nBo ")
    seconde.organisations.add(creer_partenaire("ARS"))

    assert seconde.presents == ["ARS", "Ada", "Bo"]
    assert (premiere.precedent, seconde.precedent) == (None, premiere)


def test_constater_faite_le_dit_et_le_consigne(agent_etat):
    decision = creer_decision()

    decision.constater_faite(le=localdate(), par=agent_etat)

    decision.refresh_from_db()
    fait = EntreeJournal.objects.first()
    assert decision.faite_le == localdate()
    assert (fait.fait, fait.par, fait.objet) == (FaitDecision.FAITE, agent_etat, decision)
    assert fait.apres == {"le": localdate().isoformat()}


@pytest.mark.parametrize("jours", [1, -400])
def test_une_date_impossible_n_est_pas_notee(agent_departement, jours):
    decision = creer_decision()

    with pytest.raises(ValidationError):
        decision.constater_faite(le=dans(jours), par=agent_departement)

    decision.refresh_from_db()
    assert decision.faite_le is None


def test_reprendre_la_rouvre_avec_sa_raison(agent_departement):
    decision = creer_decision(faite_le=localdate())

    decision.reprendre(motif=" Une erreur. ", par=agent_departement)

    decision.refresh_from_db()
    fait = EntreeJournal.objects.first()
    assert decision.faite_le is None
    assert (fait.fait, fait.apres) == (FaitDecision.REPRISE, {"motif": "Une erreur."})
    assert fait.avant == {"le": localdate().isoformat()}


def test_sans_le_droit_personne_ne_la_dit_faite(administrateur):
    membre = creer_partenaire()
    decision = creer_decision(qui=membre)
    administrateur.is_superuser = False
    administrateur.save()

    for geste in (
        lambda: decision.constater_faite(le=localdate(), par=administrateur),
        lambda: decision.reprendre(motif="Non.", par=administrateur),
    ):
        with pytest.raises(PermissionDenied):
            geste()


def test_une_decision_ouverte_ne_se_reprend_pas(agent_etat):
    with pytest.raises(TransitionInterdite, match="n’est pas dite faite"):
        creer_decision().reprendre(motif="Non.", par=agent_etat)


def test_le_journal_public_ne_raconte_aucune_decision():
    assert not {*FaitDecision.values} & {*RECITS}


def test_restaurer_une_version_ne_touche_pas_au_jour_ou_elle_fut_faite(agent_etat):
    decision = creer_decision(libelle="Un.")
    decision.constater_faite(le=localdate(), par=agent_etat)

    assert not hasattr(decision.historique.last(), "faite_le")


def test_a_suivre_dit_ce_qui_presse_et_ce_qui_est_sans_date(etat):
    comite = creer_comite(dans(-40))
    creer_decision("sans date", comite=comite, qui=etat)
    dates = {"proche": 60, "du jour": 0, "passée": -3, "lointaine": 61}
    for nom, jours in dates.items():
        creer_decision(nom, comite=comite, qui=etat, pour_le=dans(jours))
    creer_decision("faite", comite=comite, qui=etat, faite_le=localdate())

    suivies = [decision.libelle for decision in Decision.objects.a_suivre()]
    assert suivies == ["passée", "du jour", "proche", "sans date"]
    assert [d.libelle for d in Decision.objects.en_retard()] == ["passée"]


@pytest.mark.parametrize(
    ("pour_le", "faite_le", "est_en_retard"),
    [(-1, None, True), (0, None, False), (1, None, False), (None, None, False), (-3, -1, False)],
)
def test_une_decision_est_en_retard_le_lendemain_de_sa_date(etat, pour_le, faite_le, est_en_retard):
    jours = {"pour_le": pour_le, "faite_le": faite_le}
    dates = {nom: dans(jour) for nom, jour in jours.items() if jour is not None}

    decision = creer_decision(comite=creer_comite(dans(-9)), qui=etat, **dates)

    assert decision.est_en_retard is est_en_retard
    assert Decision.objects.en_retard().exists() is est_en_retard


def test_une_decision_ne_nomme_au_public_qu_un_partenaire_publie():
    visible, cache = creer_partenaire(), creer_partenaire(publication="brouillon")

    responsables = [creer_decision(qui=qui).responsable_public for qui in (visible, cache, None)]

    assert responsables == [visible, None, None]


@pytest.mark.parametrize(("jours", "est_lue"), [(0, True), (1, False)])
def test_une_decision_publique_se_lit_le_jour_de_sa_reunion(jours, est_lue):
    creer_decision(comite=creer_comite(dans(jours)), est_publique=True)

    assert Decision.objects.publiques().exists() is est_lue


@pytest.mark.parametrize("champs", [{}, {"comite": Comite()}])
def test_une_decision_sans_reunion_datee_attend_que_la_reunion_le_soit(champs):
    """The form of the meeting says what is missing; its decisions say nothing more."""
    Decision(libelle="Décider.", pour_le=dans(3), **champs).clean()


def test_chaque_partie_suit_les_siennes_et_le_departement_celles_des_partenaires(etat, departement):
    for nom, qui in (("É", etat), ("D", departement), ("P", creer_partenaire()), ("?", None)):
        creer_decision(nom, qui=qui)

    suivies = {
        partie: {decision.libelle for decision in Decision.objects.a_suivre_par(partie)}
        for partie in Partie
    }
    assert suivies == {Partie.ETAT: {"É", "?"}, Partie.DEPARTEMENT: {"D", "P", "?"}}


def test_la_suite_se_dit_au_jour_ou_on_la_lit(etat):
    comite = creer_comite(date(2026, 1, 5))
    dates = {"pour_le": date(2026, 2, 1), "faite_le": date(2026, 3, 1)}
    decision = creer_decision(comite=comite, qui=etat, **dates)

    dites = [
        lisible(decision.suite_au(date(2026, mois, jour)))
        for mois, jour in ((1, 20), (2, 1), (2, 2), (3, 1))
    ]
    assert dites == [
        "Préfecture, pour le 1er février 2026",
        "Préfecture, pour le 1er février 2026",
        "Préfecture, pour le 1er février 2026, en retard",
        "Préfecture, faite le 1er mars 2026",
    ]
    assert creer_decision().suite == "personne n’est désigné, sans date"


def test_une_reunion_a_venir_se_prepare_avec_ce_qui_est_la(etat, departement):
    comite = creer_comite(dans(10))
    creer_decision("Écrire aux maires.", comite=creer_comite(dans(-20)), qui=etat, pour_le=dans(-1))
    action = creer_action("Mobilité", code="A-1", fin_prevue=dans(-2))
    creer_indicateur(action=action, libelle="Trajets")
    creer_adhesion(partenaire=creer_partenaire("Neuve"), accord_etat_le=None)

    lues = rubriques(comite)

    assert list(lues) == [
        "Décisions des réunions précédentes",
        "Actions en retard",
        "À décider",
        "Ce qui manque",
        "Écarts de parité",
        f"Ce qui a changé depuis le {_jour(dans(-20))}",
    ]
    ouvertes, retards, a_decider, manques, parites, changements = lues.values()
    assert ouvertes == [
        f"Écrire aux maires. | {_jour(dans(-20))}, Préfecture, pour le {_jour(dans(-1))}, en retard"
    ]
    assert retards == [f"Mobilité | A-1, attendue le {_jour(dans(-2))}"]
    assert len(a_decider) == 1 and a_decider[0].startswith("Demande d’adhésion : Neuve")
    assert "attend l’État et le Département" in a_decider[0]
    assert "Situation de départ : 1 action | Département" in manques
    assert (parites, changements) == ([], [])


def _jour(jour: date) -> str:
    return lisible(date_fr(jour))


def test_tout_ce_que_les_deux_parties_decident_y_est(agent_etat):
    creer_adhesion(partenaire=creer_partenaire("Une"))
    creer_inscription(action=creer_action(code="B-1", publication="brouillon"))
    demande = creer_reouverture(exercice=clore(creer_contrat(sigle="CZ"), 2025))
    type(demande).objects.update(accord_etat_le=now(), accord_etat_par=agent_etat)

    lignes = rubriques(creer_comite(dans(1)))["À décider"]

    assert [ligne.split(" : ")[0] for ligne in lignes] == [
        "Demande d’adhésion",
        "Demande d’inscription",
        "Demande de réouverture",
    ]
    assert "attend le Département," in lignes[-1]


def test_une_demande_decidee_n_est_plus_a_l_ordre_du_jour(agent_etat):
    creer_adhesion().refuser("etat", par=agent_etat, motif="Non.")

    assert rubriques(creer_comite(dans(1)))["À décider"] == []


def test_ni_une_parite_tenue_ni_celle_d_un_brouillon_n_est_un_ecart(etat, departement):
    tenue, brouillon = (
        creer_action(volet=creer_volet(part_etat_attendue=50, tolerance=0), publication=publication)
        for publication in ("visible", "brouillon")
    )
    for action, prevus in ((tenue, (20, 20)), (brouillon, (10, 30))):
        creer_exercice(contrat=action.volet.contrat)
        for financeur, prevu in zip((etat, departement), prevus, strict=True):
            Financement.objects.create(
                action=action, annee_id=2025, financeur=financeur, prevu=prevu
            )

    assert rubriques(creer_comite(dans(1)))["Écarts de parité"] == []


def test_un_ecart_de_parite_mene_a_la_grille(etat, departement):
    volet = creer_volet(part_etat_attendue=50, tolerance=0)
    action = creer_action(volet=volet)
    comite = creer_comite(dans(1))
    creer_exercice(contrat=volet.contrat)
    for financeur, prevu in ((etat, 10), (departement, 30)):
        Financement.objects.create(action=action, annee_id=2025, financeur=financeur, prevu=prevu)

    (rubrique,) = [r for r in OrdreDuJour(comite).rubriques if r.titre == "Écarts de parité"]

    periode, annee = rubrique.lignes
    assert annee.texte.endswith(", 2025") and periode.texte.endswith(", toute la période")
    assert "10 € de moins que sa part" in lisible(annee.detail)
    grille = "/admin/actions/financement/grille/"
    assert annee.adresse == f"{grille}?contrat={volet.contrat_id}&annee=2025"


def test_une_reunion_tenue_se_relit_au_jour_ou_elle_fut(etat):
    ancienne, comite = creer_comite(date(2026, 1, 10)), creer_comite(date(2026, 3, 10))
    creer_decision("Faite depuis.", comite=ancienne, qui=etat, faite_le=date(2026, 4, 1))
    creer_decision("Faite avant.", comite=ancienne, qui=etat, faite_le=date(2026, 2, 1))
    creer_decision("Faite ce jour-là.", comite=ancienne, qui=etat, faite_le=comite.le)
    creer_decision("La sienne.", comite=comite, qui=etat)
    _actions_de_mars()

    lues = rubriques(comite)

    assert [ligne.split(" | ")[0] for ligne in lues["Décisions des réunions précédentes"]] == [
        "Faite depuis."
    ]
    assert [ligne.split(" | ")[0] for ligne in lues["Actions en retard"]] == [
        "Jalon atteint depuis",
        "Réalisée depuis",
    ]
    assert [d.libelle for d in OrdreDuJour(comite).decisions] == ["La sienne."]


def _actions_de_mars():
    """Actions that were late on 10 March 2026, or are now: each way of being so."""
    depuis = creer_action("Jalon atteint depuis")
    Jalon.objects.create(
        action=depuis, libelle="x", prevu_le=date(2026, 2, 1), atteint_le=date(2026, 3, 11)
    )
    avant = creer_action("Jalon atteint avant")
    Jalon.objects.create(
        action=avant, libelle="x", prevu_le=date(2026, 2, 1), atteint_le=date(2026, 3, 10)
    )
    realisee = creer_action("Réalisée depuis", fin_prevue=date(2026, 3, 9), statut="realisee")
    creer_point(realisee, date(2026, 4, 1), statut="realisee")
    close = creer_action("Close avant", fin_prevue=date(2026, 3, 9), statut="en_cours")
    creer_point(close, date(2026, 3, 10), statut="suspendue", motif="Attente.")
    reportee = creer_action("Reportée alors", fin_prevue=date(2026, 3, 1), statut="en_cours")
    creer_point(
        reportee,
        date(2026, 3, 5),
        statut="reportee",
        motif="Attente.",
        reportee_au=date(2026, 6, 1),
    )
    creer_action("Pas encore en retard", fin_prevue=date(2026, 3, 10))
    creer_action("Cachée", fin_prevue=date(2026, 1, 1), publication="brouillon")


def test_sans_jour_le_retard_est_celui_d_aujourd_hui():
    creer_action("Hier", fin_prevue=dans(-1), statut="en_cours")
    creer_action("Close", fin_prevue=dans(-1), statut="realisee")

    assert [a.titre for a in Action.objects.en_retard()] == ["Hier"]


def test_ce_qui_a_change_est_entre_les_deux_reunions(agent_departement):
    creer_comite(dans(-10))
    comite = creer_comite(dans(-2))
    for jours in (-10, -9, -2, -1):
        action = creer_action(f"À {jours}")
        consigner(action, FaitPublication.RENDU_VISIBLE, par=agent_departement)
        entree = EntreeJournal.objects.first()
        quand = now() + timedelta(days=jours)
        EntreeJournal._base_manager.filter(pk=entree.pk)._update(
            [(EntreeJournal._meta.get_field("le"), None, quand)]
        )

    changements = OrdreDuJour(comite).rubriques[-1]

    assert [ligne.adresse for ligne in changements.lignes] == [
        Action.objects.get(titre=titre).get_absolute_url() for titre in ("À -2", "À -9")
    ]


def test_les_faits_sont_comptes_au_plus_et_le_reste_est_dit(agent_departement):
    action, comite = creer_action(), creer_comite(localdate())
    for _ in range(100):
        consigner(action, FaitPublication.RENDU_VISIBLE, par=agent_departement)
    assert OrdreDuJour(comite).rubriques[-1].reste == ""
    consigner(action, FaitPublication.RENDU_VISIBLE, par=agent_departement)

    changements = OrdreDuJour(comite).rubriques[-1]

    assert changements.titre == "Ce qui a changé jusqu’ici"
    assert len(changements.lignes) == 100 and "100 faits les plus récents" in changements.reste


def test_ce_qui_manque_a_un_brouillon_n_est_pas_a_l_ordre_du_jour():
    creer_action(publication="brouillon", visible_depuis=None)

    assert rubriques(creer_comite(dans(1)))["Ce qui manque"] == []


def test_ce_qui_manque_mene_a_ce_qui_manque(departement):
    action = creer_action(debut_prevu=localdate())
    creer_exercice(contrat=action.volet.contrat, annee_id=localdate().year)

    (manques,) = [r for r in OrdreDuJour(creer_comite()).rubriques if r.titre == "Ce qui manque"]

    adresses = {lisible(ligne.texte): ligne.adresse for ligne in manques.lignes}
    ici, annee = reverse("admin:ce_qui_manque"), localdate().year
    assert adresses["Résumé en clair : 1 action"] == f"{ici}?tour=departement&genre=en_clair"
    prevu = f"Montant prévu {annee} : 1 action"
    assert adresses[prevu] == f"{ici}?tour=departement&genre=prevu&annee={annee}"


def test_chaque_rubrique_dit_de_quel_jour_elle_est():
    jours = [rubrique.au for rubrique in OrdreDuJour(creer_comite(dans(-9))).rubriques]

    ce_jour_la, aujourd_hui = dans(-9), localdate()
    assert jours == [ce_jour_la, ce_jour_la, aujourd_hui, aujourd_hui, aujourd_hui, ce_jour_la]
    assert {r.au for r in OrdreDuJour(creer_comite(dans(9))).rubriques} == {aujourd_hui}


def test_les_comptes_d_une_liste_de_reunions():
    comite = creer_comite()
    creer_decision(comite=comite, faite_le=localdate())
    for _ in range(2):
        creer_decision(comite=comite)
    vide = creer_comite()

    comptes = {c.pk: (c.nb_decisions, c.nb_ouvertes) for c in Comite.objects.with_decisions()}
    assert comptes == {comite.pk: (3, 2), vide.pk: (0, 0)}
