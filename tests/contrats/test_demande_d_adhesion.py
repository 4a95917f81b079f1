"""« Prendre part à la convention »: the public form, and the page where one follows."""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.test import Client, TestCase
from django.urls import reverse

from contrats.models import Adhesion
from pacte.socle.double_accord import Partie
from pacte.socle.models import EntreeJournal
from pacte.socle.transitions import TransitionInterdite
from partenaires.models import Partenaire
from tests.comptes.gestes import chemin, liens, lire
from tests.fabriques import SIRET_JUSTE, creer_contrat, creer_partenaire
from tests.lecture import lisible

pytestmark = pytest.mark.django_db

ADRESSE = "/adhesion/"
ENVOYEE = "/adhesion/envoyee/"
APPORT = "Une permanence juridique par semaine."


@pytest.fixture
def contrat():
    return creer_contrat(sigle="CLS", nom="contrat local des solidarités")


@pytest.fixture
def envoi(contrat) -> dict:
    """What an organisation that nobody knows writes in the form."""
    return {
        "organisation-nom": "Épicerie du Buëch",
        "organisation-nature": "association",
        "organisation-siret": "",
        "organisation-rna": "",
        "organisation-site": "",
        "contrat": contrat.pk,
        "apport": APPORT,
        "contact_nom": "Camille Essai",
        "contact_fonction": "directrice",
        "contact_courriel": "camille@exemple.fr",
        "telecopie": "",
    }


@pytest.fixture
def demander(client, envoi, django_capture_on_commit_callbacks):
    """Send the form, as written in `envoi` but for what the test says."""

    def demander(**champs):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(ADRESSE, {**envoi, **champs})

    return demander


def fautes(reponse) -> dict:
    return {**reponse.context["organisation"].errors, **reponse.context["demande"].errors}


def test_la_page_se_lit_sans_compte(client):
    page = lire(client.get(ADRESSE))

    assert "Prendre part au Pacte" in page
    assert "Votre nom et votre adresse ne sont pas publiés." in page


def test_seuls_les_contrats_publies_sont_proposes(client, contrat):
    creer_contrat(nom="Contrat secret", publication="brouillon", visible_depuis=None)

    page = lire(client.get(ADRESSE))

    assert "CLS – contrat local des solidarités" in page
    assert "Contrat secret" not in page


def test_un_contrat_en_brouillon_ne_se_rejoint_pas(demander):
    cache = creer_contrat(publication="brouillon", visible_depuis=None)

    assert "contrat" in fautes(demander(contrat=cache.pk))


def test_toutes_les_fautes_sont_dites_d_un_coup(client):
    reponse = client.post(ADRESSE, {"organisation-site": "pas une adresse"})

    assert set(fautes(reponse)) == {
        *["nom", "nature", "site"],
        *["contrat", "apport", "contact_nom", "contact_courriel"],
    }
    assert "L’envoi n’a pas abouti" in lire(reponse)


def test_chaque_faute_est_a_cote_de_son_champ(demander):
    page = lire(demander(**{"organisation-nom": "", "contact_courriel": "camille"}))

    for champ, dit in [
        ("id_organisation-nom", "Ce champ est obligatoire"),
        ("id_contact_courriel", "adresse de courriel valide"),
    ]:
        bloc = page.partition(f'id="div_{champ}"')[2].partition('id="div_')[0]
        assert dit in bloc


@pytest.mark.parametrize(
    ("champ", "ecrit", "dit"),
    [
        ("siret", "123", "Un SIRET compte 14 chiffres : celui-ci en a 3."),
        ("siret", "220 500 011 000 891", "celui-ci en a 15."),
        ("siret", "2205000110008A", "Un SIRET ne s’écrit qu’avec des chiffres : 14 en tout."),
        ("siret", "22050001100080", "Ces 14 chiffres ne forment pas un SIRET"),
        ("rna", "051000001", "Un numéro RNA s’écrit W suivi de 9 caractères"),
    ],
)
def test_un_numero_faux_est_refuse_avec_sa_raison(demander, champ, ecrit, dit):
    reponse = demander(**{f"organisation-{champ}": ecrit})

    assert dit in lisible(lire(reponse))
    assert not Partenaire.objects.exists()


