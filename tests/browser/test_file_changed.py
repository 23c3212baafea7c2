"""A file that was saved again after it was chosen, or is too large, is not sent: the page says so.

The page is made up and so is the server, since only the script is tested: this needs no portal.
"""

import os

import pytest
from playwright.sync_api import expect

from tests.support.root import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCRIPT = ROOT / "static" / "portal" / "portal.js"
PAGE = """<!doctype html><html lang="en"><head><title>Upload</title>
<script src="/portal.js" defer></script></head><body>
<form method="post" action="/sent" enctype="multipart/form-data" data-submit-once data-upload>
<div data-broke-off hidden>It broke off</div><div data-file-changed hidden>It was changed</div>
<div data-drop><input type="file" name="file" aria-label="File" data-most-bytes="60" data-too-large="Split it.">
<p data-drop-chosen></p></div>
<p data-upload-progress></p><button type="submit">Upload</button></form><div id="live"></div></body></html>"""


@pytest.fixture
def posts():
    return []


@pytest.fixture
def page(browser, posts):
    def handle(route):
        if route.request.method == "POST":
            posts.append(route.request.post_data)
            route.fulfill(status=204)
        elif route.request.url.endswith(".js"):
            route.fulfill(body=SCRIPT.read_text(encoding="utf-8"), content_type="text/javascript")
        else:
            route.fulfill(body=PAGE, content_type="text/html")

    context = browser.new_context(base_url="http://portal.test")
    context.route("**/*", handle)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto("/")
    yield page
    context.close()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "guests.csv"
    path.write_text("email\nana@example.com\n")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return path


def test_a_file_that_was_saved_again_is_to_be_chosen_again(page, file, posts):
    page.get_by_label("File").set_input_files(file)
    file.write_text("email\nana@example.com\nbo@example.com\n")

    page.get_by_role("button", name="Upload").click()

    expect(page.locator("[data-file-changed]")).to_be_visible()
    expect(page.get_by_label("File")).to_have_value("")
    expect(page.get_by_role("button", name="Upload")).to_be_enabled()
    assert posts == []


def test_a_file_as_it_was_chosen_is_sent(page, file, posts):
    page.get_by_label("File").set_input_files(file)

    with page.expect_response("**/sent"):
        page.get_by_role("button", name="Upload").click()

    assert len(posts) == 1
    expect(page.locator("[data-file-changed]")).to_be_hidden()


def test_a_file_that_the_server_would_refuse_is_not_sent_and_the_words_are_the_servers(page, file, posts, tmp_path):
    small = tmp_path / "small.csv"
    small.write_bytes(file.read_bytes())
    file.write_text("email\n" + "ana@example.com\n" * 9)
    chosen, button = page.get_by_label("File"), page.get_by_role("button", name="Upload")
    chosen.set_input_files(file)
    button.click()

    assert chosen.evaluate("input => input.validationMessage") == "Split it."
    assert posts == []

    chosen.set_input_files(small)
    with page.expect_response("**/sent"):
        button.click()

    assert len(posts) == 1
