"""Correcting lines with the keyboard: Enter moves to the next line, and saves from the last one."""

import pytest
from playwright.sync_api import expect

from tests.browser.marketer import Marketer
from tests.browser.portal_process import MARKETER

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PEOPLE = "email\nkeys.ana@@example.com\nnot an address\nkeys.bo@gmial.com\nkeys.cy@example.com\n"


@pytest.fixture
def page(portal, new_page, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE)
    page = new_page()
    marketer = Marketer(page, portal)
    marketer.signs_in(MARKETER)
    marketer.opens_campaign()
    page.wait_for_url("**/people/")
    marketer.uploads(file)
    marketer.accepts_columns()
    marketer.waits_for(page.locator("#check-sentence", has_text="2 ready · 2 to fix · 0 left out"))
    return page


def test_lines_are_corrected_without_a_mouse(page, no_violations):
    no_violations(page)
    first, second = page.get_by_label("Line 2: who is meant"), page.get_by_label("Line 3: who is meant")

    first.fill("keys.ana@example.com")
    first.press("Enter")
    expect(second).to_be_focused()
    second.fill("keys.dee@")
    second.press("Enter")
    expect(second).to_be_focused()
    expect(page.get_by_text("Nothing is saved yet")).to_be_visible()
    expect(first).to_have_value("keys.ana@example.com")
    no_violations(page)

    second.fill("keys.dee@example.com")
    second.press("Enter")
    expect(page.locator("#check-sentence")).to_have_text("4 ready · 0 to fix · 0 left out", timeout=40_000)
