"""Every number printed on the pages of the demonstration, counted again in plain Python.

The pages are read as a person would: their text, without what an officer or a text wrote (titles,
sentences, dates). The numbers that remain are compared, one by one, with those that this module
counts from the rows, without any queryset, total or property of the portal.
"""

import re
from collections import Counter, defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

import html5lib
import pytest
from django.apps import apps
from django.db import models

from pacte.socle.typographie import typographier
from tests.actions.jeu import situations_de

pytestmark = pytest.mark.django_db

MESURES = ("prevu", "engage", "paye", "justifie")
CLOS = ("realisee", "abandonnee")
NOMBRE = r"(?:au moins )?\d[\d ]*(?:,\d+)?(?: ?[€%])?"
MOIS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
MOIS += " janv. févr. juil. sept. oct. nov. déc."
DATES = rf"(?:1er|\d{{1,2}}) (?:{'|'.join(map(re.escape, MOIS.split()))}) \d{{4}}"
# What is a name or a place rather than a figure.
NOMS = [
    DATES,
    "en 30 secondes",
    r"[Aa]xe \d",
    r"\b20\d\d(?:/20\d\d)?\b",
    r"[A-Z]{3,4}-\d-\d\d",
    r"\| \d\. ",
]


class Lignes:
    """The rows of the demonstration as plain lists, the visible ones alone."""

    def __init__(self):
        tout = {m.__name__: m for m in apps.get_models()}

        def lire(nom, *relations):
            return list(tout[nom]._base_manager.select_related(*relations))

        self.axes = [a for a in lire("Axe") if a.publication == "visible"]
        self.contrats = [c for c in lire("Contrat") if c.publication == "visible"]
        self.partenaires = [p for p in lire("Partenaire") if p.publication == "visible"]
        self.objectifs = lire("Objectif", "volet")
        self.actions = [
            a for a in lire("Action", "volet__axe", "volet__contrat") if a.publication == "visible"
        ]
        vues = {action.pk for action in self.actions}
        self.argent = [
            f
            for f in lire(
                "Financement", "financeur", "action__volet__axe", "action__volet__contrat"
            )
            if f.action_id in vues
        ]
        self.indicateurs = [i for i in lire("Indicateur") if i.action_id in vues]
        self.releves = defaultdict(list)
        for releve in sorted(lire("Releve"), key=lambda r: r.annee_id):
            self.releves[releve.indicateur_id].append(releve)
        self.exercices = lire("Exercice", "contrat")
        self.contributions = lire("Contribution")
        self.citations = {
            (lien.partenaire_id, libelle.action_id)
            for libelle in lire("Libelle")
            for lien in type(libelle).partenaires_cites.through.objects.filter(libelle=libelle)
            if libelle.action_id in vues
        }

    def textes(self) -> list[str]:
        """Return every text that somebody wrote, the longest first."""
        trouves = set()
        for modele in apps.get_models():
            if modele.__module__.split(".")[0] in ("actions", "axes", "contrats", "partenaires"):
                for objet in modele._base_manager.all():
                    for champ in objet._meta.fields:
                        if isinstance(champ, models.CharField | models.TextField):
                            trouves.add(getattr(objet, champ.attname) or "")
        ecrits = {forme for t in trouves for forme in (t, typographier(t)) if re.search(r"\d", t)}
        phrases = {p for t in ecrits for p in re.split(r"\n+", t) if re.search(r"\d", p)}
        return sorted(filter(None, map(_plat, phrases)), key=len, reverse=True)


def _plat(texte: str) -> str:
    return " ".join(re.sub("[\u202f\u00a0\u2009]", " ", texte).split())


@pytest.fixture
def lignes(demonstration, db):
    return Lignes()


def nombres_de(client, adresse, lignes) -> Counter:
    """Return the numbers that the main part of a page prints, in words for amounts."""
    arbre = html5lib.parse(client.get(adresse).content.decode(), namespaceHTMLElements=False)
    (principal,) = arbre.iter("main")
    texte = _plat(" ".join(_morceaux(principal)))
    for ecrit in lignes.textes():
        texte = texte.replace(ecrit, " ").replace(ecrit[:1].upper() + ecrit[1:], " ")
    texte = texte.replace("moins de 5 de différence", "secret").replace("moins de 5", "secret")
    for nom in NOMS:
        texte = re.sub(nom, " ", texte)
    return Counter(" ".join(n.split()) for n in re.findall(NOMBRE, texte))


