"""The sheet of an action as a PDF: two pages at most, all that is known and nothing else."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.utils.timezone import localdate
from pypdf import PdfReader
from qrcode import QRCode

from actions.fiche_papier import composer_la_fiche
from actions.models import (
    Action,
    Financement,
    Jalon,
    Libelle,
    PointEtape,
    Public,
    Releve,
    Territoire,
)
from contrats.models import Annee, Pacte
from pacte.socle.courriels import adresse_complete
from pacte.socle.papier.blocs import CodeQr, Grille
from tests import fabriques as f
from tests.lecture import lisible
from tests.socle.etiquettes import etiquettes

pytestmark = pytest.mark.usefixtures("referentiel")
LONG = "Un texte que personne n’a relu, avec des accents et des mots ordinaires. " * 60


def fiche_de(client, action) -> PdfReader:
    reponse = client.get(f"{action.get_absolute_url()}fiche.pdf")
    assert (reponse.status_code, reponse["Content-Type"]) == (200, "application/pdf")
    return PdfReader(BytesIO(reponse.content), strict=True)


def texte_de(lecteur: PdfReader) -> str:
    pages = "\n".join(page.extract_text() for page in lecteur.pages)
    return lisible(pages.replace("\u00ad\n", ""))


@pytest.fixture
def action():
    return f.creer_action_libellee("Ouvrir un relais")


def financer(action, annees=(2024, 2025, 2026, 2027), nombre=25) -> None:
    """Add two lines a year of each of `nombre` funders, an amount in seven unknown."""
    financeurs = [f.creer_partenaire(f"Financeur {rang}") for rang in range(nombre)]
    Financement.objects.bulk_create(
        Financement(
            action=action,
            annee_id=annee,
            financeur=financeur,
            nature=nature,
            prevu=None if rang % 7 == 3 else 1_234_567 + rang,
            engage=1_000,
        )
        for annee in annees
        for rang, financeur in enumerate(financeurs)
        for nature in ("numeraire", "valorisation")
    )


def remplir(action) -> None:
    """Give `action` as much as each field may hold, and more rows than paper does."""
    hier = localdate() - timedelta(days=1)
    textes = "en_clair pour_qui comment_en_beneficier description constat".split()
    Action.objects.filter(pk=action.pk).update(
        titre=("Soutenir un projet " * 20)[:200],
        nature="renforcee",
        renfort="Plus loin. " * 25,
        axe_a_confirmer=True,
        fusion_a_confirmer=True,
        partenaires_a_confirmer=True,
        debut_prevu="2024-01-01",
        fin_prevue="2027-12-31",
        **dict.fromkeys(textes, LONG),
    )
    action.refresh_from_db()
    action.publics.set(Public.objects.all())
    action.territoires.set(Territoire.objects.all())
    ecrits = dict.fromkeys(("fait", "a_venir", "obstacles"), LONG)
    f.creer_point(action, hier, obstacles_publics=True, **ecrits)
    libelle = Libelle.objects.filter(action=action).first()
    for rang in range(25):
        Jalon.objects.create(action=action, libelle="Étape longue " * 15, prevu_le=hier)
        partenaire = f.creer_partenaire(f"Union départementale des centres numéro {rang}")
        f.creer_contribution(action=action, partenaire=partenaire, texte=LONG[:900])
        libelle.partenaires_cites.add(f.creer_partenaire(f"Fédération des cités numéro {rang}"))
        f.creer_constat(f"Constat {rang} " + "long " * 50, actions=[action])
        indicateur = f.creer_indicateur(action=action, libelle=f"Mesure {rang} " + "longue " * 25)
        Releve.objects.create(indicateur=indicateur, annee_id=2025, cible=9, valeur=8)
    financer(action)


def test_une_action_sans_rien_se_lit_bien(client):
    action = f.creer_action("Sans rien")

    lecteur = fiche_de(client, action)
    texte = texte_de(lecteur)

    assert len(lecteur.pages) == 1
    assert "Sans rien" in texte and action.code in texte
    # What is unknown is one sentence, not as many empty lines.
    (phrase,) = re.findall(r"Pas encore communiqué : [^.]+\.", texte)
    assert phrase.count(",") == 9 and "un montant prévu" in phrase
    assert "non communiqué" not in texte and "None" not in texte
    assert [t for t in etiquettes(lecteur) if t in ("/H1", "/H2", "/Table")] == ["/H1"]


def test_une_action_avec_tout_tient_en_deux_pages(client, action):
    remplir(action)

    lecteur = fiche_de(client, action)
    texte = texte_de(lecteur)

    assert len(lecteur.pages) == 2
    assert "(suite en ligne)" in texte and "autres, en ligne" in texte
    assert "Déduit, et à confirmer : axe, rapprochement, partenaires nommés." in texte
    assert "(200 lignes)" in texte


def test_ce_qui_tient_en_deux_pages_n_est_pas_coupe(client, action):
    f.creer_point(action, date(2026, 3, 1), fait="Un mot. " * 260, a_venir="Puis. " * 160)
    f.creer_contribution(action=action, texte="Elle fait beaucoup. " * 60)
    financer(action)

    lecteur = fiche_de(client, action)

    assert len(lecteur.pages) == 2
    assert "en ligne" not in texte_de(lecteur)


@pytest.mark.parametrize("texte", ["ligne\n" * 400, "m" * 3000, "é 😀\n\n" * 200, "Œ " * 2000])
def test_un_texte_etrange_tient_aussi(client, action, texte):
    champs = "en_clair pour_qui comment_en_beneficier description constat".split()
    Action.objects.filter(pk=action.pk).update(**dict.fromkeys(champs, texte))
    financer(action)

    assert len(fiche_de(client, action).pages) <= 2


def test_deux_cents_lignes_d_argent_se_somment_par_annee_et_par_partie(client, action):
    financer(action)
    etat = Financement.objects.create(
        action=action, annee_id=2025, financeur=f.Partenaire.objects.get(partie="etat"), prevu=7000
    )

    lecteur = fiche_de(client, action)
    texte = texte_de(lecteur)

    assert Financement.objects.filter(action=action).count() == 201
    assert "2025, État 7 000 € non communiqué" in texte
    # Two lines a funder; four of the twenty-five did not tell.
    somme = 2 * sum(1_234_567 + rang for rang in range(25) if rang % 7 != 3)
    dite = f"{somme:,}".replace(",", " ")
    assert f"2025, Autres financeurs au moins {dite} € 50 000 €" in texte
    assert "Total au moins" in texte
    liens = adresses_liees(lecteur)
    lignes = f"/financements/?action={action.slug}"
    assert adresse_complete(lignes) in liens
    assert client.get(lignes).context["total"].lignes == 201
    assert etat.annee_id == 2025


def test_un_pacte_de_quinze_ans_se_somme_par_annee(client, action):
    Pacte.objects.update(annee_debut=2020, annee_fin=2034)
    Pacte.objects.get().ouvrir_les_annees()
    financer(action, annees=Annee.objects.values_list("pk", flat=True), nombre=3)
    for annee in Annee.objects.all():
        Financement.objects.create(
            action=action, annee=annee, financeur=f.Partenaire.objects.get(partie="etat"), prevu=1
        )
    lecteur = fiche_de(client, action)

    assert len(lecteur.pages) <= 2
    assert "2034 7 407 409 €" in texte_de(lecteur) and "2034, État" not in texte_de(lecteur)


def adresses_liees(lecteur: PdfReader) -> set[str]:
    annotations = [a.get_object() for page in lecteur.pages for a in page.get("/Annots", [])]
    return {str(a["/A"]["/URI"]) for a in annotations if "/URI" in a.get("/A", {})}


def test_le_pdf_est_etiquete_et_dit_sa_langue_son_titre_et_son_auteur(client, action):
    remplir(action)
    lecteur = fiche_de(client, action)
    racine = lecteur.trailer["/Root"]

    assert (racine["/Lang"], bool(racine["/MarkInfo"]["/Marked"])) == ("fr-FR", True)
    assert lisible(lecteur.metadata.title) == lisible(action.titre)
    assert lecteur.metadata.author == "Département des Hautes-Alpes"
    lues = etiquettes(lecteur)
    assert lues.count("/H1") == 1 and lues.count("/H2") >= 6 and lues.count("/Table") == 2
    assert set(etiquettes(lecteur, "/Scope")) == {"/Column"}


def test_le_code_mene_a_la_page_de_l_action(client, action):
    adresse = adresse_complete(action.get_absolute_url())
    lue = Action.objects.with_echeance().with_completude().get(pk=action.pk)
    (code,) = [b for b in composer_la_fiche(lue, [], Pacte()).blocs if isinstance(b, CodeQr)]
    lecteur = fiche_de(client, action)

    assert etiquettes(lecteur, "/Alt") == [f"Code QR : {adresse}"]
    assert adresse in adresses_liees(lecteur)
    assert adresse in texte_de(lecteur).replace(" ", "")
    assert modules(code.image) == modules_attendus(adresse)


def modules(svg: str) -> set[tuple[int, int]]:
    """Return the black squares of a code drawn as SVG, the first one at (0, 0)."""
    coins = re.findall(r"M([\d.]+),([\d.]+)H([\d.]+)V[\d.]+H[\d.]+z", svg)
    cote = float(coins[0][2]) - float(coins[0][0])
    origine = min(float(x) for x, *_ in coins), min(float(y) for _, y, _ in coins)
    return {
        (round((float(x) - origine[0]) / cote), round((float(y) - origine[1]) / cote))
        for x, y, _ in coins
    }


def modules_attendus(adresse: str) -> set[tuple[int, int]]:
    code = QRCode(border=0)
    code.add_data(adresse)
    rangs = enumerate(code.get_matrix())
    return {(x, y) for y, rang in rangs for x, noir in enumerate(rang) if noir}


def test_un_petit_nombre_de_personnes_ne_s_imprime_pas(client, action):
    indicateur = f.creer_indicateur(
        action=action, libelle="Personnes logées", compte_personnes=True, reference=3
    )
    Releve.objects.create(indicateur=indicateur, annee_id=2025, valeur=4, cible=20, definitif=True)

    lue = Action.objects.with_echeance().with_completude().get(pk=action.pk)
    ecrit = composer_la_fiche(lue, list(action.indicateurs.publics()), Pacte())

    (mesures,) = [bloc for bloc in ecrit.blocs if isinstance(bloc, Grille)]
    assert mesures.lignes[0][2:] == ("moins de 5", "20", "moins de 5")
    assert "moins de 5" in texte_de(fiche_de(client, action))


def test_ce_qui_n_est_pas_publie_ne_s_imprime_pas(client, action):
    cache = f.creer_partenaire("Association cachée", publication="brouillon", visible_depuis=None)
    f.creer_contribution(action=action, partenaire=cache, texte="Secret")
    Libelle.objects.filter(action=action).first().partenaires_cites.add(cache)
    Financement.objects.create(action=action, annee_id=2025, financeur=cache, prevu=9)
    f.creer_point(action, localdate(), partenaire=cache, obstacles="Tension", confiance="compromis")
    f.creer_constat("Caché", actions=[action], publication="brouillon", visible_depuis=None)
    Action.objects.filter(pk=action.pk).update(note_interne="Interne")

    texte = texte_de(fiche_de(client, action))

    for mot in ("cachée", "Secret", "Tension", "compromis", "Caché", "Interne"):
        assert mot not in texte
    assert "2025, Autres financeurs 9 €" in texte


@pytest.mark.parametrize("publication", ["brouillon", "retiree"])
def test_une_action_qui_n_est_pas_publiee_n_a_pas_de_fiche(client, action, publication):
    Action.objects.filter(pk=action.pk).update(publication=publication, motif_retrait="x")

    assert client.get(f"{action.get_absolute_url()}fiche.pdf").status_code == 404
    assert client.get("/actions/nulle-part/fiche.pdf").status_code == 404


def test_les_donnees_de_demonstration_se_disent_sur_le_papier(client, action):
    assert "fictives" not in texte_de(fiche_de(client, action))
    Pacte.objects.update(demonstration=True)

    assert "Données de démonstration, fictives." in texte_de(fiche_de(client, action))


def test_une_fiche_inchangee_ne_se_telecharge_pas_deux_fois(client, action):
    adresse = f"{action.get_absolute_url()}fiche.pdf"
    reponse = client.get(adresse)

    assert reponse["Content-Disposition"] == f'inline; filename="fiche-{action.slug}.pdf"'
    assert 'rel="license"' in reponse["Link"]
    inchangee = client.get(adresse, headers={"if-none-match": reponse["ETag"]})
    assert inchangee.status_code == 304
    f.creer_point(action, localdate(), fait="Nouveau.")
    assert client.get(adresse)["ETag"] != reponse["ETag"]


def test_la_page_mene_a_sa_fiche(client, action):
    page = client.get(action.get_absolute_url()).content.decode()

    assert f'<a href="{action.get_absolute_url()}fiche.pdf">Fiche à imprimer (PDF)</a>' in page


def test_les_jalons_attendus_passent_avant_ceux_qui_sont_atteints(client, action):
    hier, demain = localdate() - timedelta(days=1), localdate() + timedelta(days=1)
    Jalon.objects.create(action=action, libelle="Déjà", prevu_le=hier, atteint_le=hier)
    Jalon.objects.create(action=action, libelle="Bientôt", prevu_le=demain)
    Jalon.objects.create(action=action, libelle="Passé", prevu_le=hier)
    assert PointEtape.objects.filter(action=action).count() == 0

    texte = texte_de(fiche_de(client, action))

    assert texte.index("Passé") < texte.index("Bientôt") < texte.index("Déjà")
    assert "date dépassée" in texte


def test_chaque_action_de_la_feuille_de_route_tient_en_deux_pages(client):
    for action in Action.objects.visibles():
        assert len(fiche_de(client, action).pages) <= 2
