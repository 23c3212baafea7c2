"""Accepting an issuance: keys, limits, and which campaign belongs to which merchant."""

import json
import time
import uuid

import pytest

from tests.support import orders


def test_an_order_becomes_a_pending_job(sandbox):
    answer = orders.issue(sandbox)

    job = answer.json()["issuance_job"]
    assert answer.status_code == 202
    assert (job["state"], job["total_count"], job["processed_count"]) == ("pending", 3, 0)
    assert (job["started_at"], job["completed_at"]) == (None, None)


def test_the_same_key_and_body_return_the_first_answer_and_issue_once(sandbox):
    body, key = orders.order(sandbox), str(uuid.uuid4())

    first, second = (orders.issue(sandbox, body, key=key) for _ in range(2))

    assert (second.status_code, second.json()) == (202, first.json())
    assert sandbox.times_issued() == {f"guest{number}@example.com": 1 for number in range(3)}


def test_the_same_key_with_another_body_is_refused_even_when_only_its_bytes_differ(sandbox):
    body, key = orders.order(sandbox), str(uuid.uuid4())
    orders.issue(sandbox, body, key=key)

    headers = sandbox.headers(X_Idempotency_Key=key)
    spaced = json.dumps(body, indent=1).encode()
    answer = sandbox.call("POST", "/partner/campaigns/issue", data=spaced, headers=headers)

    assert answer.status_code == 422
    assert len(sandbox.jobs()) == 1


@pytest.mark.parametrize("key", ["not-a-uuid", None])
def test_a_key_is_a_uuid(sandbox, key):
    headers = sandbox.headers(X_Idempotency_Key=key)
    answer = sandbox.call("POST", "/partner/campaigns/issue", json=orders.order(sandbox), headers=headers)

    assert answer.status_code == 400
    assert sandbox.violations()["idempotency_key"] == 1


def test_another_key_issues_again_and_the_summary_shows_it(sandbox):
    body = orders.order(sandbox)

    for _ in range(2):
        orders.issue(sandbox, body)

    assert set(sandbox.times_issued().values()) == {2}


def test_ten_thousand_identifiers_are_accepted_quickly_and_one_more_is_refused(sandbox):
    body = orders.order(sandbox)

    most = orders.issue(sandbox, {**body, "identifiers": orders.guests(10_000)})
    too_many = orders.issue(sandbox, {**body, "identifiers": orders.guests(10_001)})

    assert most.status_code == 202
    assert most.elapsed.total_seconds() < 10
    assert too_many.status_code == 422


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ({"type": "email", "value": "no-at.example.com"}, "USER_EMAIL_INVALID"),
        ({"type": "email", "value": "two@@example.com"}, "USER_EMAIL_INVALID"),
        ({"type": "email", "value": "a b@example.com"}, "USER_EMAIL_INVALID"),
        ({"type": "email", "value": "someone@example"}, "USER_EMAIL_INVALID"),
        ({"type": "phone", "value": "3125550123"}, "USER_PHONE_INVALID"),
        ({"type": "phone", "value": "+1 312 555 0123"}, "USER_PHONE_INVALID"),
        ({"type": "phone", "value": "+03125550123"}, "USER_PHONE_INVALID"),
        ({"type": "phone", "value": "+1234567890123456"}, "USER_PHONE_INVALID"),
        ({"type": "fax", "value": "+13125550123"}, "BAD_REQUEST"),
        ({"type": "email", "value": 7}, "BAD_REQUEST"),
        ({"type": "email"}, "BAD_REQUEST"),
        ("someone@example.com", "BAD_REQUEST"),
    ],
)
def test_one_malformed_identifier_refuses_the_whole_request(sandbox, identifier, expected):
    body = orders.order(sandbox, identifiers=[*orders.guests(2), identifier])

    answer = orders.issue(sandbox, body)

    assert (answer.status_code, orders.code(answer)) == (400, expected)
    assert sandbox.jobs() == []


@pytest.mark.parametrize(
    "value", ["ada@example.com", "ada.o'hara+x@mail.example.co.uk", "josé@example.com", "a@b-c.example"]
)
def test_addresses_as_people_have_them_are_accepted(sandbox, value):
    answer = orders.issue(sandbox, orders.order(sandbox, identifiers=orders.emails(value)))

    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"campaign_id": "unknown"}, 404),
        ({"merchant_id": "unknown"}, 404),
        ({"variant_id": "unknown"}, 422),
        ({"variant_id": None}, 400),
        ({"identifiers": []}, 400),
    ],
)
def test_what_does_not_exist_or_belong_is_refused(sandbox, changed, status):
    assert orders.issue(sandbox, orders.order(sandbox, **changed)).status_code == status


def test_a_campaign_is_issued_to_by_its_own_merchant_only(sandbox):
    other = orders.merchant(sandbox, "cafe-ebene")["id"]

    answer = orders.issue(sandbox, orders.order(sandbox, merchant_id=other))

    assert answer.status_code == 404


def test_a_variant_of_another_campaign_is_refused(sandbox):
    other = sandbox.campaign()["variants"][0]["id"]

    answer = orders.issue(sandbox, orders.order(sandbox, variant_id=other))

    assert answer.status_code == 422


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"'])
def test_a_body_that_is_no_json_object_is_refused(sandbox, body):
    headers = sandbox.headers(X_Idempotency_Key=str(uuid.uuid4()))

    answer = sandbox.call("POST", "/partner/campaigns/issue", data=body, headers=headers)

    assert (answer.status_code, orders.code(answer)) == (400, "BAD_REQUEST")


def test_ten_jobs_of_ten_thousand_leave_it_responsive(sandbox):
    body = orders.order(sandbox, identifiers=orders.guests(10_000))

    began = time.monotonic()
    jobs = [orders.issued_job(sandbox, body) for _ in range(10)]

    assert orders.poll(sandbox, jobs[-1])["success_count"] == 10_000
    assert time.monotonic() - began < 60
