"""The admin as officers use it: what waits, what they may do, what is kept."""

import re
from html import escape, unescape
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils.timezone import localdate

from actions.models import Action, Contribution, Jalon, PointEtape
from contrats.models import Pacte
from pacte.administration.site import a_traiter
from pacte.socle.models import EntreeJournal
from pacte.socle.publication import Publication
from partenaires.models import Partenaire
from tests.fabriques import creer_action, creer_invitation, creer_partenaire
from tests.formulaires import champs_du_formulaire, enregistrer, envoyer
from tests.lecture import contenu, lisible

MODELES = [m for m in admin.site._registry if m._meta.app_label != "auth"]


def adresse(objet, page="change") -> str:
    nom = f"admin:{objet._meta.app_label}_{objet._meta.model_name}_{page}"
    return reverse(nom, args=[] if page in ("changelist", "add") else [objet.pk])


@pytest.mark.parametrize("modele", MODELES, ids=lambda m: m._meta.model_name)
def test_chaque_ecran_s_ouvre_pour_un_administrateur(client, referentiel, administrateur, modele):
    client.force_login(administrateur)
    objet = modele._base_manager.first()

    assert client.get(adresse(modele, "changelist")).status_code == 200
    if admin.site._registry[modele].has_add_permission(_requete(administrateur)):
        assert client.get(adresse(modele, "add")).status_code == 200
    if objet is not None:
        assert client.get(adresse(objet)).status_code == 200
        assert client.get(adresse(objet, "history")).status_code == 200


def _requete(utilisateur):
    return SimpleNamespace(user=utilisateur, pacte=Pacte.objects.actuel())


def test_les_listes_se_cherchent_et_se_filtrent(client, referentiel, agent_departement):
    client.force_login(agent_departement)
    liste = reverse("admin:actions_action_changelist")

    a_confirmer = client.get(f"{liste}?situation=a_confirmer").context["cl"]
    cherchees = client.get(f"{liste}?q=Carriolix").context["cl"]

    assert a_confirmer.result_count == Action.objects.en_situation("a_confirmer").count() == 6
    assert [action.code for action in cherchees.result_list] == ["CLS-4-01"]


def test_a_traiter_mene_la_ou_cela_se_regle(client, referentiel, agent_departement):
    action = Action.objects.get(code="CLS-1-01")
    Jalon.objects.create(action=action, libelle="Recrutement", prevu_le="2025-01-31")
    creer_partenaire(publication=Publication.BROUILLON, visible_depuis=None)
    client.force_login(agent_departement)

    page = client.get("/admin/").content.decode()
    sujets = {sujet.titre: sujet for sujet in a_traiter(agent_departement)}

    assert [(titre, sujet.nombre) for titre, sujet in sujets.items()] == [
        ("À saisir, échéance la plus proche d’abord", 12),
        ("Brouillons : partenaires", 1),
        ("Actions en retard", 1),
        ("Actions sans nouvelles depuis 90 jours", 12),
        ("Rapprochements et axes à confirmer", 6),
        ("Besoins dont les actions sont à confirmer", 1),
    ]
    for sujet in sujets.values():
        assert client.get(sujet.tout_voir).status_code == 200
        for _texte, _detail, lien in sujet.lignes:
            assert escape(lien) in page
            ancre = lien.partition("#")[2]
            assert ancre in client.get(lien).content.decode()


def test_un_lecteur_sans_role_ne_voit_rien_a_traiter(administrateur, db):
    administrateur.is_superuser = False

    assert a_traiter(administrateur) == []


def test_le_bouton_publie_et_le_journal_le_dit(client, referentiel, agent_departement):
    brouillon = creer_partenaire("Entraide", publication=Publication.BROUILLON, visible_depuis=None)
    client.force_login(agent_departement)

    enregistrer(client, adresse(brouillon), "_publier", sigle="ENT")

    brouillon.refresh_from_db()
    fait = EntreeJournal.objects.first()
    assert (brouillon.est_visible, brouillon.sigle) == (True, "ENT")
    assert (fait.fait, fait.par, fait.objet) == (
        "publication.rendu_visible",
        agent_departement,
        brouillon,
    )
    assert client.get(brouillon.get_absolute_url()).status_code == 200


