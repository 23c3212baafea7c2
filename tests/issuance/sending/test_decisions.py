"""The decisions that a user can make about a batch that needs attention, and what follows from them."""

import pytest

from accounts.models import AuditEntry
from issuance.jobs.problems import EXPLAINED, JobProblem
from issuance.models import Batch
from issuance.sending import decisions
from issuance.sending.decisions import JobDecision, NotPossible
from issuance.states import BatchState
from partner_api.answers.jobs import issuance_job
from tests.issuance.conftest import VALUES
from tests.support.factories import NOON, BatchFactory, UserFactory, create_batch_with_job
from tests.support.steps import poll_one_batch, submit_one_batch

NEEDY = {"state": BatchState.NEEDS_ATTENTION, "due_at": None}
pytestmark = pytest.mark.django_db


def options(batch):
    return [option.decision for option in decisions.options(batch)]


@pytest.fixture
def in_doubt(batch, sandbox, clock) -> Batch:
    """A batch whose first attempt worked without our knowing, given to a person a day later."""
    sandbox.fault("cut_off", when="after", times=1, method="POST", path="/partner/campaigns/issue")
    submit_one_batch()
    clock.forward(hours=25)
    submit_one_batch()
    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.NEEDS_ATTENTION, JobProblem.UNKNOWN_TOO_LONG)
    return batch


def test_each_option_fits_what_is_known(db):
    doubtful = BatchFactory(**NEEDY, maybe_sent=True)
    never_sent = BatchFactory(**NEEDY)
    spoilt = BatchFactory(**NEEDY, error_code=JobProblem.BODY_CHANGED)
    stuck = create_batch_with_job(**NEEDY)
    partly = create_batch_with_job(**NEEDY, issued_count=5)

    assert options(doubtful) == [JobDecision.ASK_AGAIN, JobDecision.NAME_JOB, JobDecision.SETTLE]
    assert options(never_sent) == [JobDecision.ASK_AGAIN, JobDecision.SETTLE]
    assert options(spoilt) == [JobDecision.SETTLE]
    assert options(stuck) == [JobDecision.WATCH_AGAIN, JobDecision.SETTLE]
    assert options(partly) == [JobDecision.WATCH_AGAIN]


@pytest.mark.parametrize("state", sorted(set(BatchState) - {BatchState.NEEDS_ATTENTION}))
def test_a_batch_that_needs_no_decision_gets_none(state):
    batch = create_batch_with_job(state=state)

    assert options(batch) == []
    with pytest.raises(NotPossible):
        decisions.settle_as_not_issued(batch=batch, by=None, at=NOON)


@pytest.mark.parametrize("problem", JobProblem)
def test_every_problem_has_words(problem):
    assert EXPLAINED[problem].happened
    assert EXPLAINED[problem].todo


def test_asking_again_uses_the_same_key_and_issues_nothing_twice(in_doubt, sandbox, clock):
    decisions.ask_again(batch=in_doubt, by=UserFactory(), at=clock.now())
    submit_one_batch()
    clock.forward(minutes=1)
    poll_one_batch()

    in_doubt.refresh_from_db()
    assert (in_doubt.state, in_doubt.issued_count) == (BatchState.COMPLETED, 2)
    assert sandbox.times_issued() == {VALUES[0]: 1, VALUES[2]: 1}
    assert AuditEntry.objects.get().action == "job: ask_again"


def test_a_job_that_thanx_named_is_read_and_watched(in_doubt, sandbox, clock):
    [job] = sandbox.jobs()

    decisions.name_job(batch=in_doubt, job_id=f" {job['id']} ", by=None, at=clock.now())
    clock.forward(minutes=1)
    poll_one_batch()

    in_doubt.refresh_from_db()
    assert (in_doubt.state, in_doubt.job_id, in_doubt.maybe_sent) == (BatchState.COMPLETED, job["id"], False)
    assert AuditEntry.objects.get().facts == {"job": job["id"]}


@pytest.mark.parametrize("job_id", ["", "  ", "unheard-of", "x" * 101])
def test_a_job_that_is_none_is_not_taken(in_doubt, clock, job_id):
    with pytest.raises(NotPossible):
        decisions.name_job(batch=in_doubt, job_id=job_id, by=None, at=clock.now())

    in_doubt.refresh_from_db()
    assert (in_doubt.state, in_doubt.job_id) == (BatchState.NEEDS_ATTENTION, None)
    assert not AuditEntry.objects.exists()


def test_of_two_who_name_the_same_job_for_two_batches_the_second_is_told(in_doubt, sandbox, clock):
    [job] = sandbox.jobs()

    class SlowThanx:
        """Thanx, answering only after another user has named the job."""

        def issuance_job(self, **asked):
            create_batch_with_job(job_id=asked["id"])
            return issuance_job({**job, "merchant_id": asked["merchant_id"]})

    with pytest.raises(NotPossible, match="another batch"):
        decisions.name_job(batch=in_doubt, job_id=job["id"], by=None, at=clock.now(), partner=SlowThanx())

    in_doubt.refresh_from_db()
    assert (in_doubt.state, in_doubt.job_id) == (BatchState.NEEDS_ATTENTION, None)


def test_the_job_of_another_batch_is_not_taken(in_doubt, sandbox, clock):
    [job] = sandbox.jobs()
    create_batch_with_job(job_id=job["id"])

    with pytest.raises(NotPossible, match="another batch"):
        decisions.name_job(batch=in_doubt, job_id=job["id"], by=None, at=clock.now())


def test_a_job_of_another_variant_or_size_is_not_taken(in_doubt, sandbox, clock):
    [job] = sandbox.jobs()
    Batch.objects.filter(pk=in_doubt.pk).update(size=4)
    in_doubt.refresh_from_db()
    with pytest.raises(NotPossible, match="3 guests"):
        decisions.name_job(batch=in_doubt, job_id=job["id"], by=None, at=clock.now())

    in_doubt.variant.thanx_id = "another"
    with pytest.raises(NotPossible, match="variant"):
        decisions.name_job(batch=in_doubt, job_id=job["id"], by=None, at=clock.now())


def test_settling_makes_everybody_a_failure_that_can_be_tried_again(db):
    batch = BatchFactory(**NEEDY, maybe_sent=True, size=3)

    decisions.settle_as_not_issued(batch=batch, by=UserFactory(), at=NOON, note="No job has ana@example.com in it.")

    batch.refresh_from_db()
    assert (batch.state, batch.failed_count, batch.issued_count) == (BatchState.REFUSED, 3, 0)
    assert batch.maybe_sent is False
    assert set(batch.failures.values_list("reason_code", "retry")) == {("settled", None)}
    assert set(batch.failures.values_list("reason", flat=True)) == {"No job has ••• in it."}
    assert AuditEntry.objects.get().facts == {}


def test_a_job_may_be_watched_again(db):
    batch = create_batch_with_job(**NEEDY)

    decisions.watch_again(batch=batch, by=None, at=NOON)

    batch.refresh_from_db()
    assert (batch.state, batch.due_at) == (BatchState.WATCHING, NOON)
