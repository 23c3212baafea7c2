"""The whole job without a single script: from the sign-in over a new campaign to a retry and a revocation."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.marketer import Marketer
from tests.browser.portal_process import MARKETER, MERCHANT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAME = "Made without a script"
PEOPLE = "email\n" + "\n".join([*(f"plain{n}@example.com" for n in range(20)), "notfound.plain@example.com", "broken"])


@pytest.fixture
def marketer(portal, new_page):
    marketer = Marketer(new_page(java_script_enabled=False), portal, scripted=False)
    marketer.signs_in(MARKETER)
    return marketer


def creates_campaign(marketer):
    page = marketer.page
    page.get_by_role("link", name="New campaign").click()
    page.get_by_label("Name").first.fill(NAME)
    page.get_by_label("Objective").fill("Show that nobody needs a script.")
    page.get_by_label("Fine print").fill("One per guest.")
    page.locator("input[name=start_at]").fill("2020-01-01T00:00")
    page.locator("input[name=redeemable_from]").fill("2020-01-01T00:00")
    page.get_by_role("button", name="Choose the reward").or_(page.locator(".reward-radio")).first.click()
    page.locator(".reward-radio").first.check()
    page.get_by_role("button", name="Remove").last.click()  # the control: everybody gets the reward
    page.get_by_label("Share").fill("100")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Create campaign at Thanx").click()
    marketer.waits_for(page.get_by_role("button", name="Issue rewards"))


def issues(marketer, file):
    page = marketer.page
    page.get_by_role("button", name="Issue rewards").click()
    marketer.uploads(file)
    marketer.accepts_columns()
    marketer.reviews_without_split()
    marketer.confirms(re.compile("Issue 21 rewards"))
    marketer.waits_until_completed()


def retries_a_corrected_guest(marketer):
    page = marketer.page
    page.get_by_role("link", name="See the failures").click()
    marketer.shows_guests()
    expect(page.get_by_role("cell", name=re.compile("^notfound")).first).to_be_visible()
    page.get_by_role("link", name=re.compile("^Edit and retry")).first.click()
    page.get_by_label(re.compile("^Email address or phone number for line")).fill("found.plain@example.com")
    page.get_by_role("button", name="Save and retry the corrected").click()
    marketer.reviews_without_split()
    marketer.confirms(re.compile("Issue 1 reward"))
    marketer.waits_until_completed()
    assert marketer.figure("Issued") == 1


def test_no_step_of_the_job_needs_a_script(marketer, tmp_path):
    page, file = marketer.page, tmp_path / "people.csv"
    file.write_text(PEOPLE)
    creates_campaign(marketer)
    assert f"/m/{MERCHANT}/campaigns/" in page.url

    issues(marketer, file)
    run = page.url
    assert (marketer.figure("Issued"), marketer.figure("Failed"), marketer.figure("Left out")) == (20, 1, 1)
    retries_a_corrected_guest(marketer)

    page.goto(run)
    marketer.revokes(20)
    marketer.waits_for(page.locator("#run-sentence", has_text="20 rewards revoked."))
