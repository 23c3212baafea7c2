"""What became of every line of a file: ready, or left out with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from campaigns.shapes import Segment, Step
from campaigns.words import Tone
from issuance import exports, reasons
from issuance.models import DraftStep, Issuance, RejectedLine, Upload
from issuance.pages.places import place, step_number, steps_of
from issuance.pages.wording import counted
from issuance.shapes import FileProblem
from issuance.states import IssuanceState

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Group:
    """The lines that are left out for one reason."""

    code: str
    words: str
    todo: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """One line that is left out. `kept_line` is the line that a duplicate repeats."""

    line: int
    value: str
    reason: str
    todo: str
    kept_line: int | None


@dataclass(frozen=True, kw_only=True)
class CheckPage:
    """The reading while it goes on, and its result: `ready + left_out == lines`."""

    issuance: Issuance
    steps: Sequence[Step]
    step: int
    file_name: str
    reading: bool
    unreadable: reasons.Words | None
    may_match: bool
    read_bytes: int
    of_bytes: int
    lines_read: int
    lines: int
    ready: int
    left_out: int
    segments: Sequence[Segment]
    groups: Sequence[Group]
    rows: Sequence[LeftOut]
    chosen: str
    page: Page[RejectedLine]
    sentence: str


def check_page(issuance: Issuance, *, reason: str, number: str) -> CheckPage:
    """Return the page; its number of queries depends neither on the lines nor on the reasons."""
    upload: Upload | None = getattr(issuance, "upload", None)
    left_out = issuance.left_out_total
    ready = issuance.lines - left_out
    page = _page(issuance, reason=reason, number=number)
    problem = issuance.problem if issuance.state == IssuanceState.UNREADABLE else ""
    return CheckPage(
        issuance=issuance,
        steps=steps_of(issuance),
        step=step_number(issuance, DraftStep.CHECK),
        file_name=upload.file_name if upload else "",
        reading=issuance.state == IssuanceState.READING,
        unreadable=reasons.of_problem(problem) if problem else None,
        may_match=problem == FileProblem.NO_IDENTIFIERS.value,
        read_bytes=upload.bytes_read if upload else 0,
        of_bytes=upload.size if upload else 0,
        lines_read=upload.lines_read if upload else 0,
        lines=issuance.lines,
        ready=ready,
        left_out=left_out,
        segments=_segments(issuance, ready=ready, left_out=left_out),
        groups=groups(issuance, chosen=reason),
        rows=_rows(list(page.object_list)),
        chosen=reason if reason in issuance.left_out else "",
        page=page,
        sentence=_sentence(issuance, ready=ready, left_out=left_out),
    )


def groups(issuance: Issuance, *, chosen: str) -> list[Group]:
    """Return the reasons for which lines are left out, the most frequent first."""
    home = place("left-out" if issuance.confirmed_at else "check", issuance)
    return [
        Group(
            code=code,
            words=reasons.of(code).words,
            todo=reasons.of(code).todo,
            count=count,
            href=f"{home}?reason={code}#left-out",
            chosen=code == chosen,
        )
        for code, count in sorted(issuance.left_out.items(), key=lambda item: -item[1])
        if count
    ]


def _page(issuance: Issuance, *, reason: str, number: str) -> Page[RejectedLine]:
    everything = issuance.rejected_lines.all()
    chosen = reason in issuance.left_out
    paginator = Paginator(everything.filter(reason=reason) if chosen else everything, PER_PAGE)
    # The intake has counted the lines; counting up to a million rows for every page is what this avoids.
    counted_before = issuance.left_out[reason] if chosen else issuance.left_out_total
    paginator.count = 0 if issuance.state == IssuanceState.READING else counted_before
    return paginator.get_page(number)


def _rows(rejected: Sequence[RejectedLine]) -> list[LeftOut]:
    values = exports.rejected_values(rejected)
    return [
        LeftOut(
            line=row.line,
            value=values.get(row.line, ""),
            reason=reasons.of(row.reason).words,
            todo=reasons.of(row.reason).todo,
            kept_line=row.kept_line,
        )
        for row in rejected
    ]


def _segments(issuance: Issuance, *, ready: int, left_out: int) -> list[Segment]:
    home = place("left-out" if issuance.confirmed_at else "check", issuance)
    return [
        Segment(label="Ready", count=ready, tone=Tone.SUCCESS),
        Segment(label="Left out", count=left_out, tone=Tone.WARNING, href=f"{home}#left-out" if left_out else ""),
    ]


def _sentence(issuance: Issuance, *, ready: int, left_out: int) -> str:
    if issuance.state == IssuanceState.READING:
        doing = "The guests who got nothing are being gathered" if issuance.parent_id else "The file is being read"
        return f"{doing}. You may leave this page; it goes on."
    if issuance.state == IssuanceState.UNREADABLE:
        return "This file cannot be used as it is. Nothing was sent."
    if issuance.parent_id:
        return f"{counted(ready, 'guest')} can be tried again. Nothing has been sent."
    if not left_out:
        return f"Every line can be used: {counted(ready, 'guest')}."
    return f"{counted(issuance.lines, 'line')}: {ready:,} ready, {left_out:,} left out. Nothing has been sent."
