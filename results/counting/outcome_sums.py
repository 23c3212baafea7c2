"""The queries behind a result: what the guests of one issuance did, by arm. Guest by guest only inside the database.

Each query joins a recipient's fingerprint with the ids that are known of the person, and these with what was counted.
Guests in two arms are left out of all but their own count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from issuance.models import Batch, IssuedReward, Recipient
from results.models import GuestLink, UsedReward, Visit

AT_ONCE = 10_000


@dataclass(frozen=True, kw_only=True)
class Window:
    """One issuance's guests and the time in which their visits count."""

    merchant_id: int
    issuance_id: int
    earlier: Sequence[int]
    lookback: datetime
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class GuestGroup:
    """Guests of one arm who did the same: visits and cents in the window, and in the look-back before it."""

    variant_id: int
    found: bool
    visits: int
    cents: int
    visits_before: int
    cents_before: int
    guests: int


def _names() -> dict[str, str]:
    quoted = connection.ops.quote_name
    models = {"recipient": Recipient, "batch": Batch, "known": GuestLink, "visit": Visit, "used": UsedReward}
    return {name: quoted(model._meta.db_table) for name, model in {**models, "issued": IssuedReward}.items()}


_NOT_EARLIER = """AND NOT EXISTS (SELECT 1 FROM {recipient} e JOIN {batch} eb ON eb.id = e.batch_id
    WHERE e.fingerprint = r.fingerprint AND eb.issuance_id IN ({earlier}))"""

_DOUBLE = """SELECT k.fingerprint FROM {known} k WHERE k.merchant_id = %s AND k.guest IN (
    SELECT d.guest FROM {recipient} r JOIN {batch} b ON b.id = r.batch_id
    JOIN {known} d ON d.merchant_id = %s AND d.fingerprint = r.fingerprint
    WHERE b.issuance_id IN ({population}) GROUP BY d.guest HAVING COUNT(DISTINCT b.variant_id) > 1)"""

_GROUPS = """SELECT variant_id, found, visits, cents, visits_before, cents_before, COUNT(*) FROM (
    SELECT b.variant_id AS variant_id, MAX(CASE WHEN k.in_members THEN 1 ELSE 0 END) AS found,
        COALESCE(SUM(CASE WHEN v.at IS NULL OR v.at >= %s THEN v.visits END), 0) AS visits,
        COALESCE(SUM(CASE WHEN v.at IS NULL OR v.at >= %s THEN v.cents END), 0) AS cents,
        COALESCE(SUM(CASE WHEN v.at < %s THEN v.visits END), 0) AS visits_before,
        COALESCE(SUM(CASE WHEN v.at < %s THEN v.cents END), 0) AS cents_before
    FROM {recipient} r JOIN {batch} b ON b.id = r.batch_id
    LEFT JOIN {known} k ON k.merchant_id = %s AND k.fingerprint = r.fingerprint
    LEFT JOIN {visit} v ON v.merchant_id = %s AND v.guest = k.guest
        AND ((v.at >= %s AND v.at < %s) OR (v.at IS NULL AND v.seen_at >= %s))
    WHERE b.issuance_id = %s AND LENGTH(r.fingerprint) > 0 {not_earlier} {not_double}
    GROUP BY r.id, b.variant_id) guests
GROUP BY variant_id, found, visits, cents, visits_before, cents_before"""

_ASSIGNED = """SELECT b.variant_id, COUNT(*) FROM {recipient} r JOIN {batch} b ON b.id = r.batch_id
    WHERE b.issuance_id = %s AND LENGTH(r.fingerprint) > 0 {not_earlier} {only_double} GROUP BY b.variant_id"""

_DAYS = """SELECT b.variant_id, {day} AS day, SUM(v.visits) FROM {recipient} r JOIN {batch} b ON b.id = r.batch_id
    JOIN {known} k ON k.merchant_id = %s AND k.fingerprint = r.fingerprint
    JOIN {visit} v ON v.merchant_id = %s AND v.guest = k.guest AND v.at >= %s AND v.at < %s
    WHERE b.issuance_id = %s {not_earlier} {not_double} GROUP BY 1, 2"""

