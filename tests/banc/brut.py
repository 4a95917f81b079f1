"""The same money lines written by the database alone: what an export cannot cost less than."""

import csv
import io
import sqlite3
import time

import dj_database_url
import psycopg

from tests.banc.processus import secondes

LIGNES = """
SELECT a.code, a.titre, c.sigle, x.numero, f.annee_id,
  CASE WHEN p.publication = 'visible' THEN p.nom ELSE 'Financeur non publié' END,
  f.nature, f.prevu, f.engage, f.paye, f.justifie, f.definitif, a.slug
FROM actions_financement f
JOIN actions_action a ON a.id = f.action_id
JOIN contrats_volet v ON v.id = a.volet_id
JOIN contrats_contrat c ON c.id = v.contrat_id
JOIN axes_axe x ON x.id = v.axe_id
JOIN partenaires_partenaire p ON p.id = f.financeur_id
WHERE a.publication = 'visible' AND c.publication = 'visible' AND x.publication = 'visible'
ORDER BY a.code, f.annee_id, p.cle_tri, f.nature
"""


def cout_brut(adresse: str, postgres: list[int]) -> float:
    """Return the seconds of processor of `COPY`, or of sqlite3 and csv, database included."""
    avant = time.process_time() + secondes(postgres)
    octets = _copier(adresse) if postgres else _ecrire(adresse.removeprefix("sqlite:///"))
    assert octets
    return time.process_time() + secondes(postgres) - avant


def _copier(adresse: str) -> int:
    lue = dj_database_url.parse(adresse)
    with (
        psycopg.connect(host=lue["HOST"], user=lue["USER"], dbname=lue["NAME"]) as lien,
        lien.cursor() as curseur,
        curseur.copy(f"COPY ({LIGNES}) TO STDOUT (FORMAT csv)") as copie,
    ):
        return sum(map(len, copie))


def _ecrire(fichier: str) -> int:
    tampon = io.StringIO()
    with sqlite3.connect(fichier) as lien:
        csv.writer(tampon, delimiter=";").writerows(lien.execute(LIGNES))
    return len(tampon.getvalue())