@pytest.mark.parametrize("ecrit", ["pas une adresse", "ftp://exemple.fr", "http://", "http://["])
def test_un_site_faux_est_refuse_une_fois_avec_un_exemple(demander, ecrit):
    reponse = demander(**{"organisation-site": ecrit})

    dit = "Saisir une adresse de site, par exemple https://exemple.fr."
    assert fautes(reponse)["site"] == [dit]
    assert "URL valide" not in lire(reponse)


def test_une_faute_ne_fait_rien_perdre(demander, contrat):
    page = lire(demander(contact_courriel="camille"))

    for ecrit in (
        'value="Épicerie du Buëch"',
        '<option value="association" selected>',
        f'<option value="{contrat.pk}" selected>',
        f"{APPORT}</textarea>",
        'value="Camille Essai"',
        'value="directrice"',
        'value="camille"',
    ):
        assert ecrit in page
    assert not Partenaire.objects.exists()


def test_une_organisation_inconnue_devient_un_brouillon(demander):
    reponse = demander()

    partenaire = Partenaire.objects.get()
    assert reponse.url == ENVOYEE
    assert (partenaire.nom, partenaire.nature) == ("Épicerie du Buëch", "association")
    assert not partenaire.est_visible
    assert partenaire.adhesions.get().est_en_attente


@pytest.mark.parametrize(
    "adresse",
    [
        "/",
        "/partenaires/",
        "/partenaires/?q=buech",
        "/recherche/?q=buech",
        "/sitemap.xml",
        "/plan-du-site/",
        "/contrats/",
        "/contrats/cls/",
        "/actions.json",
        "/actualites.atom",
    ],
)
def test_le_brouillon_n_est_nulle_part_public(
    referentiel, client, envoi, django_capture_on_commit_callbacks, adresse
):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(ADRESSE, envoi)

    reponse = Client().get(adresse)
    contenu = reponse.getvalue().decode()

    assert Adhesion.objects.exists()
    assert reponse.status_code == 200
    for mot in ("Épicerie", "epicerie-du-buech", "Camille", "camille@", "permanence juridique"):
        assert mot not in contenu


def test_la_fiche_du_brouillon_est_introuvable(referentiel, demander):
    demander()

    adresse = Partenaire.objects.get(nom="Épicerie du Buëch").get_absolute_url()

    assert Client().get(adresse).status_code == 404


@pytest.mark.parametrize(
    ("connue", "ecrit"),
    [
        ({"siret": SIRET_JUSTE}, {"organisation-siret": SIRET_JUSTE}),
        ({"rna": "W051000001"}, {"organisation-rna": "W051000001"}),
        ({"nom": "Epicerie du Buech"}, {}),
        ({"nom": "ÉPICERIE DU BUËCH"}, {}),
    ],
)
def test_une_organisation_connue_est_retrouvee(demander, connue, ecrit):
    partenaire = creer_partenaire(**connue)

    demander(**ecrit)

    assert Adhesion.objects.get().partenaire == partenaire
    assert Partenaire.objects.count() == 1


def test_une_organisation_connue_reste_comme_elle_etait(demander):
    partenaire = creer_partenaire(rna="W051000001", nature="association")

    demander(
        **{
            "organisation-rna": "W051000001",
            "organisation-nature": "operateur",
            "organisation-site": "https://evil.example",
        }
    )

    avant = (partenaire.nom, partenaire.nature, partenaire.site)
    partenaire.refresh_from_db()
    assert (partenaire.nom, partenaire.nature, partenaire.site) == avant


