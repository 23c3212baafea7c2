"""The one place that reads the settings of the connections to Thanx and Capillary and hands out clients."""

from __future__ import annotations

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
from partner_api.calls.call import Host
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
from partner_api.exchange_log import GovernedLedger, answers_good_until
from partner_api.models import Belonging, Exchange
from partner_api.pacing.governor import Budget, Governor, Priority

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
    "remedy",
    "thanx",
]

THIS_MACHINE = "localhost"

# A page may wait for a place, but a person does not wait for a minute.
LONGEST_WAIT_OF_A_PERSON = timedelta(seconds=10)
# What is left of the lease must do for the request itself and for recording its answer.
WAIT_PER_LEASE = 5 / 6

_of_this_thread = threading.local()


@dataclass(frozen=True, slots=True)
class Environment:
    """Which Thanx this installation talks to, for the badge on every page."""

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
    """Return what to do before this installation can talk to Thanx; '' if it can."""
    found = configuration()
    if found.missing:
        return f"Set {' and '.join(found.missing)} in the environment and restart the portal."
    return " ".join(malformed(found))


def is_configured() -> bool:
    """Return whether there is a complete credential. Whether Thanx accepts it is another question."""
    return not remedy()


def environment() -> Environment:
    """Return which Thanx this is. Every host but Thanx's production host counts as a sandbox."""
    found = configuration()
    label: Literal["SANDBOX", "PRODUCTION"] = "PRODUCTION" if found.host == PRODUCTION_HOST else "SANDBOX"
    return Environment(label=label if is_configured() else "NOT CONNECTED", host=found.host, is_local=found.is_local)


def name_of_environment() -> str:
    """Return the name under which this Thanx is remembered; '' without one. On this machine any port is the same."""
    found = environment()
    return THIS_MACHINE if found.is_local else found.host


def belong(*, at: datetime) -> None:
    """Note that this database holds the objects of the Thanx that is in use, unless it holds another's."""
    Belonging.objects.get_or_create(pk=1, defaults={"environment": name_of_environment(), "since": at})


def elsewhere() -> str:
    """Return to which other Thanx this database belongs; '' if to the one in use, or to none yet.

    Ids of one environment mean nothing, or something else, in another: so nothing is sent at all.
    """
    found = Belonging.objects.exclude(environment=name_of_environment()).values_list("environment", flat=True)
    return found.first() or ""


def thanx(
    *,
    priority: Priority,
    about: str = "",
    max_wait: timedelta | None = None,
    consent: Callable[[], bool] | None = None,
    spares_repeats: bool = False,
) -> ThanxClient:
    """Return a client for one purpose, for use in this thread. Raises NotConfigured with the remedy.

    `about` goes into the ledger (`batch:12`). A moment further ahead than `max_wait` is not waited for: the call
    raises NotSent with that moment as `not_before`. By default that is a bit less than a worker's lease, and ten
    seconds for a user's action. `consent` is asked when the moment has come, since much may happen in a minute: without
    it the call raises Withheld. With `spares_repeats`, for what people press, a read whose answer is less than a minute
    old raises AnsweredAlready and is not sent.
    """
    problem = remedy()
    if problem:
        raise NotConfigured(remedy=problem)
    other = elsewhere()
    if other:
        raise NotConfigured(remedy=f"This database belongs to {other}. Use one database for each Thanx environment.")
    found = configuration()
    ledger = GovernedLedger(
        governor=_governor(found),
        host=found.host,
        priority=priority,
        about=about,
        max_wait=_longest_wait(priority) if max_wait is None else max_wait,
        consent=consent,
        spares_repeats=timezone.now if spares_repeats else None,
    )
    return ThanxClient(
        host=_host(found), ledger=ledger, session=_session(found.url, loopback=found.is_local), clock=timezone.now
    )


def good_until(*, about: Collection[str], at: datetime) -> datetime | None:
    """Return until when the latest answer to a read for one of these purposes is good, if it is at all by now.

    Reading the same before would be a needless repeat.
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


def capillary(*, host: str = "", about: str = "") -> capillary_api.CapillaryClient:
    """Return a client of Capillary for a person's look-up; `host` names one of the regions, '' means the usual one.

    Raises NotConfigured with the remedy, also for a host that the settings do not name.
    """
    found = capillary_configuration()
    name = host or next(iter(found.hosts), "")
    problem = found.remedy or ("" if name in found.hosts else "CAPILLARY_URL does not name this host.")
    if problem:
        raise NotConfigured(remedy=problem)
    url = found.hosts[name]
    ledger = GovernedLedger(
        governor=_governor_of_capillary(name),
        host=name,
        priority=Priority.USER_ACTION,
        about=about,
        max_wait=LONGEST_WAIT_OF_A_PERSON,
    )
    where = capillary_api.Host(
        url=url,
        username=found.username,
        password=found.password,
        token=found.token,
        partner=settings.THANX_PARTNER_NAME,
        connect_seconds=settings.THANX_CONNECT_SECONDS,
        read_seconds=settings.THANX_READ_SECONDS,
    )
    session = _session(url, loopback=is_loopback(urlsplit(url).hostname or ""))
    return capillary_api.CapillaryClient(host=where, ledger=ledger, session=session, clock=timezone.now)


def budget() -> Budget | None:
    """Return how much of the credential's budget is used; None while there is no credential."""
    return _governor(configuration()).budget() if is_configured() else None


def _host(found: Configuration) -> Host:
    return Host(
        url=found.url,
        client_id=found.client_id,
        token=found.token,
        partner=found.partner,
        connect_seconds=settings.THANX_CONNECT_SECONDS,
        read_seconds=settings.THANX_READ_SECONDS,
    )


def _governor(found: Configuration) -> Governor:
    # One budget per credential: two installations that share one must share the database, too.
    credential = sha256(found.client_id.encode()).hexdigest()[:12]
    return Governor(
        name=f"{found.host} {credential}",
        per_second=found.per_second,
        per_quarter_hour=found.per_quarter_hour,
        identical_reads_apart=settings.THANX_IDENTICAL_READS_APART,
    )


def _governor_of_capillary(host: str) -> Governor:
    # No limit is published there; what Thanx allows is polite anywhere.
    return Governor(
        name=f"{host} capillary",
        per_second=THANX_PER_SECOND,
        per_quarter_hour=THANX_PER_QUARTER_HOUR,
        identical_reads_apart=settings.THANX_IDENTICAL_READS_APART,
    )


def _session(url: str, *, loopback: bool) -> requests.Session:
    """Return this thread's session: its connections stay open from one client to the next."""
    sessions: dict[str, requests.Session] = _of_this_thread.__dict__.setdefault("sessions", {})
    if url not in sessions:
        sessions[url] = new_session(loopback=loopback)
    return sessions[url]


def _longest_wait(priority: Priority) -> timedelta:
    of_a_lease: timedelta = settings.ENGINE_LEASE * WAIT_PER_LEASE
    return min(of_a_lease, LONGEST_WAIT_OF_A_PERSON) if priority is Priority.USER_ACTION else of_a_lease
