"""Fixtures that every package's tests share."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as properties
from pytest_django import Settings

from accounts.models import Role, User
from campaigns.models import Merchant
from tests.support.factories import MembershipFactory
from tests.support.sandbox import FAST, Sandbox

# How long one example takes says something about the machine and its other work, not about the code.
properties.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
properties.load_profile("any machine")

pytest_plugins = ["tests.support.suite"]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """A password's hash is slow on purpose; here that would be most of the run."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def no_grace(settings: Settings) -> None:
    """What is confirmed begins at once, but in the tests of the time before."""
    settings.GRACE = timedelta(0)


@pytest.fixture(autouse=True)
def uploads(settings: Settings, tmp_path: Path) -> Path:
    """Where uploaded files are stored: never the real place."""
    default = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "uploads"}}
    settings.STORAGES = settings.STORAGES | {"default": default}
    return tmp_path / "uploads"


@pytest.fixture
def refused_connections(settings: Settings) -> None:
    """The address of a mail server that refuses connections."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    """One sandbox for the whole run; use the fixture `sandbox`, which starts every test afresh."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox(sandbox_process: Sandbox, settings: Settings) -> Sandbox:
    """A fresh, fast sandbox in which only identifiers spelled to fail do; the settings point at it."""
    sandbox_process.reset()
    settings.THANX_API_URL = sandbox_process.url
    settings.THANX_CLIENT_ID = sandbox_process.client_id
    settings.THANX_ACCESS_TOKEN = sandbox_process.token
    settings.THANX_RATE_PER_SECOND = FAST["rate_per_second"]
    settings.THANX_RATE_PER_15_MINUTES = FAST["rate_per_15_minutes"]
    settings.THANX_IDENTICAL_READS_APART = timedelta(0)
    return sandbox_process


@pytest.fixture
def marketer(client: Client, merchant: Merchant) -> User:
    """A marketer of the test's own `merchant`, signed in to `client`."""
    user: User = MembershipFactory(merchant=merchant, role=Role.MARKETER).user
    client.force_login(user)
    return user
