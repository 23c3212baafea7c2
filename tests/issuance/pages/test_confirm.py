"""The larger an issuance, the more it takes: a button, a typed number, and a second user's approval."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from issuance.audience.screening import Exclusion
from issuance.models import ApprovalRequest, Batch
from issuance.sending import canary, confirmation
from issuance.states import IssuanceState
from tests.support.desk import Desk, people
from tests.support.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limits(settings):
    settings.CONFIRM_TYPED_ABOVE = {"marketer": 10, "approver": 50, "manager": 50}
    settings.APPROVAL_ABOVE_REWARDS = {"marketer": 100, "approver": 1000}
    settings.APPROVAL_ABOVE_VALUE = {}


@pytest.fixture
def desk(client):
    return Desk(client, shares=(45, 45), control=10)


def of_another_user(desk, role):
    """Return the same desk with another user of this role."""
    other = Desk.__new__(Desk)
    other.__dict__ |= desk.__dict__
    other.client, other.person = Client(), MembershipFactory(merchant=desk.merchant, role=role).user
    other.client.force_login(other.person)
    return other


def state(issuance):
    issuance.refresh_from_db()
    return issuance.state


# --- A number that is typed ----------------------------------------------------------------------------------


def test_up_to_a_threshold_a_button_is_enough(desk):
    ready = desk.ready(people(11))  # ten rewards, one held back

    assert 'name="number"' not in desk.get("review", ready).text
    desk.post("confirm", ready)
    assert state(ready) == IssuanceState.CONFIRMED


@pytest.mark.parametrize("typed", ["90", " 90 ", "0,090", "9\u202f0"])
def test_above_it_the_number_is_typed_in_whatever_spelling(desk, typed):
    ready = desk.ready(people(100))
    assert "Type 90 to show that you have seen it." in desk.get("review", ready).text

    desk.post("confirm", ready, {"number": typed})

    assert state(ready) == IssuanceState.CONFIRMED


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Please type 90, the number of rewards."),
        ("ninety", "Please type the number alone: 90."),
        ("91", "This issues 90 rewards, not 91. Please type 90 if you want that."),
        ("100", "100 is the number of guests, of whom 10 are held back. This issues 90 rewards."),
    ],
)
def test_a_wrong_number_is_explained_beside_the_field_and_nothing_is_lost(desk, typed, told):
    ready = desk.ready(people(100))

    page = desk.post("confirm", ready, {"number": typed})

    assert told in page.context["form"].errors["number"]
    assert f'value="{typed}"' in page.text or not typed
    assert state(ready) == IssuanceState.READY
    assert not Batch.objects.exclude(idempotency_key=None).exists()


def test_the_threshold_is_that_of_the_role(client):
    approver = Desk(client, role=Role.APPROVER)

    assert 'name="number"' not in approver.get("review", approver.ready(people(50))).text


# --- A second user's approval --------------------------------------------------------------------------------


@pytest.fixture
def approver(desk):
    return of_another_user(desk, Role.APPROVER)


@pytest.fixture
def asked(desk, approver):
    ready = desk.ready(people(200))
    desk.post("ask", ready)
    return ready


SEEN = re.compile('name="seen" value="([0-9a-f]{64})"')


@pytest.mark.parametrize(("act", "size"), [("confirm", 10), ("ask", 200)])
def test_what_changed_after_it_was_shown_is_shown_again_and_not_issued(desk, settings, act, size):
    settings.CANARY_SIZE = 2
    ready = desk.ready(people(size))
    (seen,) = SEEN.findall(desk.get("review", ready).text)
    canary.choose(issuance=ready, wanted=True, by=desk.person, at=timezone.now())

    page = desk.post(act, ready, {"seen": seen}, follow=True)

    assert "The guests, groups or rewards changed after you had seen this page." in page.text
    ready.refresh_from_db()
    assert ready.state == IssuanceState.READY
    (seen,) = SEEN.findall(page.text)
    desk.post(act, ready, {"seen": seen})
    ready.refresh_from_db()
    assert ready.state in (IssuanceState.CONFIRMED, IssuanceState.WAITING_FOR_APPROVAL)


def test_above_a_limit_the_page_says_who_must_approve_and_offers_to_ask(desk, approver):
    page = desk.get("review", desk.ready(people(200)))

    assert f"Another user must approve it: {approver.person}. You may issue only up to 100 rewards alone." in page.text
    assert "Ask for approval of 180 rewards" in page.text
    assert desk.at("confirm", page.context["page"].issuance.pk) not in page.text


def test_with_no_member_to_approve_it_leads_to_an_operator(desk):
    assert (
        "an operator, since no user of this merchant may issue so much"
        in desk.get("review", desk.ready(people(200))).text
    )


def test_a_user_who_confirms_in_spite_of_that_is_told(desk):
    ready = desk.ready(people(200))

    page = desk.post("confirm", ready, {"number": "180"})

    assert "Another user must approve it first." in page.text
    assert state(ready) == IssuanceState.READY


def test_the_user_who_asked_sees_that_it_waits_and_cannot_approve_it(desk, asked):
    page = desk.get("review", asked)

    assert "Waiting for approval" in page.text
    assert "You have asked for this yourself" in page.text
    assert desk.at("approve", asked.pk) not in page.text
    assert desk.post("approve", asked, {"number": "180"}).status_code == 403


def test_the_approver_sees_the_file_the_design_and_the_numbers(approver, asked):
    request = ApprovalRequest.objects.get()

    page = approver.get("review", asked)

    assert " ".join(request.file_digest[n : n + 4] for n in (0, 4, 8, 12)) in page.text
    assert " ".join(request.fingerprint[n : n + 4] for n in (0, 4, 8, 12)) in page.text
    assert "asks to issue 180 rewards to 200 guests (20 held back)" in page.text
    assert "Approve and issue 180 rewards" in page.text


def test_an_approval_leads_to_the_run_which_names_both(desk, approver, asked):
    page = approver.post("approve", asked, {"number": "180"}, follow=True)

    assert page.redirect_chain[-1][0] == approver.at("detail", asked.pk)
    assert state(asked) == IssuanceState.CONFIRMED
    assert f"asked for by {desk.person}" in page.text
    assert f"by {approver.person}" in page.text


def test_the_approver_types_the_number_too(approver, asked):
    page = approver.post("approve", asked, {"number": "200"})

    assert "200 is the number of guests" in page.text
    assert state(asked) == IssuanceState.WAITING_FOR_APPROVAL


def test_a_refusal_takes_a_reason_which_the_user_who_asked_reads(desk, approver, asked):
    without = approver.post("decline", asked, {"reason": " "})
    assert "Please say in a few words why" in without.text
    assert state(asked) == IssuanceState.WAITING_FOR_APPROVAL

    approver.post("decline", asked, {"reason": "The wrong list."})

    page = desk.get("review", asked)
    assert f"{approver.person} declined" in page.text
    assert "The wrong list." in page.text


def test_a_changed_campaign_is_said_before_an_approval_and_after_it(desk, approver, asked):
    type(desk.campaign).objects.update(fine_print="Not on Sundays.")

    assert "This request no longer holds" in approver.get("review", asked).text
    page = approver.post("approve", asked, {"number": "180"}, follow=True)

    assert "the request no longer holds" in page.text
    assert state(asked) == IssuanceState.READY


def test_another_file_ends_the_request(desk, approver, asked):
    desk.post("columns", asked, {"email": "0", "phone": "none", "prefers": "phone"})

    assert state(asked) == IssuanceState.READING
    assert ApprovalRequest.objects.get().outcome == "voided"


def test_what_waits_can_be_taken_back(desk, asked):
    desk.post("withdraw", asked)

    assert state(asked) == IssuanceState.READY
    assert "Ask for approval" in desk.get("review", asked).text


def test_a_viewer_sees_it_and_can_do_nothing(desk, asked):
    viewer = of_another_user(desk, Role.VIEWER)

    page = viewer.get("review", asked)

    assert "Only approvers and managers can approve." in page.text
    assert "<form" not in page.text.partition("<main")[2]
    assert [viewer.post(name, asked).status_code for name in ("ask", "approve", "decline", "withdraw")] == [403] * 4


def test_home_tells_approvers_and_the_list_tells_all_users(desk, approver, asked):
    own, home = (user.client.get(f"/m/{desk.merchant.handle}/") for user in (desk, approver))

    assert "A colleague asks for approval." in home.text
    assert "A colleague asks for approval." not in own.text
    assert f"#{asked.pk}" in desk.get("list", query="?status=approval").text
    assert f"#{asked.pk}" not in desk.get("list", query="?status=draft").text


@pytest.mark.parametrize("number", [4, 95])
def test_the_number_of_queries_does_not_depend_on_how_much_there_is(
    desk, approver, settings, number, django_assert_num_queries
):
    settings.THANX_BATCH_SIZE = 10
    ready = desk.ready(people(number))

    with django_assert_num_queries(23):
        desk.get("review", ready)


def test_the_approver_is_warned_that_the_same_file_was_issued_already(desk, approver):
    earlier = desk.ready(people(200))
    confirmation.confirm(issuance=earlier, by=None, at=timezone.now())
    again = desk.ready(people(200), included_anyway=[Exclusion.REWARDED_HERE])
    desk.post("ask", again, {"again": "on"})

    page = approver.get("review", again)

    assert "This very file was issued within the last day" in page.text
    assert approver.at("detail", earlier.pk) in page.text
