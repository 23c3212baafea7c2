import pytest
from django.db import InterfaceError, OperationalError, connection

from engine.models import WorkerBeat
from engine.outages import tolerate_outage


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_an_outage_gives_the_default_and_the_next_query_reconnects(error):
    def query():
        raise error

    assert tolerate_outage(query, otherwise=-1) == -1
    assert connection.connection is None
    assert tolerate_outage(WorkerBeat.objects.count, otherwise=-1) == 0


def test_any_other_error_is_raised():
    def query():
        raise KeyError

    with pytest.raises(KeyError):
        tolerate_outage(query, otherwise=None)
