"""The file of recipients: everyone of an issuance once, with arm and outcome, for analyses outside the portal."""

import csv
import io
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEntry
from issuance.jobs import failures
from issuance.models import Batch
from issuance.states import BatchState
from tests.support.desk import Desk, people

pytestmark = pytest.mark.django_db

MIXED = b"email,phone\r\nana@example.com,\r\n,+12125550100\r\n" + people(8).replace(b"\r\n", b",\r\n")[8:]


def exported(issuance):
    out = io.StringIO()
    call_command("export_recipients", str(issuance.pk), stdout=out)
    return list(csv.DictReader(io.StringIO(out.getvalue().removeprefix("\ufeff"))))


@pytest.fixture
def desk(client):
    return Desk(client, shares=(80,), control=20)


def test_the_file_has_every_recipient_once_in_the_order_of_the_lines(desk):
    issuance = desk.confirmed(MIXED)
    rows = exported(issuance)

    assert list(rows[0]) == ["line", "identifier", "type", "arm", "control", "outcome"]
    assert [int(row["line"]) for row in rows] == list(range(2, 12))
    assert (rows[0]["identifier"], rows[0]["type"]) == ("ana@example.com", "email")
    assert (rows[1]["identifier"], rows[1]["type"]) == ("'+12125550100", "phone")  # a spreadsheet keeps the plus
    assert Counter((row["arm"], row["control"], row["outcome"]) for row in rows) == {
        ("Reward 1", "no", "not_sent"): 8,
        ("Control", "yes", "held_back"): 2,
    }
    entry = AuditEntry.objects.get(action="guests exported")
    assert entry.facts == {"file": f"recipients-{issuance.pk}.csv", "guests": 10}


def test_the_outcomes_are_those_of_the_ledger(desk):
    issuance = desk.confirmed(people(10))
    batch = issuance.batches.get(is_control=False)
    ended = {"state": BatchState.COMPLETED, "job_id": "job-1", "issued_count": 7, "failed_count": 1}
    Batch.objects.filter(pk=batch.pk).update(**ended, failures_listed=True)
    failures.write(batch=batch, reasons={3: "User not found"}, at=timezone.now())

    assert Counter(row["outcome"] for row in exported(issuance)) == {"issued": 7, "failed": 1, "held_back": 2}


def test_an_issuance_that_is_not_there_is_bad_usage(db):
    with pytest.raises(CommandError) as refused:
        call_command("export_recipients", "7")

    assert refused.value.returncode == 2
