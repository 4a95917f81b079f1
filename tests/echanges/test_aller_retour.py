"""What is taken out comes back unchanged, in every format, and through LibreOffice."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.models import Action, Financement
from pacte.echanges.feuilles import FEUILLES
from pacte.echanges.repetition import Sorte
from pacte.socle.models import Utilisateur
from tests.bureau import convertir
from tests.conftest import creer_agent
from tests.echanges.jeu import classeur, fichier, installer, rapporter

pytestmark = pytest.mark.django_db
FORMATS = ("csv", "xlsx", "ods", "json")


@pytest.fixture
def jeu(db):
    return installer()


@pytest.mark.parametrize("format_export", ["xlsx", "ods"])
def test_un_classeur_entier_revient_inchange(jeu, agent_departement, format_export):
    repetition = rapporter(
        classeur(format_export), par=agent_departement, nom=f"pacte.{format_export}"
    )

    assert {ligne.sorte for ligne in repetition.lignes} == {Sorte.INCHANGEE}
    assert {ligne.feuille for ligne in repetition.lignes} == {f.titre for f in FEUILLES}


@pytest.mark.parametrize("format_export", FORMATS)
@pytest.mark.parametrize("nom", [feuille.nom for feuille in FEUILLES])
def test_une_feuille_revient_inchangee(jeu, agent_departement, nom, format_export):
    repetition = rapporter(
        fichier(nom, format_export), par=agent_departement, nom=f"{nom}.{format_export}"
    )

    assert len(repetition.lignes) > 0
    assert {ligne.sorte for ligne in repetition.lignes} == {Sorte.INCHANGEE}


montants = st.none() | st.decimals(0, 1_000_000_000, places=2)
# No surrogate, which no database holds, and no NUL, which PostgreSQL refuses.
textes = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80)


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(prevu=montants, engage=montants, texte=textes, titre=textes)
def test_n_importe_quelle_valeur_revient_inchangee(jeu, prevu, engage, texte, titre):
    agent = _agent()
    Financement.objects.filter(pk=jeu.ligne.pk).update(prevu=prevu, engage=engage)
    Action.objects.filter(pk=jeu.action.pk).update(
        en_clair=texte, description=titre, titre=titre[:80].strip() or "Sans titre"
    )

    for nom in ("financements", "actions"):
        for format_export in FORMATS:
            repetition = rapporter(
                fichier(nom, format_export), par=agent, nom=f"{nom}.{format_export}"
            )
            dites = [(ligne.changements, ligne.fautes) for ligne in repetition.lignes]
            assert {ligne.sorte for ligne in repetition.lignes} == {Sorte.INCHANGEE}, dites


def _agent() -> Utilisateur:
    agent = Utilisateur.objects.filter(email="agent@departement.exemple").first()
    return agent or creer_agent("Agents du Département", "agent@departement.exemple")


def test_un_montant_change_revient_en_ecriture(jeu, agent_departement):
    contenu = fichier("financements", "csv").decode().replace("1234,56", "1 234,50 €")

    (changee,) = rapporter(contenu, par=agent_departement).de(Sorte.CHANGEE)

    assert changee.changements == [("Prévu (€)", "1\u202f234,56", "1\u202f234,5")]
    assert changee.objet.prevu == Decimal("1234.50")


@pytest.mark.parametrize("format_export", ["xlsx", "ods"])
def test_un_classeur_enregistre_par_libreoffice_revient_inchange(
    jeu, agent_departement, tmp_path, format_export
):
    sorti = tmp_path / f"pacte.{format_export}"
    sorti.write_bytes(classeur(format_export))

    revenu = convertir(sorti, format_export)

    repetition = rapporter(revenu.read_bytes(), par=agent_departement, nom=sorti.name)

    assert {ligne.sorte for ligne in repetition.lignes} == {Sorte.INCHANGEE}
    assert {ligne.feuille for ligne in repetition.lignes} == {f.titre for f in FEUILLES}
