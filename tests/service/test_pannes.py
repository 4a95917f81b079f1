"""What breaks under a server that works: killed in an import, a full disk, counters that go."""

import os
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread

import pytest
import requests

from tests.documents import ecrire_pdf
from tests.service.visiteur import Visiteur, creer_un_agent, ecrire

LIGNES = 300
ENTETES = "Nom dans l’adresse;Nom;Nature\n"
IMPORTS = "/admin/pacte/importation/"
ACTES = "/admin/contrats/acte/"
GROS_PDF, TRES_GROS_PDF = (
    ecrire_pdf(b"<< /Length %d >>\nstream\n%s\nendstream" % (taille, b" " * taille))
    for taille in (200_000, 3_000_000)
)


@pytest.fixture(scope="module")
def agent(installation):
    return creer_un_agent(installation, "pannes@exemple.fr")


def apporter(visiteur, lot: str, combien: int = LIGNES) -> str:
    """Bring in a file of new partners, whose addresses begin with `lot`; return its page."""
    lignes = "".join(f"{lot}-{n};Partenaire {lot} {n};association\n" for n in range(combien))
    fichier = {"fichier": ("partenaires.csv", (ENTETES + lignes).encode())}
    return visiteur.poster(f"{IMPORTS}add/", {}, files=fichier).headers["Location"]


def appliquer(visiteur, page: str) -> bool:
    """Apply the import of `page`; tell whether it was acknowledged."""
    try:
        geste = page.replace("change/", "appliquer/")
        return visiteur.poster(geste, {}, depuis="/compte/").status_code == 302
    except requests.ConnectionError:
        return False


def presents(visiteur, lot: str) -> int:
    return visiteur.get(f"{IMPORTS}partenaires.csv").text.count(f"\n{lot}-")


def chronometrer(visiteur, lot: str) -> float:
    page, depart = apporter(visiteur, lot), time.monotonic()
    assert appliquer(visiteur, page)
    return time.monotonic() - depart


def tuer_pendant(visiteur, page: str, secondes: float, tuer) -> bool:
    """Kill `secondes` after the import begins; tell whether it was acknowledged all the same."""
    with ThreadPoolExecutor(1) as fil:
        accuse = fil.submit(appliquer, visiteur, page)
        time.sleep(secondes)
        tuer()
        return accuse.result()


def reprendre(visiteur, lot: str, page: str, *, accuse: bool) -> None:
    """All or nothing is there, all of what was acknowledged; and applying again works."""
    trouves = presents(visiteur, lot)
    assert trouves in ({LIGNES} if accuse else {0, LIGNES})
    if not trouves:
        assert appliquer(visiteur, page)
        assert presents(visiteur, lot) == LIGNES


def test_un_import_interrompu_est_la_en_entier_ou_pas_du_tout(installation, agent):
    """`kill -9` of the process that imports, while it rehearses and while it writes; of its
    master, whose processes finish what they began."""
    accuses = []
    with Visiteur(None) as visiteur:
        with installation.servir() as visiteur.serveur:
            serveur = visiteur.serveur
            visiteur.entrer(agent)
            duree = chronometrer(visiteur, "temoin")
            for rang, part in enumerate((0.3, 0.6, 0.8)):
                page = apporter(visiteur, f"lot{rang}")
                ouvrier = serveur.ouvriers()[0]
                accuses.append(
                    tuer_pendant(
                        visiteur, page, part * duree, lambda o=ouvrier: os.kill(o, signal.SIGKILL)
                    )
                )
                serveur.attendre()
                reprendre(visiteur, f"lot{rang}", page, accuse=accuses[-1])
            page = apporter(visiteur, "maitre")
            accuse = tuer_pendant(visiteur, page, 0.6 * duree, serveur.tuer)
        with installation.servir() as visiteur.serveur:
            reprendre(visiteur, "maitre", page, accuse=accuse)
            assert presents(visiteur, "temoin") == LIGNES

    assert False in accuses


@contextmanager
def lecteurs(serveur, adresses: list[str], combien: int = 3):
    """Several people who read without a pause; yields the statuses that they got."""
    fini, statuts = Event(), []

    def lire():
        while not fini.is_set():
            statuts.extend(serveur.lire(adresse)[0] for adresse in adresses)

    fils = [Thread(target=lire) for _ in range(combien)]
    for fil in fils:
        fil.start()
    try:
        yield statuts
    finally:
        fini.set()
        for fil in fils:
            fil.join()


