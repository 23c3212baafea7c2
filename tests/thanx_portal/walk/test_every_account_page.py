"""The pages of allauth, asked by a visitor and from an open session: what each is open for, and what it changes."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import URLPattern, get_resolver

from tests.support.factories import MerchantFactory
from tests.thanx_portal.walk.people import STRANGER, VISITOR, Watched, visitor

pytestmark = pytest.mark.django_db

METHODS = ("get", "head", "post")
FRESH = ("/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/")

OPEN_TO_VISITORS = {
    *("account_login", "account_signup", "account_inactive", "account_email_verification_sent"),
    *("account_confirm_email", "account_reset_password", "account_reset_password_done"),
    *("account_reset_password_from_key", "account_reset_password_from_key_done"),
    *("socialaccount_login_cancelled", "socialaccount_login_error"),
}
"""What a user needs who has not signed in yet."""

LEAD_TO_SIGN_IN = {
    *("account_logout", "account_confirm_login_code", "mfa_authenticate", "mfa_login_webauthn", "socialaccount_signup"),
    *("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_email", "mfa_index"),
    *("mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
    *("mfa_download_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn"),
    *("mfa_edit_webauthn", "socialaccount_connections"),
}

ASK_FOR_A_FRESH_PROOF = {
    *("mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
    *("mfa_download_recovery_codes", "mfa_add_webauthn"),
}
"""An open session is no proof that its user is there."""

EXIST_WITH_A_FACTOR = {"mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes"}

WHERE_NO_PROVIDER_IS_SET_UP = {"openid_connect_login", "openid_connect_callback"}


def pages() -> dict[str, str]:
    """Return the address of each page of allauth by its name, without those that a page of ours replaces."""
    found: dict[str, str] = {}
    ours = {entry.name for entry in get_resolver().url_patterns if isinstance(entry, URLPattern)}
    for address, name in _named(get_resolver()):
        if address.startswith("accounts/") and name and name not in ours:
            found.setdefault(name, "/" + _filled(address))
    return found


def _named(resolver, prefix=""):
    for entry in resolver.url_patterns:
        address = prefix + str(entry.pattern)
        yield from [(address, entry.name)] if isinstance(entry, URLPattern) else _named(entry, address)


def _filled(address: str) -> str:
    values = {r"^confirm-email/(?P<key>[-:\w]+)/$": "confirm-email/none/", "<int:pk>": "1"}
    values |= {
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "password/reset/key/1-none/",
        r"^(?P<provider_id>[^/]+)/": "sso/",
    }
    for pattern, value in values.items():
        address = address.replace(pattern, value)
    return address


def asked(client: Client, address: str) -> tuple[set[str], list[str]]:
    """Return how all methods are answered, each "open", "hidden" or where they lead, and what they change."""
    with Watched() as watched:
        answers = [getattr(client, method)(address) for method in METHODS]
    return {_told(answer) for answer in answers}, watched.changes


def _told(answer) -> str:
    if answer.status_code in (404, 405):
        return "hidden"
    return answer.get("Location", "open").partition("?")[0]


def test_every_page_of_allauth_is_known():
    known = OPEN_TO_VISITORS | LEAD_TO_SIGN_IN | WHERE_NO_PROVIDER_IS_SET_UP

    assert pages().keys() == known


def test_a_visitor_is_led_to_the_sign_in_and_changes_nothing():
    client, found = visitor(VISITOR, MerchantFactory()).client, pages()
    answers = {name: asked(client, found[name]) for name in sorted(LEAD_TO_SIGN_IN)}

    wrong = {name: seen for name, (seen, _) in answers.items() if seen - {"/accounts/login/", "/"}}
    assert wrong == {}
    assert {name: changes for name, (_, changes) in answers.items() if changes} == {}


def test_what_is_open_to_visitors_changes_nothing_for_an_empty_form():
    client, found = visitor(VISITOR, MerchantFactory()).client, pages()

    assert {name: asked(client, found[name])[1] for name in OPEN_TO_VISITORS if asked(client, found[name])[1]} == {}


@pytest.mark.parametrize("has_factor", [False, True])
def test_an_open_session_is_asked_for_a_fresh_proof_and_changes_nothing(has_factor):
    who, found = visitor(STRANGER, MerchantFactory()), pages()
    if has_factor:
        TOTP.activate(who.user, generate_totp_secret())
        RecoveryCodes.activate(who.user)
    answers = {name: asked(who.client, found[name]) for name in sorted(ASK_FOR_A_FRESH_PROOF)}

    wrong = {name: seen for name, (seen, _) in answers.items() if seen - {"hidden"} != {FRESH[has_factor]}}
    assert wrong.keys() == (set() if has_factor else EXIST_WITH_A_FACTOR)
    assert all(seen == {"hidden"} for seen in wrong.values())
    assert {name: changes for name, (_, changes) in answers.items() if changes} == {}


def test_without_a_provider_its_pages_do_not_exist():
    client, found = visitor(VISITOR, MerchantFactory()).client, pages()

    assert {name: asked(client, found[name]) for name in WHERE_NO_PROVIDER_IS_SET_UP} == dict.fromkeys(
        WHERE_NO_PROVIDER_IS_SET_UP, ({"hidden"}, [])
    )
