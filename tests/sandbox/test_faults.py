"""Each kind of fault does what its name says, where it was requested, and no more often."""

import email.utils
import time
import uuid
from datetime import UTC, datetime

import pytest
import requests

from tests.support import orders

MERCHANTS = "/partner/merchants"
ISSUE = "/partner/campaigns/issue"


def get(sandbox):
    return sandbox.call("GET", MERCHANTS)


@pytest.mark.parametrize(("asked", "header"), [({}, None), ({"retry_after": None}, None), ({"retry_after": 7}, "7")])
def test_rate_limited_with_and_without_a_time_to_wait(sandbox, asked, header):
    sandbox.fault("rate_limited", **asked)

    answer = get(sandbox)

    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)
    assert "rate_per_second" not in sandbox.violations()


def test_rate_limited_until_a_date(sandbox):
    sandbox.fault("rate_limited", retry_after="date:60")

    then = email.utils.parsedate_to_datetime(get(sandbox).headers["Retry-After"])

    assert 50 < (then - datetime.now(tz=UTC)).total_seconds() <= 60


@pytest.mark.parametrize(("when", "jobs"), [("before", 0), ("after", 1)])
def test_a_server_error_before_or_after_the_work(sandbox, when, jobs):
    sandbox.fault("server_error", path=ISSUE, status=503, when=when, times=1)
    body, key = orders.order(sandbox), str(uuid.uuid4())

    answer = orders.issue(sandbox, body, key=key)

    assert (answer.status_code, orders.code(answer)) == (503, "GENERIC_ERROR")
    assert len(sandbox.jobs()) == jobs
    assert orders.issue(sandbox, body, key=key).status_code == 202
    assert set(sandbox.times_issued().values()) == {1}


@pytest.mark.parametrize(("when", "jobs"), [("before", 0), ("after", 1), ("mid_body", 1)])
def test_a_connection_cut_off(sandbox, when, jobs):
    sandbox.fault("cut_off", path=ISSUE, when=when)
    body = orders.order(sandbox)

    with pytest.raises(requests.RequestException):
        orders.issue(sandbox, body)

    assert len(sandbox.jobs()) == jobs
    assert sandbox.requests(ISSUE)[-1]["status"] == 0


@pytest.mark.parametrize(("when", "jobs"), [("before", 0), ("late", 1), ("after", 1)])
def test_a_hang(sandbox, when, jobs):
    sandbox.fault("hang", path=ISSUE, when=when, seconds=0.4)
    body, began = orders.order(sandbox), time.monotonic()

    try:
        status = orders.issue(sandbox, body).status_code
    except requests.ConnectionError:
        status = 0

    assert time.monotonic() - began >= 0.4
    assert status == (202 if jobs else 0)
    assert len(sandbox.jobs()) == jobs


def test_work_is_done_although_the_client_gave_up(sandbox):
    sandbox.fault("hang", path=ISSUE, when="after", seconds=0.5)
    body = orders.order(sandbox)
    headers = sandbox.headers(X_Idempotency_Key=str(uuid.uuid4()))

    with pytest.raises(requests.Timeout):
        requests.post(sandbox.url + ISSUE, json=body, headers=headers, timeout=0.2)

    orders.until(lambda: len(sandbox.jobs()) == 1)


def test_truncated_json_is_a_full_answer_that_cannot_be_read(sandbox):
    sandbox.fault("truncated_json")

    answer = get(sandbox)

    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_an_error_in_html(sandbox):
    sandbox.fault("html_error", status=504)

    answer = get(sandbox)

    assert answer.status_code == 504
    assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize(("asked", "error"), [({}, {"message"}), ({"code": 17}, {"code", "message"})])
def test_an_error_without_a_sound_code(sandbox, asked, error):
    sandbox.fault("missing_code", status=400, **asked)

    answer = get(sandbox)

    assert answer.status_code == 400
    assert set(answer.json()["error"]) == error
    assert answer.json()["error"].get("code") == asked.get("code")


