"""A search for a guest by identifier or by line, whose URL holds no identifier."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.models import Merchant
from issuance.models import Batch, Recipient
from lists.identifiers import normalise_email, normalise_phone
from vault.sealing import FINGERPRINT_BYTES, Fingerprinter

LONGEST_LINE = 7
"""In digits; a longer number is no line of any file."""

MOST_FOUND = 50
_PRINT = re.compile(rf"[0-9a-f]{{{2 * FINGERPRINT_BYTES}}}").fullmatch
_LINE = re.compile(rf"line([0-9]{{1,{LONGEST_LINE}}})").fullmatch


@dataclass(frozen=True, kw_only=True)
class GuestQuery:
    """What a user looks for: a guest by the fingerprints of the identifier, or a line of the file."""

    fingerprints: tuple[bytes, ...] = ()
    line: int | None = None

    @property
    def token(self) -> str:
        """The query for a URL. It holds no identifier, and none can be had from it without our key."""
        line = [] if self.line is None else [f"line{self.line}"]
        return ".".join([*(one.hex() for one in self.fingerprints), *line]) or "nobody"


def query_of(text: str, *, merchant: Merchant) -> GuestQuery:
    """Return what a user's text looks for at a merchant. A text that is neither a guest nor a line finds no guest."""
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
    """Return the query of a token from a URL; a made-up token finds no guest."""
    parts = token.split(".")
    lines = [found for part in parts if (found := _LINE(part))]
    return GuestQuery(
        fingerprints=tuple(bytes.fromhex(part) for part in parts if _PRINT(part)),
        line=int(lines[0][1]) if lines else None,
    )


def find_recipients(wanted: GuestQuery, *, batches: Sequence[Batch]) -> list[int]:
    """Return the primary keys of the recipients that a query finds in an issuance's batches. Fixed number of queries.

    Lines have no index, since it would cost a fifth of the intake: the batch that can hold a line is found first.
    """
    found = Recipient.objects.filter(batch__in=batches, fingerprint__in=wanted.fingerprints)
    keys = list(found.values_list("pk", flat=True)[:MOST_FOUND]) if wanted.fingerprints else []
    if wanted.line is not None:
        on_line = Recipient.objects.filter(batch__in=_around(wanted.line, batches), line=wanted.line)
        keys += on_line.values_list("pk", flat=True)[:MOST_FOUND]
    return keys


def _around(line: int, batches: Sequence[Batch]) -> list[int]:
    """Return the one batch of each variant that can hold a line: a variant's batches divide the lines in order."""
    first = dict(Recipient.objects.filter(batch__in=batches, position=0).values_list("batch_id", "line"))
    last_before: dict[int, int] = {}
    for batch in sorted(batches, key=lambda each: each.number):
        if first.get(batch.pk, line + 1) <= line:
            last_before[batch.variant_id] = batch.pk
    return list(last_before.values())
