"""Django system checks of the connection to Thanx.

An absent setting is a warning: the portal starts without a credential and says so on its pages. A setting that cannot
be right is an error: it would fail when rewards are issued.
"""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - its name in Django

from partner_api import connect
from partner_api.configuration import malformed

TAG = "partner_api"
SHORTEST_SECRET = 16
"""Characters. A shorter one could be guessed from a single webhook."""


@register("settings", TAG)
def connection_is_complete(**_: Any) -> list[CheckMessage]:
    """Warn about missing settings of the credential."""
    missing = connect.configuration().missing
    if not missing:
        return []
    hint = f"Set {' and '.join(missing)}. Until then nothing is read from Thanx and nothing is issued."
    return [Warning("There is no complete Thanx credential.", hint=hint, id="partner_api.W001")]


@register("settings", TAG)
def connection_is_sound(**_: Any) -> list[CheckMessage]:
    """Refuse settings of the connection that cannot be right."""
    return [Error(sentence, id="partner_api.E001") for sentence in malformed(connect.configuration())]


@register("settings", TAG)
def capillary_is_sound(**_: Any) -> list[CheckMessage]:
    """Refuse an unusable credential of Capillary. A missing one is no error."""
    found = connect.capillary_configuration()
    return [Error(found.remedy, id="partner_api.E004")] if found.has_credential and found.remedy else []


@register("settings", TAG)
def webhook_secrets_are_secret(**_: Any) -> list[CheckMessage]:
    """Refuse a secret that is too short."""
    if all(len(secret) >= SHORTEST_SECRET for secret in settings.THANX_WEBHOOK_SECRETS):
        return []
    hint = "Agree on a longer one with Thanx."
    return [
        Error(f"Each of THANX_WEBHOOK_SECRETS needs {SHORTEST_SECRET} characters.", hint=hint, id="partner_api.E005")
    ]


@register("settings", TAG)
def production_is_no_demo(**_: Any) -> list[CheckMessage]:
    """Refuse DEBUG in production: it shows secrets on error pages and invents data keys."""
    if settings.THANX_PRODUCTION and settings.DEBUG:
        return [Error("THANX_PRODUCTION is set, so DEBUG must be 0.", id="partner_api.E006")]
    return []
