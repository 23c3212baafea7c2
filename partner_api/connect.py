"""Makes the clients of Thanx and Capillary from the settings. No other module reads these settings."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils import timezone

from partner_api.calls import capillary as capillary_api
from partner_api.calls.caller import ThanxHost
from partner_api.calls.client import ThanxClient
from partner_api.calls.transport import new_session
from partner_api.configuration import (
    PRODUCTION_HOST,
    THANX_PER_QUARTER_HOUR,
    THANX_PER_SECOND,
    CapillaryConfiguration,
    Configuration,
    is_loopback,
    malformed,
)
from partner_api.errors import NotConfigured
from partner_api.exchange_log import GovernedExchangeLog, answers_good_until
from partner_api.models import Belonging, Exchange
from partner_api.pacing.governor import Budget, Governor
from partner_api.priority import Priority

__all__ = [
    "Environment",
    "Priority",
    "budget",
    "capillary",
    "capillary_configuration",
    "configuration",
    "environment",
    "good_until",
    "is_configured",
    "merchants",
    "remedy",
    "thanx",
]

THIS_MACHINE = "localhost"

# A page may wait for a slot, but a user does not wait for a minute.
LONGEST_WAIT_OF_A_USER = timedelta(seconds=10)
# The rest of the lease is for the request itself and for recording its answer.
WAIT_PER_LEASE = 5 / 6

_of_this_thread = threading.local()


@dataclass(frozen=True, slots=True)
class Environment:
    """The Thanx environment that this installation uses, for the badge on every page."""

    label: Literal["SANDBOX", "PRODUCTION", "NOT CONNECTED"]
    host: str
    is_local: bool


def configuration() -> Configuration:
    """Return the settings of the connection as they are, complete or not."""
    return Configuration(
        url=settings.THANX_API_URL,
        client_id=settings.THANX_CLIENT_ID,
        token=settings.THANX_ACCESS_TOKEN,
        partner=settings.THANX_PARTNER_NAME,
        per_second=settings.THANX_RATE_PER_SECOND,
        per_quarter_hour=settings.THANX_RATE_PER_15_MINUTES,
        means_production=settings.THANX_PRODUCTION,
    )


def remedy() -> str:
    """Return what to do before this installation can call Thanx; '' if it can."""
    found = configuration()
    if found.missing:
        return f"Set {' and '.join(found.missing)} in the environment and restart the portal."
    return " ".join(malformed(found))


def is_configured() -> bool:
    """Return whether there is a complete credential. Thanx may still refuse it."""
    return not remedy()


def environment() -> Environment:
    """Return the environment. Every host except Thanx's production host counts as a sandbox."""
    found = configuration()
    label: Literal["SANDBOX", "PRODUCTION"] = "PRODUCTION" if found.host == PRODUCTION_HOST else "SANDBOX"
    return Environment(label=label if is_configured() else "NOT CONNECTED", host=found.host, is_local=found.is_local)


def environment_name() -> str:
    """Return the name under which this environment is stored; '' without one. On this machine the port is ignored."""
    found = environment()
    return THIS_MACHINE if found.is_local else found.host


def remember_environment(*, at: datetime) -> None:
    """Store that this database holds the objects of this environment, unless it already holds another's."""
    Belonging.objects.get_or_create(pk=1, defaults={"environment": environment_name(), "since": at})


def other_environment() -> str:
    """Return the other environment whose objects this database holds; '' if there is none.

    An id of one environment is unknown or another object in the next one, so nothing is sent at all.
    """
    found = Belonging.objects.exclude(environment=environment_name()).values_list("environment", flat=True)
    return found.first() or ""


def thanx(
    *,
    priority: Priority,
    merchant: str,
    about: str = "",
    max_wait: timedelta | None = None,
    consent: Callable[[], bool] | None = None,
    spares_repeats: bool = False,
) -> ThanxClient:
    """Return a client for one purpose, for use in this thread. Raises NotConfigured with the remedy.

    `merchant` is Thanx's id of the merchant whose share of the budget the calls use, "" for the credential's own calls.
    `about` is recorded in the exchange log (`batch:12`). If the next free time is further ahead than `max_wait`, the
    call raises NotSent with that time as `not_before`. `max_wait` defaults to a little less than a worker's lease, and
    to ten seconds for a user's action. `consent` is called when the reserved time has come; if it returns False, the
    call raises Withheld. With `spares_repeats`, for buttons, a read with an answer from the last minute is not sent
    and raises AnsweredAlready.
    """
    problem = remedy()
    if problem:
        raise NotConfigured(remedy=problem)
    other = other_environment()
    if other:
        raise NotConfigured(remedy=f"This database belongs to {other}. Use one database for each Thanx environment.")
    found = configuration()
    log = GovernedExchangeLog(
        governor=_governor(found),
        host=found.host,
        priority=priority,
        about=about,
        merchant=merchant,
        max_wait=_longest_wait(priority) if max_wait is None else max_wait,
        consent=consent,
        spares_repeats=timezone.now if spares_repeats else None,
    )
    return ThanxClient(
        host=_host(found), exchange_log=log, session=_session(found.url, loopback=found.is_local), clock=timezone.now
    )


