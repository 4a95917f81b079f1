"""Numbers as people type them: « 1 250 », « 1250,5 », « 1.250,50 » all mean one number."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

EXEMPLE = "par exemple 52, 12,5 ou 1\u00a0250"


def lire_nombre(saisie: str) -> Decimal:
    """Return the number that a person typed or pasted, its euro or percent sign left out.

    Raises ValueError when it is not one clear number.
    """
    texte = re.sub(r"[\s\u00a0\u202f€%']", "", saisie)
    if "," in texte and "." in texte:
        # « 1.234,50 » : the last sign is the decimal one, the other groups the thousands.
        milliers = "." if texte.rindex(",") > texte.rindex(".") else ","
        texte = texte.replace(milliers, "")
    texte = texte.replace(",", ".")
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?", texte):
        raise ValueError(f"« {saisie[:40]} » n’est pas un nombre : écrire {EXEMPLE}.")
    try:
        return Decimal(texte)
    except InvalidOperation:
        raise ValueError(f"Écrire un nombre, {EXEMPLE}.") from None


class ChampCompris(forms.Field):
    """A text box that is understood: it changed when its value did, however it is written."""

    def has_changed(self, initial: object, data: Any) -> bool:
        if self.disabled:
            # A browser sends nothing for it: what is missing was not erased.
            return False
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


class NombreFormField(ChampCompris, forms.DecimalField):
    """A text box for a number, which understands what people write and says what it did not."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.localize = True
        self.widget.is_localized = True
        self.widget.attrs.setdefault("inputmode", "decimal")
        self.widget.attrs.setdefault("size", 9)

    # Django's stubs make a DecimalField a whole number.
    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if isinstance(value, str) and value.strip():
            try:
                return lire_nombre(value)
            except ValueError as erreur:
                raise ValidationError(str(erreur), code="invalid") from erreur
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return _sans_zeros(value) if isinstance(value, Decimal) else value


def _sans_zeros(valeur: Decimal) -> str:
    entier, _, decimales = f"{valeur:f}".partition(".")
    decimales = decimales.rstrip("0")
    return f"{entier},{decimales}" if decimales else entier
