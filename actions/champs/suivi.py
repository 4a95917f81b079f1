"""What is public of a milestone and of a bulletin."""

from actions.champs.rattachement import rattacher
from actions.models import Jalon, PointEtape
from pacte.socle.champs import Champ, Declaration

NUMERO = Champ(
    "numero",
    "Numéro",
    chemin="pk",
    importe="pk",
    cle=True,
    interne=True,
    sens="Donné par le portail ; vide pour une ligne nouvelle.",
)

JALON = Declaration(
    Jalon,
    [
        NUMERO,
        *rattacher(),
        Champ("libelle", importe="libelle", sens="L’étape."),
        Champ("prevu_le", importe="prevu_le", sens="Le jour où elle est attendue."),
        Champ("atteint_le", importe="atteint_le", sens="Le jour où elle a été atteinte."),
    ],
)

POINT_ETAPE = Declaration(
    PointEtape,
    [
        NUMERO,
        *rattacher(),
        Champ("le", importe="le", sens="Le jour du point d’étape."),
        Champ("statut", importe="statut", sens="Où en est l’action ce jour-là."),
        Champ("motif", importe="motif", sens="Pourquoi elle est suspendue, reportée, abandonnée."),
        Champ("reportee_au", importe="reportee_au", sens="La nouvelle date d’une action reportée."),
        Champ("fait", importe="fait", sens="Ce qui est fait."),
        Champ("a_venir", importe="a_venir", sens="Ce qui vient."),
        Champ("corrige_le", sens="Le jour où un point d’étape publié a été corrigé."),
        Champ("retire_le", interne=True, sens="Le jour où il a été retiré du site."),
        Champ("difficultes", "Difficultés publiées", sens="Vide quand elles restent internes."),
        Champ("obstacles", "Difficultés (internes)", importe="obstacles", interne=True),
        Champ("obstacles_publics", importe="obstacles_publics", interne=True),
        Champ("confiance", importe="confiance", interne=True),
    ],
)
