"""What the visit looks at in every state, axe aside; each look leaves the page as it found it."""

import re

from django.utils.timezone import localdate

from pacte.socle.typographie import date_fr
from tests.navigateur.visite import redimensionner

# A4 less its margins, in CSS pixels.
LARGEUR_IMPRIMABLE = 688
# WCAG 1.4.12. Not a <style> element, which our policy refuses.
ESPACER = """() => {
  const feuille = new CSSStyleSheet();
  feuille.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [feuille];
}"""
RESSERRER = "document.adoptedStyleSheets = []"
DEBORDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Boxes that cut a text: those made to hide it from sight alone are one pixel wide.
COUPES = """[...document.querySelectorAll("body *")].filter((e) => {
  const style = getComputedStyle(e);
  const cache = (axe) => ["hidden", "clip"].includes(style[axe]);
  return e.clientWidth > 1 && e.textContent.trim() && !e.closest("svg")
    && ((cache("overflowX") && e.scrollWidth > e.clientWidth + 1)
      || (cache("overflowY") && e.scrollHeight > e.clientHeight + 1));
}).map((e) => e.outerHTML.slice(0, 90))"""
DEBORDENT = """[...document.querySelectorAll("body *")].filter((x) => x.checkVisibility()
  && !x.closest(".visually-hidden") && (x.getBoundingClientRect().right > innerWidth + 1
    || (getComputedStyle(x).overflowX !== "visible" && x.clientWidth > 1
        && !x.closest("svg") && x.scrollWidth > x.clientWidth + 1)))
  .map((x) => x.outerHTML.slice(0, 90))"""
CACHES = ".entete__ligne > :not(.marque), .fil, .pied, main form, main button, .liste__filtres"
# A cell that shows neither its column's name nor what draws all the others.
SANS_NOM = """[...document.querySelectorAll(".empilable tbody td, .empilable tfoot td")]
  .filter((c) => c.checkVisibility() && !c.matches(".suivi__barre"))
  .filter((c) => !c.dataset.label
    || getComputedStyle(c, "::before").content !== JSON.stringify(c.dataset.label))
  .map((c) => c.outerHTML.slice(0, 90))"""


def reflux(page, etape, bilan) -> None:
    """Nothing overflows nor is cut at 320 px, nor at 320 and 1280 px with the text spaced out."""
    bilan.vus.append(f"{etape} : 320 px, puis espacement du texte à 320 et 1280 px")
    redimensionner(page, 320)
    if exces := page.evaluate(DEBORDE):
        bilan.fautes.append(f"{etape} déborde de {exces} px")
    page.evaluate(ESPACER)
    for largeur in (320, 1280):
        redimensionner(page, largeur)
        if exces := page.evaluate(DEBORDE):
            bilan.fautes.append(f"{etape}, espacée, {largeur} px, déborde de {exces} px")
        coupes = page.evaluate(COUPES)
        bilan.fautes += [f"{etape}, espacée, {largeur} px, coupe {c}" for c in coupes]
    page.evaluate(RESSERRER)


def papier(page, etape, bilan) -> None:
    """A printed page is whole, without what only serves on a screen, and says where it is from."""
    bilan.vus.append(f"{etape} : imprimée")
    redimensionner(page, LARGEUR_IMPRIMABLE)
    page.emulate_media(media="print")
    bilan.fautes += [f"{etape} perd {x}" for x in page.evaluate(DEBORDENT)]
    if page.locator(CACHES).locator("visible=true").count():
        bilan.fautes.append(f"{etape} imprime ce qui ne sert qu’à l’écran")
    # One drawn from a template alone is nowhere.
    if "/panne" not in page.url:
        pied = page.locator(".impression").inner_text()
        if date_fr(localdate()) not in pied or not re.search(r"https?://\S+/", pied):
            bilan.fautes.append(f"{etape} ne dit pas d’où elle vient : {pied}")
    page.emulate_media(media="screen")


def telephone(page, etape, bilan) -> None:
    """On a phone each cell says its column, and no table scrolls; the tables are counted."""
    redimensionner(page, 320)
    nombre = page.locator("table.empilable").count()
    bilan.vus += [f"{etape} : un tableau en cartes"] * nombre
    bilan.fautes += [f"{etape} : {x}" for x in page.evaluate(SANS_NOM)]
    bilan.fautes += [f"{etape} défile" for x in page.evaluate(DEBORDENT) if "defilant" in x]
    if page.locator("main table:not(.empilable, .carte-pacte)").count():
        bilan.fautes.append(f"{etape} : un tableau sans cartes")


IMPRIMES = ("lecture", "information", "espace")


def regards_de(role: str) -> dict:
    """Return the looks that the pages of `role` get: look → the name of its account."""
    trouves = {telephone: "telephone", papier: "papier"} if role in IMPRIMES else {}
    return trouves if role == "modeles" else {**trouves, reflux: "reflux"}
