"""A chart draws the numbers of its table, in the colours of the theme, and nothing moves when it does."""

import pytest
from playwright.sync_api import expect

from tests.browser.marketer import Marketer
from tests.browser.portal_process import OPERATOR

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COLOURS_DRAWN = """figure => {
  const canvas = figure.querySelector("canvas");
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) seen.add(data.slice(at, at + 3).join());
  return [...seen];
}"""
COLOUR_OF_LEGEND = """figure => {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  pen.fillStyle = getComputedStyle(figure.querySelector(".chart-legend .swatch")).backgroundColor;
  pen.fillRect(0, 0, 1, 1);
  return pen.getImageData(0, 0, 1, 1).data.slice(0, 3).join();
}"""


@pytest.fixture
def design(new_page, portal):
    """Open the page of all components, with or without a script."""

    def opened(**options):
        Marketer(page := new_page(**options), portal).signs_in(OPERATOR, to="/")
        page.goto("/staff/design/")
        return page

    return opened


def test_a_chart_is_drawn_in_the_colours_of_its_legend_and_again_when_the_theme_changes(design):
    page = design()
    page.emulate_media(color_scheme="light")
    figure = page.locator("#chart-by-week")
    expect(figure.locator("canvas")).to_be_visible()
    light = figure.evaluate(COLOUR_OF_LEGEND)
    assert light in figure.evaluate(COLOURS_DRAWN)

    page.emulate_media(color_scheme="dark")
    dark = figure.evaluate(COLOUR_OF_LEGEND)

    assert dark != light
    assert dark in figure.evaluate(COLOURS_DRAWN)
    page.locator("summary", has_text="operator").click()
    page.get_by_role("button", name="Light").click()
    assert light in figure.evaluate(COLOURS_DRAWN)


def test_pointing_at_a_chart_tells_the_numbers_of_that_moment(design):
    figure = design().locator("#chart-by-week")

    figure.locator(".u-over").hover(position={"x": 5, "y": 5})

    first = figure.locator("tbody tr").first.locator("th").text_content()
    expect(figure.locator(".chart-readout")).to_have_text(f"{first}: 0 issued, 0 failed")


def test_a_chart_is_as_wide_as_its_place(design):
    page = design()
    figure = page.locator("#chart-over-time")
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        expect(figure.locator("canvas")).to_have_css("width", f"{figure.evaluate('f => f.clientWidth')}px")


def test_without_a_script_the_figures_stand_there_plainly(design):
    figure = design(java_script_enabled=False).locator("#chart-by-week")

    expect(figure.get_by_role("cell", name="31,240")).to_be_visible()
    expect(figure.locator(".chart-plot")).to_be_hidden()
