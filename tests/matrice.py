"""Who may do what: the cast, one row of each kind, and the expected answer of every address.

The tables repeat `roles.yaml` and the rights of the specification on purpose: a right that widens
there without a line here fails.
"""

import hashlib
import re
from contextlib import contextmanager
from types import SimpleNamespace

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver

from actions.models import Besoin, Financement, Jalon, Public, Releve, Source, Territoire
from contrats.models import Annee, Pacte
from pacte.socle.models import EntreeJournal, Synonyme
from partenaires.models import Membre
from tests import fabriques as f
from tests.conftest import creer_agent, donner_un_second_facteur
from tests.documents import PDF

ROLES = "anonyme sans_partenaire referent contributeur autre departement etat portail super".split()
AGENTS = ["departement", "etat", "portail", "super"]
GROUPES = {
    "departement": "Agents du Département",
    "etat": "Agents de l’État",
    "portail": "Administration du portail",
}

# Written at each visit, and about nobody else.
ECRITURE = re.compile(r'\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM) "(\w+)"')
TABLES_DE_SESSION = {"sessions.session", "usersessions.usersession"}

# Model → rights of AGENTS, in their order: v(iew), a(dd), m(odify), d(elete), p(ublish).
DROITS = {
    # The row decides for both parties: neither may change it alone, nor delete it.
    "socle.utilisateur": ("v", "v", "vam", "vam"),
    "socle.entreejournal": ("v", "v", "v", "v"),
    "socle.synonyme": ("vamd", "v", "v", "vamd"),
    "socle.courrier": ("v", "", "v", "v"),
    "pacte.changementdecompte": ("v", "v", "v", "v"),
    "pacte.message": ("v", "", "v", "v"),
    "pacte.importation": ("va", "va", "", "va"),
    "pacte.motdepartie": ("v", "v", "v", "v"),
    "pacte.rapportannuel": ("v", "v", "v", "v"),
    "pacte.comite": ("vamd", "vamd", "v", "vamd"),
    # Written on its meeting. The row is public: it is not deleted.
    "pacte.decision": ("vm", "vm", "v", "vm"),
    "axes.axe": ("vmp", "v", "v", "vamdp"),
    "partenaires.partenaire": ("vamp", "v", "v", "vamdp"),
    "partenaires.invitation": ("va", "v", "v", "va"),
    "partenaires.membre": ("v", "v", "v", "v"),
    "contrats.adhesion": ("v", "v", "v", "v"),
    "contrats.pacte": ("vm", "v", "v", "vm"),
    "contrats.annee": ("v", "v", "v", "v"),
    "contrats.contrat": ("vamdp", "v", "v", "vamdp"),
    "contrats.volet": ("vamd", "v", "v", "vamd"),
    "contrats.acte": ("vamd", "v", "v", "vamd"),
    "contrats.exercice": ("vamd", "v", "v", "vamd"),
    "contrats.reouverture": ("v", "v", "v", "v"),
    "actions.inscription": ("va", "v", "v", "va"),
    **dict.fromkeys(
        ("actions.preparationaction", "partenaires.preparationpartenaire"), ("v", "v", "v", "v")
    ),
    "actions.propositioncontribution": ("v", "v", "v", "v"),
    "actions.propositionreleve": ("v", "v", "v", "v"),
    "actions.propositionnote": ("v", "v", "v", "v"),
    # The row is a line of the Department: the State writes its own only.
    "actions.financement": ("vamd", "va", "v", "vamd"),
    "actions.subvention": ("vamd", "va", "v", "vamd"),
    "actions.contribution": ("vamd", "v", "v", "vamd"),
    # They live on the screen of their action, and are not deleted from theirs.
    **dict.fromkeys(
        ("actions.jalon", "actions.libelle", "actions.pointetape", "actions.releve"),
        ("vm", "v", "v", "vm"),
    ),
    "actions.indicateur": ("vamd", "v", "v", "vamd"),
    "actions.action": ("vamdp", "v", "v", "vamdp"),
    "actions.constat": ("vamdp", "v", "v", "vamdp"),
    "actions.source": ("vam", "v", "v", "vam"),
    "actions.public": ("vam", "v", "v", "vam"),
    "actions.besoin": ("vam", "v", "v", "vam"),
    "actions.territoire": ("vam", "v", "v", "vam"),
}
# Model → whether each of AGENTS may put back that row once it is deleted: whoever may add one.
RETABLIR = {
    **dict.fromkeys(
        (
            *"socle.synonyme contrats.acte actions.action actions.financement".split(),
            "actions.subvention",
            *"actions.contribution actions.indicateur actions.jalon actions.libelle".split(),
            *"actions.pointetape actions.releve actions.constat".split(),
        ),
        (True, False, False, True),
    ),
    **dict.fromkeys(("pacte.comite", "pacte.decision"), (True, True, False, True)),
    "axes.axe": (False, False, False, True),
}
PUBLIABLES = [
    *"axes.axe partenaires.partenaire contrats.contrat actions.action actions.constat".split(),
]
HISTORISES = [
    *PUBLIABLES,
    *"socle.synonyme contrats.pacte contrats.volet contrats.acte contrats.exercice".split(),
    *"actions.financement actions.subvention actions.contribution actions.indicateur".split(),
    "actions.source",
    *"actions.jalon actions.libelle actions.pointetape actions.releve".split(),
    *"actions.besoin actions.public actions.territoire pacte.comite pacte.decision".split(),
]
ACCORDS = [
    *"contrats.adhesion contrats.reouverture actions.inscription pacte.rapportannuel".split(),
]
GESTES_D_ACCORD = ["accorder", "refuser", "accord_ecrit", "piece"]

