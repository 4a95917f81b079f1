"""What is public of a partner, each field declared once."""

from pacte.socle.champs import Champ, Declaration, Lecture, Place
from partenaires.models import Partenaire


def _site(partenaire: Partenaire) -> list[Lecture]:
    return [Lecture("Site", partenaire.site, partenaire.site)] if partenaire.site else []


PARTENAIRE = Declaration(
    Partenaire,
    [
        Champ(
            "slug", ecrit=True, importe="slug", cle=True, sens="Le nom dans l’adresse de sa page."
        ),
        Champ("nom", ecrit=True, importe="nom", sens="Son nom entier."),
        Champ("sigle", ecrit=True, importe="sigle", sens="Son sigle, s’il en a un."),
        Champ("article", exporte=False, ecrit=True),
        Champ(
            "autres_noms",
            ecrit=True,
            importe="autres_noms",
            place=Place("noms", 10, "Se cherche aussi par"),
            sens="Les noms sous lesquels la recherche le trouve aussi.",
        ),
        Champ(
            "nature",
            ecrit=True,
            importe="nature",
            sens="Le genre d’organisation, quand le texte le dit.",
        ),
        Champ("partie", ecrit=True, sens="Pour les deux parties qui contractualisent."),
        Champ(
            "siret",
            ecrit=True,
            importe="siret",
            place=Place("numeros", 10, "SIRET"),
            sens="14 chiffres.",
        ),
        Champ(
            "rna",
            ecrit=True,
            importe="rna",
            place=Place("numeros", 20, "RNA"),
            sens="Pour une association.",
        ),
        Champ(
            "site",
            ecrit=True,
            importe="site",
            place=Place("numeros", 30, montrer=_site),
            sens="Son site.",
        ),
        Champ("presentation", ecrit=True, importe="presentation", sens="Ce qu’il est."),
        Champ(
            "mention",
            ecrit=True,
            importe="mention",
            sens="Le passage du texte public qui le nomme.",
        ),
    ],
)
