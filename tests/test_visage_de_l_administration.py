"""What officers read in the admin: French, what is public, codes, and what is expected of them."""

import re
from datetime import timedelta

import pytest
from django.utils.timezone import localdate

from actions.models import Action, Contribution, PointEtape
from contrats.models import Acte, Signature
from pacte.administration.site import a_traiter
from pacte.portail.models import Message
from tests.comptes.gestes import lire
from tests.fabriques import (
    creer_acte,
    creer_adhesion,
    creer_indicateur,
    creer_message,
    creer_point,
)
from tests.formulaires import enregistrer, envoyer
from tests.lecture import contenu
from tests.test_administration import adresse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("referentiel")]


@pytest.fixture
def agent(client, agent_departement):
    client.force_login(agent_departement)
    return client


def test_zero_est_au_singulier(agent):
    page = lire(agent.get("/admin/actions/action/?q=zzzz"))

    assert re.search(r"\b0\u00a0action\b", page)
    assert "0 actions" not in page
    assert "1 résultats" not in lire(agent.get("/admin/actions/action/?q=Carriolix"))


def test_les_booleens_se_lisent(agent):
    page = lire(agent.get("/admin/contrats/contrat/"))

    assert 'alt="True"' not in page
    assert set(re.findall(r'<td class="field-colonne">(.*?)</td>', page)) == {"oui", "non"}


def test_un_montant_d_une_liste_s_ecrit_a_la_francaise(agent):
    from tests.actions.test_argent import ETAT, saisir

    saisir("CLS-1-01", 2025, ETAT, 10_000)

    page = lire(agent.get("/admin/actions/financement/"))

    assert "10\u202f000\u00a0€" in page
    assert "10000,00" not in page


def test_une_date_se_lit_comme_elle_se_tape(agent):
    creer_acte(signe_le="2024-01-01")

    page = lire(agent.get("/admin/contrats/acte/"))

    assert "01/01/2024" in page
    assert "1 janvier" not in page


def test_l_historique_se_lit_en_francais(agent):
    action = Action.objects.get(code="CLS-1-01")
    enregistrer(agent, adresse(action), debut_prevu="01/01/2024", nature="nouvelle", publics=None)

    page = lire(agent.get(adresse(action, "history")))

    for dit in ("vide → 1er\u00a0janvier 2024", "vide → nouvelle", "Enfants → vide"):
        assert dit in page
    assert "None" not in page and "[]" not in page


def test_rien_n_est_aucun_e(agent):
    page = lire(agent.get("/admin/"))

    assert "Aucun(e)" not in page
    assert "Rien pour l’instant." in page


def test_un_point_d_etape_n_est_pas_nomme_deux_fois(agent):
    action = Action.objects.get(code="CLS-1-01")
    creer_point(action, localdate())

    page = lire(agent.get(adresse(action)))

    assert "Point d’étape:" not in page
    assert f"Point d’étape du {localdate():%d}".replace(" 0", " ") in page.replace("1er", "1")


def test_chaque_champ_d_une_action_dit_s_il_est_public(agent):
    page = agent.get(adresse(Action.objects.get(code="CLS-1-01")))
    ensembles = [page.context["adminform"].form]
    ensembles += [i.formset.empty_form for i in page.context["inline_admin_formsets"]]
    techniques = {"DELETE", "id", "action", "version_lue", "indicateur"}

    muets = [
        champ.html_name
        for formulaire in ensembles
        for champ in formulaire
        if champ.name not in techniques and not re.search(r"\((public|interne)\)$", champ.label)
    ]

    assert muets == []


def test_ce_qui_est_interne_ne_se_lit_nulle_part(client):
    action = Action.objects.get(code="CLS-1-01")
    action.note_interne = "Arbitrage secret"
    action.save()
    creer_point(action, localdate(), obstacles="Madame Untel est absente.")

    pages = [action.get_absolute_url(), "/actualites/", "/", "/actions.json", "/actualites.atom"]

    for page in pages:
        assert "secret" not in contenu(client.get(page)), page
        assert "Untel" not in contenu(client.get(page)), page


