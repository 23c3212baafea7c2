"""Fixtures of the tests of certification: an operator, a credential of a sandbox, and a batch that can be sent."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from tests.issuance.conftest import batch, campaign, clock
from tests.support.factories import UserFactory

__all__ = ["batch", "campaign", "clock"]


@pytest.fixture
def operator(client):
    """Return a client that an operator has signed in with, who has the second factor that production asks for."""
    user = UserFactory(is_staff=True)
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)
    return client


@pytest.fixture
def thanx(settings):
    """Connect to the host of Thanx's sandbox. No test calls it."""
    settings.THANX_API_URL = "https://api.thanxsandbox.com"
    settings.THANX_CLIENT_ID = settings.THANX_ACCESS_TOKEN = "some-credential"
