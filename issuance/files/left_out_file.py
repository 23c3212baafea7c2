"""The file of left-out lines, with the columns of the user's own file and the reason beside each line."""

from collections.abc import Iterator
from typing import NamedTuple

from issuance.audience import left_out_reasons
from issuance.audience.intake import DOUBTFUL_VALUE
from issuance.audience.left_out_cells import cell_of
from issuance.files.original_rows import beside_original, upload_of
from issuance.models import DoubtfulLine, Issuance, IssuanceEvent, RejectedLine
from issuance.states import IssuanceMove
from lists.csv_out import ROWS_AT_ONCE
from lists.kept_cells import open_cell
from lists.lines import TO_FIX, LineProblem, LineRules
from lists.suggestions import suggested


class LeftOutLine(NamedTuple):
    """What the file says of one line. Its fields are the columns behind those of the user's file."""

    line: int
    status: str
    reason_code: str
    reason: str
    what_to_do: str
    suggested_value: str
    checked_at: str
    issuance: int


LEFT_OUT_COLUMNS = LeftOutLine._fields
"""`issuance.drafts.corrected_file` reads them when the file comes back."""


def left_out_csv(issuance: Issuance) -> Iterator[bytes]:
    """Yield a CSV file of the lines that are left out, in their order, as UTF-8 with a byte order mark."""
    rows = RejectedLine.objects.filter(issuance=issuance).with_cells().order_by("line")
    read = IssuanceEvent.objects.filter(issuance=issuance, move=IssuanceMove.READ).last()
    checked_at = read.at.isoformat(timespec="seconds") if read else ""
    upload = upload_of(issuance)
    waiting = TO_FIX - LineRules.of(upload.rules if upload else {}).leave_out if issuance.confirmed_at is None else ()
    country = issuance.merchant.country
    lines = (
        _left_out(row, waits=row.reason in waiting, country=country, checked_at=checked_at)
        for row in rows.iterator(chunk_size=ROWS_AT_ONCE)
    )
    return beside_original(issuance, lines, columns=LEFT_OUT_COLUMNS)


def doubted_identifier(row: DoubtfulLine) -> str:
    """Return the identifier of a doubted line; nothing once it is erased."""
    return open_cell(row.sealed_value, purpose=DOUBTFUL_VALUE)


def _left_out(row: RejectedLine, *, waits: bool, country: str, checked_at: str) -> LeftOutLine:
    found = left_out_reasons.of_line(row.reason)
    is_repeated = row.reason == LineProblem.DUPLICATE.value
    return LeftOutLine(
        line=row.line,
        status="to fix" if waits else "left out",
        reason_code=row.reason,
        reason=f"The same guest as line {row.kept_line}" if is_repeated else found.title,
        what_to_do=found.todo,
        suggested_value=suggested(row.reason, cell_of(row), country=country),
        checked_at=checked_at,
        issuance=row.issuance_id,
    )
