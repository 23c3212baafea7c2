"""Files to download: the original columns beside what is wrong with each line."""

import csv
import io

import pytest

from issuance import manifests
from issuance.audience.left_out_cells import cell_of
from issuance.files import guest_files, left_out_file
from issuance.followup.retries import prepare_one_retry, retry_failures
from issuance.manifests import identifiers_of
from issuance.models import Failure, Issuance
from issuance.states import IssuanceMove
from tests.support.audiences import emails, take_in
from tests.support.factories import NOON, create_live_campaign

pytestmark = pytest.mark.django_db

TEXT = (
    'Naïve name;E-mail;\r\n"Ana\nMaria";ana@example.com;note\r\n=cmd();bob@;+12125550100\r\n-;ANA@example.com;x;y\r\n'
)


def read(chunks) -> list[list[str]]:
    data = b"".join(chunks)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def failed(issuance: Issuance, *positions: int) -> None:
    batch = issuance.batches.first()
    for position in positions:
        Failure.objects.create(
            batch=batch, position=position, reason="User not found", reason_code="user_not_found", seen_at=NOON
        )


def test_left_out_lines_come_with_their_original_columns_a_reason_and_what_to_do():
    issuance = take_in(create_live_campaign(), TEXT.encode("windows-1252"))

    header, bob, ana = read(left_out_file.left_out_csv(issuance))

    assert header == ["Naïve name", "E-mail", "Column 3", "Column 4", *left_out_file.LEFT_OUT_COLUMNS]
    assert bob[:7] == ["'=cmd()", "bob@", "'+12125550100", "", "3", "to fix", "email_invalid"]
    assert bob[-2:] == ["2026-05-12T12:00:00+00:00", str(issuance.pk)]
    assert ana[:8] == ["'-", "ANA@example.com", "x", "y", "4", "left out", "duplicate", "The same guest as line 2"]


def test_names_stand_above_their_cells_when_the_header_ends_with_empty_ones():
    issuance = take_in(create_live_campaign(), "email,,\nana@example.com\nbob@\n")

    header, bob = read(left_out_file.left_out_csv(issuance))

    assert header == ["email", "", "", *left_out_file.LEFT_OUT_COLUMNS]
    assert bob[:6] == ["bob@", "", "", "3", "to fix", "email_invalid"]


def test_failures_come_in_the_order_of_the_file_with_its_columns():
    issuance = take_in(
        create_live_campaign(shares=(100,), control=0), "email,city\nz@example.com,Rome\na@example.com,Lima\n"
    )
    failed(issuance, 1, 0)

    rows = read(guest_files.failures_csv(issuance))

    assert [row[:5] for row in rows[1:]] == [
        ["z@example.com", "Rome", "2", "failed", "user_not_found"],
        ["a@example.com", "Lima", "3", "failed", "user_not_found"],
    ]


def test_failures_of_a_retry_come_with_the_columns_of_the_first_file():
    issuance = take_in(create_live_campaign(shares=(100,), control=0), emails(5))
    issuance.move(IssuanceMove.CONFIRMED, by=None, at=NOON)
    failed(issuance, 3)
    child = retry_failures(issuance=issuance, by=None, at=NOON)
    prepare_one_retry(clock=lambda: NOON)
    failed(child, 0)

    rows = read(guest_files.failures_csv(child))

    assert [row[:2] for row in rows] == [["email", "line"], ["guest3@example.com", "5"]]


def test_when_the_file_is_erased_what_we_know_ourselves_remains(uploads):
    issuance = take_in(create_live_campaign(), TEXT.encode("windows-1252"))
    next(path for path in uploads.rglob("*") if path.is_file()).unlink()

    header, bob, _ = read(left_out_file.left_out_csv(issuance))

    assert header == list(left_out_file.LEFT_OUT_COLUMNS)
    assert bob[:3] == ["3", "to fix", "email_invalid"]


def test_pages_can_look_identifiers_and_cells_up():
    issuance = take_in(create_live_campaign(shares=(100,), control=0), "email\na@example.com\nb@example.com\nc@\n")
    batch = issuance.batches.get()

    assert manifests.identifiers_at(batch=batch, positions=[1, 9]) == {1: identifiers_of(batch)[1]}
    assert [cell_of(row) for row in issuance.rejected_lines.with_cells()] == ["c@"]


def test_what_is_erased_is_simply_missing():
    issuance = take_in(create_live_campaign(shares=(100,), control=0), "email\na@example.com\nc@\n")
    issuance.rejected_lines.update(sealed_value=b"")
    batch = issuance.batches.get()
    batch.manifest.delete()
    batch.refresh_from_db()

    assert manifests.identifiers_at(batch=batch, positions=[0]) == {}
    assert [cell_of(row) for row in issuance.rejected_lines.with_cells()] == [""]
