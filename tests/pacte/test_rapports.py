"""The yearly report: frozen with its gaps, unchanged by anything, released by both parties."""

import hashlib
import json
import re
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from io import BytesIO
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from actions.models import Action, Contribution, Financement, Indicateur, Jalon, PointEtape, Releve
from contrats.models import Contrat, Exercice, Pacte, Signature
from pacte.administration.a_traiter import a_traiter
from pacte.espace.rappels import rappels_dus
from pacte.rapports.annexes import annexer
from pacte.rapports.faits import comparer, etablir, geler
from pacte.rapports.models import RapportAnnuel, a_rapporter
from pacte.rapports.mots import MotDePartie
from pacte.socle.double_accord import Partie
from pacte.socle.models import EntreeJournal
from pacte.socle.transitions import TransitionInterdite
from pacte.socle.typographie import date_fr
from partenaires.models import Partenaire
from tests import fabriques as f
from tests.bureau import convertir
from tests.conftest import creer_agent
from tests.lecture import contenu, lisible
from tests.socle.etiquettes import etiquettes, lire_dans_l_ordre

pytestmark = pytest.mark.django_db
FORMATS = ("pdf", "odt", "xlsx", "json")
FEUILLES_FIGEES = ["Actions", "Financements", "Indicateurs"]


@pytest.fixture(scope="module")
def jeu_du_module(base_du_module):
    """A contract, its year 2024, an action told from end to end, and one of which nothing is."""
    Pacte.objects.create(pk=1, annee_debut=2024, annee_fin=2027).ouvrir_les_annees()
    contrat = f.creer_contrat(sigle="CLS", slug="cls", nom="Contrat local")
    volet = f.creer_volet(contrat=contrat, part_etat_attendue=50, tolerance=0)
    action = f.creer_action_libellee("Mobilité", volet=volet, statut="en_cours")
    muette = f.creer_action("Muette", volet=volet)
    etat = f.creer_partenaire("L’État", partie="etat")
    departement = f.creer_partenaire("Le Département", partie="departement")
    f.creer_point(action, date(2025, 2, 3), fait="Deux minibus roulent.", obstacles="Secret.")
    f.creer_contribution(action=action, partenaire=etat, role="pilote", texte="Il pilote.")
    Jalon.objects.create(action=action, libelle="Ouvrir la ligne", prevu_le=date(2024, 9, 1))
    for financeur, prevu in ((etat, 3000), (departement, 1000)):
        Financement.objects.create(
            action=action, annee_id=2024, financeur=financeur, prevu=prevu, paye=None
        )
    indicateur = f.creer_indicateur(action=action, libelle="Familles", compte_personnes=True)
    Releve.objects.create(indicateur=indicateur, annee_id=2024, valeur=3, cible=40)
    acte = f.creer_acte(contrat=contrat, objet="Convention", signe_le=date(2024, 6, 12))
    Signature.objects.create(acte=acte, partenaire=departement)
    exercice = f.creer_exercice(contrat=contrat, annee_id=2024, plafond_etat=5000)
    return SimpleNamespace(
        contrat=contrat, volet=volet, action=action, muette=muette, etat=etat, exercice=exercice
    )


@pytest.fixture(scope="module")
def agents_du_module(base_du_module):
    return {
        "etat": creer_agent("Agents de l’État", "agent@etat.exemple"),
        "departement": creer_agent("Agents du Département", "agent@departement.exemple"),
    }


@pytest.fixture(scope="module")
def paru_du_module(jeu_du_module, agents_du_module):
    jeu, agents = deepcopy((jeu_du_module, agents_du_module))
    return faire_paraitre(figer(jeu.exercice, agents["departement"]), *agents.values())


@pytest.fixture
def jeu(jeu_du_module):
    return deepcopy(jeu_du_module)


@pytest.fixture
def paru(paru_du_module):
    return deepcopy(paru_du_module)


@pytest.fixture
def agent_etat(agents_du_module):
    return deepcopy(agents_du_module["etat"])


@pytest.fixture
def agent_departement(agents_du_module):
    return deepcopy(agents_du_module["departement"])


def figer(exercice, par, **champs) -> RapportAnnuel:
    rapport = RapportAnnuel(exercice=exercice, **champs)
    rapport.figer(par=par)
    return rapport


def faire_paraitre(rapport, agent_etat, agent_departement) -> RapportAnnuel:
    rapport.accorder(Partie.ETAT, par=agent_etat)
    rapport.accorder(Partie.DEPARTEMENT, par=agent_departement)
    return rapport


def lue(reponse) -> str:
    """Return the words of a page, without its tags."""
    return lisible(unescape(re.sub(r"<[^>]*>", " ", contenu(reponse))))


def page(chemin: str, statut: int = 200) -> str:
    reponse = Client().get(chemin)
    assert reponse.status_code == statut
    return lue(reponse)


def octets(rapport, nom: str) -> bytes:
    reponse = Client().get(rapport.adresse_de(nom))
    assert reponse.status_code == 200
    return b"".join(reponse.streaming_content) if reponse.streaming else reponse.content


def tout_changer(jeu) -> None:
    """Change everything that a report tells, by the shortest way: rows, behind the models."""
    Exercice.objects.update(clos_le=None)
    Financement.objects.update(prevu=77, paye=77)
    Releve.objects.update(valeur=77, cible=77)
    PointEtape.objects.update(fait="Autre chose.", le=date(2025, 5, 5))
    Contribution.objects.update(texte="Autrement.", role="associe")
    Jalon.objects.update(libelle="Autre jalon", atteint_le=date(2025, 1, 1))
    Signature.objects.all().delete()
    Indicateur.objects.update(libelle="Autres", unite="autres")
    Partenaire.objects.update(nom=Concat("nom", Value(" bis")))
    Action.objects.update(titre="Autre titre", statut="abandonnee", motif="Autre.", en_clair="Oui.")
    Contrat.objects.update(sigle="AUTRE", nom="Autre contrat")
    Exercice.objects.update(plafond_etat=77, rapport_avant_le=date(2030, 1, 1))
    jeu.muette.delete()


