"""What is answered without Django: in French, with the headers of every other answer."""

EN_TETES = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
]
PAGE = (
    '<!doctype html><html lang="fr"><meta name="viewport" content="width=device-width">'
    "<title>{titre}</title><h1>{titre}</h1><p>{conseil}</p></html>"
)


def ecrire_le_refus(titre: str, conseil: str) -> tuple[list[tuple[str, str]], bytes]:
    """Return the headers and the body of a refusal; `conseil` is HTML."""
    corps = PAGE.format(titre=titre, conseil=conseil).encode()
    return [*EN_TETES, ("Content-Length", str(len(corps)))], corps
