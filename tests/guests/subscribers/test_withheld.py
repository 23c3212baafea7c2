"""A stop during the wait for the rate limit: no subscriber leaves."""

import pytest
from django.utils import timezone

from campaigns import halts
from guests.models import Subscriber
from issuance.jobs import holds
from partner_api.pacing.governor import Admission
from tests.support.guests.subscriber_desk import at_the_sandbox, confirm, from_file, run_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["one merchant", "all merchants"])
def stopped(request, client, at_thanx, monkeypatch):
    """Whose sending was stopped while the first call of a list waited: one merchant's, or that of all (None)."""
    merchant = at_thanx.merchant if request.param == "one merchant" else None
    confirm(client, from_file(client, at_thanx, "email\nana@example.com\nbo@example.com\n"))
    wait = Admission.wait

    def stopped_meanwhile(admission):
        wait(admission)
        if not halts.is_halted(at_thanx.merchant.pk):
            halts.stop(merchant=merchant, by=at_thanx.user, at=timezone.now(), reason="Wrong list")

    with monkeypatch.context() as patched:
        patched.setattr(Admission, "wait", stopped_meanwhile)
        run_all()
    return merchant


def test_a_stop_during_the_wait_lets_no_subscriber_leave(sandbox, stopped):
    assert at_the_sandbox(sandbox) == {}
    assert set(Subscriber.objects.values_list("standing", flat=True)) == {Subscriber.Standing.WAITING}


def test_they_are_sent_once_the_stop_is_lifted(sandbox, at_thanx, stopped, forward):
    holds.let_sending_go_on(merchant=stopped, by=at_thanx.user, at=timezone.now())
    forward(minutes=2)
    run_all()

    assert [one["times"] for one in sandbox.guests()["subscribers"]] == [1, 1]
