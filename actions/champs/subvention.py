"""The essential data of a grant, under the names and in the order of « SCDL subventions » 2.1.1."""

import re
from decimal import Decimal

from actions.models import Subvention
from actions.models.subvention import RNA_DU_SCHEMA
from pacte.socle.champs import Champ, Declaration


def _rna(subvention: Subvention) -> str | None:
    """Return the number when the schema can hold it."""
    rna = subvention.beneficiaire.rna
    return rna if re.fullmatch(RNA_DU_SCHEMA, rna) else None


SUBVENTION = Declaration(
    Subvention,
    [
        Champ("nomAttribuant", "Attribuant", chemin="attribuant__nom", sens="Qui attribue."),
        Champ(
            "idAttribuant",
            "SIRET de l’attribuant",
            chemin="attribuant__siret",
            sens="14 chiffres.",
        ),
        Champ("dateConvention", "Date de la convention", chemin="convention_le"),
        Champ("referenceDecision", "Référence de la décision", chemin="reference"),
        Champ("nomBeneficiaire", "Bénéficiaire", chemin="beneficiaire__nom", sens="Qui reçoit."),
        Champ(
            "idBeneficiaire",
            "SIRET du bénéficiaire",
            chemin="beneficiaire__siret",
            sens="14 chiffres.",
        ),
        Champ("rnaBeneficiaire", "RNA du bénéficiaire", _rna, sens="Pour une association."),
        Champ("objet", sens="Ce que la subvention finance."),
        Champ(
            "montant",
            sens="En euros, pour tous les bénéficiaires de la convention.",
        ),
        Champ("nature", sens="En argent, en nature, ou les deux."),
        Champ("conditionsVersement", "Conditions de versement", chemin="conditions"),
        Champ(
            "datesPeriodeVersement",
            "Date ou période de versement",
            lambda subvention: subvention.periode,
            sens="Un jour, ou le premier et le dernier.",
        ),
        Champ("idRAE", "Répertoire des aides aux entreprises", chemin="id_rae"),
        Champ("notificationUE", "Notifiée à l’Union européenne", chemin="notifiee_ue"),
        Champ(
            "pourcentageSubvention",
            "Part du bénéficiaire",
            chemin="part",
            genre=Decimal,
            sens="1.00 quand il est seul.",
        ),
        Champ("dispositifAide", "Dispositif d’aide", chemin="dispositif"),
    ],
)
