"""How large the body of a request may become: the view at its address says so, and is asked before a file is read."""

from collections import Counter
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from django.urls import Resolver404, resolve

from accounts import large_bodies
from thanx_portal.http.asgi.answers import Answer, Stream
from thanx_portal.http.asgi.bodies import Arrivals, Body, BodyRefused

FILES_PER_USER = 2
FILES_AT_ONCE = 16
"""Files that may be arriving in one process."""


class NotNow(Exception):
    """The view does not take the body, and answers for itself: sign in first, not yours, no longer a draft."""

    def __init__(self, answer: Answer | Stream) -> None:
        super().__init__()
        self.answer = answer


class Files:
    """The files of guests that are arriving in this process."""

    def __init__(self, *, room: int) -> None:
        self.arrivals = Arrivals(room=room)
        self._of_user: Counter[str] = Counter()

    def begin(self, user: str) -> None:
        """Count one more file. Raises BodyRefused if there are enough."""
        if self._of_user[user] >= FILES_PER_USER or self._of_user.total() >= FILES_AT_ONCE:
            raise BodyRefused(HTTPStatus.SERVICE_UNAVAILABLE)
        self._of_user[user] += 1

    def end(self, user: str) -> None:
        self._of_user[user] -= 1
        if not self._of_user[user]:
            del self._of_user[user]


class Allowance:
    """How large the body of one request may become."""

    def __init__(self, body: Body, *, path: str, files: Files, ask: Callable[[], Awaitable[Answer | Stream]]) -> None:
        self._body = body
        self._path = path
        self._files = files
        self._ask = ask
        self._user: str | None = None

    async def most(self, size: int) -> int:
        """Return how large the body may become that has, or will have, this size. Raises BodyRefused and NotNow."""
        if size <= large_bodies.MOST:
            return large_bodies.MOST
        view = _view_at(self._path)
        if large_bodies.asks_first(view) and self._user is None:
            await self._pass_the_guard()
        largest = large_bodies.largest(view)
        if size > largest:
            raise BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return largest

    async def _pass_the_guard(self) -> None:
        answer = await self._ask()
        if answer.status != HTTPStatus.NO_CONTENT:
            raise NotNow(answer)
        user = dict(answer.headers)[large_bodies.USER]
        self._files.begin(user)
        self._user = user
        self._body.move_to(self._files.arrivals)

    def end(self) -> None:
        """Count the file no more."""
        if self._user is not None:
            self._files.end(self._user)


def _view_at(path: str) -> Callable[..., Any] | None:
    try:
        return resolve(path).func
    except Resolver404:
        return None
