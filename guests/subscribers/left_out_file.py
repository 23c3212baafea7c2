"""The file of lines that are not subscribed, or not with all of their cells: no line is dropped in silence."""

from collections.abc import Iterator
from heapq import merge
from typing import NamedTuple

from guests.models import Remark, Subscriber, Subscription
from guests.subscribers.reading_step import REMARKED
from guests.subscribers.reasons import of_line, of_refusal
from guests.subscribers.rows import LEFT_AWAY
from guests.subscribers.subscribing import person_of
from lists.csv_out import ROWS_AT_ONCE, as_csv
from lists.kept_cells import open_cell
from lists.suggestions import suggested
from vault.sealing import Unsealable


class _UnsentLine(NamedTuple):
    """What the file says of one line. The fields are its columns."""

    line: int
    status: str
    reason_code: str
    reason: str
    what_to_do: str
    value: str
    suggested_value: str


def not_subscribed_csv(subscription: Subscription) -> Iterator[bytes]:
    """Yield a CSV file of lines left out, people refused and cells left away, in the order of the lines."""
    return as_csv(_rows(subscription))


def not_subscribed_lines(subscription: Subscription) -> int:
    """Return the number of lines in that file."""
    refused = Subscriber.objects.filter(subscription=subscription, standing=Subscriber.Standing.REFUSED)
    return Remark.objects.filter(subscription=subscription).count() + refused.count()


def _rows(subscription: Subscription) -> Iterator[tuple[object, ...]]:
    yield _UnsentLine._fields
    country = subscription.merchant.country
    remarks = Remark.objects.filter(subscription=subscription).iterator(chunk_size=ROWS_AT_ONCE)
    refused = Subscriber.objects.filter(subscription=subscription, standing=Subscriber.Standing.REFUSED)
    notes = (_of_remark(one, country=country) for one in remarks)
    yield from merge(notes, (_of_refused(one) for one in refused.iterator(chunk_size=ROWS_AT_ONCE)))


def _of_remark(remark: Remark, *, country: str) -> _UnsentLine:
    reason, value = of_line(remark.reason), value_of(remark)
    said = f"{reason.title} (line {remark.kept_line})" if remark.kept_line else reason.title
    status = "left away" if remark.reason in LEFT_AWAY else "left out"
    meant = suggested(remark.reason, value, country=country)
    return _UnsentLine(remark.line, status, remark.reason, said, reason.todo, value, meant if "@" in meant else "")


def _of_refused(subscriber: Subscriber) -> _UnsentLine:
    reason = of_refusal(subscriber.code)
    return _UnsentLine(subscriber.line, "refused", subscriber.code, reason.title, reason.todo, email_of(subscriber), "")


def value_of(remark: Remark) -> str:
    """Return the cell that a remark is about; nothing where it can no longer be opened."""
    return open_cell(remark.sealed_value, purpose=REMARKED)


def email_of(subscriber: Subscriber) -> str:
    """Return a subscriber's address; nothing where it can no longer be opened."""
    try:
        return person_of(subscriber).email
    except Unsealable:
        return ""
