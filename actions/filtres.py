"""The only reader of the address of a list of actions, whatever the list is written to."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast
from django.http import QueryDict

from actions.models import Action, Libelle, Public, Situation, StatutAction, Territoire
from axes.models import Axe
from contrats.models import Contrat
from pacte.socle.recherche import lire_saisie
from pacte.socle.texte import plier
from partenaires.models import Partenaire

PAR_PAGE = 20
AVERTISSEMENTS_MONTRES = 5
TRIS = {
    "pertinence": "pertinence",
    "titre": "titre",
    "echeance": "échéance",
    "maj": "mise à jour",
}
# Facet → its title, and the path from an action to its key (None: see `_parties_de_facette`).
FACETTES = {
    "axe": ("Axe", "volet__axe__numero"),
    "contrat": ("Contrat", "volet__contrat__slug"),
    "statut": ("Avancement", "statut"),
    "partenaire": ("Partenaire", None),
    "public": ("Public", "publics__code"),
    "territoire": ("Territoire", "territoires__code"),
    "annee": ("Année", None),
    "situation": ("Situation", None),
}
FACETTES_OUVERTES = {"axe", "contrat", "statut", "situation"}
PARAMETRES = {"q", "tri", "page", *FACETTES}


@dataclass(frozen=True)
class Critere:
    """One active filter: what it says, and the query string of the list without it."""

    libelle: str
    retrait: str


class Facette(Field):
    """A crispy layout object: one group of checkboxes, each with its live count."""

    template = "composants/_facette.html"

    def __init__(self, nom: str, **contexte):
        super().__init__(nom)
        self.contexte = {"nom": nom, **contexte}

    def render(self, form, context, **kwargs):
        return super().render(form, context, extra_context=self.contexte, **kwargs)


class FiltreActions(forms.Form):
    """Reads `q`, the facets, `tri` and `page`; what it does not understand, it drops and says.

    OR inside a facet, AND between facets. A facet's counts ignore its own choices, so that each
    number tells what ticking the box would give.
    """

    q = forms.CharField(label="Chercher dans les actions", required=False)
    tri = forms.ChoiceField(choices=list(TRIS.items()), required=False, widget=forms.HiddenInput)

    def __init__(self, parametres: QueryDict, annees: list[int]):
        self.annees = annees
        self.avertissements: list[str] = []
        self.options = self._lire_options()
        super().__init__(self._trier_parametres(parametres))
        for nom, (titre, _chemin) in FACETTES.items():
            self.fields[nom] = forms.MultipleChoiceField(
                label=titre,
                required=False,
                choices=list(self.options[nom].items()),
                widget=forms.CheckboxSelectMultiple,
            )
        self.full_clean()

    # --- reading the address ---

    def _lire_options(self) -> dict[str, dict[str, str]]:
        """Return the known values of each facet with their label (one query)."""
        options = {nom: {} for nom in FACETTES}
        options["statut"] = {str(s): s.label.capitalize() for s in StatutAction}
        options["situation"] = dict(Situation.choices)
        options["annee"] = {str(annee): str(annee) for annee in self.annees}
        for nom, cle, libelle, _rang in _options_en_base():
            options[nom][cle] = libelle
        par_nom = sorted(options["partenaire"].items(), key=lambda option: plier(option[1]))
        options["partenaire"] = dict(par_nom)
        return options

    def _trier_parametres(self, parametres: QueryDict) -> QueryDict:
        retenus = QueryDict(mutable=True)
        for nom, valeurs in parametres.lists():
            if nom not in PARAMETRES:
                self._ignorer(nom, "paramètre inconnu")
            elif nom in FACETTES:
                connues = [v for v in dict.fromkeys(valeurs) if v in self.options[nom]]
                for valeur in [v for v in dict.fromkeys(valeurs) if v and v not in connues]:
                    self._ignorer(valeur, f"valeur inconnue pour « {FACETTES[nom][0]} »")
                if connues:
                    retenus.setlist(nom, connues)
        self.requete, dits = lire_saisie(parametres.get("q", ""))
        self.avertissements += dits
        if self.requete.texte:
            retenus["q"] = self.requete.texte
        tri = parametres.get("tri", "")
        if tri in TRIS:
            retenus["tri"] = tri
        elif tri:
            self._ignorer(tri, "ordre de tri inconnu")
        return retenus

    def _ignorer(self, valeur: str, raison: str) -> None:
        valeur = valeur.replace("\x00", "�")
        extrait = valeur if len(valeur) <= 40 else f"{valeur[:40]}…"
        if len(self.avertissements) < AVERTISSEMENTS_MONTRES:
            self.avertissements.append(f"« {extrait} » a été ignoré : {raison}.")
        elif len(self.avertissements) == AVERTISSEMENTS_MONTRES:
            self.avertissements.append("D’autres paramètres ont été ignorés.")

    # --- applying it ---

    @property
    def ordre(self) -> str:
        """The order in force: relevance only has a meaning when something is searched for."""
        choisi = self.cleaned_data["tri"]
        if not self.requete and choisi in ("", "pertinence"):
            return "titre"
        return choisi or "pertinence"

    def filtrer(self, queryset, sauf: str = ""):
        """Narrow `queryset` to the address, facet `sauf` left out; the order is untouched."""
        if self.requete:
            queryset = queryset.rechercher(self.requete)
        for nom in FACETTES:
            valeurs = self.cleaned_data[nom]
            if valeurs and nom != sauf:
                queryset = _filtrer_par_facette(queryset, nom, valeurs)
        return queryset

    def trier(self, queryset):
        """Order `queryset` as the address asks, the same way on every database."""
        if self.ordre == "pertinence":
            return queryset.par_pertinence(self.requete)
        if self.ordre == "echeance":
            return queryset.with_echeance().order_by(F("echeance").asc(nulls_last=True), "code")
        if self.ordre == "maj":
            return queryset.order_by("-modifiee_le", "code")
        return queryset.par_titre()

    @cached_property
    def nombres(self) -> dict[str, dict[str, int]]:
        """Live counts: facet → key → number of actions, and "total" → "" (one query)."""
        parties = [_compter(self._base(), "total", Value(""))]
        for nom in FACETTES:
            parties += self._parties_de_facette(nom)
        nombres = defaultdict(lambda: defaultdict(int))
        for nom, cle, nombre in parties[0].union(*parties[1:], all=True):
            if cle is not None:
                nombres[nom][cle] += nombre
        return nombres

    def _base(self, sauf: str = ""):
        return self.filtrer(Action.objects.visibles(), sauf).order_by()

    def _parties_de_facette(self, nom: str) -> list:
        base = self._base(sauf=nom)
        if nom == "annee":
            return [
                _compter(base.actives_en(annee), nom, Value(str(annee))) for annee in self.annees
            ]
        if nom == "situation":
            return [_compter(base.en_situation(s), nom, Value(str(s))) for s in Situation]
        if nom == "partenaire":
            return _compter_partenaires(base)
        return [_compter(base, nom, Cast(FACETTES[nom][1], CharField(max_length=100)))]

    # --- showing it ---

    @cached_property
    def total(self) -> int:
        return self.nombres["total"][""]

    @property
    def criteres(self) -> list[Critere]:
        """The active filters, in the order of the form."""
        criteres = []
        if self.cleaned_data["q"]:
            retrait = self.adresse(q=None, tri=None)
            criteres.append(Critere(f"« {self.cleaned_data['q']} »", retrait))
        for nom in FACETTES:
            for valeur in self.cleaned_data[nom]:
                autres = [v for v in self.cleaned_data[nom] if v != valeur]
                criteres.append(Critere(self.options[nom][valeur], self.adresse(**{nom: autres})))
        return criteres

    @property
    def selection(self) -> str:
        """The active filters in one line, for whatever leaves the site."""
        noms = [critere.libelle for critere in self.criteres]
        return " ; ".join(noms) if noms else "Toutes les actions"

    @property
    def tris(self) -> list[tuple[str, str, str]]:
        """Orders on offer: key, label, query string."""
        return [
            (cle, libelle, self.adresse(tri=cle))
            for cle, libelle in TRIS.items()
            if self.requete or cle != "pertinence"
        ]

    def adresse(self, **changements) -> str:
        """Return the query string of this list with some parameters changed, page forgotten."""
        parametres = self.data.copy()
        for nom, valeur in changements.items():
            if not valeur:
                parametres.pop(nom, None)
            else:
                parametres.setlist(nom, valeur if isinstance(valeur, list) else [valeur])
        return f"?{parametres.urlencode()}" if parametres else "?"

    def facettes(self):
        """Yield title, name and boxes of each facet that has something to offer."""
        for nom, (titre, _chemin) in FACETTES.items():
            boites = [
                (cle, libelle, self.nombres[nom][cle], cle in self.cleaned_data[nom])
                for cle, libelle in self.options[nom].items()
                if self.nombres[nom][cle] or cle in self.cleaned_data[nom]
            ]
            if boites and not (nom == "statut" and _rien_a_dire(boites)):
                yield titre, nom, boites

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(
            *(
                Facette(
                    nom,
                    titre=titre,
                    boites=boites,
                    ouverte=nom in FACETTES_OUVERTES or bool(self.cleaned_data[nom]),
                )
                for titre, nom, boites in self.facettes()
            ),
        )
        return helper


def _options_en_base():
    """Yield facet, key, label and rank of every visible value (one query)."""

    def partie(queryset, nom, cle, libelle, rang):
        return (
            queryset.order_by()
            .annotate(
                facette=Value(nom, CharField()),
                cle=Cast(cle, CharField(max_length=100)),
                intitule=Cast(libelle, CharField(max_length=200)),
                place=F(rang),
            )
            .values_list("facette", "cle", "intitule", "place")
        )

    axes = partie(Axe.objects.visibles(), "axe", "numero", "etiquette", "numero")
    autres = [
        partie(Contrat.objects.visibles(), "contrat", "slug", "sigle", "ordre"),
        partie(Partenaire.objects.visibles(), "partenaire", "slug", "nom", "pk"),
        partie(Public.objects.all(), "public", "code", "nom", "ordre"),
        partie(Territoire.objects.all(), "territoire", "code", "nom", "ordre"),
    ]
    for nom, cle, libelle, rang in axes.union(*autres, all=True).order_by("facette", "place"):
        yield nom, cle, f"Axe {cle} – {libelle}" if nom == "axe" else libelle, rang


def _filtrer_par_facette(queryset, nom, valeurs):
    if nom == "partenaire":
        return queryset.de_partenaires(valeurs)
    if nom == "situation":
        return queryset.en_situation(*valeurs)
    if nom == "annee":
        annees = [queryset.model.objects.actives_en(int(v)).values("pk") for v in valeurs]
        condition = Q()
        for annee in annees:
            condition |= Q(pk__in=annee)
        return queryset.filter(condition)
    chemin = FACETTES[nom][1]
    if nom in ("public", "territoire"):
        trouvees = queryset.model.objects.filter(**{f"{chemin}__in": valeurs})
        return queryset.filter(pk__in=trouvees.values("pk"))
    return queryset.filter(**{f"{chemin}__in": valeurs})


def _compter(queryset, nom, cle, action="pk"):
    return (
        queryset.annotate(facette=Value(nom, CharField()), cle=cle)
        .values("facette", "cle")
        .annotate(nombre=Count(action, distinct=True))
        .values_list("facette", "cle", "nombre")
    )


def _compter_partenaires(base) -> list:
    """Count by partner those that contribute, then those only named: the sum counts each once."""
    contributions = Action.partenaires.through.objects.order_by()
    citations = Libelle.partenaires_cites.through.objects.filter(libelle__action__in=base)
    deja = contributions.filter(
        action=OuterRef("libelle__action"), partenaire=OuterRef("partenaire")
    )
    cle = Cast("partenaire__slug", CharField(max_length=100))
    return [
        _compter(contributions.filter(action__in=base), "partenaire", cle, "action"),
        _compter(citations.exclude(Exists(deja)), "partenaire", cle, "libelle__action"),
    ]


def _rien_a_dire(boites) -> bool:
    """True when every action has an unknown status: the facet would tell nothing."""
    return [cle for cle, *_ in boites] == [StatutAction.NON_RENSEIGNE] and not boites[0][3]
