"""What the accessibility tests look at: the demonstration, full, and somebody for each role."""

import hashlib
from types import SimpleNamespace

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from actions.models import Action, Indicateur, PreparationAction, Public, Territoire
from contrats.models import Acte, Exercice
from pacte.comite.models import Comite
from pacte.rapports.models import RapportAnnuel
from pacte.referentiel.demonstration import charger_demonstration
from pacte.socle.models import Synonyme
from partenaires.models import Partenaire
from tests import fabriques as f
from tests.conftest import creer_agent, donner_un_second_facteur
from tests.navigateur.cliche import la_vraie_feuille_de_route

RECIT = {
    "pour_qui": "Les personnes isolées.",
    "comment_en_beneficier": "Appelez la maison des solidarités.",
    "description": "Une première partie.\n\nUne seconde partie.",
    "constat": "Une personne sur six vit sous le seuil de pauvreté.",
}

BROUILLON = {"publication": "brouillon", "visible_depuis": None}


def monter_la_scene() -> SimpleNamespace:
    """Load the roadmap and its fictitious follow-up; return the accounts and the rows to open."""
    la_vraie_feuille_de_route()
    s = SimpleNamespace(
        administrateur=f.Utilisateur.objects.create_superuser(
            "admin@pacte.exemple", f.MOT_DE_PASSE
        ),
        agent=creer_agent("Agents du Département", "agent@departement.exemple"),
        agent_de_l_etat=creer_agent("Agents de l’État", "agent@etat.exemple"),
        referente=f.creer_personne("referente@exemple.fr", first_name="Rose", last_name="Essai"),
        nouveau=f.creer_personne("nouveau@exemple.fr"),
    )
    donner_un_second_facteur(s.administrateur)
    charger_demonstration(
        agents={
            "departement": s.agent,
            "etat": s.agent_de_l_etat,
            "portail": creer_agent("Administration du portail", "gerante@pacte.exemple"),
        },
        membres={"msa": s.referente, "wimoov": f.creer_personne(), "ars": f.creer_personne()},
    )
    s.msa = Partenaire.objects.get(slug="msa")
    _completer_une_fiche(s)
    _garnir_l_espace(s)
    _garnir_les_demandes(s)
    return s


def _completer_une_fiche(s) -> None:
    """Give one action of the partner every section that a sheet may show."""
    s.contribution = s.msa.contributions.filter(propositions=None).first()
    s.action = s.contribution.action if s.contribution else Action.objects.visibles().first()
    Action.objects.filter(pk=s.action.pk).update(**RECIT)
    s.action.publics.add(Public.objects.first() or Public.objects.create(code="p", nom="Jeunes"))
    s.action.territoires.add(
        Territoire.objects.first()
        or Territoire.objects.create(code="t", nom="Gap", nature="commune")
    )
    point = s.action.points.first() or f.creer_point(s.action, localdate())
    type(point).objects.filter(pk=point.pk).update(
        obstacles="Le poste est vacant.", obstacles_publics=True
    )
    s.action.contributions.filter(nature="personnel").update(etp="0.5")
    if s.contribution:
        s.contribution.confirmer(par=s.referente)
    f.creer_libelle(s.action)
    s.sans_suivi = Action.objects.visibles().filter(points=None).first()


def _garnir_l_espace(s) -> None:
    """Give the partner a colleague, an invitation, and proposals in every state."""
    s.membre = f.creer_membre(s.msa, role="contributeur")
    s.contributeur = s.membre.utilisateur
    f.creer_membre(f.creer_partenaire("Secours d’essai"), utilisateur=s.contributeur)
    s.invitation = f.creer_invitation(partenaire=s.msa, courriel="invitee@exemple.fr")
    f.creer_invitation(
        partenaire=s.msa,
        courriel="arrivante@exemple.fr",
        empreinte=hashlib.sha256(b"jeton").hexdigest(),
    )
    annulee = f.creer_invitation(
        courriel="tard@exemple.fr", empreinte=hashlib.sha256(b"annule").hexdigest()
    )
    annulee.revoquer(par=s.agent)
    s.contribution = s.contribution or f.creer_contribution(action=s.action, partenaire=s.msa)
    s.indicateur = Indicateur.objects.filter(responsable=s.msa).first() or f.creer_indicateur(
        action=s.action, responsable=s.msa
    )
    autre = f.creer_contribution(action=s.action, partenaire=s.msa, role="copilote")
    s.en_attente = f.creer_reformulation(contribution=autre, envoyee_par=s.referente)
    s.traitees = {
        statut: f.creer_reformulation(
            contribution=autre, envoyee_par=s.contributeur, statut=statut, **_reponse(s, statut)
        )
        for statut in ("acceptee", "amendee", "refusee")
    }
    s.note = f.creer_note(action=s.action, partenaire=Partenaire.objects.get(slug="ccss"))


def _reponse(s, statut: str) -> dict:
    motif = "Cette action existe déjà." if statut == "refusee" else ""
    return {
        "traitee_le": f.timezone.now(),
        "traitee_par": s.agent,
        "motif": motif,
        "retenu": "" if statut == "refusee" else "Oriente les personnes.",
    }


def _garnir_les_demandes(s) -> None:
    cls = {"contrat": s.action.volet.contrat}
    s.adhesion = f.creer_adhesion(**cls)
    maintenant = f.timezone.now()
    s.refusee = f.creer_adhesion(
        **cls,
        statut="refusee",
        motif_refus="Cette action existe déjà.",
        refus_partie="etat",
        refus_le=maintenant,
        refus_par=s.agent,
    )
    s.accordee = f.creer_adhesion(
        **cls,
        statut="accordee",
        accord_etat_le=maintenant,
        accord_etat_par=s.administrateur,
        accord_departement_le=maintenant,
        accord_departement_par=s.agent,
    )
    brouillon = f.creer_action("Une action à inscrire", volet=s.action.volet, **BROUILLON)
    s.inscription = f.creer_inscription(action=brouillon)
    s.exercice = Exercice.objects.clos().first()
    s.rapport = RapportAnnuel.objects.en_attente().first()
    a_figer = Exercice.objects.get(contrat__slug="cls", annee=2025)
    s.preparer_un_rapport = reverse("admin:pacte_rapportannuel_preparer", args=[a_figer.pk])
    s.preparation = PreparationAction.objects.en_cours().first()
    s.preparer = reverse("admin:actions_preparationaction_preparer", args=[s.preparation.action_id])
    s.reunion, s.comite = Comite.objects.all()
    s.decision = s.comite.decisions.ouvertes().first()
    s.message = f.creer_message()
    s.courrier = f.creer_courrier_echoue()
    s.acte = Acte.objects.first()
    Synonyme.objects.get_or_create(terme="aidé", equivalent="bénéficiaire")


def lien_du_mot_de_passe(compte) -> str:
    cle = default_token_generator.make_token(compte)
    return f"/compte/mot-de-passe/{user_pk_to_url_str(compte)}-{cle}/"


def ouvrir_un_contexte(chromium, base: str, compte=None, **options):
    """Return a context of Chromium, signed in as `compte` without going through the form."""
    contexte = chromium.new_context(
        base_url=base, locale="fr-FR", reduced_motion="reduce", **options
    )
    contexte.set_default_timeout(15_000)
    if compte:
        client = Client()
        client.force_login(compte)
        cookie = client.cookies["sessionid"]
        contexte.add_cookies([{"name": "sessionid", "value": cookie.value, "url": base}])
    return contexte
