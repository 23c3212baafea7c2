"""A process that shares one governor with others.

It prints `ready`, waits for a line, sends as fast as it may for some seconds, and prints the times.
"""

import json
import sys
import threading
import time
from datetime import timedelta

import django

PER_SECOND = 20


def main(*, seconds: float, threads: int) -> None:
    django.setup()
    _warm_up()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sent: list[float] = []
    running = [threading.Thread(target=send, args=(sent, time.time() + seconds)) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    sys.stdout.write(f"{json.dumps(sent)}\n")


def _warm_up() -> None:
    """Import and connect before anything is measured: on a busy machine that takes longer than many requests."""
    from django.db import connection

    from partner_api.pacing.governor import Governor

    Governor(name="shared", per_second=PER_SECOND, per_quarter_hour=2000).budget()
    connection.close()


def send(sent: list[float], until: float) -> None:
    from django.db import connection

    from partner_api.pacing.governor import Governor
    from partner_api.priority import Priority

    governor = Governor(name="shared", per_second=PER_SECOND, per_quarter_hour=2000)
    while time.time() < until:
        governor.admit(priority=Priority.SUBMISSION, max_wait=timedelta(seconds=30)).wait()
        sent.append(time.time())
    connection.close()


if __name__ == "__main__":
    main(seconds=float(sys.argv[1]), threads=int(sys.argv[2]))
