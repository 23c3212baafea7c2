"""The forms for exclusion lists, and for what a draft leaves out."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms

from issuance.audience.screening import OVERRIDABLE, Exclusion
from issuance.models import DraftStep
from lists.delimited import NumberedRow, rows_of
from lists.forms import LimitedFileField
from lists.tables import rows_of_file

LARGEST_FILE = 10 * 1024 * 1024


class NewListForm(forms.Form):
    name = forms.CharField(
        label="Name of the new list",
        max_length=100,
        help_text="Such as “Staff and family” or “Asked not to be contacted”.",
        error_messages={"required": "Please give the list a name."},
    )


class AddGuestsForm(forms.Form):
    """Guests to put on a list: a file, or pasted lines."""

    use_required_attribute = False

    pasted = forms.CharField(
        label="Guests",
        required=False,
        help_text="Email addresses or phone numbers, one guest a line. Other columns do no harm.",
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )
    file = LimitedFileField(
        label="Or a file",
        required=False,
        most=lambda: LARGEST_FILE,
        too_large=lambda: "This file is larger than 10 MB. Please add it in parts.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.ods,text/csv,text/plain"}),
    )

    def clean(self) -> dict[str, Any]:
        """Require a file or pasted lines."""
        given = super().clean() or {}
        if not self.errors and not given.get("file") and not given.get("pasted", "").strip():
            self.add_error("pasted", "Please paste some lines, or choose a file.")
        return given

    def rows(self, *, country: str) -> Iterator[NumberedRow]:
        """Yield the rows, the pasted lines first. Raises Unopenable for a file that is no table."""
        pasted: str = self.cleaned_data["pasted"]
        yield from rows_of(io.StringIO(pasted), delimiter="\t" if "\t" in pasted else ",")
        file = self.cleaned_data["file"]
        if file:
            yield from rows_of_file(file.file, country=country)


class TakeOffForm(forms.Form):
    """A guest to find on a list. `found` says whether the guest is on it, None before the search."""

    found: bool | None = None

    who = forms.CharField(
        label="Email address or phone number",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Please enter an email address or a phone number."},
    )


class ScreenForm(forms.Form):
    """The reasons to override, and for how many days a guest's earlier reward keeps the guest out.

    With `keeps_others` only the choice of members counts: a button posts it, and the others stay as they are saved.
    """

    include = forms.MultipleChoiceField(
        choices=[(reason.value, reason.value) for reason in sorted(OVERRIDABLE)], required=False
    )
    within_days = forms.IntegerField(min_value=0, max_value=365, required=False)
    only_members = forms.BooleanField(required=False)
    keeps_others = forms.BooleanField(required=False)
    then = forms.ChoiceField(choices=[(step, step) for step in (DraftStep.CHECK, DraftStep.REVIEW)], required=False)

    @property
    def next_step(self) -> str:
        """The page that follows."""
        return str(self.cleaned_data["then"] or DraftStep.CHECK)

    @property
    def rewarded_within_days(self) -> int | None:
        return None if self.cleaned_data["keeps_others"] else self.cleaned_data["within_days"] or 0

    @property
    def included_anyway(self) -> Sequence[Exclusion] | None:
        if self.cleaned_data["keeps_others"]:
            return None
        return [Exclusion(value) for value in self.cleaned_data["include"]]
