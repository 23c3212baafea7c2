"""What pages say about the lifetime of an issuance's guests."""

from datetime import datetime

from issuance.lifetimes.endings import erasure_of, fingerprints_erasure_of
from issuance.models import Issuance
from ui.wording import counted


def lifetime_of(issuance: Issuance, *, at: datetime) -> str:
    """Return until when guests' data are kept, and what for."""
    if issuance.erased_at is not None:
        return f"The guests' data were erased on {_day(issuance.erased_at)}; counts and proofs stay{_rest(issuance)}."
    erasure = erasure_of(issuance)
    if erasure.at is None:
        days = counted(issuance.merchant.retention.days, "day")
        return f"The guests' data are kept because {erasure.why}, and {days} longer."
    why = f", because {erasure.why}" if erasure.why else ""
    return f"The guests' data are erased {_countdown(erasure.at, at=at)}{why}."


def _rest(issuance: Issuance) -> str:
    """Return until when fingerprints stay, where they outlive the rest."""
    if issuance.forgotten_at is not None:
        return ""
    erasure = fingerprints_erasure_of(issuance)
    return f", and fingerprints until {_day(erasure.at)}" if erasure.at else ""


def _countdown(moment: datetime, *, at: datetime) -> str:
    days = (moment - at).days
    if days < 0:
        return "within minutes"
    return f"in {counted(days, 'day')}, on {_day(moment)}" if days else f"today, {_day(moment)}"


def _day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"