def test_la_demande_est_accusee_en_francais_avec_un_lien(demander):
    demander()

    message = next(m for m in mail.outbox if m.to == ["camille@exemple.fr"])
    assert message.subject == "Votre demande (CLS) est reçue"
    assert "contrat local des solidarités (CLS)" in message.body
    assert message.content_subtype == "plain"
    assert [chemin(lien) for lien in liens(message)] == [Adhesion.objects.get().get_absolute_url()]


def test_l_accuse_de_reception_porte_les_mentions_de_la_loi(demander, editeur_complet):
    demander()

    adhesion = Adhesion.objects.get()
    Adhesion.objects.update(deposee_le=datetime(2026, 12, 31, 12, tzinfo=UTC))
    adhesion.refresh_from_db()
    mail.outbox.clear()
    with TestCase.captureOnCommitCallbacks(execute=True):
        adhesion.ecrire_au_demandeur("adhesion_recue")
    corps = mail.outbox[0].body.replace("\u00a0", " ")
    for mention in (
        "Reçue le : 31 décembre 2026",
        f"Référence : ADH-2026-{adhesion.pk:04}",
        "pas de réponse le 28 février 2027, votre demande sera réputée refusée",
        "L231-4, 2°",
        "recours gracieux",
        "le Département (Mission d’essai, Département d’essai, 1 place de l’Essai",
        "ou l’État, représenté par le préfet (Préfecture d’essai",
        "tribunal administratif d’Essai",
        "R112-5",
        "Mission d’essai, Département d’essai\nAdresse : 1 place de l’Essai, 00000 Essai",
        "Téléphone : 00 00 00 00 00",
        "Courriel : contact@essai.exemple",
    ):
        assert mention in corps, mention
    assert str(adhesion.cle)[:8] not in adhesion.reference


def test_les_deux_parties_sont_prevenues(demander, agent_departement, agent_etat):
    demander()

    fiche = reverse("admin:contrats_adhesion_change", args=[Adhesion.objects.get().pk])
    for agent in (agent_departement, agent_etat):
        (message,) = [m for m in mail.outbox if m.to == [agent.email]]
        assert "À vous de décider, depuis aujourd’hui" in message.body
        assert [chemin(lien) for lien in liens(message)] == [fiche]


def test_un_agent_au_compte_ferme_n_est_pas_prevenu(demander, agent_etat):
    agent_etat.fermer()

    demander()

    assert [message.to for message in mail.outbox] == [["camille@exemple.fr"]]


def test_envoyee_deux_fois_la_demande_est_une(demander):
    premiere, seconde = demander(), demander(contact_courriel="CAMILLE@exemple.fr")

    assert (premiere.url, seconde.url) == (ENVOYEE, ENVOYEE)
    assert Adhesion.objects.count() == 1
    assert len(mail.outbox) == 1
    assert EntreeJournal.objects.get().fait == "accord.depot"


def test_une_autre_personne_n_est_pas_refusee_et_attend_son_tour(
    demander, agent_departement, agent_etat
):
    demander()

    reponse = demander(contact_courriel="autre@exemple.fr", contact_nom="Dominique Vrai")

    premiere, seconde = Adhesion.objects.order_by("pk")
    assert reponse.url == ENVOYEE
    assert (premiere.apres, seconde.apres) == (None, premiere)
    assert "Camille Essai, a demandé avant elle" in seconde.dire_pour(Partie.ETAT)
    with pytest.raises(TransitionInterdite, match="vérifier qui la représente"):
        seconde.accorder(Partie.ETAT, par=agent_etat)


