"""Files to download: the original cells of each line of the guests' file, and behind them what the portal says of it.

The rows come from one walk through the sealed upload, in step with notes in the order of its lines: memory stays flat.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol, TypeVar

from issuance.models import Issuance, Upload
from lists.csv_out import as_csv
from lists.delimited import NumberedRow
from lists.file_problems import Unopenable
from lists.tables import header_and_rows, open_table


class OfLine(Protocol):
    """Something about one line of the file."""

    @property
    def line(self) -> int: ...


class LineNote(OfLine, Protocol):
    """What is said of one line: the cells that are written behind the line's own."""

    def __iter__(self) -> Iterator[object]: ...


SomethingOfLine = TypeVar("SomethingOfLine", bound=OfLine)


def beside_original(issuance: Issuance, notes: Iterator[LineNote], *, columns: Sequence[str]) -> Iterator[bytes]:
    """Yield a CSV file of notes behind the original cells of their lines; `columns` name the cells of a note.

    Notes come in the order of their lines. Of an erased file only the notes remain.
    """
    with _original(issuance) as original:
        yield from as_csv(_beside(original, notes, columns))


def with_original(issuance: Issuance, notes: Iterator[SomethingOfLine]) -> Iterator[tuple[list[str], SomethingOfLine]]:
    """Yield each note with the original cells of its line; none of an erased file. Notes in the order of lines."""
    with _original(issuance) as original:
        yield from original.in_step(notes)


def width_of(issuance: Issuance) -> int:
    """Return how many original columns such a file has: where a note's own columns begin."""
    with _original(issuance) as original:
        return len(original.names)


def upload_of(issuance: Issuance) -> Upload | None:
    """Return the file that an issuance's guests came in, also of a retry; None where there was none."""
    while issuance.parent is not None:
        issuance = issuance.parent
    return Upload.objects.filter(issuance=issuance).first()


@dataclass(frozen=True)
class _Original:
    """The names of the file's columns, and its rows. Both are empty when the file is erased."""

    names: Sequence[str]
    rows: Iterator[NumberedRow]

    def in_step(self, notes: Iterator[SomethingOfLine]) -> Iterator[tuple[list[str], SomethingOfLine]]:
        """Pair each note with the row of its line. Both come in the order of lines; a line may have several notes."""
        number, row = 0, list[str]()
        for note in notes:
            while number < note.line:
                number, row = next(self.rows, (note.line, []))
            yield (row if number == note.line else []), note


@contextmanager
def _original(issuance: Issuance) -> Iterator[_Original]:
    upload = upload_of(issuance)
    with ExitStack() as opened:
        try:
            file = opened.enter_context(open_table(upload)) if upload else None
        except Unopenable:
            file = None
        if upload is None or file is None:
            yield _Original([], iter(()))
        else:
            header, rows = header_and_rows(file, read_as=upload)
            yield _Original(
                [name or column for name, column in zip_longest(header, upload.columns, fillvalue="")], rows
            )


def _beside(original: _Original, notes: Iterator[LineNote], columns: Sequence[str]) -> Iterator[Sequence[object]]:
    yield [*original.names, *columns]
    for row, note in original.in_step(notes):
        yield [*_fitted(row, len(original.names)), *note]


def _fitted(row: list[str], width: int) -> list[str]:
    """Return the row with exactly this many cells; what is beyond the last column stays with it."""
    if len(row) > width > 0:
        return [*row[: width - 1], " ".join(row[width - 1 :])]
    return row + [""] * (width - len(row))
