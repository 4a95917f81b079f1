"""Why a backup is not made, not read or not put back: one sentence for whoever ran the command."""


class SauvegardeRefusee(Exception):
    """The text says why, and what was changed when anything was."""
