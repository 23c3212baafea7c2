"""Pausing, resuming and stopping on the page of a run, and its notices."""

import pytest
from django.utils import timezone

from accounts.models import Role
from issuance.jobs import recording
from issuance.models import Batch, Issuance
from issuance.sending import stopping
from issuance.states import BatchState
from tests.support.desk import Desk, people
from tests.support.factories import BatchFactory, IssuanceFactory, create_batch_with_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def run(desk) -> Issuance:
    """60 guests in a running job, and two jobs of 30 and 10 to be sent."""
    issuance = IssuanceFactory(campaign=desk.campaign, lines=100)
    arm = {"issuance": issuance, "variant": desk.campaign.variants.first()}
    create_batch_with_job(size=60, number=1, issued_count=20, failed_count=4, **arm)
    BatchFactory(size=30, number=2, **arm)
    BatchFactory(size=10, number=3, **arm)
    return issuance


def pill(page) -> str:
    return page.context["page"].pill_words


def test_a_pause_and_a_resume_are_one_press_each(desk, run):
    paused = desk.post("pause", run, follow=True)
    resumed = desk.post("resume", run, follow=True)

    assert (pill(paused), pill(resumed)) == ("Paused after 1 of 3 jobs", "Sending")
    assert f"Paused by {desk.person}" in paused.text
    assert "2 jobs with 40 guests wait." in paused.text
    assert 'id="resume"' in paused.text
    assert 'id="pause"' in resumed.text


def test_a_paused_run_goes_on_watching_itself_since_another_user_may_resume_it(desk, run):
    Batch.objects.filter(number=1).update(state=BatchState.COMPLETED, issued_count=60, failed_count=0, due_at=None)

    page = desk.post("pause", run, follow=True)

    assert "hx-trigger" in page.text


def test_a_pause_is_news_to_a_user_who_has_the_page_open(desk, run, time_machine):
    time_machine.move_to("2026-05-12 12:00:05", tick=False)
    seen = desk.get("detail", run).context["page"].version
    stopping.pause(issuance=run, by=None, at=timezone.now())

    answer = desk.get("progress", run, query=f"?seen={seen}", headers={"HX-Request": "true"})

    assert "Paused by the command line" in answer.text


def test_a_pause_that_came_too_late_is_told(desk, run):
    desk.post("pause", run)

    page = desk.post("pause", run, follow=True)

    assert "has changed in the meantime" in page.text


def test_too_many_failures_are_told_with_what_they_mean_and_what_to_do(desk, run):
    Batch.objects.filter(number=1).update(state=BatchState.COMPLETED, issued_count=40, failed_count=20)
    recording.act_on_end(Batch.objects.get(number=1), at=timezone.now())

    page = desk.get("detail", run)

    assert "Paused: 20 of 60 guests of job 1 got no reward" in page.text
    assert "2 jobs with 40 guests wait. Nothing has been sent to them." in page.text
    assert f'href="{desk.at("failures", run.pk)}"' in page.text
    assert 'id="resume"' in page.text
    assert 'id="to-stop"' in page.text


def test_a_failed_job_without_counts_is_told_as_that(desk, run):
    Batch.objects.filter(number=1).update(state=BatchState.FAILED, issued_count=None, due_at=None)
    recording.act_on_end(Batch.objects.get(number=1), at=timezone.now())

    assert "Paused: job 1 failed at Thanx" in desk.get("detail", run).text


def test_what_waits_for_a_first_small_job_is_told(desk, run):
    Issuance.objects.update(awaits_canary=True)
    Batch.objects.filter(number=1).update(is_canary=True)

    page = desk.get("detail", run)

    assert "A first job of 60 guests goes ahead" in page.text
    assert "2 jobs with 40 guests follow by themselves once it has completed with fewer than 30 % failures" in page.text


def test_the_page_before_a_stop_says_what_happens_to_which_guests(desk, run):
    Batch.objects.filter(number=3).update(maybe_sent=True)

    page = desk.get("stop", run)

    told = page.context["page"]
    assert (told.unsent.guests, told.doubtful.guests, told.at_thanx.guests) == (30, 10, 60)
    assert "Stop: leave 30 guests unsent" in page.text
    assert Batch.objects.filter(state=BatchState.STOPPED).count() == 0


def test_after_a_stop_the_page_says_after_how_many_jobs_and_offers_the_others(desk, run):
    page = desk.post("stop", run, follow=True)

    assert pill(page) == "Stopped after 1 of 3 jobs"
    assert "2 jobs with 40 guests stay unsent; 1 had gone before." in page.text
    assert f"Stopped by {desk.person}" in page.text
    assert desk.at("not-sent-csv", run.pk) in page.text
    assert "Everybody keeps their group." in page.text
    assert 'id="to-stop"' not in page.text


def test_the_guests_that_were_not_sent_can_be_downloaded_and_added_again(desk):
    run = desk.confirmed(people(3))
    desk.post("stop", run)

    answer = desk.get("not-sent-csv", run)
    again = desk.ready(b"".join(answer.streaming_content))

    assert again.lines == sum(batch.size for batch in again.batches.all()) == 3
    assert list(again.batches.values_list("variant", flat=True)) == list(run.batches.values_list("variant", flat=True))


@pytest.mark.parametrize("before", ["stopped", "sent"])
def test_where_there_is_nothing_to_stop_the_page_says_why(desk, run, before):
    if before == "stopped":
        desk.post("stop", run)
    else:
        Batch.objects.filter(number__gt=1).update(maybe_sent=True)

    page = desk.get("stop", run)

    assert ("It is stopped already." if before == "stopped" else "Every job has gone to Thanx already") in page.text
    assert '<button class="btn btn-danger"' not in page.text
    assert "has changed in the meantime" in desk.post("stop", run, follow=True).text


@pytest.mark.parametrize("act", ["pause", "resume", "stop", "canary"])
def test_a_viewer_changes_nothing(client, act):
    desk = Desk(client, role=Role.VIEWER)
    issuance = BatchFactory(issuance__campaign=desk.campaign).issuance

    assert desk.post(act, issuance).status_code == 403
    assert 'id="pause"' not in desk.get("detail", issuance).text


@pytest.mark.parametrize("act", ["pause", "resume", "stop", "canary"])
def test_another_merchants_issuance_does_not_exist(desk, act):
    others = BatchFactory().issuance

    assert desk.post(act, others).status_code == 404


@pytest.mark.parametrize(("status", "found"), [("paused", True), ("stopped", False), ("needs-you", False)])
def test_the_list_can_be_filtered_by_what_is_paused(desk, run, status, found):
    desk.post("pause", run)

    assert bool(desk.get("list", query=f"?status={status}").context["page"].rows) == found


def test_what_asks_because_of_failures_is_listed_as_needing_a_user(desk, run):
    Batch.objects.filter(number=1).update(state=BatchState.FAILED, issued_count=0, due_at=None)
    recording.act_on_end(Batch.objects.get(number=1), at=timezone.now())

    home = desk.client.get(f"/m/{desk.merchant.handle}/")

    assert desk.get("list", query="?status=needs-you").context["page"].rows
    assert "the other jobs wait until you resume or stop it" in home.text


def test_the_page_of_a_stop_says_that_jobs_at_thanx_are_not_touched(desk, run):
    page = desk.get("stop", run)

    assert "1 job at Thanx" in page.text
    assert "60 guests: not touched." in page.text
    assert "2 jobs that will never be sent" in page.text
