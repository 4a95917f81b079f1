"""Every public export as a dataset: its files against its schema, its pages, its headers."""

import csv
import io
import json
import re
import warnings

import pytest
from django.db.models import CheckConstraint, Q
from django.utils.timezone import localdate

from actions.models import Action, Financement
from contrats.models import Annee, Pacte
from pacte.donnees_ouvertes.jeux import JEUX
from pacte.donnees_ouvertes.schemas import colonnes_de
from pacte.socle.champs import Champ, Declaration
from partenaires.models import Partenaire
from tests import fabriques as f
from tests.lecture import contenu, lire, lisible

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import frictionless

NOMS = list(JEUX)
FORMATS = ["csv", "xlsx", "ods", "json"]
MACHINE = re.compile(r"[a-z][a-z0-9_]*")
# An interface: a name that changes or disappears makes another version of the dataset.
COLONNES = {
    "actions": (
        "1.0.0",
        "code titre axe contrat objectif a_confirmer statut statut_le nature renfort en_clair "
        "pour_qui comment_en_beneficier description constat constats besoins publics territoires "
        "debut_prevu fin_prevue echeance en_retard contributions partenaires_cites libelles "
        "modifiee_le",
    ),
    "partenaires": (
        "1.0.0",
        "slug nom sigle autres_noms nature partie siret rna site presentation mention",
    ),
    "contributions": (
        "1.0.0",
        "identifiant code action contrat axe partenaire role nature texte etp annee_debut "
        "confirmee_le",
    ),
    "financements": (
        "1.0.0",
        "identifiant code action contrat axe annee financeur nature prevu engage paye justifie "
        "definitif",
    ),
    "indicateurs": (
        "1.0.0",
        "identifiant action indicateur unite annee mesure provisoire cible source valeur "
        "valeur_visee",
    ),
    "jalons": ("1.0.0", "identifiant code action contrat axe libelle prevu_le atteint_le"),
    "points-d-etape": (
        "1.0.0",
        "identifiant code action contrat axe le statut motif reportee_au fait a_venir corrige_le "
        "difficultes",
    ),
    "rapports": (
        "1.0.0",
        "identifiant contrat annee edition paru_le cle chiffre texte valeur est_partiel unite "
        "empreinte",
    ),
}
# Those of the national schema, and no other: tests/pacte/test_subventions.py.
NOMS_A_NOUS = [nom for nom in NOMS if nom != "subventions"]
COMMUNES = "adresse producteur producteur_siret licence extrait_le"


def lignes_de(client, nom: str) -> list[dict[str, str]]:
    texte = contenu(client.get(f"/donnees-ouvertes/{nom}.csv"))
    return list(csv.DictReader(io.StringIO(texte, newline="")))


def schema_de(client, nom: str) -> dict:
    return client.get(f"/donnees-ouvertes/schemas/{nom}.json").json()


@pytest.mark.parametrize("nom", NOMS_A_NOUS)
def test_un_fichier_est_valide_pour_son_schema(client, demonstration, tmp_path, nom):
    (tmp_path / "jeu.csv").write_bytes(client.get(f"/donnees-ouvertes/{nom}.csv").getvalue())
    schema = frictionless.Schema.from_descriptor(schema_de(client, nom))

    ressource = frictionless.Resource(path="jeu.csv", basepath=str(tmp_path), schema=schema)
    rapport = ressource.validate()

    assert rapport.flatten(["rowNumber", "fieldName", "message"]) == []
    assert rapport.tasks[0].stats["rows"] > 10


@pytest.mark.parametrize("nom", NOMS_A_NOUS)
def test_un_schema_refuse_un_fichier_fautif(client, demonstration, tmp_path, nom):
    """The validator above does see faults: a key given twice, a column that is not there."""
    lignes = contenu(client.get(f"/donnees-ouvertes/{nom}.csv")).split("\r\n")
    schema = schema_de(client, nom)
    for faute in ([*lignes[:2], lignes[1]], [lignes[0].replace("adresse", "ailleurs"), lignes[1]]):
        (tmp_path / "jeu.csv").write_text("\r\n".join(faute))
        ressource = frictionless.Resource(
            path="jeu.csv",
            basepath=str(tmp_path),
            schema=frictionless.Schema.from_descriptor(schema),
        )
        assert not ressource.validate().valid


