"""Checking a file, as a marketer does it in a browser without JavaScript: every click is a form that is posted."""

import re

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from issuance.audience import intake_step
from issuance.drafts import exclusion_lists
from issuance.models import CorrectedLine, ExclusionList, Issuance
from issuance.states import IssuanceState
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db

DAMAGED = (
    b"name,email,phone\r\n"
    b"Ana,ana@@example.com,\r\n"
    b"Bo,bo@gmial.com,\r\n"
    b"Cy,,447911123456\r\n"
    b"Dee,not an address,\r\n"
    b"Eve,Eve@Example.com,\r\n"
    b",,\r\n"
    b"Eve,eve@example.com,\r\n"
)


@pytest.fixture
def desk(client):
    return Desk(client, shares=(45, 45), control=10)


@pytest.fixture
def draft(desk):
    return desk.ready(DAMAGED)


def shown(desk, draft, query=""):
    return desk.get("check", draft, query=query).context["page"]


def decide(desk, draft, reason, decision):
    desk.post("decide-lines", draft, {"reason": reason, "decision": decision})
    intake_step.read_one_upload()
    return shown(desk, draft)


def test_the_numbers_on_top_always_sum_to_the_file(desk, draft):
    page = desk.get("check", draft)

    assert "2 ready · 3 to fix · 2 left out" in page.text
    assert "2 ready + 3 to fix + 2 left out = 7 lines" in page.text
    assert "If you go on as it is, the 3 to fix are left out." in page.text


def test_there_is_a_card_for_each_kind_with_examples_before_and_after(desk, draft):
    page = shown(desk, draft)

    assert [(card.reason, card.title, card.apply) for card in page.cards] == [
        ("email_signs", "Fix 1 email address", "Apply to it"),
        ("phone_plus_lost", "Fix 1 phone number", "Apply to it"),
        ("email_invalid", "Fix 1 email address", ""),
        ("email_typo", "Look at 1 email address", "Apply to it"),
    ]
    assert page.cards[0].examples == [(2, "ana@@example.com", "ana@example.com")]
    assert [kind.words for kind in page.respelled] == ["Capitals in email addresses became small letters"]


def test_the_biggest_kind_comes_first(desk):
    draft = desk.ready(b"email\r\nx\r\na@@example.com\r\nb@@example.com\r\n")

    assert [card.title for card in shown(desk, draft).cards] == ["Fix 2 email addresses", "Fix 1 email address"]


def test_one_click_applies_what_is_suggested_to_all_and_another_takes_it_back(desk, draft):
    page = decide(desk, draft, "email_signs", "apply")
    assert page.sentence == "3 ready · 2 to fix · 2 left out"
    assert [(each.reason, each.count) for each in page.decided] == [("email_signs", 1)]

    page = decide(desk, draft, "email_signs", "undo")
    assert page.sentence == "2 ready · 3 to fix · 2 left out"
    assert page.decided == []


def test_a_kind_can_be_left_out_at_once_without_reading_the_file_again(desk, draft):
    desk.post("decide-lines", draft, {"reason": "email_invalid", "decision": "leave_out"})

    assert Issuance.objects.get(pk=draft.pk).state == IssuanceState.READY
    assert shown(desk, draft).sentence == "2 ready · 2 to fix · 3 left out"


def test_the_table_shows_the_lines_to_fix_with_the_files_own_numbers(desk, draft):
    page = desk.get("check", draft)

    rows = page.context["page"].shown.rows
    assert [(row.line, row.typed, row.suggested) for row in rows] == [
        (2, "ana@@example.com", "ana@example.com"),
        (4, "447911123456", "+447911123456"),
        (5, "not an address", ""),
    ]
    assert 'name="value-5"' in page.text
    assert [row.line for row in shown(desk, draft, "?reason=email_typo").shown.rows] == [3]
    assert [row.line for row in shown(desk, draft, "?reason=left-out").shown.rows] == [7, 8]


def test_a_page_of_corrections_is_saved_with_one_post_and_read_once(desk, draft):
    typed = {"value-2": "ana@@example.com", "use-2": "on", "value-5": " Dee@Example.com", "value-4": "447911123456"}

    desk.post("correct-lines", draft, {**typed, "out-4": "on"})
    intake_step.read_one_upload()

    page = shown(desk, draft)
    assert page.sentence == "4 ready · 0 to fix · 3 left out"
    assert [row.typed for row in shown(desk, draft, "?reason=corrected").shown.rows] == [
        "ana@example.com",
        "",
        "dee@example.com",
    ]


def test_what_is_still_wrong_is_shown_again_beside_its_message_and_nothing_is_saved(desk, draft):
    page = desk.post("correct-lines", draft, {"value-5": "dee@", "value-2": "ana@example.com"})

    rows = {row.line: row for row in page.context["page"].shown.rows}
    assert (rows[5].typed, rows[2].typed) == ("dee@", "ana@example.com")
    assert rows[5].error == "Not an email address. Look for a typing error and correct it."
    assert (rows[2].error, "Nothing is saved yet" in page.text) == ("", True)
    assert not CorrectedLine.objects.exists()


