"""What people fill in about any table that they add, whoever the people in it are: its size, its sheet, its header."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from lists.uploads import NoRoom, TooLarge


def refuse_unusable(file: UploadedFile[bytes] | None) -> UploadedFile[bytes] | None:
    """Return a file as it is. Raises ValidationError, in words, for one that is empty or too large."""
    if file is None:
        return None
    if not file.size:
        raise forms.ValidationError("This file is empty. Please choose another one.")
    if file.size > settings.MAX_UPLOAD_BYTES:
        limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
        raise forms.ValidationError(f"This file is larger than {limit}. Please split it and add the parts in turn.")
    return file


def why_not_stored(error: TooLarge | NoRoom) -> str:
    """Return what a user reads, and does, when a file was not stored."""
    if isinstance(error, TooLarge):
        return "This file is too large. Please split it and add the parts in turn."
    return (
        "The portal has no room left for this file. Nothing was lost and nothing was sent: your draft is as it was."
        " Tell the people who run the portal, then add the file again."
    )


def choose(form: forms.Form, name: str, choices: Sequence[tuple[Any, str]]) -> None:
    """Let a field of a form be chosen from these."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class TableForm(forms.Form):
    """Which sheet of a spreadsheet a table is, and which row names its columns."""

    sheet = forms.TypedChoiceField(label="Sheet", coerce=int, required=False, empty_value=None)
    header_row = forms.TypedChoiceField(label="The columns are named in", coerce=int, required=False, empty_value=None)

    def __init__(
        self,
        *args: Any,
        header_rows: Sequence[tuple[int, str]],
        sheets: Sequence[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("header_row", header_rows), ("sheet", sheets)):
            choose(self, name, choices)
            # Both have a value on the page; who sends neither means what is shown.
            self.fields[name].required = not self.is_bound or name in self.data

    def said(self, name: str) -> int | None:
        """Return the sheet or the header's row that was chosen; what was shown where nothing was."""
        chosen: int | None = self.cleaned_data.get(name)
        return self.initial[name] if chosen is None else chosen

    @property
    def wants_another_look(self) -> bool:
        """Whether another sheet or row was chosen than is shown: its columns have not been seen yet."""
        return any(self.said(name) != self.initial[name] for name in ("sheet", "header_row"))
