"""Deadlines and news, read back by the parsers that other people's software uses."""

from datetime import date, timedelta

import feedparser
from django.utils import timezone
from django.utils.timezone import localdate
from icalendar import Calendar

from actions.models import Action, Jalon
from contrats.models import Contrat, Exercice
from tests.fabriques import creer_point

PIEGE = "Étape : virgule, point-virgule ; retour\nà la ligne et « guillemets »"


def evenements(reponse):
    assert reponse["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(reponse.content).walk("VEVENT")


def test_le_calendrier_donne_les_jalons_visibles(client, referentiel):
    action = Action.objects.get(code="CLS-4-01")
    retiree = Action.objects.get(code="CLS-1-01")
    jalon = Jalon.objects.create(action=action, libelle=PIEGE, prevu_le=date(2027, 2, 28))
    Jalon.objects.create(action=retiree, libelle="Secret", prevu_le=date(2027, 3, 1))
    Action.objects.filter(pk=retiree.pk).update(publication="retiree", motif_retrait="x")

    (evenement,) = evenements(client.get("/calendrier.ics"))

    assert evenement["SUMMARY"] == PIEGE
    assert evenement["UID"] == f"jalon-{jalon.pk}@pacte-local-des-solidarites"
    assert evenement["DTSTART"].dt == date(2027, 2, 28)
    assert evenement["DTEND"].dt == date(2027, 3, 1)
    assert evenement["URL"] == f"http://testserver{action.get_absolute_url()}"


def test_le_calendrier_donne_les_rapports_attendus(client, referentiel):
    cls = Contrat.objects.get(slug="cls")
    Exercice.objects.create(contrat=cls, annee_id=2025, rapport_avant_le=date(2026, 3, 31))
    Exercice.objects.create(contrat=cls, annee_id=2026)

    (evenement,) = evenements(client.get("/calendrier.ics"))

    assert evenement["SUMMARY"] == "Rapport 2025 du contrat CLS"
    assert evenement["DTSTART"].dt == date(2026, 3, 31)


def test_chaque_action_donne_ses_jalons(client, referentiel):
    action, autre = Action.objects.all()[:2]
    Jalon.objects.create(action=action, libelle="A", prevu_le=localdate(), atteint_le=localdate())
    Jalon.objects.create(action=autre, libelle="B", prevu_le=localdate())

    (evenement,) = evenements(client.get(f"/actions/{action.slug}/jalons.ics"))

    assert evenement["SUMMARY"] == "A (atteint)"
    assert client.get("/actions/nulle-part/jalons.ics").status_code == 404


def test_un_calendrier_inchange_reste_le_meme(client, referentiel):
    hier = timezone.now().replace(microsecond=0) - timedelta(days=1)
    action, contrat = Action.objects.get(code="CLS-4-01"), Contrat.objects.get(slug="cls")
    jalon = Jalon.objects.create(action=action, libelle="A", prevu_le=date(2027, 2, 28))
    rapport = Exercice.objects.create(
        contrat=contrat, annee_id=2025, rapport_avant_le=date(2026, 3, 31)
    )
    jalon.historique.update(history_date=hier)
    rapport.historique.update(history_date=hier - timedelta(days=1))
    sans_historique = Jalon(action=action, libelle="B", prevu_le=date(2027, 3, 1))
    Jalon.objects.bulk_create([sans_historique])

    reponse = client.get("/calendrier.ics")
    dates = {str(e["SUMMARY"]): e["DTSTAMP"].dt for e in evenements(reponse)}

    assert dates == {
        "A": hier,
        "B": action.modifiee_le.replace(microsecond=0),
        "Rapport 2025 du contrat CLS": hier - timedelta(days=1),
    }
    autre_nom = client.get("/calendrier.ics", headers={"host": "localhost"})
    uids = [[e["UID"] for e in evenements(r)] for r in (reponse, autre_nom)]
    assert uids[0] == uids[1]
    inchange = client.get("/calendrier.ics", headers={"if-none-match": reponse["ETag"]})
    assert inchange.status_code == 304

    jalon.libelle = "A, précisé"
    jalon.save()
    assert client.get("/calendrier.ics")["ETag"] != reponse["ETag"]


def test_le_calendrier_et_le_flux_disent_leur_licence_et_leur_auteur(client, referentiel):
    creer_point(Action.objects.get(code="CLS-4-01"), localdate(), fait="Fini.")
    calendrier = Calendar.from_ical(client.get("/calendrier.ics").content)
    reponse = client.get("/actualites.atom")
    flux = feedparser.parse(reponse.content).feed

    assert "Département des Hautes-Alpes – Licence Ouverte 2.0" in calendrier["DESCRIPTION"]
    assert 'rel="license"' in client.get("/calendrier.ics")["Link"]
    assert flux.author == "Département des Hautes-Alpes"
    assert "etalab-2.0" in flux.rights
    assert "license" in {lien.rel for lien in flux.links}


def test_un_calendrier_vide_reste_un_calendrier(client, referentiel):
    assert list(evenements(client.get("/calendrier.ics"))) == []


def test_le_flux_donne_les_points_d_etape_visibles(client, referentiel):
    action = Action.objects.get(code="CLS-4-01")
    retiree = Action.objects.get(code="CLS-1-01")
    hier = localdate() - timedelta(days=1)
    creer_point(action, hier, fait="Deux < trois & « oui »", confiance="compromis")
    creer_point(action, localdate(), statut="realisee", fait="Fini.")
    creer_point(retiree, localdate(), fait="Secret")
    Action.objects.filter(pk=retiree.pk).update(publication="retiree", motif_retrait="x")

    flux = feedparser.parse(client.get("/actualites.atom").content)

    assert not flux.bozo
    assert flux.version == "atom10"
    assert [entree.title for entree in flux.entries] == [
        f"{action.titre} : réalisée",
        f"{action.titre} : en cours",
    ]
    assert flux.entries[1].summary == "Deux < trois & « oui »"
    assert len({entree.id for entree in flux.entries}) == 2
    assert "compromis" not in client.get("/actualites.atom").content.decode()
