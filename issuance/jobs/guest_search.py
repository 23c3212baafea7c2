"""Finding a guest by what somebody types, without the guest's address ever standing in an address of ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.models import Merchant
from issuance.models import Batch, Recipient
from lists.identifiers import normalise_email, normalise_phone
from vault.sealing import FINGERPRINT_BYTES, Fingerprinter

LONGEST_LINE = 7
"""Digits; a longer number is no line of any file."""

MOST_FOUND = 50
_PRINT = re.compile(rf"[0-9a-f]{{{2 * FINGERPRINT_BYTES}}}").fullmatch
_LINE = re.compile(rf"line([0-9]{{1,{LONGEST_LINE}}})").fullmatch


@dataclass(frozen=True, kw_only=True)
class GuestQuery:
    """Whom somebody looks for: an identifier by its fingerprints, however it was spelled, or a line of the file."""

    fingerprints: tuple[bytes, ...] = ()
    line: int | None = None

    @property
    def token(self) -> str:
        """The same for an address. It holds no identifier, and nobody without our key gets one from it."""
        line = [] if self.line is None else [f"line{self.line}"]
        return ".".join([*(one.hex() for one in self.fingerprints), *line]) or "nobody"


def query_of(text: str, *, merchant: Merchant) -> GuestQuery:
    """Return what a person's text means at a merchant. What is neither a guest nor a line means nobody."""
    text = text.strip()
    known = {"email": normalise_email(text), "phone": normalise_phone(text, country=merchant.country)}
    prints = Fingerprinter(merchant.pk)
    is_line = text.isascii() and text.isdigit() and len(text) <= LONGEST_LINE
    return GuestQuery(
        fingerprints=tuple(
            prints.of(kind=kind, value=value) for kind, value in known.items() if isinstance(value, str)
        ),
        line=int(text) if is_line else None,
    )


def query_from_token(token: str) -> GuestQuery:
    """Return what a token from an address means; a made-up one means nobody."""
    parts = token.split(".")
    lines = [found for part in parts if (found := _LINE(part))]
    return GuestQuery(
        fingerprints=tuple(bytes.fromhex(part) for part in parts if _PRINT(part)),
        line=int(lines[0][1]) if lines else None,
    )


def find_recipients(wanted: GuestQuery, *, batches: Sequence[Batch]) -> list[int]:
    """Return the primary keys of those among the recipients of an issuance's batches. The number of queries is fixed.

    Lines have no index, since it would cost a fifth of the intake: the batch that a line can be in is found first.
    """
    found = Recipient.objects.filter(batch__in=batches, fingerprint__in=wanted.fingerprints)
    keys = list(found.values_list("pk", flat=True)[:MOST_FOUND]) if wanted.fingerprints else []
    if wanted.line is not None:
        on_line = Recipient.objects.filter(batch__in=_around(wanted.line, batches), line=wanted.line)
        keys += on_line.values_list("pk", flat=True)[:MOST_FOUND]
    return keys


def _around(line: int, batches: Sequence[Batch]) -> list[int]:
    """Return the one batch of each variant that a line can be in: a variant's batches divide it in order."""
    first = dict(Recipient.objects.filter(batch__in=batches, position=0).values_list("batch_id", "line"))
    last_before: dict[int, int] = {}
    for batch in sorted(batches, key=lambda each: each.number):
        if first.get(batch.pk, line + 1) <= line:
            last_before[batch.variant_id] = batch.pk
    return list(last_before.values())
