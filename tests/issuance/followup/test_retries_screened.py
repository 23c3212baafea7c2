"""A retry leaves out, and shows, every guest who must not get the reward by now."""

import pytest
from django.utils import timezone

from issuance.audience.screening import Exclusion
from issuance.drafts import drafts, exclusion_lists
from issuance.followup import edit_failures, retries
from issuance.jobs import recording
from issuance.jobs.failure_reasons import ReasonCode
from issuance.jobs.observation import JobState, Observation, Source
from issuance.ledger import buckets_of_issuance, groups_of
from issuance.manifests import identifiers_of
from issuance.models import Batch, Failure, Issuance, IssuedReward
from issuance.sending import confirmation, refusals
from issuance.states import BatchState, IssuanceState
from tests.support.desk import Desk, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def first(desk):
    """Three guests, confirmed; the first two got nothing."""
    issuance = desk.confirmed(people(3))
    for position in (0, 1):
        fail(issuance, position)
    return issuance


def fail(issuance: Issuance, position: int, code: str = "user_not_found") -> Failure:
    batch = Batch.objects.get(issuance=issuance)
    return Failure.objects.create(batch=batch, position=position, reason_code=code, seen_at=timezone.now())


def prepared(child: Issuance) -> Issuance:
    assert retries.prepare_one_retry()
    child.refresh_from_db()
    return child


def retried(issuance: Issuance) -> Issuance:
    return prepared(retries.retry_failures(issuance=issuance, by=None, at=timezone.now()))


def confirm(issuance: Issuance) -> None:
    confirmation.confirm(issuance=issuance, by=None, at=timezone.now())


def listed(desk: Desk, address: str) -> None:
    kept = exclusion_lists.create(merchant=desk.merchant, name="Staff", by=None, at=timezone.now())
    exclusion_lists.add_guests(exclusion_list=kept, rows=[(1, [address])], by=None, at=timezone.now())


def to_be_sent(issuance: Issuance) -> list[str]:
    rows = Batch.objects.filter(issuance=issuance).exclude(state=BatchState.DISCARDED)
    return [found.value for batch in rows for found in identifiers_of(batch)]


def assert_adds_up(issuance: Issuance) -> None:
    buckets = buckets_of_issuance(issuance, groups_of([issuance.pk]))
    assert buckets.lines == buckets.accounted_for == issuance.lines


def test_who_got_the_reward_by_a_new_issuance_meanwhile_is_not_tried_again(desk, first):
    desk.confirmed(b"email\r\nguest0@example.com\r\n", included_anyway=())

    child = retried(first)

    assert to_be_sent(child) == ["guest1@example.com"]
    assert (child.lines, child.left_out) == (2, {"rewarded_here": 1})
    assert child.rejected_lines.get().line == 2
    assert_adds_up(child)


def test_nor_when_that_was_confirmed_after_the_retry_was_prepared(desk, first):
    child = retried(first)
    desk.confirmed(b"email\r\nguest0@example.com\r\n", included_anyway=())

    with pytest.raises(refusals.ExcludedMeanwhile):
        confirm(child)

    prepared(child)
    confirm(child)
    assert to_be_sent(child) == ["guest1@example.com"]
    assert_adds_up(child)


def test_nor_is_a_guest_who_was_written_instead_and_rewarded_before_the_retry(desk, first):
    failure = Failure.objects.filter(batch__issuance=first).first()
    edit_failures.save(issuance=first, typed={failure.pk: "ana@example.com"}, by=None, at=timezone.now())
    desk.confirmed(b"email\r\nana@example.com\r\n", included_anyway=())

    rows = Failure.objects.filter(batch__issuance=first)
    child = prepared(retries.retry_corrected(issuance=first, failures=rows, by=None, at=timezone.now()))

    assert (to_be_sent(child), child.left_out) == ([], {"rewarded_here": 1})
    with pytest.raises(refusals.NoGuestToReward):
        confirm(child)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_list_protects_the_guest_from_a_retry_too(desk, first, when):
    if when == "before":
        listed(desk, "guest1@example.com")
        child = retried(first)
    else:
        child = retried(first)
        listed(desk, "guest1@example.com")
        with pytest.raises(refusals.ExcludedMeanwhile):
            confirm(child)
        prepared(child)

    assert (to_be_sent(child), child.left_out) == (["guest0@example.com"], {"do_not_reward": 1})
    assert_adds_up(child)


def test_a_guest_who_was_included_knowingly_is_tried_again(desk):
    desk.confirmed(people(1))
    issuance = desk.confirmed(people(1), included_anyway=[Exclusion.REWARDED_HERE])
    fail(issuance, 0)

    assert to_be_sent(retried(issuance)) == ["guest0@example.com"]


def test_unless_another_issuance_rewarded_them_since(desk):
    desk.confirmed(people(1))
    issuance = desk.confirmed(people(1), included_anyway=[Exclusion.REWARDED_HERE])
    fail(issuance, 0)
    desk.confirmed(people(1))

    assert retried(issuance).left_out == {"rewarded_here": 1}


def test_a_retry_of_a_retry_leaves_no_guest_out_without_reason(first):
    child = retried(first)
    confirm(child)
    fail(child, 1)

    again = retried(child)

    assert (to_be_sent(again), again.left_out) == (["guest1@example.com"], {})
    confirm(again)
    assert again.state == IssuanceState.CONFIRMED


def test_a_reward_that_thanx_names_after_all_keeps_the_retry_from_going_out(first):
    child = retried(first)
    batch = Batch.objects.get(issuance=first)
    IssuedReward.objects.create(batch=batch, position=0, reward_id="r", issued_at=timezone.now())

    with pytest.raises(refusals.ExcludedMeanwhile):
        confirm(child)

    prepared(child)
    assert (to_be_sent(child), child.left_out) == (["guest1@example.com"], {"rewarded_here": 1})


def test_a_job_that_issued_although_it_was_settled_is_not_retried(desk):
    issuance = desk.confirmed(people(2))
    batch = Batch.objects.get(issuance=issuance)
    settled = {"state": BatchState.REFUSED, "job_id": "j-1", "job_state": JobState.PROCESSING}
    Batch.objects.filter(pk=batch.pk).update(due_at=None, **settled)
    for position in (0, 1):
        fail(issuance, position, code=ReasonCode.SETTLED)
    child = retried(issuance)
    assert len(to_be_sent(child)) == 2

    told = Observation(source=Source.POLL, job_state=JobState.PROCESSING, processed=2, issued=2, failed=0)
    recording.observe(batch_id=batch.pk, observation=told, at=timezone.now())

    with pytest.raises(refusals.ExcludedMeanwhile):
        confirm(child)
    prepared(child)
    assert (to_be_sent(child), child.left_out) == ([], {"rewarded_here": 2})


def test_the_review_of_a_retry_says_how_many_are_left_out_and_where_they_are(desk, first):
    listed(desk, "guest1@example.com")
    child = retried(first)

    review = desk.get("review", child).content.decode()
    lines = desk.get("left-out", child)

    assert "1 line is left out" in review
    assert desk.at("check", child.pk) + "#left-out" in review
    assert "On an exclusion list" in lines.content.decode()


def test_a_discarded_retry_frees_those_left_out_as_well(desk, first):
    listed(desk, "guest1@example.com")
    child = retried(first)

    drafts.discard(issuance=child, by=None, at=timezone.now())

    assert Failure.objects.open().filter(batch__issuance=first).count() == 2
