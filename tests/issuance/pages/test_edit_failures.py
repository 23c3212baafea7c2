"""Editing failures: nothing typed is lost, and only what was corrected is retried."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issuance.followup import edit_failures
from issuance.followup.retries import prepare_one_retry
from issuance.manifests import identifiers_of
from issuance.models import Correction, Failure, Issuance
from issuance.states import IssuanceState
from tests.issuance.pages.test_failures import GUESTS, REASONS, run_of
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def run(desk):
    """Four guests in lines 2 to 5, all but the first failed."""
    return run_of(desk, GUESTS, REASONS)


def many(desk, number):
    guests = [f"guest{n}@example.com" for n in range(number)]
    return run_of(desk, guests, dict.fromkeys(range(number), "User not found"))


def typed(*texts, then="stay"):
    """Return a form: a text for each of the failures in their order; None leaves a field out."""
    keys = Failure.objects.order_by("position").values_list("pk", flat=True)
    fields = {f"guest-{key}": text for key, text in zip(keys, texts, strict=False) if text is not None}
    return {**fields, "then": then}


def test_each_guest_has_a_field_with_the_identifier_as_it_was(desk, run):
    page = desk.get("edit-failures", run)

    assert [(line.row.line, line.typed) for line in page.context["page"].lines] == [
        (3, "bo@example.com"),
        (4, "cy@example.com"),
        (5, "+12125550123"),
    ]


def test_the_corrected_become_a_linked_draft_of_their_own(desk, run):
    answer = desk.post("edit-failures", run, typed("beau@example.com", None, None, then="retry"))

    child = Issuance.objects.get(parent=run)
    assert answer.url == desk.at("check", child.pk)
    assert prepare_one_retry()
    child.refresh_from_db()
    assert (child.state, child.lines) == (IssuanceState.READY, 1)
    assert [found.value for found in identifiers_of(child.batches.get())] == ["beau@example.com"]
    assert "1 to be retried in the draft" in desk.get("failures", run).text


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(desk, run):
    page = desk.post("edit-failures", run, typed("beau@@", "cyrus@example.com", "+12125550123", then="retry"))

    wrong, right, left = page.context["page"].lines
    assert (wrong.typed, wrong.error) == ("beau@@", "Not an email address. Look for a typing error and correct it.")
    assert (right.typed, right.error, left.error) == ("cyrus@example.com", "", "")
    assert f'aria-describedby="{wrong.name}-error"' in page.text
    assert not Issuance.objects.filter(parent=run).exists()


def test_corrections_wait_and_are_there_when_the_user_comes_back(desk, run):
    desk.post("edit-failures", run, typed("beau@example.com"))

    assert desk.get("edit-failures", run).context["page"].lines[0].typed == "beau@example.com"
    assert "Retry the corrected (1)" in desk.get("failures", run).text


def test_the_ticked_alone_are_edited(desk, run):
    ticked = Failure.objects.get(position=2)

    page = desk.get("edit-failures", run, query=f"?failure={ticked.pk}").context["page"]

    assert [line.row.line for line in page.lines] == [4]


def test_only_those_that_were_asked_for_are_retried(desk, run):
    desk.post("edit-failures", run, typed("beau@example.com", None, "+12125550199"))

    desk.post("edit-failures", run, {"then": "retry"}, query="?reason=invalid_phone")

    assert Issuance.objects.get(parent=run).lines == 1


def test_without_a_correction_there_is_nothing_to_retry(desk, run):
    page = desk.post("edit-failures", run, typed(*GUESTS[1:], then="retry"), follow=True)

    assert "Nothing is corrected yet" in page.text
    assert not Issuance.objects.filter(parent=run).exists()


def test_a_long_list_is_edited_page_by_page_and_tried_as_one(desk):
    run = many(desk, 60)

    first = desk.post("edit-failures", run, typed("ana@example.com", then="next"))
    last = desk.client.get(first.url).context["page"]
    key = last.lines[-1].row.key
    desk.client.post(first.url, {f"guest-{key}": "zoe@example.com", "then": "retry"})

    assert len(last.lines) == 10
    assert Issuance.objects.get(parent=run).lines == 2


@pytest.mark.parametrize("method", ["get", "post"])
def test_fifty_take_no_more_queries_than_two(desk, method):
    def queries(number):
        run = many(desk, number)
        keys = Failure.objects.filter(batch__issuance=run).values_list("pk", flat=True)
        form = {f"guest-{key}": f"corrected{run.pk}.{key}@example.com" for key in keys}
        with CaptureQueriesContext(connection) as seen:
            desk.get("edit-failures", run) if method == "get" else desk.post("edit-failures", run, form)
        return len(seen)

    queries(1)  # the first entry of all makes the key of the audit trail
    assert queries(50) == queries(2)


def test_failures_of_another_issuance_cannot_be_corrected_here(desk, run):
    other = many(desk, 1)
    foreign = Failure.objects.get(batch__issuance=other)

    desk.post("edit-failures", run, {f"guest-{foreign.pk}": "zoe@example.com", "guest-x": "y", "guest-9²": "z"})

    assert not Correction.objects.exists()


def test_a_retried_guest_shows_what_was_tried(desk, run):
    desk.post("edit-failures", run, typed("beau@example.com", then="retry"))

    row = desk.shown("failures", run).context["page"].rows[0]

    assert (row.identifier, row.corrected) == ("bo@example.com", "beau@example.com")


def test_the_guests_to_invite_come_as_a_file_with_the_names_of_the_upload(desk):
    run = desk.confirmed(
        b"First Name,Surname,Phone,Mail\r\nAna,Ace,+12125550123,ana@example.com\r\nBo,Bee,,bo@example.com\r\n"
    )
    batch = run.batches.get()
    Failure.objects.create(batch=batch, position=1, reason_code="user_not_found", seen_at=run.created_at)

    page = desk.get("invite", run).text
    file = b"".join(desk.get("invite-csv", run)).decode("utf-8-sig")

    assert "1 guest got no reward because this is no member" in page
    assert file == "email,first_name,last_name\r\nbo@example.com,Bo,Bee\r\n"


def test_a_guest_who_was_sent_by_phone_is_invited_by_the_address_beside_it(desk):
    run = desk.confirmed(b"phone,name,email\r\n+12125550123,Ana,ana@example\r\n+12125550124,Bo,\r\n")
    run.upload.mapping = {"phone": 0, "email": 2}
    run.upload.save()
    for position in range(2):
        Failure.objects.create(
            batch=run.batches.get(), position=position, reason_code="user_not_found", seen_at=run.created_at
        )

    file = b"".join(desk.get("invite-csv", run)).decode("utf-8-sig")

    assert file == "email,name\r\nana@example,Ana\r\n"


def test_a_guest_who_may_have_joined_is_retried_as_before(desk, run):
    desk.post("retry", run, {"joined": "yes"})

    assert Issuance.objects.get(parent=run).lines == 2


def test_the_file_of_failures_says_what_was_sent_and_what_was_done(desk, run):
    desk.post("edit-failures", run, typed("beau@example.com", then="retry"))
    child = Issuance.objects.get(parent=run)
    desk.post("settle", run, {"note": "Gone"}, query="?reason=invalid_phone")

    header, *rows = b"".join(desk.get("failures-csv", run)).decode("utf-8-sig").splitlines()

    assert header == "line,status,reason_code,reason,what_to_do,sent_to,job,job_id"
    assert [row.split(",")[1] for row in rows] == ['"failed', "failed", '"failed']
    assert f"to be retried in the draft {child.pk}" in rows[0]
    assert "settled" in rows[2]
    assert rows[1].endswith(f"cy@example.com,1,job-{run.pk}")


def test_a_correction_that_cannot_be_opened_is_simply_missing(run):
    failure = Failure.objects.first()
    Correction.objects.create(failure=failure, issuance=run, fingerprint=b"x" * 16, sealed_value=b"", at=run.created_at)

    assert edit_failures.values_of([failure]) == {}
