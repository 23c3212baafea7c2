"""manage.py certify: the six demonstrations end to end, the verdicts, and the exit code."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from campaigns import halts
from campaigns.models import Campaign
from issuance.models import Issuance
from partner_api.models import Exchange
from partner_api.wire import headers
from tests.support.factories import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def certify(*arguments):
    """Run the command; return its exit code, its JSON document, and its standard error."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("certify", "--json", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        code = error.returncode
        err.write(str(error))
    return code, json.loads(out.getvalue() or "null"), err.getvalue()


def verdicts(told):
    return {line["key"]: line["verdict"] for group in told["groups"] for line in group["lines"]}


@pytest.fixture
def paced_sandbox(sandbox, settings):
    settings.THANX_RATE_PER_SECOND = 5
    return sandbox


def test_a_whole_run_shows_everything_and_nothing_is_red(paced_sandbox):
    code, told, said = certify()

    assert (code, told["ok"], told["failed"]) == (0, True, 0), said
    assert [step["key"] for step in told["demonstrations"] if step["ok"]] == [
        *("discovery", "campaign", "issuance", "monitoring", "failures", "revocation")
    ]
    # Without a web server no webhook can come. Our own sandbox has asked once to slow down.
    open_lines = {key for key, verdict in verdicts(told).items() if verdict == "not shown"}
    assert open_lines - {"polling"} == {"by-webhook"}
    assert AuditEntry.objects.get(action="simulator.pressed").facts["button"] == "429"
    times = paced_sandbox.times_issued()
    assert len(times) == 15
    assert set(times.values()) == {0, 1}  # those by phone were revoked


def test_a_second_run_repeats_no_read_that_the_first_has_just_made(paced_sandbox, settings):
    settings.THANX_POLL_FIRST_SECONDS = 1
    certify()
    _, told, said = certify()

    assert verdicts(told)["repeats"] == "pass", said
    assert Campaign.objects.count() == Issuance.objects.count() / 2 == 2


def test_a_red_line_ends_it_with_1_and_is_named(paced_sandbox, monkeypatch):
    def without_user_agent(**given):
        return {name: value for name, value in headers(**given).items() if name != "User-Agent"}

    monkeypatch.setattr("partner_api.calls.client.wire.headers", without_user_agent)

    code, told, _ = certify("--timeout", "3")

    assert code == 1
    assert verdicts(told)["headers"] == "fail"


def test_what_cannot_be_demonstrated_ends_the_run_and_says_why(paced_sandbox):
    halts.stop(merchant=None, by=None, at=NOON, reason="A wrong price.")

    code, told, said = certify()

    assert (code, told["ok"]) == (1, False)
    assert [step["key"] for step in told["demonstrations"]] == ["discovery", "campaign"]
    assert "A wrong price." in said
    assert not Campaign.objects.exists()


@pytest.mark.usefixtures("db")
def test_it_is_refused_in_production_and_makes_no_call(settings):
    settings.THANX_API_URL, settings.THANX_PRODUCTION = "https://api.thanx.com", True
    settings.THANX_CLIENT_ID = settings.THANX_ACCESS_TOKEN = "real"

    code, told, said = certify()

    assert (code, told) == (1, None)
    assert "production" in said
    assert not Exchange.objects.exists()


@pytest.mark.usefixtures("db")
def test_elsewhere_than_at_our_own_sandbox_guests_must_be_named(settings):
    settings.THANX_API_URL = "https://api.thanxsandbox.com"
    settings.THANX_CLIENT_ID = settings.THANX_ACCESS_TOKEN = "some"

    code, told, said = certify("--email", "ana@example.com")

    assert (code, told) == (2, None)
    assert "--phone" in said
    assert not Exchange.objects.exists()


def test_without_a_credential_it_says_what_to_set(settings):
    settings.THANX_API_URL = ""

    code, _, said = certify()

    assert code == 1
    assert "THANX_API_URL" in said
