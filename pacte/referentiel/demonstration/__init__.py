"""Fictitious follow-up over the real roadmap, so that every screen can be seen full.

Everything here is invented, and the portal says so on every page and export while it is loaded.
It is the same at each load: no chance, only ranks. What is told of an action agrees with itself
(its status, its words, its milestones, its money, its measures) and differs from the next one's:
a page that mixes two things up shows it.
"""

from django.db import transaction

from actions.models import Action, Constat, Contribution, Financement, Indicateur, Jalon, PointEtape
from contrats.models import Acte, Exercice, Pacte
from pacte.comite.models import Comite
from pacte.referentiel.demonstration.cadre import contractualiser
from pacte.referentiel.demonstration.comites import reunir
from pacte.referentiel.demonstration.diagnostic import constater
from pacte.referentiel.demonstration.recits import RECITS, raconter
from pacte.referentiel.demonstration.vie import faire_vivre
from pacte.socle.models import Utilisateur

SUIVI = (Contribution, Financement, Indicateur, Jalon, PointEtape, Constat, Exercice, Acte, Comite)


class SuiviReel(Exception):
    """The database holds real follow-up: nothing fictitious may be added to it."""


@transaction.atomic
def charger_demonstration(
    *, agents: dict[str, Utilisateur], membres: dict[str, Utilisateur]
) -> None:
    """Add the fictitious follow-up once; a second call changes nothing.

    `agents` gives an officer of each group (« etat », « departement », « portail »), `membres` the
    référent of three partners, by slug. Raises SuiviReel when the database is not a demonstration
    and anything was followed up in it.
    """
    pacte = Pacte.objects.actuel()
    if pacte.demonstration:
        return
    occupes = [modele for modele in SUIVI if modele.objects.exists()]
    if occupes:
        noms = ", ".join(str(modele._meta.verbose_name_plural) for modele in occupes)
        raise SuiviReel(f"Cette base contient un suivi réel ({noms}) : rien n’a été ajouté.")
    pacte.demonstration = True
    pacte.save()
    contractualiser()
    for rang, action in enumerate(Action.objects.select_related("volet__contrat")):
        raconter(rang, action, RECITS[rang % len(RECITS)], par=agents["departement"])
    constater()
    faire_vivre(agents, membres)
    reunir(agents["departement"])
