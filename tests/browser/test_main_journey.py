"""The main job, from the sign-in to the revocation, as a marketer does it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.marketer import Marketer
from tests.browser.portal_process import MARKETER, MERCHANT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 390, "height": 844}


def people(name):
    """Return a file of forty guests with two who are no members, a broken line, and a duplicate."""
    good = [f"{name}{n}@example.com" for n in range(38)]
    strangers = [f"notfound.{name}{n}@example.com" for n in range(2)]
    return "\n".join(["email", *good, *strangers, "broken@@example", good[0]]) + "\n"


@pytest.fixture
def marketer(portal, new_page, request):
    """A signed-in marketer, by default with a script; parametrised indirectly."""
    scripted = getattr(request, "param", True)
    marketer = Marketer(new_page(java_script_enabled=scripted), portal, scripted=scripted)
    marketer.signs_in(MARKETER)
    return marketer


@pytest.mark.parametrize("marketer", [True, False], ids=["with a script", "without a script"], indirect=True)
def test_a_marketer_issues_rewards_watches_them_and_takes_them_back(marketer, tmp_path):
    page, file = marketer.page, tmp_path / "people.csv"
    file.write_text(people("with" if marketer.scripted else "without"))
    marketer.opens_campaign()

    marketer.uploads(file)
    marketer.accepts_columns()
    marketer.waits_for(page.get_by_text("40 ready + 1 to fix + 1 left out = 42 lines"))
    marketer.reviews()
    marketer.confirms(re.compile(r"Issue 3\d rewards to 40 guests \(\d+ held back\)"))
    marketer.waits_until_completed()

    issued = marketer.figure("Issued")
    assert issued + marketer.figure("Failed") + marketer.figure("Held back") + marketer.figure("Left out") == 42
    if marketer.figure("Failed"):
        marketer.looks_at_failures()
    marketer.revokes(issued)
    marketer.waits_for(page.locator("#run-sentence", has_text=f"{issued} rewards revoked."))


MOST_PAGES, MOST_CLICKS = 5, 6


def test_a_newcomer_gets_from_a_live_campaign_to_issued_in_five_pages_and_six_clicks(marketer, tmp_path):
    page, file = marketer.page, tmp_path / "people.csv"
    file.write_text("email\n" + "".join(f"newcomer{n}@example.com\n" for n in range(12)))
    page.goto(f"/m/{MERCHANT}/campaigns/")
    page.get_by_role("link", name=marketer.portal.campaign_of_one_arm).first.click()
    page.wait_for_url(re.compile(r"/campaigns/\d+/$"))
    pages, clicks = [], []
    page.on("framenavigated", lambda frame: pages.append(frame.url.partition("?")[0]))
    page.expose_binding("clicked", lambda _, words: clicks.append(words))
    page.add_init_script("addEventListener('click', event => event.isTrusted && clicked(event.target.innerText), true)")
    page.reload()
    pages.clear()

    page.get_by_role("button", name="Issue rewards").click()
    marketer.uploads(file)
    marketer.accepts_columns()
    marketer.reviews_without_split()
    marketer.confirms(re.compile("Issue 12 rewards to 12 guests"))
    marketer.waits_until_completed()

    assert marketer.figure("Issued") == 12
    assert len(set(pages)) <= MOST_PAGES, pages
    assert len(clicks) <= MOST_CLICKS, clicks


def test_a_changed_state_is_announced_to_a_user_who_cannot_see_it(marketer, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(people("heard"))
    marketer.opens_campaign()
    marketer.uploads(file)
    marketer.accepts_columns()
    marketer.reviews()

    marketer.confirms(re.compile("Issue .* rewards"))

    expect(marketer.page.locator("#live")).to_contain_text("issued", timeout=40_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_the_main_job_keep_no_user_out(marketer, no_violations, tmp_path, scheme):
    page, file = marketer.page, tmp_path / "people.csv"
    file.write_text(people(scheme))
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour in mid-change
    page.goto(f"/m/{MERCHANT}/issuances/new/")
    no_violations(page)
    marketer.opens_campaign()
    page.wait_for_url("**/people/")
    no_violations(page)
    marketer.uploads(file)
    page.wait_for_url("**/columns/")
    no_violations(page)
    marketer.accepts_columns()
    marketer.waits_for(marketer.has_checked())
    no_violations(page)
    marketer.splits()
    page.wait_for_url("**/split/")
    no_violations(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/review/")
    no_violations(page)
    page.set_viewport_size(PHONE)
    no_violations(page)

    marketer.confirms(re.compile("Issue .* rewards"))
    marketer.waits_until_completed()
    no_violations(page)
    page.get_by_role("link", name="Revoke", exact=True).click()
    page.wait_for_url("**/revoke/")
    no_violations(page)
    page.goto(f"/m/{MERCHANT}/issuances/")
    no_violations(page)


def test_nothing_is_wider_than_a_phone(marketer):
    page = marketer.page
    page.set_viewport_size(PHONE)

    for path in ("issuances/", "issuances/new/", "campaigns/"):
        page.goto(f"/m/{MERCHANT}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


# What the network tells a page when a connection ends; a real one would also leave a line in the console.
BREAKS_OFF_ONCE = """() => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function () {
    XMLHttpRequest.prototype.send = send;
    this.dispatchEvent(new ProgressEvent("error"));
  };
}"""


def test_an_upload_that_breaks_off_is_told_in_words_and_can_be_sent_again(marketer, tmp_path):
    page, file = marketer.page, tmp_path / "people.csv"
    file.write_text(people("broken"))
    marketer.opens_campaign()
    page.evaluate(BREAKS_OFF_ONCE)

    marketer.uploads(file)

    expect(page.get_by_text("The upload broke off", exact=True)).to_be_visible()
    page.get_by_role("button", name="Upload and continue").click()
    expect(page.get_by_label("Email addresses are in")).to_be_visible()