def _morceaux(element):
    yield " | "
    # « Citer ou partager » prints addresses and sizes, not figures.
    if element.tag not in ("script", "svg") and element.get("class") != "citer":
        yield element.text or ""
        for enfant in element:
            yield from _morceaux(enfant)
            yield enfant.tail or ""
    yield " | "


# --- counting ---


def euros(montant: Decimal) -> str:
    entier, _, centimes = f"{montant:,.2f}".partition(".")
    return entier.replace(",", " ") + ("" if centimes == "00" else f",{centimes}") + " €"


def nombre(valeur: Decimal) -> str:
    """« 50 », « 12,5 »: no useless zero."""
    entier, _, decimales = f"{valeur:.2f}".partition(".")
    return entier + (f",{decimales.rstrip('0')}" if decimales.rstrip("0") else "")


def somme(montants) -> str:
    """« non communiqué » gives no number; a part that is unknown makes « au moins »."""
    montants = list(montants)
    connus = [m for m in montants if m is not None]
    if not connus:
        return ""
    return ("au moins " if len(connus) < len(montants) else "") + euros(sum(connus, Decimal()))


def tableau(argent) -> list[str]:
    """Return the numbers of the money block: bars, funders and measures, note, parity."""
    if not argent:
        return []
    annees = sorted({f.annee_id for f in argent})
    par_financeur = defaultdict(list)
    for ligne in argent:
        par_financeur[ligne.financeur_id].append(ligne)
    groupes = [*par_financeur.values(), *([argent] if len(par_financeur) > 1 else [])]
    trouves = [somme(f.prevu for f in argent if f.annee_id == annee) for annee in annees]
    for groupe in groupes:
        for mesure in MESURES:
            if mesure == "prevu" or any(getattr(f, mesure) is not None for f in groupe):
                trouves += [
                    somme(getattr(f, mesure) for f in groupe if f.annee_id == a) for a in annees
                ]
                trouves.append(somme(getattr(f, mesure) for f in groupe))
    inconnus = sum(f.prevu is None for f in argent)
    return [*trouves, *([str(inconnus)] if inconnus else [])]


def volets_promis(argent) -> list:
    return sorted(
        {f.action.volet for f in argent if f.action.volet.part_etat_attendue is not None},
        key=lambda volet: (volet.contrat.ordre, volet.axe.numero),
    )


def parite(argent, volet) -> tuple[str, str, list[str]]:
    """Return what each party plans for `volet`, and the numbers of its verdict."""
    siennes = [f for f in argent if f.action.volet_id == volet.pk]
    etat, dept = (
        [f.prevu for f in siennes if f.financeur.partie == p] for p in ("etat", "departement")
    )
    dits = somme(etat), somme(dept)
    if not etat or not dept or None in [*etat, *dept]:
        return *dits, []
    ensemble = sum(etat) + sum(dept)
    attendu = (ensemble * volet.part_etat_attendue / 100).quantize(
        Decimal("0.01"), rounding=ROUND_HALF_EVEN
    )
    ecart = sum(etat) - attendu
    return *dits, [euros(abs(ecart))] if ecart else []


def regle(volet) -> list[str]:
    """« part attendue de l’État : 50 %, à 2 points près »."""
    tolerance = [nombre(volet.tolerance)] if volet.tolerance else []
    return [f"{nombre(volet.part_etat_attendue)} %", *tolerance]


def cofinancement(argent) -> list[str]:
    """The lists under a money table: the period with its rule, then each year."""
    trouves = []
    for volet in volets_promis(argent):
        trouves += [*parite(argent, volet)[2], *regle(volet)]
        for annee in sorted({f.annee_id for f in argent if f.action.volet_id == volet.pk}):
            trouves += parite([f for f in argent if f.annee_id == annee], volet)[2]
    return trouves


def _de_suite(nombres) -> Counter:
    return Counter(str(n) for n in nombres if n != "")


# --- pages ---


