"""What will probably go wrong with a draft, told where it is decided: on the check, on the review and in the button."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns import promises
from campaigns.models import Campaign, Variant
from campaigns.promises import RewardChange
from issuance.models import Issuance
from issuance.pages.exclusions import strangers_in_words
from issuance.pages.links import place
from issuance.sending.refusals import CannotConfirm
from ui.components.moments import absolute, zone_named

SHORT = timedelta(days=3)
"""Guests who have less time to redeem are likely to miss it."""


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What the member check, the window and the rewards foretell.

    `strangers` are guests who are to get a reward and are probably not members. `choose` is where a form says that they
    are to be left out.
    """

    obstacle: str
    strangers: int
    window: Sequence[str]
    changes: Sequence[RewardChange]
    choose: str

    @property
    def title(self) -> str:
        """How many guests will probably get nothing."""
        return strangers_in_words(self.strangers)

    @property
    def means(self) -> str:
        return f"Thanx would not find {'this guest' if self.strangers == 1 else 'them'}, so they would get no reward."

    @property
    def leave_out(self) -> str:
        """The words of the button."""
        return f"Leave {'this guest' if self.strangers == 1 else f'the {self.strangers:,}'} out"

    @property
    def changed(self) -> str:
        """The title of the table of changes."""
        return "Rewards have changed at Thanx since this campaign was made"


def foreseen(issuance: Issuance, *, arms: Iterable[Variant], objection: CannotConfirm | None, at: datetime) -> Foreseen:
    """Return what is foreseen of a draft that has been read. `arms` come with their rewards. No query."""
    return Foreseen(
        obstacle=str(objection or ""),
        strangers=issuance.probably_fail,
        window=_window(issuance.campaign, zone=issuance.merchant.time_zone, at=at),
        changes=promises.changes(arms),
        choose=place("choose-exclusions", issuance),
    )


def _window(campaign: Campaign, *, zone: str, at: datetime) -> list[str]:
    """Return what guests run into who get their reward now, a sentence for each."""
    starts, ends, usable, until = (campaign.start_at, campaign.end_at, campaign.redeemable_from, campaign.redeemable_to)
    told = []
    if starts is not None and starts > at:
        told.append(f"The campaign starts on {_on(starts, zone)}. Guests would get their reward before that.")
    if ends is not None and ends <= at:
        told.append(f"The campaign ended on {_on(ends, zone)}. Thanx may refuse its rewards.")
    if usable is not None and usable > at:
        told.append(f"Guests can redeem from {_on(usable, zone)}, not before.")
    if until is not None and at < until < max(usable or at, at) + SHORT:
        told.append(f"Guests can redeem until {_on(until, zone)} only.")
    return told


def _on(moment: datetime, zone: str) -> str:
    return absolute(moment, zone=zone_named(zone))
