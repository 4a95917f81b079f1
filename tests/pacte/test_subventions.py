"""Grants: the national schema, what the law wants published and by when, who writes what."""

import csv
import io
import json
import warnings
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from operator import attrgetter
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from stdnum.fr import siret

from actions.models import Subvention
from pacte.administration.a_traiter import a_traiter
from pacte.socle.montants import euros
from pacte.socle.typographie import date_courte, typographier
from tests.fabriques import SIRET_JUSTE, creer_partenaire, creer_subvention
from tests.lecture import contenu, lisible

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import frictionless

pytestmark = pytest.mark.django_db

NORME = Path(__file__).parents[1] / "normes" / "scdl-subventions-2.1.1.json"
TITRE = "Conventions de subvention à publier"


def lire(client) -> str:
    return contenu(client.get("/donnees-ouvertes/subventions.csv"))


def lignes_de(client) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(lire(client), newline="")))


def valider(dossier, texte: str, schema: dict) -> list:
    (dossier / "jeu.csv").write_bytes(texte.encode())
    ressource = frictionless.Resource(
        path="jeu.csv",
        basepath=str(dossier),
        schema=frictionless.Schema.from_descriptor(schema),
    )
    return ressource.validate().flatten(["rowNumber", "fieldName", "message"])


@pytest.fixture
def departement():
    return creer_partenaire("Département d’essai", partie="departement", siret=SIRET_JUSTE)


@pytest.fixture
def trois_subventions(departement):
    """One in money, two of one convention shared in unequal parts, all of them complete."""
    creer_subvention(
        attribuant=departement,
        objet="Transporter, « loger »",
        montant="47800.20",
        convention_le="2026-01-15",
        verse_du="2026-02-01",
        verse_au="2026-12-31",
        conditions="échelonné",
        reference="2026-01-103",
    )
    sans_siret = creer_partenaire(nature="association", rna="W051234567")
    avec_siret = creer_partenaire(nature="association", siret="73282932000074")
    for beneficiaire, part in ((sans_siret, "0.45"), (avec_siret, "0.55")):
        creer_subvention(
            attribuant=departement,
            beneficiaire=beneficiaire,
            part=part,
            montant="30000",
            nature="les_deux",
            convention_le="2026-03-02",
            reference="2026-03-7",
            notifiee_ue=True,
        ).full_clean()


def test_le_fichier_est_valide_pour_le_schema_national(client, trois_subventions, tmp_path):
    norme = json.loads(NORME.read_text())
    texte = lire(client)
    lignes = lignes_de(client)

    assert texte.split("\r\n")[0].split(",") == [champ["name"] for champ in norme["fields"]]
    assert valider(tmp_path, texte, norme) == []
    assert (
        valider(tmp_path, texte, client.get("/donnees-ouvertes/schemas/subventions.json").json())
        == []
    )
    # The checks that the schema names and that frictionless leaves to others.
    for ligne in lignes:
        assert siret.is_valid(ligne["idAttribuant"])
        assert ligne["idBeneficiaire"] == "" or siret.is_valid(ligne["idBeneficiaire"])
        assert ligne["idBeneficiaire"] or ligne["rnaBeneficiaire"]
    assert len(lignes) == 3


def test_une_convention_a_plusieurs_beneficiaires_se_partage(client, trois_subventions):
    _seule, *partagees = lignes_de(client)

    assert sum(float(ligne["pourcentageSubvention"]) for ligne in partagees) == 1
    # The total, before it is shared, on each row.
    assert {ligne["montant"] for ligne in partagees} == {"30000.00"}
    assert {ligne["nature"] for ligne in partagees} == {"aide en numéraire;aide en nature"}


def test_les_cellules_s_ecrivent_comme_le_schema_les_veut(client, trois_subventions):
    seule = lignes_de(client)[0]

    assert seule["montant"] == "47800.20"
    assert seule["datesPeriodeVersement"] == "2026-02-01/2026-12-31"
    assert (seule["notificationUE"], seule["pourcentageSubvention"]) == ("non", "1.00")
    assert seule["idAttribuant"] == SIRET_JUSTE


def test_un_fichier_fautif_est_vu(client, trois_subventions, tmp_path):
    faux = lire(client).replace(",non,", ",peut-être,")

    assert valider(tmp_path, faux, json.loads(NORME.read_text())) != []


