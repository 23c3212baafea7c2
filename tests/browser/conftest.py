"""A real Chromium in front of the whole portal. A console error or a request to a stranger fails the test."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, sync_playwright

from tests.browser.portal_process import Portal

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

NewPage = Callable[..., Page]
NoViolations = Callable[..., None]


def chromium() -> str:
    """Return the path of Chromium, from CHROMIUM or the path. Fails the tests when there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.fail(
            "The browser tests need Chromium: apt-get install -y --no-install-recommends chromium,"
            " or let CHROMIUM name the executable.",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, for these tests only: while Playwright runs, its thread counts as asynchronous for Django."""
    executable = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal, for these tests only: its worker looks for work all the time."""
    with Portal(Path(tmp_path_factory.mktemp("portal"))) as running:
        yield running


@pytest.fixture
def new_page(browser: Browser, portal: Portal) -> Iterator[NewPage]:
    """Open pages, each in a browser of its own: new_page(java_script_enabled=False, viewport=…)."""
    trouble: list[str] = []
    contexts = []

    def opened(**options: object) -> Page:
        context = browser.new_context(base_url=portal.url, locale="en-US", **options)
        contexts.append(context)
        context.route("**/*", lambda route: _only_ours(route, portal=portal, trouble=trouble))
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: _noted(message, trouble))
        page.on("pageerror", lambda error: trouble.append(f"script: {error}"))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert trouble == []


def _only_ours(route: Route, *, portal: Portal, trouble: list[str]) -> None:
    """Let through what goes to the portal, and the pictures of the sandbox."""
    if route.request.url.startswith((portal.url, portal.sandbox.url, "data:")):
        route.continue_()
    else:
        trouble.append(f"asked a stranger: {route.request.url}")
        route.abort()


def _noted(message: ConsoleMessage, trouble: list[str]) -> None:
    if message.type in ("error", "warning"):
        trouble.append(f"console: {message.text}")


@pytest.fixture(scope="session")
def no_violations() -> NoViolations:
    """Check a page against the accessibility rules of axe."""

    def check(page: Page, rules: list[str] = RULES) -> None:
        page.wait_for_load_state("load")  # before its styles are there, nothing has the right contrast
        results = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
        found = {rule["id"]: [node["html"] for node in rule["nodes"]] for rule in results.response["violations"]}
        assert found == {}, f"{page.url}: {found}"

    return check
