"""`python -m tests.banc`: the table of docs/performance.md, measured again.

The unit is what WhiteNoise spends on one static file of 8 kB, in the same round: a shared machine
makes seconds meaningless, and ratios hold.
"""

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote

from tests.banc.brut import cout_brut
from tests.banc.modifications import modifications, ranger
from tests.banc.processus import memoire, secondes
from tests.service.installation import RACINE, Installation, Serveur

# Words that the actions hold, the most frequent first.
MOTS = "import random, tests.volume as v; print(*v.Langue(random.Random()).mots[30:1500])"
NOMS = ("fiche", "departement")
LIRE_LES_NOMS = (
    "from actions.models import Action as A; from partenaires.models import Partenaire as P; "
    "print(A.objects.visibles().last().slug, P.objects.get(partie='departement').slug)"
)
# What is asked, and how: an address, what the reader sends, whether pages are kept. `mot` is a word
# that nobody has searched for yet.
STATIQUE, CSV = "fichier statique", "CSV des financements"
GARDEES = {
    STATIQUE: None,
    "page gardée (accueil)": "/",
    "page gardée (liste)": "/actions/",
    "304 (liste)": "/actions/",
}
FAITES = {
    "vue vide": "/vide/",
    "accueil": "/",
    "liste": "/actions/",
    "liste, dernière page": "/actions/?page=999999",
    "liste filtrée": "/actions/?axe=1&contrat=cls",
    "liste, recherche": "/actions/?q=logement",
    "liste, un mot de plus": "/actions/?q={mot}",
    "recherche": "/recherche/?q=logement",
    "recherche, un mot de plus": "/recherche/?q={mot}",
    "recherche, faute": "/recherche/?q=acompagnement",
    "axe": "/axes/1/",
    "contrat": "/contrats/cls/",
    "fiche": "/actions/{fiche}/",
    "partenaires": "/partenaires/",
    "Département": "/partenaires/{departement}/",
    "suivi": "/suivi/",
    "calendrier": "/calendrier.ics",
    "CSV des actions": "/actions.csv",
    CSV: "/financements.csv",
}
# The pages that are measured again as the first of their edition: nothing of them is known.
PREMIERES = ("accueil", "liste", "recherche", "axe", "contrat", "fiche", "Département", "suivi")
ENTETES = {"Accept-Encoding": "gzip"}
BRUT = "les mêmes lignes, × COPY (PostgreSQL) ou sqlite3 et csv"
# Seconds above which an answer is measured once, in one round.
LONGUE = 5
# The system counts by the hundredth: what costs little is asked a thousand times and more.
TOURS, SECONDES_PAR_TOUR = 3, 1.0


class Mesure:
    """One base of one size, its server, and what each scenario cost in each round."""

    def __init__(self, installation: Installation, serveur: Serveur, postgres: list[int]):
        self.installation, self.serveur = installation, serveur
        self.racines = [serveur.processus.pid, *postgres]
        self.lien = http.client.HTTPConnection("127.0.0.1", serveur.port, timeout=600)
        self.mots = iter(installation.calculer(MOTS).split())
        self.noms = dict(zip(NOMS, installation.calculer(LIRE_LES_NOMS).split(), strict=True))

    def demander(self, adresse: str, **en_tetes: str):
        self.lien.request("GET", adresse, headers={**ENTETES, **en_tetes})
        reponse = self.lien.getresponse()
        assert reponse.status in (200, 304), (adresse, reponse.status)
        return reponse, reponse.read()

    def _ecrire(self, adresse: str) -> str:
        mot = quote(next(self.mots)) if "{mot}" in adresse else ""
        return adresse.format(mot=mot, **self.noms)

    def cout(
        self, adresse: str, avant_chacune: Callable[[], object] | None = None, **en_tetes: str
    ) -> float:
        """Return the seconds of processor of one answer, the mean of as many as a round holds.

        What `avant_chacune` does before each is counted too, as far as the servers do it.
        """
        self.lien.close()  # the server has closed one that waited for another scenario
        depart = time.monotonic()
        self.demander(self._ecrire(adresse), **en_tetes)
        au_moins = 1 if time.monotonic() - depart > LONGUE else 3
        avant, fin, faites = secondes(self.racines), time.monotonic() + SECONDES_PAR_TOUR, 0
        while faites < au_moins or time.monotonic() < fin:
            if avant_chacune:
                avant_chacune()
            self.demander(self._ecrire(adresse), **en_tetes)
            faites += 1
        return (secondes(self.racines) - avant) / faites


