"""The contact form."""

from django import forms

from pacte.portail.models import Message, SujetMessage
from pacte.socle.formulaires import A_CHOISIR, SansRobotForm
from pacte.socle.texte import en_une_ligne


class MessageForm(SansRobotForm, forms.ModelForm):
    class Meta:
        model = Message
        fields = ["sujet", "texte", "page", "nom", "courriel"]
        widgets = {
            "texte": forms.Textarea(attrs={"rows": 7}),
            "nom": forms.TextInput(attrs={"autocomplete": "name"}),
            "courriel": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    sujet = forms.ChoiceField(label="Sujet", choices=[A_CHOISIR, *SujetMessage.choices])

    def clean_nom(self) -> str:
        return en_une_ligne(self.cleaned_data["nom"])

    def clean_page(self) -> str:
        return en_une_ligne(self.cleaned_data["page"])
