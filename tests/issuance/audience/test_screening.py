"""Excluded guests are left out with the reason. Users may include them where that is harmless."""

import pytest
from django.urls import reverse
from django.utils import timezone

from issuance.audience import intake_step
from issuance.drafts import exclusion_lists
from issuance.jobs import failures
from issuance.jobs.failure_reasons import ReasonCode
from issuance.models import Batch, Failure, Issuance, Recipient
from issuance.sending import confirmation, refusals
from issuance.states import BatchMove, BatchState, IssuanceState
from tests.support.desk import Desk, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client)


def excluded(desk, *addresses):
    kept = exclusion_lists.create(merchant=desk.merchant, name="Staff", by=None, at=timezone.now())
    rows = [(number, [address]) for number, address in enumerate(addresses, start=1)]
    exclusion_lists.add_guests(exclusion_list=kept, rows=rows, by=None, at=timezone.now())
    return kept


def choose(desk, issuance, **data):
    answer = desk.client.post(reverse("issuance:choose-exclusions", args=[desk.merchant.handle, issuance.pk]), data)
    intake_step.read_one_upload()
    issuance.refresh_from_db()
    return answer


def elsewhere(desk, **fields):
    """Return a desk of the same merchant at another live campaign."""
    other = Desk(desk.client, **fields)
    type(other.campaign).objects.filter(pk=other.campaign.pk).update(merchant=desk.merchant)
    other.campaign.refresh_from_db()
    other.merchant = desk.merchant
    desk.client.force_login(desk.person)
    return other


def recipients(issuance):
    return Recipient.objects.filter(batch__issuance=issuance, batch__state=BatchState.DRAFT).count()


def test_a_guest_on_a_list_is_left_out_with_the_reason(desk):
    excluded(desk, "guest1@example.com")

    issuance = desk.ready(people(3))

    assert issuance.left_out == {"do_not_reward": 1}
    assert (issuance.lines, recipients(issuance)) == (3, 2)
    assert issuance.rejected_lines.get().line == 3


BOTH = b"email,phone\r\n"


@pytest.mark.parametrize(
    ("line", "listed"),
    [
        (b"ana@example.com,2125550151", "+12125550151"),
        (b'"never.again@example,com",2125550151', "never.again@example.com"),
        (b"ana@example.com,Cell: 2125550151", "+12125550151"),
    ],
    ids=["its other identifier", "what its damaged address means", "what its damaged number means"],
)
def test_a_guest_is_left_out_by_every_identifier_on_the_line(desk, line, listed):
    excluded(desk, listed)

    issuance = desk.ready(BOTH + line + b"\r\nok@example.com,2125550152\r\n")

    assert issuance.left_out == {"do_not_reward": 1}
    assert issuance.rejected_lines.get().line == 2


def test_a_guest_who_was_rewarded_or_held_back_under_the_other_identifier_is_known(desk):
    desk.confirmed(b"phone\r\n2125550151\r\n")

    issuance = desk.ready(BOTH + b"ana@example.com,2125550151\r\n")

    assert issuance.left_out == {"rewarded_here": 1}


def test_a_list_protects_everyone_in_a_cell(desk):
    excluded(desk, "guest0@example.com; Guest One <guest1@example.com>")

    assert desk.ready(people(3)).left_out == {"do_not_reward": 2}


def test_a_list_cannot_be_overridden(desk):
    excluded(desk, "guest1@example.com")
    issuance = desk.ready(people(3))

    choose(desk, issuance, include=["do_not_reward"])

    issuance.refresh_from_db()
    assert issuance.left_out == {"do_not_reward": 1}


def test_a_guest_rewarded_by_the_campaign_is_left_out_of_its_next_issuance(desk):
    desk.confirmed(people(3))

    issuance = desk.ready(people(5))

    assert issuance.left_out == {"rewarded_here": 3}
    assert recipients(issuance) == 2


def test_a_user_can_include_them_anyway_and_leave_them_out_again(desk):
    desk.confirmed(people(3))
    issuance = desk.ready(people(5))

    choose(desk, issuance, include=["rewarded_here"])
    assert (issuance.left_out, recipients(issuance)) == ({}, 5)

    choose(desk, issuance)
    assert (issuance.left_out, recipients(issuance)) == ({"rewarded_here": 3}, 2)


