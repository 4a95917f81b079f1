"""The dashboard, figure by figure, on the example added up by hand in `test_argent`."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import localdate

from actions.models import Action, Financement, Jalon, Releve
from actions.models.financement import FinancementQuerySet
from contrats.models import Contrat, Exercice, Volet
from pacte.socle.montants import Total
from pacte.suivi.bilan import Engagement, Suivi
from tests.actions.jeu import NOMBRE, enrichir
from tests.actions.test_argent import DEPARTEMENT, ETAT, exemple, saisir
from tests.fabriques import creer_action, creer_indicateur, creer_point
from tests.lecture import lignes_csv, lire, lisible

__all__ = ["exemple"]  # the fixture is used by name


def test_sans_rien_de_renseigne_le_suivi_le_dit(client, referentiel):
    page = lire(client, "/suivi/")

    assert "l’avancement des 12 actions n’est pas communiqué" in page
    assert "Aucun montant n’est communiqué à ce jour." in page
    assert "€" not in page
    assert "À surveiller" not in page


def test_les_comptes_ont_leur_denominateur(client, referentiel, administrateur):
    for code, statut in (("CLS-1-01", "en_cours"), ("CLS-4-01", "realisee")):
        action = Action.objects.get(code=code)
        creer_point(action, localdate(), statut=statut)
        action.reprendre_statut(par=administrateur)

    page = lire(client, "/suivi/")
    (axe_1,) = [
        ligne for ligne in lignes_csv(client.get("/suivi/avancement.csv")) if ligne["Axe"] == "1"
    ]

    assert "<strong>1</strong> action réalisée, sur 12" in page
    assert "<strong>1</strong> action en cours, sur 12" in page
    assert (axe_1["Actions"], axe_1["En cours"], axe_1["Réalisée"]) == ("3", "1", "0")
    assert axe_1["Statut non communiqué"] == "2"


def test_les_statuts_s_additionnent_jusqu_a_toutes_les_actions(client, referentiel):
    enrichir()

    page = lire(client, "/suivi/")
    motif = rf"<strong>(\d+)</strong> actions? [^<]*, sur {NOMBRE}\b"
    nombres = [int(n) for n in re.findall(motif, page)]

    assert sum(nombres) == NOMBRE
    assert f"au statut non communiqué, sur {NOMBRE}" in page


def test_l_argent_par_annee_egale_le_compte_a_la_main(client, exemple):
    page = lire(client, "/suivi/")
    lignes = lignes_csv(client.get("/suivi/argent.csv"))
    par_annee = {ligne["Année"]: ligne for ligne in lignes}

    # 2025: 88,000 + 16,000 + 80,000; 2026: 85,000 and one unknown.
    assert ">184 000 €</a></td>" in page
    assert ">au moins 85 000 €</a></td>" in page
    # Something is committed in 2025 only: what is planned in 2026 is not compared with it.
    engages = "<strong>au moins 39 000 €</strong> engagés en 2025, sur 184 000 € prévus"
    assert f"{engages} ces mêmes années" in page
    assert par_annee["2025"]["Prévu connu (€)"] == "184000,00"
    assert (par_annee["2026"]["Prévu connu (€)"], par_annee["2026"]["Prévu : inconnus"]) == (
        "85000,00",
        "1",
    )


def test_l_argent_d_un_brouillon_ne_se_compte_pas(exemple):
    brouillon = Action.objects.filter(code="CLS-4-02")
    brouillon.update(publication="brouillon", visible_depuis=None)

    suivi = Suivi()

    assert suivi.total.prevu.somme == 88_000 + 85_000 + 80_000
    assert [totaux.prevu.somme for _, totaux in suivi.par_contrat] == [173_000, 80_000]


def test_l_argent_par_contrat_egale_le_compte_a_la_main(client, exemple):
    page = lire(client, "/suivi/")
    par_contrat = {
        ligne["Contrat"]: ligne for ligne in lignes_csv(client.get("/suivi/contrats.csv"))
    }

    # CLS: 88,000 + 16,000 + at least 85,000; CDIE: 80,000.
    assert ">au moins 189 000 €</td>" in page
    assert par_contrat["CLS"]["Prévu connu (€)"] == "189000,00"
    assert par_contrat["CLS"]["Prévu : inconnus"] == "1"
    assert par_contrat["CDIE"]["Prévu connu (€)"] == "80000,00"
    assert "CPT" not in par_contrat


def test_les_montants_par_contrat_disent_leur_unite_et_leur_periode(client, exemple):
    page = lire(client, "/suivi/")

    assert "Montants par contrat, en euros, de 2024 à 2027, toutes natures confondues" in page
    assert "l’État et le Département, en euros, par année et par volet, Contrat" in page


def test_l_administration_montre_les_memes_montants(client, exemple, administrateur):
    client.force_login(administrateur)
    action = Action.objects.get(code="CLS-4-01")

    fiche = lire(client, f"/admin/actions/action/{action.pk}/change/")
    liste = lire(client, "/admin/actions/financement/")

    for montant in ("39 000", "10 000", "42 500", "19 500,50"):
        assert f'value="{montant}"' in fiche
    assert liste.count("39 000 €") == 3


def test_le_cofinancement_se_lit_par_contrat(client, exemple):
    page = lire(client, "/suivi/")

    par_annee = {
        ligne["Année"]: ligne for ligne in lignes_csv(client.get("/suivi/cofinancement.csv"))
    }

    # 2025: State 39,000 + 10,000, Department 39,000 + 6,000; 2026: 42,500 each.
    for montant in ("49 000 €", "45 000 €", "42 500 €"):
        assert f">{montant}</td>" in page
    assert ">dans la tolérance, l’État prévoit 2 000 € de plus que sa part</td>" in page
    assert par_annee["2025"]["État, prévu connu (€)"] == "49000,00"
    assert par_annee["2025"]["Département, prévu connu (€)"] == "45000,00"
    assert (par_annee["2025"]["Écart (€)"], par_annee["2025"]["Volet"]) == ("2000,00", "CLS, axe 4")
    assert par_annee["2026"]["Parité"] == "parité exacte"


def textes(suivi) -> list[str]:
    return [lisible(alerte.texte) for alerte in suivi.alertes]


def test_ce_qui_depasse_se_signale_sans_rien_bloquer(client, exemple):
    cls = Contrat.objects.get(slug="cls")
    Exercice.objects.create(contrat=cls, annee_id=2025, plafond_etat=Decimal(40_000))
    Financement.objects.filter(action__code="CLS-4-02").update(engage=Decimal(8_000))
    saisir("CLS-1-01", 2025, ETAT, 50_000, engage=Decimal(0))

    dits = textes(Suivi())

    assert (
        "2025 : l’État prévoit plus que le plafond du contrat CLS (99 000 € pour 40 000 €)." in dits
    )
    assert not [dit for dit in dits if "plus engagé" in dit]
    Financement.objects.filter(action__code="CLS-4-02").update(engage=Decimal(90_000))
    dits = textes(Suivi())
    action = Action.objects.get(code="CLS-4-02")
    assert f"2025 : plus engagé que prévu pour « {action.titre} »." in dits
    assert [dit for dit in dits if "sur l’argent d’un autre volet" in dit] == []


@pytest.mark.parametrize(
    ("annees", "periode"),
    [
        ([2024], "en 2024"),
        ([2024, 2025], "en 2024 et 2025"),
        ([2024, 2025, 2026], "en 2024, 2025 et 2026"),
    ],
)
def test_la_periode_engagee_nomme_chaque_annee(annees, periode):
    assert Engagement(annees, Total(), Total()).periode == periode


def test_sans_rien_d_engage_rien_n_est_compare(referentiel):
    saisir("CLS-4-01", 2025, ETAT, 1000)
    assert Suivi().engagement is None

    saisir("CLS-4-01", 2024, ETAT, 500, engage=Decimal(0))
    saisir("CLS-4-02", 2026, ETAT, 200, engage=Decimal(50))
    engagement = Suivi().engagement

    assert engagement.annees == [2024, 2026]
    assert (engagement.engage.somme, engagement.prevu.somme) == (50, 700)


def test_les_barres_du_cofinancement_se_mesurent_a_la_plus_longue(exemple):
    saisir("CLS-1-01", 2025, ETAT, 1000)
    saisir("CLS-1-01", 2025, DEPARTEMENT, 53_000)
    (cls,) = Suivi().cofinancements

    barres = {
        annee.annee: [(partie, lisible(dit), largeur) for partie, dit, largeur in annee.barres]
        for annee in cls.annees
    }

    # 2025: State 49,000 + 1,000 and Department 45,000 + 53,000, the longest of all.
    assert barres == {
        2025: [("etat", "50 000 €", 100 * 50 / 98), ("departement", "98 000 €", 100)],
        2026: [
            ("etat", "42 500 €", pytest.approx(100 * 42.5 / 98)),
            ("departement", "42 500 €", pytest.approx(100 * 42.5 / 98)),
        ],
    }
    assert [parite.volet for parite in cls.ensemble] == ["CLS, axe 1", "CLS, axe 4"]
    assert (cls.nom, cls.adresse) == (Contrat.objects.get(slug="cls").nom, "/contrats/cls/")


def test_chaque_contrat_a_ses_annees_dans_l_ordre(exemple):
    """An axis of the CLS that has money in the later year only; another contract in a third one."""
    Volet.objects.filter(contrat__slug="cdie").update(part_etat_attendue=50)
    Financement.objects.filter(action__code="CDIE-2-01").update(annee=2024)
    saisir("CLS-1-01", 2026, ETAT, 1000)

    annees = {c.nom: [annee.annee for annee in c.annees] for c in Suivi().cofinancements}

    assert sorted(annees.values()) == [[2024], [2025, 2026]]


def test_chaque_volet_dit_ses_montants_et_non_ceux_du_contrat(client, exemple):
    saisir("CLS-1-01", 2026, ETAT, None)
    saisir("CLS-1-01", 2026, DEPARTEMENT, None)

    lignes = lignes_csv(client.get("/suivi/cofinancement.csv"))

    assert [list(ligne.values())[1:7] for ligne in lignes if ligne["Année"] == "2026"] == [
        ["CLS, axe 1", "2026", "", "1", "", "1"],
        ["CLS, axe 4", "2026", "42500,00", "0", "42500,00", "0"],
    ]


def test_un_cofinancement_a_zero_ou_inconnu_a_des_barres_vides(exemple):
    Financement.objects.update(prevu=0)
    (cls,) = Suivi().cofinancements
    assert {largeur for annee in cls.annees for *_, largeur in annee.barres} == {0}

    Financement.objects.filter(financeur__partie="etat").update(prevu=None)
    (cls,) = Suivi().cofinancements
    assert [dit for _, dit, _ in cls.annees[0].barres] == ["non communiqué", "0\u00a0€"]


def test_les_statuts_se_comptent_dans_l_ordre_des_barres(referentiel):
    assert Suivi().comptes == []
    Action.objects.filter(code__in=["CLS-1-01", "CLS-1-02"]).update(statut="realisee")
    Action.objects.filter(code="CLS-4-01").update(statut="a_lancer")

    suivi = Suivi()

    assert suivi.comptes == [
        ("realisee", 2, "réalisées"),
        ("a_lancer", 1, "à lancer"),
        ("non_renseigne", 9, "au statut non communiqué"),
    ]
    assert [(ligne.axe.numero, nombres) for ligne, nombres in suivi.par_axe][0] == (1, [2, 0, 1])
    Action.objects.update(statut="en_cours")
    assert Suivi().comptes == [("en_cours", 12, "en cours")]


def test_les_indicateurs_se_comptent_par_position_et_s_exportent(client, referentiel):
    action = Action.objects.get(code="CLS-4-01")
    mesures = {"Atteint": (10, 12), "Encore": (10, 10), "En deçà": (10, 9), "Sans": (None, 3)}
    for libelle, (cible, valeur) in mesures.items():
        indicateur = creer_indicateur(action=action, libelle=libelle, unite="jours")
        Releve.objects.create(indicateur=indicateur, annee_id=2025, cible=cible, valeur=valeur)
    creer_indicateur(action=action, libelle="Jamais", source="Carriolix").releves.create(
        annee_id=2026, cible=7
    )
    cache = creer_indicateur(action=creer_action(publication="brouillon", visible_depuis=None))
    cache.releves.create(annee_id=2025, valeur=1)

    suivi, lignes = Suivi(), lignes_csv(client.get("/suivi/indicateurs.csv"))

    assert suivi.positions == [
        ("a_la_cible", 2),
        ("en_deca", 1),
        ("pas_mesure", 1),
        ("sans_cible", 1),
    ]
    assert suivi.nombre_d_indicateurs == 5
    colonnes = ("Indicateur", "Année", "Mesuré", "Provisoire", "Cible", "Source")
    assert [tuple(ligne[c] for c in colonnes) for ligne in lignes] == [
        ("Atteint", "2025", "12", "oui", "10", ""),
        ("Encore", "2025", "10", "oui", "10", ""),
        ("En deçà", "2025", "9", "oui", "10", ""),
        ("Sans", "2025", "3", "oui", "", ""),
        ("Jamais", "2026", "", "non", "7", "Carriolix"),
    ]


def test_les_tableaux_disent_chaque_montant_et_ce_qui_manque(client, exemple):
    argent, contrats = (lignes_csv(client.get(f"/suivi/{n}.csv")) for n in ("argent", "contrats"))
    cofinancement = lignes_csv(client.get("/suivi/cofinancement.csv"))

    mesures = [f"{m} {quoi}" for m in ("Prévu", "Engagé") for quoi in ("connu (€)", ": inconnus")]
    assert [[ligne["Année"], *(ligne[m] for m in mesures)] for ligne in argent] == [
        ["2025", "184000,00", "0", "39000,00", "5"],
        ["2026", "85000,00", "1", "", "3"],
    ]
    assert [[ligne["Contrat"], *(ligne[m] for m in mesures)] for ligne in contrats] == [
        ["CLS", "189000,00", "1", "39000,00", "7"],
        ["CDIE", "80000,00", "0", "", "1"],
    ]
    assert [lisible(valeur) for valeur in cofinancement[0].values()][:11] == [
        *("CLS", "CLS, axe 4", "2025", "49000,00", "0", "45000,00", "0", "50,00", "5,00"),
        *("2000,00", "dans la tolérance, l’État prévoit 2 000 € de plus que sa part"),
    ]


@pytest.mark.parametrize(("plafond", "signale"), [(99_000, False), ("98999.99", True)])
def test_un_plafond_atteint_n_est_pas_depasse(exemple, plafond, signale):
    saisir("CLS-1-01", 2025, ETAT, 50_000)
    cls = Contrat.objects.get(slug="cls")
    Exercice.objects.create(contrat=cls, annee_id=2025, plafond_etat=Decimal(plafond))

    assert bool([dit for dit in textes(Suivi()) if "plafond" in dit]) is signale


def test_un_plafond_sans_argent_de_l_etat_ne_se_signale_pas(exemple):
    cdie = Contrat.objects.get(slug="cdie")
    Exercice.objects.create(contrat=cdie, annee_id=2026, plafond_etat=Decimal(1))

    assert [dit for dit in textes(Suivi()) if "plafond" in dit] == []


def test_un_plan_dont_une_part_est_inconnue_ne_se_dit_pas_depasse(exemple):
    """What MDS plans for 2026 is unknown: nobody can tell that it is exceeded."""
    lignes = Financement.objects.filter(action__code="CLS-4-01", annee=2026)
    lignes.update(engage=Decimal(90_000))
    assert [dit for dit in textes(Suivi()) if "engage" in dit] == []

    lignes.filter(prevu=None).update(prevu=Decimal(0))
    assert len([dit for dit in textes(Suivi()) if "plus engagé que prévu" in dit]) == 1


@pytest.mark.parametrize("situation", ["en_retard", "sans_nouvelles"])
def test_un_brouillon_n_est_compte_dans_aucune_alerte(client, referentiel, situation):
    enrichir()
    (avant,) = [a for a in Suivi().alertes if a.adresse.endswith(situation)]
    action = Action.objects.visibles().en_situation(situation).first()
    Action.objects.filter(pk=action.pk).update(publication="brouillon", visible_depuis=None)

    (apres,) = [a for a in Suivi().alertes if a.adresse.endswith(situation)]

    assert int(apres.texte.split("\u00a0")[0]) == int(avant.texte.split("\u00a0")[0]) - 1


def test_un_volet_qui_mord_sur_un_autre_se_signale(exemple):
    Financement.objects.filter(action__code="CLS-4-02").update(engage=Decimal(40_000))
    Financement.objects.filter(action__code="CLS-4-01").update(engage=Decimal(20_000))
    saisir("CLS-1-01", 2025, ETAT, 900_000, engage=Decimal(0))

    assert [dit for dit in textes(Suivi()) if "CLS engage plus que ce qu’il prévoit" in dit] == [
        "2025 : un volet du contrat CLS engage plus que ce qu’il prévoit, "
        "sur l’argent d’un autre volet."
    ]


def test_les_alertes_d_un_contrat_se_suivent_quel_que_soit_l_ordre_de_la_base(exemple, monkeypatch):
    lire_la_base = FinancementQuerySet.totaux_par
    monkeypatch.setattr(
        FinancementQuerySet,
        "totaux_par",
        lambda *args: dict(reversed(lire_la_base(*args).items())),
    )
    Financement.objects.filter(action__code="CLS-4-02").update(engage=Decimal(90_000))
    for annee in (2024, 2025, 2026):
        saisir("CLS-1-01", annee, ETAT, 900_000, engage=Decimal(0))
    saisir("CLS-4-02", 2024, ETAT, 1, engage=Decimal(2))

    dits = [dit for dit in textes(Suivi()) if "engage plus que ce qu’il prévoit" in dit]

    assert [dit[:4] for dit in dits] == ["2024", "2025"]


def test_le_tableau_d_argent_du_suivi_ne_redit_pas_la_parite(exemple):
    """The block of co-financing tells it, volet by volet."""
    assert [annee.parites for annee in Suivi().argent.annees] == [[], []]


@pytest.mark.parametrize(("jours", "signale"), [(-1, True), (0, False), (1, False)])
def test_un_jalon_se_signale_le_lendemain_de_sa_date(referentiel, jours, signale):
    action = Action.objects.get(code="CLS-1-01")
    prevu_le = localdate() + timedelta(days=jours)
    Jalon.objects.create(action=action, libelle="Étape", prevu_le=prevu_le)

    assert bool([dit for dit in textes(Suivi()) if "en retard" in dit]) is signale


def test_chaque_alerte_ouvre_exactement_les_lignes_qu_elle_compte(client, referentiel):
    enrichir()
    brouillon = Action.objects.get(code="CLS-1-01")
    Action.objects.filter(pk=brouillon.pk).update(publication="brouillon", visible_depuis=None)

    alertes = [alerte for alerte in Suivi().alertes if "situation=" in alerte.adresse]

    assert len(alertes) == 2
    for alerte in alertes:
        total = client.get(alerte.adresse).context["filtre"].total
        assert lisible(alerte.texte).startswith(f"{total} action")
