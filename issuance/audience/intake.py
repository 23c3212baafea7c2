"""One upload is read: every line of the file becomes a recipient, or is left out with a reason.

The first pass reads the file: it normalises, saves the lines that are left out, and puts the others into the store.
Then duplicates and arms are decided, and the second pass turns the store into batches. Memory holds one block of lines,
one open batch per arm, and five bytes per line.
"""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction

from campaigns.arm_quotas import arm_rank
from campaigns.models import Variant
from engine.clock import Clock
from engine.leases import hold
from issuance.audience.arm_assignment import DUPLICATE, EXCLUSION_OF, NO_ARM, Assignment, assign
from issuance.audience.batching import BatchWriter
from issuance.audience.bulk_insert import DoubtfulRow, RejectedRow, insert_doubtful, insert_rejected
from issuance.audience.left_out_cells import LeftOutCells
from issuance.audience.line_corrections import corrected_identifiers
from issuance.audience.reading_notes import Findings
from issuance.audience.reading_store import Block, ReadingStore
from issuance.audience.screening import Screen
from issuance.models import DoubtfulLine, Issuance, Upload
from lists.columns.unused import Unused, UnusedColumns, signs_in_text
from lists.delimited import NumberedRow
from lists.lines import LEFT_OUT_ON_PURPOSE, Accepted, Columns, LeftOut, LineProblem, LineReader, LineRules
from lists.tables import header_and_rows, open_table, text_in
from vault.fields import purpose_of
from vault.sealing import Fingerprinter, seal

LINES_AT_ONCE = 5_000
PROGRESS_EVERY = timedelta(seconds=0.5)
DOUBTFUL_VALUE = purpose_of(DoubtfulLine, "sealed_value")
"""The purpose under which the identifier of a doubted line is sealed."""

NO_DOUBT = (0, "")


@dataclass(slots=True)
class ReadingOutcome:
    """What became of a file: the lines below its header, those left out by reason, the recipients, and the notes.

    `unused` are the identifiers in columns that are not used, `unseen` the signs @ that are in no row, `others` the
    identifiers that are not sent because their line has a preferred one.
    """

    lines: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    recipients: int = 0
    findings: Findings = field(default_factory=Findings)
    unused: list[Unused] = field(default_factory=list)
    unseen: int = 0
    others: int = 0

    def kept(self) -> dict[str, Any]:
        """Return what is kept of it on an upload: numbers only."""
        unused = [list(each) for each in self.unused]
        return {**self.findings.kept(), "unused": unused, "unseen": self.unseen, "others": self.others}


def read_audience(*, upload: Upload, file: io.BufferedReader, clock: Clock) -> ReadingOutcome:
    """Read the file as the upload says, writing batches and left-out lines. Raises LeaseLost and Unsealable."""
    issuance = upload.issuance
    variants = list(issuance.campaign.variants.all())
    with ReadingStore() as store:
        cells = LeftOutCells()
        first = _FirstPass(upload=upload, file=file, store=store, cells=cells, clock=clock)
        last_line = first.run()
        screen = Screen(issuance, at=clock())
        assignment = assign(store, issuance=issuance, variants=variants, last_line=last_line, screen=screen)
        _SecondPass(store, assignment, cells=cells, issuance=issuance, findings=first.outcome.findings).run(variants)
    outcome = first.outcome
    outcome.recipients = sum(assignment.sizes)
    for reason, count in (
        (LineProblem.DUPLICATE, assignment.duplicates),
        (LineProblem.HELD_BACK_BEFORE, assignment.held_back_before),
        *assignment.excluded.items(),
    ):
        outcome.left_out.update({reason.value: count} if count else {})
    return outcome