INCOMPLETE = {
    "la date de la convention": {"convention_le": None},
    "le montant": {"montant": None},
    "les conditions de versement": {"conditions": ""},
    "la date de versement": {"verse_du": None},
    "la notification à l’Union européenne": {"notifiee_ue": None},
}


@pytest.mark.parametrize("quoi", INCOMPLETE)
def test_ce_qui_manque_est_dit_et_rien_n_est_publie(client, quoi):
    subvention = creer_subvention(**INCOMPLETE[quoi])

    assert subvention.manques == [quoi]
    assert lignes_de(client) == []


def cacher(objet) -> None:
    type(objet).objects.filter(pk=objet.pk).update(publication="brouillon", visible_depuis=None)


@pytest.mark.parametrize(
    "relation",
    ["action", "action.volet.contrat", "action.volet.axe", "attribuant", "beneficiaire"],
)
def test_rien_de_ce_qui_est_cache_n_est_nomme(client, relation):
    subvention = creer_subvention()
    assert len(lignes_de(client)) == 1
    assert subvention.manques == []

    cacher(attrgetter(relation)(subvention))

    assert lignes_de(client) == []
    assert len(Subvention.objects.get().manques) == 1


@pytest.mark.parametrize(
    ("de_qui", "champs"),
    [("attribuant", {"siret": ""}), ("beneficiaire", {"siret": "", "rna": "W0A1234567"})],
)
def test_qui_n_a_pas_de_numero_attend(client, de_qui, champs):
    """A number of the directory that the national schema cannot write is none."""
    subvention = creer_subvention()
    partenaire = getattr(subvention, de_qui)
    type(partenaire).objects.filter(pk=partenaire.pk).update(**champs)

    assert lignes_de(client) == []
    assert "SIRET" in Subvention.objects.get().manques[0]


def test_une_convention_a_venir_n_est_pas_publiee(client):
    creer_subvention(convention_le=localdate() + timedelta(days=1))

    assert lignes_de(client) == []
    assert Subvention.objects.get().manques == ["le jour de la convention"]


@pytest.mark.parametrize(
    ("montant", "attendu"),
    [("23000", None), ("23000.01", date(2026, 2, 28)), (None, None)],
)
def test_la_loi_laisse_trois_mois_au_dela_de_23_000_euros(montant, attendu):
    creer_subvention(montant=montant, convention_le=date(2025, 11, 30))
    subvention = Subvention.objects.get()

    assert subvention.a_publier_avant_le == attendu


def test_a_traiter_rappelle_ce_qui_est_du(agent_departement, departement):
    complete = {"attribuant": departement, "montant": 30000}
    creer_subvention(**complete)
    creer_subvention(attribuant=departement, montant=5000, conditions="")
    recente = creer_subvention(**complete, conditions="")
    ancienne = creer_subvention(
        **complete, conditions="", convention_le=localdate() - timedelta(days=120)
    )

    (sujet,) = [s for s in a_traiter(agent_departement) if s.titre.startswith(TITRE)]

    assert sujet.nombre == 2
    (premier, dit, _), (second, dit_ensuite, _) = sujet.lignes
    assert premier.startswith(str(ancienne)) and dit.startswith("en retard, à publier avant le")
    assert second.startswith(str(recente)) and dit_ensuite.startswith("à publier avant le")
    assert "les conditions de versement" in dit


def test_une_subvention_va_d_une_partie_a_un_organisme_de_droit_prive(departement):
    def refuser(champ: str, **champs) -> None:
        with pytest.raises(ValidationError) as refus:
            creer_subvention(**{"attribuant": departement, **champs}).full_clean()
        assert list(refus.value.message_dict) == [champ]

    refuser("attribuant", attribuant=creer_partenaire(siret=SIRET_JUSTE))
    refuser("beneficiaire", beneficiaire=creer_partenaire(partie="etat"))
    refuser("beneficiaire", beneficiaire=creer_partenaire(nature="etablissement_public"))


def test_les_parts_d_une_convention_ne_depassent_pas_le_tout(departement):
    commun = {"attribuant": departement, "reference": "R1", "part": "0.60"}
    premiere = creer_subvention(**commun)
    premiere.full_clean()

    seconde = creer_subvention(**commun, beneficiaire=creer_partenaire(nature="association"))

    with pytest.raises(ValidationError, match="dépassent 1"):
        seconde.full_clean()
    seconde.part = "0.40"
    Subvention.objects.filter(pk=seconde.pk).update(part="0.40")
    Subvention.objects.get(pk=seconde.pk).full_clean()