@pytest.mark.parametrize("nom", NOMS_A_NOUS)
def test_les_colonnes_sont_une_interface(client, demonstration, nom):
    version, attendues = COLONNES[nom]
    schema = schema_de(client, nom)
    entete = next(csv.reader(io.StringIO(contenu(client.get(f"/donnees-ouvertes/{nom}.csv")))))

    assert schema["version"] == version
    assert " ".join(entete) == f"{attendues} {COMMUNES}"
    assert [champ["name"] for champ in schema["fields"]] == entete
    assert all(MACHINE.fullmatch(colonne) for colonne in entete)
    assert set(schema["primaryKey"]) <= set(entete)
    for champ in schema["fields"]:
        assert champ["title"] and champ["type"], champ
        assert champ.get("description") or champ["title"], champ


def test_les_jeux_sont_tous_les_exports_du_site():
    from actions.exports import EXPORTS

    assert {*EXPORTS, "financements", "partenaires", "rapports", "subventions"} == set(NOMS)
    assert [jeu.nom for jeu in JEUX.values() if len(jeu.description) <= 100] == []


def test_les_contraintes_viennent_des_modeles(client, demonstration):
    def contraintes(nom: str) -> dict:
        return {c["name"]: c.get("constraints", {}) for c in schema_de(client, nom)["fields"]}

    assert contraintes("partenaires")["siret"] == {"pattern": "^[0-9]{14}$"}
    assert contraintes("partenaires")["nom"] == {"required": True}
    assert contraintes("financements")["prevu"] == {"minimum": 0}
    assert contraintes("financements")["code"] == {"required": True}
    assert contraintes("financements")["nature"] == {
        "required": True,
        "enum": ["numéraire", "valorisation"],
    }
    # Said « non communiqué » by an empty cell: not every action has one.
    assert "required" not in contraintes("actions")["statut"]
    types = {c["name"]: c["type"] for c in schema_de(client, "indicateurs")["fields"]}
    assert (types["annee"], types["valeur"], types["provisoire"]) == (
        "integer",
        "number",
        "boolean",
    )


def test_une_borne_qui_depend_d_une_autre_colonne_n_est_pas_dite(monkeypatch):
    """« Positive, or the other one is » asks nothing of this column alone; nor does « not »."""
    contraintes = [
        CheckConstraint(name="x", condition=Q(prevu__gte=1) | Q(engage__gte=2)),
        CheckConstraint(name="y", condition=~Q(prevu__gte=5)),
        CheckConstraint(name="z", condition=Q(engage__isnull=True) | Q(engage__lte=9)),
    ]
    monkeypatch.setattr(Financement._meta, "constraints", contraintes)

    prevu, engage = colonnes_de(Declaration(Financement, [Champ("prevu"), Champ("engage")]))

    assert (prevu.contraintes, engage.contraintes) == ({}, {"maximum": 9})


def test_un_csv_s_ecrit_pour_les_programmes(client, db):
    Pacte.objects.create(pk=1, annee_debut=2024, annee_fin=2027).ouvrir_les_annees()
    action = f.creer_action_libellee("=Formule, « citée »")
    dept = f.creer_partenaire("Département d’essai")
    Financement.objects.create(
        action=action, annee=Annee.objects.get(pk=2025), financeur=dept, prevu="47800.20"
    )

    octets = client.get("/donnees-ouvertes/financements.csv").getvalue()
    (ligne,) = lignes_de(client, "financements")

    assert not octets.startswith(b"\xef\xbb\xbf")
    assert octets.count(b"\n") == octets.count(b"\r\n") == 2
    assert ligne["prevu"] == "47800.20"
    # Unknown is empty, never zero; yes and no in French, as the schema says.
    assert (ligne["engage"], ligne["definitif"]) == ("", "non")
    assert ligne["action"] == "'=Formule, « citée »"
    assert ligne["adresse"].endswith(f"/actions/{action.slug}/")
    assert ligne["extrait_le"] == localdate().isoformat()


