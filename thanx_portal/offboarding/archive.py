"""Everything that the portal keeps of a merchant's guests, as one ZIP file for the merchant."""

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import IO, Any

from campaigns.models import Merchant
from guests.feedback import sync
from guests.models import Feedback, Subscriber
from guests.subscribers.reading_step import PERSON
from issuance.audience.left_out_cells import cell_of
from issuance.ledger import buckets_of_issuance, groups_of
from issuance.manifests import identifiers_of
from issuance.models import Batch, ExclusionList, Issuance, Manifest, RejectedLine
from lists.csv_out import as_csv
from lists.kept_cells import open_cell
from vault.sealing import Unsealable, unseal

READ_ME = """Guests' data of {merchant}, exported on {at:%-d %B %Y %H:%M} UTC.

issuances.csv        every issuance and its counts
guests.csv           every guest who was sent to or held back, with arm, job and the state of the job
left_out.csv         lines that were not sent, with the reason
subscribers.jsonl    people on lists of subscribers, with what they agreed to
feedback.csv         what guests wrote
exclusion_lists.csv  exclusion lists and how many guests are on them: the lists hold fingerprints, no identifiers

What is erased already is not here.
"""


def write_archive(file: IO[bytes], *, merchant: Merchant, at: datetime) -> int:
    """Write the ZIP file; return the number of guests in it. Rows are written as they are read."""
    counted = _Counted()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", READ_ME.format(merchant=merchant.name, at=at))
        _write(
            archive, "issuances.csv", ["issuance", "campaign", "state", "confirmed_at", "counts"], _issuances(merchant)
        )
        guests = counted.rows(_guests(merchant))
        _write(archive, "guests.csv", ["issuance", "arm", "job", "state", "type", "identifier"], guests)
        _write(archive, "left_out.csv", ["issuance", "line", "reason", "cell"], _left_out(merchant))
        _write(archive, "feedback.csv", ["given_at", "rating", "stage", "review", "response"], _feedback(merchant))
        _write(archive, "exclusion_lists.csv", ["name", "guests", "created_at"], _exclusion_lists(merchant))
        with archive.open("subscribers.jsonl", "w") as lines:
            for person in counted.rows(_subscribers(merchant)):
                lines.write(json.dumps(person, ensure_ascii=False).encode() + b"\n")
    return counted.number


class _Counted:
    """Counts the rows that pass by."""

    def __init__(self) -> None:
        self.number = 0

    def rows(self, rows: Iterable[Any]) -> Iterator[Any]:
        for row in rows:
            self.number += 1
            yield row


def _write(archive: zipfile.ZipFile, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with archive.open(name, "w") as file:
        for piece in as_csv(chain([header], rows)):
            file.write(piece)


def _issuances(merchant: Merchant) -> Iterator[Sequence[Any]]:
    for row in Issuance.objects.kept().filter(merchant=merchant).select_related("campaign").order_by("pk"):
        counts = buckets_of_issuance(row, groups_of([row.pk]))
        yield row.pk, row.campaign.name, row.state, row.confirmed_at or "", counts


def _guests(merchant: Merchant) -> Iterator[Sequence[Any]]:
    batches = Batch.objects.kept().filter(issuance__merchant=merchant).select_related("variant")
    for batch in batches.order_by("issuance", "number").iterator(chunk_size=50):
        try:
            identifiers = identifiers_of(batch)
        except (Manifest.DoesNotExist, Unsealable):
            continue
        facts = (batch.issuance_id, batch.variant.name, batch.number, batch.state)
        yield from ((*facts, one.type, one.value) for one in identifiers if one.value)


def _left_out(merchant: Merchant) -> Iterator[Sequence[Any]]:
    rows = RejectedLine.objects.filter(issuance__merchant=merchant).with_cells().order_by("issuance", "line")
    for row in rows.iterator():
        yield row.issuance_id, row.line, row.reason, cell_of(row)


def _feedback(merchant: Merchant) -> Iterator[Sequence[Any]]:
    for one in Feedback.objects.filter(merchant=merchant).order_by("given_at").iterator(chunk_size=500):
        said = [open_cell(sealed, purpose=sync.PURPOSE) for sealed in (one.sealed_review, one.sealed_response)]
        yield one.given_at, one.rating or "", one.stage, *said


def _exclusion_lists(merchant: Merchant) -> Iterator[Sequence[Any]]:
    yield from ExclusionList.objects.kept().filter(merchant=merchant).values_list("name", "guests", "created_at")


def _subscribers(merchant: Merchant) -> Iterator[dict[str, Any]]:
    rows = Subscriber.objects.filter(subscription__merchant=merchant).select_related("subscription").order_by("pk")
    for row in rows.iterator(chunk_size=500):
        try:
            person = json.loads(unseal(row.sealed, purpose=PERSON))
        except Unsealable:
            continue
        consent = row.subscription
        facts = {"agreed_to": consent.statement, "where": consent.source, "agreed_on": consent.agreed_on.isoformat()}
        yield {**facts, "standing": row.standing, "person": person}
