"""The whole matrix, route × role: who reads, who acts, and what a refusal leaves untouched."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from actions.models import Action, PropositionNote
from pacte.socle.models import EntreeJournal
from tests import matrice
from tests.matrice import (
    AGENTS,
    DROITS,
    ESPACE,
    PDF,
    ROLES,
    entrer,
    essai,
    tables,
    vers_la_connexion,
)


def lire(m, noms) -> list:
    return [m.arguments.get(nom, nom) for nom in noms]


def adresses_ordinaires(m) -> dict[str, str]:
    """Return route → address, the administration aside."""
    simples = {**matrice.PUBLIQUES, **dict.fromkeys(matrice.COMPTE, [])}
    simples |= {nom: noms for nom, (noms, *_) in matrice.PUBLIQUES_QUI_AGISSENT.items()}
    simples |= {"espace:accueil": [], **matrice.ARGUMENTS_DES_COMPTES}
    adresses = {nom: reverse(nom, args=lire(m, noms)) for nom, noms in simples.items()}
    for nom, (noms, *_) in ESPACE.items():
        adresses[nom] = reverse(nom, args=[m.mien.slug, *lire(m, noms)])
    return adresses


def attendu_ordinaire(nom, role, methode) -> int | None:
    """Return the status that `role` gets from a route that is not of the administration."""
    rang = 0 if methode == "get" else 1
    if nom in matrice.PUBLIQUES:
        return 200 if rang == 0 else 405
    if nom in matrice.PUBLIQUES_QUI_AGISSENT:
        return matrice.PUBLIQUES_QUI_AGISSENT[nom][1 + rang]
    if nom in matrice.COMPTE:
        return matrice.COMPTE[nom][0 if role == "anonyme" else 1 + (role in AGENTS)]
    if nom == "espace:accueil":
        return matrice.ACCUEIL_DE_L_ESPACE.get(role, 200) if rang == 0 or role == "anonyme" else 405
    if role == "anonyme":
        return 302
    _, du_referent, du_contributeur = ESPACE[nom]
    return {"referent": du_referent, "contributeur": du_contributeur}.get(role, (404, 404))[rang]


def pages_d_administration(m):
    """Yield route, address, the right it takes to read it and to act there ("" : none)."""
    for modele, ligne in m.lignes.items():
        nom = f"admin:{modele.replace('.', '_')}"
        pages = [("change", "v", "m"), ("history", "v", "v"), ("delete", "d", "d")]
        pages += [("retirer", "p", "p")] if modele in matrice.PUBLIABLES else []
        yield f"{nom}_changelist", reverse(f"{nom}_changelist"), "v", "v", modele
        yield f"{nom}_add", reverse(f"{nom}_add"), "a", "a", modele
        for page, pour_lire, pour_agir in pages:
            yield (
                f"{nom}_{page}",
                reverse(f"{nom}_{page}", args=[ligne.pk]),
                pour_lire,
                pour_agir,
                modele,
            )
        if modele in matrice.HISTORISES:
            version = ligne.historique.first().history_id
            adresse = reverse(f"{nom}_simple_history", args=[ligne.pk, version])
            yield f"{nom}_simple_history", adresse, "v", "m", modele
            yield f"{nom}_comparer", reverse(f"{nom}_comparer", args=[ligne.pk]), "v", "v", modele


def droits(modele, role) -> str:
    return DROITS[modele][AGENTS.index(role)]


def test_chaque_adresse_est_dans_une_liste():
    assert set(matrice.routes()) == matrice.routes_attendues()
    assert matrice.modeles_administres() == set(DROITS)


@pytest.mark.parametrize("role", ROLES)
def test_chacun_lit_ce_qu_il_peut_lire_et_rien_ne_change(acteurs, monde, role):
    client, fautes, avant = entrer(acteurs, role), [], tables()

    for nom, adresse in adresses_ordinaires(monde).items():
        attendu = attendu_ordinaire(nom, role, "get")
        if attendu is None:
            continue
        reponse = client.get(adresse)
        if reponse.status_code != attendu:
            fautes.append((nom, reponse.status_code, attendu))
        prive = attendu == 302 and role == "anonyme" and nom not in matrice.SANS_CONNEXION
        if prive and not vers_la_connexion(client, reponse):
            fautes.append((nom, reponse.get("Location"), "/connexion/"))

    assert fautes == []
    assert tables() == avant


@pytest.mark.parametrize("role", [r for r in ROLES if r not in AGENTS])
def test_l_administration_est_fermee_a_qui_n_est_pas_agent(acteurs, monde, role):
    client, avant = entrer(acteurs, role), tables()
    adresses = [adresse for _, adresse, *_ in pages_d_administration(monde)]
    adresses += ["/admin/", "/admin/propositions/", "/admin/ce-qui-manque/", "/admin/jsi18n/"]
    adresses += ["/admin/suppressions/"]
    adresses += ["/admin/autocomplete/", "/admin/actions/", "/admin/nulle-part", "/admin/r/1/1/"]
    adresses += [adresse for _, adresse, *_ in gestes_d_accord(monde)]
    adresses += [f"/admin/contrats/acte/{monde.arguments['acte']}/document.pdf"]

    for adresse in adresses:
        for methode in (client.get, client.post):
            reponse = methode(adresse)
            assert reponse.status_code == 302, adresse
            assert reponse["Location"].startswith("/admin/login/?next="), adresse
    assert tables() == avant
    accueil = client.get("/admin/login/?next=/admin/")
    assert accueil.status_code == (302 if role == "anonyme" else 403)
    assert role != "anonyme" or vers_la_connexion(client, accueil)


@pytest.mark.parametrize("role", AGENTS)
def test_chaque_agent_voit_ce_que_son_groupe_permet_et_rien_de_plus(acteurs, monde, role):
    client, fautes, avant = entrer(acteurs, role), [], tables()

    for nom, adresse, pour_lire, _, modele in pages_d_administration(monde):
        attendu = 200 if pour_lire in droits(modele, role) else 403
        if (vu := client.get(adresse).status_code) != attendu:
            fautes.append((nom, vu, attendu))

    assert fautes == []
    assert tables() == avant


@pytest.mark.parametrize("role", AGENTS)
def test_ecrire_sans_le_droit_est_refuse_et_ne_change_rien(acteurs, monde, role):
    client, fautes, avant = entrer(acteurs, role), [], tables()

    for nom, adresse, _, pour_agir, modele in pages_d_administration(monde):
        if pour_agir == "v" or pour_agir in droits(modele, role):
            continue
        envoi = {"post": "yes", "motif": "x"}
        if modele.startswith("actions.proposition") and nom.endswith("change"):
            if role in ("departement", "super"):
                continue  # they answer
            envoi = {"refuser": "1", "reponse": "non"}
        if (vu := client.post(adresse, envoi).status_code) != 403:
            fautes.append((nom, vu))

    assert fautes == []
    assert tables() == avant


def test_les_pages_sans_modele_s_ouvrent_aux_agents(acteurs, monde):
    ct = "/admin/autocomplete/?app_label=actions&model_name=financement&field_name=action"
    type_d_action = ContentType.objects.get_for_model(Action).pk
    particulieres = {
        "admin:autocomplete": ct,
        "admin:view_on_site": f"/admin/r/{type_d_action}/{monde.action.pk}/",
        "admin:app_list": "/admin/actions/",
        "admin/(?P<url>.*)$": "/admin/nulle-part",
    }
    for role in AGENTS:
        client = entrer(acteurs, role)
        for nom, attendu in matrice.ADMIN.items():
            adresse = particulieres.get(nom) or reverse(nom)
            with essai() as vu:
                assert client.get(adresse).status_code == attendu, (role, nom)
            assert not vu.change, (role, nom)
        courte = client.get(f"/admin/actions/action/{monde.action.pk}/")
        assert courte["Location"] == f"/admin/actions/action/{monde.action.pk}/change/"
        document = f"/admin/contrats/acte/{monde.arguments['acte']}/document.pdf"
        assert client.get(document).status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_un_envoi_n_agit_que_pour_qui_en_a_le_droit(acteurs, monde, role):
    client, envois, fautes = entrer(acteurs, role), formulaires(monde), []

    for nom, adresse in adresses_ordinaires(monde).items():
        if nom in matrice.COMPTE:
            continue  # the library's own, about one's own account
        with essai() as vu:
            reponse = client.post(adresse, envois.get(nom, {}))
        attendu = attendu_ordinaire(nom, role, "post")
        agit = nom in envois and attendu == 302 and not vers_la_connexion(client, reponse)
        if reponse.status_code != attendu or bool(vu.change) != agit:
            fautes.append((nom, reponse.status_code, attendu, vu.change))

    assert fautes == []


def formulaires(m) -> dict[str, dict]:
    """Return, for each address that acts, what a browser sends."""
    organisation = {"organisation-nom": "Neuve", "organisation-nature": "association"}
    return {
        "adhesion:demander": {
            **organisation,
            "contrat": m.action.volet.contrat_id,
            "apport": "Une permanence.",
            "contact_nom": "Camille",
            "contact_courriel": "camille@exemple.fr",
        },
        "adhesion:retirer": {},
        "contact": {"sujet": "question", "texte": "Bonjour.", "courriel": "camille@exemple.fr"},
        "espace_partenaires:inviter": {"courriel": "neuve@exemple.fr", "role": "contributeur"},
        "espace_partenaires:sortir": {},
        "espace_partenaires:nommer": {},
        "espace_partenaires:revoquer": {},
        "espace_actions:reformuler": {
            "texte": "Oriente mieux.",
            "lu": m.contribution.texte,
            "envoyer": "oui",
        },
        "espace_actions:confirmer": {},
        "espace_actions:renseigner": {"valeur": "12", "lu": "non communiqué", "envoyer": "oui"},
        "espace_actions:noter": {
            "texte": "Dix ateliers.",
            "lu": PropositionNote(action=m.action).actuel,
            "envoyer": "oui",
        },
        "espace_actions:retirer": {},
    }


def gestes_d_accord(m):
    """Yield gesture, address, side and demand of each decision of the two demands."""
    for modele in matrice.ACCORDS:
        for geste in matrice.GESTES_D_ACCORD:
            for partie in ("departement", "etat"):
                nom = f"admin:{modele.replace('.', '_')}_{geste}"
                ligne = m.lignes[modele]
                yield geste, reverse(nom, args=[ligne.pk, partie]), partie, ligne


@pytest.mark.parametrize("role", AGENTS)
def test_chacun_decide_pour_sa_partie_et_l_autre_tentative_reste_au_journal(acteurs, monde, role):
    client = entrer(acteurs, role)

    for geste, adresse, partie, ligne in gestes_d_accord(monde):
        if geste not in ("accorder", "refuser"):
            continue
        lecture = {"accorder": 405, "refuser": 200 if role == partie else 403}[geste]
        assert client.get(adresse).status_code == lecture
        with essai() as vu:
            reponse = client.post(adresse, {"motif": "Hors sujet."})
            fait, statut = EntreeJournal.objects.first(), reponse.status_code
            ligne.refresh_from_db()
            intacte = ligne.est_en_attente and ligne.accord_de(partie) is None
        if role == partie:
            assert (statut, intacte) == (302, False)
        else:
            assert (statut, intacte, vu.change) == (403, True, {"socle.entreejournal"})
            assert (fait.fait, fait.par, fait.objet) == ("accord.tentative", acteurs[role], ligne)
            assert fait.apres == {"partie": partie}


@pytest.mark.parametrize("role", AGENTS)
def test_seule_l_administration_du_portail_enregistre_un_accord_ecrit(acteurs, monde, role):
    client, permis = entrer(acteurs, role), role in ("portail", "super")

    for geste, adresse, _partie, _ligne in gestes_d_accord(monde):
        if geste == "piece":
            assert client.get(adresse).status_code == 404  # no document yet
        if geste != "accord_ecrit":
            continue
        assert client.get(adresse).status_code == (200 if permis else 403)
        with essai() as vu:
            piece = SimpleUploadedFile("accord.pdf", PDF, content_type="application/pdf")
            assert client.post(adresse, {"piece": piece}).status_code == (302 if permis else 403)
        assert bool(vu.change) == permis
