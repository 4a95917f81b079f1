"""Signed tokens of an OpenID provider: nothing of them is believed before every check passed."""

import jwt
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

# Never `none`, nor an algorithm with a shared secret, which a public key could then play.
ALGORITHMES = ["RS256", "ES256"]
# Seconds that the two clocks may differ by.
ECART_D_HORLOGE = 30
LONGUEUR_DE_SUB = 191


class JetonRefuse(OAuth2Error):
    """A token that is not from this provider, for this portal, now."""


def lire_jeton(jeton: str, cles: dict, emetteur: str, destinataire: str, exiges: list[str]) -> dict:
    """Return the claims of `jeton`, signed by one of `cles` (a JWKS), `exiges` among them.

    Raises JetonRefuse for another issuer, for other addressees, or when it has expired.
    """
    try:
        attestations = jwt.decode(
            jeton,
            _cle_de(jeton, cles),
            algorithms=ALGORITHMES,
            issuer=emetteur,
            audience=destinataire,
            leeway=ECART_D_HORLOGE,
            options={"require": ["iss", "aud", "sub", *exiges]},
        )
    except jwt.PyJWTError as erreur:
        raise JetonRefuse(f"jeton refusé : {type(erreur).__name__}") from erreur
    if attestations["aud"] not in (destinataire, [destinataire]):
        raise JetonRefuse("jeton refusé : il a d’autres destinataires")
    if not 0 < len(attestations["sub"]) <= LONGUEUR_DE_SUB:
        raise JetonRefuse("jeton refusé : sub est vide ou trop long")
    return attestations


def _cle_de(jeton: str, cles: dict) -> jwt.PyJWK:
    """Return the key that `jeton` names; without a name, the only one for signatures."""
    if not isinstance(cles, dict):
        raise JetonRefuse("le fournisseur ne publie pas ses clés")
    kid = jwt.get_unverified_header(jeton).get("kid")
    signatures = [c for c in jwt.PyJWKSet.from_dict(cles) if c.public_key_use in (None, "sig")]
    possibles = [c for c in signatures if kid is None or c.key_id == kid]
    if len(possibles) != 1:
        raise JetonRefuse("jeton refusé : sa clé est inconnue")
    return possibles[0]
