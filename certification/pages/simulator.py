"""The simulator: how our own sandbox can be made to misbehave, and where that is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from certification import simulator
from certification.simulator import Button
from issuance.models import Issuance


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One button, and the page on which what it does is seen."""

    button: Button
    href: str
    page: str


@dataclass(frozen=True, kw_only=True)
class SimulatorPage:
    """All buttons. `is_ours` is False where the host is no sandbox of ours, or does not answer."""

    is_ours: bool
    faults: Sequence[Fault]
    armed: Sequence[str]


def simulator_page() -> SimulatorPage:
    """Return what can be pressed. It asks the sandbox, which is no part of Thanx, what is armed."""
    try:
        armed = simulator.armed()
    except simulator.NotOurs:
        return SimulatorPage(is_ours=False, faults=(), armed=())
    places = _places()
    faults = [
        Fault(button=button, href=places[button.where][0], page=places[button.where][1]) for button in simulator.BUTTONS
    ]
    return SimulatorPage(is_ours=True, faults=faults, armed=[kind.replace("_", " ") for kind in armed])


def _places() -> dict[str, tuple[str, str]]:
    """Return where states are shown: for issuances on the latest one."""
    latest = Issuance.objects.confirmed().select_related("merchant").order_by("-confirmed_at", "-pk").first()
    nowhere = (reverse("home"), "Issue something first")
    places = {"webhooks": (reverse("staff-webhooks"), "Webhooks"), "issuance": nowhere, "failures": nowhere}
    if latest is not None:
        arguments = [latest.merchant.handle, latest.pk]
        places["issuance"] = (reverse("issuance:detail", args=arguments), f"Issuance #{latest.pk}")
        places["failures"] = (reverse("issuance:failures", args=arguments), f"Failures of #{latest.pk}")
    return places
