"""Log lines, and the correlation that leads from a click to the calls that it caused."""

import io
import json
import logging
import logging.config
import threading
import uuid
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from accounts.models import AuditEntry, Role
from campaigns.catalog.credential import refresh_credential
from engine import correlation
from engine.steps import Step
from issuance.models import Batch, BatchEvent
from partner_api.models import Exchange
from tests.issuance.conftest import campaign_at
from tests.support.audiences import take_in
from tests.support.factories import MembershipFactory
from tests.support.steps import poll_one_batch, submit_one_batch
from thanx_portal.http import logs
from thanx_portal.management.commands.web import options

CLICK = "0123456789abcdef0123456789abcdef"
SECRET = "ana@example.com"


@contextmanager
def written(*, form="json", level="DEBUG", debug=False):
    """Log with these settings; return what was written."""
    out = io.StringIO()
    configuration = logs.logging_configuration(form=form, level=level, debug=debug)
    configuration["handlers"]["stderr"]["stream"] = out
    before = {name: logging.getLogger(name).level for name in ("", *configuration["loggers"])}
    handlers = logging.root.handlers[:]
    logging.config.dictConfig(configuration)
    try:
        yield out
    finally:
        logging.root.handlers = handlers
        for name, old in before.items():
            logging.getLogger(name).setLevel(old)
            logging.getLogger(name).filters.clear()


def lines(out):
    return [json.loads(line) for line in out.getvalue().splitlines()]


def step(work):
    return Step(name="a step", work=work, slots=threading.Semaphore(1))


def raise_with_a_guest():
    raise ValueError(f"no such guest: {SECRET}")


# --- One line ------------------------------------------------------------------------------------------------


def test_each_line_is_a_document_with_its_correlation():
    with written() as out, correlation.bound(CLICK):
        logging.getLogger("issuance").info("sent %s", 3)

    (line,) = lines(out)
    assert line.pop("at").endswith("+0000")
    assert line == {"level": "INFO", "logger": "issuance", "message": "sent 3", "correlation": CLICK}


def test_only_known_facts_are_added_to_a_line(rf):
    request = rf.get("/", {"q": SECRET})
    with written() as out:
        logging.getLogger("django.x").warning("odd", extra={"request": request, "status": 404, "user": SECRET})

    assert SECRET not in out.getvalue()
    assert lines(out)[0]["status"] == 404


@pytest.mark.parametrize("form", ["json", "plain"])
def test_an_error_is_told_by_class_and_place_without_its_text(form):
    with written(form=form) as out:
        try:
            raise_with_a_guest()
        except ValueError:
            logging.getLogger("x").exception("it broke")

    assert "ValueError at test_logs.py" in out.getvalue()
    assert SECRET not in out.getvalue()


def test_a_developer_sees_the_whole_error():
    with written(form="plain", debug=True) as out:
        try:
            raise_with_a_guest()
        except ValueError:
            logging.getLogger("x").exception("it broke")

    assert "Traceback" in out.getvalue()


def test_a_strangers_host_or_address_writes_no_error(client):
    with written() as out:
        client.get("/accounts/login/", headers={"host": "evil.example"})
        client.get(f"/m/{'a' * 17_000}/")
        said = lines(out)

    assert {line["level"] for line in said if line["logger"].startswith("django.security.")} == {"WARNING"}
    assert "ERROR" not in {line["level"] for line in said}


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="LOG_FORMAT is json or plain"):
        logs.logging_configuration(form="xml", level="INFO", debug=False)


@pytest.mark.django_db
def test_statements_with_their_values_are_never_written():
    with written() as out, connection.cursor() as cursor:
        cursor.execute("SELECT %s", [SECRET])

    assert SECRET not in out.getvalue()


# --- Requests ------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def proxy_that_names_requests(settings):
    settings.REQUEST_ID_FROM_PROXY = True


def test_a_stranger_cannot_name_a_request(client, settings):
    settings.REQUEST_ID_FROM_PROXY = False

    assert client.get("/healthz", headers={"X-Request-ID": CLICK})["X-Request-ID"] != CLICK


