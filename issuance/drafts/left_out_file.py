"""The file of left-out lines, with the columns of the user's own file and the reason beside each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from issuance.audience.intake import DOUBTFUL_VALUE, REJECTED_CELL
from issuance.drafts import left_out_reasons
from issuance.drafts.original_rows import OWN_COLUMNS, beside_original, upload_of
from issuance.models import DoubtfulLine, Issuance, IssuanceEvent, RejectedLine
from issuance.states import IssuanceMove
from lists.csv_out import ROWS_AT_ONCE
from lists.lines import TO_FIX, LineProblem, LineRules
from lists.suggestions import suggested
from vault.sealing import Unsealable, unseal

LEFT_OUT_COLUMNS = (*OWN_COLUMNS, "suggested_value", "checked_at", "issuance")
"""The columns after those of the user's file. `issuance.drafts.corrected_file` reads them when the file comes back."""


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


def left_out_csv(issuance: Issuance) -> Iterator[bytes]:
    """Yield a CSV file of the lines that are left out, in their order, as UTF-8 with a byte order mark."""
    rows = RejectedLine.objects.filter(issuance=issuance).order_by("line")
    read = IssuanceEvent.objects.filter(issuance=issuance, move=IssuanceMove.READ).last()
    checked_at = read.at.isoformat(timespec="seconds") if read else ""
    upload = upload_of(issuance)
    waiting = (
        TO_FIX - LineRules.of(upload.rules if upload else {}).leave_out if issuance.confirmed_at is None else set()
    )
    country = issuance.merchant.country
    notes = (
        _of_rejected(row, waits=row.reason in waiting, country=country, checked_at=checked_at)
        for row in rows.iterator(chunk_size=ROWS_AT_ONCE)
    )
    return beside_original(issuance, notes, columns=LEFT_OUT_COLUMNS)


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


def _of_rejected(row: RejectedLine, *, waits: bool, country: str, checked_at: str) -> _Rejected:
    found = left_out_reasons.of_line(row.reason)
    is_repeated = row.reason == LineProblem.DUPLICATE.value
    return _Rejected(
        line=row.line,
        status="to fix" if waits else "left out",
        reason_code=row.reason,
        reason=f"The same guest as line {row.kept_line}" if is_repeated else found.title,
        to_do=found.todo,
        suggested=suggested(row.reason, rejected_values([row]).get(row.line, ""), country=country),
        checked_at=checked_at,
        issuance=row.issuance_id,
    )
