"""--column NAME=email|phone: which column of a file holds what."""

import argparse
import io

from django.core.management.base import CommandError, OutputWrapper

from accounts.command_line import BAD_USAGE
from issuance.audience.recognition import recognise
from issuance.models import Issuance
from issuance.pages.check.beyond_columns import unused_of
from lists.detection import Shape
from lists.file_problems import FileProblem, Unopenable
from lists.tables import beginning_of
from lists.text.encodings import label_of
from ui.wording import counted

KINDS = ("email", "phone")


def column(text: str) -> tuple[str, str]:
    """Return the name and the kind of one option. Raises ArgumentTypeError."""
    name, _, kind = text.rpartition("=")
    if not name or kind not in KINDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=email or NAME=phone")
    return name, kind


def questions_of(issuance: Issuance) -> str:
    """Return between which columns a user must choose, and how; nothing where there is no such question."""
    found = recognise(issuance.upload)
    if isinstance(found, FileProblem):
        return ""
    columns = found.shape.columns
    return " ".join(
        f"{kind}: {', '.join(repr(columns[place]) for place in places)}; say which with --column NAME={kind}."
        for kind, places in found.shape.questions.items()
    )


def tell_what_is_not_read(issuance: Issuance, err: OutputWrapper) -> None:
    """Tell of hidden rows, and of addresses and numbers that are in none of the columns that are used."""
    upload = issuance.upload
    found = recognise(upload)
    if not isinstance(found, FileProblem) and found.hidden_rows:
        done = (
            "read as well, as --hidden-rows in says" if upload.reads_hidden else "left out; --hidden-rows in reads them"
        )
        err.write(f"The spreadsheet does not show {counted(found.hidden_rows, 'row')} of the list: {done}.")
    if not isinstance(found, FileProblem) and found.encodings:
        err.write(f"The names are read as {label_of(found.shape.encoding)}. The page of the columns shows them.")
    for sentence in unused_of(upload):
        err.write(f"{sentence}.")


def mapping_of(file: io.BufferedReader, columns: list[tuple[str, str]], *, country: str) -> dict[str, int] | None:
    """Return the columns' places in the file, zero-based; None, to be guessed, where none are named.

    Leaves the file at its beginning. Raises CommandError, which ends the command with 2, for a name it does not have.
    """
    if not columns:
        return None
    try:
        shape = beginning_of(file).shape(country=country)
    except Unopenable as refusal:
        shape = refusal.problem
    file.seek(0)
    names = [name.casefold() for name in shape.columns] if isinstance(shape, Shape) else []
    unknown = [name for name, _ in columns if name.casefold() not in names]
    if unknown:
        listed = ", ".join(shape.columns) if isinstance(shape, Shape) else "none: it is no table"
        raise CommandError(f"The file has no column {unknown[0]!r}; its columns: {listed}.", returncode=BAD_USAGE)
    return {kind: names.index(name.casefold()) for name, kind in columns}
