"""Every guest of an issuance, with the outcome."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from issuance.jobs import failures
from issuance.models import Batch, Manifest
from issuance.states import BatchState
from tests.support.desk import Desk, people
from tests.support.factories import IssuanceFactory, create_frozen_batch
from tests.support.reveals import show

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client, shares=(45, 45), control=10)


@pytest.fixture
def run(desk):
    """Twenty guests: nine in each arm (one failed), and two held back."""
    issuance = desk.confirmed(people(20))
    for batch in Batch.objects.filter(issuance=issuance, is_control=False):
        end(batch, failed={0: "User not found"})
    return issuance


def end(batch, *, failed):
    counts = {"issued_count": batch.size - len(failed), "failed_count": len(failed), "failures_listed": True}
    ended = {"state": BatchState.COMPLETED, "job_id": f"job-{batch.pk}", "due_at": None}
    Batch.objects.filter(pk=batch.pk).update(**ended, **counts)
    failures.write(batch=batch, reasons=failed, at=timezone.now())


def rows(page):
    return page.context["page"].rows


@pytest.mark.parametrize(
    ("outcome", "number"), [("", 20), ("issued", 16), ("failed", 2), ("held_back", 2), ("unknown", 0), ("odd", 20)]
)
def test_an_outcome_picks_out_its_guests(desk, run, outcome, number):
    page = desk.get("recipients", run, query=f"?outcome={outcome}")

    assert len(rows(page)) == number


def test_a_guest_has_a_line_an_address_an_arm_a_job_and_an_outcome(desk, run):
    (first, _) = rows(desk.shown("recipients", run, query="?outcome=failed"))

    assert (first.line, first.arm, first.job) == (first.line, "Reward 1", 1)
    assert first.identifier == f"guest{first.line - 2}@example.com"
    assert (first.outcome, first.reason) == ("Failed", "Not a member")


def test_a_guest_who_is_held_back_is_in_no_job(desk, run):
    held_back = rows(desk.get("recipients", run, query="?outcome=held_back"))

    assert {(row.arm, row.job, row.outcome) for row in held_back} == {("Control", None, "Held back")}


def test_an_arm_and_a_job_narrow_it_down(desk, run):
    second = desk.campaign.variants.get(position=1)

    assert {row.arm for row in rows(desk.get("recipients", run, query=f"?arm={second.pk}"))} == {"Reward 2"}
    assert len(rows(desk.get("recipients", run, query="?job=1&outcome=issued"))) == 8


@pytest.mark.parametrize("typed", [" Guest7@Example.com", "9"])
def test_a_guest_is_found_by_address_and_by_line_and_stands_in_no_url(desk, run, typed):
    answer = desk.post("recipients", run, {"q": typed})
    found = rows(show(desk.client, desk.merchant, desk.client.get(answer.url)))

    assert "guest7" not in answer.url.lower()
    assert [(row.line, row.identifier) for row in found] == [(9, "guest7@example.com")]


def test_a_guest_of_another_issuance_is_not_found(desk, run):
    other = IssuanceFactory(campaign=desk.campaign)
    create_frozen_batch("zoe@example.com", issuance=other, variant=desk.campaign.variants.first(), number=1)

    assert "No guest found" in desk.post("recipients", run, {"q": "zoe@example.com"}, follow=True).text


def test_while_a_job_runs_the_page_says_that_thanx_counts_more_than_it_has_named(desk, run):
    batch = Batch.objects.filter(issuance=run, is_control=False).first()
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.WATCHING, issued_count=3, failed_count=1)

    issued = desk.get("recipients", run, query="?outcome=issued&job=1")
    running = desk.get("recipients", run, query="?outcome=in_progress&job=1")

    assert "3 more guests count as issued. Thanx says who once their job has ended." in issued.text
    assert len(rows(running)) == 8
    assert "Thanx counts 3 of these as issued or failed already, and says who once their job has ended." in running.text


def test_erased_guests_are_still_counted(desk, run):
    Manifest.objects.all().delete()

    page = desk.get("recipients", run)

    assert len(rows(page)) == 20
    assert page.text.count("erased") == 20


def test_more_guests_take_no_more_queries_and_pages_are_of_fifty(desk):
    def queries(number):
        issuance = desk.confirmed(people(number))
        with CaptureQueriesContext(connection) as seen:
            page = desk.get("recipients", issuance)
        assert len(rows(page)) == min(number, 50)
        return len(seen)

    assert queries(70) == queries(10)


def test_the_numbers_of_the_run_lead_here(desk, run):
    page = desk.get("detail", run).text

    assert f"{desk.at('recipients', run.pk)}?outcome=issued" in page
    assert f"{desk.at('recipients', run.pk)}?outcome=held_back" in page
    assert f"{desk.at('failures', run.pk)}?job=1#guests" in page


def test_a_draft_has_no_such_page_and_strangers_have_none_at_all(desk, run, client):
    draft = desk.ready(people(3))
    assert desk.get("recipients", draft).status_code == 404

    stranger = Desk(client, role=Role.MANAGER)
    assert stranger.get("recipients", run).status_code == 404
