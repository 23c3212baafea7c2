"""Settings under which limits, mails or second factors of the entrance would be void are told of."""

import pytest

from accounts.entrance import checks

PROXY, DIRECT = "127.0.0.1", "0.0.0.0"


def ids(found):
    return [message.id for message in found]


@pytest.mark.parametrize(
    ("proxies", "tls", "host", "expected"),
    [
        (0, True, DIRECT, ["accounts.E001"]),
        (0, False, PROXY, ["accounts.E001"]),
        (0, False, "localhost", ["accounts.E001"]),
        (0, False, DIRECT, []),
        (0, False, "portal.internal", []),
        (1, True, PROXY, []),
    ],
)
def test_a_proxy_that_is_not_counted_hides_who_calls(settings, proxies, tls, host, expected):
    settings.DEBUG, settings.BEHIND_TLS, settings.HOST = False, tls, host
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    assert ids(checks.client_addresses_are_known()) == expected


@pytest.mark.parametrize(
    ("backend", "expected"), [("dummy", ["accounts.W001"]), ("console", ["accounts.W001"]), ("smtp", [])]
)
def test_an_installation_that_sends_no_mail_is_told(settings, backend, expected):
    settings.DEBUG, settings.EMAIL_BACKEND = False, f"django.core.mail.backends.{backend}.EmailBackend"

    assert ids(checks.mail_is_sent()) == expected


@pytest.mark.parametrize(("named", "expected"), [(["operator", "manager"], []), (["boss"], ["accounts.E002"])])
def test_a_second_factor_for_a_role_that_there_is_not_is_refused(settings, named, expected):
    settings.SECOND_FACTOR_FOR = named

    assert ids(checks.factors_name_roles()) == expected
