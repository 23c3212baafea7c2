"""The form that adds files of outcomes."""

from typing import IO, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

MOST_FILES = 8


class _ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Several files. The widget gives a list of them."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        return [super(_FilesField, self).clean(each, initial) for each in data or [None]]


class OutcomesForm(forms.Form):
    """Several files that belong together."""

    use_required_attribute = False

    file = _FilesField(
        label="Files",
        help_text="Memberships, purchases, rewards and programs as Thanx exports them, or one list with the columns"
        " email or phone, visited or amount, and, if you know the time, at.",
        widget=_ManyFilesInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.ods,text/csv,text/plain"}),
        error_messages={"required": "Please choose the files."},
    )

    def clean_file(self) -> Any:
        """Refuse more files than belong together."""
        given: list[UploadedFile[bytes]] = self.cleaned_data["file"]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(f"Please choose at most {MOST_FILES} files.")
        return given

    @property
    def tables(self) -> list[tuple[IO[bytes], str]]:
        """The files with their names."""
        return [(file, file.name or "file") for file in self.cleaned_data["file"]]
