"""Lists of people who agreed to marketing, and how far Thanx has got with each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.core.paginator import Page, Paginator

from guests.models import Remark, Subscriber, Subscription
from guests.subscribers.left_out_file import email_of, value_of
from guests.subscribers.reasons import of_file, of_line, of_refusal
from partner_api.pacing.windows import QUARTER_HOUR, allowance
from partner_api.priority import Priority
from ui.explained import Explained
from ui.status import Status
from ui.wording import counted, lasted
from vault.masking import shown

PER_PAGE = 25
MOST_SHOWN = 25
WORTH_SAYING = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class SubscriptionRow:
    subscription: Subscription
    status: Status
    people: int
    waiting: int
    accepted: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class UnsentLine:
    """A line of the list that Thanx refused, or of which all or a part was not sent to Thanx."""

    line: int
    value: str = field(repr=False)
    words: str
    todo: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionPage:
    """One list. `refreshes` while there is something to wait for."""

    subscription: Subscription
    row: SubscriptionRow
    sentence: str
    takes: str
    is_read: bool
    unreadable: Explained | None
    left_out: Sequence[tuple[str, int]]
    remarks: Sequence[UnsentLine]
    more_remarks: int
    refused: Sequence[UnsentLine]
    more_refused: int
    refreshes: bool
    may_confirm: bool
    may_retry: bool
    may_change: bool
    has_file: bool


def subscriptions_page(merchant_id: int, *, number: str) -> tuple[Page[Subscription], list[SubscriptionRow]]:
    """Return one page of a merchant's lists with their counts: two queries."""
    lists = Subscription.objects.filter(merchant=merchant_id).select_related("created_by")
    page = Paginator(lists, PER_PAGE).get_page(number)
    return page, [_row(one) for one in page.object_list]


def subscription_page(subscription: Subscription, *, clear: bool) -> SubscriptionPage:
    """Return the page of one list, with people masked unless `clear`: three queries."""
    row = _row(subscription)
    refused = subscription.subscribers.filter(standing=Subscriber.Standing.REFUSED).order_by("line")[:MOST_SHOWN]
    remarks = Remark.objects.filter(subscription=subscription)[:MOST_SHOWN]
    said = [*subscription.left_out.items(), *subscription.notes.items()]
    is_draft, waits = subscription.confirmed_at is None, subscription.due_at is not None
    stopped = not is_draft and not waits and (row.refused > 0 or bool(subscription.problem))
    return SubscriptionPage(
        subscription=subscription,
        row=row,
        sentence=_sentence(row),
        takes=_takes(row),
        is_read=subscription.read_at is not None,
        unreadable=of_file(subscription.unreadable) if subscription.unreadable else None,
        left_out=[(of_line(code).title, number) for code, number in said],
        remarks=[_remarked(one, clear=clear) for one in remarks],
        more_remarks=max(sum(number for _, number in said) - MOST_SHOWN, 0),
        refused=[_refused(one, clear=clear) for one in refused],
        more_refused=max(row.refused - MOST_SHOWN, 0),
        refreshes=waits,
        may_confirm=is_draft and subscription.read_at is not None and row.waiting > 0,
        may_retry=stopped,
        may_change=is_draft and bool(subscription.name),
        has_file=bool(said) or row.refused > 0,
    )


def _row(subscription: Subscription) -> SubscriptionRow:
    people, accepted, refused = subscription.people, subscription.accepted, subscription.refused
    return SubscriptionRow(
        subscription=subscription,
        status=_status(subscription),
        people=people,
        waiting=max(people - accepted - refused, 0),
        accepted=accepted,
        refused=refused,
    )


def _status(subscription: Subscription) -> Status:
    if subscription.problem or subscription.unreadable:
        return Status.NEEDS_YOU
    if subscription.confirmed_at is None:
        return Status.DRAFT
    if subscription.done_at is None:
        return Status.SENDING
    return Status.COMPLETED_WITH_FAILURES if subscription.refused else Status.COMPLETED


def _sentence(row: SubscriptionRow) -> str:
    people, subscription = counted(row.people, "person", "people"), row.subscription
    if subscription.unreadable:
        return "The list could not be read. Nothing has been sent."
    if subscription.read_at is None:
        lines = row.people + sum(subscription.left_out.values())
        return f"The list is being read: {counted(lines, 'line')} so far."
    if row.status is Status.DRAFT:
        return f"{people} to subscribe. Nothing has been sent yet." if row.people else "No guest is left to subscribe."
    if row.status is Status.NEEDS_YOU:
        return f"It stopped after {row.accepted + row.refused:,} of {people}."
    if row.status is Status.SENDING:
        return f"{row.accepted + row.refused:,} of {people} handed to Thanx."
    return f"Thanx accepted {row.accepted:,} of {people}."


def _takes(row: SubscriptionRow) -> str:
    """Return how long the waiting people take at least, if it is long: each person takes one call."""
    quarter = allowance(limit=settings.THANX_RATE_PER_15_MINUTES, share=Priority.CATALOG.share)
    most = min(settings.THANX_RATE_PER_SECOND, quarter / QUARTER_HOUR.total_seconds())
    length = timedelta(seconds=row.waiting / most)
    if length < WORTH_SAYING or row.subscription.read_at is None or row.status is Status.NEEDS_YOU:
        return ""
    return f"Thanx takes one person at a time, so this takes about {lasted(length)}, longer while rewards are issued."


def _remarked(remark: Remark, *, clear: bool) -> UnsentLine:
    reason = of_line(remark.reason)
    said = f"{reason.title}: line {remark.kept_line:,}" if remark.kept_line else reason.title
    return UnsentLine(line=remark.line, value=shown(value_of(remark), clear=clear), words=said, todo=reason.todo)


def _refused(subscriber: Subscriber, *, clear: bool) -> UnsentLine:
    reason = of_refusal(subscriber.code)
    return UnsentLine(
        line=subscriber.line, value=shown(email_of(subscriber), clear=clear), words=reason.title, todo=reason.todo
    )
