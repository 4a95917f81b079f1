"""What was deleted is listed for whoever may add it, and comes back as it was, once."""

from unittest.mock import Mock

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from actions.models import Action, Financement, Indicateur, Jalon, Libelle, PointEtape, Releve
from contrats.models import Annee, Contrat, Exercice
from pacte.socle import disparues, retablissement
from pacte.socle.journal import FaitFiche
from pacte.socle.models import EntreeJournal, Synonyme
from pacte.socle.retablissement import retablir_ensemble
from pacte.socle.supprimees import genres_de
from pacte.socle.transitions import TransitionInterdite
from tests import fabriques as f
from tests.lecture import lisible

pytestmark = pytest.mark.django_db

PAGE = "/admin/suppressions/"


@pytest.fixture
def action(db):
    Annee.objects.get_or_create(pk=2026)
    brouillon = {"publication": "brouillon", "visible_depuis": None}
    return f.creer_action("Accueillir", code="CLS-1-01", description="Dit.", **brouillon)


@pytest.fixture
def agent(client, agent_departement):
    client.force_login(agent_departement)
    return client


def lire(reponse) -> str:
    return lisible(strip_tags(reponse.content.decode()))


def supprimer(objet, par) -> str:
    """Delete `objet` as `par`; return what names it on the page."""
    modele, pk = type(objet), objet.pk
    objet._history_user = par
    objet.delete()
    version = modele.historique.filter(id=pk).order_by("-history_id")[0]
    return f"{modele._meta.label_lower}-{version.history_id}"


def retablir(client, *cles, suite=""):
    return client.post(f"{PAGE}{suite}", {"ligne": cles}, follow=True)


def photo(objet) -> dict:
    return type(objet).objects.filter(pk=objet.pk).values().get()


def test_un_jalon_supprime_revient_avec_sa_cle_et_ses_valeurs(agent, action, agent_departement):
    jalon = Jalon.objects.create(action=action, libelle="Ouvrir", prevu_le="2026-05-01")
    avant, cle = photo(jalon), jalon.pk
    page = supprimer(jalon, agent_departement)
    lue = lire(agent.get(f"{PAGE}?genre=actions.jalon"))
    assert "Jalon : Ouvrir" in lue
    assert "Action : Accueillir" in lue
    assert f"par {agent_departement}" in lue
    assert "1er mai 2026" in lue

    reponse = retablir(agent, page)

    assert "De retour : « Ouvrir » (jalon)." in lire(reponse)
    assert photo(Jalon.objects.get(pk=cle)) == avant
    assert Jalon.objects.get().historique.first().history_user == agent_departement
    fait = EntreeJournal.objects.first()
    assert (fait.fait, fait.id_objet, fait.par) == (FaitFiche.RETABLIE, cle, agent_departement)
    assert "Ouvrir" not in lire(agent.get(PAGE))


def test_presser_deux_fois_ne_fait_rien_de_plus(agent, action, agent_departement):
    jalon = Jalon.objects.create(action=action, libelle="Ouvrir", prevu_le="2026-05-01")
    page = supprimer(jalon, agent_departement)
    retablir(agent, page)
    faits, versions = EntreeJournal.objects.count(), Jalon.historique.count()

    reponse = retablir(agent, page)

    assert "Déjà de retour : « Ouvrir » (jalon)." in lire(reponse)
    assert (EntreeJournal.objects.count(), Jalon.historique.count()) == (faits, versions)


def test_une_version_supprimee_depuis_de_nouveau_le_dit(agent, action, agent_departement):
    jalon = Jalon.objects.create(action=action, libelle="Ouvrir", prevu_le="2026-05-01")
    ancienne, cle = supprimer(jalon, agent_departement), Jalon.historique.first().id
    retablir(agent, ancienne)
    supprimer(Jalon.objects.get(pk=cle), agent_departement)

    reponse = retablir(agent, ancienne)

    assert "a été supprimée de nouveau" in lire(reponse)
    assert not Jalon.objects.exists()
    assert lire(agent.get(PAGE)).count("Jalon : Ouvrir") == 1


