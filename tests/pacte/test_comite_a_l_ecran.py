"""The committee on screen: who writes, who reads, what the public sees, what is printed of it."""

import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate
from pypdf import PdfReader

from actions.models import Jalon
from contrats.models import Pacte
from pacte.administration.a_traiter import a_traiter
from pacte.comite.dossier import composer_le_dossier
from pacte.comite.models import Decision
from pacte.espace.attendus import attendus_de
from pacte.espace.rappels import rappels_dus
from pacte.socle.papier.pdf import ecrire_pdf
from tests import matrice
from tests.fabriques import (
    creer_action,
    creer_adhesion,
    creer_comite,
    creer_decision,
    creer_membre,
    creer_partenaire,
)
from tests.formulaires import enregistrer, envoyer, erreurs
from tests.lecture import contenu, lire, lisible
from tests.matrice import AGENTS, ROLES, entrer, essai, tables
from tests.socle.etiquettes import etiquettes, lire_dans_l_ordre

pytestmark = pytest.mark.django_db

TITRE = "Décisions du comité à suivre"
ECRIVENT = ("departement", "etat", "super")


def dans(jours: int) -> date:
    return localdate() + timedelta(days=jours)


def page(objet, nom="change", *suite) -> str:
    return reverse(f"admin:pacte_{objet._meta.model_name}_{nom}", args=[objet.pk, *suite])


@pytest.fixture
def acteurs():
    return matrice.distribuer()


@pytest.mark.parametrize("role", ROLES)
def test_l_ordre_du_jour_et_le_dossier_se_lisent_par_les_agents_et_eux_seuls(acteurs, role):
    comite = creer_decision().comite
    client, avant = entrer(acteurs, role), tables()

    pages = [page(comite, "ordre_du_jour")]
    pages += [page(comite, "dossier", fin) for fin in ("pdf", "odt")]
    statuts = [client.get(adresse).status_code for adresse in pages]

    assert statuts == [200 if role in AGENTS else 302] * 3
    assert tables() == avant


@pytest.mark.parametrize("role", ROLES)
def test_les_deux_parties_ecrivent_les_reunions_et_suivent_les_decisions(acteurs, role):
    ouverte, faite = creer_decision(), creer_decision(faite_le=localdate())
    client, permis = entrer(acteurs, role), role in ECRIVENT
    gestes = [
        (page(ouverte, "constater_faite"), {"le": localdate().isoformat()}),
        (page(faite, "reprendre"), {"motif": "Une erreur."}),
    ]

    for adresse, envoi in gestes:
        lecture = 200 if permis else 403 if role in AGENTS else 302
        assert client.get(adresse).status_code == lecture
        with essai() as vu:
            reponse = client.post(adresse, envoi)
        assert reponse.status_code == (302 if permis or role not in AGENTS else 403)
        assert bool(vu.change) == permis


def test_un_geste_refuse_dit_pourquoi(client, agent_etat):
    decision = creer_decision()
    client.force_login(agent_etat)

    reponse = client.post(page(decision, "constater_faite"), {"le": dans(3)}, follow=True)

    assert "au plus tard aujourd’hui" in contenu(reponse)
    assert Decision.objects.get().faite_le is None


def test_une_reunion_s_ecrit_avec_ses_decisions(client, agent_etat):
    action, qui = creer_action(), creer_partenaire("Entraide")
    client.force_login(agent_etat)

    enregistrer(
        client,
        reverse("admin:pacte_comite_add"),
        **{
            "le": dans(-2).isoformat(),
            "personnes": "Ada",
            "decisions-TOTAL_FORMS": "1",
            "decisions-0-libelle": "Ouvrir le soir.",
            "decisions-0-actions": [str(action.pk)],
            "decisions-0-qui": str(qui.pk),
            "decisions-0-pour_le": dans(20).isoformat(),
            "decisions-0-est_publique": "on",
        },
    )

    decision = Decision.objects.get()
    assert (decision.comite.le, decision.qui, decision.pour_le) == (dans(-2), qui, dans(20))
    assert decision.est_publique and [*decision.actions.all()] == [action]


