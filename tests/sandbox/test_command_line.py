"""The sandbox starts, stops and restarts as a program."""

import signal
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.support import orders
from tests.support.root import ROOT
from tests.support.sandbox import Sandbox
from tests.support.servers.receiver import SECRET, receiver


def test_a_restart_keeps_campaigns_jobs_edits_and_first_answers(tmp_path):
    arguments = ("--data", str(tmp_path / "thanx.sqlite3"), "--job-seconds", "0", "--rate-per-second", "1000")
    key = str(uuid.uuid4())
    with Sandbox(*arguments) as before:
        template = orders.templates(before, orders.merchant(before)["id"])[0]["id"]
        body = orders.order(before, before.campaign())
        before.unpublish(template)
        first = orders.issue(before, body, key=key)

    with Sandbox(*arguments) as after:
        again = orders.issue(after, body, key=key)

        assert again.json() == first.json()
        assert len(after.jobs()) == 1
        assert template not in {one["id"] for one in orders.templates(after, body["merchant_id"])}


def test_it_starts_quickly_says_where_and_stops_on_either_signal(tmp_path):
    for number in (signal.SIGTERM, signal.SIGINT):
        ready, began = tmp_path / f"ready-{number}", time.monotonic()
        with Sandbox("--ready-file", str(ready)) as sandbox:
            assert ready.read_text() == sandbox.url
            assert time.monotonic() - began < 30

            sandbox.process.send_signal(number)

            assert sandbox.process.wait(timeout=30) == 0


def test_options_of_the_command_line_are_in_force():
    with Sandbox(
        *("--client-id", "mine", "--token", "hush", "--scopes", "rewards.issue,users.read"),
        *("--fault", "server_error:status=503,path=/partner/merchants,times=1", "--rate-per-second", "3"),
    ) as sandbox:
        sandbox.client_id, sandbox.token = "mine", "hush"

        statuses = [sandbox.call("GET", "/partner/merchants").status_code for _ in range(4)]

        assert statuses == [503, 200, 200, 429]
        assert sandbox.health()["scopes"] == ["rewards.issue", "users.read"]


def test_it_stops_while_an_answer_hangs():
    with Sandbox("--fault", "hang:seconds=90") as sandbox, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(requests.get, f"{sandbox.url}/partner/scopes", headers=sandbox.headers(), timeout=80)
        orders.until(lambda: bool(sandbox.requests("/partner/scopes")))

        sandbox.process.terminate()

        assert sandbox.process.wait(timeout=60) == 0
        assert isinstance(waiting.exception(timeout=30), requests.ConnectionError)


def test_it_stops_when_the_process_that_started_it_is_killed():
    starter = "from tests.support.sandbox import Sandbox; s = Sandbox(); print(s.url, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", starter], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert requests.get(f"{url}/_sandbox/health", timeout=5).ok
        parent.kill()

    orders.until(lambda: not answers(url))


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/_sandbox/health", timeout=5).ok
    except requests.ConnectionError:
        return False


def test_a_job_that_outlives_a_restart_is_announced_when_it_ends(tmp_path):
    with receiver() as inbox:
        arguments = ("--data", str(tmp_path / "thanx.sqlite3"), "--webhook-url", inbox.url, "--webhook-secret", SECRET)
        with Sandbox(*arguments, "--rate-per-second", "1000", "--job-seconds", "600") as before:
            job_id = orders.issued_job(before, orders.order(before, before.campaign()))
        assert inbox.deliveries == []

        with Sandbox(*arguments) as after:
            after.finish_job(job_id)
            inbox.wait_for(4)


def test_a_malformed_fault_is_bad_usage():
    command = [sys.executable, "-m", "sandbox", "--fault", "earthquake"]

    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 2
    assert "earthquake" in answer.stderr
