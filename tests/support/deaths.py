"""A worker that dies at any one statement of what it does: nothing catches it, and what was not committed never was.

Between two statements lies whatever else is done, a request to Thanx among it: dying at the next statement is dying
after that, and dying at the last before it is dying too early. So all statements in turn are all instants that matter.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection


class Died(BaseException):
    """The end of a worker, which nothing catches."""


def writes(statement: str) -> bool:
    """Whether a statement may change what is kept: dying between two looks is dying before the next change."""
    return not statement.lstrip().startswith("SELECT")


class Statements:
    """Lets so many statements pass. A dead process asks for nothing more."""

    def __init__(self, spared: int, counts: Callable[[str], bool]) -> None:
        self._spared, self._counts = spared, counts

    def __call__(self, execute: Callable[..., Any], sql: str, *asked: Any) -> Any:
        if self._counts(sql):
            if self._spared == 0:
                raise Died
            self._spared -= 1
        return execute(sql, *asked)


def survives(act: Callable[[], object], *, spared: int, counts: Callable[[str], bool] = lambda _: True) -> bool:
    """Do something that dies after so many statements, or those that count. Return whether it came to its end."""
    try:
        with connection.execute_wrapper(Statements(spared, counts)):
            act()
    except Died:
        connection.close()  # the database ends what the dead had begun
        return False
    return True


def lives() -> Iterator[int]:
    """Yield how many statements each life lasts; the caller ends when one was long enough."""
    return itertools.count()
