"""The proof against the seeds: every action that the public text names is loaded, word for word."""

import hashlib
from pathlib import Path

import pytest
import yaml

from actions.models import Action, Libelle

# Digest of each bullet of the text, letter for letter → code of the action that carries it.
RELEVE = yaml.safe_load(
    (Path(__file__).parent / "donnees" / "semences.yaml").read_text(encoding="utf-8")
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hautes_alpes")]


def _empreinte(texte: str) -> str:
    return hashlib.sha256(texte.encode()).hexdigest()


def test_chaque_puce_du_texte_est_un_libelle_et_rien_de_plus():
    libelles = [_empreinte(texte) for texte in Libelle.objects.values_list("texte", flat=True)]

    assert len(libelles) == 37
    assert sorted(libelles) == sorted(RELEVE)


def test_chaque_puce_est_portee_par_une_seule_action():
    porteuses = {}
    for texte, code in Libelle.objects.values_list("texte", "action__code"):
        porteuses.setdefault(_empreinte(texte), set()).add(code)

    assert porteuses == {empreinte: {code} for empreinte, code in RELEVE.items()}
    assert set(RELEVE.values()) == set(Action.objects.values_list("code", flat=True))


def test_une_lettre_changee_se_verrait():
    libelle = Libelle.objects.order_by("pk").first()
    Libelle.objects.filter(pk=libelle.pk).update(texte=libelle.texte + ".")

    libelles = {_empreinte(texte) for texte in Libelle.objects.values_list("texte", flat=True)}

    assert len(set(RELEVE) - libelles) == 1
