"""Every recipient has exactly one outcome, and none that Thanx has not named."""

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from issuance import ledger
from issuance.jobs import failures, guest_search
from issuance.jobs.recipients import (
    RecipientList,
    RecipientOutcome,
    outcome_counts,
    outcome_of,
    recipients_by_key,
    total_of,
)
from issuance.models import IssuedReward, Recipient
from issuance.states import WITH_JOB, BatchState
from tests.support.factories import NOON, IssuanceFactory, VariantFactory, create_frozen_batch

GUESTS = tuple(f"guest{n}@example.com" for n in range(6))


def batch_of(*guests, failed=(), rewarded=(), **fields):
    fields.setdefault("number", 1)
    if fields.get("state") in WITH_JOB:
        fields.setdefault("job_id", f"job-{fields['number']}")
    batch = create_frozen_batch(*(guests or GUESTS), **fields)
    failures.write(batch=batch, reasons=dict.fromkeys(failed, "User not found"), at=NOON)
    for position in rewarded:
        IssuedReward.objects.create(batch=batch, position=position, reward_id=f"reward-{position}", issued_at=NOON)
    return batch


def positions(counts, outcome):
    return [
        recipient.position for recipient in RecipientList([each for each in counts if each.outcome is outcome])[:50]
    ]


@pytest.mark.django_db
def test_of_an_ended_job_everybody_is_named():
    batch = batch_of(state=BatchState.COMPLETED, issued_count=4, failed_count=2, failed=(1, 3))

    counts = outcome_counts([batch])

    assert positions(counts, RecipientOutcome.FAILED) == [1, 3]
    assert positions(counts, RecipientOutcome.ISSUED) == [0, 2, 4, 5]


@pytest.mark.django_db
def test_of_a_running_job_only_those_are_issued_whose_reward_was_named():
    batch = batch_of(state=BatchState.WATCHING, issued_count=3, failed_count=1, rewarded=(2,))

    counts = outcome_counts([batch])

    assert positions(counts, RecipientOutcome.ISSUED) == [2]
    assert positions(counts, RecipientOutcome.IN_PROGRESS) == [0, 1, 3, 4, 5]


@pytest.mark.django_db
def test_of_an_ended_job_whose_list_is_missing_no_guest_is_said_to_have_a_reward():
    batch = batch_of(state=BatchState.COMPLETED, issued_count=4, failed_count=2)

    assert positions(outcome_counts([batch]), RecipientOutcome.ISSUED) == []
    assert len(positions(outcome_counts([batch]), RecipientOutcome.UNKNOWN)) == 6


@pytest.mark.django_db
def test_a_revoked_job_leaves_its_failures_where_they_were():
    batch = batch_of(state=BatchState.REVOKED, issued_count=5, failed_count=1, failed=(0,))

    assert positions(outcome_counts([batch]), RecipientOutcome.FAILED) == [0]
    assert positions(outcome_counts([batch]), RecipientOutcome.REVOKED) == [1, 2, 3, 4, 5]


@pytest.mark.django_db
def test_the_control_is_held_back_whatever_becomes_of_its_batch():
    batch = batch_of(state=BatchState.COMPLETED, is_control=True, issued_count=6)

    assert len(positions(outcome_counts([batch]), RecipientOutcome.HELD_BACK)) == 6


@pytest.mark.django_db
def test_a_page_may_begin_in_one_batch_and_end_in_another(django_assert_num_queries):
    issuance, variant = IssuanceFactory(), VariantFactory()
    both = {"issuance": issuance, "variant": variant, "state": BatchState.COMPLETED, "issued_count": 6}
    batches = [batch_of(number=number, job_id=f"job-{number}", **both) for number in (1, 2, 3)]
    roll = RecipientList(outcome_counts(batches))

    with django_assert_num_queries(1):
        found = list(roll[4:14])

    assert [(row.batch.number, row.position) for row in found] == [
        *((1, position) for position in (4, 5)),
        *((2, position) for position in range(6)),
        *((3, position) for position in (0, 1)),
    ]


@pytest.mark.django_db
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_everybody_is_in_exactly_one_place(data):
    state = data.draw(st.sampled_from([state for state in BatchState if state != BatchState.DRAFT]))
    issued = data.draw(st.none() | st.integers(0, 6))
    failed = data.draw(st.sets(st.integers(0, 5)))
    rewarded = data.draw(st.sets(st.integers(0, 5)))
    count = data.draw(st.none() | st.integers(0, 6 - (issued or 0)))
    with transaction.atomic():
        batch = batch_of(state=state, issued_count=issued, failed_count=count, failed=failed, rewarded=rewarded)
        counts = outcome_counts([batch])
        listed = {outcome: positions(counts, outcome) for outcome in RecipientOutcome}
        everybody = recipients_by_key(Recipient.objects.filter(batch=batch).values_list("pk", flat=True))
        told = {row.position: outcome_of(row, counts=counts) for row in everybody}
        transaction.set_rollback(True)

    assert total_of(counts) == batch.size
    assert sorted(position for places in listed.values() for position in places) == list(range(6))
    assert all(position in listed[outcome] for position, outcome in told.items())
    assert not listed[RecipientOutcome.ISSUED] or ledger.buckets_of(batch).issued or rewarded


@pytest.mark.django_db
def test_a_line_is_found_in_whichever_batch_it_is(django_assert_num_queries):
    issuance, variant = IssuanceFactory(), VariantFactory()
    batches = [
        batch_of(*GUESTS[:2], number=number, issuance=issuance, variant=variant, state=BatchState.QUEUED)
        for number in (1, 2)
    ]
    Recipient.objects.filter(batch=batches[1], position=0).update(line=10)
    Recipient.objects.filter(batch=batches[1], position=1).update(line=12)

    with django_assert_num_queries(2):
        keys = guest_search.find_recipients(guest_search.GuestQuery(line=12), batches=batches)

    assert [(row.batch.number, row.position) for row in recipients_by_key(keys)] == [(2, 1)]
    assert guest_search.find_recipients(guest_search.GuestQuery(line=11), batches=batches) == []


@pytest.mark.parametrize("token", ["", "nobody", "zz", "line", "line99999999", "ab" * 40, "../..", "0" * 31])
def test_a_made_up_token_means_no_guest(token):
    assert guest_search.query_from_token(token) == guest_search.GuestQuery()


def test_a_token_comes_back_as_it_was():
    wanted = guest_search.GuestQuery(fingerprints=(b"0123456789abcdef", b"f" * 16), line=7)

    assert guest_search.query_from_token(wanted.token) == wanted
