"""The ledger adds up in every state of its batches."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance.ledger import Buckets, buckets_of_batch, total
from issuance.sending.status import status_of, status_of_batch, summaries
from issuance.states import BatchState, IssuanceState
from tests.support.factories import NOON, BatchFactory, IssuanceFactory
from ui.status import Status

COUNTS = st.none() | st.integers(0, 12_000)
BATCHES = st.fixed_dictionaries(
    {
        "state": st.sampled_from(BatchState),
        "size": st.integers(1, 10_000),
        "is_control": st.booleans(),
        "maybe_sent": st.booleans(),
        "issued": COUNTS,
        "failed": COUNTS,
        "job_id": st.none() | st.just("job"),
        "is_final": st.booleans(),
    }
)
REASONS = st.dictionaries(st.sampled_from(["empty", "bad_email", "duplicate"]), st.integers(0, 500))


def of(state, *, size=100, issued=None, failed=None, maybe_sent=False, job_id=None, is_control=False, is_final=True):
    return buckets_of_batch(
        state=state,
        size=size,
        issued=issued,
        failed=failed,
        maybe_sent=maybe_sent,
        job_id=job_id,
        is_control=is_control,
        is_final=is_final,
    )


@given(st.lists(BATCHES, max_size=12), REASONS)
def test_every_line_is_in_exactly_one_bucket_at_every_moment(batches, left_out):
    lines = sum(batch["size"] for batch in batches) + sum(left_out.values())

    whole = total([Buckets(lines=sum(left_out.values()), left_out=left_out), *(buckets_of_batch(**b) for b in batches)])

    assert whole.lines == whole.accounted_for == lines


@given(BATCHES)
def test_no_bucket_is_ever_negative(batch):
    buckets = buckets_of_batch(**batch)

    assert min(value for name, value in vars(buckets).items() if name != "left_out") >= 0


@given(BATCHES)
def test_a_control_is_held_back_whatever_happens(batch):
    buckets = buckets_of_batch(**{**batch, "is_control": True})

    assert buckets.held_back == batch["size"]


@pytest.mark.parametrize(
    ("buckets", "expected"),
    [
        (of(BatchState.DRAFT), {"not_sent": 100}),
        (of(BatchState.QUEUED), {"not_sent": 100}),
        (of(BatchState.QUEUED, maybe_sent=True), {"unknown": 100}),
        (of(BatchState.SUBMITTING, maybe_sent=True), {"in_progress": 100}),
        (of(BatchState.WATCHING, issued=60, failed=3), {"issued": 60, "failed": 3, "in_progress": 37}),
        (of(BatchState.WATCHING), {"in_progress": 100}),
        (of(BatchState.COMPLETED, issued=90, failed=10), {"issued": 90, "failed": 10}),
        (of(BatchState.COMPLETED, issued=90), {"issued": 90, "unknown": 10}),
        (of(BatchState.FAILED), {"unknown": 100}),
        (of(BatchState.FAILED, failed=5), {"failed": 5, "unknown": 95}),
        (of(BatchState.FAILED, issued=0), {"failed": 100}),
        (of(BatchState.FAILED, issued=20, failed=5), {"issued": 20, "failed": 80}),
        (of(BatchState.FAILED, issued=0, is_final=False), {"unknown": 100}),
        (of(BatchState.FAILED, issued=20, is_final=False), {"issued": 20, "unknown": 80}),
        (of(BatchState.REFUSED), {"failed": 100}),
        (of(BatchState.STOPPED), {"not_sent": 100}),
        (of(BatchState.NEEDS_ATTENTION), {"not_sent": 100}),
        (of(BatchState.NEEDS_ATTENTION, maybe_sent=True), {"unknown": 100}),
        (of(BatchState.NEEDS_ATTENTION, job_id="job", issued=40), {"issued": 40, "unknown": 60}),
        (of(BatchState.REVOKING, issued=90, failed=10), {"issued": 90, "failed": 10}),
        (of(BatchState.REVOKED, issued=90, failed=10), {"revoked": 90, "failed": 10}),
        (of(BatchState.REVOKED, failed=10), {"revoked": 90, "failed": 10}),
        (of(BatchState.REVOKED, issued=20, failed=5), {"revoked": 20, "failed": 80}),
        (of(BatchState.REVOKED, issued=20, failed=5, is_final=False), {"revoked": 95, "failed": 5}),
    ],
)
def test_each_recipient_is_where_the_state_of_its_batch_says(buckets, expected):
    assert {name: n for name, n in vars(buckets).items() if n and name not in ("lines", "left_out")} == expected


def test_every_combination_of_states_has_a_word():
    pairs = itertools.combinations_with_replacement(BatchState, 2)

    for issuance, pair in itertools.product(IssuanceState, pairs):
        assert isinstance(status_of(issuance=issuance, batches=set(pair), buckets=Buckets()), Status)


@pytest.mark.parametrize("state", BatchState)
def test_every_state_of_a_batch_has_a_word(state):
    assert isinstance(status_of_batch(state=state, buckets=Buckets()), Status)


@pytest.mark.parametrize(
    ("batches", "buckets", "status"),
    [
        ({BatchState.QUEUED, BatchState.HELD_BACK}, Buckets(), Status.QUEUED),
        ({BatchState.QUEUED, BatchState.WATCHING}, Buckets(), Status.SENDING),
        ({BatchState.WATCHING, BatchState.COMPLETED}, Buckets(), Status.IN_PROGRESS),
        ({BatchState.WATCHING, BatchState.NEEDS_ATTENTION}, Buckets(), Status.NEEDS_YOU),
        ({BatchState.COMPLETED, BatchState.REVOKING}, Buckets(issued=1), Status.REVOKING),
        ({BatchState.COMPLETED}, Buckets(issued=9), Status.COMPLETED),
        ({BatchState.COMPLETED}, Buckets(issued=9, failed=1), Status.COMPLETED_WITH_FAILURES),
        ({BatchState.COMPLETED}, Buckets(failed=10), Status.FAILED),
        ({BatchState.REFUSED}, Buckets(failed=10), Status.FAILED),
        ({BatchState.FAILED}, Buckets(unknown=10), Status.FAILED),
        ({BatchState.FAILED, BatchState.COMPLETED}, Buckets(issued=9, unknown=10), Status.COMPLETED_WITH_FAILURES),
        ({BatchState.STOPPED, BatchState.COMPLETED}, Buckets(issued=9, failed=1, not_sent=5), Status.STOPPED),
        ({BatchState.STOPPED, BatchState.WATCHING}, Buckets(in_progress=9, not_sent=5), Status.STOPPED),
        ({BatchState.STOPPED, BatchState.NEEDS_ATTENTION}, Buckets(unknown=9), Status.NEEDS_YOU),
        ({BatchState.STOPPED, BatchState.REVOKED}, Buckets(revoked=9, not_sent=5), Status.REVOKED),
        ({BatchState.REVOKED, BatchState.FAILED}, Buckets(revoked=9, failed=1), Status.REVOKED),
        ({BatchState.HELD_BACK}, Buckets(held_back=5), Status.COMPLETED),
    ],
)
def test_a_confirmed_issuance_is_called_by_what_its_batches_do(batches, buckets, status):
    assert status_of(issuance=IssuanceState.CONFIRMED, batches=batches, buckets=buckets) == status


@pytest.mark.django_db
def test_summaries_read_the_batches_counters_with_one_query(django_assert_num_queries):
    issuances = [IssuanceFactory(state=IssuanceState.CONFIRMED, lines=105, left_out={"empty": 5}) for _ in range(3)]
    for issuance in issuances:
        done = {"state": BatchState.COMPLETED, "job_id": f"job-{issuance.pk}", "issued_count": 58, "failed_count": 2}
        BatchFactory(issuance=issuance, size=60, **done)
        BatchFactory(issuance=issuance, size=40, state=BatchState.HELD_BACK, is_control=True)

    with django_assert_num_queries(1):
        found = summaries(issuances, at=NOON)

    expected = Buckets(lines=105, left_out={"empty": 5}, issued=58, failed=2, held_back=40)
    assert [found[issuance.pk].buckets for issuance in issuances] == [expected] * 3
    assert found[issuances[0].pk].jobs == 1


@pytest.mark.django_db
@pytest.mark.parametrize("state", IssuanceState)
def test_a_summary_adds_up_to_the_lines_in_every_state_of_an_issuance(state):
    issuance = IssuanceFactory(state=state, lines=50, left_out={"empty": 10})
    BatchFactory(issuance=issuance, size=40, state=BatchState.DRAFT)

    buckets = summaries([issuance], at=NOON)[issuance.pk].buckets

    assert buckets.accounted_for == 50


@given(
    st.integers(0, 100),
    st.integers(0, 100),
    st.booleans(),
    st.sampled_from([BatchState.REVOKE_QUEUED, BatchState.FAILED]),
)
def test_a_job_that_is_being_revoked_is_where_it_was_before(issued, failed, is_final, before):
    counts = {"issued": issued, "failed": failed, "job_id": "job", "is_final": is_final}

    assert of(BatchState.REVOKING, **counts) == of(before, **counts)