def test_a_guest_who_failed_or_was_revoked_was_not_rewarded(desk):
    first = desk.confirmed(people(3))
    batch = Batch.objects.get(issuance=first)
    Failure.objects.create(batch=batch, position=0, reason_code="user_not_found", seen_at=timezone.now())
    assert desk.ready(people(5)).left_out == {"rewarded_here": 2}

    Batch.objects.filter(pk=batch.pk).update(state=BatchState.REVOKED, job_id="j")

    assert desk.ready(people(5)).left_out == {}


def test_rewards_of_other_campaigns_count_for_as_many_days_as_a_user_says(desk):
    elsewhere(desk).confirmed(people(3))
    issuance = desk.ready(people(5))
    assert issuance.left_out == {}

    choose(desk, issuance, within_days=30)

    assert issuance.left_out == {"rewarded_lately": 3}


def test_the_control_of_another_running_campaign_is_left_alone(desk):
    other = elsewhere(desk, shares=(50,), control=50)
    other.confirmed(people(10))
    held_back = Batch.objects.get(issuance__campaign=other.campaign, is_control=True)

    assert desk.ready(people(10)).left_out == {"control_elsewhere": held_back.size}


def test_an_ended_campaigns_control_is_free(desk):
    other = elsewhere(desk, shares=(50,), control=50)
    other.confirmed(people(10))
    now = timezone.now()
    type(other.campaign).objects.filter(pk=other.campaign.pk).update(end_at=now - timezone.timedelta(days=1))

    assert desk.ready(people(10)).left_out == {}


def test_another_merchants_lists_and_rewards_do_not_matter(desk, client):
    stranger = Desk(client)
    excluded(stranger, "guest1@example.com")
    stranger.confirmed(people(3))

    assert desk.ready(people(3)).left_out == {}


@pytest.mark.parametrize("meanwhile", ["rewarded", "listed"])
def test_who_is_excluded_after_the_reading_still_gets_nothing(desk, meanwhile):
    issuance = desk.ready(people(5))
    if meanwhile == "rewarded":
        desk.confirmed(people(3))
    else:
        excluded(desk, "guest1@example.com")

    with pytest.raises(refusals.ExcludedMeanwhile):
        confirmation.confirm(issuance=issuance, by=None, at=timezone.now(), acknowledged_same_file=True)

    assert issuance.state == IssuanceState.READING
    intake_step.read_one_upload()
    issuance.refresh_from_db()
    assert issuance.left_out_total == (3 if meanwhile == "rewarded" else 1)
    confirmation.confirm(issuance=issuance, by=None, at=timezone.now(), acknowledged_same_file=True)
    assert not Batch.objects.filter(issuance=issuance, state=BatchState.DRAFT).exists()


def test_a_number_of_days_that_is_none_is_told(desk):
    issuance = desk.ready(people(2))

    answer = choose(desk, issuance, within_days="soon")

    assert "Please enter a number of days" in desk.client.get(answer.url).content.decode()


def test_shares_hold_among_those_who_are_left(client):
    desk = Desk(client, shares=(45, 45), control=10)
    excluded(desk, *(f"guest{number}@example.com" for number in range(50)))

    issuance = desk.ready(people(150))

    assert sorted(Batch.objects.filter(issuance=issuance).values_list("size", flat=True)) == [10, 45, 45]


def test_a_failure_that_thanx_takes_back_after_the_reading_keeps_the_guest_out(desk):
    earlier = desk.confirmed(people(3)).batches.get()
    Batch.objects.filter(pk=earlier.pk).update(state=BatchState.REFUSED, due_at=None, maybe_sent=True)
    an_hour_ago = timezone.now() - timezone.timedelta(hours=1)
    Issuance.objects.filter(pk=earlier.issuance_id).update(confirmed_at=an_hour_ago)
    failures.write_all(batch=earlier, code=ReasonCode.JOB_FAILED, text="", at=an_hour_ago)
    issuance = desk.ready(people(3))
    assert issuance.left_out == {}

    earlier.refresh_from_db()
    earlier.move(BatchMove.CONTRADICTED, by=None, at=timezone.now(), job_id="job-1", due_at=timezone.now())

    with pytest.raises(refusals.ExcludedMeanwhile):
        confirmation.confirm(issuance=issuance, by=None, at=timezone.now(), acknowledged_same_file=True)
