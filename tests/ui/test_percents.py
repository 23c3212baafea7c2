"""Percentages of one whole add up, and each says the truth of its part."""

import re

from hypothesis import given
from hypothesis import strategies as st

from ui.components import bars, figures
from ui.status import Tone
from ui.values import Segment

COUNTS = st.lists(st.integers(0, 10**7), min_size=1, max_size=8).filter(any)
UNITS = {"<1 %": 0, ">99 %": 100}


def units(words):
    return UNITS[words] if words in UNITS else int(re.fullmatch(r"(\d+) %", words)[1])


@given(COUNTS)
def test_they_add_up_to_a_hundred_and_none_is_off_by_a_point(counts):
    said = figures.percents(counts)

    assert sum(units(words) for words in said) == 100
    assert all(abs(units(words) - 100 * count / sum(counts)) < 1 for words, count in zip(said, counts, strict=True))


@given(COUNTS)
def test_only_nothing_is_0_and_only_all_is_100(counts):
    for words, count in zip(figures.percents(counts), counts, strict=True):
        assert (words == "0 %") == (count == 0)
        assert (words == "100 %") == (count == sum(counts))


@given(COUNTS)
def test_a_legend_and_a_list_say_the_same(counts):
    segments = [Segment(label=str(at), count=count, tone=Tone.INFO) for at, count in enumerate(counts)]

    assert [row["percent"] for row in bars.stacked(segments, label="Lines")["rows"]] == figures.percents(counts)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_one_part_is_the_percentage_beside_its_rest(part, total):
    within = min(part, total)

    assert figures.percent(part, total) == figures.percents([within, total - within])[0]
