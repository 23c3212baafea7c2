"""Django system checks of the connection to Thanx.

What is absent is a warning: the portal starts without a credential and says so on its pages. What is filled in and
cannot be right is an error: it would fail in front of a guest.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - its name in Django

from partner_api import connect
from partner_api.configuration import malformed

TAG = "partner_api"
KEY_BYTES = 32


@register(TAG)
def connection_is_complete(**_: Any) -> list[CheckMessage]:
    """Say which settings of the credential are missing."""
    missing = connect.configuration().missing
    if not missing:
        return []
    hint = f"Set {' and '.join(missing)}. Until then nothing is read from Thanx and nothing is issued."
    return [Warning("There is no complete Thanx credential.", hint=hint, id="partner_api.W001")]


@register(TAG)
def connection_is_sound(**_: Any) -> list[CheckMessage]:
    """Refuse settings of the connection that cannot be right."""
    return [Error(sentence, id="partner_api.E001") for sentence in malformed(connect.configuration())]


@register(TAG)
def capillary_is_sound(**_: Any) -> list[CheckMessage]:
    """Refuse a credential of Capillary that cannot be used. None at all is no fault."""
    found = connect.capillary_configuration()
    return [Error(found.remedy, id="partner_api.E004")] if found.has_credential and found.remedy else []


@register(TAG)
def production_is_no_demo(**_: Any) -> list[CheckMessage]:
    """Refuse DEBUG where real guests are: it shows secrets on error pages and makes up data keys."""
    if settings.THANX_PRODUCTION and settings.DEBUG:
        return [Error("THANX_PRODUCTION is set, so DEBUG must be 0.", id="partner_api.E004")]
    return []


@register(TAG)
def data_keys_are_keys(**_: Any) -> list[CheckMessage]:
    """Refuse to run without sound data keys where real guests' data are kept."""
    if not settings.DEBUG and not settings.DATA_KEYS:
        hint = (
            'Make one: python -c "import secrets; print(secrets.token_hex(32))", and keep it: what it sealed needs it.'
        )
        return [Error("DATA_KEYS is empty.", hint=hint, id="partner_api.E002")]
    if any(len(key) != KEY_BYTES for key in settings.DATA_KEYS):
        return [Error(f"Each of DATA_KEYS must be {KEY_BYTES} bytes in hexadecimal.", id="partner_api.E003")]
    return []