def test_le_rapport_dit_les_textes_les_chiffres_et_les_signatures(jeu, paru):
    textes = [page("/rapports/cls/2024/"), page(f"{paru.get_absolute_url()}{jeu.action.code}/")]
    textes += [page(f"{paru.get_absolute_url()}{jeu.muette.code}/")]
    vue = " ".join(textes)
    imprime = lire_dans_l_ordre(PdfReader(BytesIO(octets(paru, "pdf"))))

    for attendu in (
        "Rapport d’exécution 2024 – Contrat local",
        "Deux minibus roulent.",
        "Il pilote.",
        "Ouvrir la ligne : prévu le 1er septembre 2024, à atteindre",
        "1 sur 2 : en cours",
        "1 sur 2 : statut non communiqué",
        "3 000 €",
        "Convention",
        "12 juin 2024",
        "l’État prévoit 1 000 € de plus que sa part",
    ):
        assert attendu in vue, attendu
        assert attendu in lisible(imprime), attendu
    assert "Secret." not in vue
    # Unknown is not zero, and a small count is masked.
    assert "moins de 5" in vue
    assert "Argent de l’année non communiqué" in vue


def test_un_rapport_ne_dit_ni_un_brouillon_ni_un_autre_contrat_ni_une_autre_annee(jeu):
    avant = etablir(jeu.exercice)
    brouillon = f.creer_action(volet=jeu.volet, publication="brouillon", visible_depuis=None)
    ailleurs = f.creer_action(statut="realisee")
    for action in (brouillon, ailleurs):
        Financement.objects.create(action=action, annee_id=2024, financeur=jeu.etat, prevu=77)
        mesure = f.creer_indicateur(action=action)
        Releve.objects.create(indicateur=mesure, annee_id=2024, valeur=77)
    Financement.objects.create(action=jeu.action, annee_id=2025, financeur=jeu.etat, prevu=77)
    Releve.objects.create(indicateur=jeu.action.indicateurs.get(), annee_id=2025, valeur=77)
    cache = f.creer_partenaire(publication="brouillon", visible_depuis=None)
    f.creer_contribution(action=jeu.action, partenaire=cache)
    f.creer_point(
        jeu.action,
        date(2025, 4, 4),
        fait="Retiré.",
        retire_le=timezone.now(),
        motif_retrait="Faux.",
    )
    acte = f.creer_acte(contrat=ailleurs.volet.contrat, signe_le=date(2024, 6, 12))
    Signature.objects.create(acte=acte, partenaire=jeu.etat)
    Signature.objects.create(acte=jeu.contrat.actes.get(), partenaire=cache)

    assert etablir(jeu.exercice) == avant


def test_un_chiffre_se_dit_en_mots_et_en_nombre_avec_son_nom_et_son_unite(jeu):
    dits = {c["cle"]: c for c in etablir(jeu.exercice)["chiffres"]}

    assert dits["actions"] == {
        **{"cle": "actions", "libelle": "Actions du contrat", "nom": "Actions du contrat"},
        **{"texte": "2", "valeur": 2, "est_partiel": False, "unite": "actions"},
    }
    assert dits["statut/en_cours"] == {
        **{"cle": "statut/en_cours", "libelle": "Actions : en cours", "nom": "en cours"},
        **{"texte": "1 sur 2", "valeur": 1, "est_partiel": False, "unite": "actions"},
    }
    prevu = dits[f"action/{jeu.action.code}/prevu"]
    assert prevu["libelle"] == f"{jeu.action.code} – Mobilité : prévu"


def test_un_statut_s_accorde_avec_son_nombre(jeu):
    report = {"statut": "reportee", "motif": "Travaux.", "reportee_au": date(2027, 1, 1)}
    for _ in range(2):
        f.creer_action_libellee(volet=jeu.volet, **report)
    f.creer_action_libellee(volet=jeu.volet)

    comptes = {c["cle"]: c["nom"] for c in etablir(jeu.exercice)["chiffres"] if "nom" in c}

    assert comptes["statut/reportee"] == "reportées"
    assert comptes["statut/non_renseigne"] == "statuts non communiqués"
    assert comptes["statut/en_cours"] == "en cours"


def test_les_chiffres_des_actions_suivent_leur_code(jeu):
    f.creer_action("Zèbre", code="A-1", volet=jeu.volet)

    cles = [c["cle"] for c in etablir(jeu.exercice)["chiffres"] if c["cle"].endswith("/statut")]

    codes = ["A-1", jeu.action.code, jeu.muette.code]
    assert cles == [f"action/{code}/statut" for code in codes]


@pytest.mark.parametrize(
    ("dit", "personnes", "cumulatif", "est_tu"),
    [
        *((dit, True, True, True) for dit in (6, 9, 11, 14)),
        *((dit, True, True, False) for dit in (5, 10, 15, None)),
        (12, False, True, False),
        (12, True, False, False),
    ],
)
def test_un_cumul_de_personnes_se_tait_a_moins_de_cinq_de_ce_qui_est_dit(
    jeu, dit, personnes, cumulatif, est_tu
):
    suivis = f.creer_indicateur(
        action=jeu.action, libelle="Suivis", compte_personnes=personnes, cumulatif=cumulatif
    )
    Releve.objects.create(indicateur=suivis, annee_id=2024, valeur=10)
    cle = f"indicateur/{jeu.action.code}/Suivis"

    chiffres = etablir(jeu.exercice, [{"cle": cle, "valeur": dit}])["chiffres"]

    (chiffre,) = [c for c in chiffres if c["cle"] == cle]
    attendu = ("moins de 5 de différence", None) if est_tu else ("10", 10)
    assert (chiffre["texte"], chiffre["valeur"]) == attendu


@pytest.mark.parametrize(("valeur", "texte"), [(3, "moins de 5"), (None, "non communiqué")])
def test_ce_qui_est_deja_tu_le_reste_a_cote_de_ce_qui_est_dit(jeu, valeur, texte):
    suivis = _cumuler(jeu)
    if valeur:
        Releve.objects.create(indicateur=suivis, annee_id=2024, valeur=valeur)
    cle = f"indicateur/{jeu.action.code}/Suivis"

    chiffres = etablir(jeu.exercice, [{"cle": cle, "valeur": 12}])["chiffres"]

    assert [c["texte"] for c in chiffres if c["cle"] == cle] == [texte]


def test_un_rapport_raconte_les_actions_par_axe_puis_par_code(jeu):
    autre = f.creer_volet(contrat=jeu.contrat, axe=f.creer_axe(numero=1))
    f.creer_action(code="Z-9", volet=autre)
    f.creer_action("Zèbre", code="A-1", volet=jeu.volet)

    dites = etablir(jeu.exercice)

    codes = [jeu.action.code, jeu.muette.code]
    assert [action["code"] for action in dites["actions"]] == ["Z-9", "A-1", *codes]
    tableau = {t["nom"]: t for t in dites["tableaux"]}["actions"]
    rang = [colonne["entete"] for colonne in tableau["colonnes"]].index("Code")
    assert [ligne[rang] for ligne in tableau["lignes"]] == ["A-1", *codes, "Z-9"]


