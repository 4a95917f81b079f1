"""What may happen to the people of a partner, as codes of the journal."""

from django.db import models

from pacte.socle.journal import faits


@faits
class FaitMembre(models.TextChoices):
    INVITE = "membre.invite", "Invitation envoyée"
    INVITATION_REVOQUEE = "membre.invitation_revoquee", "Invitation révoquée"
    INVITATION_CONFIEE = "membre.invitation_confiee", "Invitation confiée à quelqu’un d’autre"
    ENTRE = "membre.entre", "Invitation acceptée"
    NOMME = "membre.nomme", "Référent nommé"
    SORTI = "membre.sorti", "Membre retiré"