def test_des_difficultes_se_publient_a_la_demande_de_l_agent(agent, client):
    action = Action.objects.get(code="CLS-1-01")
    saisie = {
        "points-TOTAL_FORMS": "1",
        "points-0-le": localdate().strftime("%d/%m/%Y"),
        "points-0-statut": "en_cours",
        "points-0-obstacles": "Le local manque.",
        "points-0-action": str(action.pk),
    }

    enregistrer(agent, adresse(action), **saisie)
    assert "Le local manque." not in lire(client.get(action.get_absolute_url()))
    enregistrer(agent, adresse(action), **{"points-0-obstacles_publics": "on"})

    assert "Le local manque." in lire(client.get(action.get_absolute_url()))


def test_un_point_d_etape_est_date_du_jour_par_defaut(agent):
    page = agent.get(adresse(Action.objects.get(code="CLS-1-01")))
    (points,) = [
        i.formset for i in page.context["inline_admin_formsets"] if i.formset.model is PointEtape
    ]

    assert points.empty_form["le"].value() == localdate()


@pytest.mark.parametrize("saisi", ["1 250", "1\u202f250", "1250,0", "1.250,00", "1 250"])
def test_un_indicateur_se_tape_comme_il_se_lit(agent, saisi):
    action = Action.objects.get(code="CLS-4-01")
    indicateur = creer_indicateur(action=action)

    enregistrer(agent, adresse(action), **{"indicateurs-0-valeur_2025": saisi})
    enregistrer(agent, adresse(action), **{"indicateurs-0-reference": saisi})

    indicateur.refresh_from_db()
    assert (indicateur.releves.get().valeur, indicateur.reference) == (1250, 1250)


def test_un_nombre_douteux_revient_avec_sa_phrase(agent):
    action = Action.objects.get(code="CLS-4-01")
    creer_indicateur(action=action)

    page = lire(envoyer(agent, adresse(action), **{"indicateurs-0-reference": "mille"}))

    assert "« mille » n’est pas un nombre" in page
    assert 'value="mille"' in page


# --- codes ---


def ajouter(client, **champs):
    volet = Action.objects.get(code="CLS-4-01").volet_id
    saisie = {"titre": "Une action", "slug": "une-action", "volet": str(volet), **champs}
    return envoyer(client, "/admin/actions/action/add/", **saisie)


def test_le_code_est_propose(agent):
    assert ajouter(agent, code="").status_code == 302

    assert Action.objects.get(slug="une-action").code == "CLS-4-03"


@pytest.mark.parametrize("code", ["CLS-2-99", "CDIE-4-01", "n’importe quoi", "CLS-4-"])
def test_un_code_d_un_autre_volet_est_refuse_avec_un_exemple(agent, code):
    page = ajouter(agent, code=code)

    assert "par exemple « CLS-4-03 »" in lire(page)
    assert not Action.objects.filter(slug="une-action").exists()


def test_les_objectifs_sont_ceux_du_volet(agent):
    action = Action.objects.get(code="CLS-4-01")

    page = agent.get(adresse(action))
    objectifs = page.context["adminform"].form.fields["objectif"].queryset

    assert {objectif.volet_id for objectif in objectifs} == {action.volet_id}


# --- messages ---


def test_l_adresse_ecrite_ne_change_ni_le_destinataire_ni_l_objet_de_la_reponse():
    lien = creer_message(courriel="a?bcc=b@exemple.fr").lien_de_reponse

    assert lien.startswith("mailto:a%3Fbcc%3Db@exemple.fr?subject=Votre%20message")


def test_l_ecran_d_un_message_dit_son_delai_et_comment_repondre(agent):
    message = creer_message(sujet="accessibilite")

    page = lire(agent.get(adresse(message)))

    assert "À répondre avant le" in page
    assert f"mailto:a@exemple.fr?subject=Votre%20message%20{message.reference}" in page
    agent.post(f"/admin/pacte/message/{message.pk}/clore/")
    assert "Répondu le" in lire(agent.get(adresse(message)))


def test_un_message_en_retard_se_voit(agent):
    message = creer_message()
    Message.objects.update(avant_le=localdate() - timedelta(days=1))

    assert "la date est passée" in lire(agent.get(adresse(message)))


# --- what a request to take part brings ---


