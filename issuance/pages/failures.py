"""Who got no reward, why, what to do about it, and what was done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Subquery

from issuance import manifests
from issuance.followup import edit_failures
from issuance.jobs import failures
from issuance.jobs.failure_reasons import FailureReason, ReasonCode, reason_of
from issuance.jobs.failures import Group, Saying, Tally
from issuance.ledger import Buckets
from issuance.models import Batch, Failure, Issuance, Recipient, Settlement
from issuance.models.observed import FailureQuerySet
from issuance.pages.guest_filter import FAILURE_STANDINGS, FailureFilter, FailureStanding
from issuance.pages.links import place
from issuance.states import POLLED
from ui.wording import counted, listed

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class FailureRow:
    """One guest who got no reward. `said` is what Thanx said, `identifier` empty once it has been erased.

    `corrected` is what somebody wrote instead. `is_open` as long as nobody has retried or settled it.
    """

    key: int
    line: int
    identifier: str = field(repr=False)
    reason: FailureReason
    said: str
    job: int
    retry: int | None
    settled: str
    corrected: str = field(repr=False)
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class FailureKind:
    """The failures of one reason, and what can be done about those that are open."""

    reason: FailureReason
    tally: Tally
    done: str
    sayings: Sequence[Saying]
    more: int
    chosen: bool
    query: str


@dataclass(frozen=True, kw_only=True)
class NoFailures:
    """What is said where there is no failure to list."""

    title: str
    text: str
    icon: str
    may_change: bool = False


@dataclass(frozen=True, kw_only=True)
class FailuresPage:
    """The failures of an issuance, and of those the ones that were asked for."""

    issuance: Issuance
    kinds: Sequence[FailureKind]
    tally: Tally
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
    issuance: Issuance, *, buckets: Buckets, running: bool, wanted: FailureFilter, number: str = "1"
) -> FailuresPage:
    """Return the page of the failures that are wanted. Its number of queries does not depend on them."""
    found = failures.groups(issuance)
    tally = failures.total(group.tally for group in found)
    retried = failures.retried_in(issuance) if tally.retried else {}
    page = Paginator(with_lines(wanted.rows(issuance)), PER_PAGE).get_page(number)
    more_to_come = running or (tally.count < buckets.failed and _reasons_are_on_their_way(issuance))
    return FailuresPage(
        issuance=issuance,
        kinds=[_kind(group, wanted) for group in found],
        tally=tally,
        unchanged=sum(group.tally.unchanged for group in found if group.reason.is_transient),
        rows=rows_of(list(page.object_list)),
        page=page,
        wanted=wanted,
        in_list=page.paginator.count,
        standings=[(standing.value, words) for standing, words in FAILURE_STANDINGS if getattr(tally, standing)],
        title=_title(found, wanted),
        home=place("failures", issuance),
        sentence=_sentence(tally.count, buckets, running=running, more_to_come=more_to_come),
        done=what_was_done(tally, retried),
        nothing=_nothing(buckets, running=running, more_to_come=more_to_come),
        settlements=list(issuance.settlements.select_related("by", "reopened_by")) if tally.count else [],
    )


def _kind(group: Group, wanted: FailureFilter) -> FailureKind:
    own = group.reason.code is not ReasonCode.OTHER
    of_kind = FailureFilter(reason=group.reason.code)
    parts = ((group.tally.retried, "retried"), (group.tally.settled, "settled"), (group.tally.corrected, "corrected"))
    return FailureKind(
        reason=group.reason,
        tally=group.tally,
        done=listed([f"{number:,} {words}" for number, words in parts if number]) if group.tally.count else "",
        sayings=[each for each in group.sayings if not own or each.text != group.reason.means],
        more=group.more,
        chosen=group.reason.code == wanted.reason,
        query=replace(of_kind, standing=FailureStanding.OPEN).query,
    )


def _title(groups: Sequence[Group], wanted: FailureFilter) -> str:
    """Return what the list of guests shows, empty for all of them."""
    if wanted.who:
        return "Found"
    label = next((group.reason.title for group in groups if group.reason.code == wanted.reason), wanted.reason)
    job = "" if wanted.job is None else f"job {wanted.job:,}"
    told = ", ".join(
        part for part in (label, dict(FAILURE_STANDINGS)[wanted.standing] if wanted.standing else "", job) if part
    )
    return f"{told[:1].upper()}{told[1:]}"


def _reasons_are_on_their_way(issuance: Issuance) -> bool:
    """Whether an ended job is still being read: its list of failures may come later than its counts."""
    return Batch.objects.filter(issuance=issuance, state__in=sorted(POLLED), due_at__isnull=False).exists()


def with_lines(rows: FailureQuerySet) -> FailureQuerySet:
    """Return failures in the order of their jobs, each with its `line`."""
    of_recipient = Recipient.objects.filter(batch=OuterRef("batch"), position=OuterRef("position"))
    lines = Subquery(of_recipient.values("line")[:1])
    return rows.select_related("batch", "settlement").order_by("batch__number", "position").annotate(line=lines)


def rows_of(found: Sequence[Failure]) -> list[FailureRow]:
    """Return failures as rows of a list; those of `with_lines`. Only their own batches are opened."""
    positions: dict[Batch, list[int]] = defaultdict(list)
    for failure in found:
        positions[failure.batch].append(failure.position)
    known, written = manifests.identifiers_of_some(positions), edit_failures.values_of(found)
    rows = []
    for failure in found:
        identifier = known[failure.batch_id].get(failure.position)
        rows.append(
            FailureRow(
                key=failure.pk,
                line=getattr(failure, "line", None) or 0,
                identifier=identifier.value if identifier else "",
                reason=reason_of(failure.reason_code),
                said=failure.reason,
                job=failure.batch.number,
                retry=failure.retry_id,
                settled=failure.settlement.note if failure.settlement else "",
                corrected=written.get(failure.pk, ""),
                is_open=failure.retry_id is None and failure.settlement_id is None,
            )
        )
    return rows


def _sentence(total: int, buckets: Buckets, *, running: bool, more_to_come: bool) -> str:
    if total < buckets.failed:
        unnamed = buckets.failed - total
        whose = "Their reasons" if not total else f"The reasons of {unnamed:,} of them"
        missing = f"{whose} are on their way." if more_to_come else f"Of {unnamed:,} Thanx did not say who and why."
        return f"{counted(buckets.failed, 'guest')} got no reward. {missing}"
    if total:
        return f"{counted(total, 'guest')} got no reward.{' More may follow: jobs still run.' if running else ''}"
    if running:
        return "So far nobody failed. Jobs still run."
    if buckets.issued < buckets.addressed:
        return f"Nobody failed. {counted(buckets.issued, 'reward was', 'rewards were')} issued."
    return f"Every reward was issued: {buckets.issued:,} of {buckets.addressed:,}."


def _nothing(buckets: Buckets, *, running: bool, more_to_come: bool) -> NoFailures:
    """Return what stands in place of a list that is empty, which does not always mean that nobody failed."""
    if buckets.failed and more_to_come:
        text = "Thanx names these guests and the reasons when their job has ended. They will be listed here."
        return NoFailures(title="The reasons are on their way", text=text, icon="hourglass", may_change=True)
    if buckets.failed:
        text = "Thanx counts failures of this issuance but did not name the guests. Ask Thanx about the job."
        return NoFailures(title="Thanx did not say who", text=text, icon="help-circle")
    if running:
        text = "Guests without a reward are listed here, with the reason, as soon as Thanx names them."
        return NoFailures(title="No failures so far", text=text, icon="progress", may_change=True)
    return NoFailures(title="No failures", text="Nobody was refused a reward.", icon="circle-check")


def what_was_done(tally: Tally, retried: Mapping[int, int]) -> str:
    """Return what became of the failures, in words: "12 retried in #9, 3 settled, 58 to be dealt with"."""
    parts = [f"{number:,} retried in #{child}" for child, number in retried.items()]
    parts += [f"{tally.settled:,} settled"] if tally.settled else []
    parts += [f"{tally.open:,} to be dealt with"] if tally.open and parts else []
    return f"{listed(parts)}." if parts else ""