def test_refuser_l_imposteur_ouvre_la_demande_qui_attendait(
    demander, agent_departement, agent_etat, django_capture_on_commit_callbacks
):
    demander()
    demander(contact_courriel="autre@exemple.fr")
    demander(contact_courriel="encore@exemple.fr")
    premiere, seconde, troisieme = Adhesion.objects.order_by("pk")
    mail.outbox.clear()

    with django_capture_on_commit_callbacks(execute=True):
        premiere.refuser(Partie.ETAT, par=agent_etat, motif="Ne représente pas l’association.")

    seconde.refresh_from_db()
    troisieme.refresh_from_db()
    assert (seconde.apres, troisieme.apres) == (None, seconde)
    assert sum("À décider" in message.subject for message in mail.outbox) == 2
    seconde.accorder(Partie.ETAT, par=agent_etat)


def test_la_meme_organisation_demande_un_autre_contrat(demander):
    demander()

    reponse = demander(contrat=creer_contrat().pk)

    assert reponse.url == ENVOYEE
    assert Partenaire.objects.get().adhesions.count() == 2


def test_une_demande_close_n_empeche_pas_la_suivante(demander):
    demander()
    Adhesion.objects.get().retirer()

    demander()

    assert Adhesion.objects.en_attente().count() == 1


def test_deux_organisations_de_noms_voisins_ont_deux_adresses(demander):
    demander()

    demander(**{"organisation-nom": "Épicerie-du Buëch !", "contact_courriel": "b@exemple.fr"})

    noms = {partenaire.slug for partenaire in Partenaire.objects.all()}
    assert noms == {"epicerie-du-buech", "epicerie-du-buech-2"}


def test_ce_qu_un_robot_remplit_ne_part_pas(demander):
    demander(telecopie="04 92 00 00 00")

    assert not Adhesion.objects.exists()
    assert not Partenaire.objects.exists()
    assert mail.outbox == []


def test_le_champ_des_robots_ne_se_montre_a_personne(client):
    page = lire(client.get(ADRESSE))

    piege = re.search(r'<div class="piege"[^>]*>.*?</div>', page)[0]
    assert 'aria-hidden="true"' in piege
    assert 'tabindex="-1"' in piege


def test_cinq_demandes_en_dix_minutes_puis_une_pause_sans_rien_perdre(demander):
    noms = [f"Association {rang}" for rang in range(6)]
    reponses = [demander(**{"organisation-nom": nom}) for nom in noms]

    assert [reponse.status_code for reponse in reponses] == [302] * 5 + [429]
    assert reponses[-1]["Retry-After"] == "600"
    assert "Association 5" in lire(reponses[-1])
    assert Adhesion.objects.count() == 5


def test_une_faute_ne_compte_pas(demander):
    for _ in range(10):
        demander(contact_courriel="faute")

    assert demander().url == ENVOYEE


@pytest.mark.parametrize("saisi", ["220 500 011 00089", "22050001100089 "])
def test_un_siret_se_colle_avec_ses_espaces(demander, saisi):
    assert demander(**{"organisation-siret": saisi}).url == ENVOYEE

    assert Partenaire.objects.get().siret == "22050001100089"


def test_un_nom_ne_glisse_pas_de_phrase_dans_les_messages(demander):
    demander(**{"organisation-nom": "Nom\n\nhttp://pirate.exemple"}, contact_nom="A\nB")

    assert Partenaire.objects.get().nom == "Nom http://pirate.exemple"
    assert "pirate" not in mail.outbox[0].body


def test_une_autre_demande_de_la_meme_personne_est_dite_et_son_lien_renvoye(demander):
    demander()

    reponse = demander(apport="Tout autre chose.")

    assert "vient de vous être renvoyé" in lire(reponse)
    assert "Tout autre chose." in lire(reponse)
    assert [m.subject for m in mail.outbox] == ["Votre demande (CLS) est reçue"] * 2


def test_lire_la_page_ne_compte_pas(client, demander):
    for _ in range(10):
        client.get(ADRESSE)

    assert demander().url == ENVOYEE


def test_la_demande_exige_le_jeton_du_formulaire(envoi):
    assert Client(enforce_csrf_checks=True).post(ADRESSE, envoi).status_code == 403
