"""A word planted wherever the public may not read, then looked for at every public address."""

import json
import re
import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate

from actions.faits import FaitAction
from actions.models import Contribution, Financement, Jalon
from contrats.models import Exercice, Objectif, Pacte, Signature
from pacte.donnees_ouvertes.jeux import JEUX
from pacte.socle.journal import FaitPublication, consigner
from pacte.socle.models import Synonyme
from partenaires.faits import FaitMembre
from partenaires.models import Partenaire
from tests import fabriques as f
from tests import matrice
from tests.lecture import contenu, en_texte
from tests.parcours import comme_un_lecteur

CANARI, TEMOIN = "ZZCANARI", "ZZTEMOIN"
# The start of the word finds it too, and an address that holds it proves nothing.
DEBUT, FAUTE, SLUG = "zzcanar", "zzcanarj", "zz-cache"
BROUILLON = {"publication": "brouillon", "visible_depuis": None}
RETIREE = {"publication": "retiree", "motif_retrait": f"Motif {CANARI}"}
LIEN = re.compile(r'(?:href|src|action)="([^"#]+)|<(?:loc|id)>([^<#]+)|"(http[^"#]+)"')
# Twenty downloads under each filtered list: each is read whole, and under the filters of `departs`.
EXPORT_FILTRE = re.compile(r"\.(csv|xlsx|ods|json|atom|ics)\?|^/integrer/")
PAGES_AU_PLUS = 900


@pytest.fixture(scope="module")
def pacte(base_du_module):
    """A pact, a visible action, and the people whose names nobody publishes."""
    Pacte.objects.create(pk=1, annee_debut=2024, annee_fin=2027).ouvrir_les_annees()
    f.creer_axe(titre=f"Axe {TEMOIN}A", presentation=f"Axe {TEMOIN}B")
    f.creer_contrat(nom=f"Contrat {TEMOIN}C", presentation=f"Contrat {TEMOIN}D")
    action = f.creer_action_libellee(f"Action {TEMOIN}E", statut="en_cours", statut_le="2025-01-15")
    action.description, action.note_interne = f"Détail {TEMOIN}F", f"Note {CANARI}"
    action.save()
    ecrits = {"fait": f"Fait {TEMOIN}G", "obstacles": f"Difficulté {TEMOIN}H"}
    ecrits["obstacles_publics"] = True
    f.creer_point(action, "2025-01-15", confiance="compromis", **ecrits)
    visible = f.creer_partenaire(f"Partenaire {TEMOIN}I")
    f.creer_contribution(action=action, partenaire=visible, texte=f"Apporte {TEMOIN}J")
    Jalon.objects.create(action=action, libelle=f"Jalon {TEMOIN}K", prevu_le=demain())
    f.creer_indicateur(action=action, libelle=f"Mesure {TEMOIN}L", responsable=visible)
    f.creer_constat(f"Constat {TEMOIN}O", source=f"Source {TEMOIN}P", actions=[action])
    document = SimpleUploadedFile("acte.pdf", matrice.PDF)
    cadre = {"contrat": action.volet.contrat, "signe_le": "2024-06-01", "document": document}
    acte = f.creer_acte(objet=f"Acte {TEMOIN}M", **cadre)
    Signature.objects.create(acte=acte, partenaire=visible, qualite=f"préfet {TEMOIN}N")
    f.creer_subvention(action=action, objet=f"Subvention {TEMOIN}Q")
    f.creer_decision(f"Décision {TEMOIN}R", actions=[action], qui=visible, est_publique=True)
    return action


def departement():
    return Partenaire.objects.get(partie="departement")


def demain():
    return localdate() + timedelta(days=1)


def quelqu_un():
    return f.creer_personne(first_name=CANARI, last_name=CANARI)


@pytest.fixture(scope="module")
def caches(pacte):
    """Plant the word in what is not published; return the rows that have an address."""
    planter_ce_qui_n_est_pas_publie(pacte)
    planter_dans_ce_qui_l_est(pacte)
    planter_ce_que_le_journal_garde(pacte)
    return planter_des_partenaires_caches(pacte)


