"""Layers, sizes and names: what the next change must not undo."""

import ast
import io
import re
import tokenize
from pathlib import Path

import django
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db.models import CharField, Field

from pacte.socle.papier.blocs import Bloc

RACINE = Path(__file__).resolve().parents[1]
COUCHES_NOMMEES = ["axes", "partenaires", "contrats", "actions"]
COUCHES = ["pacte.socle", "axes", "partenaires", "contrats", "actions", "pacte"]
LIGNES_PAR_MODULE, LIGNES_PAR_FONCTION, LIGNES_PAR_GABARIT = 400, 40, 120
SIGNES_PAR_LIGNE_DE_GABARIT = 160
NOMS_INTERDITS = {"utils", "helpers", "common", "misc"}
# Modules that another application may import: models and rights, nothing that shows or acts.
OUVERTS = re.compile(r"^(axes|partenaires|contrats|actions)(\.(models|autorisations)(\..*)?)?$")

NOS_MODELES = [
    modele
    for app in ("socle", "axes", "partenaires", "contrats", "actions", "pacte")
    for modele in apps.get_app_config(app).get_models()
    if not modele.__name__.startswith("Historical")
]
CHOIX = {
    str(valeur)
    for modele in NOS_MODELES
    for champ in modele._meta.get_fields()
    for valeur, _ in getattr(champ, "flatchoices", None) or []
}

MODULES = sorted(
    chemin
    for dossier in ("pacte", "axes", "partenaires", "contrats", "actions")
    for chemin in (RACINE / dossier).rglob("*.py")
    if "migrations" not in chemin.parts
)

SALLES = {
    chemin.parent.name: chemin.read_text()
    for chemin in (RACINE / "pacte").glob("*/__init__.py")
    if chemin.parent.name not in ("management", "migrations", "formats")
}
# What makes `pacte/` a Django project, and nothing else.
RACINE_DU_PROJET = set(
    "admin apps context_processors environnement middleware models settings urls wsgi".split()
)


def nom_de(chemin: Path) -> str:
    return ".".join(chemin.relative_to(RACINE).with_suffix("").parts).removesuffix(".__init__")


def couche_de(module: str) -> str | None:
    trouvees = [c for c in COUCHES if module == c or module.startswith(f"{c}.")]
    return max(trouvees, key=len, default=None)


def imports_de(source: str):
    """Yield every imported module, those hidden in functions included."""
    for noeud in ast.walk(ast.parse(source)):
        if isinstance(noeud, ast.Import):
            yield from (alias.name for alias in noeud.names)
        elif isinstance(noeud, ast.ImportFrom):
            yield "." if noeud.level else noeud.module


def fautes_d_import(module: str, source: str) -> list[str]:
    mienne = couche_de(module)
    fautes = []
    for cible in imports_de(source):
        sienne = couche_de(cible)
        if cible == ".":
            fautes.append(f"{module} : import relatif")
        elif sienne and COUCHES.index(sienne) > COUCHES.index(mienne):
            fautes.append(f"{module} importe {cible}, une couche à sa droite")
        elif sienne in (None, mienne, "pacte.socle") or mienne == "pacte":
            continue
        elif not OUVERTS.match(cible):
            fautes.append(f"{module} importe {cible}, qui n’est pas ouvert aux autres")
    return fautes


@pytest.mark.parametrize("chemin", MODULES, ids=nom_de)
def test_les_imports_vont_vers_le_socle(chemin):
    assert fautes_d_import(nom_de(chemin), chemin.read_text()) == []


def salle_de(module: str) -> str | None:
    """Return the room of `pacte/` that holds `module`, None for its root and for other layers."""
    morceaux = module.split(".")
    est_une_salle = morceaux[0] == "pacte" and len(morceaux) > 1 and morceaux[1] in SALLES
    return morceaux[1] if est_une_salle else None


def permises(salle: str) -> set[str]:
    """Return the rooms that the sentence at the head of `salle` lets it import."""
    phrase = re.search(r"It may import ([^.]+)\.", ast.get_docstring(ast.parse(SALLES[salle])))
    return {*re.findall(r"`(\w+)`", phrase[1]), salle, "socle"}