# Whoever asks gets 200 to a GET and 405 to anything that would change something.
PUBLIQUES = {
    "accueil": [],
    "pacte": [],
    "axes:liste": [],
    "axes:detail": ["axe"],
    "contrats:liste": [],
    "contrats:registre": [],
    "contrats:detail": ["contrat"],
    "contrats:document": ["acte"],
    "actions:liste": [],
    "actions:export": ["actions", "csv"],
    "actions:detail": ["action"],
    "actions:fiche": ["action"],
    "actions:jalons": ["action"],
    "actions:integrer": [],
    "actions:je_cherche": [],
    "actions:diagnostic": [],
    "actions:diagnostic_export": ["csv"],
    "actions:financements": [],
    "actions:financements_export": ["csv"],
    "actions:subventions": [],
    "partenaires:liste": [],
    "export_des_partenaires": ["csv"],
    "partenaires:detail": ["partenaire"],
    "suivi": [],
    "suivi_export": ["argent"],
    "rapports:liste": [],
    "rapports:exercice": ["contrat_rapporte", 2024],
    "rapports:edition": ["contrat_rapporte", 2024, 1],
    "rapports:action": ["contrat_rapporte", 2024, 1, "action_rapportee"],
    "rapports:en_vigueur": ["contrat_rapporte", 2024, "pdf"],
    "rapports:fichier": ["contrat_rapporte", 2024, 1, "json"],
    "donnees_ouvertes:liste": [],
    "donnees_ouvertes:jeu": ["actions"],
    "donnees_ouvertes:fichier": ["actions", "csv"],
    "donnees_ouvertes:schema": ["actions"],
    "donnees_ouvertes:catalogue": ["jsonld"],
    "recherche": [],
    "flux": [],
    "calendrier": [],
    "actualites": [],
    "plan_du_site": [],
    "robots": [],
    "sitemap": [],
    "sitemap_partie": ["actions"],
    "adhesion:envoyee": [],
    **dict.fromkeys(
        (
            "contact_envoye",
            "aide",
            "aide_partenaires",
            "aide_agents",
            "glossaire",
            "accessibilite",
            "mentions_legales",
            "donnees_personnelles",
            "ecoconception",
            "security_txt",
        ),
        [],
    ),
    "adhesion:suivi": ["cle"],
}
# Addresses that act without an account: GET, then POST. The link is the right to act.
PUBLIQUES_QUI_AGISSENT = {
    "adhesion:demander": ([], 200, 302),
    "contact": ([], 200, 302),
    "adhesion:retirer": (["cle"], 405, 302),
    "invitation:accepter": (["jeton"], 200, 200),
}
# GET: anonymous, signed in, signed in with a second factor.
COMPTE = {
    "account_login": (200, 302, 302),
    "account_logout": (302, 200, 200),
    "mon_compte": (302, 200, 200),
    "mes_donnees": (302, 200, 200),
    "prolonger_session": (405, 405, 405),
    "reprendre_saisie": (302, 302, 302),
    "usersessions_list": (302, 200, 200),
    "account_signup": (200, 302, 302),
    "account_inactive": (200, 200, 200),
    "account_reauthenticate": (302, 200, 200),
    "mfa_reauthenticate": (302, 302, 200),
    "mfa_authenticate": (302, 302, 302),
    "account_change_password": (302, 200, 200),
    "account_set_password": (302, 302, 302),
    "account_reset_password": (200, 200, 200),
    "account_reset_password_done": (200, 200, 200),
    "account_reset_password_from_key_done": (200, 200, 200),
    "account_reset_password_from_key": (200, 200, 200),
    "mfa_index": (302, 200, 200),
    "mfa_activate_totp": (302, 302, 302),
    "mfa_deactivate_totp": (302, 404, 302),
    "mfa_view_recovery_codes": (302, 404, 404),
    "mfa_generate_recovery_codes": (302, 302, 302),
    "mfa_download_recovery_codes": (302, 404, 404),
    # No provider is configured in the tests: see tests/comptes for the addresses of ProConnect.
    **dict.fromkeys(
        (
            "openid_connect_login",
            "openid_connect_callback",
            "socialaccount_login_cancelled",
            "socialaccount_login_error",
            "socialaccount_signup",
            "socialaccount_connections",
        ),
        (404, 404, 404),
    ),
}
# A redirection of anonymous readers that is not to /connexion/, or not from a private page.
SANS_CONNEXION = {"account_logout", "mfa_authenticate"}
ARGUMENTS_DES_COMPTES = {
    "account_reset_password_from_key": ["1", "cle"],
    "openid_connect_login": ["proconnect"],
    "openid_connect_callback": ["proconnect"],
}
# In the space of a partner: arguments, then GET and POST of its référent and of its contributor.
# Everybody else gets 404, and whoever is not signed in the sign-in page.
ESPACE = {
    "espace:partenaire": ([], (200, 405), (200, 405)),
    "espace_partenaires:membres": ([], (200, 405), (200, 405)),
    "espace_partenaires:fiche": ([], (200, 200), (200, 200)),
    "espace_partenaires:retirer_la_fiche": ([], (405, 404), (405, 404)),
    "espace_partenaires:inviter": ([], (302, 302), (403, 403)),
    "espace_partenaires:sortir": (["membre"], (405, 302), (403, 403)),
    "espace_partenaires:nommer": (["membre"], (405, 302), (403, 403)),
    "espace_partenaires:revoquer": (["invitation"], (405, 302), (403, 403)),
    "espace_actions:reformuler": (["contribution"], (200, 302), (200, 302)),
    "espace_actions:confirmer": (["contribution"], (200, 302), (200, 302)),
    "espace_actions:renseigner": (["indicateur", 2025], (200, 302), (200, 302)),
    "espace_actions:noter": (["action"], (200, 302), (200, 302)),
    "espace_actions:proposition": (["genre", "proposition"], (200, 405), (200, 405)),
    "espace_actions:retirer": (["genre", "proposition"], (405, 302), (405, 302)),
}
ACCUEIL_DE_L_ESPACE = {"anonyme": 302, "referent": 302, "contributeur": 302, "autre": 302}
# Pages of the administration that are about no single model; 302 of « login » is the home.
ADMIN = {
    "admin:index": 200,
    "admin:ce_qui_manque": 200,
    "admin:propositions": 200,
    "admin:suppressions": 200,
    "admin:actions_financement_grille": 200,
    "admin:actions_indicateur_grille": 200,
    "admin:autocomplete": 200,
    "admin:jsi18n": 200,
    "admin:login": 302,
    "admin:logout": 307,
    "admin:password_change": 302,
    "admin:password_change_done": 200,
    "admin:view_on_site": 302,
    "admin:app_list": 200,
    "admin/(?P<url>.*)$": 404,
}


