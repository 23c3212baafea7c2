"""Campaigns, jobs and issued rewards as the control API returns them, for judging a client."""

from collections import Counter, defaultdict
from typing import Any

from sandbox.models import JobState, job_document
from sandbox.store import Store


def campaigns(store: Store) -> list[dict[str, Any]]:
    """Return every campaign with the number of its jobs and identifiers."""
    jobs: Counter[str] = Counter()
    identifiers: Counter[str] = Counter()
    for job in store.jobs():
        jobs[job.campaign_id] += 1
        identifiers[job.campaign_id] += job.total
    return [
        {
            "id": campaign.id,
            "merchant_id": campaign.merchant_id,
            "name": campaign.document["name"],
            "variants": campaign.document["variants"],
            "jobs": jobs[campaign.id],
            "identifiers": identifiers[campaign.id],
        }
        for campaign in store.campaigns()
    ]


def jobs(store: Store, *, at: float) -> list[dict[str, Any]]:
    """Return every job, the oldest first, as the API returns it, with its key and without the failure list."""
    listed = []
    for job in store.jobs():
        document = job_document(job, at=at)
        document.pop("summary", None)
        document["merchant_id"] = job.merchant_id
        document["idempotency_key"] = job.idempotency_key
        document["body_sha256"] = job.body_sha256
        listed.append(document)
    return listed


def issued(store: Store, *, at: float, campaign_id: str | None = None) -> list[dict[str, Any]]:
    """Return, for each merchant, campaign and variant, how many rewards each identifier has, less revoked ones.

    An identifier whose only reward was revoked has 0; one that always failed is absent.
    """
    times: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for job in store.jobs():
        if campaign_id in {None, job.campaign_id}:
            failed = {failure.index for failure in job.failures}
            rewards = 0 if job.state(at=at) == JobState.REVOKED else 1
            counter = times[job.merchant_id, job.campaign_id, job.variant_id]
            reached = store.identifiers(job.id)[: job.processed(at=at)]
            for index, (kind, value) in enumerate(reached):
                if index not in failed:
                    counter[f"{kind}:{value}"] += rewards
    return [
        {
            "merchant_id": merchant_id,
            "campaign_id": campaign,
            "variant_id": variant_id,
            "variant": _variant_name(store, campaign, variant_id),
            "identifiers": dict(counter),
        }
        for (merchant_id, campaign, variant_id), counter in times.items()
    ]


def _variant_name(store: Store, campaign_id: str, variant_id: str) -> str:
    campaign = store.campaign(campaign_id)
    variant = campaign.variant(variant_id) if campaign else None
    return variant["name"] if variant else ""
