"""Every page works with screen readers, on small phones and with a keyboard."""

import re
from datetime import timedelta

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.addresses import opened
from tests.browser.marketer import Marketer
from tests.browser.portal_process import MARKETER, MERCHANT, OPERATOR

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = (320, 390, 768, 1024, 1280, 1920)
PEOPLE = "email\nana@example.com\nnotfound.bo@example.com\nbroken@@example\n" + "a" * 60 + "@example.com\n"


@pytest.fixture(scope="module")
def operator(portal, browser):
    """A member of staff, who sees every page, and has just re-authenticated."""
    page = browser.new_page(base_url=portal.url)
    Marketer(page, portal).signs_in(OPERATOR, to="/")
    page.goto("/accounts/reauthenticate/")
    page.get_by_label("Password").fill(portal.password)
    page.get_by_role("button", name="Confirm").click()
    return page


@pytest.fixture(scope="module")
def found(portal, browser, operator, tmp_path_factory):
    """All pages, with an issuance that has failures and lines left out, and a draft of each kind."""
    file = tmp_path_factory.mktemp("people") / "people.csv"
    file.write_text(PEOPLE)
    marketer = Marketer(browser.new_page(base_url=portal.url), portal)
    marketer.signs_in(MARKETER)
    _draft_of_campaign(marketer)
    _drafts(marketer, file)
    _run(marketer, file)
    _outcomes(marketer)
    _exclusions(marketer)
    _subscription(marketer)
    _rule(operator)
    _erasure(operator)
    requests.post(f"{portal.url}/webhooks/thanx/", data=b"{}", timeout=10)
    return opened(operator, portal)


@pytest.fixture(scope="module")
def places(found):
    """Every page, and some of them with a query."""
    run = next(place for place in found.pages if place.endswith("/failures/")).removesuffix("failures/")
    asked = (
        f"{run}recipients/?outcome=failed",
        f"/m/{MERCHANT}/search/?q=welcome",
        f"/m/{MERCHANT}/issuances/?q=nothing",
    )
    return [*found.pages, *asked]


def _draft_of_campaign(marketer):
    page = marketer.page
    page.goto(f"/m/{MERCHANT}/campaigns/new/")
    page.get_by_label("Name").first.fill("A draft")
    page.get_by_role("button", name="Save draft").last.click()
    page.wait_for_url("**/edit/")


def _drafts(marketer, file):
    """Leave a draft without people, and one whose file has been read."""
    marketer.opens_campaign()
    marketer.opens_campaign()
    marketer.uploads(file)
    marketer.accepts_columns()
    marketer.waits_for(marketer.has_checked())


def _run(marketer, file):
    marketer.opens_campaign()
    marketer.uploads(file)
    marketer.accepts_columns()
    marketer.reviews()
    marketer.confirms(re.compile("Issue .* reward"))
    marketer.waits_until_completed()


def _outcomes(marketer):
    """Have a file of outcomes counted, one line of it unreadable."""
    page = marketer.page
    page.goto(f"/m/{MERCHANT}/results/outcomes/new/")
    visits = b"email,visited\nana@example.com,yes\nbo@example.com,perhaps\n"
    page.locator("input[type=file]").set_input_files({"name": "visits.csv", "mimeType": "text/csv", "buffer": visits})
    page.get_by_role("button", name="Look at the files").click()
    page.wait_for_url(re.compile(r"outcomes/\d+/$"))
    page.get_by_role("button", name="Count them").click()
    marketer.waits_for(page.get_by_role("link", name="left out"))


def _exclusions(marketer):
    page = marketer.page
    page.goto(f"/m/{MERCHANT}/exclusions/")
    page.get_by_label("Name of the new list").fill("Staff and family")
    page.get_by_role("button", name="Create the list").click()
    page.wait_for_url(re.compile(r"exclusions/\d+/$"))


def _subscription(marketer):
    page = marketer.page
    page.goto(f"/m/{MERCHANT}/subscribers/new/")
    page.get_by_label("What they agreed to").fill("News and offers by email.")
    page.get_by_label("Where they agreed").fill("At the till")
    page.get_by_label("When they agreed").fill("2026-01-02")
    page.get_by_label("Or one person").fill("new@example.com")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(re.compile(r"subscribers/\d+/$"))


def _rule(page):
    """Set up a rule for feedback, as managers may."""
    page.goto(f"/m/{MERCHANT}/feedback/rules/new/")
    page.get_by_label("Reward").select_option(index=1)
    page.get_by_role("button", name="Save the rule").click()
    page.wait_for_url("**/feedback/rules/")


def _erasure(page):
    """Have a guest erased who is on no other page."""
    page.goto(f"/m/{MERCHANT}/personal-data/")
    page.get_by_label("Email address").fill("gone@example.com")
    page.get_by_role("button", name="Erase the guest").click()
    page.get_by_role("button", name="Erase the guest").click()
    page.wait_for_url("**/erased/*/")


@pytest.fixture
def page(operator, new_page):
    """A page of the operator's that fails the test at any error in the console."""
    page = new_page()
    page.context.add_cookies(operator.context.cookies())
    return page


def test_every_address_shows_something(found):
    assert found.empty == []
    assert len(found.pages) > 50


def test_no_page_keeps_anybody_out_by_its_colours_or_its_width(page, places, no_violations):
    """Open each page once: that and the check of its rules take most of the time."""
    wide = {}
    for place in places:
        page.goto(place)
        no_violations(page)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # no colour in mid-change
        no_violations(page, rules=["color-contrast"])
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            found = page.evaluate("document.documentElement.scrollWidth")
            wide |= {(place, width): found} if found > width else {}

    assert wide == {}


def test_strangers_find_the_entrance_open_to_everybody(new_page, no_violations):
    page = new_page()

    for place in ("/accounts/login/", "/accounts/password/reset/"):
        page.goto(place)
        no_violations(page)


def test_a_time_stays_true_while_the_page_stands_open(page, places):
    page.clock.install()
    page.goto(next(place for place in places if re.search(r"issuances/\d+/$", place)))
    before = page.locator("time[data-ago]").first
    expect(before).to_have_text(re.compile("just now|s ago|min ago"))

    page.clock.fast_forward(int(timedelta(hours=3).total_seconds() * 1000))

    expect(before).to_have_text(re.compile("^3 h ago"))


def test_the_keyboard_alone_is_enough_to_issue(page, portal):
    page.goto(f"/m/{MERCHANT}/campaigns/")
    page.get_by_role("link", name=portal.campaign).first.press("Enter")

    press(page, "Issue rewards")
    reach(page, "Or paste lines")
    page.keyboard.type("keyboard@example.com")
    press(page, "Upload and continue")
    press(page, "Continue")
    expect(page.locator("#checked .btn-primary")).to_be_visible(timeout=40_000)
    press(page, "Split into groups")
    press(page, "Continue")
    press(page, "Issue 1 reward")

    expect(page.locator(".run-status")).to_be_visible()


FOCUSED = """() => {
  const element = document.activeElement;
  return (element.labels?.length ? element.labels[0].innerText : element.innerText ?? "").trim();
}"""


def reach(page, name):
    """Press Tab until what has this name has the focus; the page must show it."""
    page.wait_for_load_state()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED).startswith(name):
            return
    pytest.fail(f"the keyboard does not reach {name!r} on {page.url}")


def press(page, name):
    reach(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")
