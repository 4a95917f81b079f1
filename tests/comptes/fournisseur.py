"""An OpenID provider as strict as ProConnect, on a port of this machine, whose answers tests spoil.

It refuses parameters that it does not know, short `state` and `nonce`, and codes used twice.
"""

import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

BASE = "/api/v2"
CONNUS = "response_type client_id redirect_uri scope state nonce claims".split()
CLE, CLE_ETRANGERE = (rsa.generate_private_key(65537, 2048) for _ in range(2))
IDENTIFIANT, SECRET = "pacte-des-tests", "secret-des-tests"


class FournisseurDEssai(ThreadingHTTPServer):
    """One person, `sub`, who always says yes; attributes say what to answer wrong."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Guichet)
        self.adresse = f"http://127.0.0.1:{self.server_port}{BASE}"
        self.sub, self.email, self.acr = "agent-42", "agent@departement.exemple", "eidas1-mfa"
        self.userinfo_signe, self.sub_de_userinfo = True, None
        self.cle, self.cle_de_userinfo, self.algorithme = CLE, CLE, "RS256"
        self.retouches: dict = {}
        self.retouches_de_userinfo: dict = {}
        self.erreur, self.en_panne, self.attente = "", "", 0
        self.codes: dict[str, str] = {}
        self.demandes: list[tuple[str, dict]] = []

    def description(self) -> dict:
        noms = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        adresses = {f"{nom}_endpoint": f"{self.adresse}/{a}" for nom, a in noms.items()}
        return {
            "issuer": self.adresse,
            **adresses,
            "jwks_uri": f"{self.adresse}/jwks",
            "end_session_endpoint": f"{self.adresse}/session/end",
        }

    def cles(self) -> dict:
        publique = jwt.algorithms.RSAAlgorithm.to_jwk(CLE.public_key(), as_dict=True)
        return {"keys": [{**publique, "kid": "une", "use": "sig", "alg": "RS256"}]}

    def signer(self, dits: dict, cle, retouches: dict) -> str:
        """Sign `dits`; a field that `retouches` sets to None is left out."""
        maintenant = int(time.time())
        communs = {"iss": self.adresse, "aud": IDENTIFIANT, "iat": maintenant}
        tout = {**communs, "exp": maintenant + 60, **dits, **retouches}
        tout = {nom: valeur for nom, valeur in tout.items() if valeur is not None}
        cle = {"none": None, "HS256": SECRET * 3}.get(self.algorithme, cle)
        return jwt.encode(tout, cle, algorithm=self.algorithme, headers={"kid": "une"})

    def id_token(self, nonce: str) -> str:
        dits = {"sub": self.sub, "nonce": nonce, "acr": self.acr, "amr": ["pwd", "mfa"]}
        return self.signer(dits, self.cle, self.retouches)

    def userinfo(self) -> tuple[str, str]:
        dits = {"sub": self.sub_de_userinfo or self.sub, "email": self.email}
        dits |= {"given_name": "Ada", "usual_name": "Martin", "siret": "22050001000019"}
        if not self.userinfo_signe:
            return json.dumps(dits), "application/json"
        jeton = self.signer(dits, self.cle_de_userinfo, self.retouches_de_userinfo)
        return jeton, "application/jwt; charset=utf-8"


class Guichet(BaseHTTPRequestHandler):
    """The addresses of the provider."""

    def do_GET(self):
        morceaux = urlsplit(self.path)
        chemin, lus = morceaux.path.removeprefix(BASE), dict(parse_qsl(morceaux.query))
        self.server.demandes.append((chemin, lus))
        time.sleep(self.server.attente)
        pages = {
            "/.well-known/openid-configuration": lambda: self.dire(self.server.description()),
            "/jwks": lambda: self.dire(self.server.cles()),
            "/authorize": lambda: self.autoriser(lus),
            "/userinfo": self.dire_qui,
            "/session/end": lambda: self.fermer(lus),
        }
        if self.server.en_panne and chemin.endswith(self.server.en_panne):
            return self.repondre(503, "indisponible", "text/plain")
        return pages[chemin]()

    def do_POST(self):
        corps = self.rfile.read(int(self.headers["Content-Length"])).decode()
        lus = dict(parse_qsl(corps))
        nonce = self.server.codes.pop(lus.get("code"), None)
        if nonce is None or (lus["client_id"], lus["client_secret"]) != (IDENTIFIANT, SECRET):
            return self.dire({"error": "invalid_grant"}, 400)
        jetons = {"access_token": "acces", "token_type": "Bearer", "expires_in": 60}
        return self.dire({**jetons, "id_token": self.server.id_token(nonce)})

    def autoriser(self, lus: dict):
        inconnus = [nom for nom in lus if nom not in CONNUS]
        if inconnus or min(len(lus.get(nom, "")) for nom in ("state", "nonce")) < 32:
            return self.dire({"error": "Y000400", "inconnus": inconnus}, 400)
        if self.server.erreur:
            return self.renvoyer(lus, {"error": self.server.erreur})
        code = secrets.token_urlsafe()
        self.server.codes[code] = lus["nonce"]
        return self.renvoyer(lus, {"code": code})

    def dire_qui(self):
        if self.headers["Authorization"] != "Bearer acces":
            return self.dire({"error": "invalid_token"}, 401)
        return self.repondre(200, *self.server.userinfo())

    def fermer(self, lus: dict):
        if set(lus) != {"id_token_hint", "state", "post_logout_redirect_uri"}:
            return self.dire({"error": "Y000400"}, 400)
        return self.aller(lus["post_logout_redirect_uri"], {"state": lus["state"]}, 303)

    def renvoyer(self, lus: dict, reponse: dict):
        self.aller(lus["redirect_uri"], {**reponse, "state": lus["state"]}, 302)

    def aller(self, adresse: str, parametres: dict, statut: int):
        self.repondre(statut, "", "text/plain", {"Location": f"{adresse}?{urlencode(parametres)}"})

    def dire(self, donnees: dict, statut: int = 200):
        self.repondre(statut, json.dumps(donnees), "application/json")

    def repondre(self, statut: int, corps: str, genre: str, en_tetes: dict | None = None):
        self.send_response(statut)
        tous = {"Content-Type": genre, "Content-Length": len(corps), **(en_tetes or {})}
        for nom, valeur in tous.items():
            self.send_header(nom, str(valeur))
        try:
            self.end_headers()
            self.wfile.write(corps.encode())
        except ConnectionError:
            # The portal did not wait: that is what such a test is about.
            self.close_connection = True

    def log_message(self, *args):
        """Say nothing: the tests' own output is enough."""


@contextmanager
def ouvrir():
    """Give a provider that listens, and close it afterwards."""
    with FournisseurDEssai() as fournisseur:
        fil = threading.Thread(target=fournisseur.serve_forever, args=(0.01,), daemon=True)
        fil.start()
        try:
            yield fournisseur
        finally:
            fournisseur.shutdown()
            fil.join()
