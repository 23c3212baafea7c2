"""The client in three lines, as documented: alone without Django, and in the portal's shell."""

import re
import subprocess
import sys

import pytest
from django.utils import timezone

from partner_api import alone, errors
from partner_api.calls.caller import ThanxHost
from partner_api.calls.client import ThanxClient
from partner_api.calls.transport import new_session
from partner_api.pacing import windows
from partner_api.wire import Call
from tests.support.root import ROOT

EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "partner-api.md").read_text(), re.DOTALL)
CREDENTIAL = {"url": "http://127.0.0.1:9", "client_id": "id", "token": "token"}


def lines_of(example):
    return [line.removeprefix(">>> ") for line in example.splitlines()]


def names_at(sandbox):
    return [one["name"] for one in sandbox.call("GET", "/partner/merchants").json()["merchants"]]


def test_three_documented_lines_work_in_a_plain_python_shell(sandbox):
    lines = lines_of(EXAMPLES[0])
    typed = "\n".join(lines).replace("https://api.thanxsandbox.com", sandbox.url)
    typed = typed.replace('client_id="…"', f'client_id="{sandbox.client_id}"').replace(
        'token="…"', f'token="{sandbox.token}"'
    )
    shell = [sys.executable, "-i", "-c", ""]

    asked = f"{typed}\nimport sys; sys.modules.get('django')\n"
    done = subprocess.run(shell, input=asked, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    assert len(lines) == 3
    assert done.stdout.splitlines() == [str(names_at(sandbox))]


@pytest.mark.django_db(transaction=True)
def test_three_documented_lines_work_in_the_portals_shell(sandbox):
    lines, known = lines_of(EXAMPLES[1]), {}

    exec("\n".join(lines[:-1]), known)

    assert len(lines) == 3
    assert eval(lines[-1], known) == names_at(sandbox)


class Time:
    """Time that passes with `sleep`."""

    def __init__(self):
        self.now = 1_000.0

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def log(clock):
    return alone.PacedExchangeLog(steady=lambda: clock.now, sleep=clock.sleep)


def test_no_six_calls_leave_within_a_second(log, clock):
    left = []
    for number in range(30):
        log.open(call=Call("POST", f"/{number}"), header_names=[])
        left.append(clock.now)

    assert min(late - early for early, late in zip(left, left[5:], strict=False)) >= 1
    assert clock.now - 1_000 < 30 / 5 * 1.2


def test_no_more_calls_leave_in_a_quarter_of_an_hour_than_thanx_allows(log, clock):
    for number in range(2_000):
        log.open(call=Call("POST", f"/{number}"), header_names=[])
        clock.sleep(0.2)

    log.open(call=Call("POST", "/one more"), header_names=[])

    assert clock.now - 1_000 >= windows.QUARTER_HOUR.total_seconds()


def test_the_same_read_is_not_repeated_at_once_but_another_is(log, clock):
    for template in ("/a", "/b", "/a"):
        log.open(call=Call("GET", template), header_names=[])

    assert 2 < clock.now - 1_000 < 3


def test_a_429_is_waited_out(log, clock):
    log.open(call=Call("GET", "/a"), header_names=[]).close(status=429, error=errors.RateLimited())

    log.open(call=Call("GET", "/b"), header_names=[])

    assert clock.now - 1_000 >= 60


def test_the_path_that_answered_is_asked_first_the_next_time(sandbox, log):
    sandbox.reset(dialect="other")
    host = ThanxHost(url=sandbox.url, client_id=sandbox.client_id, token=sandbox.token, partner="tests")
    client = ThanxClient(host=host, exchange_log=log, session=new_session(loopback=True), clock=timezone.now)

    client.scopes()
    client.scopes()

    usual, other = "/partner/scopes", "/partner/metadata/scopes"
    assert [one["path"] for one in sandbox.requests() if "scopes" in one["path"]] == [usual, other, other]


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [
        ({"token": ""}, "THANX_ACCESS_TOKEN is missing."),
        ({"url": "http://api.thanxsandbox.com"}, "must begin with https://"),
        ({"url": "https://api.thanx.com"}, "THANX_PRODUCTION"),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_sent(otherwise, said):
    with pytest.raises(errors.NotConfigured) as refusal:
        alone.client(**{**CREDENTIAL, **otherwise})

    assert said in refusal.value.remedy
