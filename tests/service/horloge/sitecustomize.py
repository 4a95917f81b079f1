"""Moves the clock of the process by as many seconds as the file HORLOGE_DES_ESSAIS says.

Python imports this module before any other when its folder is on PYTHONPATH. What is measured
(`time.monotonic`) goes on, as on a machine whose clock is set.
"""

import datetime
import os
import time
from pathlib import Path

FICHIER = Path(os.environ["HORLOGE_DES_ESSAIS"])
vrai_temps, VraieDate = time.time, datetime.datetime


def temps() -> float:
    return vrai_temps() + float(FICHIER.read_text())


class _Genre(type):
    """A date made in C, by a database or a parser, is one too."""

    def __instancecheck__(cls, objet):
        return isinstance(objet, VraieDate)

    def __subclasscheck__(cls, genre):
        return issubclass(genre, VraieDate)


class Date(VraieDate, metaclass=_Genre):
    @classmethod
    def now(cls, tz=None):
        return VraieDate.fromtimestamp(temps(), tz)

    @classmethod
    def utcnow(cls):
        return VraieDate.utcfromtimestamp(temps())


time.time, datetime.datetime = temps, Date
