"""A merchant's lists of guests who get no reward. They hold fingerprints: whoever reads them learns no identifier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from engine.clock import now
from issuance.jobs.guest_search import sought
from issuance.models import ExcludedGuest, ExclusionList
from lists.delimited import NumberedRow
from lists.identifiers import normalise_email, normalise_phone
from vault.sealing import Fingerprinter

MOST_LINES = 50_000
"""As many lines can be added at once, while somebody waits."""

GUESTS_AT_ONCE = 500
MOST_NAMED = 20


class NameTaken(Exception):
    """The merchant has a list of this name."""


class TooManyLines(Exception):
    """More than MOST_LINES at once. Nothing was added."""


@dataclass(slots=True)
class Added:
    """What became of lines that somebody added: each either names a guest, new or not, or names nobody."""

    lines: int = 0
    added: int = 0
    already: int = 0
    without_guest: list[int] = field(default_factory=list)

    @property
    def unusable(self) -> int:
        """How many lines name nobody."""
        return len(self.without_guest)

    @property
    def named(self) -> Sequence[int]:
        """The first lines that name nobody."""
        return self.without_guest[:MOST_NAMED]


def create(*, merchant: Merchant, name: str, by: User | None, at: datetime) -> ExclusionList:
    """Begin a list. Raises NameTaken."""
    try:
        with transaction.atomic():
            made = ExclusionList.objects.create(
                merchant=merchant, name=name, created_by=by, created_at=at, changed_at=at
            )
            audit.record(
                action="exclusion list created", on=made, by=by, at=at, merchant_id=merchant.pk, name=made.name
            )
    except IntegrityError:
        raise NameTaken from None
    return made


def add_guests(*, list: ExclusionList, rows: Iterable[NumberedRow], by: User | None, at: datetime) -> Added:  # noqa: A002
    """Put everybody on a list whom these rows name: each cell that is an e-mail address or a phone number counts.

    Whoever is on it already stays on it. Raises TooManyLines.
    """
    told = Added()
    prints = _prints(list.merchant, rows, told)
    with transaction.atomic():
        locked = ExclusionList.objects.select_for_update(no_key=True).get(pk=list.pk)
        fresh = _insert(locked, prints)
        told.added, told.already = fresh, len(prints) - fresh
        # Reading a large file takes a while: whoever confirms meanwhile must see that the list has changed since.
        changed = {"guests": F("guests") + fresh, "changed_at": max(at, now())}
        ExclusionList.objects.filter(pk=list.pk).update(**changed)
        audit.record(
            action="guests excluded",
            on=locked,
            by=by,
            at=at,
            merchant_id=locked.merchant_id,
            before={"guests": locked.guests},
            lines=told.lines,
            added=told.added,
            already=told.already,
            unusable=told.unusable,
        )
    list.refresh_from_db()
    return told


def take_off(*, list: ExclusionList, text: str, by: User | None, at: datetime) -> bool:  # noqa: A002
    """Take the guest off whom somebody names, however spelled. Return whether the guest was on the list."""
    prints = sought(text, merchant=list.merchant).fingerprints
    with transaction.atomic():
        locked = ExclusionList.objects.select_for_update(no_key=True).get(pk=list.pk)
        gone, _ = ExcludedGuest.objects.filter(list=list, fingerprint__in=prints).delete()
        if not gone:
            return False
        ExclusionList.objects.filter(pk=list.pk).update(guests=F("guests") - gone, changed_at=at)
        audit.record(
            action="guest no longer excluded",
            on=locked,
            by=by,
            at=at,
            merchant_id=locked.merchant_id,
            before={"guests": locked.guests},
            after={"guests": locked.guests - gone},
        )
    return True


def remove(*, list: ExclusionList, by: User | None, at: datetime) -> None:  # noqa: A002
    """Give a list up: from now on it keeps nobody from a reward, and its guests are forgotten. Twice is once."""
    with transaction.atomic():
        if not ExclusionList.objects.kept().filter(pk=list.pk).update(removed_at=at, changed_at=at, guests=0):
            return
        ExcludedGuest.objects.filter(list=list).delete()
        audit.record(
            action="exclusion list removed",
            on=list,
            by=by,
            at=at,
            merchant_id=list.merchant_id,
            before={"name": list.name, "guests": list.guests},
        )


def holds(*, list: ExclusionList, text: str) -> bool:  # noqa: A002
    """Return whether the guest whom somebody names is on a list."""
    prints = sought(text, merchant=list.merchant).fingerprints
    return ExcludedGuest.objects.filter(list=list, fingerprint__in=prints).exists()


def _prints(merchant: Merchant, rows: Iterable[NumberedRow], told: Added) -> dict[bytes, None]:
    """Return the fingerprints of everybody whom the rows name, each once."""
    of, found = Fingerprinter(merchant.pk).of, dict[bytes, None]()
    for line, row in rows:
        told.lines += 1
        if told.lines > MOST_LINES:
            raise TooManyLines
        named = {of(kind=kind, value=value): None for kind, value in _identifiers(row, country=merchant.country)}
        found.update(named)
        if not named and any(cell.strip() for cell in row):
            told.without_guest.append(line)
    return found


def _identifiers(row: Sequence[str], *, country: str) -> Iterable[tuple[str, str]]:
    for cell in row:
        email = normalise_email(cell) if "@" in cell else None
        phone = normalise_phone(cell, country=country) if email is None else None
        if isinstance(email, str):
            yield "email", email
        elif isinstance(phone, str):
            yield "phone", phone


def _insert(list: ExclusionList, prints: Iterable[bytes]) -> int:  # noqa: A002
    """Add those who are not on the list yet and return how many that were. Call it under the list's lock."""
    waiting, fresh = iter(prints), 0
    while some := [*islice(waiting, GUESTS_AT_ONCE)]:
        there = ExcludedGuest.objects.filter(list=list, fingerprint__in=some).values_list("fingerprint", flat=True)
        known = {bytes(one) for one in there}
        new = [ExcludedGuest(list=list, fingerprint=one) for one in some if one not in known]
        ExcludedGuest.objects.bulk_create(new)
        fresh += len(new)
    return fresh
