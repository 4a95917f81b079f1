"""The columns of the exports of actions: an interface, frozen by a test."""

from django.db.models import Prefetch

from actions.models import Contribution, StatutAction
from pacte.socle.tableaux import Colonne, Tableau
from pacte.socle.texte import plier
from partenaires.models import Partenaire


def tableau_des_actions(
    queryset, *, selection: str, adresse_absolue, avertissement: str = ""
) -> Tableau:
    """Return the table of `queryset`, in its order, read by slices of 500 rows.

    `adresse_absolue` turns a path into a full address. Unknown values are None, never zero.
    """
    lignes = (
        queryset.select_related("volet__axe", "volet__contrat", "objectif")
        .with_echeance()
        .prefetch_related(
            "publics",
            "territoires",
            "libelles__source",
            Prefetch("libelles__partenaires_cites", Partenaire.objects.visibles()),
            Prefetch("contributions", Contribution.objects.publiques()),
        )
        .iterator(chunk_size=500)
    )
    adresse = Colonne("Adresse", "adresse", lambda a: adresse_absolue(a.get_absolute_url()))
    return Tableau("actions", (*COLONNES, adresse), lignes, selection, avertissement)


def _roles(action) -> list[str]:
    return [
        f"{contribution.partenaire} ({contribution.get_role_display()})"
        for contribution in action.contributions.all()
    ]


def _contributions(action) -> list[dict]:
    return [
        {
            "partenaire": contribution.partenaire.nom,
            "role": contribution.get_role_display(),
            "nature": contribution.get_nature_display(),
            "texte": contribution.texte,
        }
        for contribution in action.contributions.all()
    ]


def _libelles(action) -> list[dict]:
    return [
        {"texte": libelle.texte, "source": str(libelle.source), "officiel": libelle.officiel}
        for libelle in action.libelles.all()
    ]


def _cites(action) -> list[str]:
    noms = {p.nom for libelle in action.libelles.all() for p in libelle.partenaires_cites.all()}
    return sorted(noms, key=plier)


def _statut(action) -> str | None:
    inconnu = action.statut == StatutAction.NON_RENSEIGNE
    return None if inconnu else action.get_statut_display()


def _a_confirmer(action) -> list[str]:
    marques = [
        (action.axe_a_confirmer, "axe"),
        (action.fusion_a_confirmer, "rapprochement"),
        (action.partenaires_a_confirmer, "partenaires nommés"),
    ]
    return [nom for vrai, nom in marques if vrai]


COLONNES = (
    Colonne("Code", "code", lambda a: a.code),
    Colonne("Titre", "titre", lambda a: a.titre),
    Colonne("Axe", "axe", lambda a: a.volet.axe.numero),
    Colonne("Contrat", "contrat", lambda a: a.volet.contrat.sigle),
    Colonne("Objectif", "objectif", lambda a: a.objectif.texte if a.objectif else None),
    Colonne("À confirmer", "a_confirmer", _a_confirmer),
    Colonne("Avancement", "statut", _statut),
    Colonne("Avancement au", "statut_le", lambda a: a.statut_le),
    Colonne("Nature", "nature", lambda a: a.get_nature_display() or None),
    Colonne("En clair", "en_clair", lambda a: a.en_clair or None),
    Colonne("Publics", "publics", lambda a: [p.nom for p in a.publics.all()]),
    Colonne("Territoires", "territoires", lambda a: [t.nom for t in a.territoires.all()]),
    Colonne("Début prévu", "debut_prevu", lambda a: a.debut_prevu),
    Colonne("Fin prévue", "fin_prevue", lambda a: a.fin_prevue),
    Colonne("Échéance", "echeance", lambda a: a.echeance),
    Colonne("En retard", "en_retard", lambda a: a.est_en_retard),
    Colonne("Contributions", "contributions", _roles, _contributions),
    Colonne("Partenaires cités par le texte", "partenaires_cites", _cites),
    Colonne(
        "Libellés",
        "libelles",
        lambda a: [f"{libelle.texte} [{libelle.source}]" for libelle in a.libelles.all()],
        _libelles,
    ),
    Colonne("Modifiée le", "modifiee_le", lambda a: a.modifiee_le),
)