def routes(resolveur=None, prefixe="", espace=""):
    """Yield the name of every address of the portal, or its pattern when it has none."""
    for motif in (resolveur or get_resolver()).url_patterns:
        chemin = prefixe + str(motif.pattern)
        if hasattr(motif, "url_patterns"):
            suite = f"{espace}{motif.namespace}:" if motif.namespace else espace
            yield from routes(motif, chemin, suite)
        else:
            yield f"{espace}{motif.name}" if motif.name else chemin


def routes_attendues() -> set[str]:
    """Return what `routes` must yield, from the tables of this module alone."""
    attendues = {*PUBLIQUES, *PUBLIQUES_QUI_AGISSENT, *COMPTE, "espace:accueil", *ESPACE, *ADMIN}
    for modele in DROITS:
        pages = ["changelist", "add", "change", "history", "delete"]
        pages += ["retirer"] if modele in PUBLIABLES else []
        pages += ["simple_history", "comparer"] if modele in HISTORISES else []
        pages += GESTES_D_ACCORD if modele in ACCORDS else []
        attendues |= {f"admin:{modele.replace('.', '_')}_{page}" for page in pages}
        attendues.add(f"admin/{modele.replace('.', '/')}/<path:object_id>/")
    attendues |= {"admin:pacte_message_clore", "admin:socle_utilisateur_passation"}
    attendues |= {f"admin:socle_courrier_{geste}" for geste in ("reessayer", "abandonner")}
    attendues |= {f"admin:contrats_exercice_{geste}" for geste in ("clore", "rouvrir")}
    attendues |= {"admin:actions_action_rubrique", "admin:actions_pointetape_retirer"}
    attendues |= {
        f"admin:{modele.replace('.', '_')}_{geste}"
        for modele in ("actions.preparationaction", "partenaires.preparationpartenaire")
        for geste in ("preparer", "apercu", "confier", "publier", "abandonner")
    }
    gestes_de_rapport = ("preparer", "apercu", "fichier", "abandonner")
    attendues |= {f"admin:pacte_rapportannuel_{geste}" for geste in gestes_de_rapport}
    attendues |= {f"admin:pacte_comite_{page}" for page in ("ordre_du_jour", "dossier")}
    attendues |= {f"admin:pacte_decision_{geste}" for geste in ("constater_faite", "reprendre")}
    gestes = ("appliquer", "annuler", "classeur", "feuille")
    attendues |= {f"admin:pacte_importation_{geste}" for geste in gestes}
    attendues |= {f"admin:pacte_changementdecompte_{geste}" for geste in ("confirmer", "refuser")}
    return attendues | {"admin:contrats_adhesion_signer", "admin:contrats_acte_document"}