def test_les_actions_d_une_decision_viennent_en_tete_de_leur_liste(client, agent_etat):
    autres, sienne = [creer_action(code=f"A-{rang}") for rang in range(3)], creer_action(code="Z-9")
    decision = creer_decision(actions=[sienne])
    client.force_login(agent_etat)

    formulaire = client.get(page(decision.comite)).context["inline_admin_formsets"][0].forms[0]

    cles = [option[0].value for option in formulaire.fields["actions"].choices]
    assert cles[0] == sienne.pk and {*cles[1:]} == {action.pk for action in autres}


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"decisions-0-pour_le": dans(5).isoformat()}, "a quelqu’un qui s’en charge"),
        ({"le": dans(3).isoformat()}, "une fois la réunion tenue"),
    ],
)
def test_une_faute_sur_une_decision_se_lit_a_l_ecran(client, agent_departement, champs, phrase):
    comite = creer_comite(dans(-3))
    creer_decision("Une.", comite=comite)
    client.force_login(agent_departement)

    reponse = envoyer(client, page(comite), **champs)

    assert reponse.status_code == 200
    assert phrase in " ".join(erreurs(reponse))


def test_deplacer_une_reunion_apres_ce_qui_fut_fait_ne_casse_pas_l_ecran(client, agent_etat):
    comite = creer_comite(dans(-30))
    creer_decision(comite=comite, faite_le=dans(-20))
    client.force_login(agent_etat)

    reponse = envoyer(client, page(comite), le=dans(-10).isoformat())

    assert "a été faite avant" in " ".join(erreurs(reponse))


def test_ce_qui_est_public_ou_fait_ne_se_supprime_pas(client, agent_departement):
    client.force_login(agent_departement)
    statuts = []
    for champs in ({}, {"est_publique": True}, {"faite_le": localdate()}):
        decision = creer_decision(**champs)
        reponse = client.post(page(decision, "delete"), {"post": "yes"})
        statuts.append((reponse.status_code, Decision.objects.filter(pk=decision.pk).exists()))

    assert statuts == [(302, False), (403, True), (403, True)]


@pytest.mark.parametrize("suite", ["etat", "departement", "ouverte", "en_retard", "x", ""])
def test_la_liste_des_decisions_se_filtre_par_ce_qu_il_en_reste(client, agent_etat, suite):
    etat = creer_partenaire(partie="etat")
    comite = creer_comite(dans(-9))
    creer_decision("retard", comite=comite, qui=etat, pour_le=dans(-1))
    creer_decision("loin", comite=comite, qui=creer_partenaire(), pour_le=dans(300))
    creer_decision("partenaire", comite=comite, qui=creer_partenaire())
    creer_decision("faite", comite=comite, faite_le=localdate())
    client.force_login(agent_etat)

    reponse = client.get(reverse("admin:pacte_decision_changelist"), {"suite": suite})

    trouvees = {decision.libelle for decision in reponse.context["cl"].result_list}
    toutes = {"retard", "loin", "partenaire", "faite"}
    attendues = {
        "etat": {"retard"},
        "departement": {"partenaire"},
        "ouverte": toutes - {"faite"},
        "en_retard": {"retard"},
    }
    assert trouvees == attendues.get(suite, toutes)


def test_a_traiter_le_dit_a_la_partie_dont_c_est_le_tour(acteurs):
    etat = creer_partenaire(partie="etat", sigle="Préf")
    comite = creer_comite(date(2026, 3, 2))
    decision = creer_decision("Nommer quelqu’un.", comite=comite, qui=etat, pour_le="2026-04-01")
    creer_decision("Déléguer.", comite=comite, qui=creer_partenaire("Entraide+"))

    sujets = {r: [s for s in a_traiter(acteurs[r]) if s.titre == TITRE] for r in AGENTS}

    (de_l_etat,), (du_departement,) = sujets["etat"], sujets["departement"]
    ((texte, detail, adresse),) = de_l_etat.lignes
    assert (texte, adresse) == ("Nommer quelqu’un.", page(decision))
    assert lisible(detail) == "2 mars 2026, Préf, pour le 1er avril 2026, en retard"
    assert de_l_etat.tout_voir == "/admin/pacte/decision/?suite=etat"
    assert [ligne[0] for ligne in du_departement.lignes] == ["Déléguer."]
    assert sujets["portail"] == sujets["super"] == []