def planter_ce_qui_n_est_pas_publie(action):
    """Drafts and withdrawn rows of each noun, whole, and what hangs on them."""
    for rang, etat in enumerate((BROUILLON, RETIREE)):
        axe = f.creer_axe(
            titre=f"{CANARI} {rang}",
            etiquette=CANARI,
            presentation=CANARI,
            numero=90 + rang,
            **etat,
        )
        contrat = f.creer_contrat(
            sigle=CANARI, nom=f"{CANARI} {rang}", slug=f"{SLUG}-{rang}", presentation=CANARI, **etat
        )
        volets = [action.volet, f.creer_volet(axe=axe), f.creer_volet(contrat=contrat)]
        for place, volet in enumerate(volets):
            cle = f"{rang}{place}"
            position = etat if place == 0 else f.visible()
            cachee = f.creer_action_libellee(
                f"Action {CANARI}", volet=volet, slug=f"{SLUG}-{cle}", statut="en_cours", **position
            )
            cachee.en_clair = cachee.description = CANARI
            cachee.save()
            remplir(cachee, nom=CANARI)
            f.creer_constat(f"Constat répondu {cle}", actions=[cachee])
        f.creer_constat(CANARI, source=CANARI, actions=[action], **etat)
        Objectif.objects.create(volet=volets[1], numero=1, texte=CANARI)
        Objectif.objects.create(volet=volets[2], numero=1, texte=CANARI)
        volets[2].titre = CANARI
        volets[2].save()
        Exercice.objects.create(contrat=contrat, annee_id=2025, rapport_avant_le=demain())
        f.creer_acte(contrat=contrat, objet=CANARI, signe_le="2024-06-01")


def remplir(action, nom):
    """Give `action` all that an action may hold, each row naming `nom`."""
    f.creer_point(action, localdate(), fait=nom, a_venir=nom, obstacles=nom)
    Jalon.objects.create(action=action, libelle=nom, prevu_le=demain())
    f.creer_indicateur(action=action, libelle=nom, methode=nom, source=nom)
    f.creer_contribution(action=action, texte=nom)
    f.creer_decision(nom, actions=[action], est_publique=True)
    f.creer_libelle(action, texte=f"{nom} {action.pk}")
    financeur = f.creer_partenaire()
    Financement.objects.create(action=action, annee_id=2025, financeur=financeur, engage=5, prevu=1)
    f.creer_subvention(action=action, attribuant=departement(), objet=nom)


def planter_dans_ce_qui_l_est(action):
    """Internal fields, proposals, demands, people and old versions of what is published."""
    contribution = action.contributions.get()
    contribution.confirmee_le, contribution.confirmee_par = localdate(), quelqu_un()
    contribution.save()
    indicateur = action.indicateurs.get()
    reformulation = f.creer_reformulation(contribution=contribution, envoyee_par=quelqu_un())
    reformulation.texte = CANARI
    reformulation.save()
    f.creer_valeur(indicateur=indicateur, precision=CANARI, valeur=98765)
    note = f.creer_note(action=action, envoyee_par=quelqu_un())
    note.texte = note.motif = note.avant = note.retenu = CANARI
    note.save()
    champs = {"apport": CANARI, "contact_nom": CANARI, "contact_courriel": f"{CANARI}@exemple.fr"}
    f.creer_adhesion(contrat=action.volet.contrat, contact_fonction=CANARI, **champs)
    f.creer_adhesion(
        **champs,
        statut="refusee",
        refus_partie="etat",
        refus_le=timezone.now(),
        refus_par=quelqu_un(),
        motif_refus=CANARI,
    )
    inscription = f.creer_inscription(action=action)
    inscription.raison = CANARI
    inscription.save()
    rapporte = f.creer_exercice(contrat=action.volet.contrat, annee_id=2024)
    f.creer_mot(exercice=rapporte, texte=CANARI)
    f.creer_rapport(exercice=rapporte)
    f.Reouverture.objects.create(exercice=f.clore(f.creer_contrat(), 2025), raison=CANARI)
    f.creer_preparation(action=action, titre=CANARI, preparee_par=quelqu_un())
    f.creer_preparation_de_fiche(
        partenaire=contribution.partenaire, presentation=CANARI, confiee_a=quelqu_un()
    )
    f.creer_invitation(courriel=f"{CANARI}@exemple.fr", par=quelqu_un())
    f.creer_courrier(destinataire=f"{CANARI}@exemple.fr", objet=CANARI, corps=CANARI)
    f.creer_membre(contribution.partenaire, utilisateur=quelqu_un())
    action.acte = f.creer_acte(contrat=action.volet.contrat, objet=CANARI, numero=CANARI)
    titre, action.titre = action.titre, CANARI
    action.save()
    action.titre = titre
    action.save()
    Synonyme.objects.create(terme="entraide", equivalent=CANARI)
    f.creer_acte(objet=CANARI, signe_le=demain())
    incomplete = {"attribuant": departement(), "objet": CANARI, "conditions": ""}
    f.creer_subvention(action=action, **incomplete)
    planter_dans_les_comites(action)


