"""Workers that are killed, and workers that meet at the same rows: real processes with a database of their own."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.support import crash_scene
from tests.support.root import ROOT
from tests.support.sandbox import Sandbox

LEASE_SECONDS = 2


@pytest.fixture
def thanx():
    with Sandbox() as sandbox:
        sandbox.reset()
        yield sandbox


@pytest.fixture
def play(thanx, tmp_path):
    """Return a function that starts a part of the scene as a process of its own."""
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'crash.sqlite3'}",
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.support.settings.plain_tables",
        "THANX_API_URL": thanx.url,
        "THANX_CLIENT_ID": thanx.client_id,
        "THANX_ACCESS_TOKEN": thanx.token,
        "THANX_RATE_PER_SECOND": "1000",
        "THANX_POLL_FIRST_SECONDS": "1",
        "ENGINE_LEASE_SECONDS": str(LEASE_SECONDS),
    }
    started = []

    def start(part, *arguments):
        command = [sys.executable, "-m", "tests.support.crash_scene", part, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def campaign_of(thanx):
    campaign = thanx.campaign()
    [known] = thanx.books()["campaigns"]
    return {**campaign, "merchant_id": known["merchant_id"]}


def told(process):
    output, _ = process.communicate(timeout=500)
    assert process.returncode == 0
    return json.loads(output)


def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.mark.slow
def test_a_worker_killed_between_sending_and_recording_issues_nothing_twice(thanx, play):
    told(play("set_up", json.dumps(campaign_of(thanx))))
    thanx.fault("hang", method="POST", path="/partner/campaigns/issue", when="after", seconds=60, times=1)
    victim = play("work")
    wait_until(thanx.jobs)

    victim.send_signal(signal.SIGKILL)
    victim.wait()
    batch = told(play("work_until_done"))

    assert (batch["state"], batch["issued"], batch["attempts"]) == ("completed", len(crash_scene.VALUES), 2)
    assert batch["moves"][:4] == ["claimed", "lease_expired", "claimed", "accepted"]
    assert thanx.times_issued() == dict.fromkeys(crash_scene.VALUES, 1)
    sent = thanx.requests("/partner/campaigns/issue")
    assert {one["headers"]["X-Idempotency-Key"] for one in sent} == {batch["key"]}
    assert len({one["body_sha256"] for one in sent}) == 1


@pytest.mark.slow
def test_a_worker_killed_while_revoking_does_not_revoke_in_vain(thanx, play):
    told(play("set_up", json.dumps(campaign_of(thanx))))
    told(play("work_until_done"))
    told(play("ask_to_revoke"))
    thanx.fault("hang", method="POST", path="^/partner/issuance_jobs/.*/revoke$", when="after", seconds=60, times=1)
    victim = play("work")
    wait_until(lambda: thanx.jobs()[0]["state"] in {"revoking", "revoked"})

    victim.send_signal(signal.SIGKILL)
    victim.wait()
    batch = told(play("work_until_done"))

    assert batch["state"] == "revoked"
    assert thanx.times_issued() == dict.fromkeys(crash_scene.VALUES, 0)
    assert len([one for one in thanx.requests() if one["path"].endswith("/revoke")]) == 1


@pytest.mark.slow
def test_of_two_workers_that_come_at_once_only_one_sends(thanx, play):
    told(play("set_up", json.dumps(campaign_of(thanx))))
    thanx.fault("hang", method="POST", path="/partner/campaigns/issue", when="late", seconds=1)

    workers = [play("work_until_done") for _ in range(2)]
    batches = [told(worker) for worker in workers]

    assert [batch["state"] for batch in batches] == ["completed"] * 2
    assert len(thanx.requests("/partner/campaigns/issue")) == 1
    assert batches[0]["moves"].count("claimed") == 1
