"""Spreadsheets (XLSX, ODS) become rows. A process of its own opens them: see `lists.spreadsheet_process` for why."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from lists import spreadsheet_process
from lists.columns.unused import ADDRESS, NUMBER
from lists.delimited import LONGEST_GAP, HiddenRow, NumberedRow
from lists.file_problems import FileProblem, Unopenable
from lists.text.separators import SAMPLE_ROWS

SIGNATURES = (b"PK\x03\x04", spreadsheet_process.OLE)
PIECE = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class SheetHead:
    """The first rows of one sheet that are shown and not empty: identifiers in clear.

    `hidden_rows` counts the rows of the whole sheet that are hidden and not empty, `hidden_columns` are places from 0.
    `emails` and `phones` count what is on the whole sheet. A sheet that is not offered is hidden, or one too many.
    """

    index: int
    name: str
    rows: Sequence[NumberedRow] = field(repr=False)
    hidden_rows: int = 0
    hidden_columns: Sequence[int] = ()
    by_filter: bool = False
    is_offered: bool = True
    emails: int = 0
    phones: int = 0


def is_workbook(head: bytes) -> bool:
    """Whether a file may be a spreadsheet: its first bytes are those of one, or of any other ZIP archive."""
    return head.startswith(SIGNATURES)


def heads_of(file: IO[bytes]) -> list[SheetHead]:
    """Return the first rows of every sheet that is not empty. Raises Unopenable."""
    with _unpacked(file, "look") as documents:
        return heads_from(next(documents)["sheets"])


def heads_from(sheets: Sequence[dict[str, Any]]) -> list[SheetHead]:
    """Return heads from JSON values: those that the process writes, and that a stored table keeps."""
    return [SheetHead(**{**each, "rows": [(number, cells) for number, cells in each["rows"]]}) for each in sheets]


def rows_of_sheet(file: IO[bytes], *, index: int, reads_hidden: bool) -> Iterator[NumberedRow]:
    """Yield every row of one sheet, empty rows too, as they come. Raises Unopenable, also on the way.

    Rows that the spreadsheet does not show are HiddenRows, unless they are to be read as well.
    """
    expected = 1
    with _unpacked(file, "rows", str(index)) as documents:
        next(documents)
        for number, is_hidden, cells in documents:
            if number - expected <= LONGEST_GAP:
                yield from ((blank, []) for blank in range(expected, number))
            yield number, HiddenRow(cells) if is_hidden and not reads_hidden else cells
            expected = number + 1


@contextmanager
def _unpacked(file: IO[bytes], *arguments: str) -> Iterator[Iterator[Any]]:
    """Yield the JSON documents that the process writes. The process ends with the context at the latest."""
    limits = spreadsheet_process.Limits(
        memory=settings.SPREADSHEET_MEMORY_BYTES,
        seconds=settings.SPREADSHEET_SECONDS,
        unpacked=settings.SPREADSHEET_UNPACKED_BYTES,
        rows=SAMPLE_ROWS,
        cells=settings.LIST_MOST_CELLS,
        longest=settings.LIST_LONGEST_CELL,
        address=ADDRESS.pattern,
        number=NUMBER.pattern,
    )
    command = [sys.executable, "-I", str(Path(spreadsheet_process.__file__)), json.dumps(limits._asdict()), *arguments]
    # None of our settings is in its environment, hence no key.
    with subprocess.Popen(  # noqa: S603 - our own program, and no argument of a user
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PATH": os.defpath}
    ) as process:
        try:
            _feed(process, file)
            yield _documents(process)
        finally:
            process.kill()


def _feed(process: subprocess.Popen[bytes], file: IO[bytes]) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as pipe:  # a process that ends early says why; see _documents
        while piece := file.read(PIECE):
            pipe.write(piece)


def _documents(process: subprocess.Popen[bytes]) -> Iterator[Any]:
    assert process.stdout is not None
    for line in process.stdout:
        if not line.endswith(b"\n"):
            break  # the process was killed while it wrote
        document = json.loads(line)
        if isinstance(document, dict) and "problem" in document:
            raise Unopenable(FileProblem(document["problem"]))
        yield document
    if process.wait() != 0:
        # Killed at its limits, or by a fault of the library: either way this workbook cannot be opened here.
        raise Unopenable(FileProblem.SPREADSHEET_TOO_LARGE)
