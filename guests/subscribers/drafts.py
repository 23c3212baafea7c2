"""Lists of subscribers before they are confirmed: the consent, and the file with its columns, or one person.

Nothing is sent to Thanx before a user confirms.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import IO, Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from engine import correlation
from guests.models import SubscriberFile, Subscription
from guests.subscribers import reading_step as reading
from guests.subscribers.rows import columns_named
from lists.file_problems import FileProblem, Unopenable
from lists.tables import RecognisedTable, beginning_of_stored
from lists.uploads import delete_on_commit, room_of, stored_table
from partner_api.answers.guests import NewSubscriber
from vault.masking import masked_name
from vault.sealing import Fingerprinter


class NoLongerDraft(Exception):
    """Another user has confirmed or discarded the list."""


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What people agreed to, word for word, where, and when at the latest."""

    statement: str
    source: str
    agreed_on: date


def add_list(
    *, merchant: Merchant, file: IO[bytes], name: str, consent: Consent, by: User, at: datetime
) -> Subscription:
    """Save the consent, and store the list encrypted. Raises Unopenable, TooLarge and NoRoom; nothing is kept then."""
    room = room_of(merchant.pk)
    with stored_table(file=file, folder="subscribers", purpose=SubscriberFile.PURPOSE, room=room) as facts:
        kept = SubscriberFile(**facts)
        recognised = _recognised(kept, country=merchant.country)
        if isinstance(recognised, FileProblem):
            raise Unopenable(recognised)
        with transaction.atomic():
            kept.subscription = Subscription.objects.create(
                merchant=merchant, name=masked_name(name)[:255], created_by=by, created_at=at, **asdict(consent)
            )
            kept.save()
            record("consent recorded", kept.subscription, by=by, at=at, file_digest=kept.digest, size=kept.size)
    return kept.subscription


def add_person(*, merchant: Merchant, person: NewSubscriber, consent: Consent, by: User, at: datetime) -> Subscription:
    """Save the consent of one person. A person who was subscribed before is left out."""
    fingerprint = Fingerprinter(merchant.pk).of(kind="email", value=person.email)
    with transaction.atomic():
        subscription = Subscription.objects.create(
            merchant=merchant, created_by=by, created_at=at, read_at=at, **asdict(consent)
        )
        before = reading.subscribed_before(subscription, [fingerprint]).get(fingerprint)
        if before is None:
            reading.subscriber(subscription, 1, person, fingerprint).save()
        else:
            reading.remark(subscription, 1, before, person.email).save()
        subscription.people, subscription.left_out = int(before is None), {before: 1} if before else {}
        subscription.save(update_fields=["people", "left_out"])
        record("consent recorded", subscription, by=by, at=at, people=subscription.people)
    return subscription


def recognise(
    subscription: Subscription, *, sheet: int | None = None, header_row: int | None = None, encoding: str | None = None
) -> RecognisedTable | FileProblem:
    """Return how a list is read, or would be with another sheet, header or encoding.

    Its first rows are for the screen only.
    """
    kept, country = subscription.file, subscription.merchant.country
    asked = {"sheet": sheet, "header_row": header_row, "encoding": encoding or kept.encoding}
    if sheet is not None or header_row is not None or encoding is not None or not kept.columns:
        return _recognised(kept, country=country, **asked)
    settled = {name: getattr(kept, name) for name in ("sheet", "header_row", "encoding")}
    as_it_looks = _recognised(kept, country=country, **settled)
    if isinstance(as_it_looks, FileProblem):
        return as_it_looks
    shape = replace(as_it_looks.shape, mapping=kept.mapping, questions={}, reads_hidden=kept.reads_hidden)
    return replace(as_it_looks, shape=shape)


def _recognised(kept: SubscriberFile, *, country: str, **asked: Any) -> RecognisedTable | FileProblem:
    """Return the table as it looks: the column of addresses by its cells, the others by their names."""
    try:
        beginning = beginning_of_stored(kept)
    except Unopenable as refusal:
        return refusal.problem
    shape = beginning.shape(country=country, **asked)
    if isinstance(shape, FileProblem):
        return shape
    email = {"email": shape.mapping["email"]} if "email" in shape.mapping else {}
    named = columns_named(shape.columns) if shape.has_header else {}
    mapping = {kind: place for kind, place in named.items() if place not in email.values()} | email
    questions = {kind: places for kind, places in shape.questions.items() if kind == "email"}
    shape = replace(shape, mapping=mapping, questions=questions)
    return RecognisedTable(shape=shape, sheets=beginning.sheets or (), encodings=beginning.encodings(shape))


def settle_columns(
    *,
    subscription: Subscription,
    table: RecognisedTable,
    mapping: Mapping[str, int],
    reads_hidden: bool,
    by: User,
    at: datetime,
) -> None:
    """Have the list read, with each column holding what the user says. Raises NoLongerDraft."""
    settled = table.settled() | {"mapping": dict(mapping), "reads_hidden": reads_hidden}
    with transaction.atomic():
        afresh = {"read_at": None, "unreadable": "", "due_at": at, "lease_token": None}
        if _drafts(subscription).update(**afresh, correlation=correlation.current()) != 1:
            raise NoLongerDraft
        reading.forget_lines(subscription)
        SubscriberFile.objects.filter(subscription=subscription).update(**settled)
        facts = {name: settled[name] for name in ("mapping", "header_row", "sheet")}
        record("columns of a list settled", subscription, by=by, at=at, **facts)


def discard(*, subscription: Subscription, by: User | None, at: datetime) -> None:
    """Delete a list that was not confirmed, with its people and its file. Raises NoLongerDraft."""
    with transaction.atomic():
        # A worker that reads it at the moment loses its lease, and writes nothing more.
        if _drafts(subscription).update(due_at=None, lease_token=None) != 1:
            raise NoLongerDraft
        record("list of subscribers discarded", subscription, by=by, at=at, people=subscription.people)
        reading.forget_lines(subscription)
        forget_file(subscription)
        Subscription.objects.filter(pk=subscription.pk).delete()


def forget_file(subscription: Subscription) -> None:
    """Delete a list's file once the transaction is committed: nothing of it is needed any more."""
    for kept in SubscriberFile.objects.filter(subscription=subscription):
        delete_on_commit(kept)
        kept.delete()


def _drafts(subscription: Subscription) -> Any:
    return Subscription.objects.filter(pk=subscription.pk, confirmed_at=None)


def record(action: str, subscription: Subscription, *, by: User | None, at: datetime, **facts: Any) -> None:
    """Write an audit entry about a list."""
    audit.record(action=action, on=subscription, by=by, at=at, **facts)
