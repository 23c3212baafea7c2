"""Beside an identifier stands the name that the list has, as masked as it is; the whole row is a click away."""

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import Role
from issuance.audience import intake_step
from issuance.drafts import drafts
from issuance.files import file_rows
from issuance.models import Failure
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


def test_a_line_that_there_is_not_says_so(desk):
    draft = desk.ready(PEOPLE)

    assert "This row is not kept" in desk.client.get(desk.at("line", draft.pk, 99)).text


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
