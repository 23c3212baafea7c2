"""A campaign that the sandbox knows, and a clock that can be put forward."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Campaign
from partner_api.answers.readers import moment
from partner_api.pacing import limiter_clock
from tests.support.factories import CampaignFactory, MerchantFactory, VariantFactory, create_frozen_batch
from tests.support.sandbox import Sandbox

VALUES = ("ana@example.com", "notfound.bo@example.com", "+12125550123")


class Clock:
    """Real time, which runs on, and can be put forward: on the clock that can be set and on the steady one."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller
        self._steady = limiter_clock.steady_seconds
        self._forward = timedelta(0)

    def forward(self, **by: float) -> None:
        self._traveller.shift(timedelta(**by))
        self._forward += timedelta(**by)

    def now(self) -> datetime:
        return datetime.now(tz=UTC)

    def since_start(self) -> float:
        return self._steady() + self._forward.total_seconds()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    # On PostgreSQL the governor asks the database's clock, which no test can put forward.
    monkeypatch.setattr("partner_api.pacing.governor._shared_now", timezone.now)
    with time_machine.travel(datetime.now(tz=UTC), tick=True) as traveller:
        clock = Clock(traveller)
        monkeypatch.setattr("partner_api.pacing.limiter_clock.steady_seconds", clock.since_start)
        yield clock


@pytest.fixture
def campaign(db: None, sandbox: Sandbox) -> Campaign:
    """A campaign that exists at the sandbox, with one rewarding variant and a control."""
    return campaign_at(sandbox)


@pytest.fixture
def batch(campaign: Campaign):
    """A queued batch of three guests; the merchant does not know the second."""
    variant = campaign.variants.get(position=0)
    return create_frozen_batch(*VALUES, issuance__campaign=campaign, variant=variant)


def campaign_at(sandbox: Sandbox) -> Campaign:
    told = sandbox.campaign()
    merchant_id = next(row["merchant_id"] for row in sandbox.books()["campaigns"] if row["id"] == told["id"])
    dates = {name: moment(told[name]) for name in ("start_at", "end_at", "redeemable_from", "redeemable_to")}
    campaign = CampaignFactory(merchant=MerchantFactory(thanx_id=merchant_id), thanx_id=told["id"], **dates)
    for position, variant in enumerate(told["variants"]):
        fields = {"position": position, "name": variant["name"], "thanx_id": variant["id"], "share": 50}
        if variant["name"] == "Control":
            fields["reward_template"] = None
        VariantFactory(campaign=campaign, **fields)
    return campaign
