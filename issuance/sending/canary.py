"""The canary: a small first job, whose success releases the rest.

The confirmation cuts it and freezes its body before it mints the keys: the first recipients of the first batch of the
first arm with a reward. A job is revoked whole or not at all, so a small job is also a small mistake.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max

from accounts import audit
from accounts.models import User
from issuance.audience.batching import frozen_body, phones_among
from issuance.locks import lock_issuance
from issuance.manifests import identifiers_of, open_lines, seal_manifest
from issuance.models import Batch, Issuance, Manifest, Recipient
from issuance.states import IssuanceState


class DraftNotReady(Exception):
    """The draft is not ready yet, or is confirmed or discarded."""


@dataclass(frozen=True, kw_only=True)
class CanaryCut:
    """The batch that the canary is cut from, and how many of its recipients it gets."""

    batch: Batch
    size: int

    @property
    def makes_a_job_more(self) -> bool:
        """Whether the batch keeps recipients of its own."""
        return self.size < self.batch.size


def cut_of(batches: Sequence[Batch]) -> CanaryCut | None:
    """Return how a canary would be cut from the batches of an issuance; None where it would be the whole audience.

    Reads the variants of the batches.
    """
    rewarding = [batch for batch in batches if not batch.is_control]
    if sum(batch.size for batch in rewarding) <= settings.CANARY_SIZE or settings.CANARY_SIZE < 1:
        return None
    first = min(rewarding, key=lambda batch: (batch.variant.position, batch.number))
    return CanaryCut(batch=first, size=min(first.size, settings.CANARY_SIZE))


def choose(*, issuance: Issuance, wanted: bool, by: User | None, at: datetime) -> None:
    """Choose whether a canary goes first. Raises DraftNotReady."""
    with transaction.atomic():
        if lock_issuance(issuance.pk).state != IssuanceState.READY:
            raise DraftNotReady
        Issuance.objects.filter(pk=issuance.pk).update(canary=wanted)
        audit.record(action="canary chosen", on=issuance, by=by, at=at, merchant_id=issuance.merchant_id, canary=wanted)
    issuance.canary = wanted


def set_apart(cut: CanaryCut) -> None:
    """Make the canary a batch of its own, in the caller's transaction. Raises Unsealable.

    It keeps the number and the first recipients of the batch it is cut from; the others follow as the next number.
    """
    batch = cut.batch
    Batch.objects.filter(pk=batch.pk).update(is_canary=True)
    if not cut.makes_a_job_more:
        return
    values = [identifier.value for identifier in identifiers_of(batch)]
    lines = open_lines(batch.manifest)
    _make_room_after(batch)
    rest = Batch.objects.create(
        issuance=batch.issuance,
        variant=batch.variant,
        number=batch.number + 1,
        size=batch.size - cut.size,
        is_control=batch.is_control,
    )
    # The others move in one statement, into an empty batch, so that no position is taken twice on the way.
    moved = Recipient.objects.filter(batch=batch, position__gte=cut.size)
    moved.update(batch=rest, position=F("position") - cut.size)
    _freeze(batch, values[: cut.size], lines[: cut.size])
    _freeze(rest, values[cut.size :], lines[cut.size :])


def _make_room_after(batch: Batch) -> None:
    # Numbers are unique at every moment of a statement, so the batches behind move far away together and come back.
    behind = Batch.objects.filter(issuance=batch.issuance)
    aside: int = behind.aggregate(last=Max("number"))["last"]
    behind.filter(number__gt=batch.number).update(number=F("number") + aside)
    behind.filter(number__gt=aside).update(number=F("number") - aside + 1)


def _freeze(batch: Batch, values: Sequence[str], lines: Sequence[int]) -> None:
    body = frozen_body(campaign=batch.issuance.campaign, variant=batch.variant, values=values)
    sealed_body, sealed_lines = seal_manifest(body=body, lines=lines)
    Manifest.objects.update_or_create(batch=batch, defaults={"sealed_body": sealed_body, "sealed_lines": sealed_lines})
    Batch.objects.filter(pk=batch.pk).update(
        size=len(values), phones=phones_among(values), body_digest=hashlib.sha256(body).hexdigest()
    )
