"""A report as a file: the text as PDF and ODT, the annexes as XLSX, what was frozen as JSON."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from pacte.rapports.annexes import annexer
from pacte.rapports.models import RapportAnnuel
from pacte.rapports.recit import raconter
from pacte.socle import licence
from pacte.socle.classeurs import repondre_classeur
from pacte.socle.papier.reponses import PAPIERS, repondre_papier

# End of the address → how a page names it.
FORMATS_DU_RAPPORT = {
    "pdf": "PDF",
    "odt": "ODT, à modifier",
    "xlsx": "Annexes, Excel",
    "json": "Données figées, JSON",
}
FORMATS = "|".join(FORMATS_DU_RAPPORT)


def repondre_rapport(rapport: RapportAnnuel, format_rapport: str) -> HttpResponseBase:
    """Answer `rapport` in one of `FORMATS_DU_RAPPORT`, whatever changed since it was frozen.

    The JSON is what its digest was made of, to the byte, for ever; the others are the same bytes as
    long as their layout and the name of the publisher are.
    """
    contrat, annee = rapport.exercice.contrat.slug, rapport.exercice.annee_id
    nom = f"rapport-{contrat}-{annee}-edition-{rapport.edition}"
    if format_rapport in PAPIERS:
        est_un_projet = not rapport.est_accordee
        return repondre_papier(raconter(rapport), format_rapport, nom, interne=est_un_projet)
    if format_rapport == "xlsx":
        return repondre_classeur(annexer(rapport), format_rapport, nom)
    reponse = HttpResponse(rapport.contenu, content_type="application/json")
    reponse["Content-Disposition"] = f'attachment; filename="{nom}.json"'
    return licence.annoncer(reponse)