def test_chaque_cote_n_ecrit_que_ses_subventions(
    client, departement, agent_departement, agent_etat
):
    etat = creer_partenaire("État d’essai", partie="etat", siret="13002526500013")
    lignes = {"departement": creer_subvention(attribuant=departement)}
    lignes["etat"] = creer_subvention(attribuant=etat)
    for role, agent in (("departement", agent_departement), ("etat", agent_etat)):
        client.force_login(agent)
        for cote, ligne in lignes.items():
            adresse = f"/admin/actions/subvention/{ligne.pk}/change/"
            envoi = {
                "action": ligne.action_id,
                "attribuant": ligne.attribuant_id,
                "beneficiaire": ligne.beneficiaire_id,
                "objet": f"Changé par {role}",
                "part": "1",
                "nature": "numeraire",
                "notifiee_ue": "unknown",
            }
            page = client.get(adresse)
            reponse = client.post(adresse, envoi)
            ligne.refresh_from_db()
            assert page.status_code == 200
            assert reponse.status_code == (302 if role == cote else 403)
            assert (ligne.objet == f"Changé par {role}") == (role == cote)


def test_l_ecran_rappelle_la_loi_et_ce_qui_manque(client, departement, agent_departement):
    ligne = creer_subvention(attribuant=departement, montant=30000, conditions="")
    client.force_login(agent_departement)

    page = client.get(f"/admin/actions/subvention/{ligne.pk}/change/").content.decode()

    assert "décret 2017-779" in page and "À publier avant le" in page
    assert "les conditions de versement" in page


def test_les_subventions_se_lisent_sur_une_page(client, trois_subventions):
    """ODA-16: the HTML table says all that the file says, in words."""
    partagee = Subvention.objects.exclude(part=1).order_by("pk").first()
    Subvention.objects.filter(pk=partagee.pk).update(
        reference="CD-2026-12", id_rae="12345", dispositif="Aide de minimis", notifiee_ue=True
    )

    page = client.get("/subventions/")
    texte = lisible(unescape(contenu(page)))

    assert page.context["page"].paginator.count == Subvention.objects.publiques().count() == 3
    for ligne in lignes_de(client):
        jour = date_courte(date.fromisoformat(ligne["dateConvention"]))
        dits = ["nomAttribuant", "idAttribuant", "nomBeneficiaire", "objet", "referenceDecision"]
        dits += ["rnaBeneficiaire", "idBeneficiaire", "conditionsVersement", "dispositifAide"]
        dits += ["idRAE"]
        attendus = [typographier(ligne[nom]) for nom in dits] + [euros(Decimal(ligne["montant"]))]
        for attendu in [*attendus, jour, ligne["nature"].capitalize()]:
            assert lisible(attendu) in texte, attendu
    assert "47 800,20 €" in texte
    assert f"dont {partagee.part_dite} pour ce bénéficiaire".replace("\u00a0", " ") in texte
    assert "Notifiée à l’Union européenne : oui" in texte
    assert "dépassent 23 000 € dans les trois mois" in texte
    assert 'href="/donnees-ouvertes/subventions/"' in contenu(page)
    assert 'href="/subventions/"' in contenu(client.get("/donnees-ouvertes/subventions/"))


def test_une_subvention_incomplete_ou_sans_rien_ne_parait_pas_sur_la_page(client, departement):
    creer_subvention(attribuant=departement, objet="Incomplète", conditions="")

    texte = lisible(contenu(client.get("/subventions/")))

    assert "Aucune convention de subvention n’est publiée à ce jour." in texte
    assert "Incomplète" not in texte


def test_la_page_des_subventions_est_bornee(client, departement):
    for rang in range(51):
        creer_subvention(attribuant=departement, objet=f"Objet {rang}")

    assert len(client.get("/subventions/").context["page"].object_list) == 50
    assert len(client.get("/subventions/?page=2").context["page"].object_list) == 1


def test_le_versement_se_dit_un_jour_ou_d_un_jour_a_l_autre():
    jour, autre = date(2026, 3, 1), date(2026, 6, 2)

    assert lisible(Subvention(verse_du=jour).versement) == "le 1er mars 2026"
    deux = Subvention(verse_du=jour, verse_au=autre)
    assert lisible(deux.versement) == "du 1er mars 2026 au 2 juin 2026"
    assert (Subvention().versement, Subvention().montant_en_euros) == ("", "")
    assert lisible(Subvention(part=Decimal("0.45")).part_dite) == "45 %"
    assert Subvention().part_dite == ""
