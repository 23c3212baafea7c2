"""The page of the simulator: the ways in which our own sandbox can misbehave, with links to their effects."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from certification import simulator
from certification.simulator import Button
from issuance.models import Issuance


@dataclass(frozen=True, kw_only=True)
class ShownButton:
    """One button, with the URL and the name of the page that shows its effect."""

    button: Button
    href: str
    page: str


@dataclass(frozen=True, kw_only=True)
class SimulatorPage:
    """All buttons. `is_ours` is False if the host is not our own sandbox or does not answer."""

    is_ours: bool
    sentence: str
    buttons: Sequence[ShownButton] = ()


def simulator_page() -> SimulatorPage:
    """Return the page. It calls the sandbox, which is not Thanx, for the armed faults."""
    try:
        armed = simulator.armed()
    except simulator.NoLocalSandbox:
        return SimulatorPage(is_ours=False, sentence="There is no local sandbox to play with.")
    places = _places()
    buttons = [
        ShownButton(button=button, href=places[button.where][0], page=places[button.where][1])
        for button in simulator.BUTTONS
    ]
    return SimulatorPage(is_ours=True, sentence=_sentence(armed), buttons=buttons)


def _sentence(armed: Sequence[str]) -> str:
    kinds = ", ".join(kind.replace("_", " ") for kind in armed)
    waiting = f"Waiting to strike: {kinds}." if armed else "No fault waits to strike."
    return f"The local sandbox misbehaves as you ask it to. {waiting}"


def _places() -> dict[str, tuple[str, str]]:
    """Return the URL and name of each page; those of issuances lead to the latest one."""
    latest = Issuance.objects.confirmed().select_related("merchant").order_by("-confirmed_at", "-pk").first()
    nowhere = (reverse("home"), "Issue something first")
    places = {"webhooks": (reverse("staff-webhooks"), "Webhooks"), "issuance": nowhere, "failures": nowhere}
    if latest is not None:
        arguments = [latest.merchant.handle, latest.pk]
        places["issuance"] = (reverse("issuance:detail", args=arguments), f"Issuance #{latest.pk}")
        places["failures"] = (reverse("issuance:failures", args=arguments), f"Failures of #{latest.pk}")
    return places
