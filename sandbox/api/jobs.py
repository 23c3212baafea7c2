"""Issuance jobs: issuing, polling and revoking."""

import dataclasses
import hashlib
import json
import uuid
from typing import Any

from sandbox.api.campaigns import is_over
from sandbox.api.discovery import known_merchant, merchant_of
from sandbox.api.request import ApiRequest, required_text
from sandbox.faults.fault import FaultKind, first_of
from sandbox.models import REVOCABLE, Campaign, Failure, Job, JobState, job_document
from sandbox.options import Dialect
from sandbox.wire.answers import Answer, bad_request, not_found, unprocessable
from sandbox.world.failing_identifiers import is_email, is_phone
from sandbox.world.members import MerchantMembers

MOST_IDENTIFIERS = 10_000
PENDING_SHARE = 0.1  # of a job's time
STUCK_SHARE = 0.37  # how far a stuck job gets
REVOKING_SHARE = 0.5  # of a job's time


def issue(request: ApiRequest) -> Answer:
    """Accept a job, or return the first answer again if the key and the body are known."""
    key = _key(request)
    digest = hashlib.sha256(request.body).hexdigest()
    known = request.sandbox.store.job_of_key(key)
    if known is not None:
        if known.body_sha256 != digest:
            raise unprocessable("this idempotency key was used with another body")
        return Answer(status=202, payload=json.loads(known.first_answer))

    asked = request.document()
    campaign, variant_id = _target(request, asked)
    identifiers = _identifiers(asked.get("identifiers"))
    job = _new_job(request, campaign, variant_id=variant_id, identifiers=identifiers)
    # Even a job without duration is pending at its acceptance.
    accepted = dataclasses.replace(job, started_at=job.created_at + 1, completed_at=None)
    payload = {"issuance_job": job_document(accepted, at=job.created_at)}
    job = dataclasses.replace(job, idempotency_key=key, body_sha256=digest, first_answer=json.dumps(payload))
    request.sandbox.store.add_job(job, identifiers=identifiers)
    request.sandbox.webhooks.watch(job)
    return Answer(status=202, payload=payload)


def show(request: ApiRequest) -> Answer:
    """Return a job with its progress."""
    job = _job_of(request, merchant_id=merchant_of(request).id)
    return Answer(payload={"issuance_job": job_document(job, at=request.at)})


def revoke(request: ApiRequest) -> Answer:
    """Begin to revoke every reward of a job, which must be completed or failed."""
    merchant = known_merchant(request, merchant_id=required_text(request.document(), name="merchant_id"))
    job = _job_of(request, merchant_id=merchant.id)
    state = job.state(at=request.at)
    if state not in REVOCABLE:
        raise unprocessable(f"a job that is {state} cannot be revoked")

    seconds = request.sandbox.options.job_seconds * REVOKING_SHARE
    request.sandbox.store.change_job(job.id, revoke_at=request.at, revoked_at=request.at + seconds)
    document = {**job_document(job, at=request.at), "state": str(JobState.REVOKING)}
    document.pop("summary", None)
    status = 202 if request.sandbox.options.dialect == Dialect.USUAL else 200
    return Answer(status=status, payload={"issuance_job": document})


def _key(request: ApiRequest) -> str:
    written = request.headers.get("X-Idempotency-Key", "")
    try:
        return str(uuid.UUID(written))
    except ValueError:
        request.sandbox.request_log.violated(request.logged, rule="idempotency_key")
        raise bad_request("X-Idempotency-Key must be a UUID") from None


def _target(request: ApiRequest, asked: dict[str, Any]) -> tuple[Campaign, str]:
    merchant = known_merchant(request, merchant_id=required_text(asked, name="merchant_id"))
    campaign = request.sandbox.store.campaign(required_text(asked, name="campaign_id"))
    if campaign is None or campaign.merchant_id != merchant.id:
        raise not_found("the campaign")
    variant = campaign.variant(required_text(asked, name="variant_id"))
    if variant is None:
        raise unprocessable("variant_id does not belong to the campaign")
    if is_over(campaign, at=request.at):
        raise unprocessable("the campaign is over")
    return campaign, variant["id"]


def _identifiers(asked: object) -> list[tuple[str, str]]:
    if not isinstance(asked, list) or not asked:
        raise bad_request("identifiers is required")
    if len(asked) > MOST_IDENTIFIERS:
        raise unprocessable(f"{len(asked)} identifiers were sent; {MOST_IDENTIFIERS} are the most")
    return [_identifier(one, index) for index, one in enumerate(asked)]


def _identifier(asked: object, index: int) -> tuple[str, str]:
    if not isinstance(asked, dict) or asked.keys() != {"type", "value"}:
        raise bad_request(f"identifiers[{index}] is not an object of type and value")
    kind, value = asked["type"], asked["value"]
    if kind not in {"email", "phone"} or not isinstance(value, str):
        raise bad_request(f"identifiers[{index}] is neither an email nor a phone")
    if kind == "email" and not is_email(value):
        raise bad_request(f"identifiers[{index}] is not an e-mail address", code="USER_EMAIL_INVALID")
    if kind == "phone" and not is_phone(value):
        raise bad_request(f"identifiers[{index}] is not a phone number in E.164", code="USER_PHONE_INVALID")
    return kind, value


def _new_job(request: ApiRequest, campaign: Campaign, *, variant_id: str, identifiers: list[tuple[str, str]]) -> Job:
    options, total = request.sandbox.options, len(identifiers)
    seconds = options.job_seconds
    slow, stuck, failing = (
        first_of(request.faults, kind) for kind in (FaultKind.SLOW_JOB, FaultKind.STUCK_JOB, FaultKind.FAILED_JOB)
    )
    if slow:
        seconds = slow.seconds(60.0)
    reach = total
    if stuck:
        reach = int(total * STUCK_SHARE)
    elif failing:
        reach = int(total * float(failing.details.get("share", 0.0)))
    return Job(
        id=uuid.uuid4().hex[:24],
        merchant_id=campaign.merchant_id,
        campaign_id=campaign.id,
        variant_id=variant_id,
        idempotency_key="",
        body_sha256="",
        created_at=request.at,
        started_at=request.at + seconds * PENDING_SHARE,
        completed_at=None if stuck else request.at + seconds,
        outcome=JobState.FAILED if failing else JobState.COMPLETED,
        total=total,
        reach=reach,
        revoke_at=None,
        revoked_at=None,
        announced=not options.webhook.active,
        failures=_failures(request, identifiers, merchant_id=campaign.merchant_id),
        first_answer="",
    )


def _failures(request: ApiRequest, identifiers: list[tuple[str, str]], *, merchant_id: str) -> tuple[Failure, ...]:
    sandbox = request.sandbox
    merchant = sandbox.world.merchants[merchant_id]
    members = MerchantMembers(merchant=merchant, options=sandbox.options, store=sandbox.store)
    reasons = (members.failure(kind=kind, value=value) for kind, value in identifiers)
    return tuple(
        Failure(index=index, type=identifiers[index][0], error=reason)
        for index, reason in enumerate(reasons)
        if reason is not None
    )


def _job_of(request: ApiRequest, *, merchant_id: str) -> Job:
    job = request.sandbox.store.job(request.params["id"])
    if job is None or job.merchant_id != merchant_id:
        raise not_found("the issuance job")
    return job
