"""Capillary's rewards API, asked over HTTP."""

import pytest

from partner_api import connect, errors
from partner_api.calls.capillary import CapillaryClient, CapillaryHost, CodeCase, headers
from partner_api.models import Exchange
from tests.support.servers.odd_server import OddServer, answer

CUSTOMER = "383428154"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def capillary(sandbox, settings):
    settings.CAPILLARY_URL = [sandbox.url]
    settings.CAPILLARY_USERNAME, settings.CAPILLARY_PASSWORD = "capillary-user", "capillary-password"
    settings.CAPILLARY_TOKEN = ""
    return settings


def ask(transaction="84631", **options):
    return connect.capillary().issual(customer_id=CUSTOMER, transaction_id=transaction, **options)


@pytest.mark.parametrize(
    ("case", "code"),
    [(CodeCase.UPPER, "LION-7KQ2-XY"), (CodeCase.LOWER, "lion-7kq2-xy"), (CodeCase.AS_IT_IS, "Lion-7Kq2-Xy")],
)
def test_voucher_codes_come_in_the_case_asked_for(capillary, case, code):
    found = ask(code_case=case)

    assert [voucher.code for voucher in found.vouchers] == [code]


def test_a_token_signs_in_as_well(capillary):
    capillary.CAPILLARY_USERNAME = capillary.CAPILLARY_PASSWORD = ""
    capillary.CAPILLARY_TOKEN = "capillary-token"

    assert ask().transaction_id == "84631"


def test_a_token_counts_more_than_name_and_password():
    assert "Authorization" not in headers(host=CapillaryHost(url="https://x", username="a", password="b", token="t"))
    assert headers(host=CapillaryHost(url="https://x", username="a", password="b"))["Authorization"] == "Basic YTpi"


def test_json_within_strings_is_decoded(capillary):
    found = ask("84630")

    assert found.vendor_rewards[0]["miles"] == 2500
    assert found.points.references == ("4xyMsS", "s74PLp")
    assert found.fulfilment is None
    assert found.fulfilment_log == ()


def test_an_unknown_reward_is_not_found_whatever_the_status(capillary):
    with pytest.raises(errors.NotFound) as refusal:
        ask("1")

    assert (refusal.value.status, refusal.value.code) == (400, "6004")


def test_a_wrong_credential_is_refused(capillary):
    capillary.CAPILLARY_PASSWORD = "wrong"

    with pytest.raises(errors.CredentialsRefused):
        ask()


def test_without_a_credential_nothing_is_asked(settings):
    settings.CAPILLARY_USERNAME = settings.CAPILLARY_PASSWORD = settings.CAPILLARY_TOKEN = ""

    with pytest.raises(errors.NotConfigured, match="CAPILLARY_TOKEN"):
        ask()

    assert not Exchange.objects.exists()


def test_a_host_outside_the_settings_is_not_asked(capillary):
    with pytest.raises(errors.NotConfigured):
        connect.capillary(host="elsewhere.example")


def test_the_exchange_log_holds_neither_customer_nor_credential(capillary):
    ask()

    row = Exchange.objects.get()
    kept = " ".join(str(value) for value in vars(row).values())
    assert row.path_template.endswith("/customer/{customer}/issuals/{transaction}")
    assert row.host == capillary.CAPILLARY_URL[0].removeprefix("http://")
    assert CUSTOMER not in kept
    assert "capillary-password" not in kept


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<html>busy</html>", errors.Unavailable),
        (b'{"status": [{"success": true}], "data": null}', errors.Unavailable),
        (b'{"status": [{"success": true}], "data": {"customerId": 1}}', errors.Unavailable),
        (b'{"status": {"success": false, "code": 6004, "message": "x"}}', errors.NotFound),
        (b'{"status": [{"success": false, "code": 9001, "message": "x"}], "data": {}}', errors.Refused),
    ],
)
def test_odd_answers_are_classified(settings, body, error):
    settings.CAPILLARY_TOKEN = "token"
    with OddServer(answer(body)) as server:
        settings.CAPILLARY_URL = [server.url]

        with pytest.raises(error):
            ask()


def test_the_client_shows_no_secret_of_its_host():
    host = CapillaryHost(url="https://x", username="name", password="hidden", token="veiled")

    assert not any(word in repr(host) for word in ("name", "hidden", "veiled"))
    assert CapillaryClient.issual.__doc__