def fautes_de_salle(module: str, source: str) -> list[str]:
    """Return the imports that leave the room of `module` without its head allowing it."""
    if (salle := salle_de(module)) is None:
        return []
    cibles = {cible for cible in imports_de(source) if cible.partition(".")[0] == "pacte"}
    return sorted(cible for cible in cibles if salle_de(cible) not in permises(salle))


@pytest.mark.parametrize("chemin", MODULES, ids=nom_de)
def test_une_salle_n_importe_que_ce_que_sa_tete_annonce(chemin):
    assert fautes_de_salle(nom_de(chemin), chemin.read_text()) == []


def test_les_salles_ne_tournent_pas_en_rond_et_la_racine_ne_garde_que_le_projet():
    ordre = []
    while restantes := {s for s in SALLES if s not in ordre}:
        libres = {s for s in restantes if permises(s) - {s, "socle"} <= set(ordre)}
        assert libres, f"un cycle parmi {restantes}"
        ordre += sorted(libres)
    racine = {c.stem for c in (RACINE / "pacte").glob("*.py")} - {"__init__"}
    assert racine == RACINE_DU_PROJET


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("pacte.accueil.carte", "from pacte.suivi.bilan import Suivi"),
        ("pacte.portail.views", "import pacte.settings"),
        ("pacte.comptes.sessions", "def f():\n    from pacte.portail.models import Message"),
    ],
)
def test_un_import_qui_quitte_sa_salle_est_vu(module, source):
    assert len(fautes_de_salle(module, source)) == 1


# What Django itself calls so in an admin class.
MOTS_DE_DJANGO = {"actions", "get_actions", "action"}


def noms_communs() -> set[str]:
    """Return the words for the models of the layers above the foundations, singular and plural."""
    modeles = [m for app in COUCHES_NOMMEES for m in apps.get_app_config(app).get_models()]
    singuliers = {m._meta.model_name for m in modeles if not m.__name__.startswith("Historical")}
    # The name of the package, and words that any text also uses.
    communs = {"pacte", "annee", "source", "sources", "public", "libelle", "libelles"}
    return (singuliers | {f"{nom}s" for nom in singuliers}) - communs


def mots_de_code(source: str) -> set[str]:
    """Return every identifier of `source`, and every text that is one, cut at its underscores."""
    mots = set()
    for jeton in tokenize.generate_tokens(io.StringIO(source).readline):
        texte = jeton.string.strip("\"'") if jeton.type == tokenize.STRING else jeton.string
        if jeton.type in (tokenize.NAME, tokenize.STRING) and texte.isidentifier():
            mots |= {texte} if texte in MOTS_DE_DJANGO else set(texte.lower().split("_"))
    return mots - MOTS_DE_DJANGO


@pytest.mark.parametrize(
    "chemin", [c for c in MODULES if nom_de(c).startswith("pacte.socle")], ids=nom_de
)
def test_les_fondations_ne_nomment_rien_de_ce_qu_elles_portent(chemin):
    assert mots_de_code(chemin.read_text()) & noms_communs() == set()


def test_un_nom_d_une_couche_haute_est_vu_dans_les_fondations():
    assert mots_de_code("def f(partenaire_id): return 'contrat'") & noms_communs() == {
        "partenaire",
        "contrat",
    }


@pytest.mark.parametrize("chemin", MODULES, ids=nom_de)
def test_un_paquet_remplace_un_prefixe(chemin):
    """`views/espace.py`, not `views_espace.py`."""
    assert not re.match(r"(admin|views|urls|forms)_", chemin.stem)


@pytest.mark.parametrize("paquet", sorted({c.parent for c in MODULES}), ids=lambda c: c.name)
def test_chaque_paquet_de_pacte_dit_a_quoi_il_sert(paquet):
    if paquet.name in ("management", "commands", "formats", "fr", "templatetags"):
        return  # names that Django gives
    tete = ast.get_docstring(ast.parse((paquet / "__init__.py").read_text()))
    assert tete or paquet.parent == RACINE or paquet.name == "models"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("contrats.models", "def f():\n    from actions.models import Action"),
        ("pacte.socle.texte", "import axes.models"),
        ("actions.models.action", "from pacte.accueil.carte import Carte"),
        ("actions.views.publiques", "from partenaires.views.publiques import PartenaireListView"),
        ("actions.views.publiques", "from . import filtres"),
    ],
)
def test_un_import_interdit_est_vu(module, source):
    assert len(fautes_d_import(module, source)) == 1


