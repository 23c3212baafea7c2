"""The control API."""

import hashlib
import json
import uuid

import requests

from tests.support import orders


def test_unknown_settings_are_refused_and_nothing_is_reset(sandbox):
    orders.issued_job(sandbox)

    answer = requests.post(f"{sandbox.url}/_sandbox/reset", json={"job_secs": 1}, timeout=10)

    assert answer.status_code == 400
    assert "job_secs" in answer.json()["error"]
    assert len(sandbox.jobs()) == 1


def test_an_unknown_kind_of_fault_is_refused(sandbox):
    answer = requests.post(f"{sandbox.url}/_sandbox/faults", json={"kind": "earthquake"}, timeout=10)

    assert answer.status_code == 400
    assert "earthquake" in answer.json()["error"]


def test_a_reset_changes_the_credential(sandbox):
    sandbox.reset(client_id="another", token="secret")

    assert sandbox.call("GET", "/partner/scopes").status_code == 200
    strangers = sandbox.headers(X_ClientId="sandbox-client")
    assert sandbox.call("GET", "/partner/scopes", headers=strangers).status_code == 401


def test_a_campaign_made_elsewhere_is_listed_by_the_api(sandbox):
    made = sandbox.campaign(merchant="cafe-ebene", name="Made by hand")

    where = {"merchant_id": orders.merchant(sandbox, "cafe-ebene")["id"]}
    listed = sandbox.call("GET", "/partner/campaigns", params=where).json()["campaigns"]

    assert listed == [made]
    assert made["name"] == "Made by hand"


def test_requests_are_kept_with_headers_and_digest_but_without_the_token(sandbox):
    body, key = orders.order(sandbox), str(uuid.uuid4())

    orders.issue(sandbox, body, key=key)

    kept = sandbox.requests("/partner/campaigns/issue")[-1]
    assert kept["headers"]["X-Idempotency-Key"] == key
    assert kept["body_sha256"] == hashlib.sha256(json.dumps(body).encode()).hexdigest()
    assert (kept["status"], kept["template"]) == (202, "/partner/campaigns/issue")
    assert sandbox.token not in json.dumps(sandbox.requests())


def test_the_summary_holds_campaigns_jobs_and_counts(sandbox):
    key, campaign = str(uuid.uuid4()), sandbox.campaign()
    orders.issue(sandbox, orders.order(sandbox, campaign), key=key)

    books = sandbox.books()

    assert books["requests"]["by_endpoint"]["POST /partner/campaigns/issue"] == 1
    assert [(one["id"], one["jobs"], one["identifiers"]) for one in books["campaigns"]] == [(campaign["id"], 1, 3)]
    job = books["jobs"][0]
    assert (job["idempotency_key"], job["state"], job["total_count"]) == (key, "completed", 3)


def test_what_was_issued_is_told_per_variant_and_without_failures(sandbox):
    reward = orders.templates(sandbox, orders.merchant(sandbox)["id"])[0]["id"]
    arms = [{"name": "Arm", "reward_template_id": reward}, {"name": "Control"}]
    campaign = sandbox.campaign(variants=arms)
    mixed = orders.emails("ada@example.com", "notfound@example.com")
    for number, variant in enumerate(campaign["variants"]):
        identifiers = mixed if number == 0 else orders.emails("held@example.com")
        order = orders.order(sandbox, campaign, variant_id=variant["id"], identifiers=identifiers)
        orders.issue(sandbox, order)

    issued = {group["variant"]: group["identifiers"] for group in sandbox.issued(campaign_id=campaign["id"])}

    assert issued == {"Arm": {"email:ada@example.com": 1}, "Control": {"email:held@example.com": 1}}
    assert sandbox.issued(campaign_id="another") == []
