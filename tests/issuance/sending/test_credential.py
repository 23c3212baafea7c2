"""The first step that Thanx refuses the credential has it checked, so that every page can show the problem."""

from datetime import timedelta

import pytest

from campaigns.catalog.credential import current_host
from campaigns.models import Credential
from issuance.models import Batch
from issuance.states import BatchState
from tests.support.steps import poll_one_batch, revoke_one_batch, submit_one_batch

STEPS = [
    (BatchState.QUEUED, submit_one_batch),
    (BatchState.WATCHING, poll_one_batch),
    (BatchState.REVOKE_QUEUED, revoke_one_batch),
]


@pytest.fixture
def credential(db, clock, sandbox):
    sandbox.fault("unauthorized")
    return Credential.objects.create(host=current_host(), due_at=clock.now() + timedelta(hours=1))


@pytest.mark.parametrize(("state", "step"), STEPS)
def test_a_refused_credential_is_looked_at_at_once(state, step, batch, credential, clock):
    Batch.objects.update(state=state, job_id=None if state == BatchState.QUEUED else "job-1")

    assert step()

    credential.refresh_from_db()
    assert credential.due_at <= clock.now()


def test_one_that_is_known_to_be_refused_is_left_to_its_own_times(batch, credential, clock):
    Credential.objects.update(problem="credentials_refused")

    assert submit_one_batch()

    credential.refresh_from_db()
    assert credential.due_at > clock.now()