@pytest.mark.parametrize("chemin", MODULES, ids=nom_de)
def test_les_modules_et_les_fonctions_restent_courts(chemin):
    source = chemin.read_text()

    longues = [
        noeud.name
        for noeud in ast.walk(ast.parse(source))
        if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef)
        and noeud.end_lineno - noeud.lineno >= LIGNES_PAR_FONCTION
    ]

    assert len(source.splitlines()) <= LIGNES_PAR_MODULE
    assert longues == []
    assert chemin.stem not in NOMS_INTERDITS


@pytest.mark.parametrize("chemin", MODULES, ids=nom_de)
def test_une_classe_a_deux_bases_melees_au_plus(chemin):
    classes = [n for n in ast.walk(ast.parse(chemin.read_text())) if isinstance(n, ast.ClassDef)]

    assert [c.name for c in classes if len(c.bases) > 3] == []


GABARITS = sorted((RACINE / "templates").rglob("*.*"))


@pytest.mark.parametrize("chemin", GABARITS, ids=lambda c: str(c.relative_to(RACINE / "templates")))
def test_un_gabarit_reste_court_et_sans_style_ni_script_en_ligne(chemin):
    source = chemin.read_text()

    assert len(source.splitlines()) <= LIGNES_PAR_GABARIT
    assert not re.search(r"\sstyle=|<style(?!:)|<script(?![^>]*\ssrc=)|\son[a-z]+=", source)
    # A message is text/plain, where each line break shows: one paragraph, one line.
    if chemin.suffix == ".html":
        assert max(map(len, source.splitlines())) <= SIGNES_PAR_LIGNE_DE_GABARIT


DEFILANT = re.compile(
    r'<[a-z]+ class="defilant"(?! role="region" aria-label(?:ledby)?="[^"]+" tabindex="0")'
)


@pytest.mark.parametrize("chemin", GABARITS, ids=lambda c: str(c.relative_to(RACINE / "templates")))
def test_ce_qui_defile_a_un_nom_et_se_fait_defiler_au_clavier(chemin):
    """Whether a table overflows depends on what it holds: axe sees it on some pages only."""
    assert not DEFILANT.search(chemin.read_text())


COMPARAISON = re.compile(r"\{%-?\s*(?:if|elif)\b[^%]*?\.\w+\s*(?:==|!=)\s*[\"'](\w+)[\"']")


def regles_dans(source: str) -> list[str]:
    """Return what a template decides by itself: a choice of a model compared, a sum."""
    return [v for v in COMPARAISON.findall(source) if v in CHOIX] + re.findall(r"\|add:", source)


@pytest.mark.parametrize("chemin", GABARITS, ids=lambda c: str(c.relative_to(RACINE / "templates")))
def test_un_gabarit_ne_calcule_aucune_regle(chemin):
    """A status has a question on its model: `est_accordee`, not `statut == "accordee"`."""
    assert regles_dans(chemin.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        '{% if adhesion.statut == "accordee" %}',
        "{% if a and contribution.role != 'pilote' %}",
        "{% elif action.volet.contrat.nature == 'association' %}",
        'colspan="{{ annees|length|add:2 }}"',
    ],
)
def test_une_regle_dans_un_gabarit_est_vue(source):
    assert len(regles_dans(source)) == 1


STYLES = RACINE / "static" / "sources"
# Keywords that follow another colour (transparent, currentcolor, inherit) are none.
COULEUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\("
    r"|: *[^;{}]*\b(?:white|black)\b(?!-)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("liste", ["pacte.css", "administration.css"])
def test_une_feuille_de_style_est_la_suite_de_ses_sources(liste):
    """`make theme` was run: what is served is what its list names, in that order."""
    source = (STYLES / liste).read_text()

    attendu = re.sub(
        r'@import "([^"]+)";\n', lambda importe: (STYLES / importe[1]).read_text(), source
    )

    assert source.count("@import") > 2
    assert (RACINE / "static" / "css" / liste).read_text() == attendu


def couleurs_de(source: str) -> list[str]:
    return COULEUR.findall(re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL))


@pytest.mark.parametrize("chemin", sorted(STYLES.glob("*.css")), ids=lambda c: c.name)
def test_chaque_couleur_est_un_jeton_et_chaque_source_sert(chemin):
    listes = [(STYLES / nom).read_text() for nom in ("pacte.css", "administration.css")]

    assert bool(couleurs_de(chemin.read_text())) == chemin.name.startswith("jetons")
    assert any(f'@import "{chemin.name}";' in t or "@import" in chemin.read_text() for t in listes)


