"""Somebody else's rows, fields that one does not write, accounts that lost their access."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from actions.models import Financement, PropositionContribution, PropositionNote
from contrats.models import Acte, Adhesion
from pacte.socle.models import EntreeJournal, Utilisateur
from partenaires.models import Invitation, Partenaire
from tests import matrice
from tests.fabriques import creer_note, creer_partenaire, creer_reformulation, creer_valeur
from tests.matrice import AGENTS, ESPACE, GROUPES, entrer, essai, tables

TRAITEE = {"statut": "acceptee", "traitee_par": "1", "traitee_le": "2025-01-01", "motif": "oui"}


def fiche(objet, page="change", *suite) -> str:
    nom = f"admin:{objet._meta.app_label}_{objet._meta.model_name}_{page}"
    return reverse(nom, args=[objet.pk, *suite])


@pytest.mark.parametrize("role", ["referent", "contributeur"])
def test_ce_qui_est_a_un_autre_partenaire_n_existe_pas(acteurs, monde, role):
    client, avant = entrer(acteurs, role), tables()
    sortes = ["contribution", "indicateur", "invitation", "membre", "proposition"]
    siens = {nom: getattr(monde.autres, nom).pk for nom in sortes}
    siens |= {"action": monde.autres.action.slug, "genre": "contribution"}

    for nom, (noms, *_) in ESPACE.items():
        arguments = [siens.get(n, n) for n in noms]
        # The gestures of a référent alone are refused to a contributor before anything is read.
        de_referent = nom in [f"espace_partenaires:{g}" for g in ("sortir", "nommer", "revoquer")]
        attendu = 403 if role == "contributeur" and de_referent else 404
        if arguments:
            mienne = reverse(nom, args=[monde.mien.slug, *arguments])
            assert client.post(mienne, TRAITEE).status_code in (attendu, 405), nom
            if not de_referent and not nom.endswith("retirer"):
                assert client.get(mienne).status_code == 404, nom
            if not nom.endswith(":proposition"):
                assert client.post(mienne).status_code == attendu, nom
        sienne = reverse(nom, args=[monde.sien.slug, *arguments])
        assert client.get(sienne).status_code == 404, nom
        assert client.post(sienne, TRAITEE).status_code == 404, nom
    assert tables() == avant


def test_un_agent_n_entre_pas_dans_l_espace_d_un_partenaire(acteurs, monde):
    for role in AGENTS:
        client = entrer(acteurs, role)

        assert client.get(f"/espace/{monde.mien.slug}/").status_code == 404
        assert client.get("/espace/inconnu/").status_code == 404


def test_un_champ_ajoute_au_formulaire_ne_change_rien(acteurs, monde):
    client = entrer(acteurs, "referent")
    racine = f"/espace/{monde.mien.slug}"
    vole = {**TRAITEE, "partenaire": monde.sien.pk, "publication": "retiree", "avant": "x"}
    vole |= {"envoyee_par": acteurs["autre"].pk, "contribution": monde.autres.contribution.pk}
    vole |= {"action": monde.autres.action.pk, "envoyer": "oui", "retenu": "x"}

    texte = {"texte": "Oriente mieux.", "lu": monde.contribution.texte}
    note = {"texte": "Dix.", "lu": PropositionNote(action=monde.action).actuel}
    client.post(f"{racine}/contributions/{monde.contribution.pk}/proposer/", {**vole, **texte})
    client.post(f"{racine}/actions/{monde.action.slug}/note/", {**vole, **note})
    client.post(f"{racine}/contributions/{monde.contribution.pk}/confirmer/", vole)

    for modele in (PropositionContribution, PropositionNote):
        envoyee = modele.objects.order_by("-pk")[0]
        assert (envoyee.statut, envoyee.traitee_par, envoyee.motif) == ("envoyee", None, "")
        assert (envoyee.partenaire, envoyee.envoyee_par) == (monde.mien, acteurs["referent"])
        assert (envoyee.action, envoyee.retenu) == (monde.action, "")
    monde.contribution.refresh_from_db()
    assert monde.contribution.partenaire == monde.mien
    assert monde.contribution.texte == "Oriente les personnes."
    assert Partenaire.objects.get(pk=monde.mien.pk).est_visible


def test_une_invitation_est_toujours_pour_son_propre_partenaire(acteurs, monde):
    envoi = {"courriel": "neuve@exemple.fr", "role": "contributeur", "utilisee_le": "2025-01-01"}
    envoi |= {"partenaire": monde.sien.pk, "par": acteurs["autre"].pk, "empreinte": "0"}

    entrer(acteurs, "referent").post(f"/espace/{monde.mien.slug}/membres/inviter/", envoi)

    invitation = Invitation.objects.get(courriel="neuve@exemple.fr")
    assert (invitation.partenaire, invitation.par) == (monde.mien, acteurs["referent"])
    assert (invitation.utilisee_le, len(invitation.empreinte)) == (None, 64)


def test_une_demande_d_adhesion_ne_s_accorde_pas_elle_meme(monde):
    Client().post(
        "/adhesion/",
        {
            "organisation-nom": "Neuve",
            "organisation-nature": "association",
            **{
                f"organisation-{n}": "visible" for n in ("publication", "slug", "partie", "mention")
            },
            "contrat": monde.action.volet.contrat_id,
            "apport": "Une permanence.",
            "contact_nom": "Camille",
            "contact_courriel": "camille@exemple.fr",
            "statut": "accordee",
            "accord_etat_le": "2025-01-01",
            "partenaire": monde.sien.pk,
        },
    )

    neuve = Partenaire.objects.get(nom="Neuve")
    adhesion = Adhesion.objects.get(partenaire=neuve)
    assert (neuve.publication, neuve.partie, neuve.mention) == ("brouillon", "", "")
    assert (adhesion.statut, adhesion.accord_etat_le) == ("demandee", None)


def test_ouvrir_un_compte_n_en_fait_pas_un_agent(monde):
    droits = {"is_staff": "on", "is_superuser": "on", "groups": "1", "email": "chef@exemple.fr"}
    identite = {"first_name": "Ada", "last_name": "B", "mot_de_passe": "une phrase bien longue"}

    reponse = Client().post("/compte/invitation/jeton/", {**identite, **droits, "role": "referent"})

    ouvert = Utilisateur.objects.get(first_name="Ada")
    assert reponse.status_code == 302
    assert (ouvert.is_staff, ouvert.is_superuser, ouvert.groups.count()) == (False, False, 0)
    assert ouvert.email != "chef@exemple.fr"
    assert ouvert.appartenances.get().role == "contributeur"


@pytest.mark.parametrize("role", AGENTS)
@pytest.mark.parametrize("creer", [creer_reformulation, creer_valeur, creer_note])
def test_le_departement_seul_repond_aux_propositions(acteurs, monde, role, creer):
    proposition, client = creer(), entrer(acteurs, role)
    permis = role in ("departement", "super")
    garde = {"texte": "Oriente.", "valeur": "52", "lu": proposition.actuel}

    assert client.get(fiche(proposition)).status_code == 200
    for envoi in ({"refuser": "1", "reponse": "Trop tôt."}, garde):
        with essai() as vu:
            assert client.post(fiche(proposition), envoi).status_code == (302 if permis else 403)
        assert bool(vu.change) == permis


@pytest.mark.parametrize("role", AGENTS)
def test_le_departement_seul_publie_retire_et_signe(acteurs, monde, role):
    client, permis = entrer(acteurs, role), role in ("departement", "super")
    Adhesion.objects.filter(pk=monde.adhesion.pk).update(
        statut="accordee",
        accord_etat_le="2025-01-01T00:00Z",
        accord_etat_par=acteurs["etat"],
        accord_departement_le="2025-01-01T00:00Z",
        accord_departement_par=acteurs["departement"],
    )
    signature = {"acte": monde.arguments["acte"], "signe_le": "01/02/2025"}
    visibles = [monde.action, monde.mien, monde.action.volet.contrat, monde.action.volet.axe]

    gestes = [(fiche(visible, "retirer"), {"motif": "Doublon."}) for visible in visibles]
    for adresse, envoi in [*gestes, (fiche(monde.adhesion, "signer"), signature)]:
        assert client.get(adresse).status_code == (200 if permis else 403)
        with essai() as vu:
            assert client.post(adresse, envoi).status_code == (302 if permis else 403), adresse
        assert bool(vu.change) == permis
    for modele in ("axes/axe", "partenaires/partenaire", "contrats/contrat", "actions/action"):
        brouillon = monde.lignes[modele.replace("/", ".")]
        envoi = {"action": "publier_la_selection", "_selected_action": [brouillon.pk]}
        client.post(f"/admin/{modele}/", envoi)
        brouillon.refresh_from_db()
        publiable = permis and modele != "actions/action"  # it has no wording
        assert brouillon.est_visible == publiable, modele


def test_chaque_cote_n_ecrit_que_son_argent(acteurs, monde):
    etat = creer_partenaire("État", partie="etat")
    du_departement = monde.lignes["actions.financement"]
    de_l_etat = Financement.objects.create(action=monde.action, annee_id=2025, financeur=etat)
    lignes = {"departement": du_departement, "etat": de_l_etat}

    for role in ("departement", "etat"):
        client, action = entrer(acteurs, role), monde.action.pk
        for cote, ligne in lignes.items():
            envoi = {"action": action, "annee": 2025, "financeur": ligne.financeur_id}
            envoi |= {"nature": "numeraire", "prevu": "999"}
            with essai() as vu:
                reponse = client.post(fiche(ligne), envoi)
                version = ligne.historique.first().history_id
                ancienne = client.post(fiche(ligne, "simple_history", version), envoi)
            permis = role == cote
            assert reponse.status_code == ancienne.status_code == (302 if permis else 403)
            assert bool(vu.change) == permis
            neuve = {**envoi, "annee": 2026}
            with essai() as vu:
                client.post(reverse("admin:actions_financement_add"), neuve)
            assert bool(vu.change) == permis


@pytest.mark.parametrize("role", AGENTS)
def test_qui_ajoute_une_ligne_retablit_celle_qui_a_ete_supprimee(acteurs, monde, role):
    client = entrer(acteurs, role)

    for nom, permis in matrice.RETABLIR.items():
        ligne = monde.lignes[nom]
        modele, cle = type(ligne), ligne.pk
        modele.objects.get(pk=cle).delete()
        version = modele.historique.filter(id=cle, history_type="-").latest("history_id")
        with essai() as vu:
            reponse = client.post(reverse("admin:suppressions"), {"seule": f"{nom}-{version.pk}"})
            revenue = modele.objects.filter(pk=cle).exists()
        attendu = permis[AGENTS.index(role)]
        assert (reponse.status_code, revenue) == ((302, True) if attendu else (403, False)), nom
        assert bool(vu.change) == attendu
        listees = {x.cle for x in client.get(reverse("admin:suppressions")).context["lignes"]}
        assert (f"{nom}-{version.pk}" in listees) == attendu


@pytest.mark.parametrize("role", AGENTS)
def test_le_departement_seul_retire_un_acces_ou_une_invitation(acteurs, monde, role):
    client, permis = entrer(acteurs, role), role in ("departement", "super")
    gestes = {
        "/admin/partenaires/membre/": ("sortir_la_selection", monde.membre),
        "/admin/partenaires/invitation/": ("revoquer_la_selection", monde.invitation),
    }

    for adresse, (geste, ligne) in gestes.items():
        with essai() as vu:
            client.post(adresse, {"action": geste, "_selected_action": [ligne.pk]})
        assert bool(vu.change) == permis, adresse


def test_l_administration_du_portail_ne_monte_pas_plus_haut(acteurs, monde):
    client, elle = entrer(acteurs, "portail"), acteurs["portail"]
    dieu = {"email": "x@exemple.fr", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    tous = list(elle.groups.model.objects.values_list("pk", flat=True))

    assert client.post(fiche(acteurs["super"]), dieu).status_code == 403
    client.post(fiche(elle), {**dieu, "email": elle.email, "groups": tous})
    client.post(fiche(acteurs["autre"]), {**dieu, "groups": tous, "user_permissions": [1]})

    elle.refresh_from_db()
    autre = Utilisateur.objects.get(email="x@exemple.fr")
    assert (elle.is_superuser, elle.groups.get().name) == (False, GROUPES["portail"])
    assert (autre.is_superuser, autre.user_permissions.count()) == (False, 0)
    assert not autre.groups.exists()
    for geste in ("retirer_le_second_facteur", "fermer_les_sessions"):
        client.post(
            "/admin/socle/utilisateur/",
            {"action": geste, "_selected_action": [acteurs["super"].pk]},
        )
    assert acteurs["super"].authenticator_set.exists()


@pytest.mark.parametrize("role", AGENTS)
def test_le_journal_ne_se_change_ni_ne_s_efface(acteurs, monde, role):
    client, entree = entrer(acteurs, role), EntreeJournal.objects.first()

    for page in ("change", "delete"):
        assert client.post(fiche(entree, page), {"post": "yes", "fait": "x"}).status_code == 403
    envoi = {"action": "delete_selected", "_selected_action": [entree.pk], "post": "yes"}
    client.post("/admin/socle/entreejournal/", envoi)
    assert EntreeJournal.objects.filter(pk=entree.pk, fait=entree.fait).exists()


@pytest.mark.parametrize("role", [*GROUPES, "super"])
def test_sans_second_facteur_un_agent_va_le_relier(acteurs, monde, role):
    acteurs[role].authenticator_set.all().delete()
    client, avant = entrer(acteurs, role), tables()
    adresses = ["/admin/", "/admin/login/", "/admin/propositions/", "/admin/ce-qui-manque/"]
    adresses += ["/admin/jsi18n/", "/admin/nulle-part", "/admin/r/1/1/", "/admin/autocomplete/"]
    for modele, ligne in monde.lignes.items():
        racine = f"/admin/{modele.replace('.', '/')}/"
        adresses += [racine, f"{racine}add/", f"{racine}{ligne.pk}/", f"{racine}{ligne.pk}/change/"]
        adresses += [f"{racine}{ligne.pk}/{page}/" for page in ("delete", "history", "retirer")]
    adresses += [fiche(monde.adhesion, "accorder", role), fiche(monde.adhesion, "refuser", role)]

    for adresse in adresses:
        for methode in (client.get, client.post):
            reponse = methode(adresse)
            assert reponse.status_code == 302, adresse
            assert reponse["Location"] == "/compte/second-facteur/activer/", adresse
    prouver = client.get("/compte/second-facteur/activer/")["Location"]
    assert client.get(prouver).status_code == 200
    assert tables() == avant


@pytest.mark.parametrize(("role", "adresse"), [("referent", "/espace/"), ("etat", "/admin/")])
def test_un_compte_ferme_perd_l_acces_a_la_demande_suivante(acteurs, monde, role, adresse):
    client = entrer(acteurs, role)
    assert client.get(adresse).status_code in (200, 302)
    assert client.get("/compte/").status_code == 200

    Utilisateur.objects.filter(pk=acteurs[role].pk).update(is_active=False, cle_des_sessions="")

    assert client.get("/compte/")["Location"] == "/connexion/?next=/compte/"
    assert matrice.vers_la_connexion(client, client.get(adresse))


def test_une_personne_retiree_perd_l_acces_a_la_demande_suivante(acteurs, monde):
    client, racine = entrer(acteurs, "contributeur"), f"/espace/{monde.mien.slug}"
    note = f"{racine}/actions/{monde.action.slug}/note/"
    assert client.get(f"{racine}/").status_code == 200

    monde.membre.sortir(par=acteurs["referent"])

    for reponse in (client.get(f"{racine}/"), client.post(note, {"texte": "Dix.", "lu": ""})):
        assert reponse["Location"].startswith("/connexion/")
    assert not PropositionNote.objects.filter(action=monde.action).exists()


def test_un_agent_sans_groupe_ne_voit_rien(acteurs, monde):
    acteurs["etat"].groups.clear()
    client = entrer(acteurs, "etat")

    for modele, ligne in monde.lignes.items():
        assert client.get(f"/admin/{modele.replace('.', '/')}/").status_code == 403, modele
        assert client.get(fiche(ligne)).status_code == 403, modele
    assert client.get("/admin/propositions/").status_code == 403
    assert client.get("/admin/ce-qui-manque/").status_code == 403
    document = f"/admin/contrats/acte/{Acte.objects.exclude(document='').get().pk}/document.pdf"
    assert client.get(document).status_code == 403


def test_ce_qui_agit_refuse_un_formulaire_sans_jeton(acteurs, monde):
    client = Client(enforce_csrf_checks=True)
    client.force_login(acteurs["referent"])
    avant = tables()

    for nom, (noms, (_, statut), _) in ESPACE.items():
        if statut != 405:
            arguments = [monde.arguments.get(n, n) for n in noms]
            adresse = reverse(nom, args=[monde.mien.slug, *arguments])
            assert client.post(adresse, {"envoyer": "oui"}).status_code == 403, nom
    assert client.post("/adhesion/", {}).status_code == 403
    assert tables() == avant


def test_l_administration_ne_mene_pas_a_la_page_secrete_d_une_demande(acteurs, monde):
    demande = Adhesion.objects.first()
    type_de_demande = ContentType.objects.get_for_model(Adhesion).pk

    reponse = entrer(acteurs, "departement").get(f"/admin/r/{type_de_demande}/{demande.pk}/")

    assert reponse.status_code == 404
    assert str(demande.cle) not in reponse.get("Location", "")
