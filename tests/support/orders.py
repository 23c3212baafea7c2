"""Requests as a correct client makes them; a test spoils one thing of one."""

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tests.support.sandbox import Sandbox


def merchant(sandbox: Sandbox, handle: str = "bluebird-burger-bar") -> dict[str, Any]:
    merchants = sandbox.call("GET", "/partner/merchants").json()["merchants"]
    return next(one for one in merchants if one["handle"] == handle)


def templates(sandbox: Sandbox, merchant_id: str, **query: Any) -> list[dict[str, Any]]:
    where = {"merchant_id": merchant_id, "per_page": 100, **query}
    return sandbox.call("GET", "/partner/reward_templates", params=where).json()["reward_templates"]


def campaign_fields(sandbox: Sandbox, **changed: Any) -> dict[str, Any]:
    owner = merchant(sandbox)["id"]
    now = datetime.now(tz=UTC)
    fields = {
        "merchant_id": owner,
        "name": "Autumn win-back",
        "objective": "Bring lapsed guests back",
        "fine_print": "One per guest.",
        "start_at": now.isoformat(),
        "end_at": (now + timedelta(days=7)).isoformat(),
        "redeemable_from": now.isoformat(),
        "redeemable_to": (now + timedelta(days=21)).isoformat(),
        "variants": [
            {"name": "Free fries", "reward_template_id": templates(sandbox, owner)[0]["id"]},
            {"name": "Control"},
        ],
    }
    return {**fields, **changed}


def create(sandbox: Sandbox, **changed: Any) -> requests.Response:
    return sandbox.call("POST", "/partner/campaigns", json={"campaign": campaign_fields(sandbox, **changed)})


def emails(*values: str) -> list[dict[str, str]]:
    return [{"type": "email", "value": value} for value in values]


def guests(count: int) -> list[dict[str, str]]:
    return emails(*(f"guest{number}@example.com" for number in range(count)))


def order(sandbox: Sandbox, campaign: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    campaign = campaign or sandbox.campaign()
    fields = {
        "campaign_id": campaign["id"],
        "merchant_id": merchant(sandbox)["id"],
        "variant_id": campaign["variants"][0]["id"],
        "identifiers": guests(3),
    }
    return {**fields, **changed}


def issue(sandbox: Sandbox, body: dict[str, Any] | None = None, *, key: str | None = None) -> requests.Response:
    headers = sandbox.headers(X_Idempotency_Key=key or str(uuid.uuid4()))
    data = json.dumps(body or order(sandbox)).encode()
    return sandbox.call("POST", "/partner/campaigns/issue", data=data, headers=headers)


def issued_job(sandbox: Sandbox, body: dict[str, Any] | None = None) -> str:
    return issue(sandbox, body).json()["issuance_job"]["id"]


def poll(sandbox: Sandbox, job_id: str) -> dict[str, Any]:
    where = {"merchant_id": merchant(sandbox)["id"]}
    return sandbox.call("GET", f"/partner/issuance_jobs/{job_id}", params=where).json()["issuance_job"]


def revoke(sandbox: Sandbox, job_id: str) -> requests.Response:
    body = {"merchant_id": merchant(sandbox)["id"]}
    return sandbox.call("POST", f"/partner/issuance_jobs/{job_id}/revoke", json=body)


def code(answer: requests.Response) -> str:
    return answer.json()["error"]["code"]


def until(condition: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Wait for something that happens by itself; fail when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
