"""The guests of the merchants: a list of thousands for each, the same at every start, and all other members.

A guest is found here if and only if a reward can be issued to them: both use `failure_of`. With `members_only` only
listed guests are members; without it all that `failure_of` accepts, so that rewards can be issued to any file.
"""

import csv
import random
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sandbox.models import iso8601
from sandbox.options import Options
from sandbox.store import Store
from sandbox.world.catalog import Merchant, opaque_id
from sandbox.world.failing_identifiers import NOT_FOUND, failure_of, is_email, is_phone

DAY = 86_400.0


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TIERS = (("Regular", 0), ("Silver", 500), ("Gold", 2_000), ("Platinum", 6_000))
FIRST = _words(
    "Ana Bruno Chloé Dmitri Elif Fatima Grace Hugo Inês Jamal Keiko Liam María Noah Olivia Priya Quinn René Søren "
    "Tomás Uma Valentina Wei Ximena Yusuf Zoë Aoife Björn Cem Dolores Émile Farah Gwen Håkon Isla José Kwame Lucía "
    "Mateo Nadia"
)
LAST = _words(
    "Adeyemi Brown Castañeda D'Angelo Eriksson Fernández García Hernández Ivanova Johnson Kowalski Lefèvre Müller "
    "Nguyen O'Brien Peña Quiñones Rodríguez Smith Tanaka Usman Vasquez Williams Xu Yılmaz Zhang Bélanger Chen Diallo "
    "Evans Fuchs Gonçalves Iglesias Jiménez Khan López Martínez Ortiz Patel Sánchez Tran"
)
DOMAINS = ("example.com", "example.org", "example.net")
# Numbers of the form (area) 555-01xx are reserved for fiction in every area.
AREAS = (
    *(201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231),
    *(234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304, 305, 307),
    *(308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330, 331, 334, 336, 337, 339, 347),
)
WITHOUT_PHONE, WITHOUT_BIRTHDAY, WITHOUT_ZIP = 0.15, 0.2, 0.1


@dataclass(frozen=True, kw_only=True)
class Member:
    """One guest of one merchant. `joined_ago` and `updated_ago` are in seconds before the world began."""

    id: str
    email: str
    phone: str
    first_name: str
    last_name: str
    birth_date: tuple[int, int, int] | None
    zip_code: str
    joined_ago: float
    updated_ago: float
    points: int

    @property
    def tier(self) -> str:
        """The highest tier that the points reach."""
        return next(name for name, least in reversed(TIERS) if self.points >= least)


@dataclass(frozen=True, kw_only=True)
class MemberList:
    """The listed guests of one merchant, the longest unchanged first."""

    all: tuple[Member, ...]
    by_id: Mapping[str, Member]
    by_email: Mapping[str, Member]
    by_phone: Mapping[str, Member]


