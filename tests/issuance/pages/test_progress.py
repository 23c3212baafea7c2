"""The progress of a run: its pace, the freshness of its figures, announcements, and the cost of polling."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engine.models import WorkerBeat
from issuance.followup import settlements
from issuance.jobs import failures
from issuance.models import Batch, Failure
from issuance.states import BatchState
from tests.support.desk import Desk
from tests.support.factories import BatchFactory, IssuanceFactory, create_batch_with_job

pytestmark = pytest.mark.django_db

MOMENT = "2026-05-12 12:10:00"


@pytest.fixture
def desk(client, time_machine):
    time_machine.move_to(MOMENT, tick=False)
    return Desk(client)


@pytest.fixture
def run(desk):
    """A job of 60 that began two minutes ago, 30 of them done a minute ago, and one of 30 to be sent."""
    now = timezone.now()
    issuance = IssuanceFactory(campaign=desk.campaign, lines=90)
    arm = {"issuance": issuance, "variant": desk.campaign.variants.first()}
    told = {"submitted_at": now - timedelta(minutes=2), "changed_at": now - timedelta(minutes=1), "seen_by": "poll"}
    told |= {"seen_at": now - timedelta(seconds=22), "due_at": now + timedelta(seconds=38)}
    create_batch_with_job(size=60, number=1, issued_count=28, failed_count=2, **told, **arm)
    BatchFactory(size=30, number=2, **arm)
    return issuance


def change(number, **facts):
    Batch.objects.filter(number=number).update(**facts)


def page_of(desk, run):
    return desk.get("detail", run).context["page"]


def poll(desk, run, seen):
    return desk.get("progress", run, query=f"?seen={seen}", headers={"HX-Request": "true"})


# --- Pace and freshness --------------------------------------------------------------------------------------------


def test_rate_elapsed_and_time_left_are_told(desk, run):
    page = desk.get("detail", run)
    pace = page.context["page"].pace

    # Thirty guests took a minute, so the other sixty take two from then on.
    assert (pace.per_minute, pace.ends_at) == (30, timezone.now() + timedelta(minutes=1))
    assert "30 guests a minute" in page.text
    assert pace.began_at == timezone.now() - timedelta(minutes=2)


def test_a_forecast_that_did_not_come_true_is_not_repeated(desk, run, time_machine):
    time_machine.move_to("2026-05-12 12:15:00", tick=False)

    assert page_of(desk, run).pace.ends_at is None


def test_a_run_that_waits_for_a_person_has_no_end_in_sight(desk, run):
    run.paused_at = timezone.now()
    run.save()

    assert page_of(desk, run).pace.ends_at is None


def test_an_ended_run_says_how_long_it_took(desk, run):
    ended = {"state": BatchState.COMPLETED, "ended_at": timezone.now() + timedelta(minutes=10)}
    change(1, issued_count=58, **ended)
    change(2, issued_count=30, failed_count=0, job_id="j2", submitted_at=timezone.now(), **ended)

    page = desk.get("detail", run)

    assert "Took 12 min" in page.text
    assert page.context["page"].freshness is None


def test_the_figures_say_how_they_came_when_and_when_the_next_ones_do(desk, run):
    fresh = page_of(desk, run).freshness

    assert fresh.seen_by == "we asked"
    assert (timezone.now() - fresh.seen_at, fresh.next_at - timezone.now()) == (
        timedelta(seconds=22),
        timedelta(seconds=38),
    )


def test_a_total_is_as_old_as_its_oldest_figure(desk, run):
    now = timezone.now()
    told = {"seen_by": "webhook", "seen_at": now - timedelta(seconds=4)}
    create_batch_with_job(issuance=run, variant=desk.campaign.variants.first(), number=3, size=5, **told)

    page = page_of(desk, run)

    assert page.freshness.seen_by == page.arms[0].freshness.seen_by == "we asked"
    assert page.arms[0].jobs[2].seen_by == "Thanx told us"


# --- What it costs, and announcements -------------------------------------------------------------------------


def test_a_page_on_which_nothing_changed_is_not_sent_however_long_it_stands_open(desk, run, time_machine):
    at = timezone.now()
    WorkerBeat.objects.create(
        worker="here", started_at=at, heard_at=at + timezone.timedelta(minutes=1)
    )  # all the while
    seen = page_of(desk, run).version
    time_machine.move_to("2026-05-12 12:10:25", tick=False)

    assert (poll(desk, run, seen).status_code, poll(desk, run, "another").status_code) == (204, 200)


def test_an_unchanged_page_takes_the_same_few_queries_for_many_jobs(desk, run):
    def queries():
        seen = page_of(desk, run).version
        with CaptureQueriesContext(connection) as captured:
            assert poll(desk, run, seen).status_code == 204
        return len(captured)

    few = queries()
    for number in range(3, 40):
        create_batch_with_job(issuance=run, variant=desk.campaign.variants.first(), number=number, size=10)

    assert queries() == few <= 9


@pytest.mark.parametrize("change_at", ["2026-05-12 12:11:05", "2026-05-12 12:19:30"])
def test_what_time_alone_changes_is_sent_too(desk, run, time_machine, change_at):
    seen = page_of(desk, run).version

    time_machine.move_to(change_at, tick=False)

    assert poll(desk, run, seen).status_code == 200


def test_screen_readers_are_told_of_each_tenth_and_not_of_every_guest(desk, run):
    first = page_of(desk, run).spoken
    change(1, issued_count=29)
    again = page_of(desk, run).spoken
    change(1, issued_count=40)

    assert first == again
    assert "30 % done." in first
    assert "40 % done." in page_of(desk, run).spoken
    assert desk.get("detail", run).text.count("data-announce") == 1


def test_what_holds_a_run_up_is_told_aloud_once(desk, run):
    change(2, state=BatchState.NEEDS_ATTENTION, maybe_sent=True, error_code="unknown_too_long")

    page = desk.get("detail", run)

    assert page.context["page"].spoken.startswith("Needs you.")
    assert "Job 2 needs your decision." in page.context["page"].spoken
    region = page.text.partition('id="run"')[2].partition("</main>")[0]
    assert 'role="alert"' not in region
    assert 'role="status"' not in region


def test_links_keep_the_focus_when_the_region_is_exchanged(desk, run):
    text = desk.get("detail", run).text

    for anchor in ('id="all-issued"', 'id="all-not-sent"', 'id="arm-0-failed"', 'id="to-failures"'):
        assert anchor in text


# --- Figures link to their guests ----------------------------------------------------------------------------


def test_the_figures_of_an_arm_lead_to_its_guests(desk, run):
    variant = desk.campaign.variants.first()

    segments = {segment.label: segment.href for segment in page_of(desk, run).arms[0].segments}

    for label, outcome in (("Failed", "failed"), ("In progress", "in_progress"), ("Not sent", "not_sent")):
        assert segments[label] == f"{desk.at('recipients', run.pk)}?arm={variant.pk}&outcome={outcome}"


def test_a_stuck_job_can_be_read_from_the_notice(desk, run):
    change(1, changed_at=timezone.now() - timedelta(minutes=11))

    text = desk.get("detail", run).text

    assert "Job 1 has not changed for ten minutes" in text
    assert 'id="check-stuck"' in text


# --- What was done afterwards ---------------------------------------------------------------------------------------


@pytest.fixture
def ended(desk, run):
    change(1, state=BatchState.COMPLETED, issued_count=58, failed_count=2, failures_listed=True)
    change(2, state=BatchState.REFUSED)
    failures.write(batch=run.batches.get(number=1), reasons={0: "Oops", 1: "Oops"}, at=timezone.now())
    return run


def test_the_sum_of_a_run_does_not_change_by_what_is_done_about_its_failures(desk, ended):
    before = page_of(desk, ended).segments
    desk.post("settle", ended, {"note": "Gone"}, query=f"?failure={Failure.objects.first().pk}")
    desk.post("retry", ended)

    page = desk.get("detail", ended)

    child = ended.retries.get()
    assert f"Of the failures, 1 to be retried in the draft #{child.pk} and 1 settled." in page.text
    assert page.context["page"].segments == before


def test_the_log_tells_of_settlements_and_retries(desk, ended):
    row = settlements.settle(
        issuance=ended, failures=Failure.objects.filter(position=0), note="Gone", by=desk.person, at=timezone.now()
    )
    settlements.reopen(settlement=row, by=desk.person, at=timezone.now())
    desk.post("retry", ended)

    told = [entry.words for entry in page_of(desk, ended).log]

    child = ended.retries.get()
    assert {"1 failure settled: Gone", "1 failure open again", f"Failures to be retried in #{child.pk}"} <= set(told)


def test_a_revocation_ends_with_the_number_of_rewards_taken_back(desk, ended):
    change(1, state=BatchState.REVOKED)
    change(2, state=BatchState.DISCARDED)

    page = desk.get("detail", ended)

    assert page.context["page"].pill_words == "Revoked 58"
    assert desk.at("to-tell-csv", ended.pk) in page.text
    assert desk.at("reissue", ended.pk) in page.text


def test_a_revocation_says_how_far_it_is(desk, ended):
    change(1, state=BatchState.REVOKED)
    change(2, state=BatchState.REVOKING, job_id="j2", issued_count=30)

    assert "The rewards of 1 job are being revoked. 58 are revoked so far." in desk.get("detail", ended).text
