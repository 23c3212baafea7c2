"""A chart shows every number of its table, to every reader."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from ui.components import bars, charts
from ui.status import Tone
from ui.values import BarRow, Chart, ChartPoint, Drawing, Segment, Series

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
COUNTS = st.integers(min_value=0, max_value=10_000_000)
SERIES = (Series(label="Issued", tone=Tone.SUCCESS), Series(label="Failed", tone=Tone.DANGER))
IN_NEW_YORK = SimpleNamespace(merchant=SimpleNamespace(time_zone="America/New_York"))


def draw(source: str, **context) -> str:
    return Template("{% load portal %}" + source).render(Context(context))


def chart(*points: ChartPoint, **fields) -> Chart:
    return Chart(key="sample", title="Rewards <over time>", series=SERIES, points=points, **fields)


def row(label: str, *counts: int, **fields) -> BarRow:
    parts = tuple(Segment(label=part.label, count=n, tone=part.tone) for part, n in zip(SERIES, counts, strict=False))
    return BarRow(label=label, parts=parts, **fields)


def test_a_chart_comes_with_the_table_that_it_is_drawn_from():
    points = (ChartPoint(at=NOON, counts=(0, 0)), ChartPoint(at=NOON + timedelta(minutes=3), counts=(9_900, 12)))

    html = draw("{% chart chart %}", chart=chart(*points), request=IN_NEW_YORK)

    assert re.findall(r'data-count="(\d+)"', html) == ["0", "0", "9900", "12"]
    assert '<th scope="row">12 May, 08:03:00</th>' in html
    assert ">9,900</td>" in html
    assert "style=" not in html


def test_a_user_who_does_not_see_a_chart_hears_where_it_ends():
    html = draw("{% chart chart %}", chart=chart(ChartPoint(at=NOON, counts=(9_900, 12))))

    assert 'aria-label="Rewards &lt;over time&gt;: at the end 9,900 issued, 12 failed"' in html
    assert charts.spoken(chart()).endswith("nothing yet")


def test_the_points_of_a_chart_may_have_names_of_their_own():
    week = ChartPoint(at=NOON, counts=(1, 0), label="11 May")

    html = draw("{% chart chart %}", chart=chart(week, drawing=Drawing.BARS, moments="Week of"))

    assert 'data-chart="bars"' in html
    assert "Week of" in html
    assert '<th scope="row">11 May</th>' in html


def test_a_table_of_bars_has_the_numbers_and_leads_where_they_come_from():
    rows = [row("Burger", 1_640, 61, href="?arm=1", note="$5 off"), row("Fries", 820, 0)]

    html = draw("{% bar_table rows %}", rows=rows)

    assert '<a class="row-link" href="?arm=1">Burger</a>' in html
    assert "1,640" in html
    assert "· 96 %" in html
    assert "· 100 %" in html
    assert "style=" not in html


def test_rows_of_one_part_are_told_as_parts_of_all_rows():
    table = bars.table([row("Not a member", 75), row("Account closed", 25)], noun="Reason")

    assert [entry["parts"][0]["percent"] for entry in table["rows"]] == ["75 %", "25 %"]


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=6))
def test_bars_share_one_scale_and_the_longest_fills_it(counts):
    rows = bars.table([row(str(n), *pair) for n, pair in enumerate(counts)], noun="Arm")["rows"]

    lengths = [sum(place["width"] for place in entry["parts"]) for entry in rows]

    assert max(lengths) == (bars.LENGTH if any(map(any, counts)) else 0)
    assert all((length > 0) == any(pair) for length, pair in zip(lengths, counts, strict=True))


def test_no_rows_make_an_empty_table():
    assert bars.table([], noun="Arm") == {"noun": "Arm", "columns": [], "rows": []}
