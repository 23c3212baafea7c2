"""What the steps that call Thanx about guests do with their row when a call fails."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta

from engine.clock import Clock
from engine.leases import Leased, LeaseLost, finish
from guests.scopes import Scope
from partner_api import errors
from partner_api.error_codes import explained

LONGEST_PROBLEM = 200


@contextmanager
def row_put_off(
    row: Leased,
    *,
    scope: Scope,
    clock: Clock,
    try_again: timedelta,
    after_refusal: timedelta | None = None,
    facts: Callable[[], Mapping[str, object]] = dict,
) -> Iterator[None]:
    """Let the block call Thanx and finish the row. Where a call fails, finish the row to be due again later.

    After a refusal that is `after_refusal`, or never before a user acts (None), and the row's `problem` says why. The
    `scope` is the one that the calls need; `facts` are recorded with every failure. A row that another worker has
    claimed since is left to that worker.
    """
    with suppress(LeaseLost):
        try:
            yield
        except errors.Refused as error:
            problem = explained(error, scope=scope).advice[:LONGEST_PROBLEM]
            finish(row, due_at=clock() + after_refusal if after_refusal else None, problem=problem, **facts())
        except errors.PartnerError as error:
            finish(row, due_at=error.not_before or clock() + try_again, **facts())
