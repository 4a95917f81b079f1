"""Every type of page in every state, as steps: its name, its state, and how to come to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from actions.admin.rubriques import RUBRIQUES
from actions.models import Jalon
from contrats.models import Pacte
from pacte.socle.models import Synonyme
from tests.navigateur.connexion import PAROLE, code_de, donner_le_mot_de_passe
from tests.navigateur.scene import lien_du_mot_de_passe


@dataclass(frozen=True)
class Etape:
    page: str
    etat: str
    geste: str | Callable
    # What the server must answer: a page that is refused is not the one that was meant.
    statut: int = 200

    def jouer(self, page) -> None:
        if callable(self.geste):
            self.geste(page)
        else:
            page.goto(self.geste)

    def __str__(self):
        return f"{self.page}, {self.etat}"


def envoyer(adresse: str, bouton: str, **champs) -> Callable:
    """Open `adresse`, fill its fields by their names, press the button so named."""

    def geste(page):
        page.goto(adresse)
        remplir(page, bouton, **champs)

    return geste


def remplir(page, bouton: str, **champs) -> None:
    for nom, valeur in champs.items():
        page.locator(f"main [name='{nom}']").fill(valeur)
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=bouton).click()


def deplier(adresse: str) -> Callable:
    """Open `adresse`, then everything that it folds."""

    def geste(page):
        page.goto(adresse)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")

    return geste


def montrer(gabarit: str) -> Callable:
    """Show a page that only a breakdown shows."""

    def geste(page):
        requete = RequestFactory().get("/panne")
        requete.user = AnonymousUser()
        corps = render_to_string(gabarit, request=requete)
        page.route("**/panne", lambda r: r.fulfill(body=corps, content_type="text/html"))
        page.goto("/panne")

    return geste


def sans_jeton(adresse: str, bouton: str, **champs) -> Callable:
    """Send a form after its cookie was lost."""

    def geste(page):
        page.goto(adresse)
        page.context.clear_cookies(name="csrftoken")
        remplir(page, bouton, **champs)

    return geste


def trop(page) -> None:
    for _ in range(4):
        envoyer("/compte/mot-de-passe/oublie/", "Recevoir", email="trop@exemple.fr")(page)


def etapes_de_lecture(s) -> Iterator[Etape]:
    yield from (
        Etape("accueil", "pleine", "/"),
        Etape("le Pacte", "pleine", "/pacte/"),
        Etape("diagnostic", "pleine", "/diagnostic/"),
        Etape("rapports", "liste", "/rapports/"),
        Etape("rapports", "paru", "/rapports/cpt/2024/"),
        Etape("rapports", "action", "/rapports/cpt/2024/edition-1/CPT-1-02/"),
        Etape("rapports", "attendu", "/rapports/cls/2025/"),
        Etape("je cherche", "vide", "/je-cherche/"),
        Etape("je cherche", "trouvé", "/je-cherche/?besoin=me-soigner"),
        Etape("je cherche", "rien trouvé", "/je-cherche/?besoin=me-deplacer&public=zzz"),
        Etape("axes", "pleine", "/axes/"),
        Etape("axe", "pleine", "/axes/1/"),
        Etape("contrats", "pleine", "/contrats/"),
        Etape("contrat", "pleine", "/contrats/cls/"),
        Etape("registre des signatures", "pleine", "/contrats/signatures/"),
        Etape("liste des actions", "pleine", "/actions/"),
        Etape("liste à intégrer", "pleine", "/integrer/actions/"),
        Etape("liste à intégrer", "rien trouvé", "/integrer/actions/?q=zzzz&x=1"),
        Etape("liste des actions", "filtres dépliés", deplier("/actions/?axe=1&q=accompagn")),
        Etape("liste des actions", "vide", "/actions/?q=zzzz"),
        Etape("liste des actions", "page 2", "/actions/?page=2"),
        Etape("liste des actions", "page inconnue", "/actions/?page=99&axe=zzz"),
        Etape("fiche d’action", "complète", s.action.get_absolute_url()),
        Etape("fiche d’action", "sans suivi", s.sans_suivi.get_absolute_url()),
        Etape("subventions", "pleine", "/subventions/"),
        Etape("partenaires", "pleine", "/partenaires/"),
        Etape("partenaires", "page 2", "/partenaires/?page=2"),
        Etape("partenaire", "pleine", s.msa.get_absolute_url()),
        Etape("suivi", "pleine", "/suivi/"),
        Etape("financements", "filtrés", "/financements/?contrat=cls&annee=2025"),
        Etape("financements", "filtre inconnu", "/financements/?contrat=zzz"),
        Etape("données ouvertes", "pleine", "/donnees-ouvertes/"),
        Etape("jeu de données", "pleine", "/donnees-ouvertes/actions/"),
        Etape("jeu de données", "format inconnu", "/donnees-ouvertes/actions.pdf", 404),
        Etape("recherche", "sans question", "/recherche/"),
        Etape("recherche", "trouvé", "/recherche/?q=rsa"),
        Etape("recherche", "corrigée", "/recherche/?q=wimov"),
        Etape("recherche", "rien trouvé", "/recherche/?q=zzzz"),
        Etape("actualités", "pleine", "/actualites/"),
        Etape("actualités", "page 2", "/actualites/?page=2"),
    )


def etapes_d_information(s) -> Iterator[Etape]:
    adresses = "plan-du-site aide aide/partenaires aide/agents glossaire mentions-legales"
    adresses += " donnees-personnelles accessibilite ecoconception"
    for adresse in adresses.split():
        yield Etape(adresse, "pleine", f"/{adresse}/")
    demande, suite = "/adhesion/", s.adhesion.get_absolute_url()
    yield from (
        Etape("contact", "vide", "/contact/"),
        Etape("contact", "fautes", envoyer("/contact/", "Envoyer", courriel="non")),
        Etape("contact", "envoyé", "/contact/envoye/"),
        Etape("adhésion", "vide", demande),
        Etape("adhésion", "fautes", envoyer(demande, "Envoyer", contact_courriel="non")),
        Etape("adhésion", "envoyée", "/adhesion/envoyee/"),
        Etape("suivi d’adhésion", "en attente", suite),
        Etape("suivi d’adhésion", "refusée", s.refusee.get_absolute_url()),
        Etape("suivi d’adhésion", "accordée", s.accordee.get_absolute_url()),
        Etape("suivi d’adhésion", "retirée, message", envoyer(suite, "Retirer ma demande")),
        Etape("erreur", "400", montrer("400.html")),
        Etape("erreur", "403", sans_jeton("/contact/", "Envoyer"), 403),
        Etape("erreur", "404", "/nulle-part/", 404),
        Etape("erreur", "429", trop, 429),
        Etape("erreur", "500", montrer("500.html")),
    )


def etapes_sans_compte(s) -> Iterator[Etape]:
    oubli, venue = "/compte/mot-de-passe/oublie/", "/compte/invitation/jeton/"
    lien = lien_du_mot_de_passe(s.nouveau)
    yield from (
        Etape("connexion", "vide", "/connexion/"),
        Etape("connexion", "fautes", envoyer("/connexion/", "Se connecter", login="a@b.fr")),
        Etape(
            "connexion",
            "refusée",
            envoyer("/connexion/", "Se connecter", login="a@b.fr", password="faux"),
        ),
        Etape("mot de passe oublié", "vide", oubli),
        Etape("mot de passe oublié", "fautes", envoyer(oubli, "Recevoir", email="non")),
        Etape("mot de passe oublié", "envoyé", envoyer(oubli, "Recevoir", email="a@b.fr")),
        Etape("nouveau mot de passe", "lien expiré", "/compte/mot-de-passe/1-cle/"),
        Etape("nouveau mot de passe", "vide", lien),
        Etape("nouveau mot de passe", "fautes", envoyer(lien, "Enregistrer", password1="x")),
        Etape("nouveau mot de passe", "enregistré", "/compte/mot-de-passe/change/"),
        Etape("inscription", "fermée", "/compte/inscription/"),
        Etape("compte", "fermé", "/compte/inactif/"),
        Etape("activation", "vide", venue),
        Etape("activation", "fautes", envoyer(venue, "Ouvrir mon compte")),
        Etape("activation", "annulée", "/compte/invitation/annule/", 410),
    )


def etapes_du_compte(s) -> Iterator[Etape]:
    """The journey of a new account: each step needs those before it."""
    mdp, activer = "/compte/mot-de-passe/", "/compte/second-facteur/activer/"
    yield from (
        Etape("espace", "sans partenaire", lambda page: entrer(page, s.nouveau)),
        Etape("mon compte", "pleine", "/compte/"),
        Etape("mon compte", "menu du compte ouvert", deplier("/compte/")),
        Etape("mon compte", "session qui se ferme", session_proche),
        Etape("changer de mot de passe", "vide", mdp),
        Etape("changer de mot de passe", "fautes", envoyer(mdp, "Enregistrer", oldpassword="x")),
        Etape("second facteur", "aucun", "/compte/second-facteur/"),
        Etape("second facteur", "à relier", activer),
        Etape("second facteur", "fautes", envoyer(activer, "Relier", code="000000")),
        Etape("codes de secours", "pleine", relier),
        Etape("codes de secours", "nouveaux", "/compte/codes-de-secours/nouveaux/"),
        Etape("second facteur", "relié", "/compte/second-facteur/"),
        Etape("second facteur", "à retirer", "/compte/second-facteur/retirer/"),
        Etape("sessions", "pleine", "/compte/sessions/"),
        Etape("confirmer que c’est moi", "vide", "/compte/confirmer/"),
        Etape("confirmer par un code", "vide", "/compte/confirmer/code/"),
        Etape("déconnexion", "vide", "/deconnexion/"),
        Etape("code de connexion", "vide", lambda page: sortir_et_entrer(page, s.nouveau)),
        Etape("code de connexion", "fautes", lambda page: remplir(page, "Se connecter", code="0")),
    )


def entrer(page, compte) -> None:
    compte.set_password(PAROLE)
    compte.save()
    page.goto("/connexion/?next=/espace/")
    donner_le_mot_de_passe(page, compte)
    page.wait_for_url("**/espace/")


def sortir_et_entrer(page, compte) -> None:
    remplir(page, "Se déconnecter")
    page.goto("/connexion/")
    donner_le_mot_de_passe(page, compte)
    page.wait_for_url("**/connexion/code/")


def session_proche(page) -> None:
    page.goto("/compte/")
    page.evaluate("document.querySelector('.session').classList.add('session--proche')")


def relier(page) -> None:
    page.goto("/compte/second-facteur/activer/")
    remplir(page, "Relier", code=code_de(page.locator("code.cle").inner_text()))
    page.get_by_role("heading", name="Codes de secours").wait_for()


def etapes_de_l_espace(s) -> Iterator[Etape]:
    base, verifier = f"/espace/{s.msa.slug}/", "Vérifier avant d’envoyer"
    formuler = f"{base}contributions/{s.contribution.pk}/proposer/"
    valeur = f"{base}indicateurs/{s.indicateur.pk}/2025/"
    note = f"{base}actions/{s.action.slug}/note/"
    inviter = envoyer(f"{base}membres/", "Envoyer l’invitation", courriel="non")
    yield from (
        Etape("tableau de bord", "plein", base),
        Etape("tableau de bord", "menu du compte ouvert", deplier(base)),
        Etape("proposer une formulation", "vide", formuler),
        Etape("proposer une formulation", "fautes", envoyer(formuler, verifier, texte="")),
        Etape("vérifier", "pleine", envoyer(formuler, verifier, texte="Tient une permanence.")),
        Etape("proposition", "envoyée, message", lambda p: remplir(p, "Envoyer la proposition")),
        Etape("proposer une valeur", "vide", valeur),
        Etape("proposer une valeur", "fautes", envoyer(valeur, verifier, valeur="x")),
        Etape("proposer une note", "vide", note),
        Etape("proposer une note", "fautes", envoyer(note, verifier)),
        Etape("saisie gardée", "pleine", sans_jeton(note, verifier, texte="Dix."), 403),
        *(
            Etape("proposition", statut, proposition.get_absolute_url())
            for statut, proposition in s.traitees.items()
        ),
        Etape("fiche", "à proposer", f"{base}fiche/"),
        Etape("fiche", "fautes", envoyer(f"{base}fiche/", "Envoyer au Département", nom="")),
        Etape("membres", "de la référente", f"{base}membres/"),
        Etape("membres", "fautes", inviter),
        Etape("confirmer", "pleine", f"{base}contributions/{s.contribution.pk}/confirmer/"),
        Etape("invitation d’un autre", "pleine", "/compte/invitation/jeton/"),
    )


def etapes_du_contributeur(s) -> Iterator[Etape]:
    yield from (
        Etape("choisir son organisation", "plusieurs", "/espace/"),
        Etape("membres", "du contributeur", f"/espace/{s.msa.slug}/membres/"),
        Etape("membres", "refus", f"/espace/{s.msa.slug}/membres/inviter/", 403),
    )


def etapes_de_l_administration(s) -> Iterator[Etape]:
    fiche, ajout = adresse_de(s.action, "change"), "/admin/actions/action/add/"
    accord = reverse("admin:contrats_adhesion_accord_ecrit", args=[s.adhesion.pk, "etat"])
    passer = adresse_de(s.referente, "passation")
    yield from (
        Etape("administration", "accueil", "/admin/"),
        Etape("administration", "application", "/admin/actions/"),
        Etape("administration", "ce qui manque", reverse("admin:ce_qui_manque")),
        Etape("administration", "propositions", reverse("admin:propositions")),
        Etape("administration", "proposition", adresse_de(s.en_attente, "change")),
        Etape("administration", "proposition refusée", adresse_de(s.traitees["refusee"], "change")),
        Etape("administration", "action, fautes", envoyer_vide(fiche)),
        Etape("administration", "action ajoutée, fautes", envoyer_vide(ajout)),
        Etape(
            "administration", "action à retirer", f"/admin/actions/action/{s.action.pk}/retirer/"
        ),
        Etape("message à l’administration", "à répondre", adresse_de(s.message, "change")),
        Etape("courriels", "qui ne partent pas", "/admin/socle/courrier/?situation=en_souffrance"),
        Etape("courriels", "non parti", adresse_de(s.courrier, "change")),
        Etape("courriels", "à abandonner", adresse_de(s.courrier, "abandonner")),
        Etape("administration", "liste vide", "/admin/actions/action/?q=zzzz"),
        Etape("passation", "pleine", passer),
        Etape("passation", "rien de choisi", envoyer_vide(passer, ".submit-row .default")),
        Etape("accord écrit", "vide", accord),
        Etape("accord écrit", "fautes", envoyer_vide(accord, ".submit-row .default")),
        Etape("administration", "page introuvable", "/admin/actions/action/0/change/"),
    )


def etapes_d_un_agent(s) -> Iterator[Etape]:
    demande = "adhésion à l’administration"
    yield from (
        Etape("administration", "accueil d’un agent", "/admin/"),
        Etape("administration", "action d’un agent", adresse_de(s.action, "change")),
        *(
            Etape("rubrique d’une action", cle, f"/admin/actions/action/{s.action.pk}/{cle}/")
            for cle in RUBRIQUES
        ),
        Etape("rubrique d’une action", "historique", adresse_de(s.action, "history")),
        Etape("comparer deux versions", "pleine", _deux_versions(s.action)),
        Etape("comparer deux versions", "deux fois la même", _deux_fois_la_meme(s.action)),
        Etape("ce qui a été supprimé", "pleine", _supprimer_un_jalon(s.action)),
        Etape(
            "ce qui a été supprimé", "rétabli", lambda p: remplir(p, "Rétablir ce qui est coché")
        ),
        Etape("ce qui a été supprimé", "vide, adresse inconnue", "/admin/suppressions/?de=x"),
        Etape("grille des montants", "pleine", "/admin/actions/financement/grille/?annee=2026"),
        Etape("grille des montants", "fautes", _grille_fautive),
        Etape("grille des indicateurs", "pleine", "/admin/actions/indicateur/grille/?annee=2025"),
        Etape("échanges", "liste", "/admin/pacte/importation/"),
        Etape("échanges", "à apporter", "/admin/pacte/importation/add/"),
        Etape("échanges", "à relire", _apporter),
        Etape("ce qui manque", "pleine", reverse("admin:ce_qui_manque")),
        Etape(demande, "à décider", adresse_de(s.adhesion, "change")),
        Etape(demande, "accordée", adresse_de(s.accordee, "change")),
        Etape(demande, "à signer", adresse_de(s.accordee, "signer")),
        Etape("inscription à l’administration", "à décider", adresse_de(s.inscription, "change")),
        Etape("exercice", "clos", adresse_de(s.exercice, "change")),
        Etape("rapports à l’administration", "liste", "/admin/pacte/rapportannuel/"),
        Etape("rapports à l’administration", "à décider", adresse_de(s.rapport, "change")),
        Etape("rapports à l’administration", "aperçu", adresse_de(s.rapport, "apercu")),
        Etape("rapports à l’administration", "à figer", s.preparer_un_rapport),
        Etape("comité de pilotage", "ses décisions, fautes", _decision_sans_personne(s.comite)),
        Etape("comité de pilotage", "ordre du jour", adresse_de(s.comite, "ordre_du_jour")),
        Etape(
            "comité de pilotage", "ordre du jour à venir", adresse_de(s.reunion, "ordre_du_jour")
        ),
        Etape("décision du comité", "ouverte", adresse_de(s.decision, "change")),
        Etape("décision du comité", "à dire faite", adresse_de(s.decision, "constater_faite")),
        Etape("exercice", "à rouvrir", adresse_de(s.exercice, "rouvrir")),
        Etape("modification préparée", "à relire", adresse_de(s.preparation, "change")),
        Etape("modification préparée", "aperçu", adresse_de(s.preparation, "apercu")),
        Etape("modification préparée", "à écrire", s.preparer),
        Etape("modification préparée", "fautes", envoyer_vide(s.preparer, ".submit-row .default")),
    )
    refuser = reverse("admin:contrats_adhesion_refuser", args=[s.adhesion.pk, "departement"])
    yield Etape(demande, "à refuser", refuser)
    yield Etape(demande, "à refuser, fautes", envoyer_vide(refuser, ".submit-row .default"))


def _decision_sans_personne(comite) -> Callable:
    """Leave a decision with a deadline and nobody, to see the message of the server."""

    def geste(page):
        page.goto(adresse_de(comite, "change"))
        page.locator("[name='decisions-0-qui']").select_option("")
        with page.expect_navigation():
            page.locator("[name='_save']").click()

    return geste


def _deux_versions(action) -> Callable:
    """Rewrite a long text of the action, then compare its last two versions."""

    def geste(page):
        for jour in ("lundi", "mardi matin"):
            action.description = f"Une permanence se tient chaque {jour}, à la mairie de Gap."
            action.save()
        page.goto(adresse_de(action, "comparer"))
        page.locator(".comparaison ins").first.wait_for()

    return geste


def _deux_fois_la_meme(action) -> Callable:
    def geste(page):
        version = action.historique.first().history_id
        page.goto(f"{adresse_de(action, 'comparer')}?avant={version}&apres={version}")

    return geste


def _supprimer_un_jalon(action) -> Callable:
    """Delete a milestone, then open the page that lists it, its values unfolded."""

    def geste(page):
        Jalon.objects.create(action=action, libelle="Ouvrir", prevu_le=date(2026, 5, 1)).delete()
        deplier(f"/admin/suppressions/?de=actions.action-{action.pk}&cocher=tout")(page)

    return geste


def _grille_fautive(page) -> None:
    page.goto("/admin/actions/financement/grille/?annee=2026")
    page.locator("td input[name$=-prevu]").first.fill("beaucoup")
    with page.expect_navigation():
        page.locator("[name=_enregistrer]").click()


def _apporter(page) -> None:
    """Bring a file with a line that passes and one that is refused."""
    lignes = "Code;Titre;En clair\nCLS-1-01;Un autre titre;\nX;Y;Z"
    page.goto("/admin/pacte/importation/add/")
    fichier = {"name": "actions.csv", "mimeType": "text/csv", "buffer": lignes.encode()}
    page.locator("[type=file]").set_input_files(fichier)
    with page.expect_navigation():
        page.locator(".submit-row .default").click()


def adresse_de(objet, page: str) -> str:
    nom = f"{objet._meta.app_label}_{objet._meta.model_name}_{page}"
    return reverse(f"admin:{nom}", args=[objet.pk])


def envoyer_vide(adresse: str, bouton: str = "[name='_save']") -> Callable:
    """Send a form of the administration with nothing in its texts."""

    def geste(page):
        page.goto(adresse)
        for champ in page.locator("#id_titre, #id_motif").all():
            champ.fill("")
        # Past the browser's own checks, to see the messages of the server.
        page.evaluate("document.querySelectorAll('form').forEach(f => { f.noValidate = true })")
        with page.expect_navigation():
            page.locator(bouton).first.click()

    return geste


def etapes_des_modeles(s) -> Iterator[Etape]:
    """The list, the row, the empty form and the history of each model of the administration."""
    requete = SimpleNamespace(user=s.administrateur, pacte=Pacte.objects.actuel())
    for modele, fiche in admin.site._registry.items():
        options, objet = modele._meta, modele._base_manager.first()
        nom, base = str(options.verbose_name), f"/admin/{options.app_label}/{options.model_name}/"
        yield Etape("liste de l’administration", nom, base)
        if fiche.has_add_permission(requete):
            yield Etape("ajout à l’administration", nom, f"{base}add/")
        if objet is not None:
            yield Etape("fiche de l’administration", nom, f"{base}{objet.pk}/change/")
    yield Etape("historique de l’administration", "action", adresse_de(s.action, "history"))
    suppression = adresse_de(Synonyme.objects.first(), "delete")
    yield Etape("suppression à l’administration", "synonyme", suppression)
