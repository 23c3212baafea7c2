"""Deliveries are signed and sent once, and misbehave as requested."""

from collections.abc import Iterator

import pytest

from tests.support import orders
from tests.support.servers.receiver import SECRET, Receiver, receiver


@pytest.fixture
def inbox(sandbox) -> Iterator[Receiver]:
    with receiver() as running:
        sandbox.webhooks(url=running.url, secret=SECRET)
        yield running
        sandbox.webhooks(url="", secret="")


def mixed_order(sandbox):
    return orders.order(sandbox, identifiers=[*orders.guests(3), *orders.emails("notfound@example.com")])


def test_each_issued_reward_and_the_end_of_the_job_are_announced_signed(sandbox, inbox):
    job_id = orders.issued_job(sandbox, mixed_order(sandbox))

    inbox.wait_for(4)

    assert inbox.sound() == [True] * 4
    issued = [event["data"] for event in inbox.named("reward.issued")]
    assert sorted(data["identifier"]["index"] for data in issued) == [0, 1, 2]
    assert {data["issuance_job_id"] for data in issued} == {job_id}
    ended = inbox.named("reward_batch.completed")[0]["data"]
    assert (ended["state"], ended["total_count"], ended["issued_count"], ended["failed_count"]) == (
        *("completed", 4),
        *(3, 1),
    )
    assert ended["failures"] == [{"user_identifier": "notfound@example.com", "reason": "User not found"}]


def test_nothing_is_announced_before_the_job_ends(sandbox, inbox):
    sandbox.options(job_seconds=600)
    job_id = orders.issued_job(sandbox)
    assert inbox.deliveries == []

    sandbox.finish_job(job_id)

    inbox.wait_for(4)


def test_issued_events_can_be_switched_off(sandbox, inbox):
    sandbox.webhooks(issued=0)

    orders.issued_job(sandbox)

    inbox.wait_for(1)
    assert [event["event"] for event in inbox.events()] == ["reward_batch.completed"]


def test_a_control_variant_earns_no_reward_events(sandbox, inbox):
    campaign = sandbox.campaign(variants=[{"name": "Control"}])

    orders.issued_job(sandbox, orders.order(sandbox, campaign))

    inbox.wait_for(1)
    assert inbox.named("reward.issued") == []


def test_the_other_dialect_names_the_event_differently(sandbox, inbox):
    sandbox.options(dialect="other")
    sandbox.webhooks(issued=0)
    campaign = sandbox.campaign()
    order = {
        "campaign_id": campaign["id"],
        "merchant_id": sandbox.books()["campaigns"][0]["merchant_id"],
        "variant_id": campaign["variants"][0]["id"],
        "identifiers": orders.guests(1),
    }

    orders.issued_job(sandbox, order)

    inbox.wait_for(1)
    assert inbox.events()[0]["event"] == "reward.batch_completed"


def test_early_deliveries_come_before_the_answer(sandbox, inbox):
    sandbox.options(job_seconds=600)
    sandbox.webhooks(early=True)

    orders.issued_job(sandbox)

    answered_at = sandbox.requests("/partner/campaigns/issue")[-1]["answered_at"]
    assert len(inbox.deliveries) == 4
    assert all(instant < answered_at for _, _, instant in inbox.deliveries)


def test_deliveries_are_dropped_duplicated_and_forged_on_request(sandbox, inbox):
    sandbox.webhooks(duplicate=1, forge=1)
    orders.issued_job(sandbox, orders.order(sandbox, identifiers=orders.guests(1)))
    inbox.wait_for(6)
    assert sorted(inbox.sound()) == [False, False, True, True, True, True]

    sandbox.webhooks(duplicate=0, forge=0, drop=1)
    orders.issued_job(sandbox)

    orders.until(lambda: sandbox.books()["deliveries"]["dropped"] == 4)
    assert len(inbox.deliveries) == 6


def test_reordered_deliveries_are_all_there(sandbox, inbox):
    sandbox.webhooks(reorder=True, concurrency=1)

    orders.issued_job(sandbox, orders.order(sandbox, identifiers=orders.guests(50)))

    inbox.wait_for(51)
    indexes = [event["data"]["identifier"]["index"] for event in inbox.named("reward.issued")]
    assert indexes != sorted(indexes) == list(range(50))


def test_a_refused_delivery_is_not_sent_again(sandbox, inbox):
    inbox.status = 500
    orders.issued_job(sandbox)

    orders.until(lambda: sandbox.books()["deliveries"]["refused"] == 4)

    inbox.status = 200
    assert len(inbox.deliveries) == 4
