"""Which campaign of Thanx's list is the one that we asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.reconciliation import found_among
from partner_api.answers import catalog

START = datetime(2026, 5, 12, tzinfo=UTC)
WEEK = timedelta(weeks=1)
DATES = {"start_at": START, "end_at": START + WEEK, "redeemable_from": START, "redeemable_to": START + 2 * WEEK}
WANTED = catalog.NewCampaign(
    merchant_id="m1",
    name="Autumn",
    objective="Bring back guests.",
    fine_print="One per visit.",
    variants=(catalog.NewVariant("Free burger", "t1"), catalog.NewVariant("Control")),
    **DATES,
)
LISTED = catalog.Campaign(
    id="c1",
    merchant_id="m1",
    name="Autumn",
    objective="",
    fine_print="",
    time_zone="",
    variants=(catalog.Variant("v2", "Control", None), catalog.Variant("v1", "Free burger", "t1")),
    **DATES,
)


def test_a_campaign_is_known_by_its_name_its_dates_and_its_arms_in_any_order():
    assert found_among([LISTED], wanted=WANTED) is LISTED


@pytest.mark.parametrize(
    "changed",
    [{"name": " Autumn "}, {"start_at": START + timedelta(milliseconds=999)}, {"objective": "Anything."}],
    ids=str,
)
def test_what_thanx_may_change_by_storing_it_does_not_hide_ours(changed):
    assert found_among([replace(LISTED, **changed)], wanted=WANTED) is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Autumn 2"},
        *({name: date + timedelta(seconds=1)} for name, date in DATES.items()),
        *({name: None} for name in DATES),
        {"variants": LISTED.variants[:1]},
        {"variants": (LISTED.variants[0], replace(LISTED.variants[1], reward_template_id="t2"))},
        {"variants": (LISTED.variants[0], replace(LISTED.variants[1], name="Free taco"))},
    ],
    ids=str,
)
def test_a_campaign_that_differs_is_not_ours(changed):
    assert found_among([replace(LISTED, **changed)], wanted=WANTED) is None


def test_a_campaign_that_is_another_row_here_is_passed_over():
    twin = replace(LISTED, id="c2")

    assert found_among([LISTED, twin], wanted=WANTED, taken=frozenset({"c1"})) is twin
