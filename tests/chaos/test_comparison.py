"""Records that agree have no difference, and each kind of error is noticed."""

import copy
from pathlib import Path

import pytest

from tests.chaos.audience import Audience
from tests.chaos.comparison import UNDER_WAY_SECONDS, BothSides, differences

ISSUED, FAILED, HELD_BACK, EXCLUDED = "ana@example.com", "bo@example.com", "cy@example.com", "di@example.com"
JOB = "job-1"

OURS = {
    "campaigns": [
        {"id": 1, "thanx_id": None, "name": "Spring", "state": "draft", "made_elsewhere": False},
        {"id": 2, "thanx_id": "c", "name": "Spring", "state": "live", "made_elsewhere": False},
    ],
    "issuances": [
        {
            "issuance": 1,
            "row": "confirmed",
            "file": "first.csv",
            "lines": 5,
            "left_out": {"duplicate": 1, "do_not_reward": 1},
            "held_back": 1,
            "not_sent": 0,
            "in_progress": 0,
            "issued": 1,
            "failed": 1,
            "unknown": 0,
            "revoked": 0,
        }
    ],
    "batches": [
        {
            "issuance": 1,
            "number": 1,
            "is_control": False,
            "size": 2,
            "state": "completed",
            "key": "k",
            "digest": "d",
            "job_id": JOB,
            "issued": 1,
            "failed": 1,
            "error": "",
            "people": [ISSUED, FAILED],
            "failures": [1],
            "rewards": [0],
            "moves": [],
        },
        {
            "issuance": 1,
            "number": 2,
            "is_control": True,
            "size": 1,
            "state": "held_back",
            "key": None,
            "digest": "e",
            "job_id": None,
            "issued": None,
            "failed": None,
            "error": "",
            "people": [HELD_BACK],
            "failures": [],
            "rewards": [],
            "moves": [],
        },
    ],
    "sent": {
        "calls": {"POST /partner/campaigns/issue": 1, "GET /partner/issuance_jobs/{id}": 1},
        "starts": [0.0, 5.0],
        "reads": [[0.0, 5.0]],
    },
}
THEIRS = {
    "campaigns": [{"id": "c", "name": "Spring"}],
    "jobs": [
        {
            "id": JOB,
            "idempotency_key": "k",
            "body_sha256": "d",
            "state": "completed",
            "total_count": 2,
            "success_count": 1,
            "failure_count": 1,
        }
    ],
    "requests": {"by_endpoint": {"POST /partner/campaigns/issue": 1, "GET /partner/issuance_jobs/{id}": 1}},
    "violations": {"by_rule": {}},
}
SENT = {"method": "POST", "path": "/partner/campaigns/issue", "at": 0, "body_sha256": "d"}
POLLED = {"method": "GET", "path": f"/partner/issuance_jobs/{JOB}", "at": 5, "headers": {}, "body_sha256": ""}


@pytest.fixture
def both() -> BothSides:
    everyone = {ISSUED, FAILED, HELD_BACK}
    return BothSides(
        ours=copy.deepcopy(OURS),
        theirs=copy.deepcopy(THEIRS),
        issued=[{"variant": "Smaller", "identifiers": {f"email:{ISSUED}": 1}}],
        requests=[{**SENT, "headers": {"X-Idempotency-Key": "k"}}, dict(POLLED)],
        audiences={"first": Audience(path=Path("first.csv"), lines=5, accepted=everyone, excluded_early=[EXCLUDED])},
        issuances={"first": 1},
        campaigns={"Spring": 1},
        per_second=2,
        per_quarter_hour=100,
        settled_since={JOB: 5},
    )


def test_records_that_agree_have_no_difference(both):
    assert differences(both) == []


def test_guests_of_a_job_that_failed_as_a_whole_stay_failed_when_it_is_revoked_afterwards(both):
    count_guests_of_a_revoked_job_as_failed(both)
    both.ours["batches"][0]["moves"] = ["seen_failed", "revoke_asked", "seen_revoked"]

    assert "counts" not in {found.partition(":")[0] for found in differences(both)}


def issue_again(both):
    both.issued[0]["identifiers"][f"email:{ISSUED}"] = 2


def issue_to_no_guest(both):
    both.issued[0]["identifiers"].clear()