def test_une_case_cochee_sur_l_ecran_de_l_action_se_rattrape(agent, action):
    """The whole way: the tick of the screen, the history of the action, the page, the button."""
    jalon = Jalon.objects.create(action=action, libelle="Ouvrir", prevu_le="2026-05-01")
    autre = Jalon.objects.create(
        action=f.creer_action("Ailleurs"), libelle="Z", prevu_le="2026-05-01"
    )
    autre.delete()
    Releve.objects.create(indicateur=f.creer_indicateur(action=autre.action), annee_id=2026)
    Releve.objects.get().delete()
    jalon.delete()

    historique = agent.get(reverse("admin:actions_action_history", args=[action.pk]))
    adresse = f"{PAGE}?de=actions.action-{action.pk}"
    assert adresse in historique.content.decode()
    page = agent.get(adresse)

    assert [ligne.titre for ligne in page.context["lignes"]] == ["Ouvrir"]
    assert retablir(agent, page.context["lignes"][0].cle, suite=adresse[len(PAGE) :])
    assert Jalon.objects.get().action == action


def test_un_brouillon_revient_avec_tout_ce_qui_est_parti_avec_lui(agent, action):
    partenaire = f.creer_partenaire("MSA")
    libelle = f.creer_libelle(action, officiel=True)
    libelle.partenaires_cites.set([partenaire])
    f.creer_contribution(action=action, partenaire=partenaire)
    f.creer_point(action, "2026-01-01", statut="en_cours")
    indicateur = f.creer_indicateur(action=action)
    Releve.objects.create(indicateur=indicateur, annee_id=2026, cible=10)
    cle, releve = action.pk, Releve.objects.get()
    action.delete()
    page = agent.get(f"{PAGE}?cocher=tout")
    lignes = {ligne.titre: ligne for ligne in page.context["lignes"]}
    assert ("action", "Accueillir") in lignes["2026"].porteurs

    # The worst order: what bears the others comes last.
    cles = [ligne.cle for ligne in reversed(lignes.values())]
    reponse = retablir(agent, *cles, suite="?cocher=tout")

    assert reponse.redirect_chain[0][0] == f"{PAGE}?"
    revenue = Action.objects.get(pk=cle)
    assert (revenue.publication, revenue.statut) == ("brouillon", "en_cours")
    assert revenue.points.count() == revenue.contributions.count() == 1
    assert list(revenue.libelles.get().partenaires_cites.all()) == [partenaire]
    assert Releve.objects.get() == releve
    assert agent.get(PAGE).context["lignes"] == []


def test_sans_ce_qui_la_porte_une_ligne_ne_revient_pas(agent, action, agent_departement):
    Jalon.objects.create(action=action, libelle="Ouvrir", prevu_le="2026-05-01")
    f.creer_action("Ailleurs")
    action.delete()
    page = agent.get(f"{PAGE}?genre=actions.jalon")

    reponse = retablir(agent, page.context["lignes"][0].cle)

    attendu = "« Ouvrir » (jalon) ne peut pas revenir : il lui faut d’abord « Accueillir » (action)"
    assert attendu in lire(reponse)
    assert not Jalon.objects.exists()


def test_quand_une_autre_a_pris_sa_place_une_phrase_le_dit_et_rien_n_est_ecrit(agent, action):
    jalon = Jalon.objects.create(action=action, libelle="Ouvrir", prevu_le="2026-05-01")
    indicateur = f.creer_indicateur(action=action, libelle="Places")
    jalon.delete()
    indicateur.delete()
    f.creer_indicateur(action=action, libelle="Places")
    lignes = agent.get(PAGE).context["lignes"]

    reponse = retablir(agent, *[ligne.cle for ligne in lignes])

    assert "Cette action a déjà un indicateur de ce libellé." in lire(reponse)
    assert "Rien n’a été rétabli." in lire(reponse)
    assert not Jalon.objects.exists()
    assert Indicateur.objects.count() == 1


def test_un_point_d_etape_qui_revient_rend_son_statut_a_l_action(agent, action, agent_departement):
    point = f.creer_point(action, "2026-01-01", statut="en_cours")
    point = PointEtape.objects.get(pk=point.pk)
    page = supprimer(point, agent_departement)
    assert Action.objects.get().statut == "non_renseigne"

    retablir(agent, page)

    assert PointEtape.objects.get().statut == "en_cours"
    assert Action.objects.get().statut == "en_cours"


