"""What public forms share."""

from django import forms
from django.core.exceptions import ValidationError


class SansRobotForm(forms.Form):
    """A form with a field that people do not see: only a robot fills it.

    Shown by `composants/_piege.html`.
    """

    telecopie = forms.CharField(required=False, label="Ne pas remplir")

    def clean_telecopie(self):
        if self.cleaned_data["telecopie"]:
            raise ValidationError("Un champ caché a été rempli : effacez-le et recommencez.")
        return ""