def test_la_fiche_d_une_action_dit_ses_decisions_publiques(client):
    action, qui = creer_action(), creer_partenaire("Entraide")
    comite = creer_comite(date(2026, 3, 2))
    publique = {"comite": comite, "actions": [action], "est_publique": True}
    creer_decision("Ouvrir le soir.", qui=qui, pour_le=date(2026, 4, 1), **publique)
    creer_decision("Relire la fiche.", qui=qui, faite_le=date(2026, 3, 9), **publique)
    creer_decision("Cachée.", comite=comite, actions=[action])
    creer_decision("D’une autre.", **{**publique, "actions": [creer_action()]})

    texte = lire(client, action.get_absolute_url())

    assert "Les décisions du comité de pilotage" in texte
    assert "Ouvrir le soir." in texte and "attendue pour le 1er avril 2026" in texte
    assert "date dépassée" in texte and "faite le 9 mars 2026" in texte
    assert f'href="{qui.get_absolute_url()}"' in texte
    assert "Cachée" not in texte and "D’une autre" not in texte


def test_sans_decision_publique_la_fiche_n_en_parle_pas(client):
    action = creer_action()
    creer_decision(actions=[action])

    assert "comité" not in lire(client, action.get_absolute_url())


def test_un_partenaire_cache_n_est_pas_nomme_sur_la_fiche(client):
    action = creer_action()
    cache = creer_partenaire("Discret", publication="brouillon", visible_depuis=None)
    creer_decision(actions=[action], qui=cache, est_publique=True)

    texte = lire(client, action.get_absolute_url())

    assert "date non communiquée" in texte and "Discret" not in texte


def test_un_partenaire_recoit_ce_qui_est_public_et_rien_d_autre(client):
    membre = creer_membre()
    comite = creer_comite(date(2026, 3, 2))
    siennes = {"comite": comite, "qui": membre.partenaire}
    creer_decision("Ouvrir le soir.", pour_le=dans(9), est_publique=True, **siennes)
    creer_decision("Entre agents.", **siennes)
    creer_decision("Faite.", est_publique=True, faite_le=localdate(), **siennes)
    creer_decision("D’un autre.", comite=comite, qui=creer_partenaire(), est_publique=True)

    (attendu,) = attendus_de(membre.partenaire)
    client.force_login(membre.utilisateur)
    espace = lire(client, reverse("espace:partenaire", args=[membre.partenaire.slug]))
    (rappel,) = rappels_dus()

    assert "Ouvrir le soir." in attendu.quoi and attendu.avant_le == dans(9)
    assert lisible(attendu.action) == "Comité de pilotage du 2 mars 2026"
    assert "Ouvrir le soir." in espace
    (lien,) = re.findall(r'href="(/contact/\?sujet=question[^"]+)"', espace)
    assert "Décision « Ouvrir le soir. »" in lisible(contenu(client.get(unescape(lien))))
    assert len(rappel.lignes) == 1 and "Ouvrir le soir." in rappel.lignes[0]
    for tue in ("Entre agents", "Faite.", "D’un autre"):
        assert tue not in espace


def test_un_rappel_dit_aux_agents_ce_que_leur_partie_suit(
    agent_etat, agent_departement, django_capture_on_commit_callbacks
):
    comite = creer_comite(date(2026, 3, 2))
    creer_decision("Convier les maires.", comite=comite, qui=creer_partenaire(partie="etat"))
    creer_decision("Chercher qui.", comite=comite)

    with django_capture_on_commit_callbacks(execute=True):
        call_command("envoyer_rappels")

    messages = {message.to[0]: message.body for message in mail.outbox}
    assert "Convier les maires." in messages[agent_etat.email]
    assert "Convier les maires." not in messages[agent_departement.email]
    assert all("Chercher qui." in corps for corps in messages.values())


def test_l_ordre_du_jour_mene_la_ou_chaque_chose_se_regle(client, agent_departement):
    comite = creer_comite(dans(3), points="Le budget", personnes="Ada")
    decision = creer_decision("Ancienne.")
    action = creer_action("Mobilité", fin_prevue=dans(-3))
    demande = creer_adhesion()
    client.force_login(agent_departement)

    texte = lire(client, page(comite, "ordre_du_jour"))

    rubrique = reverse("admin:actions_action_rubrique", args=[action.pk, "avancement"])
    adhesion = reverse("admin:contrats_adhesion_change", args=[demande.pk])
    for adresse in (page(decision), rubrique, adhesion, page(comite, "dossier", "pdf")):
        assert f'href="{adresse}"' in texte
    assert "/admin/ce-qui-manque/?tour=departement&genre=en_clair" in texte
    assert "Le budget" in texte and "Ada" in texte
    assert "Ce que la réunion a décidé" not in texte


