"""A guest can be taken out of the daily batch until its issuance begins, and then chosen again."""

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from guests.models import Recovery
from guests.recovery.batch_step import advance_one_recovery_batch
from issuance.models import Issuance
from tests.support.guests.recoveries import prepare, recover, recovery_of, row_of, send, take_out

pytestmark = pytest.mark.django_db(transaction=True)
Standing = Recovery.Standing


def test_a_guest_taken_out_in_time_gets_nothing_and_can_be_queued_again(sandbox, client, bad, reward, forward):
    recover(client, bad, reward, when="daily")
    take_out(client, bad)
    forward(hours=24)
    prepare(forward)
    assert not Issuance.objects.exists()
    assert row_of(client, bad).may_recover

    recover(client, bad, reward)
    prepare(forward)
    send(forward)

    assert list(sandbox.times_issued().values()) == [1]
    assert AuditEntry.objects.filter(action="recovery taken out").count() == 1


@pytest.mark.parametrize("standing", [Standing.QUEUED, Standing.JOINED])
def test_no_guest_is_taken_out_of_a_batch_on_its_way(client, bad, reward, forward, standing):
    recover(client, bad, reward, when="daily")
    forward(hours=24)
    advance_one_recovery_batch(clock=timezone.now) if standing is Standing.QUEUED else prepare(forward)

    answer = take_out(client, bad)

    assert answer.status_code == 302
    assert recovery_of(bad).standing == standing
    assert recovery_of(bad).batch.issuance is not None
    assert not AuditEntry.objects.filter(action="recovery taken out").exists()