class _FirstPass:
    """The file becomes the store, and the lines that are left out for what they hold."""

    def __init__(
        self, *, upload: Upload, file: io.BufferedReader, store: ReadingStore, cells: LeftOutCells, clock: Clock
    ) -> None:
        self.outcome = ReadingOutcome()
        self._upload, self._file, self._store, self._cells = upload, file, store, cells
        self._progress = Progress(upload, clock=clock)
        issuance = upload.issuance
        self._issuance = issuance
        self._salt = issuance.campaign.salt
        self._prints = Fingerprinter(issuance.merchant_id)
        self._country = issuance.merchant.country
        rules = LineRules.of(upload.rules)
        self._reader = LineReader(columns=columns_of(upload), country=self._country, rules=rules)
        self._has_corrections = issuance.corrected_lines.exists()
        self._unused = UnusedColumns(upload.mapping.values(), width=len(upload.columns))

    def run(self) -> int:
        last_line = 0
        _, rows = header_and_rows(self._file, read_as=self._upload, above=self._unused.look_above)
        while chunk := list(islice(rows, LINES_AT_ONCE)):
            self._take(chunk)
            last_line = chunk[-1][0]
            self._progress.show(bytes_read=self._file.tell(), lines_read=self.outcome.lines)
        self.outcome.unused, self.outcome.unseen = self._unused.found(), self._signs_beyond_the_rows()
        return last_line

    def _signs_beyond_the_rows(self) -> int:
        """Return how many signs @ of the file are in none of its rows: none, unless something could not be read."""
        if self._upload.sheet is not None:
            return 0
        with open_table(self._upload) as file:
            return max(0, signs_in_text(text_in(file, read_as=self._upload)) - self._unused.signs)

    def _take(self, chunk: Sequence[NumberedRow]) -> None:
        self._unused.look(chunk)
        block, rejected, doubts, others = Block(), [], [], []
        corrected = self._corrections(chunk)
        read, read_corrected, also = self._reader.read, self._reader.read_corrected, self._reader.also
        note = self.outcome.findings.of_accepted
        for line, row in chunk:
            found = read_corrected(corrected[line]) if line in corrected else read(row)
            if isinstance(found, LeftOut):
                rejected.append((line, found, self._named(found, row)))
                continue
            block.lines.append(line)
            block.values.append(found.value)
            block.fingerprints.append(self._prints.of(kind=found.kind, value=found.value))
            if found.value != found.cell or found.reason:
                note(line, found)
            if found.doubt:
                doubts.append((line, found.doubt))
            if line not in corrected:
                others += [
                    (self._prints.of(kind=kind, value=value), line, sure) for kind, value, sure in also(row, found)
                ]
        self._store.add_others(others)
        self.outcome.others += len(others)
        self._keep(block, rejected, doubts)
        self.outcome.lines += len(chunk)

    def _corrections(self, chunk: Sequence[NumberedRow]) -> Mapping[int, str]:
        if not self._has_corrections:
            return {}
        return corrected_identifiers(
            self._issuance.corrected_lines.filter(line__gte=chunk[0][0], line__lte=chunk[-1][0])
        )

    def _named(self, found: LeftOut, row: Sequence[str]) -> bytes | None:
        """Return the fingerprint of the guest on a line that a user or a rule left out: a search finds these guests."""
        if found.reason not in LEFT_OUT_ON_PURPOSE:
            return None
        guest = columns_of(self._upload).read(row, country=self._country)
        return self._prints.of(kind=guest.kind, value=guest.value) if isinstance(guest, Accepted) else None

    def _keep(
        self, block: Block, rejected: Sequence[tuple[int, LeftOut, bytes | None]], doubts: Sequence[tuple[int, str]]
    ) -> None:
        for line, found, _ in rejected:
            self.outcome.left_out[found.reason] += 1
            self.outcome.findings.of_left_out(line, found, country=self._country)
        if block:
            self._store.add(block, ranks=[arm_rank(self._salt, one) for one in block.fingerprints])
        if doubts:
            self._store.add_doubts(doubts)
        insert_left_out(
            self._issuance, [self._cells.row(line, found, fingerprint=named) for line, found, named in rejected]
        )


class _SecondPass:
    """The store becomes batches, lines that are left out because of other lines, and doubted lines."""

    def __init__(
        self,
        store: ReadingStore,
        assignment: Assignment,
        *,
        cells: LeftOutCells,
        issuance: Issuance,
        findings: Findings,
    ) -> None:
        self._store, self._assignment, self._issuance, self._findings = store, assignment, issuance, findings
        self._cells = cells
        self._country = issuance.merchant.country
        self._kept_lines = store.duplicates()
        self._doubts = store.doubts()
        self._doubt = next(self._doubts, NO_DOUBT)

    def run(self, variants: Sequence[Variant]) -> None:
        writer = BatchWriter(issuance=self._issuance, variants=variants, sizes=self._assignment.sizes)
        for block in self._store.blocks():
            rejected, doubtful = list[RejectedRow](), list[DoubtfulRow]()
            for line, value, fingerprint in zip(block.lines, block.values, block.fingerprints, strict=True):
                arm = self._assignment.arms[line]
                if arm < NO_ARM:
                    writer.add(arm=arm, value=value, line=line, fingerprint=fingerprint)
                else:
                    rejected.append(self._left_out(arm, line, value, fingerprint))
                if line == self._doubt[0]:
                    doubtful += self._doubted(arm, line, value)
            insert_left_out(self._issuance, rejected, doubtful)
        writer.finish()

    def _left_out(self, arm: int, line: int, value: str, fingerprint: bytes) -> RejectedRow:
        if arm == DUPLICATE:
            kept = next(self._kept_lines)[1]
            again = LeftOut(LineProblem.DUPLICATE.value, value)
            return self._cells.row(line, again, kept_line=kept, fingerprint=fingerprint)
        reason = EXCLUSION_OF.get(arm, LineProblem.HELD_BACK_BEFORE)
        return self._cells.row(line, LeftOut(reason.value, value), fingerprint=fingerprint)

    def _doubted(self, arm: int, line: int, value: str) -> Sequence[DoubtfulRow]:
        """Return the current line as a doubted one if it is sent; a line that is left out needs no doubt."""
        (_, reason), self._doubt = self._doubt, next(self._doubts, NO_DOUBT)
        if arm >= NO_ARM:
            return ()
        self._findings.of_doubted(line, reason, value, country=self._country)
        return [(line, reason, seal(value.encode(), purpose=DOUBTFUL_VALUE))]


def insert_left_out(issuance: Issuance, rows: list[RejectedRow], doubtful: Sequence[DoubtfulRow] = ()) -> None:
    """Write lines that are left out, and doubted ones. Raises LeaseLost."""
    if rows or doubtful:
        with transaction.atomic():
            hold(issuance)
            insert_rejected(issuance_id=issuance.pk, rows=rows)
            insert_doubtful(issuance_id=issuance.pk, rows=doubtful)


def columns_of(upload: Upload) -> Columns:
    """Return which column holds what, as a user chose or the file looked."""
    return Columns(
        email=upload.mapping.get("email"),
        phone=upload.mapping.get("phone"),
        prefers="phone" if upload.prefers == "phone" else "email",
    )


class Progress:
    """How far the reading is, for the page on which the user waits. Saved about twice a second."""

    def __init__(self, upload: Upload, *, clock: Clock) -> None:
        self._upload, self._clock = upload, clock
        self._next: datetime | None = None

    def show(self, *, bytes_read: int, lines_read: int) -> None:
        at = self._clock()
        if self._next is None or at >= self._next:
            Upload.objects.filter(pk=self._upload.pk).update(bytes_read=bytes_read, lines_read=lines_read)
            self._next = at + PROGRESS_EVERY