def planter_dans_les_comites(action):
    """Internal decisions, those of a meeting to come, and all that a meeting keeps to itself."""
    tenu = f.creer_comite(personnes=CANARI, points=CANARI)
    f.creer_decision(CANARI, comite=tenu, actions=[action], faite_le=localdate())
    f.creer_decision("Décision dite", comite=tenu, actions=[action], est_publique=True)
    a_venir = f.creer_comite(le=demain(), points=CANARI)
    f.creer_decision(CANARI, comite=a_venir, actions=[action], est_publique=True)


def planter_ce_que_le_journal_garde(action):
    """Values and labels of facts, public codes included, about what is hidden."""
    auteur, cache = quelqu_un(), f.creer_partenaire(f"{CANARI} du journal", **BROUILLON)
    cachee = f.creer_action(f"{CANARI} du journal", **BROUILLON)
    consigner(action, FaitPublication.RETIRE, par=auteur, motif=CANARI)
    consigner(action, FaitPublication.RENDU_VISIBLE, par=auteur, avant={"nom": CANARI})
    consigner(cachee.volet.contrat, FaitPublication.RENDU_VISIBLE, par=auteur, nom=CANARI)
    for sujet in (cachee, cache):
        consigner(sujet, FaitPublication.RENDU_VISIBLE, par=auteur, nom=CANARI)
    consigner(cachee, FaitAction.STATUT_CHANGE, par=auteur, statut="en_cours")
    consigner(action, FaitAction.NOTE_PUBLIEE, par=auteur, partenaire=cache.pk)
    consigner(cachee, FaitAction.INSCRITE, par=auteur)
    consigner(cache, FaitMembre.INVITE, par=auteur, courriel=f"{CANARI}@exemple.fr")
    for fait in (FaitAction.CONTRIBUTION_CONFIRMEE, FaitAction.CONTRIBUTION_REFORMULEE):
        f.creer_contribution(action=action, partenaire=cache, role=str(fait)[-5:])
        derniere = Contribution.objects.get(partenaire=cache, role=str(fait)[-5:])
        derniere.consigner(fait, par=auteur)


def planter_des_partenaires_caches(action) -> list[str]:
    """Hidden partners that contribute, pay, write, sign and are named; return hidden addresses."""
    acte = action.volet.contrat.actes.get(signe_le__isnull=False)
    for rang, etat in enumerate((BROUILLON, RETIREE)):
        slug = f"{SLUG}-partenaire-{rang}"
        cache = f.creer_partenaire(
            f"{CANARI} {rang}", sigle=CANARI, slug=slug, autres_noms=CANARI, mention=CANARI, **etat
        )
        for role in ("pilote", "financeur"):
            f.creer_contribution(action=action, partenaire=cache, role=role, texte=CANARI)
        Financement.objects.create(
            action=action, annee_id=2024 + rang, financeur=cache, prevu=10, engage=20
        )
        f.creer_point(action, f"2025-01-0{1 + rang}", partenaire=cache, fait="Dix ateliers.")
        Signature.objects.create(acte=acte, partenaire=cache, qualite=CANARI)
        f.creer_libelle(action, texte=f"Texte {rang}").partenaires_cites.add(cache)
        f.creer_indicateur(action=action, responsable=cache)
        f.creer_decision("Décision tue", actions=[action], qui=cache, est_publique=True)
        f.creer_subvention(
            action=action, attribuant=departement(), beneficiaire=cache, objet=CANARI
        )
    cachees = [f"/actions/{SLUG}-{rang}{place}/" for rang in (0, 1) for place in (0, 1, 2)]
    cachees += [f"{adresse}{fin}" for adresse in cachees for fin in ("jalons.ics", "fiche.pdf")]
    cachees += [f"/contrats/{SLUG}-{rang}/" for rang in (0, 1)] + ["/axes/90/", "/axes/91/"]
    cachees += [f"/partenaires/{SLUG}-partenaire-{rang}/" for rang in (0, 1)]
    return [*cachees, f"/contrats/actes/{action.acte_id}.pdf"]