def modeles_administres() -> set[str]:
    return {modele._meta.label_lower for modele in admin.site._registry}


def distribuer() -> dict:
    """Return role → account; each officer has a second factor, « autre » acts elsewhere."""
    mien = f.creer_partenaire("Entraide")
    acteurs = {
        "anonyme": None,
        "sans_partenaire": f.creer_personne("sans@exemple.fr"),
        "referent": f.creer_membre(mien).utilisateur,
        "contributeur": f.creer_membre(mien, role="contributeur").utilisateur,
        "autre": f.creer_membre(f.creer_partenaire("Secours")).utilisateur,
        **{role: creer_agent(nom, f"{role}@exemple.fr") for role, nom in GROUPES.items()},
        "super": f.Utilisateur.objects.create_superuser("super@exemple.fr", "mot de passe long"),
    }
    donner_un_second_facteur(acteurs["super"])
    return acteurs


def peupler(acteurs) -> SimpleNamespace:
    """Return one row of each kind: those of « Entraide », those of « Secours » (`autres`)."""
    Pacte.objects.create(pk=1, annee_debut=2024, annee_fin=2027).ouvrir_les_annees()
    mien = acteurs["referent"].appartenances.get().partenaire
    sien = acteurs["autre"].appartenances.get().partenaire
    m = SimpleNamespace(mien=mien, sien=sien)
    m.action = f.creer_action_libellee("Mobilité", statut="en_cours")
    f.creer_point(m.action, "2025-01-15")
    m.contribution = f.creer_contribution(action=m.action, partenaire=mien)
    suivie = f.creer_contribution(action=m.action, partenaire=mien, role="pilote")
    m.proposition = f.creer_reformulation(contribution=suivie)
    m.indicateur = f.creer_indicateur(action=m.action, responsable=mien)
    m.invitation = f.creer_invitation(partenaire=mien, courriel="invitee@exemple.fr")
    m.membre = acteurs["contributeur"].appartenances.get()
    ailleurs = f.creer_action("Ailleurs", statut="en_cours")
    m.autres = SimpleNamespace(
        action=ailleurs,
        contribution=f.creer_contribution(action=ailleurs, partenaire=sien),
        indicateur=f.creer_indicateur(action=ailleurs, responsable=sien),
        invitation=f.creer_invitation(partenaire=sien),
        membre=Membre.objects.get(partenaire=sien),
    )
    m.autres.proposition = f.creer_reformulation(contribution=m.autres.contribution)
    m.adhesion, m.inscription = f.creer_adhesion(), f.creer_inscription()
    m.lignes = une_ligne_de_chaque(m)
    m.arguments = _arguments(m)
    return m


