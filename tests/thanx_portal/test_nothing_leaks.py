"""No log, table, page or mail of a run contains a guest or a secret, even if everything goes wrong.

Every logger is at DEBUG here, those of the libraries too, and every SQL statement is logged with its values.
"""

import json
import logging
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.forms.models import model_to_dict
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from engine.steps import Step
from issuance.approvals.to_revoke import to_revoke
from issuance.audience import intake_step
from issuance.followup import revocation
from issuance.models import Batch
from issuance.states import BatchState
from notifications import mailing
from partner_api.models import Exchange
from partner_api.signatures import sign
from tests.issuance.conftest import campaign_at
from tests.support import steps
from tests.support.audiences import upload
from tests.support.factories import MembershipFactory
from thanx_portal.http.logs import Correlated, Discreet, JsonLines

ISSUE = {"method": "POST", "path": "/partner/campaigns/issue"}
JOBS = {"path": "/partner/issuance_jobs/"}
FILE = (
    "email;phone\n"
    "ana.leak@example.com;\n"
    ";+12125550199\n"
    ";(212) 555-0188\n"
    "notfound.leak@example.com;\n"
    "ANA.LEAK@example.com;\n"
    "no.leak at example.com;\n"
    ";+999000leak\n"
)
GUESTS = ("leak", "2125550199", "555-0188", "5550188")
CREDENTIALS = {"client_id": "client-kept-quiet", "token": "token-kept-quiet"}
SLIP = "Ana (ana.leak@example.com) called from +1 212 555 0188 and complained"
WEBHOOK_SECRET = "webhooks-kept-quiet"


class Ears(logging.Handler):
    """Collect the lines of every logger at DEBUG, in both formats."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.forms = [Discreet("%(name)s %(message)s %(correlation)s"), JsonLines()]
        self.lines: list[str] = []
        self.names: set[str] = set()
        self.addFilter(Correlated())

    def emit(self, record: logging.LogRecord) -> None:
        self.names.add(record.name)
        self.lines += [form.format(record) for form in self.forms]


@pytest.fixture
def ears(monkeypatch):
    heard = Ears()
    loggers = [logging.getLogger(name) for name in sorted(logging.root.manager.loggerDict)]
    for logger in (logging.root, *loggers):
        monkeypatch.setattr(logger, "level", logging.DEBUG)
        monkeypatch.setattr(logger, "propagate", True)
        monkeypatch.setattr(logger, "filters", [])
        logger.manager._clear_cache()
    connection.force_debug_cursor = True
    logging.root.addHandler(heard)
    yield heard
    connection.force_debug_cursor = False
    logging.root.removeHandler(heard)
    logging.root.manager._clear_cache()


@pytest.fixture
def quiet(transactional_db, sandbox, settings):
    """Settings with secrets that are easy to search for."""
    sandbox.reset(**CREDENTIALS)
    settings.THANX_CLIENT_ID, settings.THANX_ACCESS_TOKEN = CREDENTIALS.values()
    settings.THANX_WEBHOOK_SECRETS = [WEBHOOK_SECRET]
    settings.THANX_READ_SECONDS = 0.4
    keys = [settings.SECRET_KEY, *(key.hex() for key in settings.DATA_KEYS)]
    return [*GUESTS, *CREDENTIALS.values(), WEBHOOK_SECRET, *keys]


def work(step, *, times=1):
    """Run this step after any pause that it is in."""
    for _ in range(times):
        Batch.objects.exclude(due_at=None).update(due_at=timezone.now() - timedelta(seconds=1))
        Step(name="a step", work=step, slots=threading.Semaphore(1)).run()


def run_everything(client, sandbox):
    """Upload, read, confirm, send, watch and revoke, with every fault once."""
    issuance = upload(campaign_at(sandbox), FILE)
    Step(name="read", work=intake_step.read_one_upload, slots=threading.Semaphore(1)).run()
    client.force_login(MembershipFactory(merchant=issuance.merchant, role=Role.MANAGER).user)
    client.post(reverse("issuance:confirm", args=[issuance.merchant.handle, issuance.pk]))
    for kind in ("html_error", "truncated_json", "cut_off", "rate_limited", "unauthorized"):
        sandbox.fault(kind, times=1, **ISSUE)
        work(steps.submit_one_batch)
    sandbox.fault("hang", when="after", seconds=1, times=1, **ISSUE)
    work(steps.submit_one_batch, times=3)
    sandbox.fault("server_error", times=1, **JOBS)
    work(steps.poll_one_batch, times=4)
    deliver(client)
    work(steps.digest_one_delivery)
    for name in ("detail", "failures", "left-out", "failures-csv"):
        client.get(reverse(f"issuance:{name}", args=[issuance.merchant.handle, issuance.pk]))
    say_more_than_one_should(client, issuance)
    revoke(issuance, sandbox)
    work(mailing.send_one_email)


def say_more_than_one_should(client, issuance):
    """Type guests' addresses and numbers into every text field."""
    client.post(reverse("issuance:settle", args=[issuance.merchant.handle, issuance.pk]), {"note": SLIP})
    client.post(reverse("issuance:stop-sending", args=[issuance.merchant.handle]), {"reason": SLIP})
    client.post(reverse("issuance:resume-sending", args=[issuance.merchant.handle]))
    asked = {"batches": [], "also_running": False, "rewards": 1, "reason": SLIP, "at": timezone.now()}
    to_revoke.ask(issuance=issuance, by=MembershipFactory(merchant=issuance.merchant).user, **asked)


