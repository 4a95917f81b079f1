"""How a row of a file says which action it belongs to."""

from pacte.socle.champs import Champ


def rattacher(relation: str = "action") -> list[Champ]:
    """Return the columns of the action that `relation` leads to: code, title, contract, axis."""
    return [
        Champ(
            "code",
            "Code",
            chemin=f"{relation}__code",
            importe="action",
            cle=True,
            sens="Celui de l’action.",
        ),
        Champ("action", "Action", chemin=f"{relation}__titre", sens="Son titre."),
        Champ(
            "contrat",
            "Contrat",
            chemin=f"{relation}__volet__contrat__sigle",
            sens="Le sigle du contrat qui la porte.",
        ),
        Champ("axe", "Axe", chemin=f"{relation}__volet__axe__numero", sens="Le numéro de son axe."),
    ]
