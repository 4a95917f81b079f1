"""Rows for tests: valid and visible unless the test says otherwise."""

from itertools import count

from django.utils import timezone
from django.utils.text import slugify

from actions.models import Action, Libelle, PointEtape, Source
from axes.models import Axe
from contrats.models import Acte, Contrat, Volet
from pacte.socle.publication import Publication
from partenaires.models import Partenaire

SIRET_JUSTE = "22050001100089"
_rangs = count(1001)


def visible() -> dict:
    return {"publication": Publication.VISIBLE, "visible_depuis": timezone.now()}


def creer_partenaire(nom: str = "", **champs) -> Partenaire:
    rang = next(_rangs)
    nom = nom or f"Partenaire {rang}"
    slug = f"{slugify(nom)[:60]}-{rang}"
    return Partenaire.objects.create(**{**visible(), "nom": nom, "slug": slug, **champs})


def creer_axe(**champs) -> Axe:
    rang = next(_rangs)
    noms = dict.fromkeys(("titre", "libelle_officiel", "libelle_court"), f"Axe d’essai {rang}")
    defauts = {**visible(), **noms, "numero": rang, "etiquette": f"Essai {rang}"}
    return Axe.objects.create(**{**defauts, **champs})


def creer_contrat(**champs) -> Contrat:
    rang = next(_rangs)
    defauts = {"sigle": f"CE{rang}", "slug": f"ce-{rang}", "nom": f"Contrat d’essai {rang}"}
    return Contrat.objects.create(**{**visible(), **defauts, **champs})


def creer_volet(**champs) -> Volet:
    contrat = champs.pop("contrat", None) or creer_contrat()
    axe = champs.pop("axe", None) or creer_axe()
    return Volet.objects.create(contrat=contrat, axe=axe, **champs)


def creer_action(titre: str = "", **champs) -> Action:
    rang = next(_rangs)
    volet = champs.pop("volet", None) or creer_volet()
    titre = titre or f"Action d’essai {rang}"
    defauts = {"code": f"ESSAI-{rang}", "slug": f"essai-{rang}", "titre": titre, "volet": volet}
    return Action.objects.create(**{**visible(), **defauts, **champs})


def creer_libelle(action: Action | None = None, **champs) -> Libelle:
    rang = next(_rangs)
    source = champs.pop("source", None) or Source.objects.create(
        code=f"source-{rang}", titre=f"Source {rang}"
    )
    defauts = {"texte": f"Libellé d’essai {rang}", "source": source}
    return Libelle.objects.create(action=action or creer_action(), **{**defauts, **champs})


def creer_acte(**champs) -> Acte:
    return Acte.objects.create(**{"type_acte": "convention", "objet": "Acte d’essai", **champs})


def creer_point(action: Action, le, statut="en_cours", **champs) -> PointEtape:
    return PointEtape.objects.create(action=action, le=le, statut=statut, **champs)


def creer_action_libellee(titre: str = "", **champs) -> Action:
    """An action with its wording, which may be published."""
    action = creer_action(titre, **champs)
    creer_libelle(action, officiel=True)
    return action