@pytest.fixture
def petit_disque(installation):
    """The folder of documents, on a disk of its own that holds little."""
    documents = installation.dossier / "documents"
    documents.mkdir(exist_ok=True)
    monter = ["mount", "-t", "tmpfs", "-o", "size=512k", "essai", str(documents)]
    if subprocess.run(monter, capture_output=True).returncode:
        pytest.skip("il faut le droit de monter un disque (root)")
    yield documents
    subprocess.run(["umount", "-l", str(documents)], check=True)


def deposer(visiteur, objet: str, document: bytes = GROS_PDF):
    champs = {"type_acte": "convention", "objet": objet}
    fichier = {"document": ("acte.pdf", document, "application/pdf")}
    return visiteur.remplir(f"{ACTES}add/", champs, files=fichier)


def est_la(visiteur, objet: str) -> bool:
    return objet in visiteur.get(ACTES).text


def test_sans_place_pour_un_document_il_est_refuse_et_les_lecteurs_lisent(
    installation, agent, petit_disque
):
    """A page says why and gives back what was typed; no row, no piece of a file; then it works."""
    disque = {"TMPDIR": str(petit_disque)}
    with installation.servir(**disque) as serveur, Visiteur(serveur) as visiteur:
        visiteur.entrer(agent)
        assert deposer(visiteur, "Tient").status_code == 302
        reste = petit_disque / "reste"
        reste.write_bytes(b"x" * 200_000)
        with lecteurs(serveur, ["/", "/actions/?axe=1", "/recherche/?q=logement"]) as statuts:
            refus = deposer(visiteur, "Déborde")
            # Then no place at all, nor for what a browser sends, which waits on the disk.
            reste.write_bytes(b"x" * 311_000)
            autres = [deposer(visiteur, "Déborde", pdf) for pdf in (GROS_PDF, TRES_GROS_PDF)]
            gardes = [fichier.stat().st_size for fichier in petit_disque.glob("actes/*")]
            while len(statuts) < 60:
                time.sleep(0.05)
        assert [reponse.status_code for reponse in (refus, *autres)] == [503] * 3
        assert "Le site ne peut rien enregistrer" in refus.text and "Déborde" in refus.text
        assert not est_la(visiteur, "Déborde")
        assert gardes == [len(GROS_PDF)]
        assert set(statuts) == {200}

        reste.unlink()
        assert deposer(visiteur, "Déborde").status_code == 302
        assert est_la(visiteur, "Déborde")
        gardes = [fichier.stat().st_size for fichier in petit_disque.glob("actes/*")]
        assert gardes == [len(GROS_PDF)] * 2
        assert "Traceback" not in serveur.journal.read_text()


def test_les_compteurs_partis_on_lit_et_revenus_ils_comptent(installation, agent):
    """Emptied, they begin again; replaced by a file, what must be counted waits, and says so."""
    dossier = installation.dossier / "cache"
    with installation.servir() as serveur, Visiteur(serveur) as visiteur:
        assert ecrire(serveur, "192.0.2.7", 6) == [302] * 5 + [429]
        shutil.rmtree(dossier)
        assert visiteur.entrer(agent).status_code == 302
        assert ecrire(serveur, "192.0.2.7", 6) == [302] * 5 + [429]

        shutil.rmtree(dossier)
        dossier.touch()
        pages = ["/", "/suivi/", "/recherche/?q=logement", "/actions.csv", "/connexion/"]
        assert [serveur.lire(page)[0] for page in pages] == [200] * 5
        assert visiteur.get("/admin/").status_code == 200
        with Visiteur(serveur) as autre:
            refus = autre.entrer(agent)
        assert (refus.status_code, "Rien ne s’enregistre" in refus.text) == (503, True)
        assert ecrire(serveur, "192.0.2.7", 1) == [503]
        assert "Les compteurs ne s’écrivent plus" in serveur.journal.read_text()

        dossier.unlink()
        with Visiteur(serveur) as autre:
            assert autre.entrer(agent).status_code == 302
        assert ecrire(serveur, "192.0.2.7", 6) == [302] * 5 + [429]
