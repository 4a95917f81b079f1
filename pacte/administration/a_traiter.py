"""What waits for an officer, by kinds: to decide, to sign, to answer, to publish, to look at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate

from actions.autorisations import financeurs_de
from actions.models import (
    GENRES,
    JOURS_SANS_NOUVELLES,
    Action,
    Besoin,
    Constat,
    PreparationAction,
    Situation,
    Subvention,
)
from actions.models.moderation import Proposition
from axes.models import Axe
from contrats.models import Adhesion, Contrat, Exercice
from pacte.comite.demandes import DEMANDES_A_DEUX
from pacte.comite.models import Decision
from pacte.comptes.changements import DROIT, ChangementDeCompte, comptes_de
from pacte.comptes.passation import portent_encore
from pacte.portail.models import Message
from pacte.rapports.models import DROIT_DE_FIGER, a_rapporter
from pacte.socle.courrier import Courrier
from pacte.socle.double_accord import DoubleAccord, Partie, parties_de
from pacte.socle.fiches import fiche
from pacte.socle.models import Utilisateur
from pacte.socle.typographie import date_fr, pluriel
from pacte.suivi.manques import Inventaire, Sujet, regrouper
from partenaires.models import Partenaire, PreparationPartenaire

LIGNES_MONTREES = 5


@dataclass(frozen=True)
class ATraiter:
    """One kind of matter: its lines (text, detail, address) and where all of them are listed."""

    titre: str
    lignes: list[tuple[str, str, str]]
    nombre: int
    tout_voir: str

    @property
    def est_abregee(self) -> bool:
        """Tell whether there are more of them than the lines shown."""
        return self.nombre > len(self.lignes)


def a_traiter(utilisateur: Utilisateur) -> list[ATraiter]:
    """Return what `utilisateur` may do and that waits, in kinds; nothing for who sees no action.

    One query a kind, two when it is long.
    """
    if not utilisateur.has_perm("actions.view_action"):
        return []
    sujets = [*_a_saisir(utilisateur), _changements(utilisateur), *_passations(utilisateur)]
    parties = parties_de(utilisateur)
    sujets += [_a_decider(modele, partie) for partie in parties for modele in DEMANDES_A_DEUX]
    sujets += [_decisions(partie) for partie in parties]
    sujets += [_a_clore()] if utilisateur.has_perm("contrats.clore_exercice") else []
    sujets += [_a_rapporter()] if utilisateur.has_perm(DROIT_DE_FIGER) else []
    sujets += [
        _preparees(modele)
        for modele in (PreparationAction, PreparationPartenaire)
        if utilisateur.has_perm(modele.DROIT_DE_PREPARER)
    ]
    if utilisateur.has_perm("contrats.add_signature"):
        sujets += [_a_signer(), _contributions_a_publier()]
    a_relire = [modele for modele in GENRES.values() if _peut(utilisateur, "moderer", modele)]
    sujets += [_a_relire(modele) for modele in a_relire]
    sujets += [_messages()] if utilisateur.has_perm("pacte.view_message") else []
    sujets += [_courriels()] if utilisateur.has_perm("socle.view_courrier") else []
    publiables = (Action, Partenaire, Contrat, Axe, Constat)
    sujets += [_brouillons(m) for m in publiables if _peut(utilisateur, "publier", m)]
    sujets += [_subventions_a_publier(utilisateur)]
    if _peut(utilisateur, "change", Action):
        sujets += [_en_retard(), _sans_nouvelles(), _constats_sans_action(), _doutes(), _besoins()]
    return [sujet for sujet in sujets if sujet.nombre]


def _peut(utilisateur: Utilisateur, geste: str, modele: type[Model]) -> bool:
    return utilisateur.has_perm(f"{modele._meta.app_label}.{geste}_{modele._meta.model_name}")


def _a_saisir(utilisateur: Utilisateur) -> list[ATraiter]:
    """What each party of the user has to enter, the nearest deadline first (nine queries)."""
    parties = parties_de(utilisateur)
    if not parties:
        return []
    manques = Inventaire(Action.objects.visibles()).manques
    return [_saisies_de(partie, regrouper(manques)) for partie in parties]


def _saisies_de(partie: Partie, sujets: list[Sujet]) -> ATraiter:
    siens = [sujet for sujet in sujets if sujet.tour == partie]
    tout = f"{reverse('admin:ce_qui_manque')}?tour={partie}"
    lignes = [
        (
            f"{sujet.nom.capitalize()} : {pluriel(sujet.actions, 'action')}",
            f"avant le {date_fr(sujet.avant_le)}" if sujet.avant_le else "",
            f"{tout}&genre={sujet.genre}{f'&annee={sujet.annee}' if sujet.annee else ''}",
        )
        for sujet in siens[:LIGNES_MONTREES]
    ]
    return ATraiter("À saisir, échéance la plus proche d’abord", lignes, len(siens), tout)


def _a_decider(modele: type[DoubleAccord], partie: Partie) -> ATraiter:
    demandes = modele._default_manager.a_decider_par(partie)  # type: ignore[attr-defined]  # of each
    return _sujet(
        f"À décider : {modele._meta.verbose_name_plural}",
        demandes.select_related(*DEMANDES_A_DEUX[modele]),
        lambda demande: (str(demande), demande.dire_pour(partie)),
        fiche,
        _liste(modele, f"a_decider={partie}"),
    )


def _decisions(partie: Partie) -> ATraiter:
    """What the committee decided and that is due: of this party, or of nobody yet."""
    return _sujet(
        "Décisions du comité à suivre",
        Decision.objects.a_suivre_par(partie),
        lambda decision: (decision.libelle, f"{date_fr(decision.comite.le)}, {decision.suite}"),
        fiche,
        _liste(Decision, f"suite={partie}"),
    )


def _changements(utilisateur: Utilisateur) -> ATraiter:
    return _sujet(
        "Changements de compte à confirmer",
        ChangementDeCompte.objects.a_confirmer_par(utilisateur).select_related("compte"),
        lambda changement: (str(changement), f"demandé le {date_fr(changement.demande_le)}"),
        fiche,
        _liste(ChangementDeCompte, "statut__exact=demande"),
    )


def _a_clore() -> ATraiter:
    return _sujet(
        "Exercices à clore : leur rapport était attendu",
        Exercice.objects.a_clore(),
        lambda exercice: (str(exercice), f"rapport avant le {date_fr(exercice.rapport_avant_le)}"),
        fiche,
        _liste(Exercice, "cloture=a_clore"),
    )


def _a_rapporter() -> ATraiter:
    return _sujet(
        "Rapports annuels à établir",
        a_rapporter(),
        lambda exercice: (
            f"Rapport {exercice.annee_id} du {exercice.contrat.sigle}",
            f"avant le {date_fr(exercice.rapport_avant_le)}" if exercice.rapport_avant_le else "",
        ),
        lambda exercice: reverse("admin:pacte_rapportannuel_preparer", args=[exercice.pk]),
        reverse("admin:pacte_rapportannuel_changelist"),
    )


def _passations(utilisateur: Utilisateur) -> list[ATraiter]:
    """Closed accounts that still carry something, for whoever may hand it over."""
    if not (utilisateur.has_perm(DROIT) or parties_de(utilisateur)):
        return []
    return [
        _sujet(
            "Comptes fermés qui portent encore quelque chose",
            portent_encore(comptes_de(utilisateur)),
            lambda compte: (str(compte), "à confier à quelqu’un d’autre"),
            lambda compte: reverse("admin:socle_utilisateur_passation", args=[compte.pk]),
            _liste(Utilisateur, "passation=a_faire"),
        )
    ]


def _a_signer() -> ATraiter:
    return _sujet(
        "Signatures à enregistrer",
        Adhesion.objects.a_signer().select_related("partenaire", "contrat"),
        lambda demande: (str(demande), "les deux parties ont donné leur accord"),
        lambda demande: reverse("admin:contrats_adhesion_signer", args=[demande.pk]),
        _liste(Adhesion, "statut__exact=accordee"),
    )


def _contributions_a_publier() -> ATraiter:
    ajout = reverse("admin:actions_contribution_add")
    return _sujet(
        "Contributions à publier, venues d’une demande",
        Adhesion.objects.a_publier().select_related("partenaire", "contrat"),
        lambda demande: (str(demande), demande.apport),
        lambda demande: f"{ajout}?adhesion={demande.pk}",
        _liste(Adhesion, "statut__exact=accordee"),
    )


def _a_relire(modele: type[Proposition]) -> ATraiter:
    return _sujet(
        f"À relire : {modele._meta.verbose_name_plural}",
        modele.objects.en_attente().for_liste(),
        lambda p: (p.sujet, f"{p.partenaire.nom_court}, le {date_fr(p.envoyee_le)}"),
        fiche,
        reverse("admin:propositions"),
    )


def _preparees(modele: type[PreparationAction] | type[PreparationPartenaire]) -> ATraiter:
    return _sujet(
        f"À relire : {modele._meta.verbose_name_plural}",
        modele.objects.en_cours().select_related(modele.OBJET, "confiee_a", "preparee_par"),
        lambda p: (str(p), f"confiée à {p.confiee_a}" if p.confiee_a else f"par {p.preparee_par}"),
        fiche,
        _liste(modele, "statut__exact=en_cours"),
    )


def _messages() -> ATraiter:
    return _sujet(
        "Messages à répondre",
        Message.objects.a_traiter(),
        lambda message: (str(message), f"avant le {date_fr(message.avant_le)}"),
        fiche,
        _liste(Message, "reponse=a_traiter"),
    )


def _courriels() -> ATraiter:
    """What the portal wrote to people and that does not leave: they were told nothing."""
    return _sujet(
        "Courriels qui ne partent pas",
        Courrier.objects.en_souffrance(),
        lambda courrier: (courrier.objet, f"à {courrier.destinataire}, {courrier.suite}"),
        fiche,
        _liste(Courrier, "situation=en_souffrance"),
    )


def _brouillons(
    modele: type[Action] | type[Partenaire] | type[Contrat] | type[Axe] | type[Constat],
) -> ATraiter:
    return _sujet(
        f"Brouillons : {modele._meta.verbose_name_plural}",
        modele.objects.brouillons(),
        lambda objet: (str(objet), "à relire et à publier"),
        fiche,
        _liste(modele, "publication__exact=brouillon"),
    )


def _subventions_a_publier(utilisateur: Utilisateur) -> ATraiter:
    siennes = Subvention.objects.filter(attribuant__in=financeurs_de(utilisateur))
    return _sujet(
        "Conventions de subvention à publier (plus de 23 000 €, décret 2017-779)",
        siennes.a_publier().for_liste(),
        lambda subvention: (f"{subvention} : {subvention.objet}", _delai_de(subvention)),
        fiche,
        _liste(Subvention, ""),
    )


def _delai_de(subvention: Subvention) -> str:
    limite = subvention.a_publier_avant_le
    retard = "en retard, " if limite and limite < localdate() else ""
    return (
        f"{retard}à publier avant le {date_fr(limite)} ; il manque {', '.join(subvention.manques)}"
    )


def _en_retard() -> ATraiter:
    return _sujet(
        "Actions en retard",
        Action.objects.visibles().en_retard().with_echeance().order_by("echeance", "code"),
        lambda action: (action.titre, f"{action.code}, attendue le {date_fr(action.echeance)}"),
        _avancement_de,
        _liste(Action, f"publication__exact=visible&situation={Situation.EN_RETARD}"),
    )


def _sans_nouvelles() -> ATraiter:
    return _sujet(
        f"Actions sans nouvelles depuis {JOURS_SANS_NOUVELLES} jours",
        Action.objects.visibles().sans_nouvelles(),
        lambda action: (action.titre, _derniere_nouvelle(action)),
        _avancement_de,
        _liste(Action, f"publication__exact=visible&situation={Situation.SANS_NOUVELLES}"),
    )


def _constats_sans_action() -> ATraiter:
    return _sujet(
        "Constats du diagnostic sans action",
        Constat.objects.sans_reponse(),
        lambda constat: (str(constat), "publié, aucune action n’y répond"),
        fiche,
        _liste(Constat, "reponse=sans_action"),
    )


def _doutes() -> ATraiter:
    return _sujet(
        "Rapprochements et axes à confirmer",
        Action.objects.a_confirmer(),
        lambda action: (action.titre, _a_confirmer(action)),
        fiche,
        _liste(Action, f"situation={Situation.A_CONFIRMER}"),
    )


def _besoins() -> ATraiter:
    return _sujet(
        "Besoins dont les actions sont à confirmer",
        Besoin.objects.filter(a_confirmer=True),
        lambda besoin: (str(besoin), "rapprochement du portail"),
        fiche,
        _liste(Besoin, "a_confirmer__exact=1"),
    )


def _sujet(
    titre: str,
    queryset: QuerySet,
    dire: Callable[[Any], tuple[str, str]],
    mener: Callable[[Any], str],
    tout_voir: str,
) -> ATraiter:
    lignes = [(*dire(objet), mener(objet)) for objet in queryset[:LIGNES_MONTREES]]
    nombre = queryset.count() if len(lignes) == LIGNES_MONTREES else len(lignes)
    return ATraiter(titre, lignes, nombre, tout_voir)


def _avancement_de(action: Action) -> str:
    return reverse("admin:actions_action_rubrique", args=[action.pk, "avancement"])


def _liste(modele: type[Model], filtre: str) -> str:
    nom = f"admin:{modele._meta.app_label}_{modele._meta.model_name}_changelist"
    return f"{reverse(nom)}?{filtre}"


def _derniere_nouvelle(action: Action) -> str:
    if action.statut_le is None:
        return f"{action.code}, aucun point d’étape"
    return f"{action.code}, dernier point d’étape le {date_fr(action.statut_le)}"


def _a_confirmer(action: Action) -> str:
    marques = [
        (action.fusion_a_confirmer, "rapprochement"),
        (action.axe_a_confirmer, "axe"),
        (action.partenaires_a_confirmer, "partenaires nommés"),
    ]
    return f"{action.code}, {' et '.join(nom for vrai, nom in marques if vrai)}"
