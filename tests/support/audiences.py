"""Audiences from text: upload a file, have it read, and ask what became of each line."""

import io

from campaigns.models import Campaign
from issuance.audience import intake_step
from issuance.drafts import drafts
from issuance.manifests import identifiers_of
from issuance.models import Issuance, Recipient
from tests.support.factories import NOON


def upload(campaign: Campaign, text: str | bytes, **said) -> Issuance:
    """Return an issuance whose file waits to be read."""
    variant = said.pop("only_variant", None)
    issuance = drafts.start(campaign=campaign, by=None, at=NOON, only_variant=variant)
    data = text.encode() if isinstance(text, str) else text
    return drafts.add_file(issuance=issuance, file=io.BytesIO(data), name="list.csv", by=None, at=NOON, **said)


def take_in(campaign: Campaign, text: str | bytes, **said) -> Issuance:
    """Return an issuance whose file has been read."""
    issuance = upload(campaign, text, **said)
    assert intake_step.read_one_upload(clock=lambda: NOON)
    return Issuance.objects.get(pk=issuance.pk)


def emails(count: int, *, start: int = 0) -> str:
    """Return a file of one column with so many guests."""
    return "email\n" + "".join(f"guest{number}@example.com\n" for number in range(start, start + count))


def left_out(issuance: Issuance) -> dict[int, tuple[str, int | None]]:
    """Return reason and kept line of every line that is left out."""
    return {row.line: (row.reason, row.kept_line) for row in issuance.rejected_lines.all()}


def arms(issuance: Issuance) -> dict[str, str]:
    """Return the variant's name of every guest."""
    return {
        identifier.value: batch.variant.name for batch in issuance.batches.all() for identifier in identifiers_of(batch)
    }


def sizes(issuance: Issuance) -> dict[str, int]:
    """Return how many guests each variant has, by the recipients' rows."""
    names = list(Recipient.objects.filter(batch__issuance=issuance).values_list("batch__variant__name", flat=True))
    return {name: names.count(name) for name in sorted(set(names))}