def good_until(*, about: Collection[str], at: datetime) -> datetime | None:
    """Return until when the latest answer to a read for one of these purposes is good; None if none is.

    Until then the same read would be a needless repeat.
    """
    return answers_good_until(Exchange.objects.filter(host=environment().host, about__in=about), at=at)


def capillary_configuration() -> CapillaryConfiguration:
    """Return the settings of the connection to Capillary as they are, complete or not."""
    return CapillaryConfiguration(
        urls=tuple(settings.CAPILLARY_URL),
        username=settings.CAPILLARY_USERNAME,
        password=settings.CAPILLARY_PASSWORD,
        token=settings.CAPILLARY_TOKEN,
    )


def capillary(*, host: str = "", about: str = "", merchant: str = "") -> capillary_api.CapillaryClient:
    """Return a client of Capillary for a user's look-up. `host` names one of the regions, '' means the default.

    Raises NotConfigured with the remedy, also for a host outside the settings.
    """
    found = capillary_configuration()
    name = host or next(iter(found.hosts), "")
    problem = found.remedy or ("" if name in found.hosts else "CAPILLARY_URL does not name this host.")
    if problem:
        raise NotConfigured(remedy=problem)
    url = found.hosts[name]
    log = GovernedExchangeLog(
        governor=_governor_of_capillary(name),
        host=name,
        priority=Priority.USER_ACTION,
        about=about,
        merchant=merchant,
        max_wait=LONGEST_WAIT_OF_A_USER,
    )
    where = capillary_api.CapillaryHost(
        url=url,
        username=found.username,
        password=found.password,
        token=found.token,
        partner=settings.THANX_PARTNER_NAME,
        connect_seconds=settings.THANX_CONNECT_SECONDS,
        read_seconds=settings.THANX_READ_SECONDS,
    )
    session = _session(url, loopback=is_loopback(urlsplit(url).hostname or ""))
    return capillary_api.CapillaryClient(host=where, exchange_log=log, session=session, clock=timezone.now)


def budget() -> Budget | None:
    """Return how much of the credential's budget is used; None without a credential."""
    return _governor(configuration()).budget() if is_configured() else None


def merchants() -> int:
    """Return for how many merchants calls were made in the last 15 minutes; 0 without a credential."""
    return _governor(configuration()).merchants() if is_configured() else 0


def _host(found: Configuration) -> ThanxHost:
    return ThanxHost(
        url=found.url,
        client_id=found.client_id,
        token=found.token,
        partner=found.partner,
        connect_seconds=settings.THANX_CONNECT_SECONDS,
        read_seconds=settings.THANX_READ_SECONDS,
    )


def _governor(found: Configuration) -> Governor:
    # One budget per credential: two installations with one credential must share the database, too.
    credential = sha256(found.client_id.encode()).hexdigest()[:12]
    return Governor(
        name=f"{found.host} {credential}",
        per_second=found.per_second,
        per_quarter_hour=found.per_quarter_hour,
        identical_reads_apart=settings.THANX_IDENTICAL_READS_APART,
    )


def _governor_of_capillary(host: str) -> Governor:
    # Capillary publishes no limit; Thanx's is moderate.
    return Governor(
        name=f"{host} capillary",
        per_second=THANX_PER_SECOND,
        per_quarter_hour=THANX_PER_QUARTER_HOUR,
        identical_reads_apart=settings.THANX_IDENTICAL_READS_APART,
    )


def _session(url: str, *, loopback: bool) -> requests.Session:
    """Return this thread's session, whose connections the next client uses again."""
    sessions: dict[str, requests.Session] = _of_this_thread.__dict__.setdefault("sessions", {})
    if url not in sessions:
        sessions[url] = new_session(loopback=loopback)
    return sessions[url]


def _longest_wait(priority: Priority) -> timedelta:
    of_a_lease: timedelta = settings.ENGINE_LEASE * WAIT_PER_LEASE
    return min(of_a_lease, LONGEST_WAIT_OF_A_USER) if priority is Priority.USER_ACTION else of_a_lease
