"""System checks of the entrance: what would make its limits, its mails or its second factor void."""

from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 (Django's name)

from accounts.models import Role
from accounts.permissions import InstallationRole

SEND_NOTHING = ("console", "dummy")


@register(Tags.security, deploy=True)
def client_addresses_are_known(**_: Any) -> list[CheckMessage]:
    """Refuse settings under which all clients seem to have one address: that of the proxy in front."""
    if settings.DEBUG or settings.ALLAUTH_TRUSTED_PROXY_COUNT or not (settings.BEHIND_TLS or _only_local()):
        return []
    text = "All clients seem to have the address of the proxy: wrong passwords of one would count for all."
    hint = "Set TRUSTED_PROXY_COUNT to the number of proxies in front; each must set X-Forwarded-For itself."
    return [Error(text, hint=hint, id="accounts.E001")]


@register(Tags.security, deploy=True)
def mail_is_sent(**_: Any) -> list[CheckMessage]:
    """Warn of settings under which invitations and links for new passwords reach no user, or only the log."""
    if settings.DEBUG or can_send_mail():
        return []
    hint = "Set EMAIL_URL to a mail server. Without one, no user can be invited, or get a link for a new password."
    return [Warning("This installation sends no mail.", hint=hint, id="accounts.W001")]


@register("settings")
def factors_name_roles(**_: Any) -> list[CheckMessage]:
    """Refuse a second factor for an unknown role: the role that was meant would need none."""
    roles = {role.name.lower() for role in Role} | {role.value for role in InstallationRole}
    unknown = set(settings.SECOND_FACTOR_FOR) - roles
    if not unknown:
        return []
    text = f"SECOND_FACTOR_FOR names {', '.join(sorted(unknown))}, which is no role."
    return [Error(text, hint=f"The roles are {', '.join(sorted(roles))}.", id="accounts.E002")]


def can_send_mail() -> bool:
    """Return whether an email leaves this installation, or is printed for a developer."""
    if settings.DEBUG:
        return True
    backend: str = settings.EMAIL_BACKEND
    return not any(f".backends.{name}." in backend for name in SEND_NOTHING)


def _only_local() -> bool:
    try:
        return ip_address(settings.HOST).is_loopback
    except ValueError:
        return bool(settings.HOST == "localhost")
