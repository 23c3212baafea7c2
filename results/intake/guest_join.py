"""Rows of outcomes joined with the guests of a merchant's issuances, by fingerprint, many at a time.

Both arms are joined by the same road: member data or an identifier, never by what a reward's webhook says, since
guests who were held back have none. What belongs to no guest of an issuance is not kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.models import Merchant
from issuance.models import Recipient
from issuance.states import IssuanceState
from lists.identifiers import normalise_email, normalise_phone
from partner_api.answers.events import PurchaseMade
from results.intake.upserts import upsert
from results.models import GuestLink, UsedReward, Visit
from results.outcome_files.outcome_rows import AUTHORIZED, MemberRow, PurchaseRow, RewardRow, SimpleRow
from vault.sealing import Fingerprinter

AT_ONCE = 2_000
VISIT_COLUMNS = {"guest": "bytea", "at": "timestamptz", "visits": "int4", "cents": "int8", "rank": "int2"}


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What became of some rows: of a guest of an issuance, of another person, and those that said what was known."""

    matched: int = 0
    unmatched: int = 0
    unchanged: int = 0

    def __add__(self, other: "Joined") -> "Joined":
        return Joined(
            matched=self.matched + other.matched,
            unmatched=self.unmatched + other.unmatched,
            unchanged=self.unchanged + other.unchanged,
        )


