"""The step that reads a list of subscribers: every line becomes a person to subscribe, or is left out with a reason.

A worker may die at any time: the list is read again when the lease has run out, and the new attempt first deletes what
the old one wrote. Until the reading has ended, users cannot confirm the list.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice

from django.conf import settings
from django.db import transaction

from engine.clock import Clock, now
from engine.leases import LeaseLost, claim_one, finish, hold, renewing
from guests.models import Remark, Subscriber, Subscription
from guests.subscribers.rows import DUPLICATE, LEFT_AWAY, SubscriberLine, read_line
from lists.delimited import NumberedRow
from lists.file_problems import Unopenable
from lists.kept_cells import seal_cell
from lists.lines import LineProblem
from lists.tables import body_rows, open_table
from partner_api.answers.guests import NewSubscriber
from vault.fields import purpose_of
from vault.sealing import Fingerprinter, seal

PERSON = purpose_of(Subscriber, "sealed")
REMARKED = purpose_of(Remark, "sealed_value")
"""The purposes under which a person, and a cell that is remarked on, are sealed."""

LINES_AT_ONCE = 1_000
PRINTS_AT_ONCE = 500
TOO_MANY = "too_many_lines"
ACCEPTED_BEFORE, ON_ANOTHER_LIST = "accepted_before", "on_another_list"
Standing = Subscriber.Standing


class _TooMany(Exception):
    """There are more lines than a list may have."""


@dataclass(slots=True)
class _Found:
    """What has been read so far. `seen` holds the line of each address, so that no person is on the list twice."""

    people: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    seen: dict[bytes, int] = field(default_factory=dict)

    def add(self, *, people: int, remarks: Sequence[Remark]) -> None:
        self.people += people
        for one in remarks:
            (self.notes if one.reason in LEFT_AWAY else self.left_out)[one.reason] += 1

    @property
    def lines(self) -> int:
        """How many lines were not empty."""
        return self.people + self.left_out.total() - self.left_out[LineProblem.EMPTY.value]


def read_one_list(*, clock: Clock = now) -> bool:
    """Read the list that has waited longest. Return whether there was one."""
    unread = Subscription.objects.filter(read_at=None, confirmed_at=None, file__isnull=False)
    subscription = claim_one(unread.select_related("merchant", "file"), at=clock())
    if subscription is None:
        return False
    problem = ""
    try:
        with renewing(subscription, clock=clock):
            problem = _read(subscription)
        if problem:
            _clear(subscription)
        finish(subscription, due_at=None, unreadable=problem, read_at=None if problem else clock())
    except LeaseLost:
        return True  # another worker has taken it over, or a user has changed the columns
    return True


def _read(subscription: Subscription) -> str:
    """Read the whole file. Return the code of what prevents it; nothing if all went well."""
    _clear(subscription)
    try:
        with open_table(subscription.file) as file:
            _read_rows(subscription, body_rows(file, read_as=subscription.file))
    except Unopenable as refusal:
        return refusal.problem.value
    except _TooMany:
        return TOO_MANY
    return ""


def _clear(subscription: Subscription) -> None:
    with transaction.atomic():
        hold(subscription)
        forget_lines(subscription)


def forget_lines(subscription: Subscription) -> None:
    """Delete what was read of a list that is not confirmed. Call it in a transaction that has locked the list's row."""
    Subscriber.objects.filter(subscription=subscription).delete()
    Remark.objects.filter(subscription=subscription).delete()
    Subscription.objects.filter(pk=subscription.pk).update(people=0, left_out={}, notes={})


def _read_rows(subscription: Subscription, rows: Iterator[NumberedRow]) -> None:
    prints, found = Fingerprinter(subscription.merchant_id), _Found()
    columns, country = subscription.file.mapping, subscription.merchant.country
    while some := list(islice(rows, LINES_AT_ONCE)):
        lines = [(number, read_line(row, columns=columns, country=country)) for number, row in some]
        _keep(subscription, lines, prints, found)
        if found.lines > settings.MOST_SUBSCRIBERS_PER_LIST:
            raise _TooMany


def _keep(
    subscription: Subscription, lines: Sequence[tuple[int, SubscriberLine]], prints: Fingerprinter, found: _Found
) -> None:
    """Save what some lines have become, in a transaction that checks the lease. Raises LeaseLost."""
    fingerprints = {number: prints.of(kind="email", value=line.person.email) for number, line in lines if line.person}
    before = subscribed_before(subscription, list(fingerprints.values()))
    people: list[Subscriber] = []
    remarks: list[Remark] = []
    for number, line in lines:
        if line.person is None:
            remarks += [remark(subscription, number, *one) for one in line.remarks]
            continue
        fingerprint, email = fingerprints[number], line.person.email
        if (first := found.seen.setdefault(fingerprint, number)) != number:
            remarks.append(remark(subscription, number, DUPLICATE, email, kept_line=first))
        elif fingerprint in before:
            remarks.append(remark(subscription, number, before[fingerprint], email))
        else:
            people.append(subscriber(subscription, number, line.person, fingerprint))
            remarks += [remark(subscription, number, *one) for one in line.remarks]
    found.add(people=len(people), remarks=remarks)
    with transaction.atomic():
        hold(subscription)
        Subscriber.objects.bulk_create(people)
        Remark.objects.bulk_create(remarks)
        counts = {"people": found.people, "left_out": dict(found.left_out), "notes": dict(found.notes)}
        Subscription.objects.filter(pk=subscription.pk).update(**counts)


def subscribed_before(subscription: Subscription, fingerprints: Sequence[bytes]) -> dict[bytes, str]:
    """Return ACCEPTED_BEFORE or ON_ANOTHER_LIST for each of these people who was sent, or is being sent, to Thanx."""
    found: dict[bytes, str] = {}
    mine = Subscriber.objects.filter(subscription__merchant=subscription.merchant_id)
    sent = mine.exclude(subscription__confirmed_at=None).exclude(standing=Standing.REFUSED)
    for start in range(0, len(fingerprints), PRINTS_AT_ONCE):
        rows = sent.filter(fingerprint__in=fingerprints[start : start + PRINTS_AT_ONCE])
        for fingerprint, standing in rows.values_list("fingerprint", "standing"):
            if standing == Standing.ACCEPTED:
                found[bytes(fingerprint)] = ACCEPTED_BEFORE
            else:
                found.setdefault(bytes(fingerprint), ON_ANOTHER_LIST)
    return found


def subscriber(subscription: Subscription, line: int, person: NewSubscriber, fingerprint: bytes) -> Subscriber:
    """Return the row of a person to subscribe, sealed and not saved yet."""
    sealed = seal(json.dumps(asdict(person)).encode(), purpose=PERSON)
    return Subscriber(subscription=subscription, line=line, fingerprint=fingerprint, sealed=sealed)


def remark(subscription: Subscription, line: int, reason: str, cell: str, *, kept_line: int | None = None) -> Remark:
    """Return the row of a remark on a line, sealed and not saved yet."""
    sealed = seal_cell(cell, purpose=REMARKED)
    return Remark(subscription=subscription, line=line, reason=reason, kept_line=kept_line, sealed_value=sealed)
