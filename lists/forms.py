"""What every form asks about a table that a user adds: the file or pasted lines, its sheet, its header, its columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, ClassVar, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat

from lists.first_rows import FirstRows
from lists.text.encodings import GUESSED
from lists.uploads import NoRoom, NoRoomForMerchant, TooLarge

PASTED = "pasted lines"
NO_COLUMN = "none"
WHICH_COLUMN = "Several columns may hold them. Please say which one is the guests'."
LOOKS = ("sheet", "header_row", "encoding")
"""What changes how the first rows are read, and so the columns that can be chosen."""

MOST_DIGITS = 9


def why_not_stored(error: TooLarge | NoRoom) -> str:
    if isinstance(error, TooLarge):
        return _too_large()
    if isinstance(error, NoRoomForMerchant):
        return (
            f"The files of this merchant may take {filesizeformat(settings.MERCHANT_DISK_BYTES)} together, and this one"
            " would be too much. Discard drafts that you do not need, then add it again. Nothing was lost."
        )
    return (
        "The portal has no room left for this file. Nothing was lost and nothing was sent: your draft is as it was."
        " Tell the people who run the portal, then add the file again."
    )


def offer(form: forms.Form, name: str, choices: Sequence[tuple[Any, str]]) -> None:
    """Offer these choices, each a value with its words, in a field of a form."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class LimitedFileField(forms.FileField):
    """A file of at most so many bytes; `too_large` says what to do with a larger one.

    The control carries both: with a script, the page refuses such a file in the same words before it is sent.
    """

    def __init__(self, *, most: Callable[[], int], too_large: Callable[[], str], **said: Any) -> None:
        self._most, self._too_large = most, too_large
        super().__init__(**said)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        self.widget.attrs |= {"data-most-bytes": self._most(), "data-too-large": self._too_large()}
        return super().get_bound_field(form, field_name)

    def validate(self, value: "UploadedFile[bytes] | None") -> None:
        super().validate(value)
        if value and (value.size or 0) > self._most():
            raise forms.ValidationError(self._too_large())


def file_field(**said: Any) -> forms.FileField:
    accepted = ".csv,.tsv,.txt,.xlsx,.xlsm,.ods,text/csv,text/plain"
    return LimitedFileField(
        most=lambda: settings.MAX_UPLOAD_BYTES,
        too_large=_too_large,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": accepted}),
        **said,
    )


def _too_large() -> str:
    limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
    return f"This file is larger than {limit}. Please split it and add the parts in turn."


def pasted_field(**said: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(required=False, widget=widget, **said)


class FileOrLinesForm(forms.Form):
    """A form with a `file` and, to be used instead, `pasted` lines."""

    def clean_file(self) -> "UploadedFile[bytes] | None":
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is None:
            return None
        if not file.size:
            raise forms.ValidationError("This file is empty. Please choose another one.")
        return file

    @property
    def table(self) -> tuple[IO[bytes], str]:
        """The file and its name; the pasted lines as a file where none was chosen."""
        file = self.cleaned_data["file"]
        if file:
            return file, file.name
        return cast("IO[bytes]", ContentFile(self.cleaned_data["pasted"].encode())), PASTED


def asked_format(query: QueryDict) -> dict[str, Any]:
    """Return the `sheet`, the `header_row` and the `encoding` that an address asks for; None for what it does not."""
    asked = {name: query.get(name, "") for name in ("sheet", "header_row")}
    numbers = {
        name: int(number) if number.isdecimal() and len(number) <= MOST_DIGITS else None
        for name, number in asked.items()
    }
    encoding = query.get("encoding", "")
    return {**numbers, "encoding": encoding if encoding in GUESSED else None}


class TableForm(forms.Form):
    """Which column of a table holds what, which row names them, and which sheet of a spreadsheet it is.

    It begins with what was recognised. Subclasses name in `LABELS` what a column may hold.
    """

    LABELS: ClassVar[Mapping[str, str]]

    sheet = forms.TypedChoiceField(label="Sheet", coerce=int, required=False, empty_value=None)
    header_row = forms.TypedChoiceField(label="The columns are named in", coerce=int, required=False, empty_value=None)
    encoding = forms.ChoiceField(label="The names are written like", required=False)
    hidden_rows = forms.ChoiceField(
        label="Rows that the spreadsheet does not show",
        choices=[("out", "Leave them out"), ("in", "Read them as well")],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(
        self, data: QueryDict | None = None, *, table: FirstRows, initial: Mapping[str, Any] | None = None
    ) -> None:
        shape = table.recognised.shape
        held = {kind: shape.mapping.get(kind, NO_COLUMN) for kind in self.LABELS}
        held |= dict.fromkeys(shape.questions, "")
        shown = {"sheet": shape.sheet, "header_row": shape.header_row, "encoding": shape.encoding}
        shown["hidden_rows"] = "in" if shape.reads_hidden else "out"
        super().__init__(data, initial={**held, **shown, **(initial or {})})
        for name, is_asked in (("encoding", table.encodings), ("hidden_rows", table.hidden_rows)):
            if not is_asked:
                del self.fields[name]
        looks = (("header_row", table.header_rows), ("sheet", table.sheets), ("encoding", table.encodings))
        for name, choices in ((name, choices) for name, choices in looks if name in self.fields):
            offer(self, name, choices)
        for name in {*LOOKS, "hidden_rows"} & {*self.fields}:
            # Each has a value on the page; who sends none means what is shown.
            self.fields[name].required = not self.is_bound or name in self.data
        columns = [(NO_COLUMN, "No column"), *((str(index), name) for index, name in enumerate(shape.columns))]
        for kind, label in self.LABELS.items():
            open_choice = [("", "Please choose")] if kind in shape.questions else []
            self.fields[kind] = forms.TypedChoiceField(label=label, choices=[*open_choice, *columns], coerce=_column)
            self.fields[kind].error_messages["required"] = WHICH_COLUMN
        self.order_fields(["sheet", "hidden_rows", "header_row", "encoding", *self.LABELS])

    @property
    def mapping(self) -> dict[str, int]:
        return {kind: self.cleaned_data[kind] for kind in self.LABELS if self.cleaned_data[kind] is not None}

    @property
    def reads_hidden(self) -> bool:
        """Whether rows that the spreadsheet does not show are read; as it is where nothing was chosen."""
        return bool((self.cleaned_data.get("hidden_rows") or self.initial["hidden_rows"]) == "in")

    def said(self, name: str) -> Any:
        """Return the sheet, the header's row or the encoding that was chosen; what was shown where nothing was."""
        chosen = self.cleaned_data.get(name)
        return self.initial[name] if chosen in (None, "") else chosen

    @property
    def wants_another_look(self) -> bool:
        """Whether the columns are to be shown again: the user asks for it, or chose another sheet or row than is shown.

        The columns of another sheet have not been seen yet.
        """
        if not self.is_bound:
            return False
        self.is_valid()
        return "look" in self.data or any(self.said(name) != self.initial[name] for name in LOOKS)

    @property
    def look_query(self) -> str:
        """The query of the address that shows the chosen sheet with the chosen header; see `asked_format`."""
        shown = {name: self.said(name) for name in LOOKS}
        # Another sheet has a header of its own, and the number that was chosen is of this one.
        wanted = {"sheet": shown["sheet"]} if shown["sheet"] != self.initial["sheet"] else shown
        if wanted.get("encoding") == self.initial["encoding"]:
            wanted = {name: value for name, value in wanted.items() if name != "encoding"}
        return urlencode({name: value for name, value in wanted.items() if value is not None})


def _column(value: str) -> int | None:
    return None if value == NO_COLUMN else int(value)