def test_les_lignes_gardent_leur_identifiant_et_leur_ordre(client, demonstration):
    for nom in NOMS_A_NOUS:
        cles = schema_de(client, nom)["primaryKey"]
        premiers, seconds = (
            [tuple(ligne[cle] for cle in cles) for ligne in lignes_de(client, nom)]
            for _ in range(2)
        )
        assert premiers == seconds
        assert len(set(premiers)) == len(premiers)


def test_le_json_dit_son_schema_sa_version_et_sa_licence(client, demonstration):
    jeu = json.loads(contenu(client.get("/donnees-ouvertes/actions.json")))

    assert jeu["schema"].endswith("/donnees-ouvertes/schemas/actions.json")
    assert (jeu["version"], jeu["licence"]["identifiant"]) == ("1.0.0", "etalab-2.0")
    assert jeu["avertissement"]
    assert jeu["total"] == len(jeu["actions"]) == Action.objects.visibles().count()
    # A list of things is a list of objects.
    contributions = next(a["contributions"] for a in jeu["actions"] if a["contributions"])
    assert {"partenaire", "role"} <= set(contributions[0])


def test_un_petit_nombre_reste_masque_dans_chaque_format(client, db):
    Pacte.objects.create(pk=1, annee_debut=2024, annee_fin=2027).ouvrir_les_annees()
    indicateur = f.creer_indicateur(action=f.creer_action_libellee(), compte_personnes=True)
    indicateur.releves.create(annee_id=2024, valeur=3, cible=12)
    indicateur.releves.create(annee_id=2025, valeur="1234.5")

    masquee, dite = lignes_de(client, "indicateurs")
    jeu = json.loads(contenu(client.get("/donnees-ouvertes/indicateurs.json")))

    assert (masquee["mesure"], masquee["valeur"]) == ("moins de 5", "")
    assert (dite["valeur"], masquee["valeur_visee"]) == ("1234.50", "12.00")
    assert [ligne["valeur"] for ligne in jeu["indicateurs"]] == [None, 1234.5]


def test_le_financeur_cache_reste_sans_nom(client, db):
    Pacte.objects.create(pk=1, annee_debut=2024, annee_fin=2027).ouvrir_les_annees()
    action = f.creer_action_libellee()
    for nom in ("Caché un", "Caché deux"):
        cache = f.creer_partenaire(nom, publication="brouillon", visible_depuis=None)
        Financement.objects.create(action=action, annee_id=2025, financeur=cache, prevu=1)

    lignes = lignes_de(client, "financements")

    assert {ligne["financeur"] for ligne in lignes} == {"Financeur non publié"}
    assert len({ligne["identifiant"] for ligne in lignes}) == 2


@pytest.mark.parametrize("fin", FORMATS)
def test_un_fichier_inchange_n_est_pas_renvoye(client, demonstration, fin):
    adresse = f"/donnees-ouvertes/partenaires.{fin}"
    premier = client.get(adresse)

    assert premier["Last-Modified"]
    assert 'rel="license"' in premier["Link"]
    for entete in (
        {"if-none-match": premier["ETag"]},
        {"if-modified-since": premier["Last-Modified"]},
    ):
        encore = client.get(adresse, headers=entete)
        assert (encore.status_code, encore.getvalue()) == (304, b"")
        assert encore["Access-Control-Allow-Origin"] == "*"
    Partenaire.objects.create(nom="Nouveau", slug="nouveau", **f.visible())
    apres = client.get(adresse, headers={"if-none-match": premier["ETag"]})
    assert (apres.status_code, apres["ETag"] == premier["ETag"]) == (200, False)


def test_les_formats_ont_chacun_leur_marque(client, demonstration):
    marques = {client.get(f"/donnees-ouvertes/actions.{fin}")["ETag"] for fin in FORMATS}

    assert len(marques) == len(FORMATS)


