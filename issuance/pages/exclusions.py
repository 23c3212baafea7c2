"""A merchant's exclusion lists, and what keeps guests out of one draft."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from django.urls import reverse

from campaigns.models import Merchant
from issuance.audience import left_out_reasons, member_index
from issuance.audience.screening import OVERRIDABLE, Exclusion
from issuance.drafts import exclusion_lists
from issuance.models import ExclusionList, Issuance, MemberIndex
from ui.values import Link
from ui.wording import counted


@dataclass(frozen=True, kw_only=True)
class ListsPage:
    """All lists of a merchant."""

    merchant: Merchant
    lists: Sequence[ExclusionList]
    what_for: ClassVar[str] = (
        "Put staff, family or guests who asked not to be contacted on a list. Guests who are on one are left out of"
        " every issuance, with the reason beside the line."
    )

    @property
    def lede(self) -> str:
        """How many guests the lists keep from rewards."""
        name = self.merchant.name
        if not self.lists:
            return f"Guests of {name} who are never to get a reward."
        return f"{counted(self.guests, 'guest')} of {name} never get a reward, whatever file they stand in."

    @property
    def guests(self) -> int:
        """How many identifiers the lists hold together."""
        return sum(each.guests for each in self.lists)


@dataclass(frozen=True, kw_only=True)
class ExclusionListPage:
    """One list. `added` is the result of adding guests, if some were just added."""

    list: ExclusionList
    added: exclusion_lists.Added | None = None

    @property
    def crumbs(self) -> Sequence[Link]:
        handle = self.list.merchant.handle
        return [Link(label="Exclusion lists", href=reverse("issuance:exclusions", args=[handle]))]

    @property
    def crumbs_to_list(self) -> Sequence[Link]:
        """The list, above the page that removes it."""
        href = reverse("issuance:exclusion-list", args=[self.list.merchant.handle, self.list.pk])
        return [Link(label=self.list.name, href=href)]

    @property
    def unusable(self) -> str:
        """The lines that name no guest."""
        if self.added is None:
            return ""
        lines = "line" if self.added.unusable == 1 else "lines"
        named = ", ".join(f"{line:,}" for line in self.added.named)
        more = " and more" if self.added.unusable > len(self.added.named) else ""
        return f"{self.added.unusable:,}: {lines} {named}{more}. They hold neither an email address nor a phone number."


@dataclass(frozen=True, kw_only=True)
class ExclusionReason:
    """One reason that keeps guests out of a draft: how many, and whether it is overridden."""

    code: str
    words: str
    count: int
    is_overridden: bool
    can_be_overridden: bool

    @property
    def outcome(self) -> str:
        """What becomes of these guests."""
        return "Included anyway" if self.is_overridden else f"{counted(self.count, 'guest')} left out"


@dataclass(frozen=True, kw_only=True)
class MemberCheck:
    """Which guests will probably fail because they are no members: a sentence, its time, and a second sentence.

    `may_be_chosen`: the user can choose to leave them out.
    """

    sentence: str
    as_of: datetime | None = None
    then: str = ""
    may_be_chosen: bool = False
    only_members: bool = False


@dataclass(frozen=True, kw_only=True)
class Exclusions:
    """What keeps guests out of a draft. With `within_days` 0, rewards of other campaigns do not."""

    kept: Sequence[ExclusionReason]
    within_days: int
    members: MemberCheck

    @property
    def count(self) -> int:
        """How many guests are kept out."""
        return sum(each.count for each in self.kept)


def member_check(issuance: Issuance) -> MemberCheck:
    """Return what is known of the guests' memberships. At most two queries."""
    index = member_index.index_of(issuance.merchant)
    if not member_index.may_be_read() or (index and index.problem == member_index.NO_SCOPE):
        return MemberCheck(
            sentence="Skipped: our credential may not list members. Ask Thanx for the scope users.read to see here who"
            " will fail as not found."
        )
    if index is None or index.as_of is None:
        return MemberCheck(sentence=_not_read(index))
    check = MemberCheck(sentence="", as_of=index.as_of, may_be_chosen=True, only_members=issuance.only_members)
    if issuance.only_members:
        return replace(check, sentence="Guests who are probably not members are left out")
    if issuance.strangers is None:
        again = "The list of members is newer than this check. Check again to see which guests are not members."
        return replace(check, sentence=again, as_of=None)
    if issuance.strangers:
        return replace(check, sentence=strangers_in_words(issuance.strangers), then="Thanx would not find them.")
    return replace(check, sentence="Everybody who would be sent to is a member")


def strangers_in_words(number: int, *, more: bool = False) -> str:
    """Return "42 guests are probably not members", or with `more` "42 more guests are probably not members"."""
    guests = counted(number, "more guest" if more else "guest")
    return f"{guests} is probably not a member" if number == 1 else f"{guests} are probably not members"


def _not_read(index: MemberIndex | None) -> str:
    if index is not None and index.problem:
        return "The members could not be read. It is tried again with the next draft."
    page = f" (page {index.next_page:,} of {index.pages:,})" if index and index.begun_at and index.pages else ""
    return f"The merchant's members are being read{page}. Check again in a moment."


def lists_page(merchant: Merchant) -> ListsPage:
    """Return the page of a merchant's lists; one query."""
    return ListsPage(merchant=merchant, lists=list(ExclusionList.objects.kept().filter(merchant=merchant)))


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
        if reason is not Exclusion.NOT_A_MEMBER  # the member check shows it
    ]
    shown = [each for each in kept if each.count or each.is_overridden]
    return Exclusions(kept=shown, within_days=issuance.rewarded_within_days, members=member_check(issuance))
