"""Why a backup is not made, not read or not put back: one sentence for whoever ran the command."""


class SauvegardeRefusee(Exception):
    """Nothing was changed; the text says why."""
