"""The year's grids: one's own cells, unknown and zero, errors in their cell, nothing lost."""

from decimal import Decimal

import pytest
from django.contrib.messages import get_messages

from actions.models import Financement, Releve
from contrats.models import Annee
from pacte.socle.models import EntreeJournal
from tests import fabriques as f
from tests.formulaires import champs_du_formulaire
from tests.lecture import lisible

pytestmark = pytest.mark.django_db
ARGENT = "/admin/actions/financement/grille/?annee=2026"
MESURES = "/admin/actions/indicateur/grille/?annee=2026"


@pytest.fixture
def jeu(db):
    """Two actions of a volet that promises half, their parties, one line of the State."""
    for annee in (2025, 2026):
        Annee.objects.get_or_create(pk=annee)

    class Jeu:
        etat = f.creer_partenaire("La préfecture d’essai", partie="etat", sigle="PREF")
        departement = f.creer_partenaire(
            "Le Département d’essai", partie="departement", sigle="DEP"
        )
        caisse = f.creer_partenaire("Caisse d’essai", sigle="CAISSE")
        volet = f.creer_volet(part_etat_attendue=50, contrat=f.creer_contrat(sigle="CLS"))
        une = f.creer_action("Une action", volet=volet, code="CLS-1-01")
        deux = f.creer_action("Une autre", volet=volet, code="CLS-1-02")

        @property
        def ligne(self):
            return Financement.objects.get(
                action=self.une, annee_id=2026, financeur=self.departement
            )

    jeu = Jeu()
    Financement.objects.create(action=jeu.une, annee_id=2026, financeur=jeu.etat, prevu=500)
    return jeu


def _nom(action, financeur, mesure="prevu", nature="numeraire") -> str:
    return f"{action.pk}-{financeur.pk}-{nature}-{mesure}"


@pytest.fixture
def departement(client, agent_departement):
    client.force_login(agent_departement)
    return client


def _saisir(client, adresse=ARGENT, bouton="_enregistrer", **changes):
    """Send the form of the grid as a browser would, after typing `changes`."""
    champs = champs_du_formulaire(client.get(adresse), "_enregistrer")
    inconnus = changes.keys() - champs.keys()
    assert not inconnus, f"cellules fermées : {inconnus}"
    return client.post(adresse, {**champs, **changes, bouton: "oui"})


def test_vide_est_inconnu_et_zero_est_zero(departement, jeu):
    reponse = _saisir(
        departement,
        **{
            _nom(jeu.une, jeu.departement): "1 234,50 €",
            _nom(jeu.une, jeu.departement, "paye"): "0",
        },
    )

    assert reponse.status_code == 302
    ligne = jeu.ligne
    assert (ligne.prevu, ligne.engage, ligne.paye) == (Decimal("1234.50"), None, Decimal(0))
    assert not Financement.objects.filter(action=jeu.deux).exists()
    assert [str(m) for m in get_messages(reponse.wsgi_request)] == ["1\u00a0ligne enregistrée."]


def test_une_case_videe_redevient_inconnue(departement, jeu):
    _saisir(departement, **{_nom(jeu.une, jeu.departement): "10"})

    _saisir(departement, **{_nom(jeu.une, jeu.departement): ""})

    assert jeu.ligne.prevu is None


def test_chacun_n_ouvre_que_ses_cases(client, agent_departement, agent_etat, jeu):
    ouvertes = {}
    for agent in (agent_departement, agent_etat):
        client.force_login(agent)
        page = client.get(ARGENT)
        ouvertes[agent] = champs_du_formulaire(page, "_enregistrer").keys()

    du_departement, de_l_etat = (_nom(jeu.une, p) for p in (jeu.departement, jeu.etat))
    assert du_departement in ouvertes[agent_departement]
    assert de_l_etat not in ouvertes[agent_departement]
    assert de_l_etat in ouvertes[agent_etat]
    assert du_departement not in ouvertes[agent_etat]


