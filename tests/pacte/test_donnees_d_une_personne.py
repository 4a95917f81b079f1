"""Whoever asks takes away what the portal holds about them, and nothing about anybody else."""

import json
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.management import CommandError, call_command

from pacte.portail.donnees_personnelles import (
    TABLES,
    colonnes_personnelles,
    donnees_d_une_adresse,
    donnees_du_compte,
)
from pacte.portail.listes import lire
from pacte.socle.adresses import prouver
from pacte.socle.double_accord import Partie
from tests import fabriques as f
from tests.conftest import donner_un_second_facteur
from tests.lecture import lire as lire_la_page

pytestmark = pytest.mark.django_db
MOI, AUTRE = "lea@exemple.fr", "autre@exemple.fr"


@pytest.fixture
def lea():
    """A member who did one thing of each kind, and somebody else who did the same."""
    membres = []
    for adresse in (MOI, AUTRE):
        membre = f.creer_membre(f.creer_partenaire(f"Organisation de {adresse}"))
        compte = membre.utilisateur
        compte.email, compte.last_name = adresse, f"Nom de {adresse}"
        compte.save()
        prouver(compte)
        donner_un_second_facteur(compte)
        UserSession.objects.create(
            user=compte, session_key=f"cle-de-{compte.pk}", ip="192.0.2.1", user_agent="Essai"
        )
        f.creer_message(courriel=adresse.upper(), texte=f"Message de {adresse}")
        f.creer_adhesion(contact_courriel=adresse, contact_nom=f"Contact de {adresse}")
        f.creer_invitation(courriel=adresse)
        contribution = f.creer_contribution(partenaire=membre.partenaire)
        proposition = f.creer_reformulation(contribution=contribution, envoyee_par=compte)
        proposition.texte = f"Proposé par {adresse}"
        proposition.save()
        membres.append(compte)
    return membres[0]


def test_le_fichier_tient_tout_ce_qui_est_a_soi(client, lea):
    client.force_login(lea)
    reponse = client.get("/compte/mes-donnees.json")
    donnees = json.loads(reponse.content)

    assert reponse["Content-Disposition"] == 'attachment; filename="mes-donnees.json"'
    assert {"private", "no-store"} <= set(reponse["Cache-Control"].split(", "))
    assert donnees["compte"]["email"] == MOI
    pleines = {titre for titre, lignes in donnees.items() if lignes}
    assert pleines >= {
        *("adresses second_facteur sessions_ouvertes appartenances invitations_recues").split(),
        *("demandes_de_prendre_part messages formulations_proposees traitements").split(),
    }
    assert donnees["messages"][0]["texte"] == f"Message de {MOI}"
    assert donnees["demandes_de_prendre_part"][0]["contact_nom"] == f"Contact de {MOI}"
    assert donnees["formulations_proposees"][0]["texte"] == f"Proposé par {MOI}"


def test_rien_d_un_autre_ni_aucun_secret(client, lea):
    client.force_login(lea)
    page = client.get("/compte/mes-donnees.json").text

    assert AUTRE not in page
    secrets = [lea.password, lea.cle_des_sessions, f"cle-de-{lea.pk}"]
    secrets += [str(a.data) for a in Authenticator.objects.all()]
    secrets += [a.data["secret"] for a in Authenticator.objects.filter(type="totp")]
    assert [secret for secret in secrets if secret in page] == []
    modele_et_champs = {(t.modele, nom) for t in TABLES for nom in t.champs.split()}
    interdits = "password data secret empreinte cle session_key contenu retour extra_data".split()
    assert [paire for paire in modele_et_champs if paire[1] in interdits] == []


def test_une_adresse_non_prouvee_ne_donne_pas_ce_qui_se_trouve_par_elle(client, lea):
    """An address corrected by mistake must not open what its true owner wrote."""
    EmailAddress.objects.filter(user=lea).update(verified=False)

    donnees = donnees_du_compte(lea)

    assert donnees["messages"] == donnees["demandes_de_prendre_part"] == []
    assert donnees["appartenances"]
    assert any(
        "n’a pas encore prouvé" in phrase for phrase in donnees["a_propos"]["ce_qui_n_y_est_pas"]
    )


def test_ce_qu_un_agent_a_decide_et_ecrit_y_est(agent_etat, agent_departement):
    demande = f.creer_adhesion()
    demande.accorder(Partie.ETAT, par=agent_etat)

    donnees = donnees_du_compte(agent_etat)

    assert [e["fait"] for e in donnees["journal"]] == ["accord.donne"]
    titres = {ligne["a_quel_titre"] for ligne in donnees["lignes_qui_vous_nomment"]}
    assert "accord de l’État par" in titres
    assert donnees_du_compte(agent_departement)["lignes_qui_vous_nomment"] == []


def test_aucune_colonne_qui_nomme_quelqu_un_n_est_oubliee(lea):
    """Each column found in the models is given field by field or by the name of its row."""
    trouvees = {(m._meta.label_lower, champ.name) for m, champ in colonnes_personnelles()}

    # The two tables whose addresses are written by hand, and the one that people sign.
    assert trouvees >= {
        ("pacte.message", "courriel"),
        ("contrats.historicaladhesion", "contact_courriel"),
        ("actions.historicalaction", "history_user"),
        ("contrats.reouverture", "refus_par"),
        ("admin.logentry", "user"),
    }
    # What is given field by field is no more looked for: it must exist under that name.
    assert {colonne for table in TABLES for colonne in table.colonnes} <= trouvees


def test_la_commande_vaut_pour_qui_n_a_pas_de_compte():
    f.creer_message(courriel="passante@exemple.fr", texte="Bonjour à tous")
    sortie = StringIO()

    call_command("donnees_d_une_personne", "Passante@exemple.fr", stdout=sortie)

    donnees = json.loads(sortie.getvalue())
    assert donnees["compte"] is None
    assert [m["texte"] for m in donnees["messages"]] == ["Bonjour à tous"]
    assert "Bonjour à tous" in sortie.getvalue()


def test_la_commande_trouve_aussi_un_compte(lea):
    assert donnees_d_une_adresse(MOI.upper())["compte"]["email"] == MOI


def test_la_commande_refuse_ce_qui_n_est_pas_une_adresse():
    with pytest.raises(CommandError, match="n’est pas une adresse"):
        call_command("donnees_d_une_personne", "Léa")


def test_les_traitements_de_la_page_sont_dans_le_fichier(lea):
    assert donnees_du_compte(lea)["traitements"] == lire("traitements")


def test_mon_compte_dit_ce_qui_n_y_est_pas(client, lea):
    client.force_login(lea)

    page = lire_la_page(client, "/compte/")

    assert "Télécharger mes données (JSON)" in page
    assert "ni les journaux du serveur, ni les sauvegardes" in page
    assert client.post("/compte/mes-donnees.json").status_code == 405