def test_retirer_une_action_change_la_date_du_jeu(client, demonstration, administrateur):
    action = Action.objects.visibles().first()
    avant = client.get("/donnees-ouvertes/jalons/").context["dates"].derniere

    action.retirer(par=administrateur, motif="Essai.")

    assert client.get("/donnees-ouvertes/jalons/").context["dates"].derniere > avant
    assert action.code not in contenu(client.get("/donnees-ouvertes/actions.csv"))


OUVERTS = ["actions.csv", "actions.json", "schemas/actions.json", "catalogue.ttl", "actions.pdf"]


@pytest.mark.parametrize("fin", OUVERTS)
def test_un_autre_site_lit_les_fichiers(client, demonstration, fin):
    reponse = client.get(f"/donnees-ouvertes/{fin}")

    assert reponse["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in reponse
    assert reponse["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("adresse", ["/", "/donnees-ouvertes/", "/donnees-ouvertes/actions/"])
def test_un_autre_site_ne_lit_pas_les_pages(client, demonstration, adresse):
    reponse = client.get(adresse)

    assert "Access-Control-Allow-Origin" not in reponse
    assert reponse["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("fin", ["pdf", "CSV", "xml", "csv.gz", "schema.json"])
def test_un_format_qui_n_existe_pas_dit_ceux_qui_existent(client, demonstration, fin):
    reponse = client.get(f"/donnees-ouvertes/actions.{fin}")

    assert reponse.status_code == 404
    for format_connu in FORMATS:
        assert f'href="/donnees-ouvertes/actions.{format_connu}"' in reponse.content.decode()


def test_un_catalogue_ou_un_jeu_inconnu_dit_ce_qui_existe(client, demonstration):
    catalogue = client.get("/donnees-ouvertes/catalogue.rdf")
    jeu = client.get("/donnees-ouvertes/nulle-part.csv")
    schema = client.get("/donnees-ouvertes/schemas/nulle-part.json")

    assert 'href="/donnees-ouvertes/catalogue.ttl"' in catalogue.content.decode()
    assert all(f'href="/donnees-ouvertes/{nom}/"' in jeu.content.decode() for nom in NOMS)
    assert {r.status_code for r in (catalogue, jeu, schema)} == {404}
    assert client.get("/donnees-ouvertes/nulle-part/").status_code == 404


@pytest.mark.parametrize("nom", NOMS_A_NOUS)
def test_la_page_d_un_jeu_documente_chaque_colonne(client, demonstration, nom):
    page = lire(client, f"/donnees-ouvertes/{nom}/")
    premiere = lignes_de(client, nom)[0]

    for champ in schema_de(client, nom)["fields"]:
        assert f"<code>{champ['name']}</code>" in page
        if champ["name"] in ("code", "titre", "slug", "nom", "identifiant"):
            assert f">{premiere[champ['name']][:30]}" in page
    for format_connu in FORMATS:
        assert f'href="/donnees-ouvertes/{nom}.{format_connu}"' in page
    assert "Licence Ouverte 2.0" in page and "Citer ces données" in page


def test_les_donnees_ouvertes_ne_promettent_que_ce_qu_elles_ont(client, db):
    """The wordings come from a public page, not from deeds; the register has no file."""
    page, catalogue = (
        lisible(client.get(f"/donnees-ouvertes/{suite}").content.decode())
        for suite in ("", "catalogue.jsonld")
    )

    assert "Les jeux de données de ce portail se téléchargent" in page
    for texte in (page, catalogue):
        assert "dans les mots des textes publics du Pacte" in texte
        assert "textes signés" not in texte


def test_une_page_sans_ligne_ne_donne_aucun_exemple(client, db):
    page = client.get("/donnees-ouvertes/jalons/")

    assert {exemple for _, exemple in page.context["colonnes"]} == {""}
    assert page.context["dates"].derniere is None
    assert "Dernière modification" not in page.content.decode()


def test_les_donnees_ouvertes_se_trouvent_depuis_le_site(client, demonstration):
    for adresse in ("/", "/actions/", "/partenaires/", "/plan-du-site/"):
        assert 'href="/donnees-ouvertes/"' in client.get(adresse).content.decode()
    plan = client.get("/sitemap.xml").content.decode()
    assert all(f"/donnees-ouvertes/{nom}/</loc>" in plan for nom in NOMS)
