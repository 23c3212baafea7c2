"""Left-out lines as they are stored: the cell shortened and sealed, once for equal cells.

A file of a million equal rows costs a million short rows and one sealed cell.
"""

from collections import OrderedDict

from issuance.audience.bulk_insert import RejectedRow
from issuance.models import RejectedLine
from lists.kept_cells import LONGEST_KEPT_CELL, open_cell, seal_cell
from lists.lines import LeftOut
from vault.fields import purpose_of

REJECTED_CELL = purpose_of(RejectedLine, "sealed_value")
"""The purpose under which a left-out line's cell is sealed."""

MOST_REMEMBERED = 10_000
"""Cells that one reading remembers: those that it met last."""


class LeftOutCells:
    """The cells of one reading. Make a new one for each: a row may refer to one that was written before it."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, int] = OrderedDict()

    def row(
        self, line: int, found: LeftOut, *, kept_line: int | None = None, fingerprint: bytes | None = None
    ) -> RejectedRow:
        """Return a left-out line as it is stored, with the guest's fingerprint if it is known."""
        cell = found.cell[:LONGEST_KEPT_CELL]
        same_as = self._lines.get(cell)
        if same_as is not None:
            self._lines.move_to_end(cell)
            return line, found.reason, kept_line, b"", same_as, fingerprint
        self._lines[cell] = line
        if len(self._lines) > MOST_REMEMBERED:
            self._lines.popitem(last=False)
        return line, found.reason, kept_line, seal_cell(cell, purpose=REJECTED_CELL), None, fingerprint


def cell_of(row: RejectedLine) -> str:
    """Return the cell for which a line of `with_cells` is left out; nothing once it is erased."""
    return open_cell(row.sealed_cell or b"", purpose=REJECTED_CELL)
