"""Sessions end after some time without a user, and after some time in any case."""

from datetime import UTC, datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from accounts.recent_sign_in import SIGNED_IN_AT

SEEN_AT = "seen_at"
NOTED_EVERY = timedelta(minutes=1)


def note_beginning(request: HttpRequest, *, at: datetime) -> None:
    """Note when a session began."""
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = at.timestamp()


def is_over(request: HttpRequest, *, at: datetime) -> bool:
    """Return whether the session has lasted too long, or too long without its user."""
    began, seen = _noted(request, SIGNED_IN_AT), _noted(request, SEEN_AT)
    if began is None or seen is None:
        return False  # it began before sessions were measured
    return at - began >= settings.SESSION_LONGEST or at - seen >= settings.SESSION_IDLE


def end_all(user: User) -> None:
    """Sign a user out everywhere."""
    for session in UserSession.objects.filter(user=user):
        session.end()


def note(request: HttpRequest, *, at: datetime) -> bool:
    """Note that the user is there, once a minute. Return whether it was time for that.

    A page that refreshes itself says nothing about its user.
    """
    htmx = getattr(request, "htmx", None)
    if htmx and not htmx.boosted and request.method == "GET":
        return False
    if _noted(request, SIGNED_IN_AT) is None:
        note_beginning(request, at=at)
    elif (seen := _noted(request, SEEN_AT)) is not None and at - seen < NOTED_EVERY:
        return False
    request.session[SEEN_AT] = at.timestamp()
    UserSession.objects.create_from_request(request)
    return True


def _noted(request: HttpRequest, key: str) -> datetime | None:
    found = request.session.get(key)
    return None if found is None else datetime.fromtimestamp(found, UTC)
