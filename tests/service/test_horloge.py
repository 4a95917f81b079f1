"""The clock of a real server, set back by two days while people work."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.service.test_pannes import appliquer, apporter
from tests.service.visiteur import Visiteur, creer_un_agent, ecrire

DEUX_JOURS, MINUTES, DUREE_MAXIMALE = 2 * 24 * 3600, 60, 12 * 60
HORLOGE = Path(__file__).parent / "horloge"
RENOMMER = "from axes.models import Axe; a = Axe.objects.get(numero=1); a.titre = '{}'; a.save()"
ATTENDRE = (
    "from pacte.socle.models import Courrier as C; "
    "print(C.objects.create(destinataire='a@exemple.fr', objet='Attend', corps='Un mot.').pk)"
)
STATUT = "from pacte.socle.models import Courrier as C; print(C.objects.get(pk={}).statut)"
FAITS = "from pacte.socle.models import EntreeJournal as J; print(J.objects.count())"


class Horloge:
    """The clock of the processes of `installation`: call it to set it, in seconds from ours."""

    def __init__(self, installation):
        self.fichier = installation.dossier / "horloge"
        self.env = {"PYTHONPATH": str(HORLOGE), "HORLOGE_DES_ESSAIS": str(self.fichier)}
        self(0)

    def __call__(self, secondes: float) -> None:
        neuf = self.fichier.with_suffix(".neuf")
        neuf.write_text(str(secondes))
        neuf.replace(self.fichier)

    def jour(self) -> str:
        """Return the day in Paris, as pages say it."""
        ecart = timedelta(seconds=float(self.fichier.read_text()))
        return f"{datetime.now(ZoneInfo('Europe/Paris')) + ecart:%Y-%m-%d}"


@pytest.fixture
def horloge(installation):
    une = Horloge(installation)
    avant, installation.env = installation.env, installation.env | une.env
    yield une
    installation.env = avant


@pytest.fixture
def agent(installation, horloge):
    return creer_un_agent(installation, f"horloge{time.time_ns()}@exemple.fr")


def attendre(serveur, adresse: str, mots: str) -> None:
    """Return once the page `adresse` holds `mots`."""
    fin = time.monotonic() + 60
    while mots not in serveur.lire(adresse)[1]:
        assert time.monotonic() < fin, mots
        time.sleep(0.2)


def test_personne_n_est_enferme_ni_dehors_ni_dedans(installation, horloge, agent):
    """Sessions go on, and end as late as ever; whoever wrote too much yesterday may write."""
    with installation.servir() as serveur, Visiteur(serveur) as visiteur:
        assert visiteur.entrer(agent).status_code == 302
        assert visiteur.est_entre()
        assert ecrire(serveur, "192.0.2.50", 6) == [302] * 5 + [429]

        horloge(-DEUX_JOURS)
        assert visiteur.est_entre()
        assert ecrire(serveur, "192.0.2.50", 6) == [302] * 5 + [429]
        horloge(-DEUX_JOURS + 29 * MINUTES)
        assert visiteur.est_entre()
        horloge(-DEUX_JOURS + 60 * MINUTES)
        assert not visiteur.est_entre()

        # Nor can it be kept open by clicking.
        assert visiteur.entrer(agent).status_code == 302
        assert visiteur.est_entre()
        for rang in range(1, 26):
            horloge(-DEUX_JOURS + (60 + 29 * rang) * MINUTES)
            assert visiteur.est_entre() == (29 * rang <= DUREE_MAXIMALE), rang
        assert "Traceback" not in serveur.journal.read_text()


def test_les_pages_le_journal_et_les_envois_suivent(installation, horloge, agent):
    """A page kept says the day of the clock, and each edit; what waited to leave leaves."""
    with installation.servir() as serveur, Visiteur(serveur) as visiteur:
        visiteur.entrer(agent)
        attendre(serveur, "/axes/1/", f'datetime="{horloge.jour()}"')
        numero, faits = installation.calculer(ATTENDRE), int(installation.calculer(FAITS))

        horloge(-DEUX_JOURS)
        attendre(serveur, "/axes/1/", f'datetime="{horloge.jour()}"')
        installation.calculer(RENOMMER.format("Reculé"))
        attendre(serveur, "/axes/1/", "Reculé")
        assert appliquer(visiteur, apporter(visiteur, f"recul{numero}", 3))
        assert int(installation.calculer(FAITS)) > faits
        installation.commander("envoyer_courriels")
        assert installation.calculer(STATUT.format(numero)) == "parti"

        horloge(0)
        attendre(serveur, "/axes/1/", f'datetime="{horloge.jour()}"')
        installation.calculer(RENOMMER.format("Remise à l’heure"))
        attendre(serveur, "/axes/1/", "Remise à l’heure")
        assert "Traceback" not in serveur.journal.read_text()