def test_les_lignes_d_un_contrat_sans_ecran_a_elles_reviennent_aussi(agent, agent_departement):
    annee, contrat = Annee.objects.get_or_create(pk=2026)[0], f.creer_contrat()
    exercice = Exercice.objects.create(contrat=contrat, annee=annee, plafond_etat=1000)
    page = supprimer(exercice, agent_departement)

    assert len(agent.get(f"{PAGE}?de=contrats.contrat-{contrat.pk}").context["lignes"]) == 1
    retablir(agent, page)

    assert Exercice.objects.get().plafond_etat == 1000
    assert Contrat.objects.get() == contrat


@pytest.fixture
def deux_lignes(action):
    """A money line of each party, deleted: side → what names it on the page."""
    lignes = {}
    for partie in ("etat", "departement"):
        financeur = f.creer_partenaire(partie.title(), partie=partie)
        ligne = Financement.objects.create(
            action=action, annee_id=2026, financeur=financeur, prevu=100
        )
        lignes[partie] = supprimer(ligne, None)
    return lignes


@pytest.mark.parametrize(("mienne", "autre"), [("etat", "departement"), ("departement", "etat")])
def test_chaque_partie_ne_voit_et_ne_retablit_que_ses_lignes(request, deux_lignes, mienne, autre):
    client = Client()
    client.force_login(request.getfixturevalue(f"agent_{mienne}"))

    assert [ligne.cle for ligne in client.get(PAGE).context["lignes"]] == [deux_lignes[mienne]]
    assert retablir(client, deux_lignes[mienne], deux_lignes[autre]).status_code == 403
    assert not Financement.objects.exists()
    retablir(client, deux_lignes[mienne])

    assert Financement.objects.get().financeur.partie == mienne


def test_qui_n_ajoute_rien_ne_voit_ni_ne_retablit_rien(client, agent_etat, action):
    jalon = Jalon.objects.create(action=action, libelle="Ouvrir", prevu_le="2026-05-01")
    page = supprimer(jalon, None)
    client.force_login(agent_etat)

    assert client.get(f"{PAGE}?genre=actions.jalon").context["lignes"] == []
    assert retablir(client, page).status_code == 403
    assert PAGE not in client.get("/admin/actions/jalon/").content.decode()
    assert not Jalon.objects.exists()


def test_la_liste_d_un_modele_mene_a_ce_qui_en_a_ete_supprime(agent):
    synonyme = Synonyme.objects.create(terme="voiture", equivalent="mobilité")
    supprimer(synonyme, None)

    liste = agent.get("/admin/socle/synonyme/").content.decode()

    assert f"{PAGE}?genre=socle.synonyme" in liste
    page = agent.get(f"{PAGE}?genre=socle.synonyme")
    assert [ligne.sorte for ligne in page.context["lignes"]] == ["synonyme de recherche"]


def test_une_fiche_qui_ne_porte_rien_n_a_rien_de_supprime(agent, action):
    synonyme = Synonyme.objects.create(terme="voiture", equivalent="mobilité")
    action.delete()

    assert agent.get(f"{PAGE}?de=socle.synonyme-{synonyme.pk}").context["lignes"] == []


@pytest.mark.parametrize(
    "adresse",
    ["?genre=x", "?genre=actions.jalon-1", "?de=x", "?de=actions.action-9", "?page=x", "?page=99"],
)
def test_une_adresse_bizarre_donne_une_phrase(agent, adresse):
    reponse = agent.get(f"{PAGE}{adresse}")

    assert reponse.status_code == 200
    assert len(reponse.context["avertissements"]) == 1


@pytest.mark.parametrize(
    "cle",
    [
        "x",
        "actions.jalon",
        "actions.jalon-9",
        "actions.jalon-x",
        "x.y-1",
        "actions.jalon-" + "9" * 30,
    ],
)
def test_une_cle_inconnue_est_introuvable(agent, cle):
    assert retablir(agent, cle).status_code == 404


