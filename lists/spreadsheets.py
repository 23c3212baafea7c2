"""Spreadsheets → rows, through a process of its own for each: see `lists.spreadsheet_process` for why."""

from __future__ import annotations

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
from lists.delimited import NumberedRow
from lists.detection import SAMPLE_ROWS
from lists.file_problems import FileProblem, Unopenable

SIGNATURES = (b"PK\x03\x04", spreadsheet_process.OLE)
PIECE = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class SheetHead:
    """The first rows of one sheet, from the first that shows anything: identifiers in clear."""

    index: int
    name: str
    rows: Sequence[NumberedRow] = field(repr=False)


def is_workbook(head: bytes) -> bool:
    """Whether a file's first bytes are those of a spreadsheet, or of an archive that has to be opened to know."""
    return head.startswith(SIGNATURES)


def heads_of(file: IO[bytes]) -> list[SheetHead]:
    """Return the beginning of every sheet that shows anything. Raises Unopenable."""
    with _unpacked(file, "look") as told:
        return heads_from(next(told)["sheets"])


def heads_from(told: Sequence[dict[str, Any]]) -> list[SheetHead]:
    """Return heads from the plain values in which they are told and kept."""
    return [
        SheetHead(index=each["index"], name=each["name"], rows=[(number, cells) for number, cells in each["rows"]])
        for each in told
    ]


def rows_of_sheet(file: IO[bytes], *, index: int) -> Iterator[NumberedRow]:
    """Yield (row number, cells) of one sheet, blank rows too, as they come. Raises Unopenable, also on the way."""
    with _unpacked(file, "rows", str(index)) as told:
        next(told)
        yield from enumerate(told, start=1)


@contextmanager
def _unpacked(file: IO[bytes], *arguments: str) -> Iterator[Iterator[Any]]:
    """Yield what the program tells, line by line; it is ended at the latest when the context is."""
    limits = spreadsheet_process.Limits(
        memory=settings.SPREADSHEET_MEMORY_BYTES,
        seconds=settings.SPREADSHEET_SECONDS,
        unpacked=settings.SPREADSHEET_UNPACKED_BYTES,
        rows=SAMPLE_ROWS,
    )
    command = [sys.executable, "-I", str(Path(spreadsheet_process.__file__)), json.dumps(limits._asdict()), *arguments]
    # No setting of ours, hence no key, is in its environment.
    with subprocess.Popen(  # noqa: S603 - our own program, and no argument of anybody's
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PATH": os.defpath}
    ) as process:
        try:
            _feed(process, file)
            yield _told(process)
        finally:
            process.kill()


def _feed(process: subprocess.Popen[bytes], file: IO[bytes]) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as pipe:  # whoever ended before its input did tells why by its end
        while piece := file.read(PIECE):
            pipe.write(piece)


def _told(process: subprocess.Popen[bytes]) -> Iterator[Any]:
    assert process.stdout is not None
    first = True
    for line in process.stdout:
        if not line.endswith(b"\n"):
            break  # it was ended in the middle of a word
        told = json.loads(line)
        if first and "problem" in told:
            raise Unopenable(FileProblem(told["problem"]))
        first = False
        yield told
    if process.wait() != 0:
        # Ended by its limits, or by the library: either way it is not opened on our machines.
        raise Unopenable(FileProblem.SPREADSHEET_TOO_LARGE)