def deliver(client):
    """Deliver a webhook about the job's end, which names the failed guests, a forged one and an unreadable one."""
    job_id = Batch.objects.exclude(job_id=None).values_list("job_id", flat=True).get()
    failure = {"user_identifier": "notfound.leak@example.com", "reason": "User notfound.leak@example.com not found"}
    data = {
        "issuance_job_id": job_id,
        "state": "completed",
        "issued_count": 3,
        "failed_count": 1,
        "failures": [failure],
    }
    told = json.dumps({"event": "reward_batch.completed", "data": data}).encode()
    for body, secret in ((told, WEBHOOK_SECRET), (told, "forged"), (b'{"leak@example.com"', WEBHOOK_SECRET)):
        signed = {"X-Thanx-Signature": sign(body, secret)}
        client.post(reverse("webhooks-thanx"), data=body, content_type="application/json", headers=signed)


def revoke(issuance, sandbox):
    sandbox.fault("cut_off", when="after", times=1, method="POST", path="^/partner/issuance_jobs/.*/revoke")
    revocation.revoke_batches(issuance=issuance, by=None, at=timezone.now(), reason=SLIP)
    work(steps.revoke_one_batch, times=2)
    work(steps.poll_one_batch)


def rows_of(*models):
    return "\n".join(
        str(model_to_dict(row, fields=[field.name for field in model._meta.fields]))
        for model in models
        for row in model.objects.all()
    )


def everything_kept():
    """Return all rows of all our tables as text. Encrypted values stay encrypted."""
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR}
    return rows_of(*(model for model in apps.get_models() if model._meta.app_label in ours))


def leaked(text, secrets):
    return [secret for secret in secrets if secret.casefold() in text.casefold()]


def test_nothing_that_is_logged_kept_or_mailed_names_a_guest_or_a_key(client, ears, quiet, sandbox, mailoutbox):
    run_everything(client, sandbox)

    assert Batch.objects.exclude(job_id=None).get().state == BatchState.REVOKED
    assert {"urllib3.connectionpool", "django.db.backends", "django.request", "portal.access"} <= ears.names
    assert len(ears.lines) > 500
    assert leaked("\n".join(ears.lines), quiet) == []
    kept = everything_kept()
    assert kept.count("•••") >= 4
    assert leaked(kept, quiet) == []
    assert mailoutbox
    assert leaked("\n".join(mail.message().as_string() for mail in mailoutbox), quiet) == []
    assert {"OutcomeUnknown", "RateLimited", "CredentialsRefused"} <= set(
        Exchange.objects.values_list("error_class", flat=True)
    )


def test_the_scan_would_find_what_it_looks_for(ears, quiet):
    logging.getLogger("urllib3.connectionpool").debug("GET /partner/users?email=%s", "ana.leak@example.com")

    assert leaked("\n".join(ears.lines), quiet) == ["leak"]