def issue_to_a_failure(both):
    both.issued[0]["identifiers"][f"email:{FAILED}"] = 1


def issue_to_the_control(both):
    both.issued[0]["identifiers"][f"email:{HELD_BACK}"] = 1


def issue_to_a_stranger(both):
    both.issued[0]["identifiers"]["email:eve@example.com"] = 1


def issue_to_an_excluded_guest(both):
    """An excluded guest has a reward, and our rows say so, too: both sides agree, and are wrong."""
    both.issued[0]["identifiers"][f"email:{EXCLUDED}"] = 1
    both.ours["batches"][0]["people"].append(EXCLUDED)


def leave_out_fewer_than_are_on_the_list(both):
    both.ours["issuances"][0].update(left_out={"duplicate": 2})


def send_two_jobs(both):
    both.theirs["jobs"].append({**both.theirs["jobs"][0], "id": "job-2", "idempotency_key": "another"})


def send_other_bytes(both):
    both.theirs["jobs"][0]["body_sha256"] = "other"


def send_other_bytes_under_the_key(both):
    both.requests[0]["body_sha256"] = "other"


def send_a_request_that_is_not_logged(both):
    both.theirs["requests"]["by_endpoint"]["POST /partner/campaigns/issue"] = 2


def lose_a_guest(both):
    both.ours["batches"][1]["people"].pop()


def lose_a_line(both):
    both.ours["issuances"][0]["left_out"] = {}


def leave_in_doubt(both):
    both.ours["issuances"][0].update(issued=0, unknown=1)


def miscount(both):
    both.theirs["jobs"][0]["success_count"] = 2


def count_guests_of_a_revoked_job_as_failed(both):
    both.theirs["jobs"][0].update(state="revoked", success_count=0, failure_count=0)
    both.ours["batches"][0].update(state="revoked", issued=0, failed=2)


def confirm_twice(both):
    both.ours["issuances"].append({**both.ours["issuances"][0], "issuance": 2})


def forget_a_revocation(both):
    both.theirs["jobs"][0]["state"] = "revoked"


def create_the_campaign_twice(both):
    both.theirs["campaigns"].append({"id": "c2", "name": "Spring"})


def break_a_rule(both):
    both.theirs["violations"]["by_rule"]["user_agent"] = 1


def start_too_many_in_a_second(both):
    both.ours["sent"]["starts"] += [5.4, 5.9]


def start_too_many_in_a_quarter_hour(both):
    both.ours["sent"]["starts"] = [float(second) for second in range(101)]


def read_the_same_again_at_once(both):
    both.ours["sent"]["reads"] = [[0.0, 5.0, 6.9]]


def log_a_start_after_the_arrival(both):
    both.ours["sent"]["starts"] = [0.0, 9.0]


def read_a_settled_job_again(both):
    both.requests[1]["at"] = 5 + UNDER_WAY_SECONDS + 1


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        (issue_again, "recipients"),
        (issue_to_no_guest, "recipients"),
        (issue_to_a_failure, "recipients"),
        (issue_to_the_control, "recipients"),
        (issue_to_a_stranger, "recipients"),
        (issue_to_an_excluded_guest, "people"),
        (issue_to_an_excluded_guest, "recipients"),
        (leave_out_fewer_than_are_on_the_list, "sums"),
        (send_two_jobs, "jobs"),
        (send_other_bytes, "jobs"),
        (send_other_bytes_under_the_key, "wire"),
        (send_a_request_that_is_not_logged, "wire"),
        (lose_a_guest, "people"),
        (lose_a_line, "sums"),
        (leave_in_doubt, "sums"),
        (miscount, "counts"),
        (count_guests_of_a_revoked_job_as_failed, "counts"),
        (confirm_twice, "files"),
        (forget_a_revocation, "jobs"),
        (create_the_campaign_twice, "campaigns"),
        (break_a_rule, "wire"),
        (start_too_many_in_a_second, "pace"),
        (start_too_many_in_a_quarter_hour, "pace"),
        (read_the_same_again_at_once, "pace"),
        (log_a_start_after_the_arrival, "pace"),
        (read_a_settled_job_again, "manners"),
    ],
)
def test_each_kind_of_error_is_noticed(both, wrong, check):
    wrong(both)

    assert check in {found.partition(":")[0] for found in differences(both)}
