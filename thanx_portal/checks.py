"""System checks: refuse to start with settings that put real guests' data or the limits at risk."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from accounts.models import Role
from partner_api import connect

LIMITS = ("CONFIRM_TYPED_ABOVE", "APPROVAL_ABOVE_REWARDS", "APPROVAL_ABOVE_VALUE")


@register("settings")
def no_debug_in_production(**_: Any) -> list[CheckMessage]:
    """Refuse DEBUG with Thanx's production: the keys would be the demo's, and error pages would show data."""
    if not settings.DEBUG or connect.environment().label != "PRODUCTION":
        return []
    hint = "Set DEBUG=0, and SECRET_KEY, DATA_KEYS and ALLOWED_HOSTS with it; .env.example explains each."
    return [Error("DEBUG is on while THANX_API_URL is Thanx's production.", hint=hint, id="thanx_portal.E001")]


@register("settings")
def limits_name_roles(**_: Any) -> list[CheckMessage]:
    """Refuse a limit for an unknown role: the role that was meant would have no limit."""
    roles = {role.name.lower() for role in Role}
    return [
        Error(
            f"{setting} names {', '.join(sorted(unknown))}, which is no role.",
            hint=f"The roles are {', '.join(sorted(roles))}.",
            id="thanx_portal.E002",
        )
        for setting in LIMITS
        if (unknown := set(getattr(settings, setting)) - roles)
    ]