def test_un_retrait_demande_son_motif(client, referentiel, agent_departement):
    action = Action.objects.get(code="CLS-1-01")
    client.force_login(agent_departement)
    retrait = reverse("admin:actions_action_retirer", args=[action.pk])

    sans_motif = client.post(retrait, {"motif": "  "})
    action.refresh_from_db()
    assert "obligatoire" in sans_motif.content.decode()
    assert action.est_visible

    client.post(retrait, {"motif": "Doublon"})
    action.refresh_from_db()
    assert (action.publication, action.motif_retrait) == ("retiree", "Doublon")
    assert client.get(action.get_absolute_url()).status_code == 404


def test_un_agent_de_l_etat_lit_tout_et_ne_change_rien(client, referentiel, agent_etat):
    action = Action.objects.get(code="CLS-1-01")
    client.force_login(agent_etat)

    assert client.get(adresse(action)).status_code == 200
    assert client.post(adresse(action), {"titre": "Autre"}).status_code == 403
    retrait = reverse("admin:actions_action_retirer", args=[action.pk])
    assert client.get(retrait).status_code == 403
    assert client.post(retrait, {"motif": "Non"}).status_code == 403
    client.post(
        adresse(Action, "changelist"),
        {"action": "publier_la_selection", "_selected_action": action.pk},
    )
    action.refresh_from_db()
    assert (action.titre, action.est_visible) == (
        "Ouvrir une école du phare contre l’absence scolaire",
        True,
    )


def test_la_selection_se_publie_et_dit_ce_qui_l_etait_deja(client, referentiel, agent_departement):
    brouillon = creer_partenaire(publication=Publication.BROUILLON, visible_depuis=None)
    visible = Partenaire.objects.get(slug="carriolix")
    client.force_login(agent_departement)

    reponse = client.post(
        adresse(Partenaire, "changelist"),
        {"action": "publier_la_selection", "_selected_action": [brouillon.pk, visible.pk]},
        follow=True,
    )

    messages = [str(message) for message in reponse.context["messages"]]
    assert "« Carriolix » est déjà visible." in messages
    assert "Rendu visible : 1 partenaire." in messages


def test_un_point_d_etape_saisi_sur_la_fiche_donne_le_statut(
    client, referentiel, agent_departement
):
    action = Action.objects.get(code="CLS-1-01")
    client.force_login(agent_departement)
    point = {
        "points-TOTAL_FORMS": "1",
        "points-0-le": localdate().strftime("%d/%m/%Y"),
        "points-0-statut": "suspendue",
        "points-0-motif": "",
        "points-0-action": action.pk,
    }

    refus = envoyer(client, adresse(action), **point).content.decode()
    assert "l’est pour un motif" in refus
    assert PointEtape.objects.count() == 0

    enregistrer(client, adresse(action), **{**point, "points-0-motif": "Poste vacant"})
    action.refresh_from_db()
    assert (action.statut, action.motif, action.statut_le) == (
        "suspendue",
        "Poste vacant",
        localdate(),
    )


def test_une_contribution_confirmee_porte_son_auteur(client, referentiel, agent_departement):
    action = Action.objects.get(code="CLS-4-01")
    client.force_login(agent_departement)
    ligne = {
        "partenaire": Partenaire.objects.get(slug="carriolix").pk,
        "role": "operateur",
        "nature": "expertise",
        "texte": "Anime la plateforme.",
        "confirmee_le": localdate().strftime("%d/%m/%Y"),
        "action": action.pk,
    }
    saisie = {f"contributions-0-{champ}": valeur for champ, valeur in ligne.items()}

    enregistrer(client, adresse(action), **saisie, **{"contributions-TOTAL_FORMS": "1"})

    contribution = Contribution.objects.get()
    assert contribution.confirmee_par == agent_departement
    assert "Anime la plateforme." in client.get(action.get_absolute_url()).content.decode()


def test_l_historique_dit_avant_apres_et_restaure_sans_toucher_a_la_publication(
    client, referentiel, agent_departement
):
    action = Action.objects.get(code="CLS-1-01")
    ancien = action.titre
    client.force_login(agent_departement)
    enregistrer(client, adresse(action), titre="Titre abrégé")
    Action.objects.get(pk=action.pk).retirer(par=agent_departement, motif="À revoir")

    historique = client.get(adresse(action, "history")).content.decode()
    assert "Titre abrégé" in historique
    assert str(agent_departement) in historique

    version = action.historique.order_by("history_id").filter(titre=ancien).last()
    page = reverse("admin:actions_action_simple_history", args=[action.pk, version.pk])
    enregistrer(client, page)
    action.refresh_from_db()
    assert (action.titre, action.publication) == (ancien, "retiree")
    assert action.libelles.count() == 2


