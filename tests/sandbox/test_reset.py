"""A reset ends requests and deliveries in progress: no late call of one test reaches the next."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.support import orders
from tests.support.servers.receiver import SECRET, receiver

CAMPAIGNS = "/partner/campaigns"


@pytest.fixture
def meanwhile() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield pool


def arrived(sandbox, path=""):
    orders.until(lambda: len(sandbox.requests(path)) == 1)


@pytest.mark.parametrize("when", ["before", "late", "after"])
def test_a_hanging_call_is_cut_off_and_does_nothing_in_the_new_world(sandbox, meanwhile, when):
    sandbox.fault("hang", path=CAMPAIGNS, when=when, seconds=60)  # longer than the call waits
    order = {"campaign": orders.campaign_fields(sandbox)}
    hanging = meanwhile.submit(sandbox.call, "POST", CAMPAIGNS, json=order)
    arrived(sandbox, CAMPAIGNS)

    sandbox.reset()

    with pytest.raises(requests.ConnectionError):
        hanging.result()
    assert sandbox.books()["campaigns"] == sandbox.requests() == []


def test_a_job_of_the_old_world_is_never_announced(sandbox):
    with receiver() as inbox:
        sandbox.options(job_seconds=0.3)
        sandbox.webhooks(url=inbox.url, secret=SECRET)
        orders.issued_job(sandbox)

        sandbox.reset(job_seconds=0.3, webhook={"url": inbox.url, "secret": SECRET, "issued": 0})
        new = orders.issued_job(sandbox)
        inbox.wait_for(1)

        assert {event["data"]["issuance_job_id"] for event in inbox.events()} == {new}


def test_deliveries_under_way_are_dropped(sandbox):
    with receiver(answers_after=0.2) as inbox:
        sandbox.webhooks(url=inbox.url, secret=SECRET, concurrency=1)
        orders.issued_job(sandbox, orders.order(sandbox, identifiers=orders.guests(20)))
        inbox.wait_for(1)

        sandbox.reset()
        had = len(inbox.deliveries)
        time.sleep(0.5)

        assert had <= len(inbox.deliveries) <= had + 1 < 20
        assert sandbox.books()["deliveries"] == {"sent": 0, "dropped": 0, "refused": 0, "unreachable": 0}
