"""What is printed: the same blocks on a page, in a PDF that any reader can follow, in an ODT."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.template.loader import render_to_string
from pypdf import PdfReader

from pacte.socle.papier import pdf
from pacte.socle.papier.blocs import (
    CodeQr,
    Ecrit,
    Encadre,
    Entete,
    Grille,
    Lien,
    Liste,
    Paragraphe,
    Reperes,
    Titre,
)
from pacte.socle.papier.odt import ecrire_odt
from pacte.socle.papier.pdf import REMPLACANT, SANS_DESSIN, ImpressionImpossible, ecrire_pdf
from pacte.socle.papier.reponses import repondre_papier
from tests.bureau import convertir
from tests.socle.etiquettes import etiquettes, lire_dans_l_ordre

ADRESSE = "https://pacte.exemple/actions/une-action/"
ENTETES = (Entete("Financeur", part=3), Entete("Prévu", est_nombre=True))
BLOCS = (
    Encadre("Données de démonstration."),
    Titre("L’argent"),
    Paragraphe("Première ligne\nseconde ligne"),
    Grille("Montants, en euros", ENTETES, (("ARS", "12 000 €"), ("MSA", "non communiqué"))),
    Titre("Repères", niveau=3),
    Reperes((("Statut", "en cours"), ("Axe", "1"))),
    Liste(("un jalon", "un autre")),
    Lien("La page", "https://pacte.exemple/"),
    CodeQr("En ligne", ADRESSE),
)
ECRIT = Ecrit(
    titre="Rapport d’essai",
    sous_titre="Chiffres du 3 mars 2026",
    auteur="Le service",
    le=datetime(2026, 3, 3, tzinfo=UTC),
    pied="https://pacte.exemple/",
    blocs=BLOCS,
)
# What a person may have typed: the marks of Typst, of XML, and what XML cannot write.
PIEGE = "#panic(1) $x$ *gras* [a] <b>&amp; \\ // \x0b \x00 “fin”"


def lire(octets: bytes) -> PdfReader:
    return PdfReader(BytesIO(octets), strict=True)


def test_le_pdf_dit_son_titre_sa_langue_et_la_norme_qu_il_suit():
    lecteur = lire(ecrire_pdf(ECRIT))
    racine = lecteur.trailer["/Root"]

    assert lecteur.metadata.title == "Rapport d’essai"
    assert racine["/Lang"] == "fr-FR"
    assert racine["/MarkInfo"]["/Marked"]
    assert racine["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in racine["/Metadata"].get_data()


def test_le_pdf_se_lit_dans_l_ordre_avec_ses_titres_et_ses_tableaux():
    lues = etiquettes(lire(ecrire_pdf(ECRIT)))

    assert [nom for nom in lues if nom in ("/H1", "/H2", "/H3", "/Table", "/L")] == [
        *("/H1", "/H2", "/Table", "/H3", "/L", "/L")
    ]
    assert lues.count("/TH") == 2 and lues.count("/TD") == 4
    assert lues.count("/Figure") == 1


def test_les_textes_du_pdf_se_suivent_comme_les_blocs():
    texte = lire_dans_l_ordre(lire(ecrire_pdf(ECRIT)))

    attendus = ["Rapport d’essai", "L’argent", "Première ligne", "seconde ligne", "Financeur"]
    attendus += ["12 000 €", "non communiqué", "Statut", "un autre", "La page", "En ligne"]
    places = [texte.index(attendu) for attendu in attendus]
    assert places == sorted(places)


def test_une_image_a_ses_mots_et_une_entete_sa_portee():
    lecteur = lire(ecrire_pdf(ECRIT))

    assert etiquettes(lecteur, "/Alt") == [f"Code QR : {ADRESSE}"]
    assert etiquettes(lecteur, "/Scope") == ["/Column", "/Column"]


def test_un_niveau_de_titre_saute_n_est_pas_ecrit():
    with pytest.raises(ImpressionImpossible, match="heading level"):
        ecrire_pdf(replace(ECRIT, blocs=(Titre("Trop bas", niveau=4),)))


def test_imprimer_ne_pese_rien_sur_qui_sert_les_pages():
    """Typst keeps what it made of its last texts: it is never loaded by a worker."""
    ecrire_pdf(ECRIT)

    assert "typst" not in sys.modules


def test_un_texte_qui_ne_finit_pas_est_arrete(monkeypatch):
    monkeypatch.setattr(pdf, "SECONDES_AU_PLUS", 0.001)

    with pytest.raises(ImpressionImpossible, match="ne finit pas"):
        ecrire_pdf(ECRIT)


@pytest.mark.parametrize("ecrire", [ecrire_pdf, ecrire_odt])
def test_le_meme_texte_donne_les_memes_octets(ecrire):
    assert ecrire(ECRIT) == ecrire(ECRIT)
    assert ecrire(ECRIT) != ecrire(replace(ECRIT, titre="Un autre"))


@pytest.mark.parametrize(
    "bloc",
    [
        Titre(PIEGE),
        Paragraphe(PIEGE),
        Encadre(PIEGE),
        Lien(PIEGE, ADRESSE),
        Liste((PIEGE,)),
        Reperes(((PIEGE, PIEGE),)),
        Grille(PIEGE, (Entete(PIEGE), Entete(PIEGE)), ((PIEGE, PIEGE),)),
        CodeQr(PIEGE, ADRESSE),
    ],
    ids=lambda bloc: bloc.genre,
)
def test_ce_que_quelqu_un_a_tape_n_est_jamais_du_code(bloc):
    ecrit = replace(ECRIT, titre=PIEGE, pied=PIEGE, sous_titre=PIEGE, blocs=(bloc,))
    mots = ("#panic(1)", "$x$", "*gras*", "<b>&amp")

    dans_le_pdf = lire_dans_l_ordre(lire(ecrire_pdf(ecrit)))
    dans_l_odt = "".join(ElementTree.fromstring(contenu_odt(ecrire_odt(ecrit))).itertext())
    sur_la_page = render_to_string(bloc.sur_une_page, {"bloc": bloc})

    for mot in mots:
        assert dans_le_pdf.count(mot) >= 3
        assert dans_l_odt.count(mot) >= 3
    assert "<b>" not in sur_la_page and "&lt;b&gt;" in sur_la_page


def test_chaque_signe_que_l_on_garde_se_dessine():
    """Typst refuses the whole text for one sign that no typeface draws."""
    signes = [chr(code) for code in range(0x20, 0x2FFF) if not SANS_DESSIN.match(chr(code))]
    lignes = ["".join(signes[debut : debut + 60]) for debut in range(0, len(signes), 60)]

    ecrire_pdf(replace(ECRIT, blocs=(Liste((*lignes, REMPLACANT)),)))

    assert len(signes) > 2000


def test_un_signe_sans_dessin_se_dit_tel_quel_ailleurs_et_se_remplace_dans_le_pdf():
    ecrit = replace(ECRIT, blocs=(Paragraphe("Bravo 😀 你好 e\u0301té"),))

    assert "Bravo � �� été" in lire_dans_l_ordre(lire(ecrire_pdf(ecrit)))
    assert "Bravo 😀 你好" in contenu_odt(ecrire_odt(ecrit)).decode()


def contenu_odt(odt: bytes) -> bytes:
    with ZipFile(BytesIO(odt)) as archive:
        return archive.read("content.xml")


def test_un_retour_de_formulaire_et_une_tabulation_ne_laissent_pas_de_signe():
    ecrit = replace(ECRIT, blocs=(Paragraphe("Ligne une\r\nLigne deux\tsuite\rfin \u0486"),))

    assert "Ligne une Ligne deux suite fin \ufffd" in lire_dans_l_ordre(lire(ecrire_pdf(ecrit)))


def test_les_espaces_du_francais_sont_mis_partout_sauf_dans_une_adresse():
    blocs = (Paragraphe("En cours : l'eau"), Lien("Voir : ici", "https://exemple.fr/?a=b : c"))
    ecrit = replace(ECRIT, blocs=blocs)

    odt = contenu_odt(ecrire_odt(ecrit)).decode()
    page = render_to_string(blocs[0].sur_une_page, {"bloc": blocs[0]})
    liens = [
        annotation.get_object()["/A"]["/URI"]
        for annotation in lire(ecrire_pdf(ecrit)).pages[0]["/Annots"]
    ]

    for texte in (odt, page):
        assert "En cours\u00a0: l’eau" in texte
    assert 'xlink:href="https://exemple.fr/?a=b : c"' in odt
    assert liens == ["https://exemple.fr/?a=b : c"]


def test_ce_qui_ne_s_imprime_pas_repond_503_en_francais():
    reponse = repondre_papier(replace(ECRIT, blocs=(Titre("Trop bas", niveau=4),)), "pdf", "x")

    assert reponse.status_code == 503
    assert "ne s’imprime pas" in reponse.content.decode()


def test_l_odt_commence_par_son_type_et_chaque_partie_se_lit():
    with ZipFile(BytesIO(ecrire_odt(ECRIT))) as archive:
        premiere, *autres = archive.infolist()
        assert premiere.filename == "mimetype" and premiere.compress_type == 0
        for partie in autres:
            ElementTree.fromstring(archive.read(partie))


def test_libreoffice_ouvre_l_odt_et_y_lit_tout(tmp_path):
    (tmp_path / "essai.odt").write_bytes(ecrire_odt(ECRIT))

    lecteur = PdfReader(convertir(tmp_path / "essai.odt", "pdf"))
    texte = "".join(page.extract_text() for page in lecteur.pages)
    for attendu in ("Rapport d’essai", "seconde ligne", "non communiqué", "un autre", ADRESSE):
        assert attendu in texte
    assert lecteur.metadata.title == "Rapport d’essai"


def test_sur_une_page_un_tableau_a_sa_legende_et_ses_entetes():
    page = render_to_string("papier/html/grille.html", {"bloc": BLOCS[3]})

    assert "<caption>Montants, en euros</caption>" in page
    assert page.count('scope="col"') == 2 and page.count('scope="row"') == 2
    assert 'data-label="Prévu"' in page