def compter_par(actions, cle) -> Counter:
    return Counter(cle(action) for action in actions)


def test_l_accueil(client, lignes):
    par_axe = defaultdict(list)
    for action in lignes.actions:
        par_axe[action.volet.axe_id].append(action)
    attendus = [len(lignes.axes), len(lignes.contrats), len(lignes.actions)]
    attendus += [len(lignes.partenaires), len(lignes.contrats), len(lignes.axes)]
    for actions in par_axe.values():
        attendus.append(len(actions))
        attendus += compter_par(actions, lambda a: a.statut).values()
    attendus += compter_par(lignes.actions, lambda a: a.volet_id).values()

    assert nombres_de(client, "/", lignes) == _de_suite(attendus)


def test_le_suivi(client, lignes):
    tous, argent = len(lignes.actions), lignes.argent
    attendus = []
    par_statut = compter_par(lignes.actions, lambda a: a.statut)
    for nombre in par_statut.values():
        attendus += [nombre, tous]
    for axe in lignes.axes:
        attendus += [
            sum(a.volet.axe_id == axe.pk and a.statut == s for a in lignes.actions)
            for s in par_statut
        ]
    engagees = {f.annee_id for f in argent if f.engage is not None}
    for mesure in ("engage", "prevu"):
        attendus.append(somme(getattr(f, mesure) for f in argent if f.annee_id in engagees))
    attendus += tableau(argent)
    for contrat in lignes.contrats:
        siennes = [f for f in argent if f.action.volet.contrat_id == contrat.pk]
        attendus += [somme(getattr(f, mesure) for f in siennes) for mesure in MESURES]
    attendus += _cofinancement_du_suivi(lignes)
    attendus += _positions_du_suivi(lignes)
    attendus += _alertes(lignes)

    assert nombres_de(client, "/suivi/", lignes) == _de_suite(attendus)


def _cofinancement_du_suivi(lignes) -> list[str]:
    """The CLS alone promises a share: rule and gap of each volet, bars, then the table."""
    argent = [f for f in lignes.argent if f.action.volet.part_etat_attendue is not None]
    trouves = cofinancement(argent)
    for annee in sorted({f.annee_id for f in argent}):
        de_l_annee = [f for f in argent if f.annee_id == annee]
        for partie in ("etat", "departement"):
            trouves.append(somme(f.prevu for f in de_l_annee if f.financeur.partie == partie))
        for volet in volets_promis(de_l_annee):
            etat, departement, _ecart = parite(de_l_annee, volet)
            trouves += [etat, departement]
    return trouves


def position_de(indicateur, releves) -> str:
    mesures = [r for r in releves if r.valeur is not None]
    if not mesures:
        return "pas mesuré"
    derniere = mesures[-1]
    if indicateur.compte_personnes and 0 < derniere.valeur < 5:
        return "secret"
    if derniere.cible is None:
        return "sans cible"
    ecart = derniere.valeur - derniere.cible
    atteinte = ecart >= 0 if indicateur.sens == "hausse" else ecart <= 0
    return "atteinte" if atteinte else "non atteinte"


def _positions_du_suivi(lignes) -> list[int]:
    positions = Counter(position_de(i, lignes.releves[i.pk]) for i in lignes.indicateurs)
    return [n for nombre in positions.values() for n in (nombre, len(lignes.indicateurs))]


def _alertes(lignes) -> list:
    situations = Counter(s for action in lignes.actions for s in situations_de(action))
    trouves = [situations["en_retard"], situations["sans_nouvelles"], 90]
    for exercice in lignes.exercices:
        prevu = [
            f.prevu
            for f in lignes.argent
            if f.action.volet.contrat_id == exercice.contrat_id
            and f.annee_id == exercice.annee_id
            and f.financeur.partie == "etat"
        ]
        total = sum((p for p in prevu if p is not None), Decimal())
        if total > exercice.plafond_etat:
            trouves += [euros(total), euros(exercice.plafond_etat)]
    return trouves


