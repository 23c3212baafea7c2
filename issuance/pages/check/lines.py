"""Some lines of a file, a page at a time, each with its problem and a field for another value."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from issuance.audience import left_out_reasons
from issuance.audience.left_out_cells import cell_of
from issuance.audience.line_corrections import corrected_identifiers
from issuance.audience.reading_notes import Level, counts_of
from issuance.files import left_out_file
from issuance.files.file_rows import masked_name_of, names_of
from issuance.models import CorrectedLine, DoubtfulLine, Issuance, RejectedLine, Upload
from issuance.states import IssuanceState
from lists.lines import BETWEEN_BOTH, CORRECTED, TO_FIX, LineProblem, LineRules
from lists.suggestions import Doubt, suggested
from vault.masking import masked_identifier
from vault.sealing import Unsealable

PER_PAGE = 50
OPEN, SETTLED = "to-fix", "left-out"
"""Not one reason but many: the lines to fix, and the lines that are left out for good."""

DOUBTS = frozenset(doubt.value for doubt in Doubt)
AnyLine = RejectedLine | DoubtfulLine | CorrectedLine


@dataclass(frozen=True, kw_only=True)
class CheckedLine:
    """One line. `value` is the cell of the file, `typed` the value in the field, `error` why that is refused."""

    line: int
    value: str
    words: str
    todo: str
    kept_line: int | None = None
    suggested: str = ""
    is_corrected: bool = False
    typed: str = ""
    uses: bool = False
    is_out: bool = False
    error: str = ""
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckedLines:
    """A page of lines. `chosen` is the reason that is shown, OPEN, SETTLED or CORRECTED; `title` says it in words."""

    chosen: str
    title: str
    page: Page[Any] = field(repr=False)
    rows: Sequence[CheckedLine] = field(repr=False)


def lines_of(issuance: Issuance, *, chosen: str, number: str) -> CheckedLines:
    """Return a page of the lines with a reason; for an unknown one those to fix, or the left-out ones if none is."""
    kind = _kind(issuance, chosen)
    paginator = Paginator(_rows(issuance, kind), PER_PAGE)
    if kind != CORRECTED:
        # The reading has counted the lines already; there may be a million.
        paginator.count = _count(issuance, kind)
    page = paginator.get_page(number)
    return CheckedLines(chosen=kind, title=_title(kind), page=page, rows=_shown(issuance, list(page.object_list)))


def lines_at(issuance: Issuance, *, chosen: str, numbers: Collection[int]) -> list[CheckedLine]:
    """Return the lines with these numbers, as far as they still have this reason."""
    return _shown(issuance, list(_rows(issuance, _kind(issuance, chosen)).filter(line__in=numbers)))


def masked(lines: CheckedLines) -> CheckedLines:
    """Return the lines without their cells, for users who do not prepare the draft."""
    return replace(lines, rows=[_masked(row) for row in lines.rows])


def _masked(row: CheckedLine) -> CheckedLine:
    value, typed, meant = (masked_identifier(cell) for cell in (row.value, row.typed, row.suggested))
    return replace(row, value=value, typed=typed, suggested=meant, name=masked_name_of(row.name))


def answered(line: CheckedLine, *, typed: str, uses: bool, is_out: bool, error: str) -> CheckedLine:
    """Return a line with the values that a user sent, to be shown again."""
    return replace(line, typed=typed, uses=uses, is_out=is_out, error=error)


def rules_of(issuance: Issuance) -> LineRules:
    """Return the decisions of a draft; none where there is no file."""
    upload: Upload | None = getattr(issuance, "upload", None)
    return LineRules.of(upload.rules if upload else {})


def reason_is_settled(issuance: Issuance, reason: str) -> bool:
    """Whether nothing is left to decide about the lines with this reason."""
    return reason not in _open(issuance)


def _kind(issuance: Issuance, chosen: str) -> str:
    if chosen in (CORRECTED, SETTLED) or chosen in issuance.left_out or chosen in DOUBTS:
        return chosen
    return OPEN if not issuance.confirmed_at and rules_of(issuance).to_fix(issuance.left_out) else SETTLED


def _open(issuance: Issuance) -> set[str]:
    """Return the reasons that are still to be decided: none once the issuance is confirmed."""
    return set() if issuance.confirmed_at else set(TO_FIX - rules_of(issuance).leave_out)


def _rows(issuance: Issuance, kind: str) -> QuerySet[Any]:
    if kind == CORRECTED:
        return issuance.corrected_lines.all()
    if kind in DOUBTS and kind not in issuance.left_out:
        return issuance.doubtful_lines.filter(reason=kind)
    rejected = issuance.rejected_lines.with_cells()
    if kind == OPEN:
        return rejected.filter(reason__in=_open(issuance))
    if kind == SETTLED:
        return rejected.exclude(reason__in=_open(issuance))
    return rejected.filter(reason=kind)


def _count(issuance: Issuance, kind: str) -> int:
    if issuance.state == IssuanceState.READING:
        return 0
    if kind in issuance.left_out:
        return int(issuance.left_out[kind])
    if kind in DOUBTS:
        return counts_of(issuance.upload, Level.WARNING).get(kind, 0)
    waiting: int = sum(count for reason, count in issuance.left_out.items() if reason in _open(issuance))
    return waiting if kind == OPEN else issuance.left_out_total - waiting


def _title(kind: str) -> str:
    if kind == OPEN:
        return "Lines to fix"
    if kind == SETTLED:
        return "Lines left out"
    return "Lines corrected by hand" if kind == CORRECTED else left_out_reasons.of_line(kind).title


def _shown(issuance: Issuance, rows: Sequence[AnyLine]) -> list[CheckedLine]:
    country = issuance.merchant.country
    names = names_of(issuance, [row.line for row in rows], clear=True)
    return [replace(each, name=names.get(each.line, "")) for each in _unnamed(rows, country=country)]


def _unnamed(rows: Sequence[AnyLine], *, country: str) -> list[CheckedLine]:
    if rows and isinstance(rows[0], CorrectedLine):
        return [_corrected(line, value) for line, value in _said(rows).items()]
    return [_line(row, country=country) for row in rows if isinstance(row, RejectedLine | DoubtfulLine)]


def _said(rows: Sequence[AnyLine]) -> Mapping[int, str]:
    try:
        return corrected_identifiers(row for row in rows if isinstance(row, CorrectedLine))
    except Unsealable:
        return {}


def _corrected(line: int, value: str) -> CheckedLine:
    words = "Corrected by hand" if value else left_out_reasons.of_line(LineProblem.LEFT_OUT_BY_HAND.value).title
    return CheckedLine(line=line, value=value, typed=value, words=words, todo="", is_corrected=True)


def _line(row: RejectedLine | DoubtfulLine, *, country: str) -> CheckedLine:
    value = cell_of(row) if isinstance(row, RejectedLine) else left_out_file.doubted_identifier(row)
    said = left_out_reasons.of_line(row.reason)
    kept_line = row.kept_line if isinstance(row, RejectedLine) else None
    return CheckedLine(
        line=row.line,
        value=value,
        typed=value.partition(BETWEEN_BOTH)[0],
        words=f"The same guest as line {kept_line:,}" if kept_line else said.title,
        todo=said.todo,
        kept_line=kept_line,
        suggested=suggested(row.reason, value, country=country),
    )
