"""What is public of a line of money."""

from actions.champs.rattachement import rattacher
from actions.models import Financement
from actions.models.argent import NOMS_DES_MESURES
from pacte.socle.champs import Champ, Declaration

SENS_DES_MESURES = {
    "prevu": "Ce qui est annoncé pour l’année, en euros. Vide : non communiqué, et non 0.",
    "engage": "Ce qu’une décision a promis, en euros.",
    "paye": "Ce qui a été versé, en euros.",
    "justifie": "Ce qui a été vérifié après versement, en euros.",
}


def _mesure(nom: str) -> Champ:
    return Champ(nom, f"{NOMS_DES_MESURES[nom]} (€)", importe=nom, sens=SENS_DES_MESURES[nom])


FINANCEMENT = Declaration(
    Financement,
    [
        *rattacher(),
        Champ("annee", chemin="annee_id", importe="annee", cle=True, sens="L’année de la dépense."),
        # Added to the rows: the public does not read the name of a funder that is not published.
        Champ("financeur", chemin="nom_montre", importe="financeur", cle=True, sens="Qui paie."),
        Champ(
            "nature",
            importe="nature",
            cle=True,
            sens="De l’argent, ou la valeur d’un apport en nature.",
        ),
        *map(_mesure, NOMS_DES_MESURES),
        Champ("definitif", importe="definitif", sens="Non : les montants peuvent encore changer."),
    ],
)
