"""Money in euros: how it is stored, typed, added up and printed. Unknown is not zero."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

from pacte.socle.nombres import ChampCompris, lire_nombre
from pacte.socle.typographie import FINE, INCONNU, INSECABLE

MONTANT_MAXIMAL = Decimal("1000000000")
CENTIME = Decimal("0.01")
EXEMPLE = f"par exemple 1{INSECABLE}234,50"


def euros(montant: Decimal) -> str:
    """Return « 1 234 567 € », or « 1 234,50 € » when there are cents."""
    entier, _, centimes = f"{montant:,.2f}".partition(".")
    decimales = "" if centimes == "00" else f",{centimes}"
    return f"{entier.replace(',', FINE)}{decimales}{INSECABLE}€"


def lire_montant(saisie: str) -> Decimal:
    """Return the amount that a person typed or pasted: « 1 234,50 », « 1234.5 », « 1 234 567 € ».

    Raises ValueError, with a sentence for that person, when it is not one clear amount.
    """
    try:
        montant = lire_nombre(saisie)
    except ValueError:
        raise ValueError(f"Écrire un montant en euros, {EXEMPLE}.") from None
    if montant < 0:
        raise ValueError(f"Un montant n’est pas négatif : l’écrire sans signe, {EXEMPLE}.")
    if montant > MONTANT_MAXIMAL:
        raise ValueError("Ce montant dépasse un milliard d’euros : vérifier les zéros.")
    if montant != montant.quantize(CENTIME):
        raise ValueError(f"Un montant a deux chiffres après la virgule au plus, {EXEMPLE}.")
    return montant.quantize(CENTIME)


class MontantFormField(ChampCompris, forms.CharField):
    """A text box for an amount: understands what people write, says what it did not."""

    def __init__(
        self, *, max_digits: int | None = None, decimal_places: int | None = None, **kwargs: Any
    ) -> None:
        kwargs["empty_value"] = None
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "size": 12}))
        super().__init__(**kwargs)

    # A text box, of which the value is no text.
    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        texte = super().to_python(value)
        if texte is None:
            return None
        try:
            return lire_montant(texte)
        except ValueError as erreur:
            raise forms.ValidationError(str(erreur)) from erreur

    def prepare_value(self, value: Any) -> Any:
        return euros(value).removesuffix(f"{INSECABLE}€") if isinstance(value, Decimal) else value


if TYPE_CHECKING:
    # Django's fields are generic for the type checker only.
    ChampDecimal = models.DecimalField[Decimal | str | None, Decimal | None]
else:
    ChampDecimal = models.DecimalField


class MontantField(ChampDecimal):
    """An amount in euros and cents, None when it is not known."""

    def __init__(self, verbose_name: str | None = None, **kwargs: Any) -> None:
        defauts = {"max_digits": 12, "decimal_places": 2, "null": True, "blank": True}
        super().__init__(verbose_name, **{**defauts, **kwargs})

    # Django names all of its arguments.
    def formfield(self, **kwargs: Any) -> forms.Field | None:  # type: ignore[override]
        kwargs.pop("widget", None)
        return super().formfield(**{"form_class": MontantFormField, **kwargs})


@dataclass(frozen=True)
class Total:
    """The sum of the known amounts (None when none is), and how many are unknown."""

    somme: Decimal | None = None
    inconnus: int = 0

    @classmethod
    def de(cls, montants: Iterable[Decimal | None]) -> "Total":
        montants = list(montants)
        connus = [montant for montant in montants if montant is not None]
        somme = sum(connus, Decimal()) if connus else None
        return cls(somme, len(montants) - len(connus))

    def __add__(self, autre: "Total") -> "Total":
        sommes = [s for s in (self.somme, autre.somme) if s is not None]
        return Total(sum(sommes, Decimal()) if sommes else None, self.inconnus + autre.inconnus)

    @property
    def est_exact(self) -> bool:
        """True when every amount is known, and there is one at least."""
        return self.somme is not None and not self.inconnus

    def __str__(self) -> str:
        if self.somme is None:
            return INCONNU
        return euros(self.somme) if self.est_exact else f"au moins {euros(self.somme)}"
