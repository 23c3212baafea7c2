"""The portal's rows as JSON: reads one question a line and answers each with one line. Reads only.

A separate process, so that the storm itself needs no settings.
"""

import json
import sys
from collections import Counter
from typing import Any

import django

django.setup()

from django.db import Error, connections
from django.db.models import Q

from campaigns.models import Campaign, RewardTemplate
from issuance.management.output import document
from issuance.manifests import identifiers_of
from issuance.models import Batch, Delivery, Failure, Issuance, IssuanceEvent, IssuedReward
from issuance.models.observed import DeliveryState
from issuance.states import AT_WORK, BatchState
from partner_api.models import Exchange

WAITING = (DeliveryState.NEW, DeliveryState.PARKED)


def templates() -> dict[str, list[dict[str, str]]]:
    """Return the published reward templates of each merchant."""
    found = RewardTemplate.objects.published().select_related("merchant").order_by("merchant", "name")
    listed = [
        {"merchant": each.merchant.handle, "merchant_id": each.merchant.thanx_id, "id": each.thanx_id} for each in found
    ]
    return {"published": listed}


def progress() -> dict[str, Any]:
    """Return what is not finished, and the jobs that are settled for good."""
    batches = Batch.objects.exclude(state__in=[BatchState.DRAFT, BatchState.DISCARDED])
    settled = batches.filter(due_at=None, revoke_asked_at=None).exclude(job_id=None).exclude(state__in=AT_WORK)
    attention = batches.filter(state=BatchState.NEEDS_ATTENTION).select_related("issuance__merchant")
    return {
        "states": dict(Counter(batches.values_list("state", flat=True))),
        "reading": Issuance.objects.filter(state="reading").count(),
        "campaigns": Campaign.objects.filter(state__in=["queued", "creating", "unsure"]).count(),
        "unfinished": batches.filter(state__in=AT_WORK).count(),
        "due": batches.exclude(due_at=None).count(),
        "inbox": Delivery.objects.filter(state__in=WAITING).count(),
        "settled": list(settled.values_list("job_id", flat=True)),
        "attention": [_needing_attention(batch) for batch in attention],
        "paused": list(Issuance.objects.confirmed().exclude(paused_at=None).values_list("pk", flat=True)),
    }


def _needing_attention(batch: Batch) -> dict[str, Any]:
    return {
        "merchant": batch.issuance.merchant.handle,
        "issuance": batch.issuance_id,
        "number": batch.number,
        "key": str(batch.idempotency_key),
        "job_id": batch.job_id,
        "problem": batch.error_code,
    }


def confirmed() -> dict[str, int]:
    """Return the confirmed issuance of each file."""
    rows = Issuance.objects.confirmed().filter(upload__isnull=False)
    return dict(rows.order_by("-pk").values_list("upload__file_name", "pk"))


def wanted() -> dict[str, int]:
    """Return the campaigns that are to be at Thanx by their names: what a user or a command has confirmed."""
    return dict(Campaign.objects.exclude(state__in=["draft", "discarded"]).values_list("name", "pk"))


def live() -> dict[str, int]:
    """Return the live campaigns by their names."""
    return dict(Campaign.objects.live().values_list("name", "pk"))


def revocations() -> dict[str, str]:
    """Return `asked` for each issuance all of whose jobs are revoked, now or when they end, else `left`."""
    sent = Batch.objects.filter(is_control=False).exclude(state__in=[BatchState.DRAFT, BatchState.DISCARDED])
    nothing_to_revoke = Q(state=BatchState.REFUSED) | Q(state=BatchState.FAILED, issued_count=0)
    left = sent.filter(revoke_asked_at=None).exclude(nothing_to_revoke).values_list("issuance", flat=True)
    return {str(pk): "left" if pk in set(left) else "asked" for pk in set(sent.values_list("issuance", flat=True))}


def everything() -> dict[str, Any]:
    """Return campaigns, issuances, batches with their guests, deliveries, and the requests that were sent."""
    return {
        "campaigns": list(Campaign.objects.values("id", "thanx_id", "name", "state", "attempts", "made_elsewhere")),
        "issuances": [_issuance(each) for each in Issuance.objects.order_by("pk")],
        "batches": [_batch(each) for each in Batch.objects.select_related("variant", "manifest").order_by("pk")],
        "moves": dict(Counter(IssuanceEvent.objects.values_list("move", flat=True))),
        "deliveries": dict(Counter(Delivery.objects.values_list("state", flat=True))),
        "sent": _sent(),
    }


def _issuance(issuance: Issuance) -> dict[str, Any]:
    upload = getattr(issuance, "upload", None)
    return {**document(issuance), "row": issuance.state, "file": upload.file_name if upload else ""}


def _batch(batch: Batch) -> dict[str, Any]:
    failures = Failure.objects.filter(batch=batch).order_by("position")
    rewards = IssuedReward.objects.filter(batch=batch).order_by("position")
    return {
        "issuance": batch.issuance_id,
        "number": batch.number,
        "variant": batch.variant.name,
        "is_control": batch.is_control,
        "size": batch.size,
        "state": batch.state,
        "key": str(batch.idempotency_key) if batch.idempotency_key else None,
        "digest": batch.body_digest,
        "job_id": batch.job_id,
        "attempts": batch.attempts,
        "issued": batch.issued_count,
        "failed": batch.failed_count,
        "error": batch.error_code,
        "revoke_asked": batch.revoke_asked_at is not None,
        "moves": list(batch.events.values_list("move", flat=True)),
        "people": [each.value for each in identifiers_of(batch)],
        "failures": list(failures.values_list("position", flat=True)),
        "rewards": list(rewards.values_list("position", flat=True)),
    }


def _sent() -> dict[str, Any]:
    rows = Exchange.objects.values_list("method", "path_template", "idempotency_key", "body_digest")
    calls, issued = Counter(), Counter()
    for method, template, key, digest in rows:
        calls[f"{method} {template}"] += 1
        if key is not None:
            issued[f"{key} {digest}"] += 1
    return {"calls": dict(calls), "issued": dict(issued), **_starts()}


def _starts() -> dict[str, Any]:
    """Return the start of each request, the oldest first, and the times of each read that was repeated."""
    starts: list[float] = []
    reads: dict[str, list[float]] = {}
    left = Exchange.objects.exclude(error_class__in=["NotSent", "Withheld"]).order_by("at")
    for at, method, target in left.values_list("at", "method", "target"):
        starts.append(at.timestamp())
        if method == "GET":
            reads.setdefault(target, []).append(at.timestamp())
    return {"starts": starts, "reads": [times for times in reads.values() if len(times) > 1]}


QUESTIONS = {"templates": templates, "progress": progress, "confirmed": confirmed, "wanted": wanted, "live": live}
QUESTIONS |= {"revocations": revocations, "everything": everything}


def answer(question: str) -> dict[str, Any]:
    try:
        return {"answer": QUESTIONS[question]()}
    except Error as error:
        connections.close_all()
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(line.strip())) + "\n")
        sys.stdout.flush()