@contextmanager
def installer(moteur: str, taille: int):
    with tempfile.TemporaryDirectory() as dossier:
        installation = Installation(Path(dossier))
        installation.env["DJANGO_SETTINGS_MODULE"] = "tests.banc.reglages"
        installation.commander("migrate", "-v0")
        installation.commander("collectstatic", "--noinput", "-v0")
        subprocess.run(
            [sys.executable, "-m", "tests.volume", str(taille)],
            cwd=RACINE,
            env=installation.env,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        ranger(installation.env["DATABASE_URL"])
        yield installation


def fichier_statique(installation: Installation) -> str:
    """Return the address of the style sheet whose compressed size is nearest to a page's."""
    fichiers = (installation.dossier / "static").rglob("*.css.gz")
    choisi = min(fichiers, key=lambda f: abs(f.stat().st_size - 8000))
    return f"/static/{choisi.relative_to(installation.dossier / 'static')}".removesuffix(".gz")


def mesurer(installation: Installation, postgres: list[int]) -> dict[str, float]:
    """Return scenario → multiple of a static file, and the memory of a worker in MiB."""
    statique = fichier_statique(installation)
    tours: dict[str, list[float]] = {}
    longues: set[str] = set()
    with installation.servir() as un, installation.servir(PAGES_GARDEES_MO="0") as autre:
        gardees, faites = (Mesure(installation, s, postgres) for s in (un, autre))
        marque = ""
        for adresse in ("/", "/actions/"):
            gardees.demander(adresse)
        for _ in range(TOURS):
            gardees.lien.close()
            reponse, _corps = gardees.demander("/actions/")
            marque = reponse.getheader("ETag")
            unite = gardees.cout(statique)
            for nom, adresse in GARDEES.items():
                en_tetes = {"If-None-Match": marque} if nom.startswith("304") else {}
                tours.setdefault(nom, []).append(
                    gardees.cout(adresse or statique, **en_tetes) / unite
                )
            for nom, adresse in FAITES.items():
                if nom not in longues:
                    cout = faites.cout(adresse)
                    tours.setdefault(nom, []).append(cout / unite)
                    longues |= {nom} if cout > LONGUE else set()
            with modifications(installation.env["DATABASE_URL"]) as modifier:
                for nom in PREMIERES:
                    cout = faites.cout(FAITES[nom], modifier)
                    tours.setdefault(f"{nom}, après une modification", []).append(cout / unite)
            brut = cout_brut(installation.env["DATABASE_URL"], postgres) / unite
            tours.setdefault(BRUT, []).append(tours[CSV][-1] / brut)
        resultat = {nom: median(ratios) for nom, ratios in tours.items()}
        resultat["mémoire d’un processus (Mio)"] = memoire(autre.processus.pid)
        gardees.lien.close()
        resultat["octets d’en-têtes du 304"] = octets_du_304(gardees, marque)
        for mesure in (gardees, faites):
            mesure.lien.close()
    return resultat


def octets_du_304(mesure: Mesure, marque: str) -> int:
    reponse, _ = mesure.demander("/actions/", **{"If-None-Match": marque})
    assert reponse.status == 304
    lignes = [f"HTTP/1.1 304 {reponse.reason}", *(f"{n}: {v}" for n, v in reponse.getheaders()), ""]
    return sum(len(ligne) + 2 for ligne in lignes)


def ecrire(tableau: dict[str, dict[str, float]]) -> None:
    colonnes = list(tableau)
    print("| |", " | ".join(colonnes), "|")
    print("|---|", "---:|" * len(colonnes), sep="")
    for nom in tableau[colonnes[0]]:
        print("|", nom, "|", " | ".join(dire(tableau[c].get(nom)) for c in colonnes), "|")


def dire(valeur: float | None) -> str:
    return "–" if valeur is None else f"{valeur:.2f}" if valeur < 10 else f"{valeur:,.0f}"


def main() -> None:
    lecteur = argparse.ArgumentParser(description=__doc__)
    lecteur.add_argument("--tailles", type=int, nargs="+", default=[27, 5_000, 50_000])
    lecteur.add_argument("--moteurs", nargs="+", default=["sqlite", "postgresql"])
    choix = lecteur.parse_args()
    postgres: list[int] = []
    if "postgresql" in choix.moteurs:
        from tests.postgresql import demarrer, numero_du_processus

        adresse = demarrer()
        postgres = [numero_du_processus()]
    tableau = {}
    for moteur in choix.moteurs:
        os.environ["PACTE_TESTS_BASE"] = moteur
        os.environ["DATABASE_URL"] = adresse if moteur == "postgresql" else ""
        for taille in choix.tailles:
            print(f"{moteur}, {taille} actions…", file=sys.stderr, flush=True)
            with installer(moteur, taille) as installation:
                servis = postgres if moteur == "postgresql" else []
                tableau[f"{moteur} {taille}"] = mesurer(installation, servis)
    ecrire(tableau)


if __name__ == "__main__":
    main()