def test_une_case_fermee_envoyee_quand_meme_est_ignoree(departement, jeu):
    champs = champs_du_formulaire(departement.get(ARGENT), "_enregistrer")
    forgee = {_nom(jeu.une, jeu.etat): "999", f"lu-{jeu.une.pk}-{jeu.etat.pk}-numeraire": "500|||"}

    departement.post(ARGENT, {**champs, **forgee, "_enregistrer": "oui"})

    assert Financement.objects.get(financeur=jeu.etat).prevu == 500


def test_une_faute_est_dans_sa_case_et_rien_n_est_enregistre(departement, jeu):
    bonne, mauvaise = _nom(jeu.une, jeu.departement), _nom(jeu.deux, jeu.departement, "engage")

    reponse = _saisir(departement, **{bonne: "10", mauvaise: "beaucoup"})

    page = lisible(reponse.content.decode())
    assert reponse.status_code == 200
    assert not Financement.objects.filter(financeur=jeu.departement).exists()
    assert f'<a href="#{mauvaise}">CLS-1-02, DEP, engagé : Écrire un montant' in page
    assert f'id="f{mauvaise}">Écrire un montant en euros' in page
    gardes = champs_du_formulaire(reponse, "_enregistrer")
    assert (gardes[bonne], gardes[mauvaise]) == (["10"], ["beaucoup"])


def test_cent_fautes_chacune_dans_sa_case(departement, jeu):
    actions = [f.creer_action(volet=jeu.volet, code=f"CLS-1-{rang}") for rang in range(10, 35)]
    fautes = {
        _nom(action, jeu.departement, mesure): "x"
        for action in actions
        for mesure in ("prevu", "engage", "paye", "justifie")
    }

    reponse = _saisir(departement, **fautes)

    assert len(fautes) == 100
    page = reponse.content.decode()
    assert all(f'id="f{nom}"' in page for nom in fautes)
    assert "100\u00a0cellules à revoir" in page


def test_deux_personnes_en_meme_temps_ne_perdent_rien(departement, jeu):
    case, autre = _nom(jeu.une, jeu.departement), _nom(jeu.une, jeu.departement, "engage")
    _saisir(departement, **{case: "10", autre: "1"})
    lus = champs_du_formulaire(departement.get(ARGENT), "_enregistrer")
    # Meanwhile, somebody else changes the same cell.
    _saisir(departement, **{case: "20"})

    reponse = departement.post(ARGENT, {**lus, case: "30", "_enregistrer": "oui"})

    assert jeu.ligne.prevu == 20
    page = lisible(reponse.content.decode())
    assert "Quelqu’un a écrit 20 entre-temps" in page
    gardes = champs_du_formulaire(reponse, "_enregistrer")
    assert gardes[case] == ["30"]
    # Sent again, knowingly: one's own value stands.
    departement.post(ARGENT, {**gardes, "_enregistrer": "oui"})
    assert jeu.ligne.prevu == 30


def test_une_case_que_l_on_n_a_pas_touchee_garde_ce_que_l_autre_y_met(departement, jeu):
    case, autre = _nom(jeu.une, jeu.departement), _nom(jeu.une, jeu.departement, "engage")
    _saisir(departement, **{case: "10"})
    lus = champs_du_formulaire(departement.get(ARGENT), "_enregistrer")
    _saisir(departement, **{autre: "7"})

    departement.post(ARGENT, {**lus, case: "30", "_enregistrer": "oui"})

    assert (jeu.ligne.prevu, jeu.ligne.engage) == (30, 7)


def test_la_meme_valeur_des_deux_cotes_n_est_pas_un_conflit(departement, jeu):
    case = _nom(jeu.une, jeu.departement)
    lus = champs_du_formulaire(departement.get(ARGENT), "_enregistrer")
    _saisir(departement, **{case: "20"})

    reponse = departement.post(ARGENT, {**lus, case: "20,00", "_enregistrer": "oui"})

    assert reponse.status_code == 302
    assert jeu.ligne.prevu == 20