@pytest.mark.parametrize(("kind", "status"), [("unauthorized", 401), ("forbidden", 403)])
def test_rights_lost_in_mid_run(sandbox, kind, status):
    sandbox.fault(kind, times=1, after=1)

    assert [get(sandbox).status_code for _ in range(3)] == [200, status, 200]


def test_an_unknown_state(sandbox):
    job_id = orders.issued_job(sandbox)
    sandbox.fault("unknown_state", times=1)

    assert [orders.poll(sandbox, job_id)["state"] for _ in range(2)] == ["awaiting_review", "completed"]


def test_counts_left_out(sandbox):
    job_id = orders.issued_job(sandbox)
    sandbox.fault("missing_counts")

    assert not {name for name in orders.poll(sandbox, job_id) if name.endswith("_count")}


def test_progress_that_goes_backwards(sandbox):
    job_id = orders.issued_job(sandbox, orders.order(sandbox, identifiers=orders.guests(10)))
    sandbox.fault("backwards_progress", after=1, times=1)

    assert [orders.poll(sandbox, job_id)["processed_count"] for _ in range(3)] == [10, 5, 10]


def test_one_answer_in_the_other_dialect(sandbox):
    job_id = orders.issued_job(sandbox)
    sandbox.fault("other_dialect", path="/partner/issuance_jobs", times=1)

    other, usual = (orders.poll(sandbox, job_id) for _ in range(2))

    assert (other["requested_count"], other["issued_count"], other["failed_count"]) == (3, 3, 0)
    assert "total_count" not in other
    assert usual["total_count"] == 3


def test_a_slow_job(sandbox):
    sandbox.fault("slow_job", seconds=600, times=1)

    slow, usual = (orders.issued_job(sandbox) for _ in range(2))

    assert [orders.poll(sandbox, job_id)["state"] for job_id in (slow, usual)] == ["pending", "completed"]


@pytest.mark.parametrize(("share", "issued"), [(0, 0), (0.5, 5)])
def test_a_failed_job_issues_nothing_or_a_part(sandbox, share, issued):
    sandbox.fault("failed_job", share=share)
    body = orders.order(sandbox, identifiers=orders.guests(10))

    job = orders.poll(sandbox, orders.issued_job(sandbox, body))

    assert (job["state"], job["success_count"]) == ("failed", issued)
    assert "summary" not in job
    assert len(sandbox.times_issued()) == issued
    assert orders.revoke(sandbox, job["id"]).status_code == 202


def test_a_stuck_job_stays_until_it_is_finished(sandbox):
    sandbox.fault("stuck_job")
    job_id = orders.issued_job(sandbox, orders.order(sandbox, identifiers=orders.guests(100)))

    stuck = orders.poll(sandbox, job_id)
    sandbox.finish_job(job_id)

    assert (stuck["state"], stuck["processed_count"]) == ("processing", 37)
    assert orders.poll(sandbox, job_id)["processed_count"] == 100


@pytest.mark.parametrize(
    ("where", "struck"),
    [
        ({"method": "POST"}, False),
        ({"method": "get"}, True),
        ({"path": "/partner/mer"}, True),
        ({"path": "/partner/campaigns"}, False),
        ({"path": "^/partner/(merchants|scopes)$"}, True),
        ({"path": "^/partner/scopes$"}, False),
        ({"probability": 0}, False),
    ],
)
def test_a_fault_strikes_where_it_was_asked_to(sandbox, where, struck):
    sandbox.fault("server_error", **where)

    assert (get(sandbox).status_code == 500) is struck


def test_faults_are_cleared_and_a_reset_clears_them_too(sandbox):
    sandbox.fault("server_error")
    sandbox.clear_faults()
    assert get(sandbox).status_code == 200

    sandbox.fault("server_error")
    sandbox.reset()
    assert get(sandbox).status_code == 200


def test_a_request_that_fails_the_checks_uses_up_no_fault(sandbox):
    sandbox.fault("server_error", times=1)

    stranger = sandbox.call("GET", MERCHANTS, headers={})

    assert (stranger.status_code, get(sandbox).status_code) == (401, 500)
