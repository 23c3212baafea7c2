"""Every security header and every cookie flag, by name, as a browser receives them."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.factories import UserFactory
from thanx_portal.http.security_headers import PERMISSIONS

NAMES = (
    *("SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE"),
    *("CSRF_COOKIE_SECURE", "CSRF_COOKIE_SAMESITE", "SECURE_SSL_REDIRECT", "SECURE_PROXY_SSL_HEADER"),
    *("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD", "SECURE_CONTENT_TYPE_NOSNIFF"),
    *("SECURE_REFERRER_POLICY", "SECURE_CROSS_ORIGIN_OPENER_POLICY", "X_FRAME_OPTIONS"),
)
HEADERS = {
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
}
PRINT = "import json; from django.conf import settings; print(json.dumps({{n: getattr(settings, n) for n in {names}}}))"
PRODUCTION = {"DEBUG": "0", "SECRET_KEY": "k" * 50, "DATA_KEYS": "0" * 64, "ALLOWED_HOSTS": "portal.example"}
PASSWORD = "all-the-tacos-26"


def settings_with(folder, **environment):
    """Return the settings of an installation with this environment, as a new process reads them."""
    found = subprocess.run(
        [sys.executable, "-c", PRINT.format(names=NAMES)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "thanx_portal.settings", "VAR_DIR": str(folder), **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(found.stdout)


@pytest.fixture
def in_production(settings, tmp_path):
    """Set what production sets, so that the client gets its headers and cookies."""
    for name, value in settings_with(tmp_path, **PRODUCTION).items():
        setattr(settings, name, value)


def sign_in(client):
    user = UserFactory()
    user.set_password(PASSWORD)
    user.save()
    return client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}, secure=True)


def test_production_sets_every_flag(tmp_path):
    assert settings_with(tmp_path, **PRODUCTION) == {
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "SECURE_SSL_REDIRECT": True,
        "SECURE_PROXY_SSL_HEADER": None,
        "SECURE_HSTS_SECONDS": 365 * 24 * 3600,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_HSTS_PRELOAD": True,
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
    }


@pytest.mark.parametrize(("proxies", "header"), [("0", None), ("1", ["HTTP_X_FORWARDED_PROTO", "https"])])
def test_x_forwarded_proto_is_trusted_only_behind_a_proxy(tmp_path, proxies, header):
    found = settings_with(tmp_path, **PRODUCTION, TRUSTED_PROXY_COUNT=proxies)

    assert found["SECURE_PROXY_SSL_HEADER"] == header


@pytest.mark.usefixtures("in_production")
def test_a_visitor_cannot_claim_https_by_a_header(client):
    answer = client.get("/accounts/login/", headers={"X-Forwarded-Proto": "https"})

    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/accounts/login/")


@pytest.mark.django_db
@pytest.mark.usefixtures("in_production")
@pytest.mark.parametrize("address", ["/accounts/login/", "/no/such/address/", "/healthz"])
def test_every_answer_carries_every_security_header(client, address):
    answer = client.get(address, secure=True)

    found = {name: answer.headers.get(name) for name in HEADERS}
    assert found == HEADERS
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")


@pytest.mark.django_db
@pytest.mark.usefixtures("in_production")
def test_the_cookies_of_a_signed_in_user_have_every_flag(client):
    client.get("/accounts/login/", secure=True)
    sign_in(client)

    session, csrf = client.cookies["sessionid"], client.cookies["csrftoken"]
    assert (session["secure"], session["httponly"], session["samesite"]) == (True, True, "Lax")
    assert (csrf["secure"], csrf["samesite"]) == (True, "Lax")