def test_le_journal_et_l_historique_disent_qui(departement, jeu, agent_departement):
    _saisir(departement, **{_nom(jeu.une, jeu.departement): "10"})

    assert jeu.ligne.historique.get().history_user == agent_departement
    entree = EntreeJournal.objects.get(fait="fiche.modifiee")
    assert entree.objet == jeu.une
    assert (entree.par, entree.apres) == (agent_departement, {"champs": ["montants 2026"]})


def test_reprendre_l_an_passe_ne_touche_que_les_vides(departement, jeu):
    for action, prevu in ((jeu.une, 11), (jeu.deux, 22)):
        Financement.objects.create(
            action=action, annee_id=2025, financeur=jeu.departement, prevu=prevu
        )
    _saisir(departement, **{_nom(jeu.une, jeu.departement): "99"})

    page = departement.get(f"{ARGENT}&reprendre=oui")

    lus = champs_du_formulaire(page, "_enregistrer")
    assert lus[_nom(jeu.une, jeu.departement)] == ["99"]
    assert lus[_nom(jeu.deux, jeu.departement)] == ["22"]
    assert not Financement.objects.filter(action=jeu.deux, annee_id=2026).exists()
    departement.post(ARGENT, {**lus, "_enregistrer": "oui"})
    assert Financement.objects.get(action=jeu.deux, annee_id=2026).prevu == 22


def test_un_bloc_colle_sans_script_est_relu_avant_d_etre_enregistre(departement, jeu):
    bloc = "CLS-1-01\t10\t\t0\nCLS-1-02;DEP;20,5\n\nCLS-9-99\t1\nCLS-1-01\t1\t2\t3\t4\t5"

    reponse = _saisir(departement, bouton="_coller", bloc=bloc)

    lus = champs_du_formulaire(reponse, "_enregistrer")
    assert lus[_nom(jeu.une, jeu.departement)] == ["10"]
    assert lus[_nom(jeu.une, jeu.departement, "paye")] == ["0"]
    assert lus[_nom(jeu.deux, jeu.departement)] == ["20,5"]
    page = lisible(reponse.content.decode())
    assert "Ligne 4 : « CLS-9-99 » n’est le code d’aucune ligne" in page
    assert "Ligne 5 : 5 valeurs pour 4 colonnes" in page
    assert not Financement.objects.filter(financeur=jeu.departement).exists()


def test_un_bloc_dit_de_quelle_ligne_il_parle(departement, jeu):
    adresse = f"{ARGENT}&financeur={jeu.caisse.pk}"

    reponse = _saisir(departement, adresse, "_coller", bloc="CLS-1-01\t10\nCLS-1-01\tCAISSE\t5")

    assert "Ligne 1 : après le code, dire la ligne : « DEP », « CAISSE »." in lisible(
        reponse.content.decode()
    )
    lus = champs_du_formulaire(reponse, "_enregistrer")
    assert lus[_nom(jeu.une, jeu.caisse)] == ["5"]


def test_les_totaux_et_la_parite_apres_enregistrement(departement, jeu):
    page = lisible(departement.get(ARGENT).content.decode())
    assert "parité non calculable, montant du Département inconnu" in page

    _saisir(departement, **{_nom(jeu.une, jeu.departement): "400"})

    page = lisible(departement.get(ARGENT).content.decode())
    assert "écart, l’État prévoit 50 € de plus que sa part" in page
    assert 'data-total="prevu">900 €' in page


@pytest.mark.parametrize("choix", ["annee=1999", "contrat=x", "axe=999999", "pilote=-1", ""])
def test_une_portee_inconnue_est_laissee(departement, jeu, choix):
    assert departement.get(f"/admin/actions/financement/grille/?{choix}").status_code == 200


