"""Guests are masked until a user shows those of one page, for a few minutes, with a reason and an audit entry."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Role
from accounts.reveals import LASTS, REVEALED
from issuance.models import Batch, Failure
from issuance.states import BatchState
from tests.support.desk import Desk
from tests.support.factories import NOON, MembershipFactory
from tests.support.reveals import show as press

pytestmark = pytest.mark.django_db

LIST = b"email\r\n" + b"".join(b"guest%d@example.com\r\n" % n for n in range(5)) + b"wrong@at@example.com\r\n"
PAGES = {"recipients": 5, "failures": 2, "left-out": 1}
"""The pages of an issuance that list guests, and how many there are on each."""


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def run(desk):
    issuance = desk.confirmed(LIST)
    batch = issuance.batches.get()
    ended = {"state": BatchState.COMPLETED, "job_id": "job-1", "issued_count": 3, "failed_count": 2}
    Batch.objects.filter(pk=batch.pk).update(**ended, submitted_at=NOON, due_at=None)
    for position in range(2):
        Failure.objects.create(batch=batch, position=position, reason="x", reason_code="other", seen_at=NOON)
    return issuance


def show(desk, page, **why):
    return press(desk.client, desk.merchant, page, **why)


def revealed():
    return AuditEntry.objects.filter(action=REVEALED)


def names(page):
    return re.findall(r"(?:guest\d|wrong@at)@example.com", page.text)


@pytest.mark.parametrize("name", PAGES)
def test_guests_are_masked_and_nothing_is_recorded(desk, run, name):
    page = desk.get(name, run)

    assert names(page) == []
    assert "•••" in page.text
    assert not revealed().exists()


@pytest.mark.parametrize(("name", "number"), PAGES.items())
def test_they_are_shown_for_a_reason_and_their_number_is_recorded(desk, run, name, number):
    page = show(desk, desk.get(name, run))

    assert len(names(page)) == number
    entry = revealed().get()
    assert (entry.by, entry.merchant, entry.object_id) == (desk.person, desk.merchant, str(run.pk))
    assert entry.facts == {"page": f"issuance:{name}", "guests": number, "because": "guest_asks", "minutes": 5}


def test_after_some_minutes_they_are_masked_again(desk, run):
    show(desk, desk.get("recipients", run))

    with time_machine.travel(timezone.now() + LASTS - timedelta(seconds=5)):
        assert names(desk.get("recipients", run))
    with time_machine.travel(timezone.now() + LASTS + timedelta(seconds=5)):
        assert not names(desk.get("recipients", run))


def test_only_what_was_counted_is_shown(desk, run):
    show(desk, desk.get("recipients", run, query="?outcome=failed"))

    assert revealed().get().facts["guests"] == 2
    assert len(names(desk.get("recipients", run, query="?outcome=failed&page=1"))) == 2
    assert names(desk.get("recipients", run)) == []
    assert names(desk.get("failures", run)) == []


@pytest.mark.parametrize("why", ["", "because", "editing"])
def test_without_a_reason_they_stay_masked(desk, run, why):
    page = show(desk, desk.get("recipients", run), why=why)

    assert "choose why you need to see the guests" in page.text
    assert names(page) == []
    assert not revealed().exists()


def test_the_button_of_another_user_shows_nothing(desk, run):
    page = desk.get("recipients", run)
    desk.client.force_login(MembershipFactory(merchant=desk.merchant, role=Role.MARKETER).user)

    assert "This button was too old" in show(desk, page).text
    assert names(desk.get("recipients", run)) == []
    assert not revealed().exists()


@pytest.mark.parametrize("name", PAGES)
def test_viewers_have_no_button_and_none_of_another_helps(desk, run, name):
    page = desk.get(name, run)
    Membership.objects.filter(user=desk.person).update(role=Role.VIEWER)

    assert "Your role does not show them." in desk.get(name, run).text
    assert show(desk, page).status_code == 403
    assert names(desk.get(name, run)) == []
    assert not revealed().exists()


def test_a_role_that_is_lost_masks_at_once(desk, run):
    show(desk, desk.get("recipients", run))
    Membership.objects.filter(user=desk.person).update(role=Role.VIEWER)

    assert names(desk.get("recipients", run)) == []


def test_the_marketer_of_a_draft_sees_the_lines_to_fix(desk):
    draft = desk.ready(LIST)

    assert names(desk.get("check", draft))
    Membership.objects.filter(user=desk.person).update(role=Role.VIEWER)
    page = desk.get("check", draft)

    assert page.status_code == 200
    assert names(page) == []


def test_correcting_failures_shows_them_and_is_recorded_once(desk, run):
    for _ in range(2):
        assert len(set(names(desk.get("edit-failures", run)))) == 2

    assert revealed().get().facts == {"page": "issuance:edit-failures", "guests": 2, "because": "editing", "minutes": 5}
