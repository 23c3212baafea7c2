"""A process that calls the sandbox as often as it may: a worker always, a web server every two seconds.

Its clock is an hour ahead as long as the file `forward` exists.
"""

import itertools
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import django
import requests

HOST = "http://127.0.0.1"
PER_SECOND = 10
PER_QUARTER_HOUR = 30
QUARTER_HOUR = timedelta(seconds=4)
THREADS_OF_A_WORKER = 6
SECONDS_BETWEEN_CLICKS = 2.0


def main(*, role: str, url: str, forward: Path) -> None:
    django.setup()
    from partner_api.calls.transport import new_session
    from partner_api.priority import Priority

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    until = time.monotonic() + float(sys.stdin.readline())
    if role == "web":
        session = new_session(loopback=True)
        while time.monotonic() < until:
            time.sleep(SECONDS_BETWEEN_CLICKS)
            ask(url, forward, session, Priority.USER_ACTION)
        return
    threads = [threading.Thread(target=work, args=(url, forward, until)) for _ in range(THREADS_OF_A_WORKER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def work(url: str, forward: Path, until: float) -> None:
    from django.db import connections

    from partner_api.calls.transport import new_session
    from partner_api.priority import Priority

    session = new_session(loopback=True)
    for priority in itertools.cycle([Priority.SUBMISSION, Priority.POLLING]):
        if time.monotonic() >= until:
            break
        ask(url, forward, session, priority)
    connections.close_all()


def ask(url: str, forward: Path, session: requests.Session, priority: int) -> None:
    """Ask for a campaign that does not exist, a different one each time."""
    from partner_api.errors import NotFound, RateLimited

    try:
        client(url, forward, session, priority).campaign(id=str(uuid4()))
    except (NotFound, RateLimited):  # the sandbox counts the latter
        return
    raise AssertionError("there is such a campaign")


def client(url: str, forward: Path, session: requests.Session, priority: int):
    from partner_api.calls.caller import ThanxHost
    from partner_api.calls.client import ThanxClient
    from partner_api.connect import Priority
    from partner_api.exchange_log import GovernedExchangeLog

    host = ThanxHost(url=url, client_id="sandbox-client", token="sandbox-token", partner="full-tilt")
    log = GovernedExchangeLog(
        governor=governor(clock_of(forward)),
        host=HOST,
        priority=Priority(priority),
        about="",
        merchant="",
        max_wait=timedelta(seconds=60),
    )
    return ThanxClient(host=host, exchange_log=log, session=session, clock=clock_of(forward))


def governor(clock: Callable):
    from partner_api.pacing.governor import Governor

    return Governor(
        name="full tilt",
        per_second=PER_SECOND,
        per_quarter_hour=PER_QUARTER_HOUR,
        quarter_hour=QUARTER_HOUR,
        clock=clock,
    )


def clock_of(forward: Path) -> Callable:
    from django.utils import timezone

    return lambda: timezone.now() + timedelta(hours=forward.exists())


if __name__ == "__main__":
    main(role=sys.argv[1], url=sys.argv[2], forward=Path(sys.argv[3]))
