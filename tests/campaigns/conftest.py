"""A clock to turn by hand, and a catalog read from the local Thanx."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from campaigns.catalog import refresh
from campaigns.catalog.credential import refresh_credential
from campaigns.models import Merchant

BURGERS = "bluebird-burger-bar"
TACOS = "senor-penos"


class HandClock:
    """Shows the time of its creation until a test turns it."""

    def __init__(self) -> None:
        self.at = timezone.now()

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **length: float) -> None:
        self.at += timedelta(**length)


def interrupted(clock: HandClock, event: Callable[[], object], *, at_reading: int) -> Callable[[], datetime]:
    """A clock that lets something happen when a step asks it for the n-th time."""
    readings = itertools.count(1)

    def read() -> datetime:
        if next(readings) == at_reading:
            event()
        return clock()

    return read


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def burgers(sandbox, db, clock) -> Merchant:
    """A merchant whose catalog has just been read; nothing else is due."""
    refresh_credential(clock=clock)
    Merchant.objects.exclude(handle=BURGERS).update(due_at=None)
    refresh.refresh_one_merchant(clock=clock)
    return Merchant.objects.get(handle=BURGERS)