@pytest.mark.parametrize(
    ("adresse", "garder"),
    [
        ("/contrats/cls/", lambda v: v.contrat.slug == "cls"),
        ("/contrats/cdie/", lambda v: v.contrat.slug == "cdie"),
        ("/axes/4/", lambda v: v.axe.numero == 4),
        ("/axes/1/", lambda v: v.axe.numero == 1),
    ],
)
def test_un_contrat_et_un_axe(client, lignes, adresse, garder):
    actions = [a for a in lignes.actions if garder(a.volet)]
    argent = [f for f in lignes.argent if garder(f.action.volet)]
    attendus = [*compter_par(actions, lambda a: a.volet_id).values()]
    volets = {a.volet_id for a in actions}
    objectifs = Counter(o.volet_id for o in lignes.objectifs if o.volet_id in volets)
    attendus += objectifs.values()
    attendus += [*tableau(argent), *cofinancement(argent)]
    attendus += communique(actions, lignes) if adresse.startswith("/contrats/") else []

    assert nombres_de(client, adresse, lignes) == _de_suite(attendus)


def test_un_partenaire(client, lignes):
    choisis = [p for p in lignes.partenaires if p.slug in ("msa", "ars")]

    assert len(choisis) == 2
    for partenaire in choisis:
        argent = [f for f in lignes.argent if f.financeur_id == partenaire.pk]
        vues = {action.pk for action in lignes.actions}
        apports = [c for c in lignes.contributions if c.partenaire_id == partenaire.pk]
        attendus = [sum(c.action_id in vues for c in apports), *tableau(argent)]
        nommee = sum(cle == partenaire.pk for cle, _action in lignes.citations)
        attendus += [nommee] if nommee else []
        adresse = f"/partenaires/{partenaire.slug}/"

        assert nombres_de(client, adresse, lignes) == _de_suite(attendus), partenaire.slug


@pytest.mark.parametrize("statut", ["en_cours", "realisee", "suspendue", "a_lancer"])
def test_une_fiche(client, lignes, statut):
    action = next(a for a in lignes.actions if a.statut == statut)
    argent = [f for f in lignes.argent if f.action_id == action.pk]
    attendus = [*tableau(argent), *cofinancement(argent)]
    for indicateur in lignes.indicateurs:
        if indicateur.action_id == action.pk:
            attendus += _mesures(indicateur, lignes.releves[indicateur.pk])
    siennes = [c for c in lignes.contributions if c.action_id == action.pk and c.etp]
    attendus += [nombre(c.etp) for c in siennes]
    attendus += [str(sum(dits_de(action, lignes))), "10"]

    adresse = f"/actions/{action.slug}/"
    assert nombres_de(client, adresse, lignes) == _de_suite(attendus)


def dits_de(action, lignes) -> list[bool]:
    """Tell, for each thing that a sheet may say, whether this one says it."""
    siennes = [c for c in lignes.contributions if c.action_id == action.pk]
    publiees = [c for c in siennes if c.partenaire_id in {p.pk for p in lignes.partenaires}]
    return [
        bool(action.en_clair),
        any(c.role in ("pilote", "copilote") for c in publiees),
        bool(publiees),
        bool(list(action.publics.all())),
        bool(list(action.territoires.all())),
        bool(action.debut_prevu or action.fin_prevue),
        bool(list(action.jalons.all())),
        action.statut != "non_renseigne",
        any(f.prevu is not None for f in lignes.argent if f.action_id == action.pk),
        any(i.action_id == action.pk for i in lignes.indicateurs),
    ]


def communique(actions, lignes) -> list[str]:
    """The figures of « Ce qui est communiqué » on the page of a contract."""
    dits = [dits_de(action, lignes) for action in actions]
    tous = [str(sum(map(sum, dits))), str(10 * len(actions)), str(len(actions))]
    par_element = [str(sum(colonne)) for colonne in zip(*dits, strict=True)]
    return [*tous, *(n for dit in par_element for n in (dit, str(len(actions))))]


def _mesures(indicateur, releves) -> list[str]:
    """The baseline, then the value and the target of each year; masked values give no number."""

    def dire(valeur) -> str:
        if valeur is None or (indicateur.compte_personnes and 0 < valeur < 5):
            return ""
        return nombre(valeur)

    trouves = [dire(indicateur.reference)]
    for releve in releves:
        trouves += [dire(releve.valeur), "" if releve.cible is None else nombre(releve.cible)]
    return trouves
