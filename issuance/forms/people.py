"""The forms that add guests: a file, pasted lines, or one guest."""

from typing import Any

from django import forms

from issuance.audience import left_out_reasons
from lists.forms import FileOrLinesForm, file_field, pasted_field
from lists.lines import Accepted, Columns


class SingleGuestForm(forms.Form):
    """One single guest, by email address or phone number."""

    guest = forms.CharField(
        label="Email address or phone number",
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
        error_messages={"required": "Please type the guest's email address or phone number."},
    )

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._columns = Columns(email=0, phone=0)
        self._country = country

    def clean_guest(self) -> str:
        """Refuse what no reward can be sent to, in the words of a file's line."""
        typed: str = self.cleaned_data["guest"]
        found = self._columns.read([typed], country=self._country)
        if not isinstance(found, Accepted):
            raise forms.ValidationError(left_out_reasons.of_line(found.reason).advice)
        return found.value


class PeopleForm(FileOrLinesForm):
    """The people: a file, or lines pasted from a spreadsheet."""

    use_required_attribute = False  # one of the two is enough

    file = file_field(
        label="File",
        help_text="A spreadsheet (XLSX, ODS) or CSV file with an email address or a phone number in each line.",
        error_messages={"required": "Please choose a file, or paste lines below."},
    )
    pasted = pasted_field(label="Or paste lines", help_text="One guest a line, as copied from a spreadsheet.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = not str(self.data.get("pasted", "")).strip()