def _arguments(m) -> dict:
    """Return what the addresses are made of, by the names that the tables use."""
    document = SimpleUploadedFile("acte.pdf", PDF)
    f.creer_invitation(empreinte=hashlib.sha256(b"jeton").hexdigest(), partenaire=m.mien)
    return {
        "axe": m.action.volet.axe.numero,
        "contrat": m.action.volet.contrat.slug,
        **_un_rapport_paru(),
        "acte": f.creer_acte(signe_le="2024-06-01", document=document).pk,
        "action": m.action.slug,
        "partenaire": m.mien.slug,
        "cle": m.adhesion.cle,
        "jeton": "jeton",
        "genre": "contribution",
        **{nom: getattr(m, nom).pk for nom in ("contribution", "indicateur", "invitation")},
        **{nom: getattr(m, nom).pk for nom in ("membre", "proposition")},
    }


def _un_rapport_paru() -> dict:
    action = f.creer_action()
    exercice = f.creer_exercice(contrat=action.volet.contrat, annee_id=2024)
    f.faire_paraitre(f.creer_rapport(exercice=exercice))
    return {"contrat_rapporte": exercice.contrat.slug, "action_rapportee": action.code}


def une_ligne_de_chaque(m) -> dict:
    """Return model → a row that the administration shows; publishable ones are drafts."""
    brouillon = {"publication": "brouillon", "visible_depuis": None}
    dept = f.creer_partenaire("Département", partie="departement")
    des_deux = f.creer_personne("quelqu-un@exemple.fr", is_staff=True)
    des_deux.groups.set(Group.objects.filter(name__startswith="Agents"))
    return {
        "socle.utilisateur": des_deux,
        "socle.entreejournal": EntreeJournal.objects.create(fait="essai", objet=m.mien),
        "socle.synonyme": Synonyme.objects.create(terme="aidé", equivalent="bénéficiaire"),
        "socle.courrier": f.creer_courrier_echoue(),
        "pacte.changementdecompte": f.creer_changement(),
        "pacte.message": f.creer_message(),
        "pacte.importation": f.creer_importation(),
        "pacte.motdepartie": f.creer_mot(),
        "pacte.rapportannuel": f.creer_rapport(),
        "pacte.comite": f.creer_comite(le="2025-03-03"),
        "pacte.decision": f.creer_decision(est_publique=True),
        "axes.axe": f.creer_axe(**brouillon),
        "partenaires.partenaire": f.creer_partenaire("Brouillon", **brouillon),
        "partenaires.invitation": m.invitation,
        "partenaires.membre": m.membre,
        "contrats.adhesion": m.adhesion,
        "contrats.pacte": Pacte.objects.get(),
        "contrats.annee": Annee.objects.get(pk=2025),
        "contrats.contrat": f.creer_contrat(**brouillon),
        "contrats.volet": f.creer_volet(),
        "contrats.acte": f.creer_acte(),
        "contrats.exercice": f.creer_exercice(),
        "contrats.reouverture": f.creer_reouverture(),
        "actions.inscription": m.inscription,
        "actions.preparationaction": f.creer_preparation(),
        "partenaires.preparationpartenaire": f.creer_preparation_de_fiche(),
        "actions.propositioncontribution": m.proposition,
        "actions.propositionreleve": f.creer_valeur(),
        "actions.propositionnote": f.creer_note(),
        "actions.financement": Financement.objects.create(
            action=m.action, annee_id=2025, financeur=dept, prevu=100
        ),
        "actions.subvention": f.creer_subvention(action=m.action, attribuant=dept),
        "actions.contribution": f.creer_contribution(),
        "actions.jalon": Jalon.objects.create(
            action=m.action, libelle="Ouvrir", prevu_le="2026-01-01"
        ),
        "actions.libelle": m.action.libelles.first(),
        "actions.pointetape": m.action.points.first(),
        "actions.releve": Releve.objects.create(
            indicateur=f.creer_indicateur(), annee_id=2025, valeur=3
        ),
        "actions.indicateur": f.creer_indicateur(),
        "actions.action": f.creer_action(**brouillon),
        "actions.constat": f.creer_constat(**brouillon),
        "actions.source": Source.objects.first(),
        "actions.besoin": Besoin.objects.create(code="b", nom="me déplacer"),
        "actions.public": Public.objects.create(code="p", nom="Jeunes"),
        "actions.territoire": Territoire.objects.create(code="t", nom="Gap", nature="commune"),
    }