def test_le_journal_ne_se_change_pas(client, referentiel, administrateur):
    client.force_login(administrateur)
    fait = EntreeJournal.objects.first()

    assert client.post(adresse(fait), {"fait": "autre"}).status_code == 403
    assert client.get(adresse(EntreeJournal, "add")).status_code == 403
    assert client.post(adresse(fait, "delete"), {"post": "yes"}).status_code == 403


def test_seul_un_superutilisateur_touche_a_un_superutilisateur(client, administrateur, db):
    from tests.conftest import creer_agent

    gestionnaire = creer_agent("Administration du portail", "gestion@pacte.exemple")
    client.force_login(gestionnaire)

    assert client.post(adresse(administrateur), {"email": "pris@exemple.fr"}).status_code == 403
    page = client.get(adresse(gestionnaire)).content.decode()
    assert not re.search(r'name="is_superuser"|name="user_permissions"', page)


def test_aucun_libelle_de_l_administration_n_est_en_anglais():
    """Without a name of its own, a model has that of its class, cut into English words."""
    modeles = list(admin.site._registry)

    assert [m for m in modeles if "verbose_name" not in m._meta.original_attrs] == []


def test_restaurer_demande_le_droit_de_changer(client, referentiel, agent_etat):
    action = Action.objects.get(code="CLS-1-01")
    version = action.historique.last()
    page = reverse("admin:actions_action_simple_history", args=[action.pk, version.pk])
    client.force_login(agent_etat)

    assert client.get(page).status_code == 200
    assert client.post(page, {"titre": "Pris", "_save": "1"}).status_code == 403
    action.refresh_from_db()
    assert action.titre != "Pris"


def test_restaurer_rend_aussi_les_publics(client, referentiel, agent_departement):
    action = Action.objects.get(code="CLS-1-01")
    version = action.historique.first()
    action.publics.set([])
    client.force_login(agent_departement)

    page = reverse("admin:actions_action_simple_history", args=[action.pk, version.pk])
    enregistrer(client, page)

    assert [public.code for public in action.publics.all()] == ["enfants"]


def test_deux_onglets_ne_s_effacent_pas_sans_le_dire(client, referentiel, agent_departement):
    action = Action.objects.get(code="CLS-1-01")
    client.force_login(agent_departement)
    lu_deux_fois = champs_du_formulaire(client.get(adresse(action)))
    premier = client.post(adresse(action), {**lu_deux_fois, "en_clair": "Premier onglet"})
    assert premier.status_code == 302

    second = client.post(adresse(action), {**lu_deux_fois, "constat": "Second onglet"})
    action.refresh_from_db()
    assert "a modifié cette fiche" in second.content.decode()
    assert (action.en_clair, action.constat) == ("Premier onglet", "")

    assert "« En clair (public) »" in lisible(unescape(contenu(second)))
    repris = champs_du_formulaire(second)
    assert repris["en_clair"] == ["Premier onglet"]

    troisieme = client.post(adresse(action), repris)
    assert troisieme.status_code == 302
    action.refresh_from_db()
    assert (action.en_clair, action.constat) == ("Premier onglet", "Second onglet")


def test_ce_que_les_deux_onglets_ont_change_garde_la_saisie_du_second(
    client, referentiel, agent_departement
):
    action = Action.objects.get(code="CLS-1-01")
    client.force_login(agent_departement)
    lu_deux_fois = champs_du_formulaire(client.get(adresse(action)))
    du_premier = {"en_clair": "Premier onglet", "debut_prevu": "02/03/2026"}
    assert client.post(adresse(action), {**lu_deux_fois, **du_premier}).status_code == 302

    second = client.post(adresse(action), {**lu_deux_fois, "en_clair": "Second onglet"})

    repris = champs_du_formulaire(second)
    assert repris["en_clair"] == ["Second onglet"]
    assert repris["debut_prevu"] in (["02/03/2026"], ["2026-03-02"])


def test_une_action_garde_un_libelle_officiel_et_un_seul(client, referentiel, agent_departement):
    action = Action.objects.get(code="CLS-1-01")
    client.force_login(agent_departement)

    deux = envoyer(client, adresse(action), **{"libelles-1-officiel": "on"})
    aucun = envoyer(client, adresse(action), **{"libelles-0-officiel": None})

    for reponse in (deux, aucun):
        assert "Cocher un libellé officiel, et un seul." in reponse.content.decode()
    assert action.libelles.filter(officiel=True).count() == 1


