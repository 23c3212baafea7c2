"""Before failures are settled: how many, for which reasons, and what that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import Count

from issuance.jobs.failure_reasons import reason_of
from issuance.models import Issuance
from issuance.pages.guest_filter import FailureFilter, FailureStanding
from issuance.pages.links import place


@dataclass(frozen=True, kw_only=True)
class SettlePage:
    """The open failures among those that were asked for, by reason."""

    issuance: Issuance
    guests: int
    reasons: Sequence[tuple[str, int]]
    here: str
    back: str


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
        back=f"{place('failures', issuance)}#guests",
    )