def departs(action) -> list[str]:
    """Return every public address of the tables, each export, and searches around the word."""
    acte = action.volet.contrat.actes.get(signe_le__isnull=False).pk
    partenaire = action.contributions.filter(partenaire__publication="visible").first()
    arguments = {
        "axe": action.volet.axe.numero,
        "contrat": action.volet.contrat.slug,
        "acte": acte,
        "action": action.slug,
        "partenaire": partenaire.partenaire.slug,
        "cle": uuid.uuid4(),  # the key of a demand opens it: nobody else has it
    }
    adresses = [
        reverse(nom, args=[arguments.get(n, n) for n in noms])
        for nom, noms in matrice.PUBLIQUES.items()
    ]
    blocs = "avancement argent contrats cofinancement indicateurs".split()
    adresses += [f"/suivi/{bloc}.csv" for bloc in blocs]
    noms = "actions contributions indicateurs jalons points-d-etape".split()
    noms += "financements partenaires diagnostic".split()
    adresses += [f"/{nom}.{fin}" for nom in noms for fin in ("csv", "xlsx", "ods", "json")]
    ouvertes = [f"{jeu}.{fin}" for jeu in JEUX for fin in ("csv", "xlsx", "ods", "json")]
    ouvertes += [f"{jeu}/" for jeu in JEUX] + [f"schemas/{jeu}.json" for jeu in JEUX]
    ouvertes += ["catalogue.jsonld", "catalogue.ttl"]
    adresses += [f"/donnees-ouvertes/{fin}" for fin in ouvertes]
    adresses += ["/adhesion/", "/connexion/", "/compte/inscription/"]
    adresses += ["/compte/invitation/faux/", "/compte/mot-de-passe/oublie/", "/healthz", "/readyz"]
    adresses += ["/nulle-part", "/espace/", "/admin/", "/compte/", "/static/nulle-part.css"]
    listes = ("/actions/", "/actions.csv", "/actions.json", "/integrer/actions/")
    listes += ("/actualites.atom", "/calendrier.ics")
    filtres = [f"partenaire={SLUG}-partenaire-0", f"contrat={SLUG}-0", "axe=90", "axe=91"]
    filtres += [f"action={SLUG}-00", f"action={SLUG}-01", f"action={action.slug}"]
    filtres += [f"q={mot}" for mot in (DEBUT, FAUTE, "entraide", "journal", "partenaire", "action")]
    adresses += [f"{liste}?{filtre}" for liste in listes for filtre in filtres]
    mots = (DEBUT, FAUTE, "entraide", "essai", "contrat", "axe", "partenaire", "action", "dix")
    return adresses + [f"/recherche/?q={mot}" for mot in mots]


def lire(client, adresse) -> tuple[int, str]:
    """Return the status, and the body with its headers, as a reader gets them."""
    reponse = client.get(adresse)
    corps = b"".join(reponse.streaming_content) if reponse.streaming else reponse.content
    en_tetes = "\n".join(f"{nom}: {valeur}" for nom, valeur in reponse.headers.items())
    # Calendars fold their lines; a search marks what it found in the middle of words.
    texte = re.sub(r"\r\n |</?mark[^>]*>", "", en_texte(corps))
    return reponse.status_code, f"{en_tetes}\n{unescape(texte)}"


