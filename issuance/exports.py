"""Files to download, with the columns of the file that the guests came in: lines left out, guests not sent.

The rows come from one walk through the sealed upload, in step with a query in the order of its lines: memory is flat.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple, Protocol, TypeVar

from django.db.models import prefetch_related_objects

from issuance import reasons
from issuance.audience import DOUBTFUL_VALUE, REJECTED_CELL
from issuance.lines import TO_FIX, LineProblem, Rules
from issuance.looking import open_upload
from issuance.models import Batch, DoubtfulLine, Issuance, IssuanceEvent, Manifest, Recipient, RejectedLine, Upload
from issuance.reading import Row
from issuance.repairs import suggested
from issuance.sealing import Unsealable, identifiers_of, unseal
from issuance.states import BatchState, IssuanceMove
from issuance.tables import header_of, rows_in
from partner_api.schemas import Identifier

OWN_COLUMNS = ("line", "status", "reason_code", "reason", "what_to_do")
LEFT_OUT_COLUMNS = (*OWN_COLUMNS, "suggested_value", "checked_at", "issuance")
"""Of the file of lines that are not sent. `issuance.returned` reads it when it comes back with corrections."""

ROWS_AT_ONCE = 1_000
ADD_AGAIN = "Add this file as a new issuance of the campaign: everybody keeps their arm"
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as Windows-1252."""


class _Rejected(NamedTuple):
    """What is said of a line that is not sent; the fields are LEFT_OUT_COLUMNS."""

    line: int
    status: str
    reason_code: str
    reason: str
    to_do: str
    suggested: str
    checked_at: str
    issuance: int


class _Note(NamedTuple):
    """What is said of one line; the fields are OWN_COLUMNS."""

    line: int
    status: str
    reason_code: str
    reason: str
    to_do: str


def left_out_csv(issuance: Issuance) -> Iterator[bytes]:
    """Yield a CSV file of the lines that are left out, in their order, as UTF-8 with a byte order mark."""
    rows = RejectedLine.objects.filter(issuance=issuance).order_by("line")
    read = IssuanceEvent.objects.filter(issuance=issuance, move=IssuanceMove.READ).last()
    checked_at = read.at.isoformat(timespec="seconds") if read else ""
    upload = upload_of(issuance)
    waiting = TO_FIX - Rules.of(upload.rules if upload else {}).leave_out if issuance.confirmed_at is None else set()
    country = issuance.merchant.country
    notes = (
        _of_rejected(row, waits=row.reason in waiting, country=country, checked_at=checked_at)
        for row in rows.iterator(chunk_size=ROWS_AT_ONCE)
    )
    return beside_original(issuance, notes, columns=LEFT_OUT_COLUMNS)


def not_sent_csv(issuance: Issuance) -> Iterator[bytes]:
    """Yield a CSV file of the guests whose jobs were stopped, in the order of their lines, like the others.

    Controls are not among them: whoever adds the file again leaves them as they are.
    """
    stopped = Recipient.objects.filter(batch__issuance=issuance, batch__state=BatchState.STOPPED)
    lines = stopped.filter(batch__is_control=False).order_by("line").values_list("line", flat=True)
    return beside_original(issuance, (_of_stopped(line) for line in lines.iterator(chunk_size=ROWS_AT_ONCE)))


def identifiers_at(*, batch: Batch, positions: Iterable[int]) -> Mapping[int, Identifier]:
    """Return the identifiers at these positions of a batch; none when they are erased or cannot be opened."""
    try:
        found = identifiers_of(batch)
    except (Manifest.DoesNotExist, Unsealable):
        return {}
    return {position: found[position] for position in positions if 0 <= position < len(found)}


def identifiers_of_some(positions: Mapping[Batch, Iterable[int]]) -> Mapping[int, Mapping[int, Identifier]]:
    """Return the same of several batches, by the batch's primary key and the position. One query."""
    prefetch_related_objects(list(positions), "manifest")
    return {batch.pk: identifiers_at(batch=batch, positions=wanted) for batch, wanted in positions.items()}


def rejected_values(rows: Iterable[RejectedLine]) -> Mapping[int, str]:
    """Return what stood in the cell of each left-out line, by the line's number; nothing for what is erased."""
    return _unsealed(((row.line, row.sealed_value) for row in rows), purpose=REJECTED_CELL)


def doubtful_values(rows: Iterable[DoubtfulLine]) -> Mapping[int, str]:
    """Return the identifier of each doubted line, by the line's number; nothing for what is erased."""
    return _unsealed(((row.line, row.sealed_value) for row in rows), purpose=DOUBTFUL_VALUE)


def _unsealed(rows: Iterable[tuple[int, bytes | memoryview]], *, purpose: str) -> Mapping[int, str]:
    found = {}
    for line, sealed in rows:
        try:
            found[line] = unseal(sealed, purpose=purpose).decode()
        except Unsealable:
            continue
    return found


# --- What is said of a line ----------------------------------------------------------------------------------


