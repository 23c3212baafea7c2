"""The guests who got no reward: why, what to do about it, and what was done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.core.paginator import Page, Paginator
from django.db.models import Count

from issuance.files import original_rows
from issuance.files.file_rows import name_columns
from issuance.jobs import failures
from issuance.jobs.failure_reasons import MAY_JOIN, FailureReason, ReasonCode, reason_of
from issuance.jobs.failures import FailureGroup, FailureTally, QuotedReason
from issuance.ledger import Buckets
from issuance.models import Batch, Failure, Issuance, Settlement
from issuance.pages.failure_rows import PER_PAGE, FailureRow, failure_rows, with_lines
from issuance.pages.filters import FAILURE_STANDINGS, FailureFilter, FailureStanding
from issuance.pages.links import PageBelowFailures, PageBelowRun, place
from issuance.states import POLLED
from ui.components.figures import percents
from ui.wording import counted, listed


@dataclass(frozen=True, kw_only=True)
class FailureKind:
    """The failures of one reason, and what can be done about those that are open."""

    reason: FailureReason
    tally: FailureTally
    percent: str
    done: str
    sayings: Sequence[QuotedReason]
    more: int
    chosen: bool
    query: str


@dataclass(frozen=True, kw_only=True)
class NoFailures:
    """The page without failures. `href` reloads it where failures may still come."""

    title: str
    text: str
    icon: str
    href: str = ""
    action: str = "Refresh"


@dataclass(frozen=True, kw_only=True)
class FailuresPage(PageBelowRun):
    """The failures of an issuance by reason, and a list of those that the filter picks out."""

    kinds: Sequence[FailureKind]
    tally: FailureTally
    unchanged: int
    rows: Sequence[FailureRow]
    page: Page[Failure]
    wanted: FailureFilter
    in_list: int
    standings: Sequence[tuple[str, str]]
    title: str
    home: str
    sentence: str
    done: str
    nothing: NoFailures
    settlements: Sequence[Settlement]


def failures_page(
    issuance: Issuance, *, buckets: Buckets, running: bool, wanted: FailureFilter, clear: bool, number: str = "1"
) -> FailuresPage:
    """Return the failures that the filter picks out, with guests masked unless `clear`.

    The number of queries does not depend on them.
    """
    found = failures.groups(issuance)
    tally = failures.total(group.tally for group in found)
    of_all = percents([group.tally.count for group in found])
    retried = failures.retried_in(issuance) if tally.retried else []
    page = Paginator(with_lines(wanted.rows(issuance)), PER_PAGE).get_page(number)
    more_to_come = running or (tally.count < buckets.failed and _reasons_will_come(issuance))
    return FailuresPage(
        issuance=issuance,
        kinds=[_kind(group, wanted, said) for group, said in zip(found, of_all, strict=True)],
        tally=tally,
        unchanged=sum(group.tally.unchanged for group in found if group.reason.is_transient),
        rows=failure_rows(list(page.object_list), of=issuance, clear=clear),
        page=page,
        wanted=wanted,
        in_list=page.paginator.count,
        standings=[(standing.value, words) for standing, words in FAILURE_STANDINGS if getattr(tally, standing)],
        title=_title(found, wanted),
        home=place("failures", issuance),
        sentence=_sentence(tally.count, buckets, running=running, more_to_come=more_to_come),
        done=what_was_done(tally, retried),
        nothing=_nothing(buckets, running=running, more_to_come=more_to_come, home=place("failures", issuance)),
        settlements=list(issuance.settlements.select_related("by", "reopened_by")) if tally.count else [],
    )


def _kind(group: FailureGroup, wanted: FailureFilter, percent: str) -> FailureKind:
    own = group.reason.code is not ReasonCode.OTHER
    of_kind = FailureFilter(reason=group.reason.code)
    parts = ((group.tally.retried, "retried"), (group.tally.settled, "settled"), (group.tally.corrected, "corrected"))
    return FailureKind(
        reason=group.reason,
        tally=group.tally,
        percent=percent,
        done=listed([f"{number:,} {words}" for number, words in parts if number]) if group.tally.count else "",
        sayings=[each for each in group.sayings if not own or each.text != group.reason.means],
        more=group.more,
        chosen=group.reason.code == wanted.reason,
        query=replace(of_kind, standing=FailureStanding.OPEN).query,
    )


def _title(groups: Sequence[FailureGroup], wanted: FailureFilter) -> str:
    """Return what the list of guests shows, empty for all of them."""
    if wanted.who:
        return "Found"
    label = next((group.reason.title for group in groups if group.reason.code == wanted.reason), wanted.reason)
    job = "" if wanted.job is None else f"job {wanted.job:,}"
    title = ", ".join(
        part for part in (label, dict(FAILURE_STANDINGS)[wanted.standing] if wanted.standing else "", job) if part
    )
    return f"{title[:1].upper()}{title[1:]}"


def _reasons_will_come(issuance: Issuance) -> bool:
    """Whether an ended job is still being read: its list of failures may come later than its counts."""
    return Batch.objects.filter(issuance=issuance, state__in=sorted(POLLED), due_at__isnull=False).exists()


def _sentence(total: int, buckets: Buckets, *, running: bool, more_to_come: bool) -> str:
    if total < buckets.failed:
        unnamed = buckets.failed - total
        whose = "Their reasons" if not total else f"The reasons of {unnamed:,} of them"
        missing = f"{whose} are on their way." if more_to_come else f"Of {unnamed:,} Thanx did not say who and why."
        return f"{counted(buckets.failed, 'guest')} got no reward. {missing}"
    if total:
        return f"{counted(total, 'guest')} got no reward.{' More may follow: jobs still run.' if running else ''}"
    if running:
        return "So far no guest failed. Jobs still run."
    if buckets.issued < buckets.addressed:
        return f"No guest failed. {counted(buckets.issued, 'reward was', 'rewards were')} issued."
    return f"Every reward was issued: {buckets.issued:,} of {buckets.addressed:,}."


def _nothing(buckets: Buckets, *, running: bool, more_to_come: bool, home: str) -> NoFailures:
    """Return why the list is empty, which does not always mean that no guest failed."""
    if buckets.failed and more_to_come:
        text = "Thanx names these guests and the reasons when their job has ended. They will be listed here."
        return NoFailures(title="The reasons are on their way", text=text, icon="hourglass", href=home)
    if buckets.failed:
        text = "Thanx counts failures of this issuance but did not name the guests. Ask Thanx about the job."
        return NoFailures(title="Thanx did not say who", text=text, icon="help-circle")
    if running:
        text = "Guests without a reward are listed here, with the reason, as soon as Thanx names them."
        return NoFailures(title="No failures so far", text=text, icon="progress", href=home)
    return NoFailures(title="No failures", text="No guest was refused a reward.", icon="circle-check")


def what_was_done(tally: FailureTally, retried: Sequence[tuple[int, str, int]]) -> str:
    """Return what became of the failures, in words: "12 retried in #9, 3 settled, 58 to be dealt with"."""
    parts = [f"{number:,} {failures.words_of_retry(state)} #{child}" for child, state, number in retried]
    parts += [f"{tally.settled:,} settled"] if tally.settled else []
    parts += [f"{tally.open:,} to be dealt with"] if tally.open and parts else []
    return f"{listed(parts)}." if parts else ""


# --- Settling, and inviting guests who are no members ---------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SettlePage(PageBelowFailures):
    """The open failures that the filter picks out, by reason."""

    guests: int
    reasons: Sequence[tuple[str, int]]
    here: str

    @property
    def lede(self) -> str:
        """How many there are."""
        if not self.guests:
            return "These failures were retried or settled already."
        return f"{counted(self.guests, 'failure')} that nothing more is to be done about."


def settle_page(issuance: Issuance, *, wanted: FailureFilter) -> SettlePage:
    """Return the page, with one query."""
    is_open = replace(wanted, standing=FailureStanding.OPEN)
    counts = is_open.rows(issuance).order_by().values_list("reason_code").annotate(number=Count("pk"))
    found = sorted(((reason_of(code).title, number) for code, number in counts), key=lambda each: -each[1])
    return SettlePage(
        issuance=issuance,
        guests=sum(number for _, number in found),
        reasons=found,
        here=f"{place('settle', issuance)}{is_open.query}",
    )


@dataclass(frozen=True, kw_only=True)
class InvitePage(PageBelowFailures):
    """`guests` are open failures who are no members; `columns` of the file that invites them."""

    guests: int
    unchanged: int
    columns: Sequence[str]

    @property
    def lede(self) -> str:
        """How many are no members."""
        if not self.guests:
            return "No failure of this issuance waits for a guest to join."
        why = "this is no member" if self.guests == 1 else "they are no members"
        program = f"{self.issuance.merchant.name}'s program"
        return f"{counted(self.guests, 'guest')} got no reward because {why} of {program}."


def invite_page(issuance: Issuance) -> InvitePage:
    """Return the page, with three queries at most."""
    rows = Failure.objects.open().filter(batch__issuance=issuance, reason_code__in=sorted(MAY_JOIN))
    return InvitePage(
        issuance=issuance,
        guests=rows.count(),
        unchanged=rows.filter(correction=None).count(),
        columns=["email", *name_columns(original_rows.upload_of(issuance))],
    )
