"""The forms that correct lines: all of a kind, those of a page, or a file of them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from issuance.audience import left_out_reasons
from issuance.audience.line_corrections import ReasonDecision
from issuance.drafts.corrected_file import LARGEST
from issuance.pages.check.lines import CheckedLine, answered
from lists.forms import LimitedFileField
from lists.identifiers import LONGEST_CELL, CellProblem, normalise
from lists.suggestions import diagnosed

NOTHING_TYPED = "Type an email address or a phone number, or leave the line out."


class DecisionForm(forms.Form):
    """What is decided for all lines with one problem."""

    reason = forms.CharField(max_length=40)
    decision = forms.ChoiceField(choices=[(each.value, each.value) for each in ReasonDecision])

    @property
    def decided(self) -> ReasonDecision:
        return ReasonDecision(self.cleaned_data["decision"])


class ReturnedForm(forms.Form):
    """The file of left-out lines, with corrections in it."""

    file = LimitedFileField(
        label="Corrected file",
        most=lambda: LARGEST,
        too_large=lambda: "This file is too large. Correct your own list and add it as another file.",
        widget=forms.FileInput(
            attrs={"accept": ".csv,.tsv,.txt,.xlsx,.ods", "aria-label": "Corrected file", "class": "form-control"}
        ),
        error_messages={"required": "Please choose the file that you downloaded and corrected."},
        allow_empty_file=True,
    )

    def clean_file(self) -> bytes:
        """Return the file's bytes."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        data: bytes = file.read()
        return data


class LinesForm(forms.Form):
    """The guests of some lines: as typed, as suggested, or left out. A line that is unchanged is not a correction.

    `values` are the corrections by line, "" to leave it out; `taken_back` are the lines to be as in the file again.
    """

    def __init__(self, *args: Any, lines: Sequence[CheckedLine], country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lines, self._country = lines, country
        self.values: dict[int, str] = {}
        self.taken_back: list[int] = []
        for line in lines:
            self.fields[f"value-{line.line}"] = forms.CharField(required=False, max_length=LONGEST_CELL, strip=False)
            for name in ("use", "out", "back"):
                self.fields[f"{name}-{line.line}"] = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Read every line; a value that is no identifier gets a message beside its field."""
        given = super().clean() or {}
        for line in self._lines:
            self._read(line, given)
        return given

    def shown(self) -> list[CheckedLine]:
        """Return the lines with the values that were typed, and the message for each that is refused."""
        return [
            answered(
                line,
                typed=self.data.get(f"value-{line.line}", line.typed),
                uses=f"use-{line.line}" in self.data,
                is_out=f"out-{line.line}" in self.data,
                error=" ".join(map(str, self.errors.get(f"value-{line.line}", []))),
            )
            for line in self._lines
        ]

    def _read(self, line: CheckedLine, given: dict[str, Any]) -> None:
        typed = given.get(f"value-{line.line}", "")
        if given.get(f"back-{line.line}"):
            self.taken_back.append(line.line)
        elif given.get(f"out-{line.line}"):
            self.values[line.line] = ""
        elif given.get(f"use-{line.line}") and line.suggested:
            self.values[line.line] = line.suggested
        elif typed.split() != line.typed.split():
            self._read_typed(line, typed)

    def _read_typed(self, line: CheckedLine, typed: str) -> None:
        found = normalise(typed, country=self._country)
        if isinstance(found, str):
            self.values[line.line] = found
        elif found is CellProblem.EMPTY:
            self.add_error(f"value-{line.line}", NOTHING_TYPED)
        else:
            reason = diagnosed(found, typed, country=self._country)
            self.add_error(f"value-{line.line}", left_out_reasons.of_line(reason).advice)
