"""Processor time and memory of a server and of what it starts, read where Linux keeps them."""

import os
from pathlib import Path

TICS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def _champs(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat that follow the name, none when the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendance(racine: int) -> list[int]:
    """Return `racine` and every process under it."""
    tous = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdecimal()]
    parents = {pid: int(champs[1]) for pid in tous if (champs := _champs(pid))}
    trouves = [racine]
    for pid in trouves:
        trouves += [enfant for enfant, parent in parents.items() if parent == pid]
    return trouves


def secondes(racines: list[int]) -> float:
    """Return the seconds of processor of `racines` and of what they started, ended or not."""
    champs = [_champs(pid) for racine in racines for pid in descendance(racine)]
    return sum(sum(map(int, c[11:15])) for c in champs if c) / TICS


def memoire(racine: int) -> float:
    """Return the largest resident memory of a process under `racine`, itself aside, in MiB."""
    enfants = descendance(racine)[1:]
    return max((int(_champs(pid)[21]) * PAGE for pid in enfants), default=0) / 1024 / 1024