def test_le_dossier_tient_en_pdf_etiquete_et_en_odt(client, agent_etat):
    Pacte.objects.create(pk=1, annee_debut=2024, annee_fin=2027, demonstration=True)
    comite = creer_comite(date(2026, 3, 2), personnes="Ada", points="Le budget")
    action = creer_action("Mobilité", code="CLS-9", fin_prevue=date(2026, 3, 1))
    creer_decision("Ouvrir le soir.", comite=comite, actions=[action])
    creer_decision("Ancienne.", comite=creer_comite(date(2026, 1, 5)))
    client.force_login(agent_etat)

    pdf, odt = (client.get(page(comite, "dossier", fin)) for fin in ("pdf", "odt"))

    lecteur = PdfReader(BytesIO(pdf.content))
    textes = [lisible(lire_dans_l_ordre(lecteur)), lisible(contenu(odt))]
    for texte in textes:
        for attendu in ("Comité de pilotage du 2 mars 2026", "Données de démonstration, fictives."):
            assert attendu in texte
        for attendu in ("Ada", "Le budget", "Mobilité", "Ouvrir le soir.", "CLS-9", "Ancienne."):
            assert attendu in texte
    assert etiquettes(lecteur).count("/Table") >= 3
    assert pdf["Content-Disposition"] == 'inline; filename="comite-2026-03-02.pdf"'
    assert odt["Content-Disposition"] == 'attachment; filename="comite-2026-03-02.odt"'
    # Internal: nobody may use it again, nor keep it on the way.
    for reponse in (pdf, odt):
        assert "Link" not in reponse
        assert "no-store" in reponse["Cache-Control"]


def test_le_dossier_d_une_reunion_vide_s_ecrit_aussi():
    for comite in (creer_comite(localdate()), creer_comite(dans(5))):
        ecrit = composer_le_dossier(comite)
        textes = [getattr(bloc, "texte", "") for bloc in ecrit.blocs]

        assert ecrire_pdf(ecrit) == ecrire_pdf(composer_le_dossier(comite))
        assert ("Aucune décision n’est enregistrée." in textes) == comite.est_tenu
        assert any("Aucune action n’est en retard." in texte for texte in textes)


@pytest.mark.parametrize("fin", ["docx", "PDF"])
def test_un_dossier_d_un_autre_format_est_introuvable(client, agent_etat, fin):
    comite = creer_comite()
    client.force_login(agent_etat)

    assert client.get(f"/admin/pacte/comite/{comite.pk}/dossier.{fin}").status_code == 404
    assert client.get("/admin/pacte/comite/0/dossier.pdf").status_code == 404


def compter(client, adresse: str) -> int:
    with CaptureQueriesContext(connection) as requetes:
        assert client.get(adresse).status_code == 200, adresse
    return len(requetes)


def test_les_requetes_ne_suivent_pas_les_lignes(client, agent_departement):
    comite, prochain = creer_comite(dans(-30)), creer_comite(dans(5))
    action = creer_action()
    adresses = [page(comite), page(comite, "ordre_du_jour"), page(prochain, "ordre_du_jour")]
    adresses += ["/admin/pacte/decision/", "/admin/pacte/comite/", "/admin/"]
    adresses += [page(prochain, "dossier", "odt")]
    client.force_login(agent_departement)
    # Enough for the lists of the home page to be counted apart already.
    _remplir(comite, action, 9)
    avant = {adresse: compter(client, adresse) for adresse in adresses}

    _remplir(comite, action, 12)
    apres = {adresse: compter(client, adresse) for adresse in adresses}

    assert {a: (avant[a], n) for a, n in apres.items() if n > avant[a]} == {}
    assert max(apres[page(comite)], apres[page(prochain, "ordre_du_jour")]) <= 42
    assert compter(Client(), action.get_absolute_url()) <= 14


def _remplir(comite, action, nombre: int) -> None:
    for rang in range(nombre):
        decision = creer_decision(
            comite=comite, actions=[action], qui=creer_partenaire(), est_publique=True
        )
        decision.actions.add(creer_action(fin_prevue=dans(-4)))
        Jalon.objects.create(action=action, libelle=f"J{rang}", prevu_le=dans(-2))
        creer_adhesion()
