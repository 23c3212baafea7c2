"""/metrics: who may scrape it, and the numbers."""

import os
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from campaigns.models import Halt
from engine.models import WorkerBeat
from issuance.models import Delivery
from issuance.models.observed import DeliveryState
from issuance.states import WITH_JOB, BatchState
from partner_api import connect
from partner_api.models import Exchange
from partner_api.priority import Priority
from tests.support.factories import BatchFactory, CampaignFactory, MembershipFactory, UserFactory, create_batch_with_job
from thanx_portal.health import metrics

pytestmark = pytest.mark.django_db
TOKEN = "token-of-the-scraper"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def installation(settings):
    settings.THANX_API_URL, settings.THANX_CLIENT_ID, settings.THANX_ACCESS_TOKEN = "http://127.0.0.1:9", "id", "token"
    settings.METRICS_TOKEN = TOKEN


def scraped():
    """Return every sample by its name and the values of its labels, in the order of the names of the labels."""
    body, _ = metrics.exposition(at=timezone.now(), accept="")
    samples = [sample for family in text_string_to_metric_families(body.decode()) for sample in family.samples]
    return {(sample.name.removeprefix("thanx_portal_"), *sample.labels.values()): sample.value for sample in samples}


def exchange(*, path="/partner/merchants", ago=MINUTE, **fields):
    known = {"host": "127.0.0.1:9", "method": "GET", "priority": Priority.CATALOG, "status": 200}
    Exchange.objects.create(at=timezone.now() - ago, path_template=path, **known | fields)


def delivery(*, state, ago=MINUTE):
    Delivery.objects.create(received_at=timezone.now() - ago, state=state, sealed_body=b"", digest=os.urandom(32).hex())


# --- Who may look --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "status"),
    [(f"Bearer {TOKEN}", 200), (f"bearer {TOKEN}", 200), ("Bearer wrong", 401), (f"Basic {TOKEN}", 401), ("", 401)],
)
def test_a_scraper_needs_the_token(client, header, status):
    assert client.get("/metrics", headers={"Authorization": header}).status_code == status


@pytest.mark.parametrize("header", ["Bearer ", f"Bearer {TOKEN}", ""])
def test_without_a_token_in_the_settings_there_is_nothing_to_see(client, settings, header):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"Authorization": header}).status_code == 404


def test_operators_may_look_and_members_may_not(client, settings):
    settings.METRICS_TOKEN = ""
    client.force_login(MembershipFactory().user)
    as_member = client.get("/metrics").status_code
    client.force_login(UserFactory(is_staff=True))

    assert (as_member, client.get("/metrics").status_code) == (404, 200)


def test_a_scraper_that_speaks_openmetrics_is_answered_in_it(client):
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/openmetrics-text; version=1.0.0"}

    answer = client.get("/metrics", headers=headers)

    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert answer.content.endswith(b"# EOF\n")


# --- What there is to see ------------------------------------------------------------------------------------


def test_workers_that_are_alive_are_counted():
    now = timezone.now()
    WorkerBeat.objects.create(worker="one", started_at=now, heard_at=now)
    WorkerBeat.objects.create(worker="two", started_at=now, heard_at=now - 5 * MINUTE)

    assert scraped()["workers",] == 1


def test_batches_are_counted_by_state_and_due_rows_by_kind():
    BatchFactory.create_batch(2, due_at=timezone.now() - MINUTE)
    BatchFactory(state=BatchState.NEEDS_ATTENTION, due_at=None)

    found = scraped()

    assert (found["batches", "queued"], found["batches", "needs_attention"], found["batches", "failed"]) == (2, 1, 0)
    assert (found["due_rows", "batches"], found["due_rows", "campaigns"]) == (2, 0)
    assert found["oldest_due_seconds", "batches"] == pytest.approx(60, abs=5)


def test_what_is_held_back_by_people_is_no_due_work():
    Halt.objects.create(merchant=None, at=timezone.now(), reason="a wrong reward")
    BatchFactory(due_at=None)

    found = scraped()

    assert (found["halts",], found["batches_held",], found["due_rows", "batches"]) == (1, 1, 0)


def test_recipients_are_counted_by_where_they_are():
    create_batch_with_job(size=100, issued_count=60, failed_count=7)
    BatchFactory(size=50)

    found = scraped()

    assert {name: found["recipients", name] for name in ("issued", "failed", "in_progress", "not_sent", "unknown")} == {
        "issued": 60,
        "failed": 7,
        "in_progress": 33,
        "not_sent": 50,
        "unknown": 0,
    }
    assert (found["issuances", "confirmed"], found["issuances_running",]) == (2, 2)


def test_the_oldest_unknown_outcome_has_an_age():
    BatchFactory(maybe_sent=True, first_attempt_at=timezone.now() - 3 * MINUTE)

    assert scraped()["oldest_unknown_seconds",] == pytest.approx(180, abs=5)


def test_exchanges_are_counted_by_path_and_class_of_status():
    exchange(status=200, ms=80)
    exchange(status=204, ms=1500, waited_ms=2500)
    exchange(status=503)
    exchange(status=None, error_class="NotSent")
    exchange(ago=16 * MINUTE)

    found = scraped()

    counts = {outcome: found["exchanges", "GET", outcome, "/partner/merchants"] for outcome in ("2xx", "5xx", "none")}
    assert counts == {"2xx": 2, "5xx": 1, "none": 1}
    assert found["exchange_max_seconds", "GET", "/partner/merchants"] == 1.5
    assert found["exchange_max_wait_seconds", "GET", "/partner/merchants"] == 2.5


def test_the_budget_is_told_in_both_windows(sandbox):
    connect.thanx(priority=Priority.CATALOG, merchant="").merchants()

    found = scraped()

    assert (found["budget_used", "quarter_hour"], found["budget_limit", "second"]) == (1, 10_000)
    assert found["budget_paused_seconds",] == 0


def test_deliveries_are_counted_by_state():
    delivery(state=DeliveryState.PARKED, ago=60 * MINUTE)
    delivery(state=DeliveryState.DIGESTED, ago=60 * MINUTE)
    delivery(state=DeliveryState.DIGESTED)
    delivery(state=DeliveryState.FORGED)

    found = scraped()

    assert (found["deliveries_waiting", "parked"], found["deliveries_waiting", "new"]) == (1, 0)
    assert (found["deliveries", "digested"], found["deliveries", "forged"], found["deliveries", "parked"]) == (1, 1, 0)


def test_a_scrape_costs_as_many_queries_however_much_there_is():
    with CaptureQueriesContext(connection) as few:
        scraped()
    CampaignFactory.create_batch(3)
    for state in sorted(WITH_JOB):
        BatchFactory(state=state, job_id=f"job-{state}")
    for path in ("/partner/merchants", "/partner/scopes", "/partner/campaigns"):
        exchange(path=path)
    with CaptureQueriesContext(connection) as many:
        scraped()

    assert len(few) == len(many) < 40
