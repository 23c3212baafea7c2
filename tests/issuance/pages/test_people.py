"""From a file to an audience, as a marketer does it in a browser without JavaScript."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Role
from issuance.audience import intake_step
from issuance.drafts import drafts
from issuance.models import Issuance, Upload
from issuance.states import IssuanceState
from lists.uploads import room_of
from tests.support.desk import PEOPLE, Desk
from tests.support.factories import NOON, MerchantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client, shares=(45, 45), control=10)


def upload(desk, issuance, content=PEOPLE):
    return desk.post("people", issuance, {"file": SimpleUploadedFile("people.csv", content)})


def test_what_guests_get_is_said_where_they_are_added(desk):
    page = desk.get("people", desk.draft())

    rewards = [variant.reward_template.name for variant in desk.campaign.variants.all() if variant.reward_template]
    assert len(rewards) == 2
    assert all(name in page.text for name in rewards)
    assert "45 % of the guests" in page.text
    assert "10 % of the guests, held back to compare. Thanx never learns who they are." in page.text


def test_one_arm_for_everybody_is_said_alone(desk):
    arm = desk.campaign.variants.get(position=1)

    [shown] = desk.get("people", desk.draft(only_variant=arm)).context["page"].arms

    assert (shown.title, shown.sentence.partition(" · ")[0]) == (arm.reward_template.name, "Everybody")


def test_people_are_added_to_a_campaign_that_is_over_with_a_warning(desk):
    desk.campaign.__class__.objects.update(end_at=NOON)

    assert "This campaign is over" in desk.get("people", desk.draft()).text


def test_an_uploaded_file_leads_to_its_columns_and_waits_to_be_read(desk):
    draft = desk.draft()

    answer = upload(desk, draft)

    draft.refresh_from_db()
    assert answer.url == desk.at("columns", draft.pk)
    assert draft.state == IssuanceState.READING


def test_nothing_is_wrong_before_anything_was_sent(desk):
    draft = desk.draft()

    assert "is-invalid" not in desk.get("people", draft).text
    assert "is-invalid" not in desk.get("columns", desk.uploaded()).text


def test_lines_can_be_pasted_instead(desk):
    draft = desk.draft()

    desk.post("people", draft, {"pasted": "ana@example.com\nbo@example.com"})
    intake_step.read_one_upload()

    draft.refresh_from_db()
    assert draft.lines == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Please choose a file, or paste lines below."),
        ({"file": SimpleUploadedFile("people.csv", b"")}, "This file is empty."),
    ],
)
def test_what_is_no_list_is_refused_beside_the_field_and_the_draft_is_kept(desk, data, words):
    draft = desk.draft()

    answer = desk.post("people", draft, data)

    draft.refresh_from_db()
    assert words in answer.text
    assert draft.state == IssuanceState.DRAFT


def test_a_file_over_the_limit_is_refused_in_words(desk, settings):
    settings.MAX_UPLOAD_BYTES = 10

    answer = upload(desk, desk.draft())

    assert "This file is larger than 10\xa0bytes" in answer.text


def test_the_first_rows_are_shown_beside_the_guess(desk):
    page = desk.get("columns", desk.uploaded())

    assert "email addresses in “email”" in page.text
    assert "bo@example.com" in page.text


def test_agreeing_with_the_guess_does_not_read_the_file_again(desk):
    ready = desk.ready()

    answer = desk.post("columns", ready, {"email": "1", "phone": "none", "prefers": "email"})

    ready.refresh_from_db()
    assert answer.url == desk.at("check", ready.pk)
    assert ready.state == IssuanceState.READY


def test_correcting_a_column_reads_the_file_again(desk):
    ready = desk.ready()

    desk.post("columns", ready, {"email": "0", "phone": "none", "prefers": "email"})

    ready.refresh_from_db()
    assert ready.state == IssuanceState.READING
    assert ready.upload.mapping == {"email": 0}


def test_choosing_no_column_at_all_is_refused_beside_the_field(desk):
    answer = desk.post("columns", desk.ready(), {"email": "none", "phone": "none", "prefers": "phone"})

    assert "Please say which column holds email addresses" in answer.text


def test_while_a_file_is_read_the_page_asks_for_itself_and_offers_a_link(desk):
    page = desk.get("check", desk.uploaded())

    assert 'hx-trigger="every 2s"' in page.text
    assert "Refresh" in page.text


def test_what_was_read_adds_up_to_the_file(desk):
    page = desk.get("check", desk.ready())

    assert "2 ready + 1 to fix + 1 left out = 4 lines" in page.text
    assert "hx-trigger" not in page.text


def test_every_line_that_is_left_out_is_listed_with_its_number_and_reason(desk):
    page = desk.get("left-out", desk.confirmed())

    rows = page.context["page"].shown.rows
    assert [(row.line, row.value, row.kept_line) for row in rows] == [
        (4, "•••", None),  # masked, now that there is nothing to fix any more
        (5, "a•••@•••", 2),
    ]
    assert "The same guest as line 2" in page.text


def test_the_lines_can_be_filtered_by_reason(desk):
    page = desk.get("check", desk.ready(), query="?reason=duplicate")

    assert [row.line for row in page.context["page"].shown.rows] == [5]


def test_a_region_that_fetches_itself_gets_no_frame(desk):
    page = desk.get("check", desk.ready(), headers={"HX-Request": "true"})

    assert page.text.strip().startswith('<div id="checked"')


def test_a_file_that_is_no_table_is_explained_and_the_draft_kept(desk):
    page = desk.get("check", desk.ready(b"%PDF-1.7 nothing to see"))

    assert "This is not a table" in page.text
    assert "Add another file" in page.text


def test_the_left_out_lines_can_be_downloaded(desk):
    answer = desk.get("left-out-csv", desk.ready())

    assert b"not an address" in answer.getvalue()
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_draft_can_be_discarded(desk):
    draft = desk.ready()

    answer = desk.post("discard", draft)

    assert answer.url == desk.at("list")
    assert desk.get("check", draft).status_code == 404


def test_a_viewer_cannot_add_people(client):
    desk = Desk(client, role=Role.VIEWER)

    assert upload(desk, desk.draft()).status_code == 403


@pytest.mark.parametrize("name", ["people", "columns", "check", "review", "detail", "left-out", "failures", "revoke"])
def test_the_issuance_of_another_merchant_does_not_exist(desk, client, name):
    theirs = desk.ready()
    other = Desk(client)

    assert other.get(name, theirs).status_code == 404


@pytest.mark.parametrize("name", ["people", "columns", "discard", "confirm", "retry", "revoke"])
def test_nothing_can_be_done_to_the_issuance_of_another_merchant(desk, client, name):
    theirs = desk.ready()
    other = Desk(client)

    assert other.post(name, theirs).status_code == 404
    assert Issuance.objects.get(pk=theirs.pk).state == IssuanceState.READY


def test_one_column_may_hold_either_kind(desk):
    mixed = b"name,contact\r\nAna,ana@example.com\r\nBo,+12125550123\r\nCy,nobody\r\n"
    issuance = desk.ready(mixed)

    answer = desk.post("columns", issuance, {"email": "1", "phone": "1", "prefers": "phone"})
    intake_step.read_one_upload()

    issuance.refresh_from_db()
    assert answer.url == desk.at("check", issuance.pk)
    assert issuance.upload.mapping == {"email": 1, "phone": 1}
    assert (issuance.lines, issuance.left_out_total) == (3, 1)


def test_a_campaign_whose_arms_have_no_shares_says_so_before_anything_is_uploaded(desk):
    desk.campaign.variants.update(share=0)

    page = desk.client.post(f"{desk.at('new')}?campaign={desk.campaign.pk}", {"arm": "split"})

    assert "Set the percentages, or choose one group for everybody." in page.text
    assert not Issuance.objects.exists()


def test_a_draft_is_discarded_only_after_a_look_at_what_that_means(desk):
    issuance = desk.ready()

    asked = desk.get("discard", issuance)
    issuance.refresh_from_db()
    state_when_asked = issuance.state
    desk.post("discard", issuance)

    issuance.refresh_from_db()
    assert "are deleted for good" in asked.text
    assert (state_when_asked, issuance.state) == (IssuanceState.READY, IssuanceState.DISCARDED)


@pytest.mark.parametrize(("content", "offered"), [(b"%PDF-1.4", False), (b"name\r\nAna\r\n", True)])
def test_columns_are_offered_only_where_there_are_any(desk, content, offered):
    page = desk.get("check", desk.ready(content)).text

    assert "was not read" in page
    assert bool(re.search(r"btn[^>]*>Match columns</a>", page)) == offered


def test_a_full_disk_is_told_beside_the_file_and_the_draft_is_kept(desk, settings, uploads):
    full = {"BACKEND": "tests.support.full_disk.FullDisk", "OPTIONS": {"location": uploads}}
    settings.STORAGES = settings.STORAGES | {"default": full}
    issuance = drafts.start(campaign=desk.campaign, by=None, at=NOON)

    page = upload(desk, issuance)

    issuance.refresh_from_db()
    assert "no room left for this file" in page.text
    assert issuance.state == IssuanceState.DRAFT
    assert not [found for found in uploads.rglob("*") if found.is_file()]


def test_the_files_of_one_merchant_take_no_more_than_their_share_of_the_disk(desk, settings, uploads):
    first, second = (drafts.start(campaign=desk.campaign, by=None, at=NOON) for _ in range(2))
    upload(desk, first)
    settings.MERCHANT_DISK_BYTES = first.upload.size + 10

    refused = upload(desk, second)
    upload(desk, first)  # the file that it replaces makes room

    second.refresh_from_db()
    assert "The files of this merchant may take" in refused.text
    assert second.state == IssuanceState.DRAFT
    assert room_of(desk.merchant.pk) == 10
    assert room_of(MerchantFactory().pk) == settings.MERCHANT_DISK_BYTES
    Upload.objects.update(erased_at=NOON)
    assert room_of(desk.merchant.pk) == settings.MERCHANT_DISK_BYTES
    assert len([found for found in uploads.rglob("*") if found.is_file()]) <= 2
