"""docs/statuts.md against the code: every gesture, from every position of the five workflows."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.timezone import localdate

from actions.models import StatutAction
from actions.models.moderation import StatutProposition
from pacte.comptes.changements import StatutChangement
from pacte.socle.double_accord import DROIT_ACCORD_ECRIT, Partie, StatutAccord
from pacte.socle.models import Utilisateur
from pacte.socle.publication import Publication
from pacte.socle.transitions import TransitionInterdite
from tests import fabriques as f
from tests.conftest import creer_agent
from tests.documents import PDF

pytestmark = pytest.mark.django_db

SOURCE = (Path(__file__).resolve().parents[1] / "docs" / "statuts.md").read_text(encoding="utf-8")
CHAPITRES = dict(re.findall(r"^## (.+?)\n(.+?)(?=^## |\Z)", SOURCE, re.MULTILINE | re.DOTALL))
LIGNE = re.compile(r"^\| `(\S+)` \| `(\w+)` \| `(\w+)` \|", re.MULTILINE)
POSITIONS = {
    "Publication": Publication,
    "Progress of an action": StatutAction,
    "Two agreements": StatutAccord,
    "Proposals of partners": StatutProposition,
    "Changes of an account that decides for a party": StatutChangement,
}


@dataclass
class Gens:
    """Who acts: officers of both parties, a manager of the portal, all of them long known."""

    etat: Utilisateur
    collegue: Utilisateur
    departement: Utilisateur
    gerante: Utilisateur


@pytest.fixture
def gens(agent_etat, agent_departement):
    collegue = creer_agent("Agents de l’État", "collegue@etat.exemple")
    gerante = creer_agent("Administration du portail", "gerante@pacte.exemple")
    Utilisateur.objects.update(date_joined=timezone.now() - timedelta(days=30))
    tous = (agent_etat, collegue, agent_departement, gerante)
    for personne in tous:
        personne.refresh_from_db()
    return Gens(*tous)


def transitions(chapitre: str) -> set[tuple[str, str, str]]:
    """Return (from, gesture, to) of each line, `*` made every position."""
    toutes = POSITIONS[chapitre].values
    return {
        (depart, geste, arrivee)
        for ecrit, geste, arrivee in LIGNE.findall(CHAPITRES[chapitre])
        for depart in (toutes if ecrit == "*" else [ecrit])
    }


def pointer(statut):
    def geste(action, gens):
        action.points.all().delete()
        if statut != StatutAction.NON_RENSEIGNE:
            ecrits = {"motif": "Gel", "reportee_au": localdate() + timedelta(days=30)}
            f.creer_point(action, localdate(), statut, **ecrits)
        action.reprendre_statut(par=gens.departement)

    return geste


def accorder_les_deux(demande, gens):
    demande.accorder(Partie.ETAT, par=gens.etat)
    demande.accorder(Partie.DEPARTEMENT, par=gens.departement)


def accorder_par_ecrit(demande, gens):
    piece = SimpleUploadedFile("accord.pdf", PDF)
    demande.accorder_par_ecrit(Partie.ETAT, par=gens.gerante, piece=piece)


def accorder_puis_par_ecrit(demande, gens):
    demande.accorder(Partie.DEPARTEMENT, par=gens.departement)
    accorder_par_ecrit(demande, gens)


def demander_un_changement(gens):
    rang = Utilisateur.objects.count()
    compte = creer_agent("Agents de l’État", f"agent-{rang}@etat.exemple")
    return f.creer_changement(
        compte=compte, demande_par=gens.gerante, ancienne_adresse=compte.email
    )


# Chapter → how one is born, at which position; (gesture, arrival) → the call that leads there.
NAISSANCES = {
    "Publication": lambda gens: f.creer_action_libellee(publication="brouillon"),
    "Progress of an action": lambda gens: f.creer_action(),
    "Two agreements": lambda gens: f.creer_inscription(),
    "Proposals of partners": lambda gens: f.creer_reformulation(),
    "Changes of an account that decides for a party": demander_un_changement,
}
GESTES = {
    "Publication": {
        ("publier", "visible"): lambda o, gens: o.publier(par=gens.departement),
        ("retirer", "retiree"): lambda o, gens: o.retirer(par=gens.departement, motif="Doublon"),
    },
    "Progress of an action": {
        ("reprendre_statut", str(statut)): pointer(statut) for statut in StatutAction
    },
    "Two agreements": {
        ("accorder", "demandee"): lambda o, gens: o.accorder(Partie.ETAT, par=gens.etat),
        ("accorder", "accordee"): accorder_les_deux,
        ("accorder_par_ecrit", "demandee"): accorder_par_ecrit,
        ("accorder_par_ecrit", "accordee"): accorder_puis_par_ecrit,
        ("refuser", "refusee"): lambda o, gens: o.refuser(Partie.ETAT, par=gens.etat, motif="Non"),
        ("retirer", "retiree"): lambda o, gens: o.retirer(par=gens.departement),
    },
    "Proposals of partners": {
        ("accepter", "acceptee"): lambda o, gens: o.accepter(par=gens.departement, lu=o.actuel),
        ("accepter", "amendee"): lambda o, gens: o.accepter(
            par=gens.departement, lu=o.actuel, texte="Oriente mieux."
        ),
        ("refuser", "refusee"): lambda o, gens: o.refuser(par=gens.departement, motif="Non"),
        ("retirer", "retiree"): lambda o, gens: o.retirer(par=o.envoyee_par),
    },
    "Changes of an account that decides for a party": {
        ("confirmer", "fait"): lambda o, gens: o.confirmer(par=gens.collegue),
        ("refuser", "refuse"): lambda o, gens: o.refuser(par=gens.gerante),
    },
}


def mener(chapitre, gens, position):
    """Return a new row led to `position` by the shortest way that the table gives."""
    objet = NAISSANCES[chapitre](gens)
    lire = lire_de(chapitre)
    if lire(objet) == position:
        return objet
    a_suivre = [(lire(objet), [])]
    while a_suivre:
        ici, chemin = a_suivre.pop(0)
        for depart, geste, arrivee in sorted(transitions(chapitre)):
            if depart != ici or arrivee == ici:
                continue
            if arrivee == position:
                for pas in [*chemin, (geste, arrivee)]:
                    GESTES[chapitre][pas](objet, gens)
                return objet
            if len(chemin) < 2:
                a_suivre.append((arrivee, [*chemin, (geste, arrivee)]))
    raise AssertionError(f"rien ne mène à {position}")


def lire_de(chapitre):
    champ = "publication" if chapitre == "Publication" else "statut"

    def lire(objet) -> str:
        objet.refresh_from_db()
        return str(getattr(objet, champ))

    return lire


@pytest.mark.parametrize("chapitre", POSITIONS)
def test_la_page_nomme_toutes_les_positions_et_tous_les_gestes(chapitre):
    lignes = transitions(chapitre)
    naissance = {"brouillon", "demandee", "envoyee", "demande"} & set(POSITIONS[chapitre].values)

    assert {p for depart, _, arrivee in lignes for p in (depart, arrivee)} == set(
        POSITIONS[chapitre].values
    )
    assert {(geste, arrivee) for _, geste, arrivee in lignes} == set(GESTES[chapitre])
    assert {arrivee for *_, arrivee in lignes} | naissance == set(POSITIONS[chapitre].values)
    assert f"`{POSITIONS[chapitre].__module__}.{POSITIONS[chapitre].__name__}`" in SOURCE


@pytest.mark.parametrize(
    ("chapitre", "depart"), [(c, str(p)) for c, positions in POSITIONS.items() for p in positions]
)
def test_chaque_geste_mene_ou_la_page_le_dit_et_nulle_part_ailleurs(chapitre, depart, gens):
    lire = lire_de(chapitre)
    permis = {(geste, arrivee) for d, geste, arrivee in transitions(chapitre) if d == depart}

    for geste, arrivee in GESTES[chapitre]:
        objet = mener(chapitre, gens, depart)
        if (geste, arrivee) in permis:
            GESTES[chapitre][geste, arrivee](objet, gens)
            assert lire(objet) == arrivee, (depart, geste)
        else:
            with pytest.raises(TransitionInterdite):
                GESTES[chapitre][geste, arrivee](objet, gens)
            assert lire(objet) == depart


def test_chaque_droit_nomme_existe(gens):
    assert DROIT_ACCORD_ECRIT.endswith(".enregistrer_accord_ecrit")
    assert gens.gerante.has_perm(DROIT_ACCORD_ECRIT)
    assert gens.departement.has_perm("actions.change_pointetape")
    for droit in ("publier_action", "moderer_propositionnote"):
        assert gens.departement.has_perm(f"actions.{droit}")
        assert not gens.etat.has_perm(f"actions.{droit}")
