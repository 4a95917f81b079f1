"""One visit a role: each state of each page is reached once, and every check looks at it.

Coming to a state costs more than most looks at it: navigation, the server, a cold axe-core. The
tests then read, one subject each, what the visit found.
"""

import os
from collections.abc import Callable
from pathlib import Path

from tests.navigateur import etapes as e
from tests.navigateur.releve import COULEURS, OPTIONS, Releve
from tests.navigateur.scene import ouvrir_un_contexte

# A desktop, the same zoomed to 200 %, a phone.
LARGEURS = (1280, 640, 320)
ROLES = {
    "lecture": (None, e.etapes_de_lecture, LARGEURS),
    "information": (None, e.etapes_d_information, (1280, 320)),
    "sans-compte": (None, e.etapes_sans_compte, (1280, 320)),
    "compte": (None, e.etapes_du_compte, (1280, 320)),
    "espace": ("referente", e.etapes_de_l_espace, LARGEURS),
    "contributeur": ("contributeur", e.etapes_du_contributeur, (1280, 320)),
    "administration": ("administrateur", e.etapes_de_l_administration, (1280, 320)),
    "agent": ("agent", e.etapes_d_un_agent, (1280, 320)),
    "modeles": ("administrateur", e.etapes_des_modeles, (1280,)),
}
# The administration follows the theme of the system; the public pages have one.
A_DEUX_THEMES = ("administration", "agent", "modeles")
HAUTEUR = 900
ARRIVES = "Promise.all(document.getAnimations().map((a) => a.finished.catch(() => null)))"


class Bilan:
    """What one check saw, state by state, and the faults that it found."""

    def __init__(self, nom: str):
        self.nom, self.vus, self.fautes = nom, [], []

    def conclure(self) -> None:
        """Write what was looked at in the folder that PACTE_RAPPORT names, or say it in a line."""
        if dossier := os.environ.get("PACTE_RAPPORT"):
            Path(dossier).mkdir(parents=True, exist_ok=True)
            texte = "\n".join([*self.vus, ""])
            (Path(dossier) / f"{self.nom}.txt").write_text(texte, encoding="utf-8")
        else:
            print(f"{self.nom} : {len(self.vus)} contrôles")
        assert not self.fautes, "\n".join(self.fautes)


# A look: the page in a state, the state, where to write. It leaves the page as it found it.
Regard = Callable[..., None]


class Visite:
    """The states of a role, seen once: the record of axe by theme, the account of each look."""

    def __init__(self, role: str, scene, chromium, base: str):
        self.role, self.scene = role, scene
        compte, self.etapes, self.largeurs = ROLES[role]
        self.axe = {"light": Releve(f"axe-{role}-light", OPTIONS)}
        if role in A_DEUX_THEMES:
            self.axe["dark"] = Releve(f"axe-{role}-dark", COULEURS)
        self.bilans: dict[Regard, Bilan] = {}
        self.ouverture = chromium, base, getattr(scene, compte or "", None)

    def faire(self, regards: dict[Regard, str]) -> "Visite":
        """Look at every state with axe in its themes, then with each of `regards` (→ a name)."""
        self.bilans = {regard: Bilan(f"{nom}-{self.role}") for regard, nom in regards.items()}
        statuts = []
        contexte = ouvrir_un_contexte(*self.ouverture, color_scheme="light")
        page = contexte.new_page()
        page.on(
            "response", lambda r: r.request.is_navigation_request() and statuts.append(r.status)
        )
        redimensionner(page, self.largeurs[-1])
        for etape in self.etapes(self.scene):
            etape.jouer(page)
            assert statuts[-1] == etape.statut, str(etape)
            if "fautes" in etape.etat:
                page.locator(".invalid-feedback, .errorlist").first.wait_for()
            self._regarder(page, etape)
        contexte.close()
        return self

    def _regarder(self, page, etape) -> None:
        for theme, releve in self.axe.items():
            page.emulate_media(color_scheme=theme)
            # A colour on its way to another is neither theme's.
            page.evaluate(ARRIVES)
            releve.regarder(page, etape, self.largeurs)
        page.emulate_media(color_scheme="light")
        for regard, bilan in self.bilans.items():
            regard(page, etape, bilan)
            redimensionner(page, self.largeurs[-1])


def redimensionner(page, largeur: int) -> None:
    page.set_viewport_size({"width": largeur, "height": HAUTEUR})
