"""--column NAME=email|phone: which column of a file holds what."""

import argparse
import io

from django.core.management.base import CommandError

from accounts.command_line import BAD_USAGE
from lists.detection import Shape
from lists.file_problems import Unopenable
from lists.tables import beginning_of

KINDS = ("email", "phone")


def column(text: str) -> tuple[str, str]:
    """Return the name and the kind of one option. Raises ArgumentTypeError."""
    name, _, kind = text.rpartition("=")
    if not name or kind not in KINDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=email or NAME=phone")
    return name, kind


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
