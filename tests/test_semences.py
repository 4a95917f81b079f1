"""The proof against the seeds: every action that the public text names is loaded, word for word."""

import hashlib
import re
from pathlib import Path

import pytest
import yaml

from actions.models import Action, Libelle

SEMENCES = Path(__file__).resolve().parents[1].parent / "shared" / "seeds"
ABSENTES = SEMENCES / "absentes"
# Digest of each bullet of the text → code of the action that carries it.
RELEVE = yaml.safe_load(
    (Path(__file__).parent / "donnees" / "semences.yaml").read_text(encoding="utf-8")
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("referentiel")]


def _empreinte(texte: str) -> str:
    return hashlib.sha256(texte.encode()).hexdigest()


def extraire_puces(texte: str) -> list[str]:
    """Return the bullets of a text, letter for letter, the list of the axes aside."""
    puces = re.findall(r"^ *• (.*)$", texte, flags=re.MULTILINE)
    return [puce for puce in puces if not re.match(r"Axe \d+ : ", puce)]


def lire_empreintes(dossier: Path) -> list[str]:
    """Return the digests of the bullets of `dossier`, or the recorded ones without the folder."""
    if not dossier.is_dir():
        return list(RELEVE)
    fichiers = sorted(dossier.glob("*.txt"))
    textes = (fichier.read_text(encoding="utf-8") for fichier in fichiers)
    return [_empreinte(puce) for texte in textes for puce in extraire_puces(texte)]


@pytest.mark.parametrize("dossier", [SEMENCES, ABSENTES], ids=["texte", "relevé"])
def test_chaque_puce_du_texte_est_un_libelle_et_rien_de_plus(dossier):
    attendues = lire_empreintes(dossier)

    libelles = [_empreinte(texte) for texte in Libelle.objects.values_list("texte", flat=True)]

    assert len(attendues) == 37
    assert sorted(libelles) == sorted(attendues)


@pytest.mark.parametrize("dossier", [SEMENCES, ABSENTES], ids=["texte", "relevé"])
def test_chaque_puce_est_portee_par_une_seule_action(dossier):
    porteuses = {}
    for texte, code in Libelle.objects.values_list("texte", "action__code"):
        porteuses.setdefault(_empreinte(texte), set()).add(code)

    trouvees = {empreinte: porteuses.get(empreinte) for empreinte in lire_empreintes(dossier)}

    assert trouvees == {empreinte: {code} for empreinte, code in RELEVE.items()}
    assert set(RELEVE.values()) == set(Action.objects.values_list("code", flat=True))


@pytest.mark.parametrize("dossier", [SEMENCES, ABSENTES], ids=["texte", "relevé"])
def test_le_texte_et_le_releve_disent_la_meme_chose(dossier):
    assert sorted(lire_empreintes(dossier)) == sorted(RELEVE)


def test_les_puces_se_lisent_dans_un_texte_sauf_les_axes(tmp_path):
    texte = "Titre\n\n  • Axe 1 : Un axe\n\n  • Une action : deux mots\n  1. non\n\n  • La dernière"
    (tmp_path / "000.txt").write_text(texte, encoding="utf-8")

    assert extraire_puces(texte) == ["Une action : deux mots", "La dernière"]
    assert lire_empreintes(tmp_path) == [
        _empreinte("Une action : deux mots"),
        _empreinte("La dernière"),
    ]


def test_une_lettre_changee_se_verrait():
    libelle = Libelle.objects.order_by("pk").first()
    Libelle.objects.filter(pk=libelle.pk).update(texte=libelle.texte + ".")

    libelles = {_empreinte(texte) for texte in Libelle.objects.values_list("texte", flat=True)}

    assert len(set(RELEVE) - libelles) == 1
