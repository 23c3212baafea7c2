"""The client alone, for a Python shell or a script: without the portal, its database and its settings.

It paces this one client as the portal's governor paces all processes: it keeps both windows, repeats no read at once
and waits out a 429. With the portal's own credential use `partner_api.connect` instead: the budget is shared.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from partner_api import errors
from partner_api.calls.caller import ThanxHost
from partner_api.calls.client import ThanxClient
from partner_api.calls.transport import new_session
from partner_api.configuration import THANX_PER_QUARTER_HOUR, THANX_PER_SECOND, Configuration, malformed
from partner_api.pacing import windows
from partner_api.wire import Call

PAUSE = timedelta(minutes=1)
"""The pause after a 429 without Retry-After."""


def client(
    *, url: str, client_id: str, token: str, partner: str = "thanx-portal", production: bool = False
) -> ThanxClient:
    """Return a client that paces itself. Not to be shared between threads.

    Every method that is no read changes something at Thanx, with `production` for real guests; without it Thanx's
    production host is refused. Raises NotConfigured with the remedy.
    """
    found = Configuration(
        url=url,
        client_id=client_id,
        token=token,
        partner=partner,
        per_second=THANX_PER_SECOND,
        per_quarter_hour=THANX_PER_QUARTER_HOUR,
        means_production=production,
    )
    problems = [*(f"{name} is missing." for name in found.missing), *malformed(found)]
    if problems:
        raise errors.NotConfigured(remedy=" ".join(problems))
    host = ThanxHost(url=url, client_id=client_id, token=token, partner=partner)
    session = new_session(loopback=found.is_local)
    return ThanxClient(host=host, exchange_log=PacedExchangeLog(), session=session, clock=_now)


class PacedExchangeLog:
    """Remembers when the calls of one process were sent, and sends the next when both windows allow it."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] | None = None,
        steady: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._clock, self._steady, self._sleep = clock or _now, steady, sleep
        self._granted: list[datetime] = []
        self._read_at: dict[str, datetime] = {}
        self._answered: list[str] = []
        self._paused_until = self._now()

    def open(self, *, call: Call, header_names: Sequence[str]) -> "_Exchange":  # noqa: ARG002 - of the protocol
        """Wait until the call may be sent."""
        now = self._now()
        self._granted = [at for at in self._granted if now - at < windows.QUARTER_HOUR]
        self._read_at = {target: at for target, at in self._read_at.items() if now - at < windows.QUARTER_HOUR}
        at = self._earliest(call, now=now)
        self._granted.append(at)
        if call.reads:
            self._read_at[call.target] = at
        if at > now:
            self._sleep((at - now).total_seconds())
        return _Exchange(log=self, template=call.template)

    def answered(self, *, templates: Sequence[str]) -> str | None:
        """Return which of these paths answered last, None if none ever did."""
        return next((template for template in reversed(self._answered) if template in templates), None)

    def close(self, *, template: str, error: errors.PartnerError | None) -> None:
        """Note how a call ended."""
        if isinstance(error, errors.RateLimited):
            pause = error.not_before - self._clock() if error.not_before else PAUSE
            self._paused_until = max(self._paused_until, self._now() + pause)
        if error is None:
            self._answered = [*(one for one in self._answered if one != template), template]

    def _earliest(self, call: Call, *, now: datetime) -> datetime:
        at = max(now, self._paused_until)
        if call.reads and call.target in self._read_at:
            at = max(at, self._read_at[call.target] + windows.IDENTICAL_READS_APART)
        while True:
            in_second = windows.earliest(granted=self._granted, not_before=at, limit=THANX_PER_SECOND)
            later = windows.earliest(
                granted=self._granted, not_before=in_second, limit=THANX_PER_QUARTER_HOUR, window=windows.QUARTER_HOUR
            )
            if later == at:
                return at
            at = later

    def _now(self) -> datetime:
        """Return a time that cannot be set. Only differences between such times have a meaning."""
        return datetime.fromtimestamp(0, tz=UTC) + timedelta(seconds=self._steady())


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One call, from before it is sent."""

    log: PacedExchangeLog
    template: str

    def close(self, *, status: int | None, error: errors.PartnerError | None) -> None:  # noqa: ARG002 - of the protocol
        """Note how it ended."""
        self.log.close(template=self.template, error=error)


def _now() -> datetime:
    return datetime.now(UTC)