@pytest.fixture(scope="module")
def vues(pacte, caches):
    """Every public address of the tables, each hidden one, and all that they lead to."""
    with comme_un_lecteur():
        return parcourir(Client(), [*departs(pacte), *caches])


def liens_de(adresse: str, texte: str) -> list[str]:
    """Return the addresses of this site that a page links to."""
    base, liens = adresse.split("?")[0], []
    for trouve in LIEN.findall(texte):
        lien = next(filter(None, trouve)).replace("http://testserver", "")
        lien = f"{base}{lien}" if lien.startswith("?") else lien
        est_du_site = lien.startswith("/") and not lien.startswith(("//", "/static/"))
        if est_du_site and not EXPORT_FILTRE.search(lien):
            liens.append(lien)
    return liens


def atteintes(vues: dict[str, tuple[int, str]], depart: str) -> dict[str, tuple[int, str]]:
    """Return those of `vues` that links reach from `depart`."""
    trouvees, a_voir = {}, [depart]
    while a_voir:
        adresse = a_voir.pop()
        if adresse not in trouvees:
            trouvees[adresse] = vues[adresse]
            a_voir += liens_de(adresse, vues[adresse][1])
    return trouvees


def parcourir(client, adresses) -> dict[str, tuple[int, str]]:
    """Read `adresses` and all that they link to on this site: address → (status, text)."""
    vues, a_voir = {}, list(adresses)
    while a_voir and len(vues) < PAGES_AU_PLUS:
        adresse = a_voir.pop(0)
        if adresse in vues:
            continue
        vues[adresse] = lire(client, adresse)
        a_voir += liens_de(adresse, vues[adresse][1])
    return vues


def test_ce_qui_n_est_pas_publie_ne_parait_a_aucune_adresse_publique(vues, caches):
    assert len(vues) < PAGES_AU_PLUS
    fuites = [a for a, (_, texte) in vues.items() if CANARI.lower() in texte.lower()]
    liens = [a for a, (_, t) in vues.items() if SLUG in t and SLUG not in a]
    assert (fuites, liens) == ([], [])
    assert {vues[adresse][0] for adresse in caches} == {404}
    # A proposed value, and what an officer thinks of the chances of an action.
    for interne in ("98765", "compromis"):
        serres = {a: re.sub(r"\s", "", texte) for a, (_, texte) in vues.items()}
        assert not [a for a, texte in serres.items() if interne in texte]


def test_le_parcours_trouve_ce_qui_est_publie(vues):
    vues = atteintes(vues, "/")
    tout = "\n".join(texte for _, texte in vues.values())

    publies = [lettre for lettre in "ABCDEFGHIJKLMNOPQR" if f"{TEMOIN}{lettre}" in tout]
    assert "".join(publies) == "ABCDEFGHIJKLMNOPQR"
    for adresse in ("/calendrier.ics", "/actualites.atom", "/actions.csv", "/suivi/argent.csv"):
        assert adresse in vues, adresse
    assert all(statut in (200, 302) for statut, _ in vues.values())


@pytest.mark.parametrize("mot", [CANARI, CANARI.lower(), DEBUT, f"{CANARI} action"])
def test_chercher_le_mot_ne_trouve_rien(client, pacte, caches, mot):
    recherche = client.get("/recherche/", {"q": mot}).context["resultats"]
    liste = client.get("/actions/", {"q": mot}).context["filtre"]

    assert (recherche.nombre, recherche.correction, liste.total) == (0, "", 0)
    assert json.loads(contenu(client.get("/actions.json", {"q": mot})))["actions"] == []


def test_les_comptes_publics_ignorent_ce_qui_est_cache(client, pacte, caches):
    noms = {"axes": "nb_actions", "contrats": "nb_actions"}

    for page, compte in noms.items():
        for ligne in client.get(f"/{page}/").context[page]:
            assert getattr(ligne, compte) == (1 if ligne == getattr(pacte.volet, page[:-1]) else 0)
    assert client.get("/actions/").context["filtre"].total == 1
    # One bulletin of ours, two of hidden partners on the visible action, told without their name.
    assert client.get("/actualites/").context["page"].paginator.count == 3
