"""Each button of the simulator leads to the state that it promises."""

import time
from datetime import timedelta

import pytest
from django.test import override_settings
from django.urls import reverse

from accounts.models import AuditEntry
from certification.simulator import BUTTONS
from issuance.jobs.problems import JobProblem
from issuance.models import Delivery, Failure
from issuance.models.observed import DeliveryState
from issuance.states import BatchState
from partner_api import connect
from tests.support.factories import MembershipFactory, create_frozen_batch
from tests.support.steps import digest_one_delivery, poll_one_batch, submit_one_batch

pytestmark = pytest.mark.django_db
PAGE = "/staff/certification/simulator/"


@pytest.fixture
def press(operator, sandbox):
    def pressed(key):
        answer = operator.post(f"{PAGE}{key}/press/", follow=True)
        assert answer.redirect_chain == [(PAGE, 302)]
        return answer

    yield pressed
    sandbox.clear_faults()


@pytest.fixture
def webhooks(sandbox, live_server, settings):
    settings.THANX_WEBHOOK_SECRETS = ["secret"]
    sandbox.webhooks(url=f"{live_server.url}/webhooks/thanx/", secret="secret", issued=0)


def watched(batch, clock):
    """Poll the job until it has ended."""
    clock.forward(seconds=30)
    poll_one_batch()
    batch.refresh_from_db()
    return batch


def stands(client, batch):
    """Return the figures on the issuance's page."""
    home = reverse("issuance:detail", args=[batch.issuance.merchant.handle, batch.issuance_id])
    return client.get(home).context["page"].summary


def until(happened):
    deadline = time.monotonic() + 60
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert happened()


def delivered(count):
    """Wait for this many deliveries, digest them, and return their states."""
    until(lambda: Delivery.objects.count() >= count)
    while digest_one_delivery():
        pass
    return sorted(Delivery.objects.values_list("state", flat=True))


# --- The page ------------------------------------------------------------------------------------------------


def test_it_is_for_operators_only(client, sandbox):
    client.force_login(MembershipFactory().user)

    assert client.get(PAGE).status_code == 404
    assert [client.post(f"{PAGE}{rest}").status_code for rest in ("429/press/", "put-right/")] == [404, 404]
    assert sandbox.faults() == []


@pytest.mark.parametrize("url", ["https://api.thanxsandbox.com", "http://127.0.0.1:9", ""])
def test_elsewhere_there_is_nothing_to_press(operator, sandbox, settings, url):
    settings.THANX_API_URL = url

    assert "Not our sandbox" in operator.get(PAGE).text
    assert "Nothing was changed" in operator.post(f"{PAGE}429/press/", follow=True).text
    assert sandbox.faults() == []
    assert not AuditEntry.objects.exists()


def test_it_tells_what_each_button_leads_to_and_what_waits_to_strike(operator, press):
    assert "No fault waits to strike" in operator.get(PAGE).text

    page = press("429").text

    assert all(button.seen.replace("'", "&#x27;") in page for button in BUTTONS)
    assert "Waiting to strike: rate limited" in page


def test_what_is_pressed_is_audited_and_can_be_put_right(operator, press, sandbox):
    press("500")
    operator.post(f"{PAGE}put-right/")

    assert sandbox.faults() == []
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", "facts"))
    assert actions == [("simulator.pressed", {"button": "500"}), ("simulator.put-right", {})]


def test_a_button_that_there_is_not_is_not_found_and_only_a_post_presses(operator, sandbox):
    assert operator.post(f"{PAGE}earthquake/press/").status_code == 404
    assert operator.get(f"{PAGE}429/press/").url == PAGE
    assert sandbox.faults() == []


# --- Calls ---------------------------------------------------------------------------------------------------


def test_429_puts_the_job_off_and_everybody_pauses(operator, press, batch, clock):
    press("429")
    submit_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.error_code, batch.maybe_sent) == (BatchState.QUEUED, JobProblem.RATE_LIMITED, False)
    assert connect.budget().paused_until > clock.now()
    assert stands(operator, batch).buckets.not_sent == 3


def test_500_leaves_the_guests_unknown_until_the_same_key_brings_an_answer(operator, press, batch, sandbox, clock):
    press("500")
    submit_one_batch()
    assert stands(operator, batch).buckets.unknown == 3
    assert sandbox.jobs() == []

    clock.forward(minutes=1)
    submit_one_batch()

    assert stands(operator, batch).buckets.in_progress == 3
    assert max(sandbox.times_issued().values()) == 1


def test_a_time_out_after_doing_it_issues_to_no_guest_twice(operator, press, batch, sandbox, clock):
    with override_settings(THANX_READ_SECONDS=0.3):
        press("timeout")
        submit_one_batch()
    assert stands(operator, batch).buckets.unknown == 3
    assert len(sandbox.jobs()) == 1

    clock.forward(minutes=1)
    submit_one_batch()

    assert stands(operator, batch).buckets.in_progress == 3
    assert len(sandbox.jobs()) == 1


def test_a_partial_failure_completes_with_every_failure_listed(operator, press, campaign, clock):
    press("partial")
    values = [f"guest{number}@example.com" for number in range(40)]
    batch = create_frozen_batch(*values, issuance__campaign=campaign, variant=campaign.variants.get(position=0))
    submit_one_batch()

    watched(batch, clock)

    assert batch.failed_count > 2
    assert stands(operator, batch).status.label == "Completed with failures"
    assert Failure.objects.filter(batch=batch).exclude(reason="").count() == batch.failed_count


def test_a_slow_job_stays_in_progress(operator, press, batch, clock):
    press("slow")
    submit_one_batch()

    assert watched(batch, clock).state == BatchState.WATCHING
    assert stands(operator, batch).status.label == "In progress"


# --- Webhooks ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_lost_webhook_leaves_nothing_missing(press, webhooks, batch, clock):
    press("lost")
    submit_one_batch()

    assert watched(batch, clock).issued_count == 2
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_early_webhook_is_there_before_the_answer_and_is_used(press, webhooks, batch):
    press("early")
    submit_one_batch()

    assert delivered(1) == [DeliveryState.DIGESTED]
    batch.refresh_from_db()
    assert Delivery.objects.get().received_at < batch.submitted_at + timedelta(seconds=1)
    assert batch.state == BatchState.COMPLETED


@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_comes_twice_changes_nothing_the_second_time(press, webhooks, batch):
    press("duplicate")
    submit_one_batch()

    until(lambda: Delivery.objects.filter(repeats=1).exists())
    assert delivered(1) == [DeliveryState.DIGESTED]
    batch.refresh_from_db()
    assert batch.issued_count == 2


@pytest.mark.django_db(transaction=True)
def test_a_forged_webhook_is_marked_and_its_body_not_kept(operator, press, webhooks, batch):
    press("forged")
    submit_one_batch()

    assert delivered(2) == [DeliveryState.DIGESTED, DeliveryState.FORGED]
    assert not bytes(Delivery.objects.get(state=DeliveryState.FORGED).sealed_body)
    assert "Bad signature" in operator.get("/staff/webhooks/").text
