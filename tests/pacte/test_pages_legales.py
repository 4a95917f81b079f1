"""The pages that the law asks for, each made from its record; and the contact form."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.utils.timezone import localdate

from actions.filtres import PAR_PAGE
from actions.models import StatutAction
from actions.views.publiques import LIGNES_PAR_PAGE
from pacte.accueil.views import NOUVELLES_PAR_PAGE
from pacte.portail import accessibilite
from pacte.portail.accessibilite import audit
from pacte.portail.erreurs import erreur_interne
from pacte.portail.models import Message
from pacte.socle.editeur import (
    A_COMPLETER,
    editeur,
    exiger_un_editeur_complet,
    lire_editeur,
    verifier_editeur,
)
from pacte.socle.texte import plier
from pacte.socle.transitions import TransitionInterdite
from pacte.socle.typographie import date_fr
from partenaires.views.publiques import PAR_PAGE as PARTENAIRES_PAR_PAGE
from tests.fabriques import creer_message
from tests.lecture import lire
from tests.navigateur.test_sobriete import NOTE_A, PREMIERE_VUE, VUE_SUIVANTE
from tests.test_en_tetes import CHARGER, PRODUCTION, RACINE, lancer

pytestmark = pytest.mark.django_db
AUDITE = {
    "audite_le": date(2026, 6, 1),
    "audite_par": "Cabinet d’essai",
    "criteres_applicables": 50,
}


def test_rien_n_est_invente_de_l_editeur(client):
    page = lire(client, "/mentions-legales/")

    assert "Département des Hautes-Alpes" in page
    assert len(editeur().manquants) == 17
    # Service, address, hours, telephone, e-mail, SIRET, director, host ×3, source code.
    assert page.count(A_COMPLETER) == 11


def test_aucune_page_d_une_liste_n_a_plus_de_lignes_que_ce_qui_est_dit(client):
    page = lire(client, "/ecoconception/")

    assert "découpées en pages de cinquante lignes au plus" in page
    assert max(PAR_PAGE, LIGNES_PAR_PAGE, NOUVELLES_PAR_PAGE, PARTENAIRES_PAR_PAGE) == 50


def test_la_production_refuse_de_servir_tant_qu_un_champ_est_a_completer(settings):
    settings.LOCAL = False

    with pytest.raises(ImproperlyConfigured, match="adresse, telephone"):
        exiger_un_editeur_complet()
    assert [e.id for e in verifier_editeur(None)] == ["pacte.E001"] * 17


def test_le_serveur_de_production_ne_demarre_pas_sans_editeur_complet():
    servir = f"{CHARGER}; import pacte.wsgi"
    incomplet = RACINE / "pacte" / "referentiel" / "editeur.yaml"

    assert lancer(servir, **PRODUCTION).returncode == 0
    refus = lancer(servir, **{**PRODUCTION, "EDITEUR": str(incomplet)})
    assert refus.returncode != 0
    assert "Mentions légales à compléter" in refus.stderr


@pytest.mark.parametrize("contenu", ["", "organisme: Essai", "[", "inconnu: 1"])
def test_un_fichier_d_editeur_illisible_est_dit(tmp_path, contenu):
    fichier = tmp_path / "editeur.yaml"
    fichier.write_text(contenu)

    with pytest.raises(ImproperlyConfigured, match="ne se lit pas"):
        lire_editeur(fichier)


@pytest.mark.parametrize(
    ("change", "mention"),
    [
        ({}, "non conforme"),
        ({**AUDITE, "criteres_respectes": 50}, "totalement conforme"),
        ({**AUDITE, "criteres_respectes": 25}, "partiellement conforme"),
        ({**AUDITE, "criteres_respectes": 24}, "non conforme"),
        ({**AUDITE, "criteres_respectes": 50, "audite_le": date(2022, 1, 1)}, "non conforme"),
        (
            {**AUDITE, "criteres_respectes": 50, "version_suivante_le": date(2024, 1, 1)},
            "non conforme",
        ),
    ],
)
def test_la_declaration_vient_de_l_audit_et_le_pied_de_page_aussi(
    client, monkeypatch, change, mention
):
    fait = replace(audit(), **change)
    monkeypatch.setattr("pacte.portail.views.audit", lambda: fait)
    monkeypatch.setattr("pacte.context_processors.audit", lambda: fait)

    page = lire(client, "/accessibilite/")

    assert f"<strong>{mention}</strong>" in page
    assert f"Accessibilité : {mention}" in lire(client, "/")
    assert accessibilite.audit().mention == "non conforme"


def test_la_declaration_suit_le_modele(client):
    titres = re.findall(r"<h[23]>(.+?)</h[23]>", lire(client, "/accessibilite/"))

    assert titres == [
        "État de conformité",
        "Résultats des tests",
        "Contenus non accessibles",
        "Non-conformités",
        "Dérogations pour charge disproportionnée",
        "Contenus non soumis à l’obligation d’accessibilité",
        "Établissement de cette déclaration d’accessibilité",
        "Technologies utilisées pour la réalisation du site",
        "Environnement de test",
        "Outils pour évaluer l’accessibilité",
        "Pages du site ayant fait l’objet de la vérification de conformité",
        "Retour d’information et contact",
        "Voies de recours",
    ]


@pytest.mark.parametrize("adresse", ["/", "/suivi/", "/connexion/", "/nulle-part", "/contact/"])
def test_la_mention_est_dans_chaque_pied_de_page(client, adresse):
    assert "Accessibilité : non conforme" in lire(client, adresse)


def test_la_page_500_dit_la_mention_aussi(rf):
    page = erreur_interne(rf.get("/")).content.decode().replace("\u00a0", " ")

    assert '<a href="/accessibilite/">Accessibilité : non conforme</a>' in page


@pytest.mark.parametrize(
    ("audite_le", "version_suivante_le", "fin"),
    [
        (date(2026, 6, 1), None, date(2029, 6, 1)),
        (date(2028, 2, 29), None, date(2031, 2, 28)),
        (date(2026, 6, 1), date(2026, 9, 15), date(2028, 3, 15)),
        (date(2026, 6, 1), date(2029, 1, 1), date(2029, 6, 1)),
        (None, date(2026, 9, 15), None),
    ],
)
def test_un_audit_a_une_fin_et_un_preavis(monkeypatch, audite_le, version_suivante_le, fin):
    change = {**AUDITE, "audite_le": audite_le, "version_suivante_le": version_suivante_le}
    fait = replace(audit(), **change, criteres_respectes=50)
    monkeypatch.setattr(accessibilite, "audit", lambda: fait)
    assert fait.valable_jusqu_au == fin

    for jours, attendu in ((91, []), (90, ["pacte.W001"]), (-1, ["pacte.W001"])):
        jour = fin - timedelta(days=jours) if fin else localdate()
        monkeypatch.setattr(accessibilite, "localdate", lambda jour=jour: jour)
        assert [a.id for a in accessibilite.verifier_l_audit(None)] == (attendu if fin else [])


def test_la_declaration_mene_au_schema_et_au_plan(client, editeur_complet):
    page = lire(client, "/accessibilite/")

    assert 'href="https://essai.exemple/schema"' in page
    assert 'href="https://essai.exemple/plan"' in page


@pytest.mark.parametrize("adresse", ["/", "/suivi/", "/actions/", "/connexion/", "/nulle-part"])
def test_le_pied_dit_le_producteur_la_date_et_la_licence(client, adresse):
    pied = lire(client, adresse).partition("<footer")[2]

    assert "Source : Département des Hautes-Alpes" in pied
    assert f'<time datetime="{localdate().isoformat()}">' in pied
    assert re.search(r'<a href="https://www\.etalab[^"]+" rel="[^"]*license[^"]*">Licence', pied)


def test_l_ecoconception_ne_promet_que_ce_qui_est_mesure(client):
    page = lire(client, "/ecoconception/")

    assert "note A" not in page
    assert "sans suivi saisi" in page and "nous n’en annonçons pas" in page
    titres = re.findall(r"<h2>(.+?)</h2>", page)
    assert titres == [
        "À quoi sert ce site",
        "Pour qui",
        "Ce que nous nous imposons",
        "Ce que nos contrôles mesurent",
        "Hébergement",
        "Référent et révision",
    ]
    # What it announces is what the tests hold.
    assert f"{PREMIERE_VUE // 1000} ko" in page and f"{VUE_SUIVANTE // 1000} ko" in page
    assert f"dépasse {NOTE_A} sur 100" in page


def test_les_donnees_personnelles_disent_qui_repond_de_quoi(client, editeur_complet):
    page = lire(client, "/donnees-personnelles/")

    assert "aucune trace" not in page
    assert "article 26" in page and "<strong>L’État</strong> (Préfecture d’essai" in page
    assert "article 28" in page and "Hébergeur d’essai, 2 rue de l’Essai" in page
    assert "Pays où sont les données : France" in page
    assert "dpo@essai.exemple" in page and "ProConnect" in page
    colonnes = re.findall(r'<th role="columnheader" scope="col">(.+?)</th>', page)
    assert colonnes == [
        "Traitement",
        "Données",
        "Pourquoi, et base légale",
        "Destinataires",
        "Durée",
    ]
    assert page.count("mission d’intérêt public)") >= 10
    assert "6-1-e" in page and "6-1-c" in page


def test_security_txt_donne_le_courriel_connu(client, editeur_complet):
    lignes = client.get("/.well-known/security.txt").text.splitlines()

    contacts = [ligne for ligne in lignes if ligne.startswith("Contact: ")]
    assert contacts[0] == "Contact: mailto:contact@essai.exemple"
    assert contacts[1].endswith("/contact/")


def test_security_txt_ne_change_pas_dans_la_journee(client):
    premiere, seconde = (client.get("/.well-known/security.txt").content for _ in range(2))

    assert premiere == seconde and b"T00:00:00" in premiere
    assert b"Policy: http://127.0.0.1:8000/mentions-legales/#securite" in premiere
    assert 'id="securite"' in lire(client, "/mentions-legales/")


def test_security_txt_dit_a_qui_ecrire_et_jusqu_a_quand(client):
    reponse = client.get("/.well-known/security.txt")
    champs = dict(ligne.split(": ", 1) for ligne in reponse.content.decode().splitlines())

    assert reponse["Content-Type"].startswith("text/plain")
    assert champs["Contact"].endswith("/contact/")
    assert str(localdate()) < champs["Expires"] < str(localdate() + timedelta(days=366))


@pytest.mark.parametrize(
    ("mot", "debut"),
    [
        ("Pacte", "Le Pacte local des solidarités : "),
        ("RSA", "Le revenu de solidarité active"),
        ("AIS", "Agence imaginaire de santé."),
        ("MDS", "Mutuelle des semeurs."),
        ("CUB", "Caisse unique des brumes."),
        ("Diris", "Direction imaginaire des îlots scolaires."),
        ("ETP", "Équivalent temps plein"),
        ("EPCI", "Un établissement public de coopération intercommunale"),
        ("Cofinancement", "Le financement"),
        ("DDETSPP", "La direction départementale"),
        ("Point d’étape", "Ce que l’on dit d’une action"),
    ],
)
def test_le_glossaire_definit_les_mots_et_les_sigles_du_pacte(client, referentiel, mot, debut):
    page = lire(client, "/glossaire/")

    assert f"<dt><strong>{mot}</strong></dt><dd>{debut}" in page


def test_l_organisme_se_dit_sans_article(client):
    nom = editeur().organisme

    declaration = lire(client, "/accessibilite/")

    assert f"L’éditeur de ce site ({nom}) s’engage à rendre" in declaration
    assert f"<strong>Le Département</strong> ({nom}) publie" in lire(
        client, "/donnees-personnelles/"
    )


def test_chaque_mot_du_glossaire_est_defini_dans_l_ordre(client, referentiel):
    mots = re.findall(r"<dt><strong>(.+?)</strong>", lire(client, "/glossaire/"))

    assert len(mots) > 15
    assert mots == sorted(mots, key=plier)
    assert {"CLS", "CDIE", "CPT", "Volet", "Non communiqué"} <= set(mots)


def test_l_aide_dit_ce_que_veut_dire_chaque_avancement(client):
    page = lire(client, "/aide/")

    dits = [s.label.capitalize() for s in StatutAction if s != StatutAction.NON_RENSEIGNE]
    assert [dit for dit in dits if f"<strong>{dit}</strong>" not in page] == []


class TestContact:
    @pytest.fixture
    def ecrire(self, client, django_capture_on_commit_callbacks):
        def ecrire(**champs):
            defauts = {"sujet": "accessibilite", "texte": "Le menu.", "courriel": "a@exemple.fr"}
            with django_capture_on_commit_callbacks(execute=True):
                return client.post("/contact/", {**defauts, **champs})

        return ecrire

    def test_un_defaut_d_accessibilite_est_accuse_et_du_dans_les_sept_jours(
        self, ecrire, editeur_complet
    ):
        assert ecrire().url == "/contact/envoye/"

        message = Message.objects.get()
        assert message.avant_le == localdate() + timedelta(days=7)
        accuse, avis = mail.outbox
        assert avis.to == ["contact@essai.exemple"]
        assert message.reference in accuse.subject and accuse.to == ["a@exemple.fr"]
        corps = accuse.body.replace("\u00a0", " ")
        assert f"Votre message du {date_fr(localdate())}".replace("\u00a0", " ") in corps
        for mention in ("Mission d’essai, Département d’essai", "1 place de l’Essai"):
            assert mention in corps
        for mention in ("Téléphone : 00 00 00 00 00", "Courriel : contact@essai.exemple"):
            assert mention in corps

    def test_une_faute_est_dite_et_rien_n_est_perdu(self, ecrire):
        page = ecrire(courriel="a", texte="Un long message.").content.decode()

        assert "invalid-feedback" in page and "Un long message." in page
        assert not Message.objects.exists()

    def test_un_robot_est_refuse(self, ecrire):
        ecrire(telecopie="robot")

        assert not Message.objects.exists()

    def test_six_messages_en_dix_minutes_c_est_trop_et_le_sixieme_est_garde(self, ecrire):
        reponses = [ecrire(texte=f"Message {rang}") for rang in range(6)]

        assert [r.status_code for r in reponses] == [302] * 5 + [429]
        assert reponses[-1]["Retry-After"] == "600"
        assert "Message 5" in reponses[-1].content.decode()

    def test_le_sujet_vient_du_lien(self, client):
        page = lire(client, "/contact/?sujet=accessibilite")

        assert '<option value="accessibilite" selected>' in page

    def test_un_agent_dit_que_la_reponse_est_donnee(self, client, agent_departement, agent_etat):
        message = creer_message()
        client.force_login(agent_departement)
        assert "Messages à répondre" in lire(client, "/admin/")

        client.post(
            "/admin/pacte/message/",
            {"action": "clore_la_selection", "_selected_action": message.pk},
        )

        message.refresh_from_db()
        assert message.repondu_le is not None
        with pytest.raises(TransitionInterdite):
            message.clore(par=agent_departement)

    def test_ce_qui_est_en_retard_se_filtre(self, client, agent_departement):
        Message.objects.filter(pk=creer_message(texte="Vieux").pk).update(
            avant_le=localdate() - timedelta(days=1)
        )
        creer_message()
        client.force_login(agent_departement)

        assert "1 message reçu" in lire(client, "/admin/pacte/message/?reponse=en_retard")
