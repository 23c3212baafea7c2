"""A session that ends while a form is filled in: nothing typed is lost on the way through the sign-in."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.marketer import Marketer
from tests.browser.portal_process import MARKETER, MERCHANT

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def marketer(portal, new_page):
    marketer = Marketer(new_page(), portal)
    marketer.signs_in(MARKETER)
    return marketer


def test_a_campaign_survives_the_end_of_the_session(marketer, no_violations):
    page = marketer.page
    page.goto(f"/m/{MERCHANT}/campaigns/new/")
    page.get_by_label("Name").first.fill("Typed before the sign-in")
    page.context.clear_cookies(name="sessionid")

    page.get_by_label("Share").first.fill("40")
    go_on = page.get_by_role("button", name="Sign in and go on")
    expect(go_on).to_be_visible()
    no_violations(page)
    go_on.click()

    expect(page.get_by_text("nothing was sent to Thanx")).to_be_visible()
    page.get_by_label(re.compile("^E-?mail")).fill(MARKETER)
    page.get_by_label("Password", exact=True).fill(marketer.portal.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    no_violations(page)
    page.get_by_role("button", name="Send it now").click()

    expect(page.get_by_label("Name").first).to_have_value("Typed before the sign-in")
