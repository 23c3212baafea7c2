"""Merchants, guests and feedback at the sandbox, and the sandbox's Capillary."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Role
from campaigns.catalog.credential import current_host
from campaigns.models import Credential
from tests.support.factories import NOON, MembershipFactory, MerchantFactory
from tests.support.guests.recoveries import reward_at, said
from tests.support.orders import merchant as merchant_at

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
    """The membership of a marketer, signed in, at a merchant whose organisation is the sandbox's."""
    membership = MembershipFactory(role=Role.MARKETER, merchant=MerchantFactory(capillary_org=ORG))
    client.force_login(membership.user)
    return membership


@pytest.fixture
def forward(monkeypatch, settings):
    """Put the clock forward: `forward(minutes=11)`. No session or sign-in ends meanwhile."""
    settings.SESSION_IDLE = settings.SESSION_LONGEST = settings.RECENT_SIGN_IN = timedelta(days=365)
    # On PostgreSQL the governor asks the database's clock, which a test cannot put forward.
    monkeypatch.setattr("partner_api.pacing.governor._shared_now", timezone.now)
    with time_machine.travel(datetime.now(tz=UTC), tick=True) as traveller:
        yield lambda **by: traveller.shift(timedelta(**by))


@pytest.fixture
def scopes():
    return "all"


@pytest.fixture
def at_thanx(sandbox, client, scopes):
    """The membership of a marketer, signed in, at a merchant of the sandbox whose scopes the portal knows."""
    sandbox.reset(scopes=scopes)
    Credential.objects.create(host=current_host(), scopes=list(sandbox.health()["scopes"]), as_of=NOON)
    merchant = MerchantFactory(thanx_id=merchant_at(sandbox)["id"])
    membership = MembershipFactory(role=Role.MARKETER, merchant=merchant)
    client.force_login(membership.user)
    return membership


@pytest.fixture
def member(sandbox, at_thanx):
    """A member with everything that can be known."""
    where = {"merchant_id": at_thanx.merchant.thanx_id, "per_page": 100}
    users = sandbox.call("GET", "/partner/users", params=where).json()["users"]
    return next(user for user in users if user["phone"] and user["birth_date"] and user["zip_code"])


@pytest.fixture
def few(sandbox, at_thanx):
    """A merchant with few guests and little feedback of its own."""
    sandbox.reset(scopes="all", members=8)
    return at_thanx


@pytest.fixture
def reward(sandbox, few):
    """A reward that can be given for feedback."""
    return reward_at(sandbox, few.merchant)


@pytest.fixture
def bad(sandbox, client, few, reward):
    """A guest's feedback about a bad visit, read by the portal."""
    return said(sandbox, client, few.merchant)
