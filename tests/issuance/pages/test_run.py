"""The page of a run shows every guest's outcome without a call to Thanx."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Role
from issuance.jobs.problems import JobProblem
from issuance.models import Batch
from issuance.states import BatchMove, BatchState, IssuanceState
from tests.support.desk import Desk
from tests.support.factories import NOON, BatchFactory, IssuanceFactory, create_batch_with_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def run(desk):
    """A confirmed issuance of 100 lines: 10 left out, 60 in a running job, 30 to be sent."""
    issuance = IssuanceFactory(campaign=desk.campaign, lines=100, left_out={"empty": 10})
    arm = {"issuance": issuance, "variant": desk.campaign.variants.first()}
    create_batch_with_job(size=60, number=1, issued_count=20, failed_count=4, seen_by="poll", **arm)
    BatchFactory(size=30, number=2, **arm)
    return issuance


def change(number, **facts):
    Batch.objects.filter(number=number).update(**facts)


def test_the_figures_add_up_to_the_lines_of_the_file(desk, run):
    page = desk.get("detail", run).context["page"]

    assert {segment.label: segment.count for segment in page.segments} == {
        "Issued": 20,
        "Failed": 4,
        "In progress": 36,
        "Not sent": 30,
        "Left out": 10,
    }


def test_figures_lead_to_who_is_behind_them(desk, run):
    page = desk.get("detail", run)

    assert f'href="{desk.at("failures", run.pk)}"' in page.text
    assert f'href="{desk.at("left-out", run.pk)}"' in page.text


def test_how_it_stands_is_said_in_a_sentence(desk, run):
    assert "1 of 2 jobs handed to Thanx; 24 of 90 guests done." in desk.get("detail", run).text


def test_an_unfinished_run_fetches_itself_and_offers_a_link_where_no_script_runs(desk, run):
    page = desk.get("detail", run)

    assert 'hx-trigger="every 2s"' in page.text
    assert f'href="{desk.at("detail", run.pk)}">' in page.text


def test_a_settled_run_has_no_trigger(desk, run):
    change(1, state=BatchState.COMPLETED, issued_count=56, failed_count=4)
    change(2, state=BatchState.REFUSED)

    assert "hx-trigger" not in desk.get("detail", run).text


def test_an_unchanged_region_is_not_sent_again(desk, run, time_machine):
    time_machine.move_to("2026-05-12 12:00:05", tick=False)
    seen = desk.get("detail", run).context["page"].version

    answer = desk.get("progress", run, query=f"?seen={seen}", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.content) == (204, b"")


def test_news_is_sent_as_the_region_alone(desk, run, time_machine):
    time_machine.move_to("2026-05-12 12:00:05", tick=False)
    seen = desk.get("detail", run).context["page"].version
    change(1, issued_count=21)

    answer = desk.get("progress", run, query=f"?seen={seen}", headers={"HX-Request": "true"})

    assert answer.text.strip().startswith('<div id="run"')
    assert "<html" not in answer.text


def test_the_region_without_a_script_is_the_page(desk, run):
    assert desk.get("progress", run).url == desk.at("detail", run.pk)


def test_many_jobs_take_no_more_queries_than_two(desk, run):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            desk.get("detail", run)
        return len(seen)

    few = queries()
    for number in range(3, 50):
        create_batch_with_job(issuance=run, variant=desk.campaign.variants.first(), number=number, size=10)

    assert queries() == few


def test_a_job_can_be_read_at_once(desk, run):
    change(1, due_at=timezone.now() + timedelta(minutes=1))

    desk.client.post(desk.at("check-now", run.pk, 1))

    assert Batch.objects.get(number=1).due_at <= timezone.now()


def test_a_job_is_not_read_twice_within_a_minute(desk, run):
    due_at = timezone.now() + timedelta(minutes=1)
    change(1, due_at=due_at, polled_at=timezone.now())

    answer = desk.client.post(desk.at("check-now", run.pk, 1), follow=True)

    assert "was read less than a minute ago" in answer.text
    assert Batch.objects.get(number=1).due_at == due_at


def test_a_job_that_needs_a_decision_offers_each_with_what_follows_from_it(desk, run):
    change(2, state=BatchState.NEEDS_ATTENTION, maybe_sent=True, error_code="unknown_too_long")

    page = desk.get("detail", run)

    assert "Job 2 needs your decision" in page.text
    assert [option.decision for option in page.context["page"].asking[0].options] == ["ask_again", "name_job", "settle"]


def test_a_decision_is_carried_out(desk, run):
    change(2, state=BatchState.NEEDS_ATTENTION, maybe_sent=True, error_code="unknown_too_long")

    desk.client.post(desk.at("decide", run.pk, 2), {"decision": "ask_again"})

    assert Batch.objects.get(number=2).state == BatchState.QUEUED


def test_a_decision_that_does_not_fit_is_refused_in_words(desk, run):
    answer = desk.client.post(desk.at("decide", run.pk, 1), {"decision": "settle"}, follow=True)

    assert "This job stands differently by now." in answer.text


def test_a_viewer_has_nothing_to_press(client):
    desk = Desk(client, role=Role.VIEWER)
    issuance = IssuanceFactory(campaign=desk.campaign, state=IssuanceState.CONFIRMED, lines=60)
    create_batch_with_job(issuance=issuance, variant=desk.campaign.variants.first(), number=1, size=60)

    assert "Check now" not in desk.get("detail", issuance).text
    assert desk.client.post(desk.at("check-now", issuance.pk, 1)).status_code == 403


def test_a_silent_engine_is_told(desk, run):
    assert "No worker has been heard from" in desk.get("detail", run).text


def test_a_job_without_news_for_ten_minutes_is_told(desk, run):
    change(1, changed_at=timezone.now() - timedelta(minutes=11))

    assert "has not changed for ten minutes" in desk.get("detail", run).text


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (JobProblem.UNANSWERED, "no answer yet; the same call is made again, which cannot issue twice"),
        (JobProblem.CREDENTIALS_REFUSED, "put off: Thanx does not accept the portal's credential"),
        (JobProblem.UNREACHABLE, "put off: Thanx could not be reached"),
    ],
)
def test_the_log_says_why_a_call_was_put_off(desk, problem, words):
    issuance = desk.confirmed()
    batch = issuance.batches.get()
    batch.move(BatchMove.CLAIMED, by=None, at=NOON)
    batch.move(BatchMove.POSTPONED, by=None, at=NOON, due_at=NOON, error_code=problem)

    assert f"Job 1: {escape(words)}" in desk.get("detail", issuance).text


def test_the_log_keeps_why_rewards_were_revoked(desk):
    issuance = desk.confirmed()
    issuance.batches.update(state=BatchState.COMPLETED, job_id="job-1", issued_count=2)

    desk.post("revoke", issuance, {"reason": "sent twice", "number": "2", "detail": "Monday's list"})

    assert "to be revoked (It was sent twice: Monday&#x27;s list)" in desk.get("detail", issuance).text


def test_a_call_that_may_have_arrived_is_not_said_to_be_unsent(desk):
    issuance = desk.confirmed()
    issuance.batches.update(maybe_sent=True)

    page = desk.get("detail", issuance).text

    assert (
        "Outcome unknown for 2 guests: we are asking Thanx again with the same key, which cannot issue twice." in page
    )
    assert "no answer yet" in page
    assert "not sent yet" not in page
