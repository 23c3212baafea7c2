"""A file of outcomes as a stream of typed rows: which kind it is, and each line's row or what is wrong with it."""

import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import file_digest

from issuance.audience import left_out_reasons
from lists.detection import Shape
from lists.file_problems import FileProblem, Unopenable
from lists.tables import beginning_of, header_and_rows
from results.models import FileKind
from results.outcome_files.outcome_cells import BadLine, OutcomeProblem
from results.outcome_files.outcome_rows import OutcomeRow, ProgramRow, SimpleRow, kind_of, reader_of

NUMBERED_ONES = frozenset({FileKind.PURCHASES, FileKind.REWARDS})
"""Files that name guests by Thanx's internal number, which only memberships explain."""


Source = Callable[[], io.BufferedReader]
"""Opens a file anew: each reading of a text file closes it at the end."""


class OutcomesRefused(Exception):
    """The files cannot be used; the text says what to bring. Nothing of them is kept."""


@dataclass(kw_only=True)
class OpenedFile:
    """A file whose kind is known. `checked` counts what a first reading found."""

    name: str
    source: Source
    kind: FileKind
    shape: Shape
    digest: str
    size: int
    rows: int = 0
    problems: Counter[OutcomeProblem] = field(default_factory=Counter)
    first_at: datetime | None = None
    last_at: datetime | None = None
    says_times: bool = True
    merchants: set[str] = field(default_factory=set)
    merchant_uids: set[str] = field(default_factory=set)

    @property
    def rejected(self) -> int:
        return self.problems.total()


def opened(source: Source, *, name: str, country: str) -> OpenedFile:
    """Return a file with its kind, known by its header. Raises OutcomesRefused."""
    with closing(source()) as file:
        digest = file_digest(file, "sha256").hexdigest()
        size = file.tell()
    try:
        with closing(source()) as file:
            beginning = beginning_of(file)
        # Thanx's files name their columns in the first row; a file that people made may have a title above.
        for header_row in (1, None):
            shape = beginning.shape(country=country, header_row=header_row)
            if isinstance(shape, Shape) and shape.has_header and (kind := kind_of(_header(source, shape))):
                found = FileKind(kind)
                return OpenedFile(name=name, source=source, kind=found, shape=shape, digest=digest, size=size)
    except Unopenable as refusal:
        raise OutcomesRefused(f"{name}: {_advice(refusal.problem)}") from None
    if shape is FileProblem.EMPTY:
        raise OutcomesRefused(f"{name} has no lines below its header. Export it again.")
    if isinstance(shape, FileProblem):
        raise OutcomesRefused(f"{name}: {_advice(shape)}")
    raise OutcomesRefused(
        f"{name} cannot be used. Add memberships, purchases, rewards or programs as Thanx"
        " exports them, or a file with the columns email or phone, visited or amount, and, if you know the time, at."
    )


def check(found: OpenedFile) -> None:
    """Read a file to its end, and note what is in it. Raises OutcomesRefused."""
    for _, row in rows_of_outcomes(found):
        found.rows += 1
        if isinstance(row, OutcomeProblem):
            found.problems[row] += 1
        else:
            _note(found, row)
    if not found.rows:
        raise OutcomesRefused(f"{found.name} has no lines below its header. Export it again.")
    if found.rejected == found.rows:
        problem, _ = found.problems.most_common(1)[0]
        raise OutcomesRefused(f"No line of {found.name} can be used. {problem.value}")


def rows_of_outcomes(found: OpenedFile) -> Iterator[tuple[int, OutcomeRow | OutcomeProblem]]:
    """Yield every line's number with its row, or why it is left out. Raises OutcomesRefused."""
    for number, row, _ in lines_of_outcomes(found):
        yield number, row


def lines_of_outcomes(found: OpenedFile) -> Iterator[tuple[int, OutcomeRow | OutcomeProblem, Sequence[str]]]:
    """Yield every line's number, its row or why it is left out, and its cells. Raises OutcomesRefused."""
    try:
        with closing(found.source()) as file:
            header, rows = header_and_rows(file, read_as=found.shape)
            read = reader_of(found.kind, header)
            for number, cells in rows:
                if any(cells):
                    yield number, _read(read, cells), cells
    except Unopenable as refusal:
        raise OutcomesRefused(f"{found.name}: {_advice(refusal.problem)}") from None


def header_of(found: OpenedFile) -> Sequence[str]:
    """Return the names of the columns as they are in the file."""
    return _header(found.source, found.shape)


def _read(read: Callable[[Sequence[str]], OutcomeRow], cells: Sequence[str]) -> OutcomeRow | OutcomeProblem:
    try:
        return read(cells)
    except BadLine as bad:
        return bad.problem


def _note(found: OpenedFile, row: OutcomeRow) -> None:
    if not isinstance(row, SimpleRow):
        found.merchants.add(row.merchant_id)
    if uid := getattr(row, "merchant_uid", ""):
        found.merchant_uids.add(uid)
    at = getattr(row, "at", None)
    if isinstance(row, SimpleRow) and at is None:
        found.says_times = False
    if at is not None and not isinstance(row, ProgramRow):
        found.first_at = min(found.first_at or at, at)
        found.last_at = max(found.last_at or at, at)


def _header(source: Source, shape: Shape) -> Sequence[str]:
    with closing(source()) as file:
        header, _ = header_and_rows(file, read_as=shape)
        return header


def _advice(problem: FileProblem) -> str:
    return left_out_reasons.of_file(problem.value).advice
