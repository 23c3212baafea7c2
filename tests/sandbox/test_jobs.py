"""Jobs take time, fail in part, end, and are revoked."""

import time

import pytest

from tests.support import orders


def poll_until(sandbox, job_id, state, *, seconds=60.0):
    deadline = time.monotonic() + seconds
    seen = [orders.poll(sandbox, job_id)]
    while seen[-1]["state"] != state and time.monotonic() < deadline:
        seen.append(orders.poll(sandbox, job_id))
    return seen


def test_a_job_is_pending_then_processing_then_completed_and_its_counts_only_grow(sandbox):
    sandbox.reset(job_seconds=1)
    job_id = orders.issued_job(sandbox, orders.order(sandbox, identifiers=orders.guests(500)))

    seen = poll_until(sandbox, job_id, "completed")

    assert list(dict.fromkeys(job["state"] for job in seen)) == ["pending", "processing", "completed"]
    counts = [job["processed_count"] for job in seen]
    assert counts == sorted(counts)
    assert any(0 < count < 500 for count in counts)
    assert all("summary" not in job for job in seen[:-1])
    assert seen[-1]["summary"] == {"success_count": 500, "failure_count": 0, "failures": []}


@pytest.mark.parametrize(
    ("identifier", "text"),
    [
        ({"type": "email", "value": "notfound.ada@example.com"}, "User not found"),
        ({"type": "email", "value": "ineligible7@example.com"}, "User is not eligible"),
        ({"type": "email", "value": "invalid@example.com"}, "Email address is invalid"),
        ({"type": "phone", "value": "+13125550404"}, "User not found"),
        ({"type": "phone", "value": "+13125550400"}, "Phone number unreachable"),
    ],
)
def test_spelled_failures_are_listed_by_position(sandbox, identifier, text):
    body = orders.order(sandbox, identifiers=[*orders.guests(2), identifier, *orders.emails("z@example.com")])

    job = orders.poll(sandbox, orders.issued_job(sandbox, body))

    expected = {"identifier_index": 2, "identifier_type": identifier["type"], "error": text}
    assert job["summary"] == {"success_count": 3, "failure_count": 1, "failures": [expected]}
    assert (job["state"], job["success_count"], job["failure_count"]) == ("completed", 3, 1)


def test_a_weird_failure_has_a_text_that_needs_escaping(sandbox):
    body = orders.order(sandbox, identifiers=orders.emails("weird@example.com"))

    job = orders.poll(sandbox, orders.issued_job(sandbox, body))

    assert "<b>" in job["summary"]["failures"][0]["error"]


def test_a_share_of_guests_fails_by_chance_and_the_same_ones_again(sandbox):
    sandbox.reset(failure_share=0.03)
    body = orders.order(sandbox, identifiers=orders.guests(5_000))

    first, second = (orders.poll(sandbox, orders.issued_job(sandbox, body))["summary"] for _ in range(2))

    assert 75 <= first["failure_count"] <= 225
    assert first == second


def test_a_job_is_another_merchants_secret(sandbox):
    job_id = orders.issued_job(sandbox)

    where = {"merchant_id": orders.merchant(sandbox, "cafe-ebene")["id"]}
    answer = sandbox.call("GET", f"/partner/issuance_jobs/{job_id}", params=where)

    assert answer.status_code == 404
    assert sandbox.call("GET", f"/partner/issuance_jobs/{job_id}").status_code == 400


def test_a_completed_job_is_revoked_whole(sandbox):
    job_id = orders.issued_job(sandbox)

    answer = orders.revoke(sandbox, job_id)

    assert (answer.status_code, answer.json()["issuance_job"]["state"]) == (202, "revoking")
    assert poll_until(sandbox, job_id, "revoked")[-1]["state"] == "revoked"
    assert set(sandbox.times_issued().values()) == {0}


def test_revoking_takes_time_and_the_rewards_are_there_until_it_ends(sandbox):
    job_id = orders.issued_job(sandbox)
    sandbox.options(job_seconds=600)
    orders.revoke(sandbox, job_id)

    assert orders.poll(sandbox, job_id)["state"] == "revoking"
    assert set(sandbox.times_issued().values()) == {1}

    sandbox.finish_job(job_id)
    assert orders.poll(sandbox, job_id)["state"] == "revoked"


def test_only_a_settled_job_can_be_revoked_and_only_once(sandbox):
    sandbox.reset(job_seconds=600)
    job_id = orders.issued_job(sandbox)

    while_pending = orders.revoke(sandbox, job_id)
    sandbox.finish_job(job_id)
    accepted = orders.revoke(sandbox, job_id)
    while_revoking = orders.revoke(sandbox, job_id)
    sandbox.finish_job(job_id)
    when_revoked = orders.revoke(sandbox, job_id)

    refused = [while_pending, while_revoking, when_revoked]
    assert [answer.status_code for answer in refused] == [422, 422, 422]
    assert accepted.status_code == 202


def test_a_job_can_be_finished_at_once(sandbox):
    sandbox.reset(job_seconds=600)
    job_id = orders.issued_job(sandbox)

    sandbox.finish_job(job_id)

    assert orders.poll(sandbox, job_id)["state"] == "completed"