def test_ne_rien_cocher_le_dit(agent):
    assert "Cocher au moins une ligne." in lire(retablir(agent))


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_lignes(agent, action):
    def compter(nombre: int) -> int:
        for rang in range(nombre):
            partenaire = f.creer_partenaire(f"P{rang} {nombre}")
            libelle = f.creer_libelle(action, texte=f"L{rang} {nombre}")
            libelle.partenaires_cites.set([partenaire])
            libelle.delete()
            Jalon.objects.create(action=action, libelle="J", prevu_le="2026-05-01").delete()
            f.creer_contribution(action=action, partenaire=partenaire).delete()
            Releve.objects.create(indicateur=f.creer_indicateur(action=action), annee_id=2026)
            Indicateur.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as requetes:
            assert agent.get(PAGE).status_code == 200
        return len(requetes)

    agent.get(PAGE)
    peu = compter(1)
    assert compter(6) == peu
    assert peu <= 40


def test_une_page_apres_l_autre(agent, action):
    for rang in range(51):
        Jalon.objects.create(action=action, libelle=f"J{rang}", prevu_le="2026-05-01").delete()

    assert len(agent.get(PAGE).context["lignes"]) == 50
    assert [ligne.titre for ligne in agent.get(f"{PAGE}?page=2").context["lignes"]] == ["J0"]


def test_un_libelle_revient_avec_les_partenaires_qu_il_nomme(agent, action, agent_departement):
    partenaire = f.creer_partenaire("MSA")
    libelle = f.creer_libelle(action, officiel=True)
    libelle.partenaires_cites.set([partenaire])
    page = supprimer(libelle, agent_departement)
    assert "MSA" in lire(agent.get(PAGE))

    retablir(agent, page)

    assert list(Libelle.objects.get().partenaires_cites.all()) == [partenaire]
    assert Libelle.objects.get().cle_texte == libelle.cle_texte


def le_jalon_supprime():
    """The milestone that is gone, alone in its list, as the page reads it."""
    reference = ("actions.jalon", Jalon.historique.first().history_id)
    return disparues.lire([reference], genres_de(admin.site))


def test_sans_le_droit_d_ajouter_rien_ne_revient_d_ou_que_la_demande_vienne(action, agent_etat):
    supprimer(Jalon.objects.create(action=action, libelle="J", prevu_le="2026-05-01"), None)

    with pytest.raises(PermissionDenied):
        retablir_ensemble(le_jalon_supprime(), par=agent_etat)

    assert not Jalon.objects.exists()


def test_une_ligne_que_le_journal_ne_peut_pas_dire_ne_revient_pas(
    action, agent_departement, monkeypatch
):
    supprimer(Jalon.objects.create(action=action, libelle="J", prevu_le="2026-05-01"), None)
    monkeypatch.setattr(retablissement, "consigner", Mock(side_effect=ZeroDivisionError))

    with pytest.raises(ZeroDivisionError):
        retablissement.retablir(*le_jalon_supprime(), par=agent_departement)

    assert not Jalon.objects.exists()


def test_une_ligne_ecrite_au_dernier_moment_n_est_pas_remplacee(
    action, agent_departement, monkeypatch
):
    """Another process writes under the same key, once everything was looked at."""
    jalon = Jalon.objects.create(action=action, libelle="J", prevu_le="2026-05-01")
    autre = Jalon(**{**photo(jalon), "libelle": "D’un autre"})
    supprimer(jalon, None)
    monkeypatch.setattr(Jalon, "full_clean", lambda _self: Jalon.objects.bulk_create([autre]))

    with pytest.raises(TransitionInterdite, match="une autre ligne a pris sa place"):
        retablir_ensemble(le_jalon_supprime(), par=agent_departement)


@pytest.mark.parametrize("porte", ["revenu", "parti"])
def test_ce_que_l_historique_n_a_pas_vu_n_est_pas_propose(agent, action, agent_departement, porte):
    """A row that SQL put back is there; one that SQL took away was not deleted by anybody."""
    jalon = Jalon.objects.create(action=action, libelle="Ouvrir", prevu_le="2026-05-01")
    if porte == "parti":
        Jalon.objects.filter(pk=jalon.pk)._raw_delete("default")
    else:
        copie = Jalon(**photo(jalon))
        supprimer(jalon, agent_departement)
        Jalon.objects.bulk_create([copie])

    assert "Ouvrir" not in lire(agent.get(f"{PAGE}?genre=actions.jalon"))
