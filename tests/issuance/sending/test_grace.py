"""Between the confirmation and the first call there is time to stop, and no worker waits for it."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry, Role
from issuance.models import Batch
from issuance.sending import confirmation, grace, stopping, submission
from issuance.sending.status import summaries
from issuance.states import BatchState
from tests.support.desk import Desk, people
from tests.support.factories import NOON, create_live_campaign
from tests.support.read_drafts import ANA, BO, CLEO, read
from tests.support.steps import submit_one_batch
from ui.status import Status

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def put_off():
    """An issuance of three jobs that starts a minute after NOON."""
    issuance = read(create_live_campaign(shares=(40, 30, 30), control=0), people=((ANA,), (BO,), (CLEO,)))
    confirmation.confirm(issuance=issuance, by=None, at=NOON, grace=MINUTE)
    return issuance


def due():
    return set(Batch.objects.values_list("due_at", flat=True))


def test_no_job_is_due_before_the_time_is_over(put_off):
    assert (put_off.starts_at, due()) == (NOON + MINUTE, {NOON + MINUTE})
    assert not submission.submit_one_batch(clock=lambda: NOON + MINUTE - timedelta(seconds=1))


def test_stopped_in_time_it_makes_no_call_and_everybody_is_not_sent(campaign, sandbox):
    variant = campaign.variants.first()
    issuance = read(campaign, people=((ANA, BO),), only_variant=variant)
    confirmation.confirm(issuance=issuance, by=None, at=NOON, grace=MINUTE)

    stopping.stop(issuance=issuance, by=None, at=NOON + timedelta(seconds=59))
    while submission.submit_one_batch(clock=lambda: NOON + timedelta(hours=1)):
        pass

    issuance.refresh_from_db()
    type(issuance).objects.update(lines=2)
    issuance.refresh_from_db()
    buckets = summaries([issuance], at=NOON + MINUTE)[issuance.pk].buckets
    assert sandbox.requests("/partner/campaigns/issue") == []
    assert (buckets.not_sent, buckets.accounted_for) == (2, 2)


def test_it_starts_by_itself_whatever_is_looked_at_next(campaign, sandbox, clock):
    variant = campaign.variants.first()
    issuance = read(campaign, people=((ANA, BO),), only_variant=variant)
    type(campaign).objects.update(redeemable_to=clock.now() + timedelta(days=1))
    confirmation.confirm(issuance=issuance, by=None, at=clock.now(), grace=MINUTE)
    assert not submit_one_batch()

    clock.forward(seconds=61)

    assert submit_one_batch()
    assert len(sandbox.jobs()) == 1


def test_start_now_makes_the_jobs_due_at_once_and_says_who(put_off):
    at = NOON + timedelta(seconds=10)

    grace.start_now(issuance=put_off, by=None, at=at)

    assert (due(), put_off.starts_at) == ({at}, at)
    assert AuditEntry.objects.latest("pk").action == "issuance started now"
    assert put_off.events.latest("pk").move == "started_now"


@pytest.mark.parametrize("after", [MINUTE, timedelta(hours=1)])
def test_what_has_begun_cannot_be_started(put_off, after):
    with pytest.raises(grace.HasBegun):
        grace.start_now(issuance=put_off, by=None, at=NOON + after)

    assert due() == {NOON + MINUTE}


def test_what_was_stopped_cannot_be_started(put_off):
    stopping.stop(issuance=put_off, by=None, at=NOON)

    with pytest.raises(grace.HasBegun):
        grace.start_now(issuance=put_off, by=None, at=NOON)

    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.STOPPED}


def test_a_pause_meanwhile_holds_it_also_when_its_time_has_come(put_off):
    stopping.pause(issuance=put_off, by=None, at=NOON)
    grace.start_now(issuance=put_off, by=None, at=NOON)

    assert submission.submit_one_batch(clock=lambda: NOON + MINUTE)

    assert set(Batch.objects.values_list("state", "maybe_sent")) == {(BatchState.QUEUED, False)}


def test_what_waits_for_its_first_call_is_called_so_and_then_queued(put_off):
    found = [summaries([put_off], at=NOON + after)[put_off.pk] for after in (timedelta(0), MINUTE)]

    assert [summary.status for summary in found] == [Status.STARTS_SOON, Status.QUEUED]
    assert [summary.starts_in for summary in found] == [MINUTE, None]
    assert all(summary.unfinished for summary in found)


# --- On the pages --------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, settings):
    settings.GRACE, settings.GRACE_ABOVE = timedelta(minutes=5), 10
    return Desk(client, role=Role.MANAGER)


def test_the_page_counts_down_and_offers_to_start_and_to_stop(desk):
    ready = desk.ready(people(20))

    page = desk.post("confirm", ready, follow=True)

    assert "Starts in 5:00" in page.text or "Starts in 4:59" in page.text
    assert "Start now" in page.text
    assert desk.at("stop", ready.pk) in page.text
    assert 'id="pause"' not in page.text
    assert "Nothing has been sent yet." in page.text


def test_the_review_says_how_long_there_is_to_stop(desk):
    assert (
        "The first call to Thanx is made 5 minutes after you press this"
        in desk.get("review", desk.ready(people(20))).text
    )


def test_a_few_rewards_go_out_at_once(desk):
    ready = desk.ready(people(10))

    page = desk.post("confirm", ready, follow=True)

    assert "Start now" not in page.text
    ready.refresh_from_db()
    assert ready.batches.get().due_at == ready.starts_at == ready.confirmed_at


def test_pressing_start_now_leads_back_to_the_run(desk):
    ready = desk.ready(people(20))
    desk.post("confirm", ready)

    page = desk.post("start-now", ready, follow=True)
    again = desk.post("start-now", ready, follow=True)

    assert "Start now" not in page.text
    assert "has changed in the meantime" in again.text


def test_the_list_says_that_it_starts_soon(desk):
    desk.post("confirm", desk.ready(people(20)))

    assert "Starts soon" in desk.get("list").text
