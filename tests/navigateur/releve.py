"""What axe-core says of a page, and the account of what was checked."""

import os
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT

ETIQUETTES = "RGAAv4 wcag2a wcag2aa wcag21a wcag21aa best-practice experimental".split()
OPTIONS = {
    # « experimental » has to be named: axe leaves it out otherwise.
    "runOnly": {"type": "tag", "values": ETIQUETTES},
    "resultTypes": ["violations", "incomplete"],
    # It would fetch the style sheets again, for media queries that we do not ask about.
    "preload": False,
}
# What a theme can change: colours. The rest was asked of the same page in the other theme.
COULEURS = {
    **OPTIONS,
    "runOnly": {
        "type": "rule",
        "values": ["color-contrast", "link-in-text-block"],
    },
}
# Our policy refuses a script in the page: this one comes by the protocol of the browser.
LANCER = """async (options) => {
  const { violations, incomplete } = await axe.run(document, options);
  const dire = (regles) => regles.flatMap((r) => r.nodes.map((n) =>
    [r.id, n.target.flat(9).join(" "), r.help]));
  return [dire(violations), dire(incomplete)];
}"""


class Releve:
    """Violations found, and one line for each page, state and size that was looked at."""

    def __init__(self, nom: str, options: dict = OPTIONS):
        self.nom, self.vus, self.fautes, self.a_juger = nom, [], [], []
        self.options = options

    def regarder(self, page, etape, largeurs) -> None:
        """Run axe-core on what `page` shows, at each of `largeurs` (pixels)."""
        page.evaluate(AXE_SCRIPT)
        for largeur in largeurs:
            page.set_viewport_size({"width": largeur, "height": 900})
            violations, incomplets = page.evaluate(LANCER, self.options)
            lieu = f"{etape} ({largeur} px)"
            self.vus.append(lieu)
            self.fautes += [f"{r} – {lieu} – {s} – {d}" for r, s, d in violations]
            self.a_juger += [f"{r} – {lieu} – {s}" for r, s, _ in incomplets]

    def conclure(self) -> None:
        """Write the account in the folder that PACTE_RAPPORT names, or say it in a line."""
        bilan = f"{self.nom} : {len(self.vus)} contrôles, {len(self.fautes)} violations"
        if dossier := os.environ.get("PACTE_RAPPORT"):
            lignes = [bilan, "", "## Vu", *self.vus, "", "## Violations", *self.fautes]
            lignes += ["", "## À juger par une personne", *self.a_juger, ""]
            Path(dossier).mkdir(parents=True, exist_ok=True)
            (Path(dossier) / f"{self.nom}.txt").write_text("\n".join(lignes), encoding="utf-8")
        else:
            print(bilan)
        assert not self.fautes, "\n".join([bilan, *self.fautes])