@pytest.mark.parametrize("valeur", ["#fff", "rgb(18 38 58 / 12%)", "1px solid White"])
def test_une_couleur_hors_des_jetons_est_vue(valeur):
    assert len(couleurs_de(f".x {{ white-space: normal; border: {valeur}; }}")) == 1


def test_chaque_gabarit_sert():
    dossiers = [RACINE / d for d in ("pacte", "axes", "partenaires", "contrats", "actions")]
    sources = [f.read_text() for d in dossiers for f in d.rglob("*.py")]
    sources += [f.read_text() for f in GABARITS]
    noms = {str(f.relative_to(RACINE / "templates")) for f in GABARITS}
    inutiles = [n for n in noms if not any(f'"{n}"' in s for s in sources) and not _appele(n)]

    assert sorted(inutiles) == []


def _appele(nom: str) -> bool:
    """Tell whether a library looks for template `nom`, or a message or a block is named so."""
    if nom.startswith("courriels/"):
        code = Path(nom).stem
        return any(f'"{code}"' in f.read_text() for f in MODULES)
    if nom.startswith("papier/"):
        return Path(nom).stem in {bloc.genre for bloc in Bloc.__subclasses__()}
    bibliotheques = ["django/contrib/admin", "allauth"]
    site = Path(django.__file__).resolve().parents[1]
    return any((site / b / "templates" / nom).exists() for b in bibliotheques)


@pytest.mark.parametrize("modele", NOS_MODELES, ids=lambda m: m.__name__)
def test_un_modele_a_ses_noms_en_francais_et_une_ligne_au_vocabulaire(modele):
    vocabulaire = (RACINE / "docs" / "vocabulaire.md").read_text()

    assert f"| `{modele.__name__}` |" in vocabulaire
    assert modele._meta.verbose_name == modele._meta.verbose_name.lower()
    for champ in modele._meta.get_fields():
        if isinstance(champ, Field) and champ.editable and not champ.primary_key:
            assert champ.verbose_name, champ
        if isinstance(champ, CharField):
            assert not champ.null, f"{champ} : une chaîne vide dit déjà l’absence"


@pytest.mark.parametrize("modele", NOS_MODELES, ids=lambda m: m.__name__)
def test_chaque_modele_est_dans_l_administration(modele):
    en_ligne = {
        inline.model for classe in admin.site._registry.values() for inline in classe.inlines
    }

    assert modele in admin.site._registry or modele in en_ligne


def test_une_seule_migration_initiale_par_application():
    for app in ("pacte/socle", "axes", "partenaires", "contrats", "actions", "pacte"):
        initiales = list((RACINE / app / "migrations").glob("0001*.py"))
        assert [f.name for f in initiales] == ["0001_initial.py"]


def test_env_exemple_dit_toutes_les_variables():
    lus = re.findall(
        r"(?:env_bool|env_compteurs|env_entier|env_liste|env_secret|environ\.get|exiger)\(\s*\"([A-Z_]+)\"",
        (RACINE / "pacte" / "settings.py").read_text(),
    )
    exemple = (RACINE / ".env.example").read_text()

    assert len(set(lus)) > 8
    assert [nom for nom in lus if f"{nom}=" not in exemple] == []


def test_les_dependances_sont_figees_et_expliquees():
    explique = (RACINE / "docs" / "dependances.md").read_text().lower()
    for fichier in ("requirements.txt", "requirements-valkey.txt", "requirements-dev.txt"):
        lignes = (RACINE / fichier).read_text()
        noms = re.findall(r"^([a-z0-9-]+)==", lignes, re.MULTILINE)

        assert len(noms) > 10
        assert "://" not in lignes
        assert [nom for nom in noms if nom not in explique] == []
        figes = re.findall(r"^[a-z0-9-]+==[^\n]+\\\n +--hash", lignes, re.MULTILINE)
        assert len(figes) == len(noms)
    assert "django-axes" not in (RACINE / "requirements-dev.txt").read_text()


def test_la_version_vient_du_journal_des_changements():
    assert re.fullmatch(r"\d+\.\d+\.\d+", settings.VERSION)
