"""While a run's page updates itself, nothing on it moves."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.marketer import Marketer
from tests.browser.portal_process import MARKETER, until
from tests.browser.test_main_journey import people

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WATCH = """() => {
  window.shifts = [];
  window.swaps = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue;
      const moved = entry.sources.map(({node}) => node?.outerHTML?.slice(0, 80) ?? "");
      window.shifts.push({value: entry.value, moved});
    }
  }).observe({type: "layout-shift", buffered: false});
  document.addEventListener("htmx:afterSettle", () => { window.swaps += 1; });
}"""
DRAWN_OFTEN_ENOUGH = "window.swaps >= 3 || (window.swaps && !document.querySelector('#run[hx-trigger]'))"
NOTICEABLE = 0.02
"""Of the window. Below 0.1 counts as good on the web; a new line in the log is far below."""


@pytest.mark.parametrize("width", [1280, 390])
def test_a_run_is_drawn_again_without_moving_anything(new_page, portal, tmp_path, width):
    file = tmp_path / "people.csv"
    file.write_text(people(f"still{width}"))
    marketer = Marketer(new_page(viewport={"width": width, "height": 900}), portal)
    marketer.signs_in(MARKETER)
    marketer.opens_campaign()
    marketer.uploads(file)
    marketer.accepts_columns()
    marketer.reviews()
    marketer.confirms(re.compile("Issue .* rewards"))
    page = marketer.page
    expect(page.locator(".run-status")).to_be_visible()

    page.evaluate(WATCH)
    until(lambda: page.evaluate(DRAWN_OFTEN_ENOUGH), "the page drawn again")

    shifts = page.evaluate("window.shifts")
    assert sum(shift["value"] for shift in shifts) < NOTICEABLE, shifts