def test_la_portee_filtre(departement, jeu):
    autre = f.creer_action("Ailleurs", code="CPT-1-01")
    f.creer_contribution(action=jeu.deux, partenaire=jeu.caisse, role="pilote")
    f.creer_contribution(action=jeu.une, partenaire=jeu.caisse, role="associe")

    codes = {}
    for choix in (
        "",
        f"contrat={jeu.volet.contrat_id}",
        f"axe={autre.volet.axe_id}",
        f"pilote={jeu.caisse.pk}",
    ):
        grille = departement.get(f"{ARGENT}&{choix}").context["grille"]
        codes[choix.partition("=")[0]] = [action.code for action in grille.actions]

    assert codes == {
        "": ["CLS-1-01", "CLS-1-02", "CPT-1-01"],
        "contrat": ["CLS-1-01", "CLS-1-02"],
        "axe": ["CPT-1-01"],
        "pilote": ["CLS-1-02"],
    }


def test_sans_annee_la_grille_le_dit(departement):
    page = departement.get("/admin/actions/financement/grille/").content.decode()

    assert "Aucune année n’est ouverte" in page


def test_les_mesures_d_une_annee(departement, jeu):
    personnes = f.creer_indicateur(action=jeu.une, libelle="Reçues", compte_personnes=True)
    delai = f.creer_indicateur(action=jeu.une, libelle="Délai", unite="jours")
    Releve.objects.create(indicateur=delai, annee_id=2025, valeur=12)
    cases = {i: f"{jeu.une.pk}-{i.pk}-valeur" for i in (personnes, delai)}

    fautive = _saisir(departement, MESURES, **{cases[personnes]: "3,5", cases[delai]: "10,5"})

    page = lisible(fautive.content.decode())
    assert f'id="f{cases[personnes]}">Un nombre de personnes est entier et positif.' in page
    assert "<td>jours</td><td>12</td>" in page
    assert Releve.objects.filter(annee_id=2026).count() == 0
    _saisir(departement, MESURES, **{cases[personnes]: "1 250", cases[delai]: "10,5"})
    assert {r.indicateur: r.valeur for r in Releve.objects.filter(annee_id=2026)} == {
        personnes: 1250,
        delai: Decimal("10.5"),
    }


def test_l_etat_lit_les_mesures_sans_les_ecrire(client, agent_etat, jeu):
    f.creer_indicateur(action=jeu.une)
    client.force_login(agent_etat)

    page = client.get(MESURES)

    assert page.context["grille"].ouvertes == []
    assert "Enregistrer la grille" not in page.content.decode()


def test_deux_cents_actions_en_douze_requetes(departement, jeu, django_assert_max_num_queries):
    for rang in range(198):
        action = f.creer_action(volet=jeu.volet, code=f"CLS-1-{rang + 100}")
        Financement.objects.create(
            action=action, annee_id=2026, financeur=jeu.departement, prevu=rang
        )
    departement.get(ARGENT)

    with django_assert_max_num_queries(12):
        page = departement.get(ARGENT)

    assert len(page.context["grille"].rangees) == 400


def test_un_bloc_colle_ne_fait_pas_oublier_ce_que_la_page_avait_lu(departement, jeu):
    """Somebody changed a cell before the block was read: it is not overwritten by the old value."""
    case = _nom(jeu.une, jeu.departement)
    _saisir(departement, **{case: "10"})
    lus = champs_du_formulaire(departement.get(ARGENT), "_enregistrer")
    _saisir(departement, **{case: "20"})

    relu = departement.post(ARGENT, {**lus, "bloc": "CLS-1-02\t5", "_coller": "oui"})
    champs = champs_du_formulaire(relu, "_enregistrer")
    departement.post(ARGENT, {**champs, "_enregistrer": "oui"})

    assert jeu.ligne.prevu == 20
    assert Financement.objects.get(action=jeu.deux).prevu == 5