def _of_rejected(row: RejectedLine, *, waits: bool, country: str, checked_at: str) -> _Rejected:
    found = reasons.of(row.reason)
    is_repeated = row.reason == LineProblem.DUPLICATE.value
    return _Rejected(
        line=row.line,
        status="to fix" if waits else "left out",
        reason_code=row.reason,
        reason=f"The same guest as line {row.kept_line}" if is_repeated else found.words,
        to_do=found.todo,
        suggested=suggested(row.reason, rejected_values([row]).get(row.line, ""), country=country),
        checked_at=checked_at,
        issuance=row.issuance_id,
    )


def _of_stopped(line: int) -> _Note:
    return _Note(line, "not sent", "stopped", "The issuance was stopped before this guest's job was sent", ADD_AGAIN)


# --- The file ------------------------------------------------------------------------------------------------


class OfLine(Protocol):
    """Something about one line of the file."""

    @property
    def line(self) -> int: ...


SomethingOfLine = TypeVar("SomethingOfLine", bound=OfLine)


def beside_original(
    issuance: Issuance, notes: Iterator[Any], *, columns: Sequence[str] = OWN_COLUMNS
) -> Iterator[bytes]:
    """Yield a CSV file of notes, each a tuple with its `line` first, behind the original cells of that line.

    Notes come in the order of their lines. Of an erased file only the notes remain.
    """
    upload, file = _opened(issuance)
    if upload is None or file is None:
        yield from _encoded(chain([columns], notes))
        return
    with file:
        yield from _encoded(_with_cells(upload, file, notes, columns))


def with_original(issuance: Issuance, notes: Iterator[SomethingOfLine]) -> Iterator[tuple[list[str], SomethingOfLine]]:
    """Yield each note with the original cells of its line; none of an erased file. Notes in the order of lines."""
    upload, file = _opened(issuance)
    if upload is None or file is None:
        yield from (([], note) for note in notes)
        return
    with file:
        rows = rows_in(file, upload=upload)
        header_of(rows, header_row=upload.header_row or 0)
        yield from _in_step(rows, notes)


def width_of(issuance: Issuance) -> int:
    """Return how many original columns such a file has: where a note's own columns begin."""
    upload, file = _opened(issuance)
    if upload is None or file is None:
        return 0
    with file:
        header = header_of(rows_in(file, upload=upload), header_row=upload.header_row or 0)
        return max(len(header), len(upload.columns))


def as_csv(rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """Yield a CSV file of rows that a spreadsheet neither breaks nor runs, as UTF-8 with a byte order mark."""
    return _encoded(rows)


def upload_of(issuance: Issuance) -> Upload | None:
    """Return the file that an issuance's guests came in, also of a retry; None where there was none."""
    return Upload.objects.filter(issuance=_root(issuance)).first()


def _opened(issuance: Issuance) -> tuple[Upload | None, io.BufferedReader | None]:
    upload = upload_of(issuance)
    try:
        return upload, open_upload(upload) if upload else None
    except (FileNotFoundError, Unsealable):
        return upload, None


def _root(issuance: Issuance) -> Issuance:
    while issuance.parent is not None:
        issuance = issuance.parent
    return issuance


def _with_cells(
    upload: Upload, file: io.BufferedReader, notes: Iterator[Any], columns: Sequence[str]
) -> Iterator[Iterable[object]]:
    rows = rows_in(file, upload=upload)
    header = header_of(rows, header_row=upload.header_row or 0)
    width = max(len(header), len(upload.columns))
    yield [*(name or column for name, column in zip(_fitted(header, width), upload.columns, strict=False)), *columns]
    for row, note in _in_step(rows, notes):
        yield [*_fitted(row, width), *note]


def _in_step(rows: Iterator[Row], notes: Iterator[SomethingOfLine]) -> Iterator[tuple[list[str], SomethingOfLine]]:
    """Pair each note with the row of its line. Both come in the order of lines; a line may have several notes."""
    number, row = 0, list[str]()
    for note in notes:
        while number < note.line:
            number, row = next(rows, (note.line, []))
        yield (row if number == note.line else []), note


def _fitted(row: list[str], width: int) -> list[str]:
    """Return the row with exactly this many cells; what is beyond the last column stays with it."""
    if len(row) > width > 0:
        return [*row[: width - 1], " ".join(row[width - 1 :])]
    return row + [""] * (width - len(row))


def _encoded(rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    rows = iter(rows)
    mark = BYTE_ORDER_MARK
    while some := list(islice(rows, ROWS_AT_ONCE)):
        text = io.StringIO(newline="")
        text.write(mark)
        csv.writer(text).writerows([neutral(str(cell)) for cell in row] for row in some)
        yield text.getvalue().encode("utf-8", "replace")
        mark = ""


_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_SIGNED_NUMBER = re.compile(r"[+-][0-9]+([.,][0-9]+)?").fullmatch
_CHANGED_NUMBER = re.compile(r"\+[0-9]{7,}|0[0-9]+|[0-9]{12,}").fullmatch
"""A spreadsheet takes the plus, the leading zero or the last digits off these."""


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, and of which it keeps every digit.

    What is in danger begins with an apostrophe, which is how spreadsheets mark text; a short number keeps its sign. Our
    own reading takes the apostrophe off again. Source: OWASP, "CSV Injection".
    """
    is_formula = cell.startswith(_FORMULA) and not _SIGNED_NUMBER(cell)
    return f"'{cell}" if is_formula or _CHANGED_NUMBER(cell) else cell
