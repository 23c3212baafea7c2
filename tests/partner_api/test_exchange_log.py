from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.core import serializers
from django.db import transaction

from partner_api import connect, errors, wire
from partner_api.answers.jobs import Identifier
from partner_api.models import Exchange, Grant, Limiter
from partner_api.priority import Priority

pytestmark = pytest.mark.django_db

GUEST = "jane.doe@guest.example"
PHONE = "+12025550123"


def client(about: str = "batch:12", **options):
    return connect.thanx(priority=Priority.SUBMISSION, merchant="", about=about, **options)


def order(*values: str) -> bytes:
    return wire.issue_body(
        campaign_id="c", merchant_id="m", variant_id="v", identifiers=[Identifier("email", value) for value in values]
    )


def issue(key=None, **options):
    with pytest.raises(errors.PartnerError) as caught:
        client(**options).issue(key=key or uuid4(), body=order(GUEST, PHONE))
    return caught.value


def test_an_exchange_is_recorded_with_everything_but_secrets(sandbox):
    client(about="catalog").locations(merchant_id=client().merchants()[0].id)

    row = Exchange.objects.latest("id")
    assert (row.method, row.path_template, row.status, row.error_class) == ("GET", "/partner/locations", 200, "")
    assert (row.about, row.attempt, row.idempotency_key) == ("catalog", 1, None)
    assert row.host in sandbox.url
    assert row.query_names == ["merchant_id", "page", "per_page"]
    assert {"Authorization", "X-ClientId", "Accept-Version", "Content-Type", "User-Agent"} <= set(row.header_names)
    assert row.ms < 5000


def test_a_write_is_recorded_with_key_digest_and_size(sandbox):
    issue(key := uuid4())

    row = Exchange.objects.get()
    assert (row.idempotency_key, row.body_size) == (key, len(order(GUEST, PHONE)))
    assert row.body_digest == sha256(order(GUEST, PHONE)).hexdigest()
    assert "X-Idempotency-Key" in row.header_names


def test_attempts_are_counted_per_key(sandbox):
    key = uuid4()
    sandbox.fault("server_error", path="/partner/campaigns/issue")
    issue(key)
    issue(key)
    issue()

    assert [row.attempt for row in Exchange.objects.order_by("id")] == [1, 2, 1]


def test_attempts_without_a_key_are_counted_per_purpose(sandbox):
    for about in ("batch:1", "batch:1", "batch:2"):
        with pytest.raises(errors.NotFound):
            client(about=about).revoke(id="no-such-job", merchant_id="m")

    assert [row.attempt for row in Exchange.objects.order_by("id")] == [1, 2, 1]


def test_consent_is_asked_at_the_reserved_time_and_without_it_nothing_is_sent(sandbox):
    error = issue(consent=lambda: not Exchange.objects.exists())

    row = Exchange.objects.get()
    assert isinstance(error, errors.Withheld)
    assert (row.status, row.error_class) == (None, "Withheld")
    assert sandbox.requests() == []


def test_a_refusal_is_recorded_by_class_and_code(sandbox):
    sandbox.fault("forbidden")
    issue()

    row = Exchange.objects.get()
    assert (row.status, row.error_class, row.error_code) == (403, "ScopeMissing", "FORBIDDEN")
    assert row.outcome == "403 ScopeMissing"


def test_a_request_that_never_left_is_recorded_too(sandbox, settings):
    settings.THANX_API_URL = "http://127.0.0.1:1"

    error = issue()

    row = Exchange.objects.get()
    assert (type(error), row.status, row.error_class) == (errors.NotSent, None, "NotSent")


def test_the_same_path_of_two_things_is_told_apart_without_naming_them(sandbox):
    for merchant_id in ("one", "two", "one"):
        with pytest.raises(errors.PartnerError):
            client(about="").revoke(id=merchant_id, merchant_id="m")

    first, second, third = Exchange.objects.order_by("id").values_list("target", flat=True)
    assert first == third != second


def test_a_call_too_far_ahead_is_not_sent_and_says_when(sandbox, settings):
    settings.THANX_RATE_PER_15_MINUTES = 1
    client().scopes()

    with pytest.raises(errors.NotSent) as caught:
        client(max_wait=timedelta(seconds=5)).merchants()

    ahead = caught.value.not_before - Exchange.objects.get().at
    assert timedelta(minutes=15) <= ahead < timedelta(minutes=16)
    assert (caught.value.method, caught.value.path) == ("GET", "/partner/merchants")
    assert len(sandbox.requests("/partner")) == 1


def test_a_429_stops_the_next_request_of_any_client(sandbox):
    sandbox.fault("rate_limited", times=1)
    issue()

    with pytest.raises(errors.NotSent):
        client(max_wait=timedelta(0)).scopes()

    assert Limiter.objects.get().paused_until is not None
    assert (Exchange.objects.count(), Grant.objects.count()) == (1, 1)


def test_the_wait_for_the_governor_is_recorded(sandbox, settings):
    settings.THANX_IDENTICAL_READS_APART = timedelta(seconds=0.5)

    client().scopes()
    client().scopes()

    first, second = Exchange.objects.order_by("id")
    assert first.waited_ms < second.waited_ms
    assert second.at - first.at >= timedelta(seconds=0.5)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_from_within_a_transaction(sandbox):
    with transaction.atomic(), pytest.raises(RuntimeError):
        client().scopes()

    assert sandbox.requests("/partner") == []


@pytest.mark.parametrize("kind", ["server_error", "missing_code", "html_error", "cut_off", "truncated_json"])
def test_neither_credential_nor_guest_reaches_the_exchange_log_or_an_error(sandbox, kind, caplog):
    caplog.set_level("DEBUG")
    sandbox.fault(kind, path="/partner/campaigns/issue", status=400)
    error = issue()
    with pytest.raises(errors.PartnerError):
        client().campaign(id=GUEST)

    rows = serializers.serialize("json", [*Exchange.objects.all(), *Grant.objects.all(), *Limiter.objects.all()])
    for secret in (sandbox.token, sandbox.client_id, GUEST, GUEST.replace("@", "%40"), PHONE):
        assert secret not in rows + str(error) + repr(error)
        assert secret not in caplog.text