def test_a_cell_that_is_emptied_asks_what_is_meant(desk, draft):
    page = desk.post("correct-lines", draft, {"value-5": " "})

    assert "or leave the line out" in page.context["page"].shown.rows[0].error


def test_what_is_left_as_it_was_says_nothing(desk, draft):
    desk.post("correct-lines", draft, {"value-5": "not an address", "value-999": "x@example.com"})

    assert Issuance.objects.get(pk=draft.pk).state == IssuanceState.READY
    assert not CorrectedLine.objects.exists()


def test_single_corrections_can_be_taken_back_one_by_one_and_all_at_once(desk, draft):
    desk.post("correct-lines", draft, {"value-5": "dee@example.com", "value-4": "+12125550100"})
    intake_step.read_one_upload()

    desk.post("correct-lines", draft, {"value-5": "dee@example.com", "back-5": "on"}, query="?reason=corrected")
    intake_step.read_one_upload()
    assert shown(desk, draft).sentence == "3 ready · 2 to fix · 2 left out"

    assert decide(desk, draft, "corrected", "undo").sentence == "2 ready · 3 to fix · 2 left out"


def test_while_the_file_is_read_again_corrections_wait_and_say_so(desk, draft):
    desk.post("decide-lines", draft, {"reason": "email_signs", "decision": "apply"})

    answer = desk.post("correct-lines", draft, {"value-5": "dee@example.com"})

    assert "changed in the meantime" in str(next(iter(get_messages(answer.wsgi_request))))
    assert not CorrectedLine.objects.exists()


def test_the_page_that_waits_comes_back_to_the_same_lines(desk, draft):
    answer = desk.post("correct-lines", draft, {"value-2": "ana@example.com"}, query="?reason=email_signs")

    assert answer.url.endswith("/check/?reason=email_signs")
    assert f'hx-get="{answer.url}"' in desk.client.get(answer.url).text


def test_five_thousand_problems_take_no_more_queries_than_five_and_come_in_pages_of_fifty(desk):
    def queries(number):
        draft = desk.ready(b"email\r\n" + b"".join(b"guest%d@@example.com\r\nx%d\r\n" % (n, n) for n in range(number)))
        with CaptureQueriesContext(connection) as caught:
            page = desk.get("check", draft)
        return len(caught), page

    few, _ = queries(3)
    many, page = queries(2500)

    assert many == few
    assert "1 to 50 of 5,000 lines" in page.text
    assert page.text.count(' name="value-') == 50


def test_a_viewer_sees_the_lines_and_no_buttons(client):
    desk = Desk(client, role=Role.VIEWER)
    draft = desk.ready(DAMAGED)

    page = desk.get("check", draft)

    assert "not an address" not in page.text
    assert "•••" in page.text
    assert "Apply to" not in page.text
    assert 'name="value-' not in page.text
    assert desk.post("correct-lines", draft, {"value-5": "dee@example.com"}).status_code == 403
    assert desk.post("decide-lines", draft, {"reason": "email_signs", "decision": "apply"}).status_code == 403


@pytest.mark.parametrize("name", ["decide-lines", "correct-lines"])
def test_the_lines_of_another_merchant_do_not_exist(desk, client, draft, name):
    other = Desk(client)

    assert other.post(name, draft, {"reason": "email_signs", "decision": "apply"}).status_code == 404


DAMAGE = {
    "ana{}@@example.com,": 700,
    '"eva{}@example,com",': 700,
    "bo{}@gmial.com,": 600,
    ",44791112{:04}": 500,
    "cy{} at gmail.com,": 700,
    '"dee{}@example.com; other{}@example.com",': 600,
    ',"212 555 {:04} x9"': 600,
    "nothing {},": 600,
}
"""Eight kinds of damage, 5,000 lines."""


def test_a_file_of_five_thousand_damaged_lines_is_without_errors_after_at_most_ten_clicks(desk):
    rows = [
        pattern.format(*[number] * pattern.count("{")) for pattern, count in DAMAGE.items() for number in range(count)
    ]
    draft = desk.ready("\r\n".join(["email,phone", *rows]).encode())
    clicks = 0

    page = shown(desk, draft)
    while page.cards:
        card = page.cards[0]
        page = decide(desk, draft, card.reason, "apply" if card.apply else "leave_out")
        clicks += 1

    assert clicks <= 10
    assert (page.lines, page.to_fix, page.ready + page.settled) == (5000, 0, 5000)
    assert page.ready == 4400


@pytest.mark.parametrize("page", ["people", "exclusions", "check"])
def test_every_field_for_a_file_tells_the_browser_how_large_it_may_be_and_the_words(desk, page):
    if page == "exclusions":
        exclusion_lists.create(merchant=desk.merchant, name="Staff", by=None, at=timezone.now())
        answer = desk.client.get(desk.at("exclusion-list", ExclusionList.objects.get().pk))
    else:
        answer = desk.get(page, desk.ready())
    fields = re.findall(r"<input[^>]*type=.file.[^>]*>", answer.text)

    assert fields
    for field in fields:
        assert re.search(r'data-most-bytes="\d+" data-too-large="This file is (too large|larger than)', field)
