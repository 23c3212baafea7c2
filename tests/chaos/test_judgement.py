"""The judgement is worth what it notices: books that agree pass, and each way of being wrong is told."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from tests.chaos.audience import Audience
from tests.chaos.judgement import UNDER_WAY_SECONDS, Books, differences

ISSUED, FAILED, HELD_BACK, EXCLUDED = "ana@example.com", "bo@example.com", "cy@example.com", "di@example.com"
JOB = "job-1"

OURS = {
    "campaigns": [{"id": 1, "thanx_id": "c", "name": "Spring", "state": "live", "made_elsewhere": False}],
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
def books() -> Books:
    everybody = {ISSUED, FAILED, HELD_BACK}
    return Books(
        ours=copy.deepcopy(OURS),
        theirs=copy.deepcopy(THEIRS),
        issued=[{"variant": "Smaller", "identifiers": {f"email:{ISSUED}": 1}}],
        requests=[{**SENT, "headers": {"X-Idempotency-Key": "k"}}, dict(POLLED)],
        audiences={"first": Audience(path=Path("first.csv"), lines=5, accepted=everybody, excluded_early=[EXCLUDED])},
        issuances={"first": 1},
        campaigns={"Spring": 1},
        per_second=2,
        per_quarter_hour=100,
        settled_since={JOB: 5},
    )


def test_books_that_agree_differ_in_nothing(books):
    assert differences(books) == []


def issue_again(books):
    books.issued[0]["identifiers"][f"email:{ISSUED}"] = 2


def issue_to_nobody(books):
    books.issued[0]["identifiers"].clear()


def issue_to_a_failure(books):
    books.issued[0]["identifiers"][f"email:{FAILED}"] = 1


def issue_to_the_control(books):
    books.issued[0]["identifiers"][f"email:{HELD_BACK}"] = 1


def issue_to_a_stranger(books):
    books.issued[0]["identifiers"]["email:eve@example.com"] = 1


def issue_to_somebody_on_a_list(books):
    """Somebody excluded has a reward, and our rows tell the same: both books agree, and are wrong."""
    books.issued[0]["identifiers"][f"email:{EXCLUDED}"] = 1
    books.ours["batches"][0]["people"].append(EXCLUDED)


def leave_out_fewer_than_are_on_the_list(books):
    books.ours["issuances"][0].update(left_out={"duplicate": 2})


def send_two_jobs(books):
    books.theirs["jobs"].append({**books.theirs["jobs"][0], "id": "job-2", "idempotency_key": "another"})


def send_other_bytes(books):
    books.theirs["jobs"][0]["body_sha256"] = "other"


def send_other_bytes_under_the_key(books):
    books.requests[0]["body_sha256"] = "other"


def send_what_the_ledger_does_not_hold(books):
    books.theirs["requests"]["by_endpoint"]["POST /partner/campaigns/issue"] = 2


def lose_somebody(books):
    books.ours["batches"][1]["people"].pop()


def lose_a_line(books):
    books.ours["issuances"][0]["left_out"] = {}


def leave_in_doubt(books):
    books.ours["issuances"][0].update(issued=0, unknown=1)


def miscount(books):
    books.theirs["jobs"][0]["success_count"] = 2


def confirm_twice(books):
    books.ours["issuances"].append({**books.ours["issuances"][0], "issuance": 2})


def forget_a_revocation(books):
    books.theirs["jobs"][0]["state"] = "revoked"


def create_the_campaign_twice(books):
    books.theirs["campaigns"].append({"id": "c2", "name": "Spring"})


def break_a_rule(books):
    books.theirs["violations"]["by_rule"]["user_agent"] = 1


def start_too_many_in_a_second(books):
    books.ours["sent"]["starts"] += [5.4, 5.9]


def start_too_many_in_a_quarter_hour(books):
    books.ours["sent"]["starts"] = [float(second) for second in range(101)]


def read_the_same_again_at_once(books):
    books.ours["sent"]["reads"] = [[0.0, 5.0, 6.9]]


def tell_a_later_start_than_arrived(books):
    books.ours["sent"]["starts"] = [0.0, 9.0]


def read_a_settled_job_again(books):
    books.requests[1]["at"] = 5 + UNDER_WAY_SECONDS + 1


@pytest.mark.parametrize(
    ("wrong", "judge"),
    [
        (issue_again, "recipients"),
        (issue_to_nobody, "recipients"),
        (issue_to_a_failure, "recipients"),
        (issue_to_the_control, "recipients"),
        (issue_to_a_stranger, "recipients"),
        (issue_to_somebody_on_a_list, "people"),
        (issue_to_somebody_on_a_list, "recipients"),
        (leave_out_fewer_than_are_on_the_list, "sums"),
        (send_two_jobs, "jobs"),
        (send_other_bytes, "jobs"),
        (send_other_bytes_under_the_key, "wire"),
        (send_what_the_ledger_does_not_hold, "wire"),
        (lose_somebody, "people"),
        (lose_a_line, "sums"),
        (leave_in_doubt, "sums"),
        (miscount, "counts"),
        (confirm_twice, "files"),
        (forget_a_revocation, "jobs"),
        (create_the_campaign_twice, "campaigns"),
        (break_a_rule, "wire"),
        (start_too_many_in_a_second, "pace"),
        (start_too_many_in_a_quarter_hour, "pace"),
        (read_the_same_again_at_once, "pace"),
        (tell_a_later_start_than_arrived, "pace"),
        (read_a_settled_job_again, "manners"),
    ],
)
def test_each_way_of_being_wrong_is_noticed(books, wrong, judge):
    wrong(books)

    assert judge in {found.partition(":")[0] for found in differences(books)}
