from __future__ import annotations

import pytest
from django.db import InterfaceError, OperationalError, connection

from engine.models import WorkerBeat
from engine.outages import ride_out


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_whoever_waits_looks_again_when_the_database_is_back(error):
    def look():
        raise error

    assert ride_out(look, otherwise=-1) == -1
    assert connection.connection is None
    assert ride_out(WorkerBeat.objects.count, otherwise=-1) == 0


def test_any_other_error_is_told():
    def look():
        raise KeyError

    with pytest.raises(KeyError):
        ride_out(look, otherwise=None)
