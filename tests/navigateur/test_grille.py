"""A year of money typed in the grid: keystrokes and pages counted, with script and without."""

import re

import pytest

from actions.models import Action, Financement
from partenaires.models import Partenaire
from tests.lecture import lisible

pytestmark = pytest.mark.navigateur
GRILLE = "/admin/actions/financement/grille/?annee=2027"
CASES = "td input[name$=-prevu]"
COLLER = """([case, texte]) => {
  const donnees = new DataTransfer();
  donnees.setData("text", texte);
  const colle = new ClipboardEvent("paste", {clipboardData: donnees, bubbles: true});
  document.getElementById(case).dispatchEvent(colle);
}""".replace("case", "nom")


class Compteur:
    """Counts what hands do: keys pressed, clicks, choices, and the pages that come."""

    def __init__(self, page):
        self.page, self.gestes, self.pages = page, 0, 0
        page.on("framenavigated", lambda _cadre: setattr(self, "pages", self.pages + 1))

    def taper(self, texte: str) -> None:
        self.page.keyboard.type(texte)
        self.gestes += len(texte)

    def presser(self, touche: str) -> None:
        self.page.keyboard.press(touche)
        self.gestes += 1

    def cliquer(self, lieu) -> None:
        lieu.click()
        self.gestes += 1

    def choisir(self, lieu, valeur: str) -> None:
        lieu.select_option(valeur)
        # To reach the list, and to choose in it.
        self.gestes += 2


def _vider(annee: int = 2027) -> None:
    Financement.objects.filter(annee_id=annee).delete()


def _par_la_grille(page, financeur) -> tuple[int, int]:
    compteur = Compteur(page)
    page.goto(f"{GRILLE}&financeur={financeur.pk}")
    compteur.cliquer(page.locator(CASES).first)
    nombre = page.locator(CASES).count()
    for _rang in range(nombre):
        compteur.taper("12500")
        compteur.presser("Enter")
    page.locator("[name=_enregistrer]").click()
    page.locator(".messagelist").wait_for()
    return compteur.gestes + 1, compteur.pages


def _par_l_action(page, action, financeurs) -> tuple[int, int]:
    compteur = Compteur(page)
    page.goto(f"/admin/actions/action/{action.pk}/change/")
    for financeur in financeurs:
        compteur.cliquer(page.locator("#financements-group .add-row a"))
        ligne = page.locator("#financements-group tr.dynamic-financements").last
        compteur.choisir(ligne.locator("select[name$=annee]"), "2027")
        compteur.choisir(ligne.locator("select[name$=financeur]"), str(financeur.pk))
        compteur.cliquer(ligne.locator("input[name$=prevu]"))
        compteur.taper("12500")
    page.locator("[name=_save]").first.click()
    page.locator(".messagelist").wait_for()
    return compteur.gestes + 1, compteur.pages


def test_l_annee_se_saisit_en_une_page_et_moitie_moins_de_gestes(scene, ouvrir):
    _vider()
    departement = Partenaire.objects.get(partie="departement")
    caisse = Partenaire.objects.get(slug="ccss")
    actions = list(Action.objects.exclude(publication="retiree").order_by("code"))
    page = ouvrir("agent")

    gestes, pages = _par_la_grille(page, caisse)
    saisies = Financement.objects.filter(annee_id=2027, prevu=12500).count()
    _vider()
    d_une, pages_d_une = _par_l_action(page, actions[0], [departement, caisse])

    assert saisies == 2 * len(actions)
    assert pages == 2
    assert pages_d_une * len(actions) >= 2 * 27
    assert gestes < d_une * len(actions) * 0.75, (gestes, d_une * len(actions))
    print(f"{gestes} gestes et {pages} pages ; sinon {d_une * len(actions)} et {pages_d_une * 27}")


def test_un_bloc_se_colle_dans_les_cellules_en_cinq_etapes(scene, ouvrir):
    _vider()
    page = ouvrir("agent")
    page.goto(GRILLE)
    premiere = page.locator(CASES).first.get_attribute("id")
    nombre = page.locator(CASES).count()
    bloc = "\n".join(f"{rang}\t{rang},5\t\t0" for rang in range(nombre))

    # 1 open the grid, 2 copy in the spreadsheet, 3 choose the first cell, 4 paste, 5 save.
    page.locator(CASES).first.click()
    page.evaluate(COLLER, [premiere, bloc])
    page.locator("[name=_enregistrer]").click()
    page.locator(".messagelist").wait_for()

    lignes = Financement.objects.filter(annee_id=2027)
    assert lignes.count() == nombre
    assert set(lignes.values_list("paye", "justifie")) == {(None, 0)}
    assert sorted(lignes.values_list("prevu", flat=True)) == list(range(nombre))


def test_sans_script_le_bloc_passe_par_la_boite_en_six_etapes(scene, ouvrir):
    _vider()
    action = Action.objects.order_by("code").first()
    page = ouvrir("agent", java_script_enabled=False)

    # 1 open the grid, 2 copy in the spreadsheet, 3 unfold the box, 4 paste, 5 read, 6 save.
    page.goto(GRILLE)
    page.locator(".grille__bloc summary").click()
    page.locator("#bloc").fill(f"{action.code}\t1 234,50")
    page.locator("[name=_coller]").click()
    assert Financement.objects.filter(annee_id=2027).count() == 0
    page.locator("[name=_enregistrer]").click()

    ligne = Financement.objects.get(annee_id=2027)
    assert (ligne.action, float(ligne.prevu)) == (action, 1234.5)


def test_totaux_et_parite_sont_les_memes_en_tapant_et_apres(scene, ouvrir):
    _vider()
    volet = Action.objects.order_by("code").first().volet
    type(volet).objects.filter(pk=volet.pk).update(part_etat_attendue=50, tolerance=2)
    etat = Partenaire.objects.get(partie="etat")
    action = volet.actions.order_by("code").first()
    Financement.objects.create(action=action, annee_id=2027, financeur=etat, prevu=1000)
    page = ouvrir("agent")
    page.goto(GRILLE)

    def dits() -> list[str]:
        total = page.locator("[data-total=prevu]").inner_text()
        return [lisible(total), lisible(page.locator("[data-parite] span").first.inner_text())]

    for saisie in ("980", "1 000,00", "400", "0"):
        page.goto(GRILLE)
        page.locator(f"[data-partie=departement] {CASES}").first.fill(saisie)
        en_tapant = dits()
        page.locator("[name=_enregistrer]").click()
        page.locator(".messagelist").wait_for()
        assert dits() == en_tapant
        assert not re.search("non communiqué", en_tapant[0])


def test_au_clavier_seul(scene, ouvrir):
    _vider()
    page = ouvrir("agent")
    page.goto(GRILLE)
    page.locator(CASES).first.focus()

    page.keyboard.type("5")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("7")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Alt+ArrowDown")

    valeurs = [case.input_value() for case in page.locator(CASES).all()]
    assert valeurs[:3] == ["5", "7", "5"]
    assert set(valeurs[2:]) == {"5"}
    page.locator("[name=_enregistrer]").focus()
    page.keyboard.press("Enter")
    page.locator(".messagelist").wait_for()
    assert Financement.objects.filter(annee_id=2027, prevu=5).count() == len(valeurs) - 1
