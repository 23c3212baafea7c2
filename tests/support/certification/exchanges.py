"""Makes rows of the exchange log. A test gives only the fields that it is about."""

import hashlib
import uuid
from datetime import timedelta

from django.utils import timezone

from partner_api.models import Exchange
from partner_api.priority import Priority

FIVE = ["Accept-Version", "Authorization", "Content-Type", "User-Agent", "X-ClientId"]
ISSUE = "/partner/campaigns/issue"
POLL = "/partner/issuance_jobs/{id}"
TEMPLATES = "/partner/reward_templates"


def exchanged(path=TEMPLATES, *, seconds_ago=60.0, of="", **fields):
    """Record a successful call. `of` makes the targets of calls on one path differ."""
    usual = {
        "at": timezone.now() - timedelta(seconds=seconds_ago),
        "host": "api.thanxsandbox.com",
        "method": "GET",
        "path_template": path,
        "target": hashlib.sha256(f"{path} {of}".encode()).hexdigest(),
        "header_names": FIVE,
        "priority": Priority.CATALOG,
        "ms": 40,
        "status": 200,
    }
    return Exchange.objects.create(**usual | fields)


def issued(*, key=None, digest="d" * 64, **fields):
    """Record a successful issue call."""
    usual = {
        "method": "POST",
        "status": 202,
        "idempotency_key": key or uuid.uuid4(),
        "header_names": [*FIVE, "X-Idempotency-Key"],
        "body_digest": digest,
        "body_size": 321,
        "priority": Priority.SUBMISSION,
    }
    return exchanged(ISSUE, **usual | fields)