def entrer(acteurs, role) -> Client:
    client = Client()
    if acteurs[role]:
        client.force_login(acteurs[role])
    return client


def tables(noms: set[str] | None = None) -> dict[str, list]:
    """Return every row of every table, or of the tables `noms`; those of sessions aside."""
    return {
        modele._meta.label_lower: sorted(modele._base_manager.values_list(), key=str)
        for modele in apps.get_models(include_auto_created=True)
        if modele._meta.label_lower not in TABLES_DE_SESSION
        and (noms is None or modele._meta.db_table in noms)
    }


@contextmanager
def essai():
    """Try, tell in `.change` whether a row changed, and put everything back.

    Only the tables that a statement wrote to are compared.
    """
    vu, ecrites = SimpleNamespace(change=set()), set()

    def noter(executer, sql, parametres, plusieurs, contexte):
        if ecriture := ECRITURE.match(sql):
            ecrites.add(ecriture[1])
        return executer(sql, parametres, plusieurs, contexte)

    point = transaction.savepoint()
    with connection.execute_wrapper(noter):
        yield vu
    apres = tables(ecrites)
    transaction.savepoint_rollback(point)
    avant = tables(ecrites)
    vu.change.update(nom for nom in avant if avant[nom] != apres[nom])


def vers_la_connexion(client, reponse) -> bool:
    """Tell whether `reponse` sends to the sign-in page, at once or by that of the admin."""
    while reponse.status_code == 302 and reponse["Location"].startswith("/admin/login/"):
        reponse = client.get(reponse["Location"])
    return reponse.status_code == 302 and reponse["Location"].startswith("/connexion/")
