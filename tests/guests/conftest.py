"""A merchant that is linked to the sandbox's organisation at Capillary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Role
from tests.factories import MembershipFactory, MerchantFactory

ORG = "100458"
CUSTOMER = "383428154"
MILES, VOUCHER, PHYSICAL = "84630", "84631", "84632"


@pytest.fixture
def capillary(sandbox, settings):
    """The sandbox's Capillary, with Basic authentication."""
    settings.CAPILLARY_URL = [sandbox.url]
    settings.CAPILLARY_USERNAME, settings.CAPILLARY_PASSWORD = "capillary-user", "capillary-password"
    settings.CAPILLARY_TOKEN = ""
    return sandbox


@pytest.fixture
def marketer(db, client):
    """Somebody signed in, at a merchant whose organisation is the sandbox's."""
    membership = MembershipFactory(role=Role.MARKETER, merchant=MerchantFactory(capillary_org=ORG))
    client.force_login(membership.user)
    return membership


@pytest.fixture
def time_machine_forward():
    """Put the clock forward: `time_machine_forward(minutes=11)`."""
    with time_machine.travel(datetime.now(tz=UTC), tick=True) as traveller:
        yield lambda **by: traveller.shift(timedelta(**by))
