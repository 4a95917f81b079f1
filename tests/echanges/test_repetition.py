"""The rehearsal: what each line would do, or why it is refused, by sheet, line and column."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import models

from actions.models import Action, Financement, Jalon, PointEtape
from pacte.echanges.cellules import lire_cellule
from pacte.echanges.lecture import FichierIllisible
from pacte.echanges.repetition import Sorte
from pacte.socle.montants import MontantField
from tests.echanges.jeu import installer, rapporter

pytestmark = pytest.mark.django_db
ARGENT = "Code;Année;Financeur;Nature;Prévu (€);Définitif"
DEPARTEMENT = "Le Département d’essai"


@pytest.fixture
def jeu(db):
    return installer()


def _argent(*lignes: str) -> str:
    return "\n".join([ARGENT, *lignes])


def test_ajoutee_changee_inchangee_refusee(jeu, agent_departement):
    repetition = rapporter(
        _argent(
            f"CLS-1-01;2026;{DEPARTEMENT};numéraire;2000;non",
            "CLS-1-01;2025;Caisse d’essai;numéraire;300;oui",
            "CLS-1-02;2026;Caf d’essai;valorisation;;",
            "CLS-9-99;2026;Caisse d’essai;numéraire;1;",
        ),
        par=agent_departement,
    )

    assert [ligne.sorte for ligne in repetition.lignes] == [
        "changee",
        "ajoutee",
        "ajoutee",
        "refusee",
    ]
    assert repetition.lignes[0].changements == [("Prévu (€)", "1\u202f234,56", "2\u202f000")]
    assert [ligne.nom for ligne in repetition.lignes] == [
        "CLS-1-01 – 2026, Le Département d’essai",
        "CLS-1-01 – 2025, CAISSE",
        "CLS-1-02 – 2026, CAISSE",
        # What it says itself: nothing was recognised in it.
        "CLS-9-99, 2026, Caisse d’essai, numéraire",
    ]
    assert repetition.lignes[2].objet.financeur == jeu.caisse
    assert repetition.lignes[3].fautes == [("Code", "« CLS-9-99 » n’est le code d’aucune action.")]
    assert not repetition.est_acceptee
    assert Financement.objects.count() == 2


@pytest.mark.parametrize(
    ("ligne", "colonne", "raison"),
    [
        ("CLS-1-01;2031;CAISSE;numéraire;1;", "Année", "n’est pas une année du Pacte"),
        ("CLS-1-01;2026;Inconnu;numéraire;1;", "Financeur", "aucun partenaire"),
        ("CLS-1-01;2026;CAISSE;troc;1;", "Nature", "« numéraire », « valorisation »"),
        ("CLS-1-01;2026;CAISSE;numéraire;beaucoup;", "Prévu (€)", "montant en euros"),
        ("CLS-1-01;2026;CAISSE;numéraire;-5;", "Prévu (€)", "négatif"),
        ("CLS-1-01;2026;CAISSE;numéraire;1;peut-être", "Définitif", "« oui » ou « non »"),
        ("CLS-1-01;2026;;numéraire;1;", "Financeur", "À remplir"),
    ],
)
def test_une_cellule_fausse_dit_sa_colonne(jeu, agent_departement, ligne, colonne, raison):
    (lue,) = rapporter(_argent(ligne), par=agent_departement).lignes

    assert (lue.feuille, lue.numero, lue.sorte) == ("Financements", 2, Sorte.REFUSEE)
    ((dite, phrase),) = lue.fautes
    assert dite == colonne
    assert any(mot in phrase for mot in raison.split("|")), phrase


def test_la_meme_ligne_deux_fois(jeu, agent_departement):
    ligne = "CLS-1-02;2026;CAISSE;numéraire;1;"

    repetition = rapporter(_argent(ligne, ligne), par=agent_departement)

    assert repetition.lignes[1].fautes == [("", "Même ligne que la ligne 2 : n’en garder qu’une.")]


@pytest.mark.parametrize("le_numero_d_abord", [True, False])
def test_la_meme_ligne_par_son_numero_et_par_ce_qu_elle_dit(
    jeu, agent_departement, le_numero_d_abord
):
    jalon = Jalon.objects.create(action=jeu.action, libelle="Ouvrir", prevu_le=date(2026, 5, 1))
    lignes = [f"{jalon.pk};CLS-1-01;Ouvrir;2026-05-01;2026-05-02", ";CLS-1-01;Ouvrir;2026-05-01;"]
    lignes = lignes if le_numero_d_abord else lignes[::-1]
    texte = "\n".join(["Numéro;Code;Jalon;Prévu le;Atteint le", *lignes])

    repetition = rapporter(texte, par=agent_departement, nom="jalons.csv")

    assert repetition.lignes[1].fautes == [("", "Même ligne que la ligne 2 : n’en garder qu’une.")]


def test_le_departement_ne_touche_pas_aux_lignes_de_l_etat(jeu, agent_departement, agent_etat):
    texte = _argent("CLS-1-01;2026;La préfecture d’essai;numéraire;1;")

    (refusee,) = rapporter(texte, par=agent_departement).lignes
    (changee,) = rapporter(texte, par=agent_etat).lignes

    assert refusee.fautes == [("", "Les montants de PREF se saisissent par les agents de l’État.")]
    assert changee.sorte == Sorte.CHANGEE


def test_l_etat_ne_touche_qu_a_ses_lignes(jeu, agent_etat):
    argent = rapporter(_argent(f"CLS-1-01;2026;{DEPARTEMENT};numéraire;1;"), par=agent_etat)
    fiche = rapporter("Code;En clair\nCLS-1-01;Autre.", par=agent_etat, nom="actions.csv")

    assert [ligne.sorte for ligne in (*argent.lignes, *fiche.lignes)] == [Sorte.REFUSEE] * 2


def test_une_ligne_inchangee_de_l_autre_partie_passe(jeu, agent_departement):
    texte = _argent("CLS-1-01;2026;PREF;numéraire;5000;non")

    (ligne,) = rapporter(texte, par=agent_departement).lignes

    assert ligne.sorte == Sorte.INCHANGEE


@pytest.mark.parametrize(
    ("entetes", "raison"),
    [
        ("Code;Année;Financeur;Prévu (€)", "il manque « Nature »"),
        ("Code;Année;Financeur;Nature;Prevus (€)", "« Prevus .€. » est inconnue.*« Prévu .€. »"),
        ("Code;Année;Financeur;Nature;code", "deux fois"),
    ],
)
def test_une_colonne_manquante_ou_renommee(jeu, agent_departement, entetes, raison):
    with pytest.raises(FichierIllisible, match=raison):
        rapporter(f"{entetes}\nCLS-1-01;2026;CAISSE;1;2", par=agent_departement)


def test_une_colonne_absente_est_laissee_telle_quelle(jeu, agent_departement):
    (ligne,) = rapporter(
        f"Code;Année;Financeur;Nature\nCLS-1-01;2026;{DEPARTEMENT};numéraire",
        par=agent_departement,
    ).lignes

    assert ligne.sorte == Sorte.INCHANGEE


def test_une_feuille_se_reconnait_a_ses_colonnes(jeu, agent_departement):
    texte = "Code;Année;Financeur;Nature;Prévu (€)\n"
    ligne = f"CLS-1-01;2026;{DEPARTEMENT};numéraire;7"

    (lue,) = rapporter(texte + ligne, par=agent_departement, nom="export (3).csv").lignes

    assert (lue.feuille, lue.sorte) == ("Financements", Sorte.CHANGEE)
    with pytest.raises(FichierIllisible, match="Feuille inconnue : « export »"):
        rapporter("Autre\nCLS-1-01", par=agent_departement, nom="export.csv")


def test_une_action_du_cls_sur_l_axe_2_ne_s_exprime_pas(jeu, agent_departement):
    lignes = [";Sans place;;", ";;CLS;3", ";Nouvelle;CLS;2", ";Autre;CLS;3"]
    texte = "\n".join(["Code;Titre;Contrat;Axe", *lignes, "CLS-1-01;Accueillir;CLS;3"])

    sans_place, sans_titre, refusee, ajoutee, deplacee = rapporter(
        texte, par=agent_departement, nom="actions.csv"
    ).lignes

    assert sans_place.sorte == Sorte.REFUSEE
    assert [entete for entete, _ in sans_titre.fautes] == ["Titre"]
    assert refusee.fautes == [
        ("Axe", "Le contrat CLS n’a pas de volet sur l’axe « 2 » : il en a sur 1, 3.")
    ]
    assert (ajoutee.objet.code, ajoutee.objet.publication) == ("CLS-3-01", "brouillon")
    assert deplacee.fautes[0][0] == "Contrat et axe"


def test_un_objectif_est_du_meme_volet(jeu, agent_departement):
    texte = "Code;Contrat;Axe;Objectif\nCLS-1-01;CLS;1;{}"

    (posee,) = rapporter(
        texte.format("Ouvrir un lieu"), par=agent_departement, nom="actions.csv"
    ).lignes
    (refusee,) = rapporter(texte.format("Autre"), par=agent_departement, nom="actions.csv").lignes

    assert posee.changements == [("Objectif", "vide", str(jeu.objectif))]
    assert refusee.fautes[0][0] == "Objectif"


def test_les_publics_sont_ceux_de_la_table(jeu, agent_departement):
    texte = "Code;Publics\nCLS-1-01;{}"

    (vide,) = rapporter(texte.format(""), par=agent_departement, nom="actions.csv").lignes
    (refuse,) = rapporter(
        texte.format("Jeunes d’essai | Martiens"), par=agent_departement, nom="actions.csv"
    ).lignes

    assert vide.changements == [("Publics", "Jeunes d’essai", "vide")]
    assert refuse.fautes == [("Publics", "Public inconnu : Martiens.")]


def test_un_nom_ambigu_est_demande_en_entier(jeu, agent_departement):
    jeu.departement.sigle = "CAISSE"
    jeu.departement.save()

    (ligne,) = rapporter(_argent("CLS-1-01;2026;CAISSE;numéraire;1;"), par=agent_departement).lignes

    assert "écrire le nom entier" in ligne.fautes[0][1]


def test_un_fichier_ajoute_une_action_et_ce_qui_en_depend(jeu, agent_departement):
    import json

    contenu = json.dumps(
        {
            "actions": [{"code": "CLS-3-07", "titre": "Neuve", "contrat": "CLS", "axe": 3}],
            "financements": [
                {
                    "code": "CLS-3-07",
                    "annee": 2026,
                    "financeur": "CAISSE",
                    "nature": "numeraire",
                    "prevu": 12.5,
                }
            ],
            "indicateurs": [{"code": "CLS-3-07", "libelle": "Visites", "unite": "visites"}],
            "releves": [{"code": "CLS-3-07", "indicateur": "Visites", "annee": 2026, "valeur": 9}],
        }
    )

    repetition = rapporter(contenu, par=agent_departement, nom="tout.json")

    assert [ligne.fautes for ligne in repetition.lignes] == [[], [], [], []]
    assert {ligne.sorte for ligne in repetition.lignes} == {Sorte.AJOUTEE}
    assert not Action.objects.filter(code="CLS-3-07").exists()


def test_un_point_d_etape_s_ajoute_et_ne_se_recrit_pas(jeu, agent_departement):
    entetes = "Numéro;Code;Date;Statut;Fait"
    neuf = ";CLS-1-01;2026-04-01;En cours;Ouvert."
    ancien = f"{jeu.point.pk};CLS-1-01;2026-03-01;En cours;Autre chose."
    meme = ";CLS-1-01;01/03/2026;en cours;Lieu trouvé."

    lignes = rapporter(
        "\n".join([entetes, neuf, ancien, meme]), par=agent_departement, nom="points-d-etape.csv"
    ).lignes

    assert [ligne.sorte for ligne in lignes] == [Sorte.AJOUTEE, Sorte.REFUSEE, Sorte.INCHANGEE]
    assert "se corrige sur son écran" in lignes[1].fautes[0][1]
    assert PointEtape.objects.count() == 1


def test_un_numero_inconnu_ou_d_une_autre_action(jeu, agent_departement):
    texte = "Numéro;Code;Jalon;Prévu le\n999;CLS-1-01;A;2026-01-01\n{};CLS-1-02;A;2026-01-01"

    inconnu, autre = rapporter(
        texte.format(jeu.jalon.pk), par=agent_departement, nom="jalons.csv"
    ).lignes

    assert "999" in inconnu.fautes[0][1]
    assert autre.sorte == Sorte.REFUSEE


@pytest.mark.parametrize(
    ("cellule", "lu"),
    [
        ("1 234,50 €", "1234.50"),
        ("1\u202f234,50\u00a0€", "1234.50"),
        (1234.5, "1234.50"),
        ("0", "0"),
        (0, "0"),
        ("", None),
        (None, None),
        ("n.c.", None),
        ("N.C", None),
        ("nc", None),
        ("Non communiqué", None),
        ("—", None),
        ("–", None),
        ("?", None),
    ],
)
def test_un_montant_comme_on_l_ecrit(cellule, lu):
    attendu = None if lu is None else Decimal(lu)

    assert lire_cellule(MontantField(), cellule) == attendu


@pytest.mark.parametrize("cellule", ["12a", True, date(2026, 1, 1), "1,2,3,", 1e20])
def test_ce_qui_n_est_pas_un_montant(cellule):
    with pytest.raises(ValueError, match="[Mm]ontant|nombre"):
        lire_cellule(MontantField(), cellule)


@pytest.mark.parametrize("cellule", ["2026-03-31", "31/03/2026", "31.3.2026", date(2026, 3, 31)])
def test_une_date_meme_ecrite_en_texte(cellule):
    assert lire_cellule(models.DateField(), cellule) == date(2026, 3, 31)


@pytest.mark.parametrize("cellule", ["31/02/2026", "mars 2026", "03/2026", 46112.0])
def test_ce_qui_n_est_pas_une_date(cellule):
    with pytest.raises(ValueError, match="n’est pas une date"):
        lire_cellule(models.DateField(), cellule)


def test_un_siret_lu_comme_un_nombre():
    assert lire_cellule(models.CharField(), 22050001100089.0) == "22050001100089"
