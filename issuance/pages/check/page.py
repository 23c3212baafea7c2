"""What became of every line of a file: ready, to fix, or left out with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from issuance.audience import left_out_reasons
from issuance.models import DraftStep, Issuance, Upload
from issuance.pages.check import cards, lines
from issuance.pages.check.beyond_columns import unused_of
from issuance.pages.check.cards import DecidedProblem, ProblemCard, RespelledCells, cards_of, decided_of, respelled_of
from issuance.pages.check.foreseen import Foreseen, foreseen
from issuance.pages.check.lines import OPEN, SETTLED, CheckedLines, lines_of, reason_is_settled, rules_of
from issuance.pages.exclusions import Exclusions, exclusions_of
from issuance.pages.links import DraftPage, after_check, list_link, place, run_link
from issuance.sending import refusals
from issuance.states import IssuanceState
from lists.file_problems import FileProblem
from ui.explained import Explained
from ui.status import Tone
from ui.values import Link, Segment
from ui.wording import counted

MATCHABLE = frozenset({FileProblem.NO_IDENTIFIERS.value, FileProblem.SEVERAL_COLUMNS.value})
"""Problems of a file that end when a user says what its columns hold."""


@dataclass(frozen=True, kw_only=True)
class LeftOutGroup:
    """The lines that are left out for one reason."""

    code: str
    words: str
    todo: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class CheckPage(DraftPage):
    """The reading while it is under way, and its result: `ready + to_fix + settled == lines`.

    `left_out` are all lines that are not sent unless they change: `to_fix + settled`. `here` is the page's own address.
    """

    STEP = DraftStep.CHECK

    file_name: str
    reading: bool
    unreadable: Explained | None
    may_match: bool
    read_bytes: int
    of_bytes: int
    lines_read: int
    lines: int
    ready: int
    to_fix: int
    settled: int
    left_out: int
    segments: Sequence[Segment]
    cards: Sequence[ProblemCard]
    decided: Sequence[DecidedProblem]
    respelled: Sequence[RespelledCells]
    groups: Sequence[LeftOutGroup]
    shown: CheckedLines
    here: str
    sentence: str
    exclusions: Exclusions | None
    foreseen: Foreseen | None
    unused: Sequence[str]

    @property
    def lede(self) -> str:
        """What the page is about."""
        if self.issuance.parent_id:
            retried = "Those who got nothing are tried again, each in the same group."
            left_out = " Guests who are left out by now can only be included by a new issuance."
            return f"{retried}{left_out}" if self.issuance.left_out else retried
        if self.unreadable:
            return f"{self.file_name} was not read."
        return f"Every line of {self.file_name or 'the list'} is either ready or left out with a reason."

    @property
    def read_so_far(self) -> str:
        """How many lines or guests have been read."""
        return counted(self.lines, "guest") if self.issuance.parent_id else f"{self.lines_read:,} lines read"

    @property
    def sum(self) -> str:
        """How the lines add up, and what becomes of those to fix."""
        parts = [f"{self.ready:,} ready", f"{self.settled:,} left out"]
        if self.to_fix:
            parts.insert(1, f"{self.to_fix:,} to fix")
        sum_up = f"{' + '.join(parts)} = {counted(self.lines, 'line')}. Nothing is skipped without a reason."
        if not self.to_fix or not self.ready:
            return sum_up
        verb = "is" if self.to_fix == 1 else "are"
        return f"{sum_up} If you go on as it is, the {self.to_fix:,} to fix {verb} left out."

    @property
    def correct(self) -> str:
        """The address to which the shown lines are posted."""
        query = urlencode({"reason": self.shown.chosen, "page": self.shown.page.number})
        return f"{place('correct-lines', self.issuance)}?{query}"

    @property
    def onward(self) -> Link:
        """The step that follows."""
        step = after_check(self.issuance)
        return Link(label=step.label, href=place(step.value, self.issuance))

    @property
    def crumbs_to_left_out(self) -> list[Link]:
        """The list of issuances, and the page of the run."""
        return [list_link(self.issuance.merchant), run_link(self.issuance, label=f"#{self.issuance.pk}")]


def check_page(
    issuance: Issuance, *, chosen: str, number: str, at: datetime, shown: CheckedLines | None = None
) -> CheckPage:
    """Return the page; its number of queries depends neither on the lines nor on the reasons.

    `shown` are lines as a user has just filled them in, instead of a page of those with the chosen reason.
    """
    upload: Upload | None = getattr(issuance, "upload", None)
    left_out = issuance.left_out_total
    to_fix = 0 if issuance.confirmed_at else rules_of(issuance).to_fix(issuance.left_out)
    ready = issuance.lines - left_out
    problem = issuance.problem if issuance.state == IssuanceState.UNREADABLE else ""
    read = upload if upload is not None and issuance.state == IssuanceState.READY else None
    shown = shown or lines_of(issuance, chosen=chosen, number=number)
    return CheckPage(
        issuance=issuance,
        file_name=upload.file_name if upload else "",
        reading=issuance.state == IssuanceState.READING,
        unreadable=left_out_reasons.of_file(problem) if problem else None,
        may_match=problem in MATCHABLE,
        read_bytes=upload.bytes_read if upload else 0,
        of_bytes=upload.size if upload else 0,
        lines_read=upload.lines_read if upload else 0,
        lines=issuance.lines,
        ready=ready,
        to_fix=to_fix,
        settled=left_out - to_fix,
        left_out=left_out,
        segments=_segments(issuance, ready=ready, to_fix=to_fix, settled=left_out - to_fix),
        cards=cards_of(issuance, read) if read else (),
        decided=decided_of(issuance, read, corrected=issuance.corrected_lines.count()) if read else (),
        respelled=respelled_of(read) if read else (),
        groups=groups(issuance, chosen=shown.chosen),
        shown=shown,
        here=here(issuance, chosen=chosen, number=number),
        sentence=_sentence(issuance, ready=ready, to_fix=to_fix, settled=left_out - to_fix),
        exclusions=exclusions_of(issuance) if read else None,
        foreseen=_foreseen(issuance, at=at) if read else None,
        unused=unused_of(read) if read else (),
    )


def _foreseen(issuance: Issuance, *, at: datetime) -> Foreseen:
    arms = issuance.campaign.variants.select_related("reward_template")
    return foreseen(issuance, arms=arms, objection=refusals.objection(issuance=issuance, at=at), at=at)


def masked_page(page: CheckPage) -> CheckPage:
    """Return the page without any cell of the file, for users who do not prepare the draft."""
    return replace(
        page,
        cards=cards.masked(page.cards),
        decided=cards.masked(page.decided),
        respelled=cards.masked(page.respelled),
        shown=lines.masked(page.shown),
    )


def here(issuance: Issuance, *, chosen: str, number: str) -> str:
    """Return the address of a page of the lines with a reason."""
    asked = {name: value for name, value in (("reason", chosen), ("page", number)) if value not in ("", "1")}
    return f"{place('check', issuance)}?{urlencode(asked)}" if asked else place("check", issuance)


def groups(issuance: Issuance, *, chosen: str) -> list[LeftOutGroup]:
    """Return the reasons for which lines are left out for good, the most frequent first."""
    home = place("left-out" if issuance.confirmed_at else "check", issuance)
    return [
        LeftOutGroup(
            code=code,
            words=left_out_reasons.of_line(code).title,
            todo=left_out_reasons.of_line(code).todo,
            count=count,
            href=f"{home}?reason={code}#lines",
            chosen=code == chosen,
        )
        for code, count in sorted(issuance.left_out.items(), key=lambda item: -item[1])
        if count and reason_is_settled(issuance, code)
    ]


def _segments(issuance: Issuance, *, ready: int, to_fix: int, settled: int) -> list[Segment]:
    home = place("left-out" if issuance.confirmed_at else "check", issuance)
    fixing = Segment(
        label="To fix", count=to_fix, tone=Tone.DANGER, href=f"{home}?reason={OPEN}#lines" if to_fix else ""
    )
    out = f"{home}?reason={SETTLED}#lines" if settled else ""
    return [
        Segment(label="Ready", count=ready, tone=Tone.SUCCESS),
        *([] if issuance.confirmed_at else [fixing]),
        Segment(label="Left out", count=settled, tone=Tone.NEUTRAL, href=out),
    ]


def _sentence(issuance: Issuance, *, ready: int, to_fix: int, settled: int) -> str:
    if issuance.state == IssuanceState.READING:
        doing = "The guests who got nothing are being gathered" if issuance.parent_id else "The file is being read"
        return f"{doing}. You may leave this page; it goes on."
    if issuance.state == IssuanceState.UNREADABLE:
        return "This file cannot be used as it is. Nothing was sent."
    if issuance.parent_id:
        return f"{counted(ready, 'guest')} can be tried again. Nothing has been sent."
    failing = f", {issuance.probably_fail:,} of them probably not members" if issuance.probably_fail else ""
    return f"{ready:,} ready{failing} · {to_fix:,} to fix · {settled:,} left out"
