"""The operators' list of webhooks shows what came and what became of it, and never an identifier."""

import hashlib
import json
import os
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from issuance.jobs.webhook_inbox import PURPOSE, digest_one_delivery
from issuance.models import Delivery, IssuedReward
from issuance.models.observed import DeliveryState
from issuance.pages.webhooks import VERDICTS
from issuance.states import BatchState
from tests.issuance.conftest import VALUES
from tests.support.factories import MembershipFactory, UserFactory, create_batch_with_job
from tests.support.steps import poll_one_batch, submit_one_batch
from vault.sealing import seal

pytestmark = pytest.mark.django_db
LIST = "/staff/webhooks/"
MINUTE = timedelta(minutes=1)
FAILURE = {"user_identifier": "ana@example.com", "reason": "No user with +1 (212) 555-0123"}
REWARD = {
    "event": "reward.issued",
    "timestamp": "2026-05-12T12:00:00Z",
    "data": {
        "issuance_job_id": "2125550188",
        "reward_id": "reward-1",
        "identifier": {"type": "email", "index": 0},
        "user_id": "user-77",
        "campaign": {"name": "Call 212 555 0177"},
    },
}
COMPLETED = {"event": "reward_batch.completed", "data": {"issuance_job_id": "job", "failures": [FAILURE] * 25}}


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.THANX_WEBHOOK_SECRETS = ["secret"]


@pytest.fixture
def operator(client):
    client.force_login(UserFactory(is_staff=True))
    return client


def came(told=REWARD, *, ago=MINUTE, **fields):
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    known = {"digest": hashlib.sha256(os.urandom(8)).hexdigest(), "sealed_body": seal(body, purpose=PURPOSE)}
    return Delivery.objects.create(received_at=timezone.now() - ago, **known | fields)


def look_at(client, delivery):
    return client.get(f"{LIST}{delivery.pk}/").text


def replay(client, delivery):
    client.post(f"{LIST}{delivery.pk}/replay/")
    delivery.refresh_from_db()
    return delivery


# --- The list ------------------------------------------------------------------------------------------------


def test_it_is_for_operators_only(client):
    delivery = came()
    client.force_login(MembershipFactory().user)

    addresses = [LIST, f"{LIST}{delivery.pk}/"]
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    assert client.post(f"{LIST}{delivery.pk}/replay/").status_code == 404
    assert not AuditEntry.objects.filter(action="delivery replayed").exists()


def test_the_navigation_leads_to_it(operator):
    assert f'href="{LIST}"' in operator.get("/staff/health/").text


def test_an_empty_inbox_says_how_to_fill_it_and_that_polling_does_the_work(operator, settings):
    settings.THANX_WEBHOOK_SECRETS = []

    page = operator.get(LIST).text

    assert "http://testserver/webhooks/thanx/" in page
    assert "THANX_WEBHOOK_SECRETS" in page
    assert "Every job is polled" in page


def test_each_delivery_shows_its_verdict_and_what_it_was_matched_with(operator):
    batch = create_batch_with_job(job_id="job-7", number=3)
    came(state=DeliveryState.DIGESTED, event="reward.issued", job_id="job-7", batch=batch)
    came(state=DeliveryState.FORGED)

    page = operator.get(LIST)

    rows = page.context["page"].rows
    assert [(row.event, row.verdict.words, row.job_id) for row in rows] == [
        ("", "Bad signature", ""),
        ("reward.issued", "Digested", "job-7"),
    ]
    assert reverse("issuance:detail", args=[batch.issuance.merchant.handle, batch.issuance_id]) in page.text


@pytest.mark.parametrize(
    ("query", "events"),
    [
        ("verdict=parked", ["reward.issued"]),
        ("event=reward.issued", ["reward.issued", "reward.issued"]),
        ("event=other", ["user.updated"]),
        ("job=job-2", ["reward_batch.completed"]),
        ("verdict=nonsense", ["reward_batch.completed", "user.updated", "reward.issued", "reward.issued"]),
    ],
)
def test_it_can_be_filtered(operator, query, events):
    came(state=DeliveryState.DIGESTED, event="reward.issued", job_id="job-1", ago=4 * MINUTE)
    came(state=DeliveryState.PARKED, event="reward.issued", job_id="job-1", ago=3 * MINUTE)
    came(state=DeliveryState.DIGESTED, event="user.updated", ago=2 * MINUTE)
    came(state=DeliveryState.DIGESTED, event="reward_batch.completed", job_id="job-2")

    page = operator.get(f"{LIST}?{query}").context["page"]

    assert [row.event for row in page.rows] == events


def test_a_filter_that_fits_nothing_says_so(operator):
    came()

    assert "Nothing matches" in operator.get(f"{LIST}?job=elsewhere").text


def test_a_page_costs_as_many_queries_however_many_deliveries_there_are(operator):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            operator.get(LIST)
        return len(captured)

    came(batch=create_batch_with_job(), state=DeliveryState.DIGESTED)
    few = queries()
    for _ in range(5):
        ended = {"ended_at": timezone.now(), "issued_count": 5, "state": BatchState.COMPLETED}
        came(batch=create_batch_with_job(**ended), state=DeliveryState.DIGESTED)

    assert queries() - few <= 1  # the count of announced rewards
    assert Delivery.objects.count() == 6


