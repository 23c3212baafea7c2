"""A process that uses up a small budget of 15 minutes and prints how much there was.

Its wall clock is wrong by some seconds; its steady clock is the machine's.
"""

import json
import sys
from datetime import timedelta
from typing import Any

import django

BUDGET = 8
PATIENCE = timedelta(seconds=5)


def main(*, wrong_by: float) -> None:
    django.setup()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    found = use_up(wrong_by=timedelta(seconds=wrong_by))
    sys.stdout.write(f"{json.dumps(found)}\n")
    sys.stdout.flush()
    sys.stdin.readline()


def use_up(*, wrong_by: timedelta) -> dict[str, Any]:
    from django.utils import timezone

    from partner_api.pacing.governor import Governor, TooFarAway
    from partner_api.priority import Priority

    def clock():
        return timezone.now() + wrong_by

    governor = Governor(name="restarted", per_second=5, per_quarter_hour=BUDGET, clock=clock)
    sent = 0
    try:
        while True:
            governor.admit(priority=Priority.USER_ACTION, max_wait=PATIENCE).wait()
            sent += 1
    except TooFarAway as refusal:
        return {"sent": sent, "seconds_ahead": (refusal.at - clock()).total_seconds()}


if __name__ == "__main__":
    main(wrong_by=float(sys.argv[1]))
