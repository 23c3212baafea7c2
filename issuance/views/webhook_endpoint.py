"""The address of Thanx's webhooks: verify, store, answer. A worker digests them later.

Thanx sends a delivery once and waits 15 seconds for the answer (Thanx Partner API v4.0, "Webhooks").
"""

from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.guards import public
from accounts.large_bodies import MEBIBYTE, takes_up_to
from engine import correlation
from issuance.jobs.webhook_inbox import PURPOSE
from issuance.models import Delivery
from issuance.models.observed import DeliveryState
from partner_api import signatures
from vault.sealing import seal

LARGEST_BODY = 8 * MEBIBYTE
"""A full job of which every guest fails, with addresses of the greatest length, makes 3 MB."""

FORGED_PER_MINUTE = 10
"""At most so many are recorded, or strangers could fill the disk."""


@public
@takes_up_to(LARGEST_BODY)
@csrf_exempt
@require_POST
def thanx(request: HttpRequest) -> HttpResponse:
    """Store a delivery and answer at once."""
    if not any(settings.THANX_WEBHOOK_SECRETS):
        return HttpResponse("Webhooks are not set up here.", status=HTTPStatus.SERVICE_UNAVAILABLE)
    body, at = request.body, timezone.now()
    if not signatures.verify(body, request.headers.get("X-Thanx-Signature", ""), settings.THANX_WEBHOOK_SECRETS):
        _note_forgery(body, at=at)
        return HttpResponse("Bad signature.", status=HTTPStatus.BAD_REQUEST)
    _store(body, at=at)
    return HttpResponse(status=HTTPStatus.OK)


def _store(body: bytes, *, at: datetime) -> None:
    """Store a genuine delivery once, however often it is sent."""
    digest = sha256(body).hexdigest()
    try:
        with transaction.atomic():
            Delivery.objects.create(
                received_at=at,
                due_at=at,
                correlation=correlation.current(),
                digest=digest,
                sealed_body=seal(body, purpose=PURPOSE),
            )
    except IntegrityError:
        Delivery.objects.genuine().filter(digest=digest).update(repeats=F("repeats") + 1)


def _note_forgery(body: bytes, *, at: datetime) -> None:
    """Record a bad signature, without the body: its sender is unknown."""
    minute = Delivery.objects.filter(state=DeliveryState.FORGED, received_at__gt=at - timedelta(minutes=1))
    if minute.count() < FORGED_PER_MINUTE:
        digest = sha256(body).hexdigest()
        Delivery.objects.create(received_at=at, state=DeliveryState.FORGED, digest=digest, sealed_body=b"")
