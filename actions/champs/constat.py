"""What is public of a finding of the diagnosis."""

from actions.models import Constat
from pacte.socle.champs import Champ, Declaration

CONSTAT = Declaration(
    Constat,
    [
        Champ("enonce", sens="Ce que le diagnostic constate."),
        Champ(
            "chiffre",
            lire=lambda constat: constat.chiffre_public,
            sens="Sa mesure ; « moins de 5 » pour un petit nombre de personnes. Vide : non "
            "communiqué.",
        ),
        Champ("unite", sens="En quoi."),
        Champ("annee", sens="L’année que le chiffre mesure."),
        Champ("source", sens="D’où vient le chiffre."),
        Champ("territoires", sens="Où. Vide : non communiqué."),
        Champ("publics", sens="Qui est concerné. Vide : non communiqué."),
        Champ(
            "actions",
            lire=lambda constat: [action.code for action in constat.actions.all()],
            detail=lambda constat: [
                {"code": action.code, "titre": action.titre} for action in constat.actions.all()
            ],
            sens="Les codes des actions du Pacte qui y répondent. Vide : aucune encore.",
        ),
    ],
)
