"""One upload, read from its first byte to the last recipient: every line ends as a recipient or is left out.

Two passes. The first reads the file: it normalises, writes down what is wrong, and puts the rest into the scratch. Then
duplicates and arms are settled, and the second pass turns the scratch into batches. Memory holds one block of lines,
one open batch per arm, and five bytes per line.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from campaigns.arms import arm_rank
from campaigns.models import Variant
from engine.clock import Clock
from issuance.assignment import DUPLICATE, Assignment, assign
from issuance.bulk import RejectedRow, insert_rejected
from issuance.freezing import BatchWriter, hold
from issuance.lines import Accepted, Columns, LeftOut, LineProblem
from issuance.models import Issuance, Upload
from issuance.reading import Row
from issuance.scratch import Block, Scratch
from issuance.sealing import Fingerprinter, seal
from issuance.tables import body_rows

LINES_AT_ONCE = 5_000
PROGRESS_EVERY = timedelta(seconds=0.5)
LONGEST_KEPT_CELL = 200
REJECTED_CELL = "rejected cell"
"""The purpose under which a left-out line's cell is sealed."""


@dataclass(slots=True)
class Outcome:
    """What became of a file: the lines below its header, those left out by reason, the recipients."""

    lines: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    recipients: int = 0


def read_audience(*, upload: Upload, file: io.BufferedReader, clock: Clock) -> Outcome:
    """Read the file as the upload says, writing batches and left-out lines. Raises LeaseLost and Unsealable."""
    issuance = upload.issuance
    variants = list(issuance.campaign.variants.all())
    with Scratch() as scratch:
        first = _FirstPass(upload=upload, file=file, scratch=scratch, clock=clock)
        last_line = first.run()
        assignment = assign(scratch, issuance=issuance, variants=variants, last_line=last_line)
        _write(scratch, assignment, issuance=issuance, variants=variants)
    outcome = first.outcome
    outcome.recipients = sum(assignment.sizes)
    for reason, count in (
        (LineProblem.DUPLICATE, assignment.duplicates),
        (LineProblem.HELD_BACK_BEFORE, assignment.held_back_before),
    ):
        outcome.left_out.update({reason.value: count} if count else {})
    return outcome


class _FirstPass:
    """The file → the scratch and the lines that are left out for what they hold."""

    def __init__(self, *, upload: Upload, file: io.BufferedReader, scratch: Scratch, clock: Clock) -> None:
        self.outcome = Outcome()
        self._upload, self._file, self._scratch = upload, file, scratch
        self._progress = Progress(upload, clock=clock)
        issuance = upload.issuance
        self._issuance = issuance
        self._salt = issuance.campaign.salt
        self._prints = Fingerprinter(issuance.merchant_id)
        self._country = issuance.merchant.country
        self._columns = columns_of(upload)

    def run(self) -> int:
        """Read everything and return the number of the last line."""
        last_line = 0
        rows = body_rows(self._file, upload=self._upload)
        while chunk := list(islice(rows, LINES_AT_ONCE)):
            self._take(chunk)
            last_line = chunk[-1][0]
            self._progress.show(bytes_read=self._file.tell(), lines_read=self.outcome.lines)
        return last_line

    def _take(self, chunk: Sequence[Row]) -> None:
        block, rejected = Block(), []
        for line, row in chunk:
            found = self._columns.read(row, country=self._country)
            if isinstance(found, Accepted):
                block.lines.append(line)
                block.values.append(found.value)
                block.fingerprints.append(self._prints.of(kind=found.kind, value=found.value))
            else:
                rejected.append((line, found))
        self.outcome.lines += len(chunk)
        self.outcome.left_out.update(found.reason for _, found in rejected)
        if block:
            self._scratch.add(block, ranks=[arm_rank(self._salt, one) for one in block.fingerprints])
        _insert_rejected(self._issuance, [rejected_row(line, found) for line, found in rejected])


def _write(scratch: Scratch, assignment: Assignment, *, issuance: Issuance, variants: Sequence[Variant]) -> None:
    """The scratch → batches, and the lines that are left out because of other lines."""
    writer = BatchWriter(issuance=issuance, variants=variants, sizes=assignment.sizes)
    kept_lines = scratch.duplicates()
    for block in scratch.blocks():
        rejected = []
        for line, value, fingerprint in zip(block.lines, block.values, block.fingerprints, strict=True):
            arm = assignment.arms[line]
            if arm < DUPLICATE:
                writer.add(arm=arm, value=value, line=line, fingerprint=fingerprint)
            elif arm == DUPLICATE:
                kept = next(kept_lines)[1]
                rejected.append(rejected_row(line, LeftOut(LineProblem.DUPLICATE.value, value), kept_line=kept))
            else:
                rejected.append(rejected_row(line, LeftOut(LineProblem.HELD_BACK_BEFORE.value, value)))
        _insert_rejected(issuance, rejected)
    writer.finish()


def _insert_rejected(issuance: Issuance, rows: list[RejectedRow]) -> None:
    if rows:
        with transaction.atomic():
            hold(issuance)
            insert_rejected(issuance_id=issuance.pk, rows=rows)


def rejected_row(line: int, found: LeftOut, *, kept_line: int | None = None) -> RejectedRow:
    """Return a left-out line as it is stored: the cell shortened and sealed."""
    cell = found.cell[:LONGEST_KEPT_CELL].encode("utf-8", "replace")
    return line, found.reason, kept_line, seal(cell, purpose=REJECTED_CELL)


def columns_of(upload: Upload) -> Columns:
    """Return which column holds what, as somebody or the guess has settled it."""
    return Columns(
        email=upload.mapping.get("email"),
        phone=upload.mapping.get("phone"),
        prefers="phone" if upload.prefers == "phone" else "email",
    )


class Progress:
    """What a waiting person sees of the reading; written about twice a second."""

    def __init__(self, upload: Upload, *, clock: Clock) -> None:
        self._upload, self._clock = upload, clock
        self._next: datetime | None = None

    def show(self, *, bytes_read: int, lines_read: int) -> None:
        """Write how far the reading is, unless that was done just now."""
        at = self._clock()
        if self._next is None or at >= self._next:
            Upload.objects.filter(pk=self._upload.pk).update(bytes_read=bytes_read, lines_read=lines_read)
            self._next = at + PROGRESS_EVERY
