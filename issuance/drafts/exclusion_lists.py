"""A merchant's lists of guests who get no reward. They hold fingerprints, so they reveal no identifiers."""

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
from issuance.audience.reading_store import identifier_kind
from issuance.jobs.guest_search import query_of
from issuance.models import ExcludedGuest, ExclusionList
from lists.cleaning import cleaned_cell
from lists.delimited import NumberedRow
from lists.fragments import addresses_in, numbers_in
from lists.identifiers import normalise
from vault.masking import masked_name
from vault.sealing import Fingerprinter

MOST_LINES = 50_000
"""So many lines can be added at once, while the user waits."""

GUESTS_AT_ONCE = 500
MOST_NAMED = 20


class NameTaken(Exception):
    """The merchant already has a list of this name."""


class TooManyLines(Exception):
    """More than MOST_LINES at once. Nothing was added."""


@dataclass(slots=True)
class Added:
    """What became of the lines that a user added: each names a guest, new on the list or not, or names none."""

    lines: int = 0
    added: int = 0
    already: int = 0
    without_guest: list[int] = field(default_factory=list)

    @property
    def unusable(self) -> int:
        return len(self.without_guest)

    @property
    def named(self) -> Sequence[int]:
        return self.without_guest[:MOST_NAMED]


def create(*, merchant: Merchant, name: str, by: User | None, at: datetime) -> ExclusionList:
    """Begin a list. Its name keeps no identifier of a guest. Raises NameTaken."""
    name = masked_name(name)
    try:
        with transaction.atomic():
            made = ExclusionList.objects.create(
                merchant=merchant, name=name, created_by=by, created_at=at, changed_at=at
            )
            audit.record(action="exclusion list created", on=made, by=by, at=at)
    except IntegrityError:
        raise NameTaken from None
    return made


def add_guests(*, exclusion_list: ExclusionList, rows: Iterable[NumberedRow], by: User | None, at: datetime) -> Added:
    """Put the guests of these rows on a list: each email address or phone number names one. Raises TooManyLines."""
    added = Added()
    prints = _prints(exclusion_list.merchant, rows, added)
    with transaction.atomic():
        locked = ExclusionList.objects.select_for_update(no_key=True).get(pk=exclusion_list.pk)
        fresh = _insert(locked, prints)
        added.added, added.already = fresh, len(prints) - fresh
        # Reading a large file takes a while. A user who confirms in that time must see that the list has changed.
        changed = {"guests": F("guests") + fresh, "changed_at": max(at, now())}
        ExclusionList.objects.filter(pk=exclusion_list.pk).update(**changed)
        facts = {name: getattr(added, name) for name in ("lines", "added", "already", "unusable")}
        before = {"guests": locked.guests}
        audit.record(action="guests excluded", on=locked, by=by, at=at, before=before, **facts)
    exclusion_list.refresh_from_db()
    return added


def take_off(*, exclusion_list: ExclusionList, text: str, by: User | None, at: datetime) -> bool:
    """Take a guest off a list; `text` is an identifier in any spelling. Return whether the guest was on it."""
    prints = query_of(text, merchant=exclusion_list.merchant).fingerprints
    with transaction.atomic():
        locked = ExclusionList.objects.select_for_update(no_key=True).get(pk=exclusion_list.pk)
        gone, _ = ExcludedGuest.objects.filter(list=exclusion_list, fingerprint__in=prints).delete()
        if not gone:
            return False
        ExclusionList.objects.filter(pk=exclusion_list.pk).update(guests=F("guests") - gone, changed_at=at)
        before, after = {"guests": locked.guests}, {"guests": locked.guests - gone}
        audit.record(action="guest no longer excluded", on=locked, by=by, at=at, before=before, after=after)
    return True


def remove(*, exclusion_list: ExclusionList, by: User | None, at: datetime) -> None:
    """Remove a list: it no longer excludes guests, and its fingerprints are deleted. Does nothing if it is removed."""
    with transaction.atomic():
        if not ExclusionList.objects.kept().filter(pk=exclusion_list.pk).update(removed_at=at, changed_at=at, guests=0):
            return
        ExcludedGuest.objects.filter(list=exclusion_list).delete()
        before = {"guests": exclusion_list.guests}
        audit.record(action="exclusion list removed", on=exclusion_list, by=by, at=at, before=before)


def holds(*, exclusion_list: ExclusionList, text: str) -> bool:
    """Return whether a guest is on a list; `text` is an identifier in any spelling."""
    prints = query_of(text, merchant=exclusion_list.merchant).fingerprints
    return ExcludedGuest.objects.filter(list=exclusion_list, fingerprint__in=prints).exists()


def _prints(merchant: Merchant, rows: Iterable[NumberedRow], added: Added) -> dict[bytes, None]:
    """Return the fingerprints of the guests in the rows, each once; count the lines."""
    of, found = Fingerprinter(merchant.pk).of, dict[bytes, None]()
    for line, row in rows:
        added.lines += 1
        if added.lines > MOST_LINES:
            raise TooManyLines
        named = {of(kind=kind, value=value): None for kind, value in _identifiers(row, country=merchant.country)}
        found.update(named)
        if not named and any(cell.strip() for cell in row):
            added.without_guest.append(line)
    return found


def _identifiers(row: Sequence[str], *, country: str) -> Iterable[tuple[str, str]]:
    return [(identifier_kind(value), value) for cell in row for value in _named_in(cell, country=country)]


def _named_in(cell: str, *, country: str) -> Sequence[str]:
    """Return every identifier in a cell, several ones too: a list protects guests in untidy cells, too."""
    found = normalise(cell, country=country)
    if isinstance(found, str):
        return [found]
    text = cleaned_cell(cell)
    each = (normalise(one, country=country) for one in (*addresses_in(text), *numbers_in(text)))
    return [one for one in each if isinstance(one, str)]


def _insert(exclusion_list: ExclusionList, prints: Iterable[bytes]) -> int:
    """Add the guests who are not on the list yet; return how many. Call it while the list is locked."""
    waiting, fresh = iter(prints), 0
    while some := [*islice(waiting, GUESTS_AT_ONCE)]:
        there = ExcludedGuest.objects.filter(list=exclusion_list, fingerprint__in=some)
        known = {bytes(one) for one in there.values_list("fingerprint", flat=True)}
        new = [ExcludedGuest(list=exclusion_list, fingerprint=one) for one in some if one not in known]
        ExcludedGuest.objects.bulk_create(new)
        fresh += len(new)
    return fresh
