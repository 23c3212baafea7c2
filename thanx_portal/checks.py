"""System checks: refuse to start with settings that cannot be used, or that put the limits at risk."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks

from accounts.models import Role

LIMITS = ("CONFIRM_TYPED_ABOVE", "APPROVAL_ABOVE_REWARDS", "APPROVAL_ABOVE_VALUE")


@register("settings")
def settings_can_be_used(**_: Any) -> list[CheckMessage]:
    """Refuse each setting that is missing or malformed, or that contradicts another."""
    return [Error(sentence, id="thanx_portal.E001") for sentence in settings.PROBLEMS_OF_SETTINGS]


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


def refusal() -> str:
    """Return all that is wrong with the settings, as lines; '' if the portal may start. Needs the apps."""
    serious = [found for found in run_checks(tags=["settings"]) if found.is_serious()]
    lines = [f"- {found.msg}" + (f" {found.hint}" if found.hint else "") for found in serious]
    last = ".env.example explains each setting. For development, DEBUG=1 is enough."
    return "\n".join(["The portal does not start with these settings:", *lines, last]) if lines else ""
