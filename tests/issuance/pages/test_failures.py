"""The failures of an issuance: the guests, the reasons, and retries."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from issuance.jobs import failures
from issuance.models import Issuance
from issuance.states import BatchState, IssuanceState
from tests.support.desk import Desk
from tests.support.factories import IssuanceFactory, create_frozen_batch

pytestmark = pytest.mark.django_db

GUESTS = ("ana@example.com", "bo@example.com", "cy@example.com", "+12125550123")
REASONS = {1: "User not found", 2: "User not found", 3: "Invalid phone"}


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def run(desk):
    """Four guests in lines 2 to 5, only the first got a reward."""
    return run_of(desk, GUESTS, REASONS)


def run_of(desk, guests, reasons):
    issuance = IssuanceFactory(campaign=desk.campaign, lines=len(guests))
    ended = {"state": BatchState.COMPLETED, "failures_listed": True, "failed_count": len(reasons)}
    counts = {"job_id": f"job-{issuance.pk}", "issued_count": len(guests) - len(reasons)}
    variant = desk.campaign.variants.first()
    batch = create_frozen_batch(*guests, issuance=issuance, variant=variant, number=1, **ended, **counts)
    failures.write(batch=batch, reasons=reasons, at=timezone.now())
    return issuance


def lines(page):
    return [row.line for row in page.context["page"].rows]


def test_failures_are_grouped_by_reason_with_what_to_do(desk, run):
    page = desk.get("failures", run)

    assert [(kind.reason.title, kind.tally.count) for kind in page.context["page"].kinds] == [
        ("Not a member", 2),
        ("Phone number not accepted", 1),
    ]
    assert "Invite the guest to join" in page.text


def test_each_failure_has_its_line_and_its_guest(desk, run):
    page = desk.shown("failures", run)

    rows = [(row.line, row.identifier, row.said) for row in page.context["page"].rows]
    assert rows[0] == (3, "bo@example.com", "User not found")
    assert rows[2] == (5, "+12125550123", "Invalid phone")


@pytest.mark.parametrize("typed", ["+1 (212) 555-0123", "(212) 555 0123", "5"])
def test_a_failure_is_found_by_guest_however_spelled_and_by_line(desk, run, typed):
    assert lines(desk.post("failures", run, {"q": typed}, follow=True)) == [5]


@pytest.mark.parametrize("query", ["?reason=invalid_phone", "?job=1&reason=invalid_phone"])
def test_failures_can_be_narrowed_to_a_reason_and_a_job(desk, run, query):
    assert lines(desk.get("failures", run, query=query)) == [5]
    assert lines(desk.get("failures", run, query="?job=2")) == []


def test_a_search_without_a_hit_says_so(desk, run):
    assert "No guest found" in desk.post("failures", run, {"q": "zoe@example.com"}, follow=True).text


def test_the_guest_that_a_user_looks_for_is_in_no_address(desk, run):
    answer = desk.post("failures", run, {"q": "ana@example.com"})

    assert answer.status_code == 302
    assert "ana" not in answer.url
    assert re.search('<form[^>]*method="post"[^>]*role="search"', desk.get("failures", run).text)


def test_fifty_failures_take_no_more_queries_than_one(desk):
    def queries(number):
        guests = [f"guest{n}@example.com" for n in range(number)]
        issuance = run_of(desk, guests, dict.fromkeys(range(number), "User not found"))
        with CaptureQueriesContext(connection) as seen:
            desk.get("failures", issuance)
        return len(seen)

    assert queries(50) == queries(1)


def test_what_may_be_gone_by_itself_is_retried_unchanged_in_a_linked_draft(desk):
    run = run_of(desk, GUESTS, {1: "User not found", 2: "Try later", 3: "Oops"})

    answer = desk.post("retry", run)

    child = Issuance.objects.get(parent=run)
    assert answer.url == desk.at("check", child.pk)
    assert (child.state, child.lines) == (IssuanceState.READING, 2)


def test_what_would_fail_again_is_not_retried_unchanged(desk, run):
    page = desk.get("failures", run).text

    assert "Retry unchanged" not in page
    assert "Another retry" not in desk.post("retry", run, follow=True).text
    assert not Issuance.objects.filter(parent=run).exists()


def test_one_reason_alone_can_be_retried(desk):
    run = run_of(desk, GUESTS, {1: "Oops", 2: "Oops"})
    failures.write_all(batch=run.batches.get(), code=failures.ReasonCode.JOB_FAILED, text="", at=timezone.now())

    desk.post("retry", run, query="?reason=job_failed")

    assert Issuance.objects.get(parent=run).lines == 2


def test_a_second_retry_finds_that_there_is_nothing_left(desk):
    run = run_of(desk, GUESTS, {1: "Oops"})
    desk.post("retry", run)

    answer = desk.post("retry", run, follow=True)

    assert "These failures were retried or settled already" in answer.text
    assert Issuance.objects.filter(parent=run).count() == 1


def test_parent_and_retry_link_to_each_other(desk):
    run = run_of(desk, GUESTS, {1: "Oops"})
    desk.post("retry", run)
    child = Issuance.objects.get(parent=run)

    assert desk.at("detail", child.pk) in desk.get("failures", run).text
    assert desk.at("detail", run.pk) in desk.get("check", child).text


def test_an_unforeseen_reason_is_shown_as_thanx_said_it(desk):
    run = run_of(desk, GUESTS, {1: "Loyalty ledger <frozen>", 2: "Loyalty ledger <frozen>", 3: "Odd"})

    page = desk.get("failures", run).text

    assert "Thanx said: <q>Loyalty ledger &lt;frozen&gt;</q> · 2" in page
    assert "Thanx said: <q>Odd</q> · 1" in page


def test_the_failures_can_be_downloaded(desk, run):
    answer = desk.get("failures-csv", run)

    assert b"3,failed,user_not_found" in answer.getvalue()
    assert answer["Cache-Control"] == "no-store"


def test_no_failures_are_good_news_with_a_number(desk):
    run = run_of(desk, GUESTS, {})

    assert "Every reward was issued: 4 of 4." in desk.get("failures", run).text


def test_a_viewer_cannot_retry(client):
    desk = Desk(client, role=Role.VIEWER)
    run = run_of(desk, GUESTS, REASONS)

    page = desk.get("failures", run).text
    assert "Edit and retry" not in page
    assert "Settle" not in page
    assert {desk.post(name, run).status_code for name in ("retry", "edit-failures", "settle")} == {403}