class MerchantMembers:
    """The members of one merchant under these options."""

    def __init__(self, *, merchant: Merchant, options: Options, store: Store) -> None:
        self._merchant_id = merchant.id
        self._options = options
        self._store = store
        zips = tuple(dict.fromkeys(location["zip"] for location in merchant.locations))
        self.listed = _member_list(
            merchant_id=merchant.id,
            zips=zips,
            seed=options.seed,
            share=options.failure_share,
            count=options.members,
            more=options.members_file,
        )

    def user_id(self, *, kind: str, value: str) -> str:
        """Return the id of the guest with this identifier, the same for e-mail and phone."""
        listed = self._listed(kind, value)
        return listed.id if listed else opaque_id("user", self._merchant_id, kind, value)

    def failure(self, *, kind: str, value: str) -> str | None:
        """Return why this guest gets no reward, or None."""
        if self._options.members_only and self._listed(kind, value) is None:
            return NOT_FOUND
        options = self._options
        return failure_of(
            kind=kind, value=value, merchant_id=self._merchant_id, seed=options.seed, share=options.failure_share
        )

    def named(self, *, kind: str, value: str) -> Member | None:
        """Return the guest with a well-formed identifier, or None. Their id is known from then on."""
        listed = self._listed(kind, value)
        if listed or self.failure(kind=kind, value=value) == NOT_FOUND:
            return listed
        found = _passing(self.user_id(kind=kind, value=value), kind=kind, value=value)
        self._store.guests.meet(merchant_id=self._merchant_id, user_id=found.id, kind=kind, value=value)
        return found

    def known(self, user_id: str) -> Member | None:
        """Return the guest with that id: listed, looked up before, or one who got a reward."""
        if user_id in self.listed.by_id:
            return self.listed.by_id[user_id]
        met = self._store.guests.met(merchant_id=self._merchant_id, user_id=user_id)
        kind, value = met or self._rewarded().get(user_id, ("", ""))
        return _passing(user_id, kind=kind, value=value) if value else None

    def _listed(self, kind: str, value: str) -> Member | None:
        return self.listed.by_email.get(value.lower()) if kind == "email" else self.listed.by_phone.get(value)

    def _rewarded(self) -> Mapping[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for job in self._store.jobs():
            if job.merchant_id == self._merchant_id:
                failed = {failure.index for failure in job.failures}
                for index, (kind, value) in enumerate(self._store.identifiers(job.id)):
                    if index not in failed:
                        found[self.user_id(kind=kind, value=value)] = kind, value
        return found


def user_document(member: Member, *, began: float, loyalty: bool) -> dict[str, Any]:
    """Return a guest as the API returns it."""
    year, month, day = member.birth_date or (None, None, None)
    user: dict[str, Any] = {
        "id": member.id,
        "email": member.email or None,
        "phone": member.phone or None,
        "first_name": member.first_name or None,
        "last_name": member.last_name or None,
        "birth_date": {"year": year, "month": month, "day": day} if member.birth_date else None,
        "zip_code": member.zip_code or None,
        "updated_at": iso8601(began - member.updated_ago),
    }
    if loyalty:
        user["loyalty"] = {
            "tier": member.tier,
            "points_balance": member.points,
            "user_joined_at": iso8601(began - member.joined_ago),
        }
    return user


def _passing(user_id: str, *, kind: str, value: str) -> Member:
    """Return a guest with nothing but an identifier."""
    return Member(
        id=user_id,
        email=value if kind == "email" else "",
        phone=value if kind == "phone" else "",
        first_name="",
        last_name="",
        birth_date=None,
        zip_code="",
        joined_ago=30 * DAY,
        updated_ago=30 * DAY,
        points=0,
    )


@lru_cache(maxsize=16)
def _member_list(
    *, merchant_id: str, zips: tuple[str, ...], seed: int, share: float, count: int, more: str
) -> MemberList:
    invented = _members(merchant_id, zips, seed, share, count)
    from_file = _members_of_file(more, merchant_id, zips, seed, share) if more else ()
    found = sorted([*invented, *from_file], key=lambda member: (-member.updated_ago, member.id))
    return MemberList(
        all=tuple(found),
        by_id={member.id: member for member in found},
        by_email={member.email: member for member in found if member.email},
        by_phone={member.phone: member for member in found if member.phone},
    )


def _members_of_file(path: str, merchant_id: str, zips: tuple[str, ...], seed: int, share: float) -> Iterator[Member]:
    """Yield the guests of a file as members, but for those who must fail as not found."""
    chance = random.Random(f"{seed}|{merchant_id}|file")  # noqa: S311 (invented people, no secret)
    with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123 (a path from the command line)
        for email, phone, first, last in csv.reader(file):
            kind, value = ("email", email) if email else ("phone", phone)
            draw: dict[str, Any] = {
                "kind": kind,
                "value": value,
                "merchant_id": merchant_id,
                "seed": seed,
                "share": share,
            }
            if failure_of(**draw) != NOT_FOUND:
                invented = _member(chance, merchant_id, zips, number=0, phone="")
                named: dict[str, Any] = {"email": email, "phone": phone, "first_name": first, "last_name": last}
                yield replace(invented, id=opaque_id("user", merchant_id, kind, value), **named)


def _members(merchant_id: str, zips: tuple[str, ...], seed: int, share: float, count: int) -> Iterator[Member]:
    chance = random.Random(f"{seed}|{merchant_id}")  # noqa: S311 (invented people, no secret)
    phones = [f"+1{area}55501{number:02}" for area in AREAS for number in range(100)]
    chance.shuffle(phones)

    def is_found(kind: str, value: str) -> bool:
        return failure_of(kind=kind, value=value, merchant_id=merchant_id, seed=seed, share=share) != NOT_FOUND

    left = count
    number = 0
    while left:
        member = _member(chance, merchant_id, zips, number=number, phone=phones[number % len(phones)])
        number += 1
        if is_found("email", member.email):
            left -= 1
            known_by_phone = member.phone and number <= len(phones) and is_found("phone", member.phone)
            yield member if known_by_phone else Member(**{**vars(member), "phone": ""})


def _member(chance: random.Random, merchant_id: str, zips: tuple[str, ...], *, number: int, phone: str) -> Member:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    email = f"{_plain(first)}.{_plain(last)}{number}@{chance.choice(DOMAINS)}"
    joined = chance.uniform(1, 900) * DAY
    return Member(
        id=opaque_id("user", merchant_id, "email", email),
        email=email,
        phone="" if chance.random() < WITHOUT_PHONE else phone,
        first_name=first,
        last_name=last,
        birth_date=None if chance.random() < WITHOUT_BIRTHDAY else _birthday(chance),
        zip_code="" if chance.random() < WITHOUT_ZIP else chance.choice(zips),
        joined_ago=joined,
        updated_ago=chance.uniform(0.01, joined / DAY) * DAY,
        points=int(chance.expovariate(1 / 900)),
    )


def _birthday(chance: random.Random) -> tuple[int, int, int]:
    return chance.randint(1950, 2006), chance.randint(1, 12), chance.randint(1, 28)


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("ı", "i"))
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha()).lower()


def is_well_formed(*, kind: str, value: str) -> bool:
    """Return whether the e-mail address or phone number is well-formed."""
    return is_email(value) if kind == "email" else is_phone(value)
