"""A user at their desk, and a worker that reads while a command waits."""

import pytest

from issuance.audience import intake_step
from issuance.management import waiting
from tests.support.desk import Desk


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def reader(monkeypatch):
    """Let a worker read the waiting drafts whenever the command sleeps."""
    monkeypatch.setattr(waiting.time, "sleep", lambda _: intake_step.read_one_upload())
