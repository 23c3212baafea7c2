"""Campaigns are created and listed strictly."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support import orders

DATES = ("start_at", "end_at", "redeemable_from", "redeemable_to")


def in_days(days: float) -> str:
    return (datetime.now(tz=UTC) + timedelta(days=days)).isoformat()


def test_a_campaign_is_created_with_an_id_for_itself_and_for_each_variant(sandbox):
    asked = orders.campaign_fields(sandbox)

    answer = sandbox.call("POST", "/partner/campaigns", json={"campaign": asked})

    campaign = answer.json()["campaign"]
    assert answer.status_code == 201
    assert campaign["time_zone"] == "America/Chicago"
    assert [variant["name"] for variant in campaign["variants"]] == ["Free fries", "Control"]
    assert campaign["variants"][1]["reward_template_id"] is None
    assert sandbox.call("GET", f"/partner/campaigns/{campaign['id']}").json() == answer.json()


def test_the_same_body_twice_makes_two_campaigns(sandbox):
    asked = {"campaign": orders.campaign_fields(sandbox)}

    created = [sandbox.call("POST", "/partner/campaigns", json=asked).json()["campaign"]["id"] for _ in range(2)]

    where = {"merchant_id": asked["campaign"]["merchant_id"]}
    listed = sandbox.call("GET", "/partner/campaigns", params=where).json()["campaigns"]
    assert [campaign["id"] for campaign in listed] == created[::-1]


def test_only_campaigns_that_are_not_over_are_listed(sandbox):
    sandbox.campaign(end_at=in_days(0.8 / 86_400))
    running = sandbox.campaign()
    where = {"merchant_id": orders.merchant(sandbox)["id"]}

    def listed():
        return sandbox.call("GET", "/partner/campaigns", params=where).json()["campaigns"]

    orders.until(lambda: listed() == [running])


def test_a_campaign_that_is_over_is_shown_but_not_issued_to(sandbox):
    campaign = sandbox.campaign(end_at=in_days(0.8 / 86_400))

    orders.until(lambda: orders.issue(sandbox, orders.order(sandbox, campaign)).status_code == 422)

    assert sandbox.call("GET", f"/partner/campaigns/{campaign['id']}").json() == {"campaign": campaign}


@pytest.mark.parametrize("field", ["merchant_id", "name", *DATES, "variants"])
def test_a_missing_field_is_refused(sandbox, field):
    answer = orders.create(sandbox, **{field: None})

    assert (answer.status_code, orders.code(answer)) == (400, "BAD_REQUEST")
    assert sandbox.books()["campaigns"] == []


@pytest.mark.parametrize("date", ["soon", "2031-13-01T00:00:00Z", "2031-01-01T00:00:00"])
def test_a_date_is_iso_8601_with_an_offset(sandbox, date):
    assert orders.create(sandbox, end_at=date).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        dict.fromkeys(DATES, "2031-01-01T00:00:00Z"),
        {"end_at": "2001-01-01T00:00:00Z"},
        {"redeemable_to": "2001-01-01T00:00:00Z"},
        {"redeemable_from": "2001-01-01T00:00:00Z"},
        {"start_at": "2001-01-01T00:00:00Z", "end_at": "2001-01-02T00:00:00Z"},
    ],
)
def test_dates_that_leave_no_time_are_refused(sandbox, changed):
    answer = orders.create(sandbox, **changed)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "variants",
    [
        [],
        [{"name": f"Arm {number}", "reward_template_id": "T"} for number in range(5)],
        [{"name": "Arm"}],
        [{"name": "control"}],
        [{"name": "Control", "reward_template_id": "T"}],
        [{"name": "Arm", "reward_template_id": "unknown"}],
        [{"name": "Arm", "reward_template_id": "T"}, {"name": "Arm", "reward_template_id": "T"}],
    ],
)
def test_variants_that_break_a_rule_are_refused(sandbox, variants):
    real = orders.templates(sandbox, orders.merchant(sandbox)["id"])[0]["id"]
    asked = [
        {**variant, "reward_template_id": real} if variant.get("reward_template_id") == "T" else variant
        for variant in variants
    ]

    answer = orders.create(sandbox, variants=asked)

    assert answer.status_code == 422


def test_a_template_of_another_merchant_or_unpublished_is_refused(sandbox):
    other = orders.templates(sandbox, orders.merchant(sandbox, "cafe-ebene")["id"])[0]["id"]
    own = orders.templates(sandbox, orders.merchant(sandbox)["id"])[0]["id"]
    sandbox.unpublish(own)

    statuses = {
        orders.create(sandbox, variants=[{"name": "Arm", "reward_template_id": template}]).status_code
        for template in (other, own)
    }

    assert statuses == {422}
