"""Who may write what: the State keeps its own figures, the Department keeps the others."""

from django.db.models import QuerySet

from pacte.socle.models import Utilisateur
from pacte.socle.typographie import de
from partenaires.models import Partenaire, Partie

DROIT_ETAT = "actions.saisir_financement_etat"
DROIT_AUTRES = "actions.saisir_financement_autres"


def peut_saisir_pour(utilisateur: Utilisateur, financeur: Partenaire) -> bool:
    """Tell whether `utilisateur` may write the money lines of `financeur`."""
    droit = DROIT_ETAT if financeur.partie == Partie.ETAT else DROIT_AUTRES
    return utilisateur.has_perm(droit)


def dire_qui_saisit(financeur: Partenaire) -> str:
    """Return who writes the money lines of `financeur`, for who may not."""
    agents = "de l’État" if financeur.partie == Partie.ETAT else "du Département"
    return f"Les montants {de(financeur.nom_articule)} se saisissent par les agents {agents}."


def financeurs_de(utilisateur: Utilisateur) -> QuerySet[Partenaire]:
    """Return the partners whose money lines `utilisateur` may write."""
    financeurs = Partenaire.objects.all()
    if not utilisateur.has_perm(DROIT_ETAT):
        financeurs = financeurs.exclude(partie=Partie.ETAT)
    if not utilisateur.has_perm(DROIT_AUTRES):
        financeurs = financeurs.filter(partie=Partie.ETAT)
    return financeurs
