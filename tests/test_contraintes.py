"""Every constraint of the database, violated past the code: none may exist without its test."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F

from actions.models import (
    Action,
    Contribution,
    Financement,
    Indicateur,
    Libelle,
    PointEtape,
    Releve,
    Subvention,
)
from axes.models import Axe
from contrats.models import Acte, Annee, Contrat, Exercice, Objectif, Pacte, Signature, Volet
from pacte.socle.models import Synonyme, Utilisateur
from partenaires.models import Partenaire
from tests.fabriques import (
    SIRET_JUSTE,
    creer_acte,
    creer_action,
    creer_adhesion,
    creer_axe,
    creer_changement,
    creer_comite,
    creer_constat,
    creer_contrat,
    creer_courrier,
    creer_courrier_echoue,
    creer_decision,
    creer_exercice,
    creer_importation,
    creer_inscription,
    creer_invitation,
    creer_libelle,
    creer_membre,
    creer_message,
    creer_mot,
    creer_note,
    creer_partenaire,
    creer_personne,
    creer_point,
    creer_preparation,
    creer_preparation_de_fiche,
    creer_rapport,
    creer_reformulation,
    creer_reouverture,
    creer_subvention,
    creer_valeur,
    creer_volet,
    faire_paraitre,
    visible,
)

pytestmark = pytest.mark.django_db

NOS_APPLICATIONS = {"socle", "axes", "partenaires", "contrats", "actions", "pacte"}
AUTREFOIS = datetime(2026, 1, 1, tzinfo=UTC)
TOT, TARD = date(2026, 1, 1), date(2026, 12, 31)


def _modifier(creer, **champs):
    """Return what writes `champs` on a sound row, past `save()` and `full_clean()`."""

    def violer():
        objet = creer()
        type(objet)._base_manager.filter(pk=objet.pk).update(**champs)

    return violer


def _publication(creer, prefixe: str) -> dict:
    return {
        f"{prefixe}_retrait_motive": _modifier(creer, publication="retiree", motif_retrait=""),
        f"{prefixe}_visible_datee": _modifier(creer, publication="visible", visible_depuis=None),
    }


def _avancement(creer, prefixe: str) -> dict:
    return {
        f"{prefixe}_statut_motive": _modifier(creer, statut="suspendue", motif=""),
        f"{prefixe}_report_date": _modifier(
            creer, statut="reportee", motif="Gel", reportee_au=None
        ),
    }


def _double_accord(creer, prefixe: str) -> dict:
    """Ways to write, past the code, what the double agreement forbids."""

    def une_seule_personne():
        demande, qui = creer(), creer_personne()
        champs = {f"accord_{p}_le": AUTREFOIS for p in ("etat", "departement")}
        champs |= {f"accord_{p}_par": qui for p in ("etat", "departement")}
        type(demande).objects.filter(pk=demande.pk).update(**champs)

    def un_seul_accord():
        demande = creer()
        type(demande).objects.filter(pk=demande.pk).update(
            statut="accordee", accord_etat_le=AUTREFOIS, accord_etat_par=creer_personne()
        )

    return {
        f"{prefixe}_accord_etat_entier": _modifier(creer, accord_etat_le=AUTREFOIS),
        f"{prefixe}_accord_departement_entier": _modifier(creer, accord_departement_piece="x.pdf"),
        f"{prefixe}_accordee_par_les_deux": un_seul_accord,
        f"{prefixe}_deux_personnes": une_seule_personne,
        f"{prefixe}_refus_motive": _modifier(creer, statut="refusee", refus_le=AUTREFOIS),
    }


def _moderable(creer, prefixe: str) -> dict:
    def refuser_sans_motif():
        proposition = creer()
        type(proposition).objects.filter(pk=proposition.pk).update(
            statut="refusee", traitee_le=AUTREFOIS, traitee_par=creer_personne()
        )

    def juger_la_sienne():
        proposition = creer()
        type(proposition).objects.filter(pk=proposition.pk).update(
            statut="acceptee", traitee_le=AUTREFOIS, traitee_par=proposition.envoyee_par
        )

    return {
        f"{prefixe}_refus_motive": refuser_sans_motif,
        f"{prefixe}_traitee_entiere": _modifier(creer, statut="acceptee"),
        f"{prefixe}_pas_juge_par_son_auteur": juger_la_sienne,
    }


def _en_double(creer, *champs: str):
    """Return what writes a second row with the same `champs`."""

    def violer():
        premiere = creer()
        creer(**{champ: getattr(premiere, champ) for champ in champs})

    return violer


def _adhesion_signee_sans_accord():
    adhesion = creer_adhesion()
    signature = Signature.objects.create(acte=creer_acte(), partenaire=creer_partenaire())
    type(adhesion).objects.filter(pk=adhesion.pk).update(signature=signature)


def _deux_parutions():
    paru = faire_paraitre(creer_rapport())
    faire_paraitre(creer_rapport(exercice=paru.exercice, edition=1, remplace=None))


def _point() -> PointEtape:
    return creer_point(creer_action(), TOT)


def _contribution() -> Contribution:
    return Contribution.objects.create(
        action=creer_action(),
        partenaire=creer_partenaire(),
        role="pilote",
        nature="financement",
        texte="Apporte.",
    )


def _synonyme() -> Synonyme:
    return Synonyme.objects.create(terme="psy", equivalent="santé mentale")


def _pacte(**champs) -> Pacte:
    noms = dict.fromkeys(("territoire", "dans_le_territoire", "du_territoire"), "Ici")
    return Pacte(**{"pk": 1, "annee_debut": 2024, "annee_fin": 2027, **noms, **champs})


def _pacte_enregistre() -> Pacte:
    pacte = _pacte()
    pacte.save()
    return pacte


def _email_en_double():
    Utilisateur.objects.bulk_create([Utilisateur(email="a@exemple.fr")])
    Utilisateur.objects.bulk_create([Utilisateur(email="A@exemple.fr")])


def _deux_partenaires_pour_une_partie():
    creer_partenaire(partie="etat")
    Partenaire.objects.filter(pk=creer_partenaire().pk).update(partie="etat")


def _deux_volets_pour_un_axe():
    volet = creer_volet()
    Volet.objects.bulk_create([Volet(contrat=volet.contrat, axe=volet.axe)])


def _deux_objectifs_de_meme_numero():
    volet = creer_volet()
    Objectif.objects.bulk_create(
        [Objectif(volet=volet, numero=1, texte=texte) for texte in ("un", "autre")]
    )


def _deux_signatures():
    acte, partenaire = creer_acte(), creer_partenaire()
    Signature.objects.bulk_create([Signature(acte=acte, partenaire=partenaire) for _ in "ab"])


def _deux_contributions_pareilles():
    premiere = _contribution()
    premiere.pk = None
    Contribution.objects.bulk_create([premiere])


def _deux_libelles_officiels():
    action = creer_action()
    creer_libelle(action, officiel=True)
    Libelle.objects.filter(pk=creer_libelle(action).pk).update(officiel=True)


def _un_libelle_dans_deux_actions():
    libelle = creer_libelle()
    Libelle.objects.bulk_create(
        [Libelle(action=creer_action(), source=libelle.source, texte=libelle.texte)]
    )


def _ligne_d_argent() -> Financement:
    Annee.objects.get_or_create(pk=2025)
    return Financement.objects.create(
        action=creer_action(), annee_id=2025, financeur=creer_partenaire()
    )


def _deux_lignes_d_argent_pareilles():
    premiere = _ligne_d_argent()
    premiere.pk = None
    Financement.objects.bulk_create([premiere])


def _deux_subventions_pareilles():
    premiere = creer_subvention()
    premiere.pk = None
    Subvention.objects.bulk_create([premiere])


def _deux_exercices_d_une_annee():
    Exercice.objects.bulk_create([Exercice(contrat=creer_exercice().contrat, annee_id=2025)])


def _indicateur(**champs) -> Indicateur:
    defauts = {"libelle": "Personnes", "unite": "personnes", "action": creer_action()}
    return Indicateur.objects.create(**{**defauts, **champs})


def _deux_indicateurs_de_meme_libelle():
    premier = _indicateur()
    premier.pk = None
    Indicateur.objects.bulk_create([premier])


def _deux_releves_d_une_annee():
    Annee.objects.get_or_create(pk=2025)
    indicateur = _indicateur()
    Releve.objects.bulk_create(Releve(indicateur=indicateur, annee_id=2025) for _ in "ab")


VIOLATIONS = {
    "indicateur_un_libelle_par_action": _deux_indicateurs_de_meme_libelle,
    "indicateur_a_une_unite": _modifier(_indicateur, unite=""),
    "releve_un_par_annee": _deux_releves_d_une_annee,
    "financement_une_ligne_par_cle": _deux_lignes_d_argent_pareilles,
    **{
        f"financement_{mesure}_positif": _modifier(_ligne_d_argent, **{mesure: -1})
        for mesure in ("prevu", "engage", "paye", "justifie")
    },
    "subvention_un_beneficiaire_par_convention": _deux_subventions_pareilles,
    "subvention_montant_positif": _modifier(creer_subvention, montant=-1),
    "subvention_part_d_un_tout": _modifier(creer_subvention, part=0),
    "subvention_versements_en_ordre": _modifier(creer_subvention, verse_du=TARD, verse_au=TOT),
    "exercice_un_par_contrat_et_annee": _deux_exercices_d_une_annee,
    "exercice_dates_en_ordre": _modifier(creer_exercice, debut=TARD, fin=TOT),
    "exercice_clos_apres_rapport": _modifier(creer_exercice, clos_le=AUTREFOIS),
    "exercice_montants_positifs": _modifier(creer_exercice, plafond_etat=-1),
    "volet_part_etat_en_pourcentage": _modifier(creer_volet, part_etat_attendue=101),
    "volet_tolerance_en_points": _modifier(creer_volet, tolerance=51),
    **_publication(creer_axe, "axes_axe"),
    **_publication(creer_partenaire, "partenaires_partenaire"),
    **_publication(creer_contrat, "contrats_contrat"),
    **_publication(creer_action, "actions_action"),
    **_publication(creer_constat, "actions_constat"),
    "constat_chiffre_situe": _modifier(creer_constat, chiffre=14, unite="%", annee=2024),
    "constat_unite_d_un_chiffre": _modifier(creer_constat, unite="%"),
    "comite_un_par_jour": _en_double(creer_comite, "le"),
    "decision_dans_ses_mots": _modifier(creer_decision, libelle=""),
    "decision_attendue_de_quelqu_un": _modifier(creer_decision, pour_le=TARD),
    **_avancement(creer_action, "action"),
    **_avancement(_point, "pointetape"),
    **_double_accord(creer_adhesion, "adhesion"),
    **_double_accord(creer_inscription, "inscription"),
    **_double_accord(creer_reouverture, "reouverture"),
    **_double_accord(creer_rapport, "rapportannuel"),
    **_moderable(creer_reformulation, "propositioncontribution"),
    **_moderable(creer_valeur, "propositionreleve"),
    **_moderable(creer_note, "propositionnote"),
    "courrier_fini_sans_prochain_essai": _modifier(creer_courrier, statut="echoue"),
    "courrier_parti_sans_texte": _modifier(creer_courrier_echoue, statut="parti"),
    "changement_un_a_la_fois": _en_double(creer_changement, "compte", "nature"),
    "changement_fait_par_deux_personnes": _modifier(creer_changement, statut="fait"),
    "changement_personnes_distinctes": _modifier(creer_changement, compte=F("demande_par")),
    "changement_adresse_donnee": _modifier(creer_changement, nature="adresse", adresse=""),
    "preparationaction_close_entiere": _modifier(creer_preparation, statut="publiee"),
    "preparationaction_une_en_cours": _en_double(creer_preparation, "action"),
    "preparationpartenaire_close_entiere": _modifier(
        creer_preparation_de_fiche, statut="abandonnee"
    ),
    "preparationpartenaire_une_en_cours": _en_double(creer_preparation_de_fiche, "partenaire"),
    "importation_annulee_apres_application": _modifier(creer_importation, annule_le=AUTREFOIS),
    "point_etape_retrait_motive": _modifier(_point, retire_le=AUTREFOIS),
    "point_etape_reporte_a_plus_tard": _modifier(
        _point, statut="reportee", motif="Faute de bras.", reportee_au=date(2020, 1, 1)
    ),
    "message_repondu_apres_sa_reception": _modifier(creer_message, repondu_le=AUTREFOIS),
    "message_une_fois_tant_qu_il_attend": lambda: [
        creer_message(empreinte="a" * 64) for _ in range(2)
    ],
    "adhesion_une_ouverte_par_contrat": _en_double(creer_adhesion, "partenaire", "contrat"),
    "adhesion_signee_si_accordee": _adhesion_signee_sans_accord,
    "inscription_une_ouverte_par_action": _en_double(creer_inscription, "action"),
    "reouverture_une_ouverte_par_exercice": _en_double(creer_reouverture, "exercice"),
    "mot_un_par_partie_et_exercice": _en_double(creer_mot, "exercice"),
    "rapport_un_ouvert_par_exercice": _en_double(creer_rapport, "exercice"),
    "rapport_une_parution_par_edition": _deux_parutions,
    "rapport_paru_une_fois_accorde": _modifier(creer_rapport, paru_le=AUTREFOIS),
    "rapport_nouvelle_edition_motivee": lambda: creer_rapport(edition=2),
    "propositioncontribution_une_en_attente": _en_double(
        creer_reformulation, "contribution", "partenaire"
    ),
    "propositionreleve_une_en_attente": _en_double(
        creer_valeur, "indicateur", "annee", "partenaire"
    ),
    "propositionnote_une_en_attente": _en_double(creer_note, "action", "partenaire"),
    "membre_une_fois_par_partenaire": _en_double(creer_membre, "utilisateur", "partenaire"),
    "invitation_expire_apres_sa_creation": _modifier(creer_invitation, expire_le=AUTREFOIS),
    "invitation_utilisee_ou_revoquee": _modifier(
        creer_invitation, utilisee_le=AUTREFOIS, revoquee_le=AUTREFOIS
    ),
    "invitation_une_ouverte_par_adresse": _en_double(creer_invitation, "partenaire", "courriel"),
    "utilisateur_email_sans_casse": _email_en_double,
    "utilisateur_ferme_sans_cle": _modifier(creer_personne, is_active=False),
    "synonyme_equivalent_different": _modifier(_synonyme, equivalent="psy"),
    "axe_numero_positif": _modifier(creer_axe, numero=0),
    "partenaire_candidat_invisible": _modifier(creer_partenaire, est_candidat=True),
    "partenaire_un_seul_par_partie": _deux_partenaires_pour_une_partie,
    "partenaire_siret_quatorze_chiffres": _modifier(creer_partenaire, siret="2205000110008"),
    "partenaire_rna_format": _modifier(creer_partenaire, rna="051000001"),
    "pacte_unique": lambda: Pacte.objects.bulk_create([_pacte(pk=2)]),
    "pacte_annees_en_ordre": _modifier(_pacte_enregistre, annee_fin=2023),
    "pacte_annees_plausibles": _modifier(_pacte_enregistre, annee_fin=2600),
    "contrat_annees_en_ordre": _modifier(creer_contrat, annee_debut=2027, annee_fin=2024),
    "volet_un_par_contrat_et_axe": _deux_volets_pour_un_axe,
    "objectif_un_numero_par_volet": _deux_objectifs_de_meme_numero,
    "acte_fin_apres_effet": _modifier(creer_acte, effet_le=TARD, fin_le=TOT),
    "signature_une_par_partenaire": _deux_signatures,
    "action_dates_en_ordre": _modifier(creer_action, debut_prevu=TARD, fin_prevue=TOT),
    "contribution_unique": _deux_contributions_pareilles,
    "contribution_etp_de_personnel": _modifier(_contribution, etp=1),
    "contribution_annees_en_ordre": _modifier(_contribution, annee_debut=2027, annee_fin=2024),
    "contribution_confirmation_entiere": _modifier(_contribution, confirmee_le=TOT),
    "libelle_un_seul_officiel": _deux_libelles_officiels,
    "libelle_une_fois_par_source": _un_libelle_dans_deux_actions,
}


def _contraintes() -> list[models.BaseConstraint]:
    return [
        contrainte
        for modele in apps.get_models()
        if modele._meta.app_label in NOS_APPLICATIONS
        and not modele.__name__.startswith("Historical")
        for contrainte in modele._meta.constraints
    ]


def test_chaque_contrainte_a_sa_violation():
    noms = [contrainte.name for contrainte in _contraintes()]

    assert sorted(noms) == sorted(VIOLATIONS)


@pytest.mark.parametrize("nom", VIOLATIONS)
def test_la_base_refuse_et_nomme_la_contrainte(nom):
    contrainte = next(c for c in _contraintes() if c.name == nom)
    # On SQLite, the unicity of columns is told by their names.
    par_colonnes = (
        connection.vendor == "sqlite"
        and isinstance(contrainte, models.UniqueConstraint)
        and contrainte.fields
    )
    attendus = contrainte.fields if par_colonnes else [nom]

    with pytest.raises(IntegrityError) as refus, transaction.atomic():
        VIOLATIONS[nom]()

    message = str(refus.value)
    assert all(attendu in message for attendu in attendus), message


@pytest.mark.parametrize("contrainte", _contraintes(), ids=lambda c: c.name)
def test_le_refus_se_dit_en_francais(contrainte):
    message = str(contrainte.get_violation_error_message())

    assert message != str(models.BaseConstraint(name=contrainte.name).violation_error_message)
    assert contrainte.name not in message
    assert message.endswith(".") and " " in message


def _ecrire(creer, **champs):
    """As `_modifier`, with an account made for each field whose value is the word « quelqu’un »."""

    def ecrire():
        personnes = {nom: creer_personne() for nom, valeur in champs.items() if valeur == QUI}
        _modifier(creer, **{**champs, **personnes})()

    return ecrire


QUI = "quelqu’un"
LE = AUTREFOIS
REFUS = {
    "statut": "refusee",
    "motif_refus": "Non.",
    "refus_partie": "etat",
    "refus_le": LE,
    "refus_par": QUI,
}
# Where one word would let half a decision in: each part of these constraints counts.
ACCORDS = (
    (creer_adhesion, "adhesion"),
    (creer_inscription, "inscription"),
    (creer_reouverture, "reouverture"),
    (creer_rapport, "rapportannuel"),
)
ENCORE_REFUSES = {
    **{
        f"{prefixe}_traitee_entiere": [
            _ecrire(creer, traitee_le=LE),
            _ecrire(creer, traitee_par=QUI),
            _ecrire(creer, statut="retiree", traitee_le=LE, traitee_par=QUI),
            _ecrire(creer, statut="acceptee", traitee_le=LE),
            _ecrire(creer, statut="acceptee", traitee_par=QUI),
        ]
        for creer, prefixe in (
            (creer_reformulation, "propositioncontribution"),
            (creer_valeur, "propositionreleve"),
            (creer_note, "propositionnote"),
        )
    },
    **{
        f"{prefixe}_accord_{partie}_entier": [
            _ecrire(creer, **{f"accord_{partie}_le": LE}),
            _ecrire(creer, **{f"accord_{partie}_par": QUI}),
            _ecrire(creer, **{f"accord_{partie}_piece": "accord.pdf"}),
        ]
        for creer, prefixe in ACCORDS
        for partie in ("etat", "departement")
    },
    **{
        f"{prefixe}_accordee_par_les_deux": [
            _ecrire(creer, statut="accordee"),
            _ecrire(creer, statut="accordee", accord_departement_le=LE, accord_departement_par=QUI),
        ]
        for creer, prefixe in ACCORDS
    },
    **{
        f"{prefixe}_refus_motive": [
            *(
                _ecrire(creer, **{**REFUS, absent: vide})
                for absent, vide in (
                    ("motif_refus", ""),
                    ("refus_partie", ""),
                    ("refus_partie", "msa"),
                    ("refus_le", None),
                    ("refus_par", None),
                    ("statut", "demandee"),
                )
            ),
            *(
                _ecrire(creer, **{champ: valeur})
                for champ, valeur in REFUS.items()
                if champ != "statut"
            ),
            _ecrire(creer, statut="refusee"),
        ]
        for creer, prefixe in ACCORDS
    },
    "preparationaction_close_entiere": [
        _ecrire(creer_preparation, close_le=LE),
        _ecrire(creer_preparation, close_par=QUI),
        _ecrire(creer_preparation, close_le=LE, close_par=QUI),
        _ecrire(creer_preparation, statut="publiee", close_le=LE),
        _ecrire(creer_preparation, statut="publiee", close_par=QUI),
    ],
    "courrier_fini_sans_prochain_essai": [
        _ecrire(creer_courrier, prochain_essai_le=None),
        _ecrire(creer_courrier, fini_le=LE),
        _ecrire(creer_courrier, prochain_essai_le=None, fini_le=LE),
        _ecrire(creer_courrier, statut="echoue", prochain_essai_le=None),
        _ecrire(creer_courrier, statut="echoue", fini_le=LE),
    ],
    "contribution_etp_de_personnel": [
        _ecrire(_contribution, nature="personnel", etp=-1),
        _ecrire(_contribution, nature="expertise", etp=0),
    ],
    "invitation_expire_apres_sa_creation": [_ecrire(creer_invitation, expire_le=F("creee_le"))],
    "contribution_confirmation_entiere": [_ecrire(_contribution, confirmee_par=QUI)],
    "changement_personnes_distinctes": [
        _ecrire(creer_changement, decide_par=F("demande_par")),
        _ecrire(creer_changement, decide_par=F("demande_par"), statut="refuse"),
    ],
}
# The edges of what is sound: refusing these would stop an honest person.
ACCEPTES = {
    "une ligne d’argent à zéro": _ecrire(_ligne_d_argent, prevu=0, engage=0, paye=0, justifie=0),
    "une proposition acceptée sans réponse": _ecrire(
        creer_reformulation, statut="acceptee", traitee_le=LE, traitee_par=QUI
    ),
    "une proposition refusée": _ecrire(
        creer_reformulation, statut="refusee", traitee_le=LE, traitee_par=QUI, motif="Non."
    ),
    "une proposition retirée": _ecrire(creer_reformulation, statut="retiree"),
    "un accord écrit": _ecrire(
        creer_adhesion, accord_etat_le=LE, accord_etat_par=QUI, accord_etat_piece="accord.pdf"
    ),
    "deux accords de deux personnes": _ecrire(
        creer_inscription,
        statut="accordee",
        accord_etat_le=LE,
        accord_etat_par=QUI,
        accord_departement_le=LE,
        accord_departement_par=QUI,
    ),
    "un refus entier": _ecrire(creer_adhesion, **REFUS),
    "zéro ETP de personnel": _ecrire(_contribution, nature="personnel", etp=0),
    "une contribution d’une seule année": _ecrire(_contribution, annee_debut=2026, annee_fin=2026),
    "une contribution sans fin": _ecrire(_contribution, annee_debut=2026),
    "une contribution sans début": _ecrire(_contribution, annee_fin=2024),
    "une contribution confirmée": _ecrire(_contribution, confirmee_le=TOT, confirmee_par=QUI),
    "un acte d’un seul jour": _ecrire(creer_acte, effet_le=TOT, fin_le=TOT),
    "un acte sans fin": _ecrire(creer_acte, effet_le=TARD),
    "un acte sans date d’effet": _ecrire(creer_acte, fin_le=TOT),
    "une invitation utilisée": _ecrire(creer_invitation, utilisee_le=LE),
    "une invitation annulée": _ecrire(creer_invitation, revoquee_le=LE),
    "un changement confirmé": _ecrire(creer_changement, statut="fait", decide_par=QUI),
    "un changement fait par les siens": _ecrire(
        creer_changement, statut="fait", par_les_siens=True
    ),
    "un changement refusé par qui l’a demandé": _ecrire(creer_changement, statut="refuse"),
    "un changement d’adresse": _ecrire(
        creer_changement, nature="adresse", adresse="neuve@exemple.fr"
    ),
    "un axe retiré": _ecrire(creer_axe, publication="retiree", motif_retrait="Doublon"),
    "un brouillon sans date": _ecrire(creer_axe, publication="brouillon", visible_depuis=None),
    "une action suspendue": _ecrire(creer_action, statut="suspendue", motif="Gel"),
    "une action reportée": _ecrire(creer_action, statut="reportee", motif="Gel", reportee_au=TARD),
}


@pytest.mark.parametrize(
    ("nom", "violer"),
    [(nom, violer) for nom, facons in ENCORE_REFUSES.items() for violer in facons],
)
def test_chaque_part_d_une_contrainte_compte(nom, violer):
    with pytest.raises(IntegrityError, match=nom), transaction.atomic():
        violer()


@pytest.mark.parametrize("nom", ACCEPTES)
def test_la_base_accepte_ce_qui_est_juste_au_bord(nom):
    with transaction.atomic():
        ACCEPTES[nom]()


def _clos(creer, *champs: str, **cloture):
    """Return what closes a first row by `cloture`, then writes a second of the same `champs`."""

    def ecrire():
        premiere = creer()
        _ecrire(lambda: premiere, **cloture)()
        creer(**{champ: getattr(premiere, champ) for champ in champs})

    return ecrire


@pytest.mark.parametrize(
    "ecrire",
    [
        _clos(creer_adhesion, "partenaire", "contrat", statut="retiree"),
        _clos(creer_inscription, "action", statut="retiree"),
        _clos(creer_reouverture, "exercice", statut="retiree"),
        _clos(creer_rapport, "exercice", statut="retiree"),
        _clos(creer_reformulation, "contribution", "partenaire", statut="retiree"),
        _clos(creer_invitation, "partenaire", "courriel", utilisee_le=LE),
        _clos(creer_invitation, "partenaire", "courriel", revoquee_le=LE),
        _clos(creer_changement, "compte", "nature", statut="refuse"),
    ],
)
def test_ce_qui_est_clos_n_empeche_pas_de_recommencer(ecrire):
    with transaction.atomic():
        ecrire()


def test_une_seconde_demande_attend_derriere_la_premiere():
    premiere = creer_adhesion()

    creer_adhesion(partenaire=premiere.partenaire, contrat=premiere.contrat, apres=premiere)

    assert premiere.partenaire.adhesions.count() == 2


def _candidat(**champs) -> Partenaire:
    brouillon = {"publication": "brouillon", "visible_depuis": None}
    return creer_partenaire(est_candidat=True, **brouillon, **champs)


def _signer(partenaire, acte=None):
    return Signature.objects.bulk_create(
        [Signature(partenaire=partenaire, acte=acte or creer_acte(signe_le=TOT))]
    )[0]


def _signer_par_un_candidat():
    _signer(_candidat())


def _signer_sans_les_deux_accords():
    adhesion = creer_adhesion(partenaire=creer_partenaire())
    _signer(adhesion.partenaire, creer_acte(contrat=adhesion.contrat, signe_le=TOT))


def _signer_un_autre_contrat():
    adhesion = _accordee()
    _signer(adhesion.partenaire, creer_acte(contrat=creer_contrat(), signe_le=TOT))


def _passer_sa_signature_a_un_candidat():
    signature = _signer(creer_partenaire())
    Signature.objects.filter(pk=signature.pk).update(partenaire=_candidat())


def _admettre_seul():
    adhesion = creer_adhesion(partenaire=_candidat())
    Partenaire.objects.filter(pk=adhesion.partenaire_id).update(est_candidat=False)


def _deplacer_un_acte_signe():
    acte = creer_acte(contrat=creer_contrat(), signe_le=TOT)
    _signer(creer_partenaire(), acte)
    Acte.objects.filter(pk=acte.pk).update(contrat=creer_contrat())


def _accordee():
    adhesion = creer_adhesion(partenaire=_candidat())
    accords = {f"accord_{p}_le": AUTREFOIS for p in ("etat", "departement")}
    accords |= {f"accord_{p}_par": creer_personne() for p in ("etat", "departement")}
    type(adhesion).objects.filter(pk=adhesion.pk).update(statut="accordee", **accords)
    Partenaire.objects.filter(pk=adhesion.partenaire_id).update(est_candidat=False)
    return adhesion


# What a constraint of one row cannot say, said by triggers.
DECLENCHEURS = {
    _signer_par_un_candidat: "signature_apres_accord",
    _signer_sans_les_deux_accords: "signature_apres_accord",
    _signer_un_autre_contrat: "signature_apres_accord",
    _passer_sa_signature_a_un_candidat: "signature_apres_accord",
    _admettre_seul: "partenaire_admis_par_les_deux",
    _deplacer_un_acte_signe: "acte_signe_garde_son_contrat",
}


@pytest.mark.parametrize("violer", DECLENCHEURS, ids=lambda violer: violer.__name__)
def test_la_base_refuse_une_signature_sans_les_deux_accords(violer):
    with pytest.raises(IntegrityError, match=DECLENCHEURS[violer]), transaction.atomic():
        violer()


@pytest.mark.parametrize("du_pacte", [True, False])
def test_apres_les_deux_accords_la_base_laisse_signer(du_pacte):
    adhesion = _accordee()
    contrat = None if du_pacte else adhesion.contrat

    _signer(adhesion.partenaire, creer_acte(contrat=contrat, signe_le=TOT))

    assert Signature.objects.count() == 1


@pytest.mark.parametrize("siret", ["", SIRET_JUSTE, "00000000000000"])
def test_un_siret_juste_est_accepte(siret):
    creer_partenaire(siret=siret).full_clean()

    assert Partenaire.objects.get().siret == siret


def test_un_siret_faux_est_refuse_avec_sa_raison():
    partenaire = creer_partenaire()
    partenaire.siret = "22050001100098"

    with pytest.raises(ValidationError, match="clé de contrôle"):
        partenaire.full_clean()


@pytest.mark.parametrize("rang", range(14))
def test_changer_un_chiffre_d_un_siret_se_voit(rang):
    chiffre = (int(SIRET_JUSTE[rang]) + 1) % 10
    partenaire = creer_partenaire()
    partenaire.siret = f"{SIRET_JUSTE[:rang]}{chiffre}{SIRET_JUSTE[rang + 1 :]}"

    with pytest.raises(ValidationError, match="clé de contrôle"):
        partenaire.full_clean()


@pytest.mark.parametrize(
    "modele", [Axe, Partenaire, Contrat, Acte, Action], ids=lambda m: m.__name__
)
def test_une_ligne_saine_passe_toutes_les_contraintes(modele):
    creer = {
        Axe: creer_axe,
        Partenaire: creer_partenaire,
        Contrat: creer_contrat,
        Acte: creer_acte,
        Action: creer_action,
    }[modele]

    creer().full_clean()

    assert modele.objects.count() == 1


def test_un_brouillon_n_a_pas_besoin_de_date():
    creer_action(publication="brouillon", visible_depuis=None).full_clean()

    assert not Action.objects.filter(**{"publication": visible()["publication"]}).exists()
