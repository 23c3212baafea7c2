"""The forms for subscribing people: their consent and their list, and which column of the list holds what."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from campaigns.models import Merchant
from guests.subscribers.drafts import Consent
from guests.subscribers.rows import FIELDS, SubscriberLine, person_from
from lists.forms import FileOrLinesForm, TableForm, file_field, pasted_field
from lists.identifiers import normalise_email
from partner_api.answers.guests import NewSubscriber

ONE_OF = ("file", "pasted", "email")


class SubscribeForm(FileOrLinesForm):
    statement = forms.CharField(
        label="What they agreed to",
        max_length=2_000,
        help_text="Word for word, as they read it. It is kept with the list.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    source = forms.CharField(
        label="Where they agreed", max_length=200, help_text="For example: sign-up sheet at the till, website form."
    )
    agreed_on = forms.DateField(label="When they agreed, at the latest")
    file = file_field(
        label="A file of people",
        required=False,
        help_text="A spreadsheet (XLSX, ODS) or CSV file with an email address in each line; names, birthday and zip"
        " code if you have them.",
    )
    pasted = pasted_field(label="Or paste lines", help_text="One person a line, as copied from a spreadsheet.")
    email = forms.CharField(label="Or one person’s email address", required=False, max_length=254)
    first_name = forms.CharField(label="First name", required=False, max_length=100)
    last_name = forms.CharField(label="Last name", required=False, max_length=100)
    birthday = forms.CharField(label="Birthday", required=False, max_length=10, help_text="Month and day: 05-12.")
    zip_code = forms.CharField(label="Zip code", required=False, max_length=20)

    def __init__(self, *args: Any, merchant: Merchant, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._country, self._today = merchant.country, today
        self._line = SubscriberLine()
        # The browser refuses a day to come, too: it would lose the chosen file when the form is shown again.
        self.fields["agreed_on"].widget = forms.DateInput(
            attrs={"type": "date", "max": today.isoformat()}, format="%Y-%m-%d"
        )

    @property
    def consent(self) -> Consent:
        return Consent(**{name: self.cleaned_data[name] for name in ("statement", "source", "agreed_on")})

    @property
    def person(self) -> NewSubscriber | None:
        return self._line.person

    def clean_agreed_on(self) -> date:
        day: date = self.cleaned_data["agreed_on"]
        if day > self._today:
            raise forms.ValidationError("Please enter a day that has been.")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        given = [name for name in ONE_OF if cleaned.get(name)]
        if len(given) > 1:
            self.add_error(given[-1], "Please choose one: a file, pasted lines, or one person.")
        elif given == ["email"]:
            self._one(cleaned)
        elif not given and "file" not in self.errors:
            self.add_error("file", "Please add a file, paste lines, or enter one person’s email address.")
        return cleaned

    def _one(self, cleaned: Mapping[str, Any]) -> None:
        email = normalise_email(cleaned["email"])
        if not isinstance(email, str):
            self.add_error("email", "This is no email address. Please look for a typing error.")
            return
        cells = {name: (cleaned.get(name) or "").strip() for name in FIELDS}
        self._line = person_from({**cells, "email": email}, country=self._country)
        if self._line.remarks:  # the lengths are checked by the fields
            self.add_error("birthday", "Please enter month and day, such as 05-12.")


class SubscriberColumnsForm(TableForm):
    LABELS = {
        "email": "Email addresses are in",
        "first_name": "First names are in",
        "last_name": "Last names are in",
        "birthday": "Birthdays are in",
        "zip_code": "Zip codes are in",
    }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        mapping = self.mapping
        if "email" not in mapping:
            self.add_error("email", "Please say which column holds the email addresses.")
        places = list(mapping.values())
        for number, (name, place) in enumerate(mapping.items()):
            if place in places[:number]:
                self.add_error(name, "Another field uses this column already. Please choose one of the two.")
        return given
