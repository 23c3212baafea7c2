"""Manifests: the ordered identifiers of a batch, kept as the very bytes that are sent to Thanx."""

import json
import sys
import zlib
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import F, prefetch_related_objects

from issuance.models import Batch, Manifest
from partner_api.answers.jobs import Identifier
from vault.fields import purpose_of
from vault.sealing import Unsealable, seal, unseal

BODY, LINES = purpose_of(Manifest, "sealed_body"), purpose_of(Manifest, "sealed_lines")
"""The purposes under which the two fields are sealed."""


def seal_manifest(*, body: bytes, lines: Sequence[int]) -> tuple[bytes, bytes]:
    """Return the two sealed fields of a manifest: a batch's frozen body, and the line of each position."""
    numbers = array("I", lines)
    if sys.byteorder == "big":
        numbers.byteswap()
    return (seal(zlib.compress(body, 1), purpose=BODY), seal(zlib.compress(numbers.tobytes(), 6), purpose=LINES))


def open_body(manifest: Manifest) -> bytes:
    """Return the body, byte for byte as it was frozen. Raises Unsealable."""
    return zlib.decompress(unseal(manifest.sealed_body, purpose=BODY))


def open_lines(manifest: Manifest) -> Sequence[int]:
    """Return the line of the file at each position. Raises Unsealable."""
    numbers = array("I", zlib.decompress(unseal(manifest.sealed_lines, purpose=LINES)))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def blank_positions(*, batch: Batch, positions: Collection[int]) -> int:
    """Erase the identifiers at these positions of a batch that will not be sent again; return how many there were.

    The others keep their places. The batch's digest stays that of the bytes that were sent. Raises Unsealable, and
    Manifest.DoesNotExist.
    """
    while True:
        manifest = Manifest.objects.get(batch=batch)
        body = json.loads(open_body(manifest))
        blanked = [place for place in positions if body["identifiers"][place]["value"]]
        if not blanked:
            return 0
        for place in blanked:
            body["identifiers"][place]["value"] = ""
        fresh = seal(zlib.compress(json.dumps(body).encode(), 1), purpose=BODY)
        as_read = Manifest.objects.filter(batch=batch, sealed_body=bytes(manifest.sealed_body))
        if as_read.update(sealed_body=fresh, guests_erased=F("guests_erased") + len(blanked)):
            return len(blanked)


def identifiers_of(batch: Batch) -> list[Identifier]:
    """Return a batch's identifiers in the order of their positions. Raises Unsealable."""
    listed = json.loads(open_body(batch.manifest))["identifiers"]
    return [Identifier(type=item["type"], value=item["value"]) for item in listed]


def identifiers_at(*, batch: Batch, positions: Iterable[int]) -> Mapping[int, Identifier]:
    """Return the identifiers at these positions of a batch; none when they are erased or cannot be opened."""
    try:
        found = identifiers_of(batch)
    except (Manifest.DoesNotExist, Unsealable):
        return {}
    inside = [position for position in positions if 0 <= position < len(found)]
    return {position: found[position] for position in inside if found[position].value}


def identifiers_of_some(positions: Mapping[Batch, Iterable[int]]) -> Mapping[int, Mapping[int, Identifier]]:
    """Return identifiers of several batches, by the batch's primary key and the position, with one query."""
    prefetch_related_objects(list(positions), "manifest")
    return {batch.pk: identifiers_at(batch=batch, positions=wanted) for batch, wanted in positions.items()}