@pytest.fixture
def signee():
    from contrats.models import Contrat

    adhesion = creer_adhesion(contrat=Contrat.objects.get(slug="cls"))
    for partie in ("etat", "departement"):
        setattr(adhesion, f"accord_{partie}_le", adhesion.deposee_le)
    from tests.fabriques import creer_personne

    adhesion.accord_etat_par, adhesion.accord_departement_par = creer_personne(), creer_personne()
    adhesion.statut = "accordee"
    adhesion.save()
    acte = Acte.objects.create(
        type_acte="avenant", objet="A", contrat=adhesion.contrat, signe_le=localdate()
    )
    adhesion.signature = Signature.objects.create(acte=acte, partenaire=adhesion.partenaire)
    adhesion.save()
    return adhesion


def test_la_contribution_ecrite_dans_la_demande_est_a_publier(agent, signee, agent_departement):
    titres = [sujet.titre for sujet in a_traiter(agent_departement)]
    assert "Contributions à publier, venues d’une demande" in titres
    ecran = f"/admin/actions/contribution/add/?adhesion={signee.pk}"
    page = lire(agent.get(ecran))
    assert signee.apport in page
    assert "CDIE-2-01" not in page
    action = Action.objects.get(code="CLS-4-01")

    enregistrer(agent, ecran, action=str(action.pk))

    contribution = Contribution.objects.get()
    assert (contribution.adhesion, contribution.texte) == (signee, signee.apport)
    assert signee.apport in lire(agent.get(signee.partenaire.get_absolute_url()))
    titres = [sujet.titre for sujet in a_traiter(agent_departement)]
    assert "Contributions à publier, venues d’une demande" not in titres


@pytest.mark.parametrize("cle", ["0", "abc", "999999"])
def test_une_demande_qui_n_est_pas_signee_ne_donne_rien(agent, cle):
    creer_adhesion()

    assert agent.get(f"/admin/actions/contribution/add/?adhesion={cle}").status_code == 404


# --- what looks odd ---


def test_un_jalon_apres_la_fin_est_accepte_et_dit(agent):
    action = Action.objects.get(code="CLS-1-01")
    saisie = {
        "fin_prevue": "31/12/2026",
        "jalons-TOTAL_FORMS": "1",
        "jalons-0-libelle": "Bilan",
        "jalons-0-prevu_le": "01/02/2027",
        "jalons-0-action": str(action.pk),
    }

    page = lire(agent.get(enregistrer(agent, adresse(action), **saisie).url))

    assert "à vérifier. Le jalon « Bilan » est prévu le 1er\u00a0février 2027, après la fin" in page
    assert action.jalons.count() == 1


def test_une_valeur_dix_fois_au_dessus_de_sa_cible_est_dite(agent):
    action = Action.objects.get(code="CLS-4-01")
    creer_indicateur(action=action)
    saisie = {"indicateurs-0-valeur_2025": "1 250", "indicateurs-0-cible_2025": "40"}

    page = lire(agent.get(enregistrer(agent, adresse(action), **saisie).url))

    assert "1\u202f250 pour une cible de 40" in page


def test_plus_engage_que_prevu_est_dit_et_rien_d_ordinaire_ne_l_est(agent):
    from tests.actions.test_argent import MDS, saisir

    action = Action.objects.get(code="CLS-4-01")
    ligne = saisir("CLS-4-01", 2025, MDS, 100, engage=100)
    page = lire(agent.get(enregistrer(agent, adresse(action), titre="Revu").url))
    assert "à vérifier" not in page

    saisie = {"financements-0-engage": "150"}
    page = lire(agent.get(enregistrer(agent, adresse(action), **saisie).url))

    assert f"{ligne} : 150\u00a0€ engagés pour 100\u00a0€ prévus" in page


def test_l_administration_dit_son_accessibilite(agent):
    assert '<a href="/accessibilite/">Accessibilité\u00a0: ' in lire(agent.get("/admin/"))


@pytest.mark.parametrize(
    ("modele", "titre"), [("actions/action", "Actions"), ("socle/entreejournal", "Journal")]
)
def test_une_liste_a_le_nom_de_ce_qu_elle_montre(client, administrateur, modele, titre):
    client.force_login(administrateur)

    page = client.get(f"/admin/{modele}/").content.decode()

    assert f"<h1>{titre}</h1>" in page