def test_ce_qui_fut_publie_ne_se_supprime_ni_ne_change_d_adresse(
    client, referentiel, agent_departement
):
    action = Action.objects.get(code="CLS-1-01")
    client.force_login(agent_departement)

    enregistrer(client, adresse(action), slug="autre", code="AUTRE-1")
    suppression = client.post(adresse(action, "delete"), {"post": "yes"})

    action.refresh_from_db()
    assert suppression.status_code == 403
    assert (action.slug, action.code) == ("ecole-du-phare", "CLS-1-01")


def test_un_retrait_ne_depend_pas_du_reste_de_la_fiche(client, referentiel, agent_departement):
    action = Action.objects.get(code="CLS-1-01")
    Action.objects.filter(pk=action.pk).update(titre="")

    Action.objects.get(pk=action.pk).retirer(par=agent_departement, motif="Erreur de saisie")
    client.force_login(agent_departement)
    reponse = client.post(
        adresse(Action, "changelist"),
        {"action": "publier_la_selection", "_selected_action": action.pk},
        follow=True,
    )

    action.refresh_from_db()
    assert action.publication == "retiree"
    assert "vide" in " ".join(str(m) for m in reponse.context["messages"])


def test_personne_ne_s_eleve_soi_meme(client, db):
    from tests.conftest import creer_agent

    gestionnaire = creer_agent("Administration du portail", "gestion@pacte.exemple")
    client.force_login(gestionnaire)

    page = client.get(adresse(gestionnaire)).content.decode()

    assert not re.search(r'name="(groups|is_staff)"', page)


@pytest.mark.parametrize(
    "chemin",
    [
        "actions/action/abc/retirer/",
        "actions/action/abc/history/",
        "actions/action/1/history/abc/",
        "actions/action/1/history/999999/",
        "contrats/acte/99/document.pdf",
    ],
)
def test_une_adresse_d_administration_fausse_est_introuvable(
    client, referentiel, administrateur, chemin
):
    client.force_login(administrateur)

    assert client.get(f"/admin/{chemin}").status_code == 404


def test_chacun_n_a_a_traiter_que_ce_qu_il_peut_faire(
    client, referentiel, agent_departement, agent_etat
):
    creer_action("Une ébauche", publication="brouillon", visible_depuis=None)
    action = Action.objects.get(code="CLS-1-01")
    argent = reverse("admin:actions_action_rubrique", args=[action.pk, "argent"])

    du_departement, de_l_etat = (
        {sujet.titre for sujet in a_traiter(agent)} for agent in (agent_departement, agent_etat)
    )
    assert {"Brouillons : actions", "Rapprochements et axes à confirmer"} <= du_departement
    assert {titre.partition(" ")[0] for titre in de_l_etat} <= {"À"}

    for agent, est_propose in ((agent_departement, True), (agent_etat, False)):
        client.force_login(agent)
        page = lisible(contenu(client.get(argent)))
        assert ("Préparer une modification" in page) is est_propose


@pytest.mark.parametrize(
    ("faire", "a_un_historique"), [(lambda: creer_action(), True), (creer_invitation, False)]
)
def test_le_bouton_historique_ne_mene_pas_a_une_page_vide(
    client, administrateur, faire, a_un_historique
):
    objet = faire()
    client.force_login(administrateur)

    page = contenu(client.get(adresse(objet)))

    assert ("history/" in page) is a_un_historique


def test_deux_lignes_d_argent_semblables_se_disent_en_francais(
    client, referentiel, agent_departement
):
    action = Action.objects.get(code="CLS-1-01")
    financeur = creer_partenaire("Caisse d’essai")
    client.force_login(agent_departement)
    argent = reverse("admin:actions_action_rubrique", args=[action.pk, "argent"])
    champs = champs_du_formulaire(client.get(argent))
    rang = int(champs["financements-TOTAL_FORMS"][0])
    for ligne in (rang, rang + 1):
        champs |= {
            f"financements-{ligne}-annee": "2026",
            f"financements-{ligne}-financeur": str(financeur.pk),
            f"financements-{ligne}-nature": "numeraire",
            f"financements-{ligne}-prevu": "5",
        }
    champs["financements-TOTAL_FORMS"] = str(rang + 2)

    page = lisible(contenu(client.post(argent, champs)))

    assert "Deux lignes disent la même chose (année, financeur, nature)" in page
