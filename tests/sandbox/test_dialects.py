"""The second published description of the same API."""

import pytest

from tests.support import orders


@pytest.fixture
def other(sandbox):
    sandbox.reset(dialect="other")
    return sandbox


@pytest.mark.parametrize("path", ["scopes", "merchants", "locations"])
def test_discovery_lives_at_another_address(other, path):
    where = {"merchant_id": other.campaign() and other.books()["campaigns"][0]["merchant_id"]}

    assert other.call("GET", f"/partner/{path}", params=where).status_code == 404
    assert other.call("GET", f"/partner/metadata/{path}", params=where).status_code == 200


def test_the_usual_dialect_does_not_know_that_address(sandbox):
    assert sandbox.call("GET", "/partner/metadata/merchants").status_code == 404


def test_pagination_and_job_are_spelled_differently_and_a_revocation_answers_200(other):
    campaign = other.campaign()
    merchant_id = other.books()["campaigns"][0]["merchant_id"]
    order = {
        "campaign_id": campaign["id"],
        "merchant_id": merchant_id,
        "variant_id": campaign["variants"][0]["id"],
        "identifiers": orders.guests(2),
    }

    job = orders.issue(other, order).json()["issuance_job"]
    path = f"/partner/issuance_jobs/{job['id']}/revoke"
    revoked = other.call("POST", path, json={"merchant_id": merchant_id})
    listed = other.call("GET", "/partner/campaigns", params={"merchant_id": merchant_id}).json()

    assert job["requested_count"] == 2
    assert "updated_at" in job
    assert (revoked.status_code, revoked.json()["issuance_job"]["state"]) == (200, "revoking")
    assert listed["pagination"] == {"current_page": 1, "per_page": 10, "total_page": 1}
