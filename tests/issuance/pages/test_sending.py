"""The stop-all switch on the pages: managers for their merchant, operators for all; every page shows it."""

import pytest

from accounts.models import Role
from campaigns import halts
from campaigns.models import Halt
from issuance.models import Batch
from tests.support.desk import Desk
from tests.support.factories import NOON, BatchFactory, MerchantFactory, UserFactory
from thanx_portal.health import findings

pytestmark = pytest.mark.django_db

WHY = {"reason": "The till prints the wrong price."}


@pytest.fixture
def desk(client):
    return Desk(client, role=Role.MANAGER)


def press(desk, name, data=None):
    return desk.client.post(desk.at(name), data or {}, follow=True)


def halt(merchant=None):
    return halts.stop(merchant=merchant, by=None, at=NOON, **WHY)


def test_a_manager_stops_all_sending_with_a_reason_and_lets_it_go_on(desk):
    stopped = press(desk, "stop-sending", WHY)
    resumed = press(desk, "resume-sending")

    assert "Sending is stopped" in stopped.text
    assert Halt.objects.get().lifted_by == desk.person
    assert "Sending goes on." in resumed.text


def test_without_a_reason_nothing_is_stopped(desk):
    page = press(desk, "stop-sending", {"reason": " "})

    assert "Please say in a few words why." in page.text
    assert not Halt.objects.exists()


def test_the_page_counts_what_would_wait_of_this_merchant_alone(desk):
    BatchFactory(issuance__campaign=desk.campaign, size=40)
    BatchFactory(size=70)

    page = desk.get("sending").context["page"]

    assert (page.jobs, page.guests, page.issuances) == (1, 40, 1)


def test_what_waited_is_due_again_when_a_manager_lets_it_go_on(desk):
    batch = BatchFactory(issuance__campaign=desk.campaign, due_at=None)
    other = BatchFactory(due_at=None)
    halt(desk.merchant)

    press(desk, "resume-sending")

    assert Batch.objects.get(pk=batch.pk).due_at is not None
    assert Batch.objects.get(pk=other.pk).due_at is None


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.MARKETER, 403), (Role.APPROVER, 403)])
def test_others_see_the_switch_and_do_not_press_it(client, role, status):
    desk = Desk(client, role=role)

    assert '<button class="btn btn-danger"' not in desk.get("sending").text
    assert desk.client.post(desk.at("stop-sending"), WHY).status_code == status
    assert not Halt.objects.exists()


def test_operators_stop_all_sending_of_all_merchants(client):
    client.force_login(UserFactory(is_staff=True))

    client.post("/staff/sending/stop/", WHY)
    assert Halt.objects.in_force().get().merchant is None
    client.post("/staff/sending/resume/")

    assert not Halt.objects.in_force().exists()


def test_a_manager_does_not_reach_the_switch_of_the_installation(desk):
    assert desk.client.post("/staff/sending/stop/", WHY).status_code == 404


def test_who_comes_second_is_told(desk):
    halt(desk.merchant)

    assert "Another user has done that already" in press(desk, "stop-sending", WHY).text
    press(desk, "resume-sending")
    assert "Another user has done that already" in press(desk, "resume-sending").text


@pytest.mark.parametrize("name", ["list", "new"])
@pytest.mark.parametrize("of_all", [True, False])
def test_every_page_of_the_merchant_says_that_sending_is_stopped_and_why(desk, name, of_all):
    halt(None if of_all else desk.merchant)

    page = desk.get(name)

    whose = "all merchants" if of_all else desk.merchant.name.replace("'", "&#x27;")
    assert f"All sending of {whose} is stopped" in page.text
    assert WHY["reason"] in page.text


def test_the_page_of_the_switch_tells_of_both_stops(desk):
    halts.stop(merchant=None, by=None, at=NOON, reason="The partner asked for it.")
    above = desk.get("sending")
    halt(desk.merchant)

    both = desk.get("sending")

    assert "Operators have stopped all sending of all merchants: “The partner asked for it.”" in above.text
    assert "The partner asked for it." in both.text
    assert WHY["reason"] in both.text


def test_a_stop_elsewhere_is_not_shown_here(desk):
    halt(MerchantFactory())

    assert "is stopped" not in desk.get("list").text


def test_a_run_says_that_its_jobs_wait(desk):
    issuance = BatchFactory(issuance__campaign=desk.campaign, size=40).issuance
    halt(desk.merchant)

    page = desk.get("detail", issuance).context["page"]

    assert (page.pill_words, page.sentence) == (
        "Paused after 0 of 1 job",
        "1 job waits to be sent; 0 of 40 guests done.",
    )


def test_the_health_page_tells_it_with_the_remedy():
    assert findings.sending().is_well
    merchant = MerchantFactory(name="Café Zoë")
    halt(merchant)

    found = findings.sending()

    assert "Stopped for Café Zoë" in found.found
    assert (found.at, found.is_well) == (NOON, False)
    assert merchant.handle in found.href
    halt()
    assert "all merchants" in findings.sending().found
