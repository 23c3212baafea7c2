"""Lists of people before they are confirmed: who agreed to what, the file, what its columns hold; or one person.

Nothing of it is sent before somebody confirms.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from engine import correlation
from guests.models import SubscriberFile, Subscription
from guests.subscribers import reading_step as reading
from guests.subscribers.rows import columns_named
from lists.detection import FileProblem, Shape
from lists.spreadsheets import SheetHead, Unopenable
from lists.tables import Beginning, beginning_of
from lists.uploads import StoredTable, store_table
from partner_api.answers.people import NewSubscriber
from vault.sealing import Fingerprinter, Unsealable


class NotATable(Exception):
    """The file cannot be used as it is; `problem` says why. Nothing of it is kept."""

    def __init__(self, problem: FileProblem) -> None:
        self.problem = problem
        super().__init__(problem.value)


class Confirmed(Exception):
    """The list has been confirmed, or discarded, by somebody else."""


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What people agreed to, word for word, where, and when at the latest."""

    statement: str
    source: str
    agreed_on: date


@dataclass(frozen=True, kw_only=True)
class ListLook:
    """A list's table and what its columns hold, as somebody said, else as it looks. Its rows are for the screen."""

    shape: Shape
    mapping: Mapping[str, int]
    sheets: Sequence[SheetHead] = field(repr=False)


def add_list(
    *, merchant: Merchant, file: IO[bytes], name: str, consent: Consent, by: User, at: datetime
) -> Subscription:
    """Write down who agreed to what, and store their list encrypted. Raises NotATable, TooLarge and NoRoom."""
    stored = store_table(file=file, name=f"subscribers/{uuid.uuid4().hex}", purpose=reading.FILE)
    try:
        kept = SubscriberFile(**asdict(stored))
        _make_sure_of_a_table(kept, country=merchant.country)
        return _keep(kept, stored, merchant=merchant, name=name, consent=consent, by=by, at=at)
    except BaseException:
        default_storage.delete(stored.stored_as)
        raise


def _make_sure_of_a_table(kept: SubscriberFile, *, country: str) -> None:
    look = _judged(_beginning(kept), country=country)
    if isinstance(look, FileProblem):
        raise NotATable(look)


def _keep(
    kept: SubscriberFile,
    stored: StoredTable,
    *,
    merchant: Merchant,
    name: str,
    consent: Consent,
    by: User,
    at: datetime,
) -> Subscription:
    with transaction.atomic():
        subscription = Subscription.objects.create(
            merchant=merchant, name=name[:255], created_by=by, created_at=at, **asdict(consent)
        )
        kept.subscription = subscription
        kept.save()
        _record("consent recorded", subscription, by=by, at=at, file_digest=stored.digest, size=stored.size)
    return subscription


def add_person(*, merchant: Merchant, person: NewSubscriber, consent: Consent, by: User, at: datetime) -> Subscription:
    """Write down that one person agreed, and to what. Whoever was subscribed before is left out."""
    mark = Fingerprinter(merchant.pk).of(kind="email", value=person.email)
    with transaction.atomic():
        subscription = Subscription.objects.create(
            merchant=merchant, created_by=by, created_at=at, read_at=at, **asdict(consent)
        )
        before = reading.standing_before(subscription, [mark]).get(mark)
        if before is None:
            reading.subscriber(subscription, 1, person, mark).save()
        else:
            reading.remark(subscription, 1, before, person.email).save()
        subscription.people, subscription.left_out = int(before is None), {before: 1} if before else {}
        subscription.save(update_fields=["people", "left_out"])
        _record("consent recorded", subscription, by=by, at=at, people=subscription.people)
    return subscription


def look_at_list(
    *, subscription: Subscription, sheet: int | None = None, header_row: int | None = None
) -> ListLook | FileProblem:
    """Return how a list is read, or would be with another sheet or header."""
    kept, country = subscription.file, subscription.merchant.country
    beginning = _beginning(kept)
    if sheet is None and header_row is None and kept.columns:
        as_said = _judged(beginning, country=country, sheet=kept.sheet, header_row=kept.header_row)
        return as_said if isinstance(as_said, FileProblem) else _with(as_said, kept.mapping)
    return _judged(beginning, country=country, sheet=sheet, header_row=header_row)


def _with(look: ListLook, mapping: Mapping[str, int]) -> ListLook:
    return ListLook(shape=look.shape, mapping=mapping, sheets=look.sheets)


def _beginning(kept: SubscriberFile) -> Beginning | FileProblem:
    try:
        with reading.open_list(kept) as file:
            return beginning_of(file, upload=kept)
    except (FileNotFoundError, Unsealable):
        return FileProblem.LOST
    except Unopenable as refusal:
        return refusal.problem


def _judged(
    beginning: Beginning | FileProblem, *, country: str, sheet: int | None = None, header_row: int | None = None
) -> ListLook | FileProblem:
    if isinstance(beginning, FileProblem):
        return beginning
    shape = beginning.shape(country=country, sheet=sheet, header_row=header_row)
    if isinstance(shape, FileProblem):
        return shape
    email = {"email": shape.mapping["email"]} if "email" in shape.mapping else {}
    named = columns_named(shape.columns) if shape.has_header else {}
    mapping = {kind: place for kind, place in named.items() if place not in email.values()} | email
    return ListLook(shape=shape, mapping=mapping, sheets=beginning.sheets or ())


def settle_columns(
    *, subscription: Subscription, shape: Shape, mapping: Mapping[str, int], by: User, at: datetime
) -> None:
    """Let the list be read, with each column holding what somebody says. Raises Confirmed."""
    facts = {"mapping": dict(mapping), "header_row": shape.header_row, "sheet": shape.sheet}
    with transaction.atomic():
        afresh = {"read_at": None, "unreadable": "", "due_at": at, "lease_token": None}
        if _drafts(subscription).update(**afresh, correlation=correlation.current()) != 1:
            raise Confirmed
        reading.forget_lines(subscription)
        read_so = {"encoding": shape.encoding, "delimiter": shape.delimiter, "columns": list(shape.columns)}
        SubscriberFile.objects.filter(subscription=subscription).update(**facts, **read_so)
        _record("columns of a list settled", subscription, by=by, at=at, **facts)


def discard(*, subscription: Subscription, by: User, at: datetime) -> None:
    """Give up a list that was not confirmed: its people, its file and its row. Raises Confirmed."""
    with transaction.atomic():
        # Whoever reads it just now loses the lease, and writes nothing more.
        if _drafts(subscription).update(due_at=None, lease_token=None) != 1:
            raise Confirmed
        _record("list of subscribers discarded", subscription, by=by, at=at, people=subscription.people)
        reading.forget_lines(subscription)
        forget_file(subscription)
        Subscription.objects.filter(pk=subscription.pk).delete()


def forget_file(subscription: Subscription) -> None:
    """Delete a list's file once the transaction is through: nothing of it is needed any more."""
    for kept in SubscriberFile.objects.filter(subscription=subscription):
        transaction.on_commit(lambda name=kept.stored_as: default_storage.delete(name))  # type: ignore[misc]
        kept.delete()


def _drafts(subscription: Subscription) -> Any:
    return Subscription.objects.filter(pk=subscription.pk, confirmed_at=None)


def _record(action: str, subscription: Subscription, *, by: User, at: datetime, **facts: Any) -> None:
    audit.record(action=action, on=subscription, by=by, at=at, merchant_id=subscription.merchant_id, **facts)
