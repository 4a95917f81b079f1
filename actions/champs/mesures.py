"""What is public of an indicator and of its yearly values, and what officers' files hold of both.

The public reads a series: small counts are masked in it, and cumulated ones beside them.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from actions.champs.rattachement import rattacher
from actions.models import Indicateur, Releve
from pacte.socle.champs import Champ, Declaration


def _de_l_annee(attribut: str) -> Callable[[Any], Any]:
    """Return the reader of a value of the year in a row (indicator, year), None when unknown."""
    return lambda ligne: getattr(ligne[1], attribut) or None


INDICATEUR = Declaration(
    Indicateur,
    [
        Champ("action", lire=lambda ligne: ligne[0].action.code, sens="Le code de l’action."),
        Champ(
            "indicateur", "Indicateur", lambda ligne: ligne[0].libelle, sens="Ce qui est compté."
        ),
        Champ("unite", lire=lambda ligne: ligne[0].unite, sens="En quoi."),
        Champ(
            "annee",
            "Année",
            lambda ligne: ligne[1].annee,
            genre=int,
            sens="L’année de la mesure.",
        ),
        Champ(
            "mesure",
            "Mesuré",
            _de_l_annee("valeur"),
            sens="La valeur publiée ; « moins de 5 » pour un petit nombre de personnes.",
        ),
        Champ(
            "provisoire",
            "Provisoire",
            lambda ligne: ligne[1].est_provisoire,
            genre=bool,
            sens="La valeur peut encore changer.",
        ),
        Champ("cible", "Cible", _de_l_annee("cible"), sens="Ce qui était visé cette année-là."),
        Champ("source", lire=lambda ligne: ligne[0].source or None, sens="D’où vient la mesure."),
        Champ(
            "valeur",
            "Valeur (nombre)",
            lambda ligne: ligne[1].publiee,
            genre=Decimal,
            sens="La même mesure en nombre ; vide quand elle est masquée ou inconnue.",
        ),
        Champ(
            "valeur_visee",
            "Cible (nombre)",
            lambda ligne: ligne[1].visee,
            genre=Decimal,
            sens="La même cible en nombre.",
        ),
    ],
)

FICHE_INDICATEUR = Declaration(
    Indicateur,
    [
        *rattacher(),
        Champ("libelle", importe="libelle", cle=True, sens="Ce qui est compté."),
        Champ("unite", importe="unite", sens="En quoi."),
        Champ("sens", importe="sens", sens="Ce qui est mieux : plus, ou moins."),
        Champ("niveau", importe="niveau", sens="Qui l’a fixé."),
        Champ("cumulatif", importe="cumulatif"),
        Champ("compte_personnes", importe="compte_personnes"),
        Champ("reference", importe="reference", sens="La situation de départ."),
        Champ("reference_annee", importe="reference_annee", sens="L’année de cette situation."),
        Champ("source", importe="source", sens="D’où vient la mesure."),
        Champ("methode", importe="methode", sens="Comment elle est comptée."),
        Champ("responsable", chemin="responsable__nom", importe="responsable"),
    ],
)

RELEVE = Declaration(
    Releve,
    [
        *rattacher("indicateur__action"),
        Champ(
            "indicateur",
            chemin="indicateur__libelle",
            importe="indicateur",
            cle=True,
            sens="Le libellé de l’indicateur, sur sa feuille.",
        ),
        Champ("annee", chemin="annee_id", importe="annee", cle=True, sens="L’année de la mesure."),
        Champ("cible", importe="cible", sens="Ce qui était visé cette année-là."),
        Champ("valeur", importe="valeur", sens="La valeur exacte ; le site masque de 1 à 4."),
        Champ("definitif", importe="definitif", sens="Non : la valeur peut encore changer."),
    ],
)
