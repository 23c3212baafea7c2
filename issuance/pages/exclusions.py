"""A merchant's exclusion lists, and what keeps guests out of one draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Merchant
from issuance.audience import member_index as members
from issuance.audience.screening import OVERRIDABLE, Exclusion
from issuance.drafts import left_out_reasons
from issuance.models import ExclusionList, Issuance


@dataclass(frozen=True, kw_only=True)
class ListsPage:
    """All lists of a merchant."""

    lists: Sequence[ExclusionList]

    @property
    def guests(self) -> int:
        """How many identifiers the lists hold together."""
        return sum(each.guests for each in self.lists)


@dataclass(frozen=True, kw_only=True)
class ExclusionReason:
    """One reason that keeps guests out of a draft: how many, and whether somebody has overridden it."""

    code: str
    words: str
    count: int
    is_overridden: bool
    can_be_overridden: bool


@dataclass(frozen=True, kw_only=True)
class MemberCheck:
    """Who will probably fail as not found. `strangers` is None where the file was read before the members were."""

    may_be_read: bool
    is_read: bool
    page: int
    pages: int
    as_of: datetime | None
    strangers: int | None
    only_members: bool
    problem: bool


@dataclass(frozen=True, kw_only=True)
class Exclusions:
    """What keeps guests out of a draft; `within_days` 0 means that rewards of other campaigns do not."""

    kept: Sequence[ExclusionReason]
    within_days: int
    members: MemberCheck

    @property
    def count(self) -> int:
        """How many guests are kept out."""
        return sum(each.count for each in self.kept)


def member_check(issuance: Issuance) -> MemberCheck:
    """Return what is known of the guests' memberships. At most two queries."""
    index = members.index_of(issuance.merchant)
    may = members.may_be_read() and not (index and index.problem == members.NO_SCOPE)
    return MemberCheck(
        may_be_read=may,
        is_read=index is not None and index.as_of is not None,
        page=index.next_page if index and index.begun_at else 0,
        pages=index.pages if index and index.begun_at else 0,
        as_of=index.as_of if index else None,
        strangers=issuance.strangers,
        only_members=issuance.only_members,
        problem=bool(index and index.problem),
    )


def lists_page(merchant: Merchant) -> ListsPage:
    """Return the page of a merchant's lists; one query."""
    return ListsPage(lists=list(ExclusionList.objects.kept().filter(merchant=merchant)))


def exclusions_of(issuance: Issuance) -> Exclusions:
    """Return what keeps guests out of a draft. No query: the reading has counted them."""
    kept = [
        ExclusionReason(
            code=reason.value,
            words=left_out_reasons.of_line(reason.value).title,
            count=issuance.left_out.get(reason.value, 0),
            is_overridden=reason.value in issuance.included_anyway,
            can_be_overridden=reason in OVERRIDABLE,
        )
        for reason in Exclusion
        if reason is not Exclusion.NOT_A_MEMBER  # told by the member check
    ]
    shown = [each for each in kept if each.count or each.is_overridden]
    return Exclusions(kept=shown, within_days=issuance.rewarded_within_days, members=member_check(issuance))
