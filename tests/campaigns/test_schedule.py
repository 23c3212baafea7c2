"""The four dates, checked together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.schedule import Dates, days_at_the_end, days_to_redeem, in_words, problems_of_dates

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
GOOD = Dates(start_at=NOW + DAY, end_at=NOW + 8 * DAY, redeemable_from=NOW + DAY, redeemable_to=NOW + 15 * DAY)

MOMENTS = st.none() | st.integers(-60, 60).map(lambda days: NOW + days * DAY)
ANY_DATES = st.builds(Dates, start_at=MOMENTS, end_at=MOMENTS, redeemable_from=MOMENTS, redeemable_to=MOMENTS)


def fields(dates: Dates) -> list[str]:
    return [problem.field for problem in problems_of_dates(dates, at=NOW)]


def test_dates_in_order_are_fine():
    assert problems_of_dates(GOOD, at=NOW) == []


@pytest.mark.parametrize("field", ["start_at", "end_at", "redeemable_from", "redeemable_to"])
def test_every_date_is_required_at_its_own_field(field):
    assert fields(replace(GOOD, **{field: None})) == [field]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"end_at": NOW + DAY}, "end_at"),
        ({"redeemable_from": NOW}, "redeemable_from"),
        ({"redeemable_to": NOW + 7 * DAY}, "redeemable_to"),
        ({"redeemable_from": NOW + 15 * DAY - timedelta(hours=22)}, "redeemable_to"),
    ],
)
def test_a_date_out_of_order_is_told_where_it_should_be_changed(changed, field):
    assert fields(replace(GOOD, **changed)) == [field]


def test_four_equal_dates_leave_no_time_to_redeem():
    same = Dates(start_at=NOW + DAY, end_at=NOW + DAY, redeemable_from=NOW + DAY, redeemable_to=NOW + DAY)

    assert fields(same) == ["end_at", "redeemable_to"]


def test_a_campaign_that_is_over_cannot_be_created_but_one_that_should_have_begun_can():
    over = Dates(start_at=NOW - 9 * DAY, end_at=NOW - DAY, redeemable_from=NOW - 9 * DAY, redeemable_to=NOW)
    begun = replace(GOOD, start_at=NOW - DAY, redeemable_from=NOW - DAY)

    assert fields(over) == ["end_at", "redeemable_to"]
    assert fields(begun) == []


@given(dates=ANY_DATES)
def test_there_is_at_most_one_problem_a_field_and_it_says_something(dates):
    problems = problems_of_dates(dates, at=NOW)

    assert len({problem.field for problem in problems}) == len(problems)
    assert all(problem.text.endswith(".") for problem in problems)


@given(dates=ANY_DATES)
def test_dates_without_problems_give_every_guest_time_to_redeem(dates):
    if problems_of_dates(dates, at=NOW) == []:
        assert days_to_redeem(dates) >= 1
        assert days_at_the_end(dates) >= 0
        assert dates.redeemable_to > NOW


def test_guests_are_told_how_long_they_have():
    assert in_words(GOOD) == "Guests have 14 days to redeem. A guest who gets the reward on the last day has 7 days."


def test_a_last_day_until_one_minute_to_midnight_counts_as_a_day():
    until_midnight = replace(GOOD, redeemable_to=GOOD.redeemable_to - timedelta(minutes=1))

    assert days_to_redeem(until_midnight) == 14


def test_words_wait_until_they_mean_something():
    assert in_words(replace(GOOD, redeemable_to=None)) == ""
    assert in_words(replace(GOOD, redeemable_to=NOW)) == ""


def test_the_last_day_of_the_campaign_may_leave_less_than_a_day():
    short = replace(GOOD, end_at=GOOD.redeemable_to)

    assert in_words(short).endswith("on the last day has less than a day.")
