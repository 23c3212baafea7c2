"""Every request has all five headers and the scope, and stays within both limits."""

import time

import pytest

from tests.support import orders

MERCHANTS = "/partner/merchants"


@pytest.mark.parametrize("name", ["Authorization", "X_ClientId"])
@pytest.mark.parametrize("value", [None, "", "Bearer somebody-else", "somebody-else"])
def test_a_stranger_is_turned_away(sandbox, name, value):
    answer = sandbox.call("GET", MERCHANTS, headers=sandbox.headers(**{name: value}))

    assert answer.status_code == 401
    assert orders.code(answer) == "AUTHENTICATION_GENERIC"
    assert sandbox.violations() == {f"header:{name.replace('_', '-')}": 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Accept_Version", None),
        ("Accept_Version", "v4"),
        ("Accept_Version", "v5.0"),
        ("Content_Type", None),
        ("Content_Type", "text/plain"),
        ("User_Agent", None),
        ("User_Agent", "thanx-portal"),
        ("User_Agent", "python-requests/2.32.0"),
    ],
)
def test_a_missing_or_malformed_header_is_refused_even_on_a_get(sandbox, name, value):
    answer = sandbox.call("GET", MERCHANTS, headers=sandbox.headers(**{name: value}))

    assert answer.status_code == 400
    assert orders.code(answer) == "BAD_REQUEST"
    assert sandbox.violations() == {f"header:{name.replace('_', '-')}": 1}


def test_every_missing_header_is_written_down_not_only_the_first(sandbox):
    sandbox.call("GET", MERCHANTS, headers={"User-Agent": None})

    rules = sandbox.violations()
    assert set(rules) == {
        *("header:Authorization", "header:Accept-Version"),
        *("header:Content-Type", "header:User-Agent"),
    }


def test_an_address_that_does_not_exist_is_judged_and_not_found(sandbox):
    answer = sandbox.call("GET", "/partner/nonsense")

    assert (answer.status_code, orders.code(answer)) == (404, "RESOURCE_NOT_FOUND")
    assert sandbox.call("GET", "/partner/nonsense", headers={}).status_code == 401


@pytest.mark.parametrize("path", ["reward_templates", "campaigns", "issuance_jobs/1"])
def test_without_the_scope_issuing_is_closed_and_discovery_is_open(sandbox, path):
    sandbox.reset(scopes=["users.read"])

    answer = sandbox.call("GET", f"/partner/{path}")

    assert (answer.status_code, orders.code(answer)) == (403, "FORBIDDEN")
    assert sandbox.call("GET", MERCHANTS).status_code == 200
    assert sandbox.call("GET", "/partner/scopes").json() == {"scopes": ["users.read"]}


def test_a_request_too_many_in_a_second_is_refused(sandbox):
    sandbox.reset(rate_per_second=3)

    statuses = [sandbox.call("GET", MERCHANTS).status_code for _ in range(4)]

    assert statuses == [200, 200, 200, 429]
    assert sandbox.violations()["rate_per_second"] == 1
    assert "Retry-After" not in sandbox.call("GET", MERCHANTS).headers


def test_a_request_too_many_in_a_quarter_of_an_hour_is_refused(sandbox):
    sandbox.reset(rate_per_15_minutes=2)

    statuses = [sandbox.call("GET", MERCHANTS).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert sandbox.violations()["rate_per_15_minutes"] == 1


def test_the_same_get_within_two_seconds_is_written_down_and_answered(sandbox):
    answers = [sandbox.call("GET", MERCHANTS, params={"page": page}) for page in (1, 2, 1)]

    assert {answer.status_code for answer in answers} == {200}
    assert sandbox.violations() == {"repeated_get": 1}


def test_the_quarter_of_an_hour_slides_and_can_be_shortened(sandbox):
    sandbox.reset(rate_per_15_minutes=2, quarter_hour_seconds=3)

    statuses = [(sandbox.call("GET", MERCHANTS).status_code, time.sleep(pause)) for pause in (1.5, 0, 1.8, 0)]

    assert [status for status, _ in statuses] == [200, 200, 429, 200]
