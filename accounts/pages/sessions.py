"""The sessions of one user: where they are signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings

from accounts.models import User
from ui.wording import counted

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
LONGEST_IN_HOURS = 48
SYSTEMS = ("Windows", "iPhone", "iPad", "Android", "Mac OS", "CrOS", "Linux")


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    """One browser in which the user is signed in."""

    pk: int
    device: str
    address: str
    since: datetime
    seen: datetime
    is_this: bool


@dataclass(frozen=True, kw_only=True)
class SessionsPage:
    """All sessions, the one that was used last first."""

    rows: Sequence[SessionRow]

    @property
    def lede(self) -> str:
        """When a session ends by itself."""
        idle, longest = _lasting(settings.SESSION_IDLE), _lasting(settings.SESSION_LONGEST)
        return f"A session ends by itself after {idle} without you, and after {longest} in any case."


def sessions_page(user: User, *, current: str) -> SessionsPage:
    """Return the page of a user, whose session at hand has the key `current`."""
    found = sorted(UserSession.objects.purge_and_list(user), key=lambda session: session.last_seen_at, reverse=True)
    return SessionsPage(rows=[_row(session, current=current) for session in found])


def device_of(user_agent: str) -> str:
    """Return the browser and the system that a User-Agent names, as far as it can be told."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "A browser")
    system = next((name for name in SYSTEMS if name in user_agent), "")
    return f"{browser} on {system}" if system else browser


def _row(session: UserSession, *, current: str) -> SessionRow:
    return SessionRow(
        pk=session.pk,
        device=device_of(session.user_agent),
        address=session.ip,
        since=session.created_at,
        seen=session.last_seen_at,
        is_this=session.session_key == current,
    )


def _lasting(time: timedelta) -> str:
    hours = time / timedelta(hours=1)
    if hours < 1:
        return counted(round(hours * 60), "minute")
    return counted(round(hours), "hour") if hours <= LONGEST_IN_HOURS else counted(round(hours / 24), "day")
