"""The journey of a partner, in a real browser: request, two agreements, invitation, first login
with a second factor, proposal, acceptance, public page; and the path of a refusal."""

import re

import pytest
from django.core import mail
from django.utils.timezone import localdate

from actions.models import Action, Contribution
from contrats.models import Adhesion
from tests.conftest import creer_agent
from tests.fabriques import MOT_DE_PASSE, creer_acte
from tests.navigateur.connexion import code_de, donner_le_mot_de_passe, se_connecter, sortir

pytestmark = pytest.mark.navigateur


def lien_du_message(mot: str) -> str:
    """Return the path of the link in the last e-mail whose subject holds `mot`."""
    messages = [m for m in mail.outbox if mot in m.subject]
    return re.search(r"https?://[^/\s]+(/\S+)", messages[-1].body).group(1)


def demander(page, nom: str) -> Adhesion:
    page.goto("/partenaires/")
    page.locator("main").get_by_role("link", name="Prendre part au Pacte").click()
    page.get_by_label("Nom de l’organisation").fill(nom)
    page.get_by_label("Nature").select_option(label="association")
    page.get_by_label("Contrat auquel prendre part").select_option(index=1)
    page.get_by_label("Ce que l’organisation apporterait").fill("Une permanence par semaine.")
    page.get_by_label("Nom de la personne à joindre").fill("Camille Essai")
    page.get_by_label("Son adresse électronique").fill("camille@exemple.fr")
    page.get_by_role("button", name="Envoyer la demande").click()
    page.get_by_role("heading", name="Demande envoyée").wait_for()
    return Adhesion.objects.get(partenaire__nom=nom)


@pytest.fixture
def agents(page):
    """One officer a side, by group, who set their second factor up by themselves."""
    comptes = {}
    for groupe, email in (
        ("Agents de l’État", "etat@exemple.fr"),
        ("Agents du Département", "departement@exemple.fr"),
    ):
        comptes[groupe] = creer_agent(groupe, email)
        comptes[groupe].authenticator_set.all().delete()
        se_connecter_la_premiere_fois(page, comptes[groupe])
        sortir(page)
    return comptes


def se_connecter_la_premiere_fois(page, agent) -> None:
    """The admin leads to the second factor, then opens."""
    page.goto("/admin/")
    donner_le_mot_de_passe(page, agent)
    relier_une_application(page)
    page.get_by_role("link", name="Aller à l’administration").click()
    page.get_by_role("heading", name="Accueil de l’administration").wait_for()


def relier_une_application(page) -> None:
    page.get_by_role("heading", name="Relier une application").wait_for()
    page.get_by_role("textbox", name="Code").fill(code_de(page.locator("code.cle").inner_text()))
    page.get_by_role("button", name="Relier l’application").click()
    page.get_by_role("heading", name="Codes de secours").wait_for()
    assert page.locator(".codes li").count() == 10


def decider(page, agents, groupe: str, bouton: str, adhesion) -> None:
    page.goto("/connexion/")
    se_connecter(page, agents[groupe])
    page.goto(f"/admin/contrats/adhesion/{adhesion.pk}/change/")
    assert page.get_by_text("À vous de décider").first.is_visible()
    page.get_by_text(bouton).first.click()


def test_de_la_demande_a_la_page_publique(page, agents):
    adhesion = demander(page, "Les Jardins partagés")
    decider(page, agents, "Agents de l’État", "Donner l’accord", adhesion)
    sortir(page)
    page.goto(lien_du_message("est reçue"))
    assert page.get_by_text("Accord donné le").is_visible()
    decider(page, agents, "Agents du Département", "Donner l’accord", adhesion)
    signer(page, adhesion)
    inviter(page, adhesion.partenaire)
    sortir(page)

    ouvrir_le_compte(page)
    contribution = creer_contribution_de(adhesion.partenaire)
    proposer(page, contribution)
    sortir(page)
    accepter(page, agents, contribution)
    sortir(page)

    page.goto(adhesion.partenaire.get_absolute_url())
    assert page.get_by_text("Tient une permanence le mardi.").is_visible()
    assert page.get_by_text("prend part au Pacte").is_visible()
    assert page.get_by_text("Signataire depuis").is_visible()


def signer(page, adhesion) -> None:
    acte = creer_acte(contrat=adhesion.contrat, objet="Avenant d’essai", signe_le=localdate())
    page.get_by_role("link", name="Enregistrer la signature…").click()
    page.get_by_label("Acte signé").select_option(str(acte.pk))
    page.get_by_label("Date de signature").fill(localdate().strftime("%d/%m/%Y"))
    page.get_by_role("button", name="Enregistrer la signature").click()
    page.get_by_text("est publique").first.wait_for()


def inviter(page, partenaire) -> None:
    page.goto("/admin/partenaires/invitation/add/")
    page.get_by_label("Partenaire").select_option(str(partenaire.pk))
    page.get_by_label("Adresse électronique").fill("camille@exemple.fr")
    page.get_by_label("Rôle").select_option("referent")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_text("camille@exemple.fr").first.wait_for()


def ouvrir_le_compte(page) -> None:
    """Open the account from the invitation, and set up the second factor that is offered."""
    page.goto(lien_du_message("Invitation"))
    page.get_by_label("Prénom").fill("Camille")
    page.get_by_label("Nom", exact=False).last.fill("Essai")
    page.get_by_label("Mot de passe").fill(MOT_DE_PASSE)
    page.get_by_role("button", name="Ouvrir mon compte").click()
    page.get_by_role("heading", name="Les Jardins partagés").wait_for()
    page.goto("/compte/second-facteur/")
    page.get_by_role("link", name="Relier une application").click()
    relier_une_application(page)


def creer_contribution_de(partenaire) -> Contribution:
    action = Action.objects.visibles().filter(volet__contrat__slug="cls").first()
    return Contribution.objects.create(
        action=action, partenaire=partenaire, role="associe", nature="benevolat", texte="Aide."
    )


def proposer(page, contribution) -> None:
    page.goto("/espace/")
    page.get_by_role("link", name="une formulation").click()
    page.get_by_label("ce que nous apportons").fill("Tient une permanence le mardi.")
    page.get_by_role("button", name="Vérifier avant d’envoyer").click()
    page.get_by_role("button", name="Envoyer la proposition").click()
    page.get_by_text("En attente de relecture").wait_for()


def accepter(page, agents, contribution) -> None:
    page.goto("/connexion/")
    se_connecter(page, agents["Agents du Département"])
    page.goto("/admin/propositions/")
    page.get_by_role("link", name=re.compile("Contribution à")).click()
    page.get_by_role("button", name="Accepter et publier").click()
    page.get_by_text("Aucune proposition n’attend").wait_for()


def test_le_chemin_d_un_refus(page, agents):
    adhesion = demander(page, "Une autre association")
    decider(page, agents, "Agents du Département", "Refuser…", adhesion)
    page.get_by_label("Motif du refus").fill("Cette action existe déjà.")
    page.get_by_role("button", name="Refuser").click()
    page.get_by_text("Le refus est enregistré").wait_for()
    sortir(page)

    page.goto(lien_du_message("n’est pas retenue"))
    assert page.get_by_text("Cette action existe déjà.").is_visible()
    assert page.get_by_role("button", name="Retirer ma demande").count() == 0
    page.goto("/partenaires/")
    assert page.get_by_text("Une autre association").count() == 0