_USED = """SELECT variant_id, COUNT(*), SUM(cents), SUM(CASE WHEN cents IS NULL THEN 1 ELSE 0 END) FROM (
    SELECT u.id AS id, b.variant_id AS variant_id, u.cents AS cents FROM {used} u
    JOIN {known} k ON k.merchant_id = u.merchant_id AND k.guest = u.guest
    JOIN {recipient} r ON r.fingerprint = k.fingerprint JOIN {batch} b ON b.id = r.batch_id
    WHERE u.merchant_id = %s AND u.state = 'used' AND u.program_uid = %s AND b.variant_id IN ({variants})
    UNION
    SELECT u.id, b.variant_id, u.cents FROM {used} u JOIN {issued} i ON i.reward_id = u.reward_uid
    JOIN {batch} b ON b.id = i.batch_id
    WHERE u.merchant_id = %s AND u.state = 'used' AND u.reward_uid <> '' AND b.variant_id IN ({variants})) rewards
GROUP BY variant_id"""


def doubles(merchant_id: int, population: Sequence[int]) -> bool:
    """Whether a person is known to be in two arms, under two identifiers."""
    return next(_rows(f"{_double(population)} LIMIT 1", [merchant_id, merchant_id]), None) is not None


def groups(window: Window, *, without: Sequence[int] = ()) -> Iterator[GuestGroup]:
    """Yield the guests of an issuance, grouped by what they did, without those in two arms of `without`."""
    sql = _GROUPS.format(**_names(), not_earlier=_not_earlier(window), not_double=_not_double(without))
    merchant, start = window.merchant_id, window.start
    params = [start, start, start, start, merchant, merchant, window.lookback, window.end, start, window.issuance_id]
    for variant_id, found, *numbers in _rows(sql, [*params, *_double_params(merchant, without)]):
        visits, cents, visits_before, cents_before, guests = map(int, numbers)
        yield GuestGroup(
            variant_id=variant_id,
            found=bool(found),
            visits=visits,
            cents=cents,
            visits_before=visits_before,
            cents_before=cents_before,
            guests=guests,
        )


def assigned(window: Window, *, only_double: Sequence[int] = ()) -> dict[int, int]:
    """Return how many guests each arm got; with `only_double`, how many of them are in another arm, too."""
    double = f"AND r.fingerprint IN ({_double(only_double)})" if only_double else ""
    sql = _ASSIGNED.format(**_names(), not_earlier=_not_earlier(window), only_double=double)
    return dict(_rows(sql, [window.issuance_id, *_double_params(window.merchant_id, only_double)]))


def visits_by_day(window: Window, *, without: Sequence[int] = ()) -> Iterator[tuple[int, int, int]]:
    """Yield arm, day after the start from 0, and visits on it."""
    is_postgres = connection.vendor == "postgresql"
    passed = (
        "EXTRACT(EPOCH FROM (v.at - %s::timestamptz)) / 86400" if is_postgres else "julianday(v.at) - julianday(%s)"
    )
    day = f"CAST(FLOOR({passed}) AS INTEGER)" if is_postgres else f"CAST({passed} AS INTEGER)"
    sql = _DAYS.format(**_names(), day=day, not_earlier=_not_earlier(window), not_double=_not_double(without))
    merchant, start = window.merchant_id, window.start
    params = [start, merchant, merchant, start, window.end, window.issuance_id, *_double_params(merchant, without)]
    for variant_id, place, visits in _rows(sql, params):
        yield variant_id, int(place), int(visits)


def used_rewards(merchant_id: int, *, program_uid: str, variants: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """Return for each arm its used rewards, what they cost in cents, and how many of them name no cost."""
    sql = _USED.format(**_names(), variants=_list(variants))
    rows = _rows(sql, [merchant_id, program_uid, merchant_id])
    return {variant_id: (count, int(cents or 0), int(unpriced or 0)) for variant_id, count, cents, unpriced in rows}


def _rows(sql: str, params: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    adapted = [connection.ops.adapt_datetimefield_value(one) if isinstance(one, datetime) else one for one in params]
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, adapted)
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows


def _not_earlier(window: Window) -> str:
    return _NOT_EARLIER.format(**_names(), earlier=_list(window.earlier)) if window.earlier else ""


def _double(population: Sequence[int]) -> str:
    return _DOUBLE.format(**_names(), population=_list(population))


def _not_double(population: Sequence[int]) -> str:
    return f"AND r.fingerprint NOT IN ({_double(population)})" if population else ""


def _double_params(merchant_id: int, population: Sequence[int]) -> list[int]:
    return [merchant_id, merchant_id] if population else []


def _list(keys: Sequence[int]) -> str:
    return ", ".join(str(int(key)) for key in keys) or "NULL"
