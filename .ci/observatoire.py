"""`make observatoire`: the score of the MDN HTTP Observatory for one page of each kind.

The portal answers in production mode, over HTTPS, from a database of its own; the tests and the
scores are those of the package `@mdn/mdn-http-observatory`, which reads these answers.
"""

import json
import os
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

RACINE = Path(__file__).resolve().parents[1]
HOTE = "pacte.exemple.fr"
MINIMUM = 130
PAGES = {
    "accueil": "/",
    "liste": "/actions/",
    "action": "",  # the first one of the list
    "recherche": "/recherche/?q=logement",
    "contact (formulaire)": "/contact/",
    "connexion": "/connexion/",
    "administration, connexion": "/admin/login/",
    "fichier": "/actions.csv",
    "page introuvable": "/nulle-part/",
}
# Any site may read or frame these, by decision: the ten points of « same-origin » are not theirs.
OUVERTES = {
    "fichier de données ouvertes": "/donnees-ouvertes/actions.csv",
    "page à intégrer": "/integrer/actions/",
}


def preparer(dossier: str) -> None:
    """Start Django in production mode on a database of its own, with the reference data."""
    sys.path.insert(0, str(RACINE))
    os.environ.update(
        DJANGO_SETTINGS_MODULE="pacte.settings",
        PACTE_MODE="production",
        SECRET_KEY="x" * 50 + "-au-hasard",
        ALLOWED_HOSTS=HOTE,
        DATABASE_URL=f"sqlite:///{dossier}/base.sqlite3",
        PACTE_DONNEES=dossier,
        EDITEUR=str(RACINE / "tests/editeur-complet.yaml"),
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("charger_referentiel", stdout=StringIO())
    call_command("collectstatic", verbosity=0, interactive=False)


def lire(nom: str, chemin: str) -> dict:
    """Return what `observatoire.mjs` reads of one page: as scanned, redirections followed."""
    from django.test import Client

    adresse = f"https://{HOTE}{chemin}"
    client = Client(headers={"host": HOTE})
    en_clair = client.get(chemin)["Location"]
    reponse = client.get(chemin, secure=True, follow=True)
    final = reponse.redirect_chain[-1][0] if reponse.redirect_chain else chemin
    croisee = client.options(final, secure=True, headers={"origin": "https://ailleurs.exemple"})
    return {
        "nom": nom,
        "adresse": adresse,
        "statut": reponse.status_code,
        "entetes": _entetes(reponse),
        "corps": reponse.getvalue().decode(errors="replace"),
        "cors": {"statut": croisee.status_code, "entetes": _entetes(croisee)},
        "chemin_http": [f"http://{HOTE}{chemin}", en_clair],
    }


def _entetes(reponse) -> dict:
    entetes = {nom.lower(): valeur for nom, valeur in reponse.items()}
    cookies = [morceau.OutputString() for morceau in reponse.cookies.values()]
    return {**entetes, **({"set-cookie": cookies} if cookies else {})}


def noter(paquet: str) -> list[dict]:
    """Return the note of each page, in their order."""
    from actions.models import Action

    premiere = Action.objects.visibles().first().get_absolute_url()
    chemins = {**PAGES, "action": premiere, **OUVERTES}
    pages = [lire(nom, chemin) for nom, chemin in chemins.items()]
    lu = subprocess.run(
        ["node", RACINE / ".ci/observatoire.mjs", Path(paquet).resolve()],
        input=json.dumps(pages),
        capture_output=True,
        text=True,
    )
    if lu.returncode:
        sys.exit(lu.stderr)
    return json.loads(lu.stdout)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as dossier:
        preparer(dossier)
        notes = noter(sys.argv[1])
    for note in notes:
        print(f"{note['nom']:28} {note['score']:4} {note['grade']:3} {', '.join(note['echecs'])}")
        if "-v" in sys.argv:
            print("   ", note["points"])
    bas = [n["nom"] for n in notes if n["score"] < MINIMUM and n["nom"] not in OUVERTES]
    sys.exit(f"Moins de {MINIMUM} : {', '.join(bas)}" if bas else 0)
