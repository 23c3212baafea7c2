"""A settlement of failures keeps the user's reason, hides nothing, and can be taken back."""

import pytest
from django.db import IntegrityError

from issuance.followup import retries, settlements
from issuance.jobs import failures
from issuance.models import Failure, Settlement
from tests.support.desk import Desk
from tests.support.factories import NOON, IssuanceFactory, UserFactory, create_batch_with_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def issuance(db):
    batch = create_batch_with_job(size=10, issued_count=6, failed_count=4, state="completed")
    failures.write(batch=batch, reasons=dict.fromkeys(range(4), "Oops"), at=NOON)
    return batch.issuance


def settle(issuance, *positions, note="They moved away."):
    rows = Failure.objects.filter(position__in=positions)
    return settlements.settle(issuance=issuance, failures=rows, note=note, by=None, at=NOON)


def tally(issuance):
    return failures.total(group.tally for group in failures.groups(issuance))


def test_settling_counts_and_takes_nothing_away(issuance):
    settle(issuance, 0, 1, 2)

    assert tally(issuance) == failures.FailureTally(count=4, open=1, settled=3)


def test_it_is_a_row_of_its_own_with_who_when_and_why(issuance):
    person = UserFactory()

    settlements.settle(issuance=issuance, failures=Failure.objects.all(), note=" Gone. ", by=person, at=NOON)

    row = Settlement.objects.get()
    assert (row.guests, row.note, row.by, row.at) == (4, "Gone.", person, NOON)


def test_a_note_keeps_no_guest(issuance):
    assert settle(issuance, 0, note="Call ana@example.com at +1 212 555 0123").note == "Call ••• at •••"


@pytest.mark.parametrize("note", ["", "   "])
def test_without_a_note_nothing_is_settled(issuance, note):
    with pytest.raises(settlements.NoteMissing):
        settle(issuance, 0, note=note)

    assert tally(issuance).settled == 0


def test_what_is_settled_is_neither_settled_again_nor_retried(issuance):
    settle(issuance, 0, 1)

    with pytest.raises(settlements.NothingToSettle):
        settle(issuance, 0, 1)

    assert retries.retry_failures(issuance=issuance, by=None, at=NOON).lines == 2
    assert Settlement.objects.count() == 1


def test_what_is_retried_is_not_settled(issuance):
    retries.retry_failures(issuance=issuance, by=None, at=NOON)

    with pytest.raises(settlements.NothingToSettle):
        settle(issuance, 0)


def test_no_failure_can_be_both(issuance):
    settlement = settle(issuance, 0)

    with pytest.raises(IntegrityError):
        Failure.objects.filter(settlement=settlement).update(retry=IssuanceFactory())


def test_taken_back_the_failures_are_open_and_the_row_remains(issuance):
    row = settle(issuance, 0, 1)

    assert settlements.reopen(settlement=row, by=None, at=NOON) == 2

    row.refresh_from_db()
    assert (row.guests, row.reopened_at, tally(issuance).open) == (2, NOON, 4)
    with pytest.raises(settlements.ReopenedBefore):
        settlements.reopen(settlement=row, by=None, at=NOON)


def test_failures_of_another_issuance_are_not_settled(issuance):
    with pytest.raises(settlements.NothingToSettle):
        settle(IssuanceFactory(), 0)


# --- On the pages --------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def run(desk):
    issuance = IssuanceFactory(campaign=desk.campaign, lines=10)
    ended = {"state": "completed", "issued_count": 6, "failed_count": 4, "failures_listed": True}
    batch = create_batch_with_job(issuance=issuance, variant=desk.campaign.variants.first(), number=1, size=10, **ended)
    failures.write(batch=batch, reasons={0: "Oops", 1: "Oops", 2: "User not found", 3: "Invalid phone"}, at=NOON)
    return issuance


def test_the_ticked_are_settled_and_listed_with_the_note(desk, run):
    first, second = Failure.objects.filter(reason_code="other")
    query = f"?failure={first.pk}"

    assert "Settle 1 failure" in desk.get("settle", run, query=query).text
    page = desk.post("settle", run, {"note": "Wrong list"}, query=query, follow=True).text

    assert "1 settled and 3 to be dealt with." in page
    assert "Wrong list" in page
    assert set(Failure.objects.open()) == set(Failure.objects.exclude(pk=first.pk))
    assert second in Failure.objects.open()


def test_a_missing_note_is_said_beside_the_field_and_nothing_is_settled(desk, run):
    page = desk.post("settle", run, {"note": " "}, query="?reason=invalid_phone")

    assert "Please say in a few words why nothing more is to be done." in page.text
    assert not Settlement.objects.exists()


def test_a_settlement_is_taken_back_with_one_click(desk, run):
    desk.post("settle", run, {"note": "Wrong list"})
    row = Settlement.objects.get()

    page = desk.client.post(desk.at("reopen", run.pk, row.pk), follow=True).text

    assert "4 failures are open again." in page
    assert "taken back" in page


def test_another_issuances_settlement_does_not_exist_here(desk, run, issuance):
    row = settlements.settle(issuance=issuance, failures=Failure.objects.all(), note="Gone", by=None, at=NOON)

    assert desk.client.post(desk.at("reopen", run.pk, row.pk)).status_code == 404
    assert Settlement.objects.get().reopened_at is None


@pytest.mark.parametrize(("standing", "number"), [("open", 3), ("settled", 1), ("retried", 0), ("odd", 4), ("", 4)])
def test_the_list_can_be_narrowed_to_what_was_done(desk, run, standing, number):
    desk.post("settle", run, {"note": "Gone"}, query="?reason=invalid_phone")

    assert len(desk.get("failures", run, query=f"?standing={standing}").context["page"].rows) == number
