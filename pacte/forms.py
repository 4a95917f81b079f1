"""The contact form."""

from django import forms
from django.core.exceptions import ValidationError

from pacte.models import Message
from pacte.socle.texte import en_une_ligne


class MessageForm(forms.ModelForm):
    # A field that people do not see: only a robot fills it.
    telecopie = forms.CharField(required=False, label="Ne pas remplir")

    class Meta:
        model = Message
        fields = ["sujet", "texte", "page", "nom", "courriel"]
        widgets = {
            "texte": forms.Textarea(attrs={"rows": 7}),
            "nom": forms.TextInput(attrs={"autocomplete": "name"}),
            "courriel": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def clean_nom(self):
        return en_une_ligne(self.cleaned_data["nom"])

    def clean_page(self):
        return en_une_ligne(self.cleaned_data["page"])

    def clean_telecopie(self):
        if self.cleaned_data["telecopie"]:
            raise ValidationError("Un champ caché a été rempli : effacez-le et recommencez.")
        return ""
