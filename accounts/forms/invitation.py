"""The form of a user who accepts an invitation and has no account yet."""

from typing import Any

from django import forms
from django.conf import settings

from accounts.entrance.passwords import HardToGuess

NEW_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class NewAccountForm(forms.Form):
    first_name = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "given-name"}))
    last_name = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "family-name"}))
    password = forms.CharField(widget=NEW_PASSWORD, strip=False)
    again = forms.CharField(label="The same password again", widget=NEW_PASSWORD, strip=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "password"
        ].help_text = f"At least {settings.PASSWORD_LENGTH} characters. {HardToGuess().get_help_text()}"

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError("The two passwords differ. Please type the same one twice.")
        return again
