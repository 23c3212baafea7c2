"""A merchant's exclusion lists, and what keeps guests out of one draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.models import Merchant
from issuance import reasons
from issuance.models import ExclusionList, Issuance
from issuance.screening import OVERRIDABLE, Exclusion


@dataclass(frozen=True, kw_only=True)
class ListsPage:
    """All lists of a merchant."""

    lists: Sequence[ExclusionList]

    @property
    def guests(self) -> int:
        """How many identifiers the lists hold together."""
        return sum(each.guests for each in self.lists)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One reason that keeps guests out of a draft: how many, and whether somebody has overridden it."""

    code: str
    words: str
    count: int
    is_overridden: bool
    can_be_overridden: bool


@dataclass(frozen=True, kw_only=True)
class Exclusions:
    """What keeps guests out of a draft; `within_days` 0 means that rewards of other campaigns do not."""

    kept: Sequence[Kept]
    within_days: int

    @property
    def count(self) -> int:
        """How many guests are kept out."""
        return sum(each.count for each in self.kept)


def lists_page(merchant: Merchant) -> ListsPage:
    """Return the page of a merchant's lists; one query."""
    return ListsPage(lists=list(ExclusionList.objects.kept().filter(merchant=merchant)))


def exclusions_of(issuance: Issuance) -> Exclusions:
    """Return what keeps guests out of a draft. No query: the reading has counted them."""
    kept = [
        Kept(
            code=reason.value,
            words=reasons.of(reason.value).words,
            count=issuance.left_out.get(reason.value, 0),
            is_overridden=reason.value in issuance.included_anyway,
            can_be_overridden=reason in OVERRIDABLE,
        )
        for reason in Exclusion
    ]
    shown = [each for each in kept if each.count or each.is_overridden]
    return Exclusions(kept=shown, within_days=issuance.rewarded_within_days)
