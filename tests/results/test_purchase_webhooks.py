"""Purchases come by webhook, repeated and in any order: the last delivery of an id counts, for both arms alike."""

import json
from datetime import timedelta
from hashlib import sha256
from itertools import permutations

import pytest

from issuance.jobs.webhook_inbox import PURPOSE, digest_one_delivery
from issuance.models import Delivery
from results.models import CampaignResult, GuestLink, Visit
from tests.results.trial import DAY, Trial, arm_named, as_csv, bring, members, number, purchase, run
from vault.sealing import seal

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(client):
    return Trial(client, guests=20)


def body(trial, guest, *, id="p-1", amount="10.00", user=True, **more):  # noqa: A002
    who = {"email": guest, "first_name": "Ana"} | ({"id": f"uid-{number(guest)}"} if user else {})
    merchant = {"id": trial.merchant.thanx_id}
    facts = {"id": id, "user": who, "merchant": merchant, "amount": amount, "order": None, "products": []}
    return {"purchase": facts | {"purchased_at": (trial.start + DAY).isoformat()} | more}


def deliver(trial, *bodies, first=0):
    """Store deliveries, each a minute after the one before, and have them digested."""
    for minute, (later, each) in enumerate(bodies, start=first):
        raw = json.dumps(each).encode()
        came = trial.start + timedelta(hours=1, minutes=later)
        Delivery.objects.create(
            received_at=came,
            due_at=came,
            digest=sha256(raw + bytes([minute])).hexdigest(),
            sealed_body=seal(raw, purpose=PURPOSE),
        )
    assert digest_one_delivery(clock=lambda: trial.start + DAY)


def counted(trial, name="Reward 1"):
    found = arm_named(run("result", trial.campaign.pk)[0], name)
    return found["visited"], found["visits"], found["spend"]


def test_purchases_of_both_arms_are_counted_and_those_of_strangers_are_not(trial):
    treated, held = trial.arms["Reward 1"][0], trial.arms["Control"][0]
    deliver(
        trial,
        (0, body(trial, treated)),
        (1, body(trial, held, id="p-2", amount=12.5)),
        (2, body(trial, "stranger999@example.com", id="p-3")),
    )

    assert (counted(trial), counted(trial, "Control")) == ((1, 1, 10.0), (1, 1, 12.5))
    assert (Visit.objects.count(), GuestLink.objects.count()) == (2, 2)


@pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
def test_the_last_delivery_of_an_id_counts_in_whatever_order_they_are_digested(trial, order):
    guest = trial.arms["Reward 1"][0]
    amounts = ("10.00", "12.00", "11.00")
    for place in order:
        deliver(trial, (place, body(trial, guest, amount=amounts[place])), first=place)

    assert counted(trial) == (1, 1, 11.0)


def test_a_webhook_and_a_file_tell_of_one_purchase(trial, tmp_path):
    guest = trial.arms["Reward 1"][0]
    deliver(trial, (0, body(trial, guest, amount="9.00")))
    rows = [purchase(guest, trial.start + DAY, id="77", purchase_uid="p-1", settled="11.00")]
    bring(
        tmp_path,
        trial.merchant,
        memberships=members(trial.everyone(), merchant=trial.merchant.thanx_id),
        purchases=as_csv(rows),
    )
    deliver(trial, (5, body(trial, guest, amount="10.00")), first=5)

    assert counted(trial) == (1, 1, 11.0)  # it is settled


def test_a_guest_without_an_id_is_known_by_the_address(trial):
    deliver(trial, (0, body(trial, trial.arms["Reward 1"][0].upper(), user=False)))

    assert counted(trial) == (1, 1, 10.0)


def test_bodies_that_name_guests_are_not_kept_once_they_are_joined(trial):
    deliver(trial, (0, body(trial, trial.everyone()[0])))

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.event, bytes(delivery.sealed_body)) == ("digested", "purchase", b"")


def test_a_purchase_without_a_time_is_unreadable_and_the_others_count(trial):
    guest = trial.arms["Reward 1"][0]
    deliver(trial, (0, body(trial, guest, purchased_at="soon")), (1, body(trial, guest, id="p-2")))

    assert counted(trial) == (1, 1, 10.0)
    assert Delivery.objects.filter(state="unreadable").count() == 1


def test_results_are_counted_again_soon_and_not_after_each_purchase(trial):
    CampaignResult.objects.update(due_at=None)
    for minute in range(3):
        deliver(trial, (minute, body(trial, trial.everyone()[0], id=f"p-{minute}")), first=minute)

    assert CampaignResult.objects.get().due_at == trial.start + timedelta(hours=1, minutes=15)
