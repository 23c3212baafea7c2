"""Rows added in bulk are those that the ORM reads, on whichever database the tests run."""

import pytest

from issuance.audience.bulk_insert import insert_recipients, insert_rejected
from issuance.models import Recipient, RejectedLine
from tests.support.factories import BatchFactory

pytestmark = pytest.mark.django_db


def test_recipients_come_back_in_their_positions():
    batch = BatchFactory()
    fingerprints = [bytes([number]) * 16 for number in range(3)]

    insert_recipients(batch_id=batch.pk, lines=[7, 4_000_000, 2], fingerprints=fingerprints)

    found = Recipient.objects.order_by("position").values_list("batch", "position", "line", "fingerprint")
    assert [(*row[:3], bytes(row[3])) for row in found] == [
        (batch.pk, 0, 7, fingerprints[0]),
        (batch.pk, 1, 4_000_000, fingerprints[1]),
        (batch.pk, 2, 2, fingerprints[2]),
    ]


def test_left_out_lines_come_back_with_and_without_a_kept_line():
    issuance = BatchFactory().issuance

    insert_rejected(
        issuance_id=issuance.pk,
        rows=[(2, "empty", None, b"", None, None), (3, "duplicate", 2, b"\x00\xff\t\\N", None, b"f" * 16)],
    )

    found = RejectedLine.objects.values_list("issuance", "line", "reason", "kept_line", "sealed_value", "fingerprint")
    assert [(*row[:4], bytes(row[4])) for row in found] == [
        (issuance.pk, 2, "empty", None, b""),
        (issuance.pk, 3, "duplicate", 2, b"\x00\xff\t\\N"),
    ]
