"""Which tests concern which rules, the most specific first."""

ARGENT = ["tests/actions/test_argent.py", "tests/pacte/test_suivi.py"]
CONTRAINTES = "tests/test_contraintes.py"
COURRIER = "tests/socle/test_courrier.py"
DOUBLE_ACCORD = "tests/socle/test_double_accord.py"
INDICATEURS = "tests/actions/test_indicateurs.py"
MANQUES = "tests/pacte/test_manques.py"
OBJETS = "tests/test_autorisations_objets.py"
PROPOSITIONS = "tests/actions/test_propositions.py"
PUBLICATION = "tests/socle/test_publication.py"
STATUT = "tests/actions/test_statut.py"
CLOTURE = "tests/actions/test_cloture.py"
EXERCICE = "tests/contrats/test_exercice.py"
PREPARATION = ["tests/socle/test_preparation.py", "tests/actions/test_preparation.py"]
SUPPRESSIONS = "tests/socle/test_suppressions.py"
TRANSITIONS = "tests/test_transitions.py"
SUIVI = "tests/pacte/test_suivi.py"
RAPPORTS = ["tests/pacte/test_editions.py", "tests/pacte/test_rapports.py"]
ADHESION = [
    "tests/contrats/test_signature.py",
    "tests/contrats/test_suivi_d_adhesion.py",
    "tests/contrats/test_demande_d_adhesion.py",
]
COMITE = ["tests/pacte/test_comite.py", "tests/pacte/test_comite_a_l_ecran.py"]
MEMBRES = ["tests/partenaires/test_membres.py", "tests/partenaires/test_invitation.py"]

TESTS = {
    "actions/models/visibilite.py": [STATUT, PUBLICATION, "tests/actions/test_filtres.py"],
    "actions/models/parite.py": [*ARGENT, MANQUES],
    "actions/models/argent.py": [*ARGENT],
    "actions/models/financement.py": [*ARGENT, CONTRAINTES, MANQUES],
    "actions/models/secret.py": [INDICATEURS, SUIVI],
    "actions/models/echeance.py": [
        STATUT,
        "tests/actions/test_filtres.py",
        MANQUES,
        SUIVI,
        COMITE[0],
    ],
    "actions/models/statut.py": [STATUT, CONTRAINTES],
    "actions/models/indicateur.py": [INDICATEURS, CONTRAINTES, SUIVI, CLOTURE],
    "actions/models/contribution.py": [
        CONTRAINTES,
        PROPOSITIONS,
        "tests/pacte/test_rappels.py",
        TRANSITIONS,
    ],
    "actions/models/proposition.py": [PROPOSITIONS, CONTRAINTES, OBJETS, TRANSITIONS, CLOTURE],
    "actions/models/inscription.py": [DOUBLE_ACCORD, CONTRAINTES, TRANSITIONS],
    "pacte/socle/publication.py": [PUBLICATION, DOUBLE_ACCORD, CONTRAINTES, TRANSITIONS],
    "actions/models/moderation.py": [PROPOSITIONS, CONTRAINTES, TRANSITIONS],
    "pacte/socle/double_accord.py": [DOUBLE_ACCORD, CONTRAINTES, *ADHESION, TRANSITIONS],
    "pacte/socle/courrier.py": [
        COURRIER,
        "tests/socle/test_courrier_a_l_ecran.py",
        CONTRAINTES,
        TRANSITIONS,
    ],
    "pacte/socle/remise.py": [COURRIER],
    "pacte/socle/transitions.py": [TRANSITIONS, PUBLICATION, DOUBLE_ACCORD, PROPOSITIONS],
    "pacte/socle/montants.py": [
        "tests/actions/test_argent.py",
        "tests/actions/test_saisie_argent.py",
    ],
    "pacte/socle/barres.py": [*ARGENT],
    "pacte/socle/delais.py": ["tests/socle/test_delais.py", ADHESION[1]],
    "contrats/models/adhesion.py": [
        *ADHESION,
        "tests/comptes/test_passation.py",
        DOUBLE_ACCORD,
        CONTRAINTES,
        TRANSITIONS,
        "tests/socle/test_chronologie.py",
    ],
    "contrats/models/acte.py": [
        ADHESION[0],
        "tests/contrats/test_document.py",
        "tests/contrats/test_registre.py",
        CONTRAINTES,
    ],
    "partenaires/models/membre.py": [
        *MEMBRES,
        "tests/comptes/test_passation.py",
        "tests/test_double_envoi.py",
        CONTRAINTES,
        TRANSITIONS,
    ],
    "partenaires/autorisations.py": [*MEMBRES, OBJETS],
    "actions/autorisations.py": [OBJETS, "tests/actions/test_saisie_argent.py"],
    "pacte/portail/retention.py": ["tests/pacte/test_retention.py", TRANSITIONS],
    "pacte/espace/attendus.py": ["tests/pacte/test_rappels.py", PROPOSITIONS, *COMITE, CLOTURE],
    "pacte/comite/models.py": [*COMITE, CONTRAINTES, TRANSITIONS],
    "pacte/comite/ordre_du_jour.py": [*COMITE],
    "pacte/suivi/manques.py": [MANQUES, "tests/actions/test_constats.py"],
    "actions/models/completude.py": [MANQUES],
    "actions/models/suivi.py": [
        "tests/actions/test_points.py",
        STATUT,
        "tests/pacte/test_calendrier_et_flux.py",
        CONTRAINTES,
        TRANSITIONS,
    ],
    "actions/grilles/cases.py": [
        "tests/actions/test_cases.py",
        "tests/actions/test_grilles.py",
        CLOTURE,
    ],
    "actions/models/cloture.py": [CLOTURE, "tests/actions/test_grilles.py"],
    "contrats/models/exercice.py": [
        EXERCICE,
        CLOTURE,
        CONTRAINTES,
        "tests/pacte/test_calendrier_et_flux.py",
    ],
    "contrats/models/reouverture.py": [EXERCICE, CLOTURE, CONTRAINTES, TRANSITIONS],
    "pacte/socle/preparation.py": [*PREPARATION, CONTRAINTES, TRANSITIONS],
    "pacte/socle/photographie.py": [*PREPARATION, "tests/echanges/test_repetition.py"],
    "actions/models/preparation.py": [*PREPARATION, CONTRAINTES, TRANSITIONS],
    "partenaires/models/preparation.py": [*PREPARATION, CONTRAINTES, TRANSITIONS],
    "pacte/comptes/passation.py": ["tests/comptes/test_passation.py"],
    "pacte/socle/supprimees.py": [SUPPRESSIONS],
    "pacte/socle/retablissement.py": [SUPPRESSIONS],
    "pacte/suivi/bilan.py": [SUIVI, INDICATEURS],
    "pacte/rapports/models.py": [*RAPPORTS, CONTRAINTES, TRANSITIONS],
    "pacte/rapports/mots.py": [*RAPPORTS, CONTRAINTES],
    "pacte/rapports/faits.py": [*RAPPORTS],
    "pacte/comptes/changements.py": [
        "tests/comptes/test_changements.py",
        "tests/comptes/test_administration_des_comptes.py",
        CONTRAINTES,
        TRANSITIONS,
    ],
}
