"""Refuse to start in a way that would put real guests' data at risk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from accounts.models import Role
from partner_api import connect

LIMITS = ("CONFIRM_TYPED_ABOVE", "APPROVAL_ABOVE_REWARDS", "APPROVAL_ABOVE_VALUE")


@register()
def production_is_no_playground(**_: Any) -> list[CheckMessage]:
    """Refuse DEBUG against Thanx's production: keys would be the demo's, and errors would show data to anybody."""
    if not settings.DEBUG or connect.environment().label != "PRODUCTION":
        return []
    hint = "Set DEBUG=0, and SECRET_KEY, DATA_KEYS and ALLOWED_HOSTS with it; .env.example explains each."
    return [Error("DEBUG is on while THANX_API_URL is Thanx's production.", hint=hint, id="thanx_portal.E001")]


@register()
def limits_name_roles(**_: Any) -> list[CheckMessage]:
    """Refuse a limit for a role that there is not: whoever wrote it believes that somebody is limited."""
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
