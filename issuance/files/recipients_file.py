"""The file of an issuance's recipients: who was to get a reward, who was held back, and what became of each.

What counts as an outcome is the ledger's bucket, so the file's rows sum to the issuance's figures.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from issuance.files.guest_files import SentIdentifiers
from issuance.jobs.recipients import outcome_among, outcome_counts, recipients_by_line
from issuance.models import Batch, Issuance
from lists import csv_out
from lists.csv_out import ROWS_AT_ONCE

COLUMNS = ("line", "identifier", "type", "arm", "control", "outcome")


def recipients_csv(issuance: Issuance) -> Iterator[bytes]:
    """Yield a CSV file of all recipients in the order of their lines. An identifier that was erased is empty."""
    return csv_out.as_csv(chain([COLUMNS], _rows(issuance)))


def campaign_recipients_csv(issuances: Iterable[Issuance]) -> Iterator[bytes]:
    """Yield a CSV file of the recipients of several issuances of a campaign, each with the number of its issuance."""
    return csv_out.as_csv(_rows_of_campaign(issuances))


def _rows_of_campaign(issuances: Iterable[Issuance]) -> Iterator[tuple[object, ...]]:
    yield ("issuance", *COLUMNS)
    for issuance in issuances:
        for row in _rows(issuance):
            yield (issuance.pk, *row)


def _rows(issuance: Issuance) -> Iterator[tuple[object, ...]]:
    names = SentIdentifiers()
    batches = {batch.pk: batch for batch in Batch.objects.kept().filter(issuance=issuance).select_related("variant")}
    counts = outcome_counts(list(batches.values()))
    outcomes = {(count.batch.pk, count.naming): count.outcome for count in counts}
    for recipient in recipients_by_line(list(batches.values())).iterator(chunk_size=ROWS_AT_ONCE):
        batch = batches[recipient.batch_id]
        name = names.at(batch, recipient.position)
        kind = "" if not name else "email" if "@" in name else "phone"
        control = "yes" if batch.is_control else "no"
        yield recipient.line, name, kind, batch.variant.name, control, outcome_among(recipient, outcomes)