def test_un_rapport_raconte_le_dernier_point_et_chaque_mesure(jeu):
    f.creer_point(jeu.action, date(2025, 1, 1), fait="Avant.")
    muet = f.creer_indicateur(action=jeu.action, libelle="Muet", reference=12, source="Carriolix")
    Releve.objects.create(indicateur=muet, annee_id=2025, valeur=7)
    sur = f.creer_indicateur(action=jeu.action, libelle="Sûr")
    Releve.objects.create(indicateur=sur, annee_id=2024, valeur=9, definitif=True)

    dite, muette = etablir(jeu.exercice)["actions"]

    assert (dite["point"]["le"], dite["point"]["fait"]) == ("2025-02-03", "Deux minibus roulent.")
    assert (muette["point"], muette["indicateurs"]) == (None, [])
    familles, autre, sure = ([*m.values()] for m in dite["indicateurs"])
    assert familles == ["Familles", "personnes", None, "40", "moins de 5", True, None]
    assert autre == ["Muet", "personnes", "12", None, None, False, "Carriolix"]
    assert sure == ["Sûr", "personnes", None, None, "9", False, None]


def test_les_signatures_suivent_leur_acte_puis_le_nom_de_qui_signe(jeu):
    avenant = f.creer_acte(contrat=jeu.contrat, type_acte="avenant", signe_le=date(2024, 3, 1))
    for nom in ("Zoé", "Abel"):
        signature = {"partenaire": f.creer_partenaire(nom), "signe_le": date(2024, 9, 9)}
        Signature.objects.create(acte=avenant, **signature)

    dites = [(s["qui"], s["le"]) for s in etablir(jeu.exercice)["signatures"]]

    assert dites == [
        *(("Abel", "2024-09-09"), ("Zoé", "2024-09-09")),
        ("Le Département", "2024-06-12"),
    ]


def test_ce_qui_manque_ne_nomme_pas_un_partenaire_qui_n_est_pas_publie(jeu):
    cache = f.creer_partenaire("Secret", publication="brouillon", visible_depuis=None)
    for responsable in (cache, f.creer_partenaire("Caisse")):
        f.creer_indicateur(action=jeu.action, responsable=responsable, reference=None)

    manques = [m for m in etablir(jeu.exercice)["manques"] if m["quoi"] == "situation de départ"]

    assert {m["qui"] for m in manques} == {
        *("Département", "Caisse"),
        "un partenaire qui n’est pas publié",
    }


def test_une_annexe_dit_quelles_colonnes_sont_des_dates(jeu):
    Action.objects.filter(pk=jeu.action.pk).update(debut_prevu=date(2024, 2, 3))
    f.creer_indicateur(action=jeu.action, libelle="Muet")

    actions, _argent, indicateurs = etablir(jeu.exercice)["tableaux"]

    assert "Début prévu" in {c["entete"] for c in actions["colonnes"] if c["est_une_date"]}
    assert not [c for c in indicateurs["colonnes"] if c["est_une_date"]]
    assert len(indicateurs["lignes"]) == 1


def test_un_nombre_entier_se_gele_sans_virgule():
    geles = [geler(Decimal("3000.00")), geler(Decimal("0.50")), geler(date(2024, 6, 12))]

    assert json.dumps(geles) == '[3000, 0.5, "2024-06-12"]'


@pytest.mark.parametrize(
    ("debut", "fin", "est_dite"),
    [(2024, 2024, True), (2025, None, False), (None, 2023, False), (None, None, True)],
)
def test_une_contribution_se_dit_des_annees_de_sa_periode(jeu, debut, fin, est_dite):
    contribution = f.creer_contribution(action=jeu.action, annee_debut=debut, annee_fin=fin)

    textes = [c["texte"] for c in etablir(jeu.exercice)["actions"][0]["contributions"]]

    assert (contribution.texte in textes) is est_dite


def test_ce_qui_manque_est_imprime_comme_tel(jeu, paru):
    dits = {(m["quoi"], m["qui"], m["actions"]) for m in paru.faits["manques"]}

    assert ("résumé en clair", "Département", 2) in dits
    assert ("montant prévu 2024", "État", 1) in dits
    assert "Ce qui manque à ce rapport" in page("/rapports/cls/2024/")


def test_avant_de_paraitre_la_page_dit_ce_qui_manque_et_a_qui_de_le_saisir(jeu):
    vue = page("/rapports/cls/2024/")

    assert "Ce rapport n’est pas paru." in vue
    assert "Résumé en clair, 2 actions : Département" in vue
    assert "Montant prévu 2024, 1 action : État" in vue
    for nom in FORMATS:
        page(f"/rapports/cls/2024.{nom}", 404)


def test_un_exercice_clos_sans_rapport_publie_le_dit(jeu):
    f.clore(jeu.contrat, 2025)

    vue = page("/rapports/cls/2025/")

    assert "a été remis le" in vue and "Il n’est pas publié ici." in vue
    assert "Rapport 2025 (CLS) : remis le" in page("/rapports/")


@pytest.mark.parametrize("nom", FORMATS)
def test_un_rapport_garde_ses_octets_quoi_que_l_on_change(jeu, paru, nom):
    avant, html = octets(paru, nom), Client().get(paru.get_absolute_url()).content

    tout_changer(jeu)
    # The page is that of a contract: its name there is today's, the report keeps its own.
    Contrat.objects.update(sigle="CLS", nom="Contrat local")

    assert octets(paru, nom) == avant
    assert Client().get(paru.get_absolute_url()).content == html


def test_tout_ce_que_dit_un_rapport_a_change_dans_le_suivant(jeu, paru):
    """What the test above changes is what a report tells: the same one made again differs."""
    tout_changer(jeu)
    autre = RapportAnnuel(exercice=jeu.exercice, motif="Tout.")
    autre.composer()

    for cle in ("chiffres", "actions", "signatures", "manques", "tableaux", "exercice", "contrat"):
        assert autre.faits[cle] != paru.faits[cle], cle
    avant, apres = paru.faits["actions"][0], autre.faits["actions"][0]
    for cle in ("titre", "statut", "motif", "contributions", "point", "jalons", "indicateurs"):
        assert apres[cle] != avant[cle], cle


