"""The real path, as people walk it: an empty folder, the README, then each person in a browser.

The portal runs as `make run` starts it, in its own process, with its own base and the second factor
on. What it sends is read where the README says that it is printed: in the terminal.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.utils.timezone import localdate

from tests.navigateur.connexion import code_de

pytestmark = pytest.mark.navigateur

RACINE = Path(__file__).resolve().parents[2]
PAROLE = "quatre chevaux dorment debout"
ADMINISTRATEUR = "admin@exemple.fr"
AGENTS = {"etat": "Agents de l’État", "departement": "Agents du Département"}
ACTION = "mobilite-solidaire"
ORGANISATION, APPORT = "Les Jardins partagés", "Un jardin ouvert le mardi."
ECRAN = "/admin/actions/action/"


@dataclass
class Portail:
    """The portal that `make run` serves from `dossier`, and the terminal that it writes in."""

    dossier: Path
    adresse: str
    environnement: dict

    @property
    def terminal(self) -> str:
        return (self.dossier / "terminal").read_text(encoding="utf-8")

    def lien(self, destinataire: str, motif: str) -> str:
        """Return the path of the last link that matches `motif` in a message to `destinataire`."""
        for _ in range(100):
            messages = re.split(r"^-{60,}$", self.terminal, flags=re.MULTILINE)
            siens = [m for m in messages if re.search(rf"^To: .*{destinataire}", m, re.MULTILINE)]
            liens = re.findall(rf"https?://[^/\s]+({motif}\S*)", "\n".join(siens))
            if liens:
                return liens[-1]
            time.sleep(0.1)
        raise AssertionError(f"aucun message à {destinataire} ne porte {motif}")

    def lancer(self, commande: str, saisie: str) -> None:
        """Run a command of the README, typing `saisie`."""
        subprocess.run(
            commande,
            shell=True,
            check=True,
            text=True,
            input=saisie,
            cwd=self.dossier,
            env=self.environnement,
        )


def commande_du_readme(mot: str) -> str:
    """Return the line of the README that holds `mot`, as a reader would copy it."""
    lignes = (RACINE / "README.md").read_text(encoding="utf-8").splitlines()
    return next(ligne.strip() for ligne in lignes if ligne.startswith("    ") and mot in ligne)


@pytest.fixture
def portail(tmp_path):
    """The files of the project alone, in an empty folder, served by « make run »."""
    dossier = tmp_path / "dossier-vide"
    for nom in _fichiers_du_projet():
        (dossier / nom).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(RACINE / nom, dossier / nom)
    (dossier / ".venv").symlink_to((RACINE / ".venv").resolve())
    port = _port_libre()
    garder = {nom: os.environ[nom] for nom in ("PATH", "HOME") if nom in os.environ}
    environnement = {**garder, "PORT": str(port), "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
    with (dossier / "terminal").open("w") as terminal:
        serveur = subprocess.Popen(
            commande_du_readme("make run"),
            shell=True,
            cwd=dossier,
            env=environnement,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        servi = Portail(dossier, f"http://127.0.0.1:{port}", environnement)
        _attendre(servi, serveur)
        yield servi
        os.killpg(serveur.pid, signal.SIGTERM)
        serveur.wait(timeout=30)


def _fichiers_du_projet() -> list[str]:
    """Return what git would give: tracked files, and new ones that it does not ignore."""
    commande = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    sortie = subprocess.run(commande, cwd=RACINE, check=True, capture_output=True).stdout
    noms = [nom for nom in sortie.decode().split("\0") if nom]
    return [nom for nom in noms if (RACINE / nom).is_file()]


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


def _attendre(servi: Portail, serveur) -> None:
    for _ in range(600):
        assert serveur.poll() is None, servi.terminal
        try:
            with urlopen(f"{servi.adresse}/readyz"):
                return
        except URLError:
            time.sleep(0.2)
    raise AssertionError(servi.terminal)


class Personne:
    """Someone in front of their own browser."""

    def __init__(self, chromium, portail, courriel: str, theme: str):
        self.portail, self.courriel = portail, courriel
        self.contexte = chromium.new_context(
            base_url=portail.adresse,
            viewport={"width": 1280, "height": 900},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            color_scheme=theme,
        )
        self.page = self.contexte.new_page()
        self.page.set_default_timeout(20_000)

    def choisir_un_mot_de_passe(self) -> None:
        """From the message of an account just opened: ask for the link, follow it, choose."""
        page = self.page
        page.goto(self.portail.lien(self.courriel, "/compte/mot-de-passe/oublie/"))
        page.get_by_label("Adresse électronique").fill(self.courriel)
        page.locator("main").get_by_role("button", name="Recevoir").click()
        page.goto(self.portail.lien(self.courriel, "/compte/mot-de-passe/[0-9a-z]+-"))
        for champ in page.locator("main input[type='password']").all():
            champ.fill(PAROLE)
        page.locator("main").get_by_role("button", name="Enregistrer").click()

    def entrer(self, adresse: str = "/admin/") -> None:
        """Sign in for the first time; the admin asks for a second factor at once."""
        page = self.page
        page.goto(adresse)
        page.get_by_label("Adresse électronique").fill(self.courriel)
        page.get_by_label("Mot de passe").fill(PAROLE)
        page.locator("main").get_by_role("button", name="Se connecter").click()

    def relier_une_application(self) -> None:
        page = self.page
        cle = page.locator("code.cle").inner_text()
        page.get_by_role("textbox", name="Code").fill(code_de(cle))
        page.get_by_role("button", name="Relier l’application").click()
        page.get_by_role("heading", name="Codes de secours").wait_for()
        page.get_by_role("link", name="Aller à l’administration").click()
        page.get_by_role("heading", name="Accueil de l’administration").wait_for()

    def enregistrer(self, bouton: str = "Enregistrer") -> None:
        """Press a save button of the admin, and read that it saved."""
        self.page.get_by_role("button", name=bouton, exact=True).first.click()
        self.page.locator(".messagelist .success").first.wait_for()
        assert self.page.locator(".errornote").count() == 0

    def sortir(self) -> None:
        self.page.goto("/deconnexion/")
        self.page.locator("main").get_by_role("button", name="Se déconnecter").click()
        assert self.page.goto("/admin/").url.endswith("/connexion/?next=%2Fadmin%2F")


@pytest.fixture(params=["light", "dark"])
def theme(request):
    return request.param


@pytest.fixture
def venir(chromium, portail, theme):
    """Return a function: e-mail address → a person in front of a browser of their own."""
    personnes = []

    def venir(courriel: str) -> Personne:
        personnes.append(Personne(chromium, portail, courriel, theme))
        return personnes[-1]

    yield venir
    for personne in personnes:
        personne.contexte.close()


def ouvrir_les_comptes(venir, portail) -> tuple[Personne, Personne]:
    """The README alone: an administrator by the terminal, then an officer of each party."""
    administrateur = venir(ADMINISTRATEUR)
    commande = commande_du_readme("creer_administrateur")
    portail.lancer(commande, f"{administrateur.courriel}\n{PAROLE}\n{PAROLE}\n")
    administrateur.entrer()
    administrateur.relier_une_application()
    agents = []
    for partie, groupe in AGENTS.items():
        agent = venir(f"{partie}@exemple.fr")
        _ouvrir_un_compte(administrateur.page, agent.courriel, groupe)
        agent.choisir_un_mot_de_passe()
        agent.entrer()
        agent.relier_une_application()
        agents.append(agent)
    administrateur.sortir()
    return tuple(agents)


def _ouvrir_un_compte(page, courriel: str, groupe: str) -> None:
    page.goto("/admin/socle/utilisateur/add/")
    page.get_by_label("Adresse électronique").fill(courriel)
    page.get_by_label("Statut équipe").check()
    page.get_by_label(groupe).check()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_text(courriel).first.wait_for()


def ouvrir_l_action(personne: Personne) -> None:
    personne.page.goto(f"{ECRAN}?q=Wimoov")
    personne.page.locator("#result_list tbody a").first.click()
    personne.page.locator("#action_form").wait_for()


def completer_et_publier(departement: Personne) -> None:
    page = departement.page
    ouvrir_l_action(departement)
    page.get_by_role("link", name="Retirer du site…").click()
    page.get_by_label("Motif du retrait").fill("À compléter avant de la montrer.")
    page.get_by_role("button", name="Retirer du site").click()
    page.get_by_text("n’est plus visible").wait_for()
    page.locator("#id_en_clair").fill("Aide à se déplacer. Ouverte à tous.")
    page.locator("#id_fin_prevue").fill("31/12/2027")
    page.get_by_role("button", name="Enregistrer et publier").click()
    page.get_by_text("est visible de tous").wait_for()


def saisir_l_argent_de_l_etat(etat: Personne) -> None:
    page = etat.page
    page.goto("/admin/actions/financement/add/")
    page.get_by_label("Action").select_option(label=_titre_de_l_action(page))
    page.get_by_label("Année").select_option("2025")
    page.get_by_label("Financeur").select_option(label="État")
    page.get_by_label("Prévu").fill("12 500,50 €")
    etat.enregistrer()


def _titre_de_l_action(page) -> str:
    options = page.get_by_label("Action").locator("option").all_inner_texts()
    return next(titre for titre in options if "Wimoov" in titre)


def suivre_l_action(departement: Personne) -> None:
    """After the State's money: a line of one's own, a bulletin, a milestone, one save."""
    page = departement.page
    ouvrir_l_action(departement)
    page.locator("#financements-group .add-row a, #financements-group .addlink").last.click()
    ligne = page.locator("#financements-1")
    ligne.locator("[name$='-annee']").select_option("2025")
    ligne.locator("[name$='-financeur']").select_option(label="Département des Hautes-Alpes")
    ligne.locator("[name$='-prevu']").fill("1 250")
    page.locator("#points-group .add-row a, #points-group .addlink").last.click()
    point = page.locator("#points-0")
    assert point.locator("#id_points-0-le").input_value() == localdate().strftime("%d/%m/%Y")
    point.locator("[name$='-statut']").select_option("en_cours")
    point.locator("[name$='-fait']").fill("Douze trajets par semaine.")
    page.locator("#jalons-group .add-row a, #jalons-group .addlink").last.click()
    jalon = page.locator("#jalons-0")
    jalon.locator("[name$='-libelle']").fill("Première navette")
    jalon.locator("[name$='-prevu_le']").fill("30/06/2027")
    departement.enregistrer()


def lire_la_fiche(venir) -> None:
    """What anybody reads of it."""
    page = venir("").page
    page.goto(f"/actions/{ACTION}/")
    for dit in ("Aide à se déplacer.", "Douze trajets par semaine.", "Première navette"):
        assert page.get_by_text(dit).first.is_visible(), dit
    fiche = page.locator("main").inner_text().replace("\u202f", " ").replace("\u00a0", " ")
    assert "12 500,50 €" in fiche
    assert "1 250 €" in fiche


def demander_a_prendre_part(venir) -> Personne:
    partenaire = venir("camille@exemple.fr")
    page = partenaire.page
    page.goto("/")
    page.get_by_role("link", name="Prendre part au Pacte").first.click()
    page.get_by_label("Nom de l’organisation").fill(ORGANISATION)
    page.get_by_label("Nature").select_option(label="association")
    page.get_by_label("Contrat auquel prendre part").select_option(index=1)
    page.get_by_label("Ce que l’organisation apporterait").fill(APPORT)
    page.get_by_label("Nom de la personne à joindre").fill("Camille Essai")
    page.get_by_label("Son adresse électronique").fill(partenaire.courriel)
    page.get_by_role("button", name="Envoyer la demande").click()
    page.get_by_role("heading", name="Demande envoyée").wait_for()
    page.goto(partenaire.portail.lien(partenaire.courriel, "/adhesion/suivi/"))
    page.get_by_text("Examine la demande").first.wait_for()
    return partenaire


def accorder(agent: Personne) -> None:
    page = agent.page
    page.goto("/admin/")
    page.get_by_role("link", name=re.compile(ORGANISATION)).first.click()
    page.get_by_role("button", name=re.compile("Donner l’accord")).click()
    page.get_by_text("est enregistré").first.wait_for()


def signer_et_publier_la_contribution(departement: Personne) -> None:
    """Both lines are in « À traiter »; the deed of a new installation is made on the way."""
    page = departement.page
    page.goto("/admin/")
    page.get_by_role("heading", name="Signatures à enregistrer").wait_for()
    page.get_by_role("link", name=re.compile(ORGANISATION)).first.click()
    page.get_by_label("Date de signature").fill(localdate().strftime("%d/%m/%Y"))
    page.get_by_role("button", name="Enregistrer la signature").click()
    page.get_by_text("est publique").first.wait_for()
    page.goto("/admin/")
    page.get_by_role("heading", name="Contributions à publier").wait_for()
    page.get_by_role("link", name=re.compile(ORGANISATION)).first.click()
    page.get_by_label("Action").select_option(index=1)
    departement.enregistrer()


def inviter(departement: Personne, partenaire: Personne) -> None:
    page = departement.page
    page.goto("/admin/partenaires/invitation/add/")
    page.get_by_label("Partenaire").select_option(label=ORGANISATION)
    page.get_by_label("Adresse électronique").fill(partenaire.courriel)
    page.get_by_label("Rôle").select_option("referent")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_text(partenaire.courriel).first.wait_for()


def entrer_dans_son_espace(partenaire: Personne) -> None:
    page = partenaire.page
    page.goto(partenaire.portail.lien(partenaire.courriel, "/compte/invitation/"))
    page.get_by_label("Prénom").fill("Camille")
    page.get_by_label("Nom", exact=False).last.fill("Essai")
    page.get_by_label("Mot de passe").fill(PAROLE)
    page.get_by_role("button", name="Ouvrir mon compte").click()
    page.get_by_role("heading", name=ORGANISATION).wait_for()
    assert page.get_by_text(APPORT).first.is_visible()


def test_du_dossier_vide_a_la_page_du_partenaire(venir, portail):
    etat, departement = ouvrir_les_comptes(venir, portail)
    departement.page.get_by_role("heading", name="À traiter").wait_for()
    completer_et_publier(departement)
    saisir_l_argent_de_l_etat(etat)
    suivre_l_action(departement)
    lire_la_fiche(venir)

    partenaire = demander_a_prendre_part(venir)
    accorder(etat)
    accorder(departement)
    signer_et_publier_la_contribution(departement)
    inviter(departement, partenaire)
    entrer_dans_son_espace(partenaire)
    page = venir("").page
    page.goto("/partenaires/")
    page.get_by_role("link", name=ORGANISATION).click()
    assert page.get_by_text(APPORT).is_visible()
    departement.sortir()
    etat.sortir()
