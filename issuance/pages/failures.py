"""Who got no reward, why, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, QuerySet, Subquery

from issuance import exports, failures
from issuance.failure_reasons import Reason, reason_of
from issuance.ledger import Buckets
from issuance.models import Batch, Failure, Issuance, Recipient
from issuance.pages.places import place
from issuance.pages.wording import counted

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
class FailuresPage:
    """The failures of an issuance, and of those the ones that were asked for."""

    issuance: Issuance
    groups: Sequence[failures.Group]
    total: int
    left_to_retry: int
    rows: Sequence[Row]
    page: Page[Failure]
    reason: str
    search: str
    home: str
    sentence: str
    retries: Sequence[Issuance]
    running: bool


def failures_page(
    issuance: Issuance, *, buckets: Buckets, running: bool, reason: str = "", search: str = "", number: str = "1"
) -> FailuresPage:
    """Return the page. Its number of queries depends on the jobs that its rows are from, not on the rows."""
    found = failures.groups(issuance)
    total = sum(group.count for group in found)
    chosen = _chosen(issuance, reason=reason, search=search)
    page = Paginator(_with_lines(chosen), PER_PAGE).get_page(number)
    return FailuresPage(
        issuance=issuance,
        groups=found,
        total=total,
        left_to_retry=sum(group.left_to_retry for group in found),
        rows=_rows(list(page.object_list)),
        page=page,
        reason=reason,
        search=search,
        home=place("failures", issuance),
        sentence=_sentence(total, buckets, running=running),
        retries=list(issuance.retries.kept()),
        running=running,
    )


def _chosen(issuance: Issuance, *, reason: str, search: str) -> QuerySet[Failure]:
    if search.strip():
        rows = failures.find(issuance=issuance, text=search)
    else:
        rows = Failure.objects.filter(batch__issuance=issuance)
    return rows.filter(reason_code=reason) if reason else rows


def _with_lines(rows: QuerySet[Failure]) -> QuerySet[Failure]:
    of_recipient = Recipient.objects.filter(batch=OuterRef("batch"), position=OuterRef("position"))
    lines = Subquery(of_recipient.values("line")[:1])
    return rows.select_related("batch").order_by("batch__number", "position").annotate(line=lines)


def _rows(found: Sequence[Failure]) -> list[Row]:
    positions: dict[Batch, list[int]] = defaultdict(list)
    for failure in found:
        positions[failure.batch].append(failure.position)
    known = {batch.pk: exports.identifiers_at(batch=batch, positions=wanted) for batch, wanted in positions.items()}
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


def _sentence(total: int, buckets: Buckets, *, running: bool) -> str:
    if total < buckets.failed:
        missing = f"The reasons of {buckets.failed - total:,} of them are on their way."
        return f"{counted(buckets.failed, 'guest')} got no reward. {missing}"
    if total:
        return f"{counted(total, 'guest')} got no reward.{' More may follow: jobs still run.' if running else ''}"
    if running:
        return "So far every reward was issued. Jobs still run."
    return f"Every reward was issued: {buckets.issued:,} of {buckets.addressed:,}."