def test_l_empreinte_imprimee_est_celle_du_fichier(paru):
    fichier = octets(paru, "json")
    imprimee = lire_dans_l_ordre(PdfReader(BytesIO(octets(paru, "pdf"))))

    empreinte = hashlib.sha256(fichier).hexdigest()
    assert empreinte in imprimee.replace(" ", "")
    assert empreinte in page("/rapports/cls/2024/")
    assert json.loads(fichier) == paru.faits


@pytest.mark.parametrize(
    "champs",
    [
        {"contenu": "{}"},
        {"empreinte": "0"},
        {"edition": 2, "motif": "x"},
        {"motif": "x"},
        {"deposee_le": "2020-01-01 00:00Z"},
    ],
)
def test_la_base_refuse_de_changer_ce_qui_est_fige(paru, champs):
    with pytest.raises(IntegrityError, match="rapport_fige"), transaction.atomic():
        RapportAnnuel.objects.filter(pk=paru.pk).update(**champs)


def test_la_base_refuse_d_effacer_un_rapport_paru(paru):
    with pytest.raises(IntegrityError, match="rapport_paru_reste"), transaction.atomic():
        RapportAnnuel.objects.filter(pk=paru.pk).delete()


def test_il_faut_les_deux_accords_puis_l_exercice_se_clot_et_le_public_l_apprend(
    jeu, agent_etat, agent_departement, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        rapport = figer(jeu.exercice, agent_departement)
    assert {message.to[0] for message in mail.outbox} == {
        agent_departement.email,
        agent_etat.email,
    }
    rapport.accorder(Partie.DEPARTEMENT, par=agent_departement)
    jeu.exercice.refresh_from_db()
    assert not jeu.exercice.est_clos
    page(rapport.get_absolute_url(), 404)
    page(rapport.adresse_de("pdf"), 404)
    assert "n’est pas paru" in page("/rapports/cls/2024/")

    rapport.accorder(Partie.ETAT, par=agent_etat)

    jeu.exercice.refresh_from_db()
    assert jeu.exercice.est_clos
    assert jeu.exercice.rapport_remis_le == timezone.localdate()
    assert "Rapport d’exécution" in page(rapport.get_absolute_url())
    assert "Le rapport 2024 du contrat CLS est paru." in page("/")


def test_une_seule_partie_ne_suffit_pas_et_l_autre_ne_se_decide_pas(
    jeu, agent_etat, agent_departement
):
    rapport = figer(jeu.exercice, agent_departement)
    with pytest.raises(PermissionDenied):
        rapport.accorder(Partie.ETAT, par=agent_departement)

    rapport.refuser(Partie.ETAT, par=agent_etat, motif="Un montant est faux.")

    assert a_rapporter().get() == jeu.exercice
    assert figer(jeu.exercice, agent_departement).edition == 1


@pytest.mark.parametrize("groupe", ["Administration du portail", ""])
def test_il_faut_le_droit_de_figer_et_de_reprendre(jeu, groupe, agent_departement):
    qui = creer_agent(groupe, "p@exemple.fr") if groupe else f.creer_membre().utilisateur
    with pytest.raises(PermissionDenied):
        figer(jeu.exercice, qui)
    assert not RapportAnnuel.objects.exists()

    with pytest.raises(PermissionDenied):
        figer(jeu.exercice, agent_departement).retirer(par=qui, motif="Non.")


def test_on_ne_fige_ni_deux_fois_ni_trop_tot_ni_un_contrat_cache(jeu, agent_departement):
    figer(jeu.exercice, agent_departement)
    with pytest.raises(TransitionInterdite, match="attend déjà"):
        figer(jeu.exercice, agent_departement)

    futur = f.creer_exercice(contrat=jeu.contrat, annee_id=2027)
    with pytest.raises(TransitionInterdite, match="se fige ensuite"):
        figer(futur, agent_departement)

    en_cours = f.creer_exercice(
        contrat=jeu.contrat, annee_id=2025, fin=timezone.localdate() + timedelta(days=1)
    )
    with pytest.raises(TransitionInterdite, match="se fige ensuite"):
        figer(en_cours, agent_departement)
    Exercice.objects.filter(pk=en_cours.pk).update(fin=timezone.localdate() - timedelta(days=1))
    assert figer(Exercice.objects.get(pk=en_cours.pk), agent_departement).pk

    cache = f.creer_exercice(contrat=f.creer_contrat(publication="brouillon"), annee_id=2024)
    with pytest.raises(TransitionInterdite, match="pas publié"):
        figer(cache, agent_departement)


def test_les_mots_sont_ceux_de_chaque_partie_et_se_figent_avec_le_reste(
    jeu, agent_etat, agent_departement
):
    mot = MotDePartie(exercice=jeu.exercice, partie="etat")
    with pytest.raises(PermissionDenied):
        mot.ecrire("Pour l’autre.", par=agent_departement)
    with pytest.raises(PermissionDenied):
        mot.ecrire(
            "Pour tous.", par=f.Utilisateur.objects.create_superuser("su@exemple.fr", "long mot")
        )
    mot.ecrire("Une bonne année.\n\nUne autre suit.", par=agent_etat)

    rapport = faire_paraitre(figer(jeu.exercice, agent_departement), agent_etat, agent_departement)
    mot.ecrire("Repenti.", par=agent_etat)

    vue = page(rapport.get_absolute_url())
    assert "Le mot de l’État Une bonne année. Une autre suit." in vue
    assert "Repenti" not in vue and "Le mot du Département" not in vue


def _rouvrir(exercice) -> None:
    Exercice.objects.filter(pk=exercice.pk).update(clos_le=None)


def test_corriger_fait_une_edition_qui_nomme_l_ancienne(jeu, paru, agent_etat, agent_departement):
    _rouvrir(jeu.exercice)
    Financement.objects.filter(prevu=1000).update(prevu=3000)
    with pytest.raises(ValidationError):
        figer(jeu.exercice, agent_departement)

    nouvelle = figer(jeu.exercice, agent_departement, motif=" Un montant était faux.\n")
    assert nouvelle.faits["motif"] == "Un montant était faux."
    # Until both agree, readers keep the first one.
    assert "1 000 €" in page("/rapports/cls/2024/")
    faire_paraitre(nouvelle, agent_etat, agent_departement)

    vue = page("/rapports/cls/2024/")
    assert "Remplace l’édition 1 : Un montant était faux." in vue
    assert "Département : prévu 1 000 € 3 000 €" in vue
    assert "Éditions précédentes" in vue
    ancienne = page(paru.get_absolute_url())
    assert "remplace celle-ci" in ancienne and "Un montant était faux." in ancienne
    assert nouvelle.faits["remplace"] == {"edition": 1, "empreinte": paru.empreinte}
    assert EntreeJournal.objects.filter(fait="rapport.corrige").count() == 1


def test_retirer_est_une_edition_et_l_ancienne_ne_se_lit_plus(
    jeu, paru, agent_etat, agent_departement
):
    retrait = figer(
        jeu.exercice, agent_departement, est_un_retrait=True, motif="Un nom y figurait."
    )
    faire_paraitre(retrait, agent_etat, agent_departement)

    vue = page("/rapports/cls/2024/")
    assert "Retire l’édition 1 : Un nom y figurait." in vue
    assert "Deux minibus" not in vue
    assert "Le rapport 2024 du contrat CLS est retiré." in page("/")
    page(paru.get_absolute_url(), 404)
    page(f"{paru.get_absolute_url()}{jeu.action.code}/", 404)
    for nom in FORMATS:
        page(paru.adresse_de(nom), 404)
        assert octets(retrait, nom)
    with pytest.raises(TransitionInterdite, match="n’est à retirer"):
        figer(jeu.exercice, agent_departement, est_un_retrait=True, motif="Encore.")
    reprise = figer(jeu.exercice, agent_departement, motif="Sans le nom.")
    assert (reprise.edition, reprise.remplace) == (3, retrait)
    assert not reprise.faits["precedent"]


def test_le_rapport_suivant_dit_chiffre_par_chiffre_ce_qui_a_change(
    jeu, paru, agent_etat, agent_departement
):
    suivant = f.creer_exercice(contrat=jeu.contrat, annee_id=2025)
    Financement.objects.create(
        action=jeu.action, annee_id=2025, financeur=jeu.etat, prevu=9000, paye=0
    )
    rapport = figer(suivant, agent_departement)

    changements = {c["libelle"]: (c["avant"], c["apres"]) for c in rapport.faits["changements"]}
    nom = f"{jeu.action.code} – Mobilité"
    assert changements["État : prévu"] == ("3\u202f000\u00a0€", "9\u202f000\u00a0€")
    assert changements["État : payé"] == ("non communiqué", "0\u00a0€")
    assert changements[f"{jeu.action.code} – Familles"] == ("moins de 5", "non communiqué")
    assert f"{nom} : avancement" not in changements
    assert rapport.faits["precedent"] == {"annee": 2024, "edition": 1}


def test_comparer_dit_ce_qui_est_neuf_et_ce_qui_a_disparu():
    avant = [{"cle": "a", "libelle": "A", "texte": "1"}, {"cle": "b", "libelle": "B", "texte": "2"}]
    apres = [{"cle": "b", "libelle": "B", "texte": "2"}, {"cle": "c", "libelle": "C", "texte": "3"}]

    assert comparer(avant, apres) == [
        {"libelle": "A", "avant": "1", "apres": "–"},
        {"libelle": "C", "avant": "–", "apres": "3"},
    ]


def test_un_rapport_sans_aucune_action_se_fige_et_se_lit(jeu, agent_etat, agent_departement):
    vide = f.creer_exercice(contrat=f.creer_contrat(slug="vide"), annee_id=2024)
    rapport = faire_paraitre(figer(vide, agent_departement), agent_etat, agent_departement)

    assert "Aucune action de ce contrat n’est publiée." in page("/rapports/vide/2024/")
    for nom in FORMATS:
        assert octets(rapport, nom)


def test_le_pdf_est_balise(paru):
    lecteur = PdfReader(BytesIO(octets(paru, "pdf")))
    lues = etiquettes(lecteur)

    assert lues.count("/H1") == 1 and lues.count("/H4") == 2
    assert lues.count("/Table") >= 4
    assert lecteur.trailer["/Root"]["/Lang"] == "fr-FR"
    assert lecteur.metadata.title == "Rapport d’exécution 2024 – Contrat local"


def test_libreoffice_ouvre_le_texte_et_les_annexes(paru, tmp_path):
    (tmp_path / "rapport.odt").write_bytes(octets(paru, "odt"))
    (tmp_path / "annexes.xlsx").write_bytes(octets(paru, "xlsx"))

    texte = lire_dans_l_ordre(PdfReader(convertir(tmp_path / "rapport.odt", "pdf")))
    chiffres = convertir(tmp_path / "annexes.xlsx", "csv").read_text(encoding="latin-1")

    for attendu in ("Rapport d’exécution 2024", "Deux minibus roulent.", "12 juin 2024"):
        assert attendu in lisible(texte)
    assert "État : prévu" in lisible(chiffres) and ",3000," in chiffres


def test_les_annexes_ont_des_nombres_et_le_jour_du_gel(paru):
    classeur = CalamineWorkbook.from_filelike(BytesIO(octets(paru, "xlsx")))
    feuilles = {nom: classeur.get_sheet_by_name(nom).to_python() for nom in classeur.sheet_names}

    chiffres = {ligne[0]: ligne[2] for ligne in feuilles["Chiffres"]}
    assert chiffres["État : prévu"] == 3000
    assert chiffres["État : payé"] == ""
    assert list(feuilles) == ["Chiffres", "Changements", *FEUILLES_FIGEES, "À propos"]
    jours = [ligne[2] for ligne in feuilles["À propos"] if ligne[1] == "Extrait le"]
    assert jours == [timezone.localdate(paru.fige_le)]


@pytest.mark.parametrize(
    "chemin",
    [
        "/rapports/inconnu/2024/",
        "/rapports/cls/1999/",
        "/rapports/cls/99999999999/",
        "/rapports/cls/2024/edition-2/",
        "/rapports/cls/2024/edition-1/INCONNUE/",
        "/rapports/cls/2024/edition-9999.pdf",
        "/rapports/cls/2024.docx",
    ],
)
def test_ce_qui_n_existe_pas_est_introuvable(paru, chemin):
    page(chemin, 404)


def test_un_contrat_retire_emporte_ses_rapports(paru):
    Contrat.objects.update(publication="brouillon", visible_depuis=None)

    page("/rapports/cls/2024/", 404)
    page(paru.get_absolute_url(), 404)
    assert "Rapport 2024" not in page("/rapports/")


def test_la_liste_dit_ce_qui_est_paru_et_ce_qui_est_attendu(jeu, paru):
    demain = timezone.localdate() + timedelta(days=1)
    f.creer_exercice(contrat=jeu.contrat, annee_id=2025, rapport_avant_le=demain)

    vue = page("/rapports/")

    assert "Rapport 2024 (CLS) : paru le" in vue
    assert f"Rapport 2025 (CLS) : attendu avant le {lisible(date_fr(demain))}" in vue
    assert "en retard" not in vue
    assert "Il est attendu avant le" in page("/rapports/cls/2025/")


def test_un_rapport_qui_tarde_le_dit(jeu, paru):
    """The day itself is not late yet; a closed exercise, whose report was handed over, never is."""
    echus = {"rapport_avant_le": date(2025, 3, 31)}
    clos = {"rapport_remis_le": date(2025, 9, 1), "clos_le": timezone.now()}
    f.creer_exercice(contrat=jeu.contrat, annee_id=2025, **echus)
    f.creer_exercice(contrat=jeu.contrat, annee_id=2026, rapport_avant_le=timezone.localdate())
    Exercice.objects.filter(annee=2024).update(**echus)
    f.creer_exercice(contrat=jeu.contrat, annee_id=2027, **echus, **clos)

    vue = page("/rapports/")

    assert "Rapport 2025 (CLS) : était attendu avant le 31 mars 2025, en retard" in vue
    assert vue.count("en retard") == 1
    assert "Il était attendu avant le 31 mars 2025 : il est en retard." in page(
        "/rapports/cls/2025/"
    )
    assert "Il est attendu avant le" in page("/rapports/cls/2026/")


def test_un_rapport_de_demonstration_le_dit(jeu, agent_etat, agent_departement):
    Pacte.objects.update(demonstration=True)
    rapport = faire_paraitre(figer(jeu.exercice, agent_departement), agent_etat, agent_departement)
    Pacte.objects.update(demonstration=False)

    assert "Données de démonstration, fictives." in page(rapport.get_absolute_url())
    assert "démonstration" in lire_dans_l_ordre(PdfReader(BytesIO(octets(rapport, "pdf"))))


def _preparer(client, exercice, statut=200, **envoi):
    chemin = f"/admin/pacte/rapportannuel/preparer/{exercice.pk}/"
    reponse = client.post(chemin, envoi) if envoi else client.get(chemin)
    assert reponse.status_code == statut
    return lue(reponse)


def test_un_agent_prepare_relit_et_fige_depuis_l_administration(
    jeu, agent_departement, client, django_capture_on_commit_callbacks
):
    client.force_login(agent_departement)
    vue = _preparer(client, jeu.exercice)
    assert "Résumé en clair, 2 actions : Département" in vue
    assert "Deux minibus roulent." in vue and "Projet de rapport" in vue

    _preparer(
        client, jeu.exercice, 302, mot="departement", **{"departement-texte": "Merci à tous."}
    )
    assert jeu.exercice.mots.get().texte == "Merci à tous."
    _preparer(client, jeu.exercice, 403, mot="etat", **{"etat-texte": "Usurpé."})

    _preparer(client, jeu.exercice, 302, figer="oui")

    rapport = RapportAnnuel.objects.get()
    assert rapport.faits["mots"] == [{"partie": "departement", "texte": "Merci à tous."}]
    assert "attend déjà les deux accords" in _preparer(client, jeu.exercice)
    fiche = f"/admin/pacte/rapportannuel/{rapport.pk}"
    assert "Son contenu est bien celui qui a été figé." in lisible(
        contenu(client.get(f"{fiche}/change/"))
    )
    assert "Merci à tous." in lue(client.get(f"{fiche}/apercu/"))
    assert client.get(f"{fiche}/fichier/pdf/").content.startswith(b"%PDF-")
    assert client.get(f"{fiche}/fichier/exe/").status_code == 404

    sans_motif = client.post(f"{fiche}/abandonner/", {"motif": " "})
    assert "Ce champ est obligatoire" in lue(sans_motif)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{fiche}/abandonner/", {"motif": "Un montant est faux."})
    rapport.refresh_from_db()
    assert rapport.statut == "retiree"
    assert EntreeJournal.objects.first().apres["motif"] == "Un montant est faux."
    assert agent_departement.email in {m.to[0] for m in mail.outbox}
    assert all("retirée : Un montant est faux." in lisible(m.body) for m in mail.outbox)


def test_une_nouvelle_edition_sans_motif_est_redemandee_sans_rien_perdre(
    jeu, paru, agent_departement, client
):
    client.force_login(agent_departement)

    vue = _preparer(client, jeu.exercice, figer="oui", motif=" ", est_un_retrait="on")

    assert "Dire ce que cette édition corrige" in vue
    reponse = client.post(
        f"/admin/pacte/rapportannuel/preparer/{jeu.exercice.pk}/",
        {"figer": "oui", "motif": " ", "est_un_retrait": "on"},
    )
    assert re.search(r'name="est_un_retrait"[^>]*checked', contenu(reponse))
    assert RapportAnnuel.objects.count() == 1


def test_les_rapports_a_etablir_et_a_decider_sont_a_traiter(jeu, agent_etat, agent_departement):
    def sujets(agent):
        return {s.titre: s.nombre for s in a_traiter(agent)}

    assert sujets(agent_departement)["Rapports annuels à établir"] == 1
    figer(jeu.exercice, agent_departement)

    assert "Rapports annuels à établir" not in sujets(agent_departement)
    assert sujets(agent_etat)["À décider : rapports annuels"] == 1


def test_le_nombre_de_requetes_ne_depend_pas_des_lignes(jeu, django_assert_max_num_queries):
    with django_assert_max_num_queries(50) as avant:
        RapportAnnuel(exercice=jeu.exercice).composer()
    for _ in range(3):
        autre = f.creer_action_libellee(volet=jeu.volet)
        f.creer_point(autre, date(2025, 1, 1))
        f.creer_indicateur(action=autre)
        f.creer_contribution(action=autre)
    with django_assert_max_num_queries(len(avant)):
        RapportAnnuel(exercice=jeu.exercice).composer()


def test_une_page_publique_tient_en_quatorze_requetes(jeu, paru, django_assert_max_num_queries):
    attendu = f.creer_exercice(contrat=jeu.contrat, annee_id=2025)
    action = f"{paru.get_absolute_url()}{jeu.action.code}/"
    for chemin in ("/rapports/", "/rapports/cls/2024/", action, paru.adresse_de("pdf")):
        with django_assert_max_num_queries(14):
            page(chemin) if not chemin.endswith(".pdf") else octets(paru, "pdf")
    with django_assert_max_num_queries(16):
        page(f"/rapports/cls/{attendu.annee_id}/")


def test_un_exercice_rapporte_garde_son_contrat_et_son_annee(jeu, paru):
    _rouvrir(jeu.exercice)
    exercice = Exercice.objects.get(pk=jeu.exercice.pk)
    exercice.annee_id = 2026
    with pytest.raises(ValidationError, match="garde son contrat et son année"):
        exercice.full_clean()
    with pytest.raises(IntegrityError, match="exercice_rapporte_reste"), transaction.atomic():
        Exercice.objects.filter(pk=exercice.pk).update(annee=2026)
    jeu.contrat.slug = "autre"
    with pytest.raises(ValidationError, match="elle reste"):
        jeu.contrat.full_clean()


def test_ce_qui_est_interne_de_l_exercice_ne_se_fige_pas(jeu, agent_departement):
    Exercice.objects.update(montant_notifie=4321, debut=date(2024, 2, 3), fin=date(2024, 11, 5))
    rapport = figer(Exercice.objects.get(pk=jeu.exercice.pk), agent_departement)

    assert not any(mot in rapport.contenu for mot in ("4321", "2024-02-03", "2024-11-05"))


def _cumuler(jeu, **valeurs) -> Indicateur:
    cumul = f.creer_indicateur(
        action=jeu.action, libelle="Suivis", compte_personnes=True, cumulatif=True
    )
    for annee, valeur in valeurs.items():
        Releve.objects.create(indicateur=cumul, annee_id=int(annee[1:]), valeur=valeur)
    return cumul


def test_deux_rapports_ne_laissent_pas_retrouver_un_petit_nombre(
    jeu, agent_etat, agent_departement
):
    cumul = _cumuler(jeu, a2025=12)
    suivant = f.creer_exercice(contrat=jeu.contrat, annee_id=2025)
    faire_paraitre(figer(suivant, agent_departement), agent_etat, agent_departement)
    Releve.objects.create(indicateur=cumul, annee_id=2024, valeur=10)

    rapport = figer(jeu.exercice, agent_departement)

    dit = {c["cle"]: c for c in rapport.faits["chiffres"]}[f"indicateur/{jeu.action.code}/Suivis"]
    assert (dit["valeur"], dit["texte"]) == (None, "moins de 5 de différence")
    (_chiffres, _changes, _actions, _argent, indicateurs, *_) = annexer(rapport)
    lues = [[c.valeur(ligne) for c in indicateurs.colonnes] for ligne in indicateurs.objets]
    assert not any(10 in ligne or "10" in ligne for ligne in lues)


def _suivis(rapport) -> str:
    (dit,) = [c["texte"] for c in rapport.faits["chiffres"] if c["cle"].endswith("/Suivis")]
    return dit


def test_ce_qui_n_est_pas_paru_ne_masque_rien(jeu, agent_departement):
    cumul = _cumuler(jeu, a2025=12)
    figer(f.creer_exercice(contrat=jeu.contrat, annee_id=2025), agent_departement)
    Releve.objects.create(indicateur=cumul, annee_id=2024, valeur=10)

    assert _suivis(figer(jeu.exercice, agent_departement)) == "10"


def test_une_correction_ne_se_masque_pas_a_cause_de_ce_qu_elle_corrige(
    jeu, agent_etat, agent_departement
):
    cumul = _cumuler(jeu, a2024=12)
    faire_paraitre(figer(jeu.exercice, agent_departement), agent_etat, agent_departement)
    _rouvrir(jeu.exercice)
    cumul.releves.update(valeur=10)

    assert _suivis(figer(jeu.exercice, agent_departement, motif="Deux de trop.")) == "10"


def test_ce_qu_a_dit_un_rapport_retire_reste_connu(jeu, agent_etat, agent_departement):
    cumul = _cumuler(jeu, a2025=12)
    suivant = f.creer_exercice(contrat=jeu.contrat, annee_id=2025)
    for champs in ({}, {"est_un_retrait": True, "motif": "Faux."}):
        faire_paraitre(figer(suivant, agent_departement, **champs), agent_etat, agent_departement)
    Releve.objects.create(indicateur=cumul, annee_id=2024, valeur=10)

    assert _suivis(figer(jeu.exercice, agent_departement)) == "moins de 5 de différence"


def test_un_chiffre_change_depuis_le_gel_empeche_de_paraitre(
    client, jeu, agent_etat, agent_departement
):
    rapport = figer(jeu.exercice, agent_departement)
    Financement.objects.filter(prevu=3000).update(prevu=9999)
    client.force_login(agent_etat)
    adresse = f"/admin/pacte/rapportannuel/{rapport.pk}/change/"
    assert "depuis le gel" in lue(client.get(adresse))
    # Neither the first party agrees to it, nor the second.
    with pytest.raises(TransitionInterdite, match="depuis le gel"):
        rapport.accorder(Partie.ETAT, par=agent_etat)
    Financement.objects.filter(prevu=9999).update(prevu=3000)
    assert "depuis le gel" not in lue(client.get(adresse))
    rapport.accorder(Partie.ETAT, par=agent_etat)
    Financement.objects.filter(prevu=3000).update(prevu=9999)

    with pytest.raises(TransitionInterdite, match="a changé depuis le gel|ont changé depuis"):
        rapport.accorder(Partie.DEPARTEMENT, par=agent_departement)

    rapport.refresh_from_db()
    assert rapport.est_en_attente and rapport.accord_departement_le is None
    Financement.objects.filter(prevu=9999).update(prevu=3000)
    # What does not close with the exercise may go on: another action, another status.
    f.creer_action("Nouvelle", volet=jeu.volet)
    Action.objects.filter(pk=jeu.action.pk).update(statut="realisee")
    rapport.accorder(Partie.DEPARTEMENT, par=agent_departement)
    assert rapport.paru_le


@pytest.mark.parametrize("change", ["une valeur", "le partage entre actions"])
def test_ce_que_la_cloture_figerait_sans_etre_rapporte_empeche_de_paraitre(
    jeu, agent_etat, agent_departement, change
):
    visites = f.creer_indicateur(action=jeu.action, libelle="Visites")
    Releve.objects.create(indicateur=visites, annee_id=2024, valeur=50)
    rapport = figer(jeu.exercice, agent_departement)
    if change == "une valeur":
        visites.releves.update(valeur=60)
    else:
        Financement.objects.filter(prevu=3000).update(action=jeu.muette)

    with pytest.raises(TransitionInterdite, match="depuis le gel"):
        faire_paraitre(rapport, agent_etat, agent_departement)


def test_un_contrat_retire_depuis_le_gel_empeche_de_paraitre(jeu, agent_etat, agent_departement):
    rapport = figer(jeu.exercice, agent_departement)
    Contrat.objects.update(publication="brouillon", visible_depuis=None)

    with pytest.raises(TransitionInterdite, match="plus publié"):
        faire_paraitre(RapportAnnuel.objects.get(pk=rapport.pk), agent_etat, agent_departement)


def test_un_rapport_compare_a_un_rapport_retire_ne_parait_pas(
    jeu, paru, agent_etat, agent_departement
):
    suivant = f.creer_exercice(contrat=jeu.contrat, annee_id=2025)
    rapport = figer(suivant, agent_departement)
    retrait = figer(jeu.exercice, agent_departement, est_un_retrait=True, motif="Faux.")
    faire_paraitre(retrait, agent_etat, agent_departement)

    with pytest.raises(TransitionInterdite, match="n’est plus en vigueur"):
        faire_paraitre(rapport, agent_etat, agent_departement)


def test_un_rapport_ne_se_compare_ni_a_un_retrait_ni_a_celui_d_un_autre_contrat(
    jeu, paru, agent_etat, agent_departement
):
    ailleurs = figer(f.creer_exercice(annee_id=2025), agent_departement)
    retrait = figer(jeu.exercice, agent_departement, est_un_retrait=True, motif="Faux.")
    faire_paraitre(retrait, agent_etat, agent_departement)
    suivant = figer(f.creer_exercice(contrat=jeu.contrat, annee_id=2025), agent_departement)

    assert (ailleurs.faits["precedent"], suivant.faits["precedent"]) == (None, None)


def test_un_montant_partiel_le_dit_aux_programmes(jeu, agent_departement):
    Financement.objects.create(
        action=jeu.action, annee_id=2024, financeur=jeu.etat, nature="valorisation", prevu=None
    )
    rapport = figer(jeu.exercice, agent_departement)

    dits = {c["cle"]: c for c in rapport.faits["chiffres"]}
    dit, inconnu, entier = (
        dits[f"argent/{cle}"] for cle in ("etat/prevu", "etat/paye", "departement/prevu")
    )
    assert (dit["valeur"], dit["est_partiel"]) == (3000, True)
    assert (inconnu["valeur"], inconnu["est_partiel"]) == (None, False)
    assert (entier["valeur"], entier["est_partiel"]) == (1000, False)
    assert dit["texte"].startswith("au moins")


def test_un_exercice_rouvert_ou_dont_le_rapport_est_retire_est_a_rapporter(
    jeu, paru, agent_etat, agent_departement
):
    assert not a_rapporter()
    _rouvrir(jeu.exercice)
    assert a_rapporter().get() == jeu.exercice
    Exercice.objects.update(clos_le=timezone.now())
    retrait = figer(jeu.exercice, agent_departement, est_un_retrait=True, motif="Faux.")
    faire_paraitre(retrait, agent_etat, agent_departement)
    assert a_rapporter().get() == jeu.exercice


def test_un_projet_n_est_sous_aucune_licence_et_le_dit(jeu, agent_departement, client):
    client.force_login(agent_departement)
    rapport = figer(jeu.exercice, agent_departement)
    fichier = f"/admin/pacte/rapportannuel/{rapport.pk}/fichier"

    pdf = client.get(f"{fichier}/pdf/")
    assert "Link" not in pdf
    assert "Projet de rapport" in lire_dans_l_ordre(PdfReader(BytesIO(pdf.content)))
    # Nothing to verify yet at an address that nobody may read.
    assert rapport.adresse_de("json") not in pdf.content.decode("latin-1")
    rapport.retirer(par=agent_departement, motif="À refaire.")
    vue = lue(client.get(f"/admin/pacte/rapportannuel/{rapport.pk}/apercu/"))
    assert "Ce rapport n’a pas paru : sa parution est retirée." in vue


def test_un_rapport_altere_derriere_la_base_se_voit(paru):
    paru.contenu += " "

    assert not paru.est_intact


def test_un_rapport_qui_attend_est_dans_les_rappels(jeu, agent_etat, agent_departement):
    rapport = figer(jeu.exercice, agent_departement)

    lignes = [ligne for rappel in rappels_dus() for ligne in rappel.lignes]

    assert any(str(rapport) in ligne for ligne in lignes)


def test_reprendre_un_rapport_se_motive_et_ne_se_fait_pas_a_moitie(
    jeu, agent_departement, monkeypatch
):
    rapport = figer(jeu.exercice, agent_departement)
    with pytest.raises(ValidationError, match="Dire pourquoi"):
        rapport.retirer(par=agent_departement, motif=" \n")

    with monkeypatch.context() as sans_courrier:
        sans_courrier.setattr(RapportAnnuel, "ecrire_aux_agents", Mock(side_effect=OSError))
        with pytest.raises(OSError):
            rapport.retirer(par=agent_departement, motif="Un montant est faux.")
    assert RapportAnnuel.objects.get().est_en_attente

    RapportAnnuel.objects.get().retirer(par=agent_departement, motif=" Un montant est faux.\n")
    assert EntreeJournal.objects.first().apres["motif"] == "Un montant est faux."


def test_la_parution_se_garde_et_son_premier_chiffre_change_est_celui_que_l_on_dit(
    jeu, agent_etat, agent_departement
):
    rapport = figer(jeu.exercice, agent_departement)
    Financement.objects.update(prevu=9)
    Releve.objects.update(valeur=40)
    premier, *_autres = rapport.changes_depuis
    assert len(_autres) > 1
    assert f"« {premier['libelle']} »" in rapport.perime
    rapport.retirer(par=agent_departement, motif="À refaire.")

    faire_paraitre(figer(jeu.exercice, agent_departement), agent_etat, agent_departement)

    assert RapportAnnuel.objects.lisibles().get().paru_le is not None


def test_un_rapport_se_compare_a_une_annee_d_avant_et_a_aucune_d_apres(
    jeu, agent_etat, agent_departement
):
    suivant = f.creer_exercice(contrat=jeu.contrat, annee_id=2025)
    faire_paraitre(figer(suivant, agent_departement), agent_etat, agent_departement)

    rapport = figer(jeu.exercice, agent_departement)

    assert rapport.faits["precedent"] is None
    assert rapport._precedent() is None
    faire_paraitre(rapport, agent_etat, agent_departement)
    # Of its own year, once released, it is not the one before.
    assert RapportAnnuel(exercice=jeu.exercice)._precedent() is None
