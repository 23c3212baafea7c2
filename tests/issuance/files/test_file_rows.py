"""Beside an identifier stands the name that the list has, as masked as it is; the whole row is a click away."""

from http import HTTPStatus

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import Role
from issuance.audience import intake_step
from issuance.drafts import drafts
from issuance.files import file_rows
from issuance.models import Failure, Upload
from lists.delimited import LONGEST_GAP
from tests.support.desk import Desk
from tests.support.factories import MembershipFactory
from tests.support.reveals import show
from tests.support.spreadsheets import xlsx

pytestmark = pytest.mark.django_db

PEOPLE = (
    b"First name,Last name,Email,Branch\r\n"
    b"Ana,M\xc3\xbcller,ana@example.com,North\r\n"
    b"Zo\xc3\xab,Li,not an address,South\r\n"
    b"Bo,Ek,bo@example.com,East\r\n"
)


@pytest.fixture
def desk(client):
    return Desk(client)


def failed(desk):
    """Return an issuance of which the first guest got no reward."""
    issuance = desk.confirmed(PEOPLE)
    failure = Failure.objects.create(
        batch=issuance.batches.get(), position=0, reason_code="user_not_found", seen_at=timezone.now()
    )
    return issuance, failure


def test_a_line_to_fix_shows_who_it_is_about(desk):
    draft = desk.ready(PEOPLE)

    page = desk.get("check", draft).text

    assert "Zoë Li" in page
    assert f'href="{desk.at("line", draft.pk, 3)}"' in page
    row = desk.client.get(desk.at("line", draft.pk, 3)).text
    assert all(cell in row for cell in ("Last name", "Zoë", "not an address", "South"))


def test_lines_that_were_left_out_show_it_masked(desk):
    issuance = desk.confirmed(PEOPLE)

    page = desk.get("left-out", issuance)

    assert "Z•••" in page.text
    assert "Zoë" not in page.text
    assert "Zoë Li" in show(desk.client, desk.merchant, page).text


@pytest.mark.parametrize("name", ["failures", "recipients"])
def test_lists_of_guests_show_the_name_as_masked_as_the_identifier(desk, name):
    issuance, _ = failed(desk)

    page = desk.get(name, issuance)

    assert "A•••" in page.text
    assert "Ana" not in page.text
    assert "Ana Müller" in show(desk.client, desk.merchant, page).text


def test_editing_failures_shows_the_name(desk):
    issuance, _ = failed(desk)

    assert "Ana Müller" in desk.get("edit-failures", issuance).text


def test_a_whole_row_is_masked_until_it_is_shown_for_a_reason(desk):
    issuance, _ = failed(desk)
    page = desk.client.get(desk.at("line", issuance.pk, 2))

    assert "Branch" in page.text
    assert not [value for value in ("Ana", "Müller", "ana@example.com", "North") if value in page.text]
    assert "North" in show(desk.client, desk.merchant, page).text


def test_a_viewer_sees_no_cell_of_a_draft(desk, client):
    draft = desk.ready(PEOPLE)
    client.force_login(MembershipFactory(merchant=desk.merchant, role=Role.VIEWER).user)

    page = client.get(desk.at("line", draft.pk, 2)).text

    assert not [value for value in ("Ana", "Müller", "ana@example.com", "North") if value in page]


def test_a_row_of_an_erased_file_is_said_to_be_gone(desk):
    draft = desk.ready(PEOPLE)
    Upload.objects.update(erased_at=timezone.now())

    assert "This row is not kept" in desk.client.get(desk.at("line", draft.pk, 2)).text


@pytest.mark.parametrize("line", [0, 5, 99, 10**20])
def test_a_line_beyond_the_list_is_not_looked_for_in_the_file(desk, line):
    draft = desk.ready(PEOPLE)
    Upload.objects.update(stored_as="gone")

    assert desk.client.get(desk.at("line", draft.pk, line)).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("last", ["bo@example.com", "not an address"])
def test_lines_behind_rows_that_are_not_read_are_within_the_list(desk, last):
    draft = desk.ready(b"email\r\nana@example.com\r\n" + b"\r\n" * (LONGEST_GAP + 1) + last.encode())

    assert last in desk.client.get(desk.at("line", draft.pk, 2 + LONGEST_GAP + 2)).text
    assert desk.client.get(desk.at("line", draft.pk, 2 + LONGEST_GAP + 3)).status_code == HTTPStatus.NOT_FOUND


def test_rows_are_limited_as_finding_one_reads_the_file(desk, settings):
    settings.PER_USER_AND_MINUTE = settings.PER_USER_AND_MINUTE | {"rows": 1}
    draft = desk.ready(PEOPLE)

    answers = [desk.client.get(desk.at("line", draft.pk, 2)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS]
    assert "You have opened a row of a list once within a minute" in answers[1].text


def test_far_down_a_long_list_the_names_are_a_click_away(desk, monkeypatch):
    monkeypatch.setattr(file_rows, "NAMED_UP_TO", 2)
    draft = desk.ready(PEOPLE)

    assert "Zoë Li" not in desk.get("check", draft).text
    assert "Zoë" in desk.client.get(desk.at("line", draft.pk, 3)).text


def test_names_of_a_spreadsheet_are_shown_too(desk):
    packed = xlsx([["Name", "Email"], ["Zoë Li", "not an address"], ["Bo", "bo@example.com"]])
    draft = desk.draft()
    file = ContentFile(packed)
    drafts.add_file(issuance=draft, file=file, name="people.xlsx", by=desk.person, at=timezone.now())
    assert intake_step.read_one_upload()

    assert "Zoë Li" in desk.get("check", draft).text
    assert "not an address" in desk.client.get(desk.at("line", draft.pk, 2)).text