@pytest.mark.parametrize(
    ("ago", "words"), [(MINUTE, "polled less often"), (60 * MINUTE, "as if there were no webhooks")]
)
def test_it_says_whether_webhooks_are_relied_on(operator, ago, words):
    came(ago=ago, state=DeliveryState.DIGESTED)
    came(state=DeliveryState.FORGED, ago=timedelta(0))

    assert words in operator.get(LIST).text


# --- One delivery --------------------------------------------------------------------------------------------


def test_guests_are_masked_and_the_rest_is_shown(operator):
    page = look_at(operator, came())

    assert "user-77" not in page
    assert "212 555 0177" not in page
    assert all(shown in page for shown in ("2125550188", "reward-1", "2026-05-12T12:00:00Z", "Call •••"))


def test_a_long_list_of_failures_is_cut_and_masked(operator):
    page = look_at(operator, came(COMPLETED))

    assert "ana@example.com" not in page
    assert "555-0123" not in page
    assert "No user with •••" in page
    assert "… and 15 more" in page


@pytest.mark.parametrize("body", [b"ana@example.com", b'{"email": "ana@example.com"', b"[" * 100_000, b"\xff"])
def test_what_cannot_be_masked_is_not_shown(operator, body):
    page = look_at(operator, came(body, state=DeliveryState.UNREADABLE))

    assert "ana@example.com" not in page
    assert "cannot be masked" in page


def test_odd_characters_do_not_break_the_page(operator):
    page = look_at(operator, came(b'{"event": "\\ud800", "data": "<script>\\u0000"}'))

    assert "&lt;script&gt;" in page


def test_a_body_whose_key_is_gone_is_told(operator):
    delivery = came(state=DeliveryState.UNREADABLE, sealed_body=b"\x01" * 60)

    assert "not among DATA_KEYS" in look_at(operator, delivery)


def test_a_delivery_says_how_often_it_came_again(operator):
    assert "Came again" not in look_at(operator, came())
    assert "3 ×, and was stored once" in look_at(operator, came(repeats=3))


def test_other_deliveries_of_the_same_bytes_are_linked(operator):
    first = came(state=DeliveryState.DIGESTED)
    again = came(state=DeliveryState.DUPLICATE, digest=first.digest)

    assert f'href="{LIST}{again.pk}/"' in look_at(operator, first)
    assert f'href="{LIST}{first.pk}/"' in look_at(operator, again)


@pytest.mark.parametrize("state", DeliveryState)
def test_every_verdict_is_explained(operator, state):
    assert VERDICTS[state].means in look_at(operator, came(state=state)).replace("&#x27;", "'")


# --- Again ---------------------------------------------------------------------------------------------------


def test_a_replay_makes_a_delivery_due_and_is_audited(operator):
    delivery = replay(operator, came(state=DeliveryState.UNREADABLE))

    assert (delivery.state, delivery.due_at <= timezone.now()) == (DeliveryState.NEW, True)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_id, entry.by.is_staff) == ("delivery replayed", str(delivery.pk), True)


@pytest.mark.parametrize(
    "fields", [{"state": DeliveryState.FORGED}, {"sealed_body": b"", "state": DeliveryState.DIGESTED}]
)
def test_what_is_forged_or_gone_is_not_replayed(operator, fields):
    delivery = came(**fields)

    assert "Digest again" not in look_at(operator, delivery)
    assert (replay(operator, delivery).state, delivery.due_at) == (fields["state"], None)
    assert not AuditEntry.objects.exists()


def test_only_a_post_replays(operator):
    path = f"{LIST}{came().pk}/"

    assert operator.get(f"{path}replay/").url == path
    assert not operator.get(path).context["messages"]


# --- Gaps ----------------------------------------------------------------------------------------------------


def test_a_lost_announcement_leaves_right_counts_and_is_told(operator, batch, sandbox, clock):
    submit_one_batch()
    batch.refresh_from_db()
    came({"event": "reward.issued", "data": {**REWARD["data"], "issuance_job_id": batch.job_id}}, due_at=clock.now())
    digest_one_delivery(clock=timezone.now)
    clock.forward(minutes=2)
    poll_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.issued_count, IssuedReward.objects.count()) == (BatchState.COMPLETED, 2, 1)
    (gap,) = operator.get(LIST).context["page"].gaps
    assert (gap.issued, gap.announced, gap.missing) == (2, 1, 1)
    assert "1 of 2" in look_at(operator, Delivery.objects.get())
    assert set(sandbox.times_issued()) == {VALUES[0], VALUES[2]}


def test_a_job_whose_rewards_were_all_announced_is_no_gap(operator):
    ended = {"state": BatchState.COMPLETED, "ended_at": timezone.now(), "issued_count": 1}
    batch = create_batch_with_job(**ended)
    IssuedReward.objects.create(batch=batch, position=0, reward_id="r", issued_at=timezone.now())
    came(batch=batch, state=DeliveryState.DIGESTED)
    create_batch_with_job(**ended)  # nothing was ever announced of this one: webhooks were off

    assert operator.get(LIST).context["page"].gaps == []