class GuestJoin:
    """Joins rows for one merchant, as of one moment."""

    def __init__(self, merchant: Merchant, *, at: datetime) -> None:
        self._merchant = merchant
        self._at = at
        self._prints = Fingerprinter(merchant.pk)

    def by_number(self, user_id: str) -> bytes:
        """Return the fingerprint of Thanx's internal id of a guest, as files of purchases have it."""
        return self._prints.of(kind="user number", value=user_id)

    def by_uid(self, user_uid: str) -> bytes:
        """Return the fingerprint of Thanx's API id of a guest, as webhooks have it."""
        return self._prints.of(kind="user uid", value=user_uid)

    def identifiers(self, *, email: str, phone: str) -> list[bytes]:
        """Return the fingerprints of what can be read of an email address and a phone number."""
        found = []
        if email and isinstance(plain := normalise_email(email), str):
            found.append(self._prints.of(kind="email", value=plain))
        if phone and isinstance(plain := normalise_phone(phone, country=self._merchant.country), str):
            found.append(self._prints.of(kind="phone", value=plain))
        return found

    def members(self, rows: Sequence[MemberRow]) -> Joined:
        """Keep which ids at Thanx the guests of issuances have."""
        prints = [self.identifiers(email=row.email, phone=row.phone) for row in rows]
        known = self.recipients(one for some in prints for one in some)
        links, matched = set[tuple[bytes, bytes]](), 0
        for row, some in zip(rows, prints, strict=True):
            mine = [one for one in some if one in known]
            matched += bool(mine)
            ids = [self.by_number(row.user_id)] if row.user_id else []
            ids += [self.by_uid(row.user_uid)] if row.user_uid else []
            links.update((guest, one) for guest in ids for one in mine)
        before = self._links({guest for guest, _ in links})
        fresh = links - before
        self.link(fresh, in_members=True)
        touched = {one for _, one in fresh}
        unchanged = sum(1 for some in prints if any(one in known for one in some) and not touched.intersection(some))
        return Joined(matched=matched, unmatched=len(rows) - matched, unchanged=unchanged)

    def link(self, pairs: Iterable[tuple[bytes, bytes]], *, in_members: bool) -> None:
        """Keep that these ids at Thanx and these identifiers are one person's."""
        columns = {
            "merchant_id": "int8",
            "guest": "bytea",
            "fingerprint": "bytea",
            "in_members": "bool",
            "seen_at": "timestamptz",
        }
        rows = [(self._merchant.pk, guest, one, in_members, self._at) for guest, one in sorted(pairs)]
        key = ("merchant_id", "guest", "fingerprint")
        upsert(GuestLink, columns=columns, key=key, newer=("in_members",), rows=rows)

    def purchases(self, rows: Sequence[PurchaseRow]) -> Joined:
        """Keep the purchases of known guests."""
        guests = {row.user_id: self.by_number(row.user_id) for row in rows if row.user_id}
        known = self._known(guests.values())
        mine = [row for row in rows if row.user_id and guests[row.user_id] in known]
        unchanged = self.visits(
            (
                self._prints.of(kind="purchase", value=row.purchase_id),
                guests[row.user_id],
                row.at,
                int(row.cents > 0),
                row.cents,
                row.rank,
            )
            for row in mine
        )
        return Joined(matched=len(mine), unmatched=len(rows) - len(mine), unchanged=unchanged)

    def simple(self, rows: Sequence[SimpleRow]) -> Joined:
        """Keep what a simple file says of guests of issuances. Each is known by the identifier alone."""
        prints = [self.identifiers(email=row.email, phone=row.phone) for row in rows]
        known = self.recipients(one for some in prints for one in some)
        found = [
            (row, one)
            for row, some in zip(rows, prints, strict=True)
            if (one := next((each for each in some if each in known), None))
        ]
        self.link({(one, one) for _, one in found} - self._links({one for _, one in found}), in_members=False)
        unchanged = self.visits((self._key_of(row, one), one, row.at, row.visits, row.cents, 0) for row, one in found)
        return Joined(matched=len(found), unmatched=len(rows) - len(found), unchanged=unchanged)

    def rewards(self, rows: Sequence[RewardRow], *, programs: dict[str, str]) -> Joined:
        """Keep the rewards of known guests."""
        guests = {row.user_id: self.by_number(row.user_id) for row in rows if row.user_id}
        known = self._known(guests.values())
        mine = [row for row in rows if row.user_id and guests[row.user_id] in known]
        keys = {row.reward_id: self._prints.of(kind="reward", value=row.reward_id) for row in mine}
        called = self._programs_of(keys.values())
        given = {
            key: (
                guests[row.user_id],
                row.reward_uid[:100],
                programs.get(row.program_id, called.get(key, ""))[:100],
                row.state,
                row.cents,
                row.used_at,
                row.expires_at,
            )
            for row in mine
            for key in [keys[row.reward_id]]
        }
        names = ("guest", "reward_uid", "program_uid", "state", "cents", "used_at", "expires_at")
        kinds = ("bytea", "varchar", "varchar", "varchar", "int8", "timestamptz", "timestamptz")
        changed = self._write(UsedReward, given, dict(zip(names, kinds, strict=True)))
        return Joined(matched=len(mine), unmatched=len(rows) - len(mine), unchanged=len(mine) - changed)

    def told_by_webhooks(self, purchases: Sequence[tuple[PurchaseMade, datetime]]) -> int:
        """Keep the purchases of known guests, each with the time at which it came; return how many were of them."""
        prints = {id(each): self.identifiers(email=each.email, phone="") for each, _ in purchases}
        known = self.recipients(one for some in prints.values() for one in some)
        guests = {id(each): self.by_uid(each.user_id) if each.user_id else b"" for each, _ in purchases}
        links = {(guests[id(each)] or one, one) for each, _ in purchases for one in prints[id(each)] if one in known}
        self.link(links, in_members=False)
        members = self._known(guest for guest in guests.values() if guest)
        given, seen = dict[bytes, tuple[Any, ...]](), dict[bytes, datetime]()
        for each, came in sorted(purchases, key=lambda pair: pair[1]):
            guest = guests[id(each)] if guests[id(each)] in members else next(iter(prints[id(each)]), b"")
            if guest in members or guest in known:
                key, cents = self._prints.of(kind="purchase", value=each.purchase_id), round(each.amount * 100)
                given[key], seen[key] = (guest, each.at, int(cents > 0), cents, AUTHORIZED), came
        self._write(Visit, given, VISIT_COLUMNS, seen=seen)
        return len(given)

    def visits(self, given: Iterable[tuple[Any, ...]]) -> int:
        """Keep visits: key, guest, moment, visits, cents, rank. Return how many said what was known already."""
        rows = list(given)
        by_key = {key: rest for key, *rest in rows}
        return len(rows) - self._write(Visit, {key: tuple(rest) for key, rest in by_key.items()}, VISIT_COLUMNS)

    def recipients(self, prints: Iterable[bytes]) -> set[bytes]:
        """Return those of these fingerprints that are guests of the merchant's issuances."""
        of_it = {"batch__issuance__merchant": self._merchant, "batch__issuance__state": IssuanceState.CONFIRMED}
        rows = Recipient.objects.filter(fingerprint__in=set(prints), **of_it)
        return {bytes(one) for one in rows.values_list("fingerprint", flat=True)}

    def _known(self, guests: Iterable[bytes]) -> set[bytes]:
        rows = GuestLink.objects.filter(merchant=self._merchant, guest__in=set(guests))
        return {bytes(one) for one in rows.values_list("guest", flat=True)}

    def _links(self, guests: set[bytes]) -> set[tuple[bytes, bytes]]:
        rows = GuestLink.objects.filter(merchant=self._merchant, guest__in=guests, in_members=True)
        return {(bytes(guest), bytes(one)) for guest, one in rows.values_list("guest", "fingerprint")}

    def _programs_of(self, keys: Iterable[bytes]) -> dict[bytes, str]:
        """Return the programs of rewards that an earlier file of programs named."""
        rows = UsedReward.objects.filter(merchant=self._merchant, key__in=set(keys)).exclude(program_uid="")
        return {bytes(key): uid for key, uid in rows.values_list("key", "program_uid")}

    def _key_of(self, row: SimpleRow, guest: bytes) -> bytes:
        return self._prints.of(kind="simple row", value=f"{guest.hex()} {row.at.isoformat() if row.at else ''}")

    def _write(
        self,
        model: type[Any],
        given: dict[bytes, tuple[Any, ...]],
        columns: dict[str, str],
        *,
        seen: dict[bytes, datetime] | None = None,
    ) -> int:
        """Write rows by their keys; return how many were new or different.

        What may still be settled is written anew, so that the later row counts in whatever order rows come.
        """
        rows = model.objects.filter(merchant=self._merchant, key__in=given)
        known = {bytes(key): tuple(map(_plain, rest)) for key, *rest in rows.values_list("key", *columns)}
        is_ranked = "rank" in columns
        written = [
            (self._merchant.pk, key, *row, (seen or {}).get(key, self._at))
            for key, row in sorted(given.items())
            if known.get(key) != row or (is_ranked and row[-1] == AUTHORIZED)
        ]
        kinds = {"merchant_id": "int8", "key": "bytea", **columns, "seen_at": "timestamptz"}
        newer = ("rank", "seen_at") if is_ranked else ("seen_at",)
        upsert(model, columns=kinds, key=("merchant_id", "key"), newer=newer, rows=written)
        return sum(known.get(key) != row for key, row in given.items())


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
