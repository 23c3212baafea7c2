from datetime import timedelta

import pytest
from django.contrib.admin.sites import site
from django.core import checks

from partner_api import connect, errors
from partner_api.models import Exchange, Limiter
from partner_api.priority import Priority


@pytest.fixture
def configured(settings):
    settings.THANX_API_URL = "https://api.thanxsandbox.com"
    settings.THANX_CLIENT_ID = "client"
    settings.THANX_ACCESS_TOKEN = "token-that-nobody-may-see"
    return settings


def findings():
    return checks.run_checks(tags=["partner_api"])


def test_but_in_tests_identical_reads_are_two_and_a_half_seconds_apart(settings):
    assert timedelta(seconds=2.5) == settings.THANX_IDENTICAL_READS_APART


@pytest.mark.parametrize(
    ("url", "label", "is_local"),
    [
        ("https://api.thanx.com", "PRODUCTION", False),
        ("https://api.thanx.com/", "PRODUCTION", False),
        ("https://api.thanxsandbox.com", "SANDBOX", False),
        ("http://127.0.0.1:9000", "SANDBOX", True),
        ("http://localhost:9000", "SANDBOX", True),
        ("", "NOT CONNECTED", False),
        ("https://api.thanx.com:port", "NOT CONNECTED", False),
    ],
)
def test_the_badge_says_which_thanx_this_is(configured, url, label, is_local):
    configured.THANX_API_URL = url
    configured.THANX_PRODUCTION = label == "PRODUCTION"

    environment = connect.environment()

    assert (environment.label, environment.is_local) == (label, is_local)


@pytest.mark.parametrize("name", ["THANX_API_URL", "THANX_CLIENT_ID", "THANX_ACCESS_TOKEN"])
def test_a_half_configured_connection_gives_no_client_and_names_what_is_missing(configured, name):
    setattr(configured, name, "")

    with pytest.raises(errors.NotConfigured, match=name):
        connect.thanx(priority=Priority.CATALOG, merchant="")

    assert connect.environment().label == "NOT CONNECTED"
    assert connect.budget() is None


@pytest.mark.django_db
def test_a_client_hides_its_credential(configured):
    client = connect.thanx(priority=Priority.CATALOG, merchant="")

    assert "token" not in repr(client) + repr(vars(client)) + repr(connect.configuration())


def test_a_person_is_not_kept_waiting_as_long_as_a_worker(configured):
    waits = {priority: connect._longest_wait(priority) for priority in Priority}

    assert waits[Priority.USER_ACTION] == timedelta(seconds=10)
    assert waits[Priority.SUBMISSION] < configured.ENGINE_LEASE


def test_a_complete_connection_passes_every_check(configured):
    assert findings() == []


@pytest.mark.parametrize("name", ["THANX_API_URL", "THANX_CLIENT_ID", "THANX_ACCESS_TOKEN"])
def test_what_is_absent_is_a_warning_so_that_the_portal_starts(configured, name):
    setattr(configured, name, "")

    (finding,) = findings()

    assert isinstance(finding, checks.Warning)
    assert name in finding.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("THANX_API_URL", "api.thanx.com"),
        ("THANX_API_URL", "ftp://api.thanx.com"),
        ("THANX_API_URL", "http://api.thanxsandbox.com"),
        ("THANX_API_URL", "https://api.thanx.com/partner"),
        ("THANX_API_URL", "https://user:pass@api.thanx.com"),
        ("THANX_API_URL", "https://[::1"),
        ("THANX_ACCESS_TOKEN", "token-that-nobody-may-see\n"),
        ("THANX_CLIENT_ID", "clïent"),
        ("THANX_PARTNER_NAME", "two words"),
        ("THANX_PARTNER_NAME", ""),
        ("THANX_RATE_PER_SECOND", 6),
        ("THANX_RATE_PER_SECOND", 0),
        ("THANX_RATE_PER_15_MINUTES", 2001),
    ],
)
def test_what_cannot_be_right_is_an_error_that_quotes_no_credential(configured, name, value):
    configured.DEBUG = False
    setattr(configured, name, value)

    (finding,) = findings()

    assert isinstance(finding, checks.Error)
    assert name in finding.msg
    assert "nobody-may-see" not in str(finding)


def test_another_host_may_be_asked_faster(configured):
    configured.THANX_API_URL = "http://127.0.0.1:9000"
    configured.THANX_RATE_PER_SECOND = 500

    assert findings() == []


@pytest.mark.parametrize("model", [Exchange, Limiter])
def test_the_admin_only_watches(model, rf):
    shown = site.get_model_admin(model)

    assert not shown.has_add_permission(rf.get("/"))
    assert not shown.has_change_permission(rf.get("/"))
    assert not shown.has_delete_permission(rf.get("/"))
