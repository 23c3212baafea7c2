"""Every address of the portal that opens a page, from its own URL patterns, so that no new page is forgotten."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from django.urls import URLPattern, URLResolver, get_resolver

from tests.browser.portal_process import MERCHANT, Portal

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Page

DJANGOS_OWN = "admin/"
NEED_A_SECRET = {
    "account_confirm_email",  # a key that was mailed
    "account_reset_password_from_key",
    "mfa_edit_webauthn",  # a passkey of hardware
    "mfa_remove_webauthn",
    "mfa_deactivate_totp",  # a second factor that is set up
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "invitation",
    "openid_connect_login",  # a provider that is set up
    "openid_connect_callback",
}
PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+)>")
VALUES = """
import json
from django.apps import apps
def ids(label, **only):
    rows = apps.get_model(label).objects.filter(**only).order_by("pk")
    has_state = any(field.name == "state" for field in rows.model._meta.fields)
    return list({row.state: row.pk for row in rows}.values()) if has_state else [row.pk for row in rows.reverse()[:1]]
from campaigns.models import Merchant
from issuance.jobs.guest_search import query_of
found = {name: ids(label, **only) for name, (label, only) in json.loads(%r).items()}
guest = query_of("ana@example.com", merchant=Merchant.objects.get(handle=%r)).token
print(json.dumps({**found, "token": [guest]}))
"""
HERE = {"merchant__handle": MERCHANT}
OBJECTS: dict[str, tuple[str, Mapping[str, object]]] = {
    "issuance_id": ("issuance.Issuance", HERE),
    "campaign_id": ("campaigns.Campaign", HERE),
    "list_id": ("issuance.ExclusionList", HERE),
    "rule_id": ("guests.RecoveryRule", HERE),
    "subscription_id": ("guests.Subscription", HERE),
    "settlement_id": ("issuance.Settlement", {}),
    "notification_id": ("notifications.Notification", {}),
    "membership_id": ("accounts.Membership", HERE),
    "erasure_id": ("guests.GuestErasure", HERE),
    "import_id": ("results.OutcomeImport", HERE),
    "delivery_id": ("issuance.Delivery", {}),
    "exchange_id": ("partner_api.Exchange", {}),
}
"""The values of each placeholder in an address. A page with a new one needs a line here, and a row to show."""


@dataclass(frozen=True)
class Opened:
    """The addresses that opened a page, and the patterns of which none did."""

    pages: Sequence[str]
    empty: Sequence[str]


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        address = prefix + str(entry.pattern).removeprefix("^").removesuffix("$")
        if isinstance(entry, URLPattern):
            yield address, entry
        elif str(entry.pattern) != DJANGOS_OWN:
            yield from patterns(entry, address)


def values(portal: Portal) -> dict[str, list[object]]:
    """Return the values of each placeholder, one for each state."""
    told = portal.manage("shell", "-v", "0", "-c", VALUES % (json.dumps(OBJECTS), MERCHANT))
    return {**json.loads(told), "handle": [MERCHANT], "number": [1], "kind": ["email", "phone"]}


def filled(address: str, known: Mapping[str, Sequence[object]]) -> Iterator[str]:
    """Yield a pattern's addresses, with each combination of its placeholders' values."""
    names = PLACEHOLDER.findall(address)
    for combination in product(*(known.get(name) or [1] for name in names)):
        found = address
        for name, value in zip(names, combination, strict=True):
            found = re.sub(rf"<(?:\w+:)?{name}>", str(value), found)
        yield f"/{found}"


def opened(page: "Page", portal: Portal) -> Opened:
    """Request every address as the user who is signed in on this page; read only."""
    known, pages, empty = values(portal), [], []
    for address, entry in patterns():
        if entry.name in NEED_A_SECRET:
            continue
        answers = {place: page.request.get(place, max_redirects=0) for place in filled(address, known)}
        pages += [place for place, answer in answers.items() if is_page(answer)]
        if all(answer.status >= 404 for answer in answers.values()):
            empty.append(address)
    return Opened(pages, [address for address in empty if address not in NOT_SET_UP])


NOT_SET_UP = {
    "metrics",
    "readyz",
    "webhooks/thanx/",  # programs post there, and browsers the next one
    "csp-reports/",
    *(f"m/<slug:handle>/feedback/<int:feedback_id>/{act}/" for act in ("answer", "recover")),
}
"""What answers an error by design where nothing is configured for it; feedback takes a scope that is missing here."""


def is_page(answer: "APIResponse") -> bool:
    is_html = answer.headers.get("content-type", "").startswith("text/html")
    return answer.status == 200 and is_html and "<html" in answer.text()
