import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_api.answers import events
from partner_api.answers.events import (
    BatchCompleted,
    FailureNotice,
    PurchaseMade,
    RewardIssued,
    UnknownEvent,
    UnreadableEvent,
)

AT = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
ISSUED = {
    "event": "reward.issued",
    "timestamp": "2026-05-12T12:00:00Z",
    "data": {
        "issuance_job_id": "j1",
        "merchant_id": "m1",
        "reward_id": "r1",
        "identifier": {"type": "email", "index": 0},
        "user_id": "u1",
        "state": "active",
    },
}
COMPLETED = {
    "event": "reward_batch.completed",
    "timestamp": "2026-05-12T12:00:00Z",
    "data": {
        "issuance_job_id": "j1",
        "state": "completed",
        "total_count": 2,
        "issued_count": 1,
        "failed_count": 1,
        "failures": [{"user_identifier": "jane@guest.example", "reason": "unknown"}],
    },
}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(payload: object) -> events.Event:
    return events.read(json.dumps(payload).encode())


def test_an_issued_reward_names_job_and_position():
    assert read(ISSUED) == RewardIssued(job_id="j1", merchant_id="m1", reward_id="r1", index=0, at=AT, user_id="u1")


@pytest.mark.parametrize("name", ["reward_batch.completed", "reward.batch_completed"])
def test_a_completed_batch_is_one_event_under_both_names(name):
    assert read({**COMPLETED, "event": name}) == BatchCompleted(
        job_id="j1",
        merchant_id=None,
        state="completed",
        total_count=2,
        issued_count=1,
        failed_count=1,
        failures=(FailureNotice(value="jane@guest.example", reason="unknown"),),
        at=AT,
    )


def test_a_completed_batch_may_lack_everything_but_its_job():
    found = read({"event": "reward.batch_completed", "data": {"issuance_job_id": "j1"}})

    assert found == BatchCompleted("j1", None, "", None, None, None, None, None)


def test_another_event_is_unknown_and_keeps_its_name():
    assert read({"event": "user.created", "data": {}}) == UnknownEvent(name="user.created")


@pytest.mark.parametrize("spoilt", ["issuance_job_id", "reward_id", "identifier"])
def test_an_issued_reward_without_what_makes_it_useful_is_unreadable(spoilt):
    data = {name: value for name, value in ISSUED["data"].items() if name != spoilt}

    assert isinstance(read({**ISSUED, "data": data}), UnreadableEvent)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[]", b"null", b'{"event": 7.5}', b'{"ev', b"[" * 100_000])
def test_what_is_no_event_is_unreadable(body):
    assert isinstance(events.read(body), UnreadableEvent)


@given(body=st.binary())
def test_no_bytes_raise(body):
    assert isinstance(events.read(body), UnreadableEvent)


@given(
    name=st.sampled_from(["reward.issued", "reward_batch.completed", "reward.batch_completed", "other"]),
    key=st.sampled_from([*ISSUED["data"], *COMPLETED["data"]]),
    value=anything,
)
def test_no_odd_value_raises(name, key, value):
    data = {**ISSUED["data"], **COMPLETED["data"], key: value}

    assert isinstance(read({"event": name, "timestamp": value, "data": data}), events.Event)


@given(payload=anything)
def test_no_odd_payload_raises(payload):
    assert isinstance(read(payload), UnreadableEvent | UnknownEvent)


def test_no_event_shows_a_guest():
    assert "jane" not in repr(read(COMPLETED))


def test_a_purchase_is_known_without_the_name_of_an_event():
    told = {
        "id": "p-1",
        "user": {"id": "u-1", "email": "ana@example.com"},
        "merchant": {"id": "m-1"},
        "purchased_at": "2026-06-01T12:00:00Z",
    }

    for amount in ("12.50", 12.5):
        found = read({"purchase": told | {"amount": amount, "order": None}})
        assert isinstance(found, PurchaseMade)
        assert (found.purchase_id, found.merchant_id, found.user_id, found.amount) == (
            *("p-1", "m-1", "u-1"),
            Decimal("12.5"),
        )
    assert isinstance(read({"purchase": told}), UnreadableEvent)
    assert "ana@example.com" not in repr(found)
