"""What forms share."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError

# The first line of a list in which nothing is chosen yet.
A_CHOISIR = ("", "Choisir…")


def date_du_navigateur() -> forms.DateInput:
    """Return the box of a date that the browser itself helps to fill, without script."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class SansRobotForm(forms.Form):
    """A form with a field that people do not see: only a robot fills it.

    Shown by `composants/_piege.html`.
    """

    telecopie = forms.CharField(required=False, label="Ne pas remplir")

    def clean_telecopie(self) -> str:
        if self.cleaned_data["telecopie"]:
            raise ValidationError("Un champ caché a été rempli : effacez-le et recommencez.")
        return ""


@dataclass(frozen=True)
class Faute:
    """What is wrong with a form: the message, the label and the id of its field, "" for none."""

    texte: str
    libelle: str = ""
    ancre: str = ""


def fautes_de(*formulaires: forms.BaseForm) -> list[Faute]:
    """Return every fault of `formulaires` in the order of their fields, those of none first.

    A field that people cannot see is not one they can be led to: its messages stand alone.
    """
    generales, propres = [], []
    for formulaire in formulaires:
        generales += [Faute(str(texte)) for texte in formulaire.non_field_errors()]
        for champ in formulaire:
            est_montre = not champ.is_hidden and champ.name != "telecopie"
            lieu = (champ.label, champ.id_for_label) if est_montre else ()
            propres += [Faute(str(texte), *lieu) for texte in champ.errors]
    return generales + propres
