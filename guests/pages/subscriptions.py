"""Lists of people who agreed to marketing, and how far each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.paginator import Page, Paginator

from campaigns.words import Status
from guests.models import Subscriber, Subscription
from guests.subscriber_files import BIRTHDAY_UNREADABLE, DUPLICATE, NO_EMAIL
from guests.subscribing import ACCEPTED_BEFORE, counts_of, person_of
from issuance import reasons
from issuance.pages.wording import counted
from issuance.sealing import Unsealable

PER_PAGE = 25
MOST_REFUSED = 50
OWN_REASONS = {
    DUPLICATE: "The same person as an earlier line",
    NO_EMAIL: "No e-mail address",
    ACCEPTED_BEFORE: "Accepted by Thanx before: not sent again",
}
Standing = Subscriber.Standing


@dataclass(frozen=True, kw_only=True)
class SubscriptionRow:
    """One list: how many people, and where they stand."""

    subscription: Subscription
    status: Status
    people: int
    waiting: int
    accepted: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Somebody whom Thanx did not accept."""

    line: int
    email: str = field(repr=False)
    code: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionPage:
    """One list. `refreshes` while there is something to wait for."""

    subscription: Subscription
    row: SubscriptionRow
    sentence: str
    left_out: Sequence[tuple[str, int]]
    notes: Sequence[str]
    refused: Sequence[Refused]
    more_refused: int
    refreshes: bool
    may_confirm: bool
    may_retry: bool


def subscriptions_page(merchant_id: int, *, number: str) -> tuple[Page[Subscription], list[SubscriptionRow]]:
    """Return one page of a merchant's lists with their counts: three queries."""
    lists = Subscription.objects.filter(merchant=merchant_id).select_related("created_by")
    page = Paginator(lists, PER_PAGE).get_page(number)
    counts = counts_of(list(page.object_list))
    return page, [_row(one, counts[one.pk]) for one in page.object_list]


def subscription_page(subscription: Subscription) -> SubscriptionPage:
    """Return the page of one list: two queries."""
    row = _row(subscription, counts_of([subscription])[subscription.pk])
    refused = subscription.subscribers.filter(standing=Standing.REFUSED).order_by("line")[:MOST_REFUSED]
    return SubscriptionPage(
        subscription=subscription,
        row=row,
        sentence=_sentence(row),
        left_out=[(_reason(code), number) for code, number in subscription.left_out.items()],
        notes=_notes(subscription),
        refused=[_refused(one) for one in refused],
        more_refused=max(row.refused - MOST_REFUSED, 0),
        refreshes=subscription.due_at is not None,
        may_confirm=subscription.confirmed_at is None and row.waiting > 0,
        may_retry=subscription.confirmed_at is not None
        and subscription.due_at is None
        and (row.refused > 0 or bool(subscription.problem)),
    )


def _row(subscription: Subscription, counts: dict[str, int]) -> SubscriptionRow:
    waiting, refused = counts.get(Standing.WAITING, 0), counts.get(Standing.REFUSED, 0)
    accepted = counts.get(Standing.ACCEPTED, 0)
    return SubscriptionRow(
        subscription=subscription,
        status=_status(subscription, refused=refused),
        people=waiting + accepted + refused,
        waiting=waiting,
        accepted=accepted,
        refused=refused,
    )


def _status(subscription: Subscription, *, refused: int) -> Status:
    if subscription.confirmed_at is None:
        return Status.DRAFT
    if subscription.problem:
        return Status.NEEDS_YOU
    if subscription.done_at is None:
        return Status.SENDING
    return Status.COMPLETED_WITH_FAILURES if refused else Status.COMPLETED


def _sentence(row: SubscriptionRow) -> str:
    people = counted(row.people, "person", "people")
    if row.status is Status.DRAFT:
        return f"{people} to subscribe. Nothing has been sent yet." if row.people else "Nobody is left to subscribe."
    if row.status is Status.NEEDS_YOU:
        return f"It stopped after {row.accepted + row.refused:,} of {people}."
    if row.status is Status.SENDING:
        return f"{row.accepted + row.refused:,} of {people} handed to Thanx."
    return f"Thanx accepted {row.accepted:,} of {people}."


def _reason(code: str) -> str:
    return OWN_REASONS.get(code) or reasons.of(code).words


def _notes(subscription: Subscription) -> list[str]:
    number = subscription.notes.get(BIRTHDAY_UNREADABLE, 0)
    if not number:
        return []
    return [
        f"{counted(number, 'birthday')} could not be read, and is left away. The person is subscribed all the same."
    ]


def _refused(subscriber: Subscriber) -> Refused:
    try:
        email = person_of(subscriber).email
    except Unsealable:
        email = ""
    return Refused(line=subscriber.line, email=email, code=subscriber.code)
