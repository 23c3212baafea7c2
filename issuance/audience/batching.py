"""Recipients become batches. Each holds guests of one variant, at most as many as a call, and its frozen body."""

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction

from campaigns.models import Campaign, Variant
from engine.leases import hold
from issuance.audience.bulk_insert import insert_recipients
from issuance.audience.reading_store import identifier_kind
from issuance.manifests import seal_manifest
from issuance.models import Batch, DoubtfulLine, Issuance, Manifest, Recipient, RejectedLine
from partner_api.answers.jobs import Identifier
from partner_api.wire import issue_body


@dataclass(slots=True)
class _Open:
    """A batch that is not written yet."""

    number: int
    values: list[str] = field(default_factory=list)
    lines: "array[int]" = field(default_factory=lambda: array("I"))
    fingerprints: list[bytes] = field(default_factory=list)


class BatchWriter:
    """Takes recipients one by one and writes a batch whenever one is full; `finish` writes the rest.

    `sizes` says how many recipients each variant will get, so that the batches of a variant have consecutive numbers.
    Each batch is written in a short transaction of its own that checks the lease. Batches count only once the issuance
    moves to READY; a later attempt deletes those of an attempt that ended before. Raises LeaseLost.
    """

    def __init__(self, *, issuance: Issuance, variants: Sequence[Variant], sizes: Sequence[int]) -> None:
        self._issuance = issuance
        self._campaign = issuance.campaign
        self._variants = variants
        self._limit = settings.THANX_BATCH_SIZE
        self._open = [_Open(number) for number in _first_numbers(sizes, self._limit)]

    def add(self, *, arm: int, value: str, line: int, fingerprint: bytes) -> None:
        """Add a recipient to the arm: its place among the variants."""
        batch = self._open[arm]
        batch.values.append(value)
        batch.lines.append(line)
        batch.fingerprints.append(fingerprint)
        if len(batch.values) == self._limit:
            self._write(arm)

    def finish(self) -> None:
        for arm, batch in enumerate(self._open):
            if batch.values:
                self._write(arm)

    def _write(self, arm: int) -> None:
        full, variant = self._open[arm], self._variants[arm]
        self._open[arm] = _Open(full.number + 1)
        body = frozen_body(campaign=self._campaign, variant=variant, values=full.values)
        sealed_body, sealed_lines = seal_manifest(body=body, lines=full.lines)
        with transaction.atomic():
            hold(self._issuance)
            batch = Batch.objects.create(
                issuance=self._issuance,
                variant=variant,
                number=full.number,
                size=len(full.values),
                phones=phones_among(full.values),
                is_control=variant.is_control,
                body_digest=hashlib.sha256(body).hexdigest(),
            )
            Manifest.objects.create(batch=batch, sealed_body=sealed_body, sealed_lines=sealed_lines)
            insert_recipients(batch_id=batch.pk, lines=full.lines, fingerprints=full.fingerprints)


def _first_numbers(sizes: Sequence[int], limit: int) -> list[int]:
    numbers, free = [], 1
    for size in sizes:
        numbers.append(free)
        free += -(-size // limit)
    return numbers


def frozen_body(*, campaign: Campaign, variant: Variant, values: Sequence[str]) -> bytes:
    """Return the bytes of POST /partner/campaigns/issue for these identifiers. Only for a campaign live at Thanx."""
    return issue_body(
        campaign_id=campaign.thanx_id or "",
        merchant_id=campaign.merchant.thanx_id,
        variant_id=variant.thanx_id,
        identifiers=[Identifier(identifier_kind(value), value) for value in values],
    )


def phones_among(values: Sequence[str]) -> int:
    """Return how many of these identifiers are phone numbers."""
    return sum(identifier_kind(value) == "phone" for value in values)


def clear(issuance: Issuance) -> None:
    """Delete what an earlier attempt wrote, batch by batch in short transactions. Raises LeaseLost."""
    for batch in Batch.objects.filter(issuance=issuance):
        with transaction.atomic():
            hold(issuance)
            # The recipients first, in one statement; the cascade would fetch them.
            Recipient.objects.filter(batch=batch).delete()
            batch.delete()
    with transaction.atomic():
        hold(issuance)
        RejectedLine.objects.filter(issuance=issuance).delete()
        DoubtfulLine.objects.filter(issuance=issuance).delete()