@pytest.mark.parametrize("given", [CLICK, str(uuid.UUID(CLICK))])
def test_a_proxy_may_name_the_request(client, given):
    assert client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", SECRET, "+12125550123", "12125550123", CLICK + "0", f"{CLICK}\n"])
def test_whatever_else_is_sent_as_a_name_is_replaced(client, given):
    named = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]

    assert uuid.UUID(named).version == 4


@pytest.mark.django_db
def test_a_request_leaves_one_line_with_its_route_and_without_its_query(client):
    client.force_login(MembershipFactory(merchant__handle="tacos").user)
    with written(level="INFO") as out:
        client.get("/m/tacos/issuances/", {"q": SECRET}, headers={"X-Request-ID": CLICK})

    (line,) = lines(out)
    assert (line["method"], line["route"], line["status"]) == ("GET", "m/<slug:handle>/issuances/", 200)
    assert (line["correlation"], line["logger"]) == (CLICK, "portal.access")
    assert SECRET not in out.getvalue()


@pytest.mark.django_db
def test_an_address_that_leads_nowhere_is_not_written(client):
    with written() as out:
        client.get(f"/guests/{SECRET}")

    assert [line["status"] for line in lines(out)] == [404]
    assert SECRET not in out.getvalue()


@pytest.mark.django_db
def test_probes_are_quiet(client):
    with written(level="INFO") as out:
        client.get("/healthz")
        client.get("/readyz")

    assert out.getvalue() == ""


@pytest.mark.django_db
def test_a_failed_request_shows_the_number_that_the_log_names(client):
    def break_down(*_):
        raise OperationalError(SECRET)

    client.force_login(MembershipFactory().user)
    client.raise_request_exception = False
    with written() as out, connection.execute_wrapper(break_down):
        answer = client.get("/", headers={"X-Request-ID": CLICK})

    assert answer.status_code == 500
    assert CLICK in answer.text
    assert [line["correlation"] for line in lines(out) if "error" in line] == [CLICK]
    assert SECRET not in out.getvalue() + answer.text


def test_the_web_server_keeps_no_log_of_addresses():
    assert "--no-access-log" in options(host="127.0.0.1", port=8000)


# --- From the click to the exchange --------------------------------------------------------------------------


@pytest.fixture
def in_the_worker(transactional_db):
    """A worker's thread, which begins without a correlation."""
    with correlation.bound(""):
        yield


@pytest.fixture
def clicked(in_the_worker, client, sandbox):
    """Confirm an issuance in one request."""
    with correlation.bound(""):
        issuance = take_in(campaign_at(sandbox), "email\nbo@example.com\n")
    client.force_login(MembershipFactory(merchant=issuance.merchant, role=Role.APPROVER).user)
    address = f"/m/{issuance.merchant.handle}/issuances/{issuance.pk}/confirm/"
    assert client.post(address, headers={"X-Request-ID": CLICK}).status_code == 302
    return issuance


def test_a_click_is_named_by_all_that_it_causes(clicked, sandbox):
    assert step(submit_one_batch).run() is True
    Batch.objects.exclude(job_id=None).update(due_at=clicked.created_at)
    assert step(poll_one_batch).run() is True

    assert set(Exchange.objects.values_list("path_template", "correlation")) == {
        ("/partner/campaigns/issue", CLICK),
        ("/partner/issuance_jobs/{id}", CLICK),
    }
    assert AuditEntry.objects.get(action="issuance confirmed").correlation == CLICK
    assert set(BatchEvent.objects.values_list("correlation", flat=True)) == {CLICK}


def test_what_a_step_logs_names_the_click(clicked, sandbox):
    def submit_and_fail():
        submit_one_batch()
        raise_with_a_guest()

    with written() as out:
        step(submit_and_fail).run()

    (line,) = [line for line in lines(out) if line["logger"] == "engine.steps"]
    assert line["correlation"] == CLICK
    assert SECRET not in out.getvalue()


def test_a_unit_of_work_leaves_nothing_to_the_next(clicked, sandbox):
    step(submit_one_batch).run()

    assert correlation.current() == ""


def test_work_that_no_user_asked_for_has_a_number_of_its_own(in_the_worker, sandbox):
    step(refresh_credential).run()

    (number,) = set(Exchange.objects.values_list("correlation", flat=True))
    assert uuid.UUID(number)
