"""Lines of files of outcomes as typed rows, and which kind of file a header means. Pure.

Files are known by the names of their columns, whatever their case and order; columns that are not used are ignored.
Source: Thanx's bulk data, models memberships, purchases, rewards and programs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from results.outcome_files.outcome_cells import BadLine, OutcomeProblem, cents_of, moment_of, visits_of

REWARD_STATES = frozenset(
    {"active", "delivered", "fraudulent", "pending use", "pending_use", "refunded", "retired", "used"}
)
AUTHORIZED, SETTLED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRow:
    """A campaign or program, by its two ids."""

    program_id: str
    program_uid: str
    merchant_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A member: two ids at Thanx, an email address and a phone number."""

    user_id: str
    user_uid: str
    email: str = field(repr=False)
    phone: str = field(repr=False)
    merchant_id: str = ""
    merchant_uid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRow:
    """A purchase of a guest; `rank` says whether its amount is settled."""

    purchase_id: str
    user_id: str
    at: datetime
    cents: int
    rank: int
    merchant_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRow:
    """A reward of a guest, with what it cost where that is said. `at` is when it was used, else delivered."""

    reward_id: str
    reward_uid: str
    program_id: str
    user_id: str
    state: str
    cents: int | None
    used_at: datetime | None
    at: datetime | None
    expires_at: datetime | None
    merchant_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleRow:
    """What a list made by hand says of one guest."""

    email: str = field(repr=False)
    phone: str = field(repr=False)
    visits: int
    cents: int
    at: datetime | None


OutcomeRow = ProgramRow | MemberRow | PurchaseRow | RewardRow | SimpleRow
Cells = Callable[[str], str]
"""The cell of a line under a name; empty where there is no such column."""


def kind_of(columns: Sequence[str]) -> str | None:
    """Return what a file with these columns holds: a value of `FileKind`, None for something else."""
    names = {_canonical(name) for name in columns}
    if {"user_id", "purchased_at"} <= names and names & {"purchase_id", "purchase_uid"}:
        return "purchases"
    if {"user_id", "state"} <= names and names & {"reward_id", "reward_uid"}:
        return "rewards"
    if names & {"user_id", "user_uid"} and names & {"email", "phone"}:
        return "memberships"
    if {"program_id", "program_uid"} <= names:
        return "programs"
    return "simple" if names & {"email", "phone"} and names & {"visited", "amount"} else None


def reader_of(kind: str, columns: Sequence[str]) -> Callable[[Sequence[str]], OutcomeRow]:
    """Return what reads a line of such a file. It raises BadLine."""
    places = {_canonical(name): place for place, name in reversed(list(enumerate(columns)))}
    read = _READERS[kind]

    def row_of(cells: Sequence[str]) -> OutcomeRow:
        width = len(cells)

        def cell(name: str) -> str:
            place = places.get(name, width)
            return cells[place].strip() if place < width else ""

        return read(cell, places)

    return row_of


def _canonical(name: str) -> str:
    return name.strip().lower().replace("-", "").replace(" ", "_")


def _program(cell: Cells, _: Mapping[str, int]) -> ProgramRow:
    program_id = _required(cell("program_id"))
    return ProgramRow(program_id=program_id, program_uid=cell("program_uid"), merchant_id=cell("merchant_id"))


def _member(cell: Cells, _: Mapping[str, int]) -> MemberRow:
    _required(cell("user_id") or cell("user_uid"))
    return MemberRow(
        user_id=cell("user_id"),
        user_uid=cell("user_uid"),
        email=cell("email"),
        phone=cell("phone"),
        merchant_id=cell("merchant_id"),
        merchant_uid=cell("merchant_uid"),
    )


def _purchase(cell: Cells, _: Mapping[str, int]) -> PurchaseRow:
    settled, authorized = cents_of(cell("settlement_amount")), cents_of(cell("authorization_amount"))
    cents = settled if settled is not None else authorized
    if cents is None:
        raise BadLine(OutcomeProblem.AMOUNT)
    at = moment_of(cell("purchased_at"), in_utc=True)
    if at is None:
        raise BadLine(OutcomeProblem.TIME)
    return PurchaseRow(
        purchase_id=_required(cell("purchase_uid") or cell("purchase_id")),
        user_id=cell("user_id"),
        at=at,
        cents=cents,
        rank=AUTHORIZED if settled is None else SETTLED,
        merchant_id=cell("merchant_id"),
    )


def _reward(cell: Cells, _: Mapping[str, int]) -> RewardRow:
    state = cell("state").lower()
    if state not in REWARD_STATES:
        raise BadLine(OutcomeProblem.STATE)
    used_at = moment_of(cell("used_at"), in_utc=True)
    return RewardRow(
        reward_id=_required(cell("reward_uid") or cell("reward_id")),
        reward_uid=cell("reward_uid"),
        program_id=cell("program_id"),
        user_id=cell("user_id"),
        state=state,
        cents=cents_of(cell("estimated_cost")),
        used_at=used_at,
        at=used_at or moment_of(cell("delivered_at"), in_utc=True),
        expires_at=moment_of(cell("expiration_at"), in_utc=True),
        merchant_id=cell("merchant_id"),
    )


def _simple(cell: Cells, places: Mapping[str, int]) -> SimpleRow:
    cents = cents_of(cell("amount"))
    visits = visits_of(cell("visited")) if "visited" in places else int(cents is not None and cents > 0)
    at = moment_of(cell("at"), in_utc=False)
    if "at" in places and at is None:
        raise BadLine(OutcomeProblem.TIME)
    return SimpleRow(email=cell("email"), phone=cell("phone"), visits=visits, cents=cents or 0, at=at)


def _required(text: str) -> str:
    if not text:
        raise BadLine(OutcomeProblem.NO_ID)
    return text


_READERS: Mapping[str, Callable[[Cells, Mapping[str, int]], OutcomeRow]] = {
    "programs": _program,
    "memberships": _member,
    "purchases": _purchase,
    "rewards": _reward,
    "simple": _simple,
}
