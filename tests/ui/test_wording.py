"""Numbers and lists in sentences."""

from datetime import timedelta

import pytest

from ui.wording import clock, counted, exactly, lasted, listed


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((0, "guest"), "0 guests"),
        ((1, "guest"), "1 guest"),
        ((1800, "guest"), "1,800 guests"),
        ((1, "delivery", "deliveries"), "1 delivery"),
        ((2, "delivery", "deliveries"), "2 deliveries"),
    ],
)
def test_a_number_comes_with_its_noun(counts, words):
    assert counted(*counts) == words


@pytest.mark.parametrize(("items", "words"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_a_list_is_part_of_a_sentence(items, words):
    assert listed(items) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (45.4, "45 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (7500, "2 h 5 min")],
)
def test_a_length_of_time_is_told_by_its_largest_units(seconds, words):
    assert lasted(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(("seconds", "words"), [(58, "0:58"), (0.1, "0:01"), (300, "5:00"), (0, "0:00")])
def test_a_countdown_counts_a_second_that_has_begun(seconds, words):
    assert clock(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(60, "1 minute"), (120, "2 minutes"), (90, "90 seconds"), (1, "1 second")]
)
def test_a_short_time_is_exact(seconds, words):
    assert exactly(timedelta(seconds=seconds)) == words
