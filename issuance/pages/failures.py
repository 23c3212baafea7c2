"""Who got no reward, why, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, QuerySet, Subquery

from issuance import exports, failures, finding
from issuance.failure_reasons import Reason, reason_of
from issuance.ledger import Buckets
from issuance.models import Batch, Failure, Issuance, Recipient
from issuance.pages.places import place
from issuance.pages.wording import counted
from issuance.states import POLLED

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Row:
    """One guest who got no reward. `said` is what Thanx said, `identifier` empty once it has been erased."""

    line: int
    identifier: str
    reason: Reason
    said: str
    job: int
    retry: int | None


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """What is said where there is no failure to list."""

    title: str
    text: str
    icon: str
    may_change: bool = False


@dataclass(frozen=True, kw_only=True)
class FailuresPage:
    """The failures of an issuance, and of those the ones that were asked for."""

    issuance: Issuance
    groups: Sequence[failures.Group]
    total: int
    left_to_retry: int
    worth_retrying: bool
    rows: Sequence[Row]
    page: Page[Failure]
    reason: str
    job: int | None
    who: str
    title: str
    home: str
    sentence: str
    nothing: Nothing
    retries: Sequence[Issuance]


def failures_page(
    issuance: Issuance,
    *,
    buckets: Buckets,
    running: bool,
    reason: str = "",
    job: int | None = None,
    who: str = "",
    number: str = "1",
) -> FailuresPage:
    """Return the page: of all failures, or of one reason's, one job's, or somebody's who was looked for (`who`).

    Its number of queries does not depend on the rows.
    """
    found = failures.groups(issuance)
    total = sum(group.count for group in found)
    chosen = _chosen(issuance, reason=reason, job=job, who=who)
    page = Paginator(_with_lines(chosen), PER_PAGE).get_page(number)
    more_to_come = running or (total < buckets.failed and _reasons_are_on_their_way(issuance))
    return FailuresPage(
        issuance=issuance,
        groups=found,
        total=total,
        left_to_retry=sum(group.left_to_retry for group in found),
        worth_retrying=any(group.reason.is_transient for group in found if group.left_to_retry),
        rows=_rows(list(page.object_list)),
        page=page,
        reason=reason,
        job=job,
        who=who,
        title=_title(found, reason=reason, job=job, who=who),
        home=place("failures", issuance),
        sentence=_sentence(total, buckets, running=running, more_to_come=more_to_come),
        nothing=_nothing(buckets, running=running, more_to_come=more_to_come),
        retries=list(issuance.retries.kept()),
    )


def _chosen(issuance: Issuance, *, reason: str, job: int | None, who: str) -> QuerySet[Failure]:
    if who:
        return failures.find(issuance=issuance, wanted=finding.sought_by(who))
    rows = Failure.objects.filter(batch__issuance=issuance)
    rows = rows.filter(reason_code=reason) if reason else rows
    return rows if job is None else rows.filter(batch__number=job)


def _title(groups: Sequence[failures.Group], *, reason: str, job: int | None, who: str) -> str:
    """Return what the list of guests shows, empty for all of them."""
    if who:
        return "Found"
    label = next((group.reason.label for group in groups if group.reason.code == reason), reason)
    return ", ".join(part for part in (label, "" if job is None else f"Job {job:,}") if part)


def _reasons_are_on_their_way(issuance: Issuance) -> bool:
    """Whether an ended job is still being read: its list of failures may come later than its counts."""
    return Batch.objects.filter(issuance=issuance, state__in=sorted(POLLED), due_at__isnull=False).exists()


def _with_lines(rows: QuerySet[Failure]) -> QuerySet[Failure]:
    of_recipient = Recipient.objects.filter(batch=OuterRef("batch"), position=OuterRef("position"))
    lines = Subquery(of_recipient.values("line")[:1])
    return rows.select_related("batch").order_by("batch__number", "position").annotate(line=lines)


def _rows(found: Sequence[Failure]) -> list[Row]:
    positions: dict[Batch, list[int]] = defaultdict(list)
    for failure in found:
        positions[failure.batch].append(failure.position)
    known = exports.identifiers_of_some(positions)
    rows = []
    for failure in found:
        identifier = known[failure.batch_id].get(failure.position)
        rows.append(
            Row(
                line=getattr(failure, "line", None) or 0,
                identifier=identifier.value if identifier else "",
                reason=reason_of(failure.reason_code),
                said=failure.reason,
                job=failure.batch.number,
                retry=failure.retry_id,
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


def _nothing(buckets: Buckets, *, running: bool, more_to_come: bool) -> Nothing:
    """Return what stands in place of a list that is empty, which does not always mean that nobody failed."""
    if buckets.failed and more_to_come:
        text = "Thanx names these guests and the reasons when their job has ended. They will be listed here."
        return Nothing(title="The reasons are on their way", text=text, icon="hourglass", may_change=True)
    if buckets.failed:
        text = "Thanx counts failures of this issuance but did not name the guests. Ask Thanx about the job."
        return Nothing(title="Thanx did not say who", text=text, icon="help-circle")
    if running:
        text = "Guests without a reward are listed here, with the reason, as soon as Thanx names them."
        return Nothing(title="No failures so far", text=text, icon="progress", may_change=True)
    return Nothing(title="No failures", text="Nobody was refused a reward.", icon="circle-check")
