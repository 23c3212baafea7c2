"""A form is sent once, however often its button is pressed, and can be sent again after the Back button.

The page is made up and so is the server, since only the script is tested: this needs no portal.
"""

import pytest
from playwright.sync_api import expect

from tests.support.root import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCRIPT = ROOT / "static" / "portal" / "portal.js"
PAGE = """<!doctype html><html lang="en"><head><title>Send</title><script src="/portal.js" defer></script></head><body>
<form method="post" action="/sent" data-submit-once><button type="submit">Send</button></form></body></html>"""
WAIT = 300
"""Milliseconds in which a second request would have left."""


class Server:
    """Answers with the page and the script. It counts the posts and answers 204: the browser stays on the page."""

    def __init__(self) -> None:
        self.posts = 0

    def handle(self, route) -> None:
        if route.request.method == "POST":
            self.posts += 1
            route.fulfill(status=204)
        elif route.request.url.endswith(".js"):
            route.fulfill(body=SCRIPT.read_text(encoding="utf-8"), content_type="text/javascript")
        else:
            route.fulfill(body=PAGE, content_type="text/html")


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def page(browser, server):
    context = browser.new_context(base_url="http://portal.test")
    context.route("**/*", server.handle)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto("/")
    yield page
    context.close()


@pytest.fixture
def sent(page):
    """The page after its form was sent."""
    with page.expect_response("**/sent"):
        page.get_by_role("button").click(no_wait_after=True)
    return page


def test_the_button_of_a_form_that_was_sent_cannot_be_pressed(sent):
    expect(sent.get_by_role("button")).to_be_disabled()
    expect(sent.get_by_role("button")).to_have_attribute("aria-busy", "true")


def test_a_form_that_was_sent_is_not_sent_a_second_time(sent, server):
    sent.evaluate("document.querySelector('form').requestSubmit()")
    sent.wait_for_timeout(WAIT)

    assert server.posts == 1


def test_after_the_back_button_the_form_can_be_sent_again(sent, server):
    expect(sent.get_by_role("button")).to_be_disabled()

    sent.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")

    expect(sent.get_by_role("button")).to_be_enabled()
    with sent.expect_response("**/sent"):
        sent.get_by_role("button").click(no_wait_after=True)
    assert server.posts == 2


def test_a_page_whose_form_was_sent_is_asked_for_again_when_back_brings_it_from_memory(sent):
    with sent.expect_request("http://portal.test/"):
        sent.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
