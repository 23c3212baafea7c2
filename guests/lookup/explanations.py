"""Why did this guest (not) get it? One sentence for each place a guest can be in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ui.status import Tone


class Place(Enum):
    """Where a guest stands in one issuance; the value is the heading. What comes first counts for the campaign."""

    ISSUED = "Got it"
    IN_PROGRESS = "In progress"
    UNKNOWN = "Not known"
    REVOKED = "Revoked"
    WAITING = "Waiting to be sent"
    FAILED = "Failed"
    STOPPED = "Stopped"
    HELD_BACK = "Held back"
    LEFT_OUT = "Left out"
    DRAFT = "Draft"


TONES: dict[Place, tuple[Tone, str]] = {
    Place.ISSUED: (Tone.SUCCESS, "circle-check"),
    Place.IN_PROGRESS: (Tone.INFO, "progress"),
    Place.UNKNOWN: (Tone.WARNING, "alert-triangle"),
    Place.REVOKED: (Tone.NEUTRAL, "ban"),
    Place.WAITING: (Tone.NEUTRAL, "hourglass"),
    Place.FAILED: (Tone.DANGER, "alert-octagon"),
    Place.STOPPED: (Tone.NEUTRAL, "player-stop"),
    Place.HELD_BACK: (Tone.NEUTRAL, "hand-stop"),
    Place.LEFT_OUT: (Tone.NEUTRAL, "circle-x"),
    Place.DRAFT: (Tone.NEUTRAL, "writing"),
}
ORDER = {place: number for number, place in enumerate(Place)}
HELD_BACK_BEFORE = "held_back_before"
DUPLICATE = "duplicate"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One line of one issuance that names the guest. `reason` is why it failed or was left out, in words."""

    issuance_id: int
    campaign_id: int
    campaign: str
    place: Place
    at: datetime
    line: int
    arm: str = ""
    job: int | None = None
    code: str = ""
    reason: str = ""
    todo: str = ""
    kept_line: int | None = None
    revoked_at: datetime | None = None
    is_being_revoked: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer: a sentence, and the line that it is about; None where no line names the guest."""

    sentence: str
    todo: str = ""
    listing: Listing | None = None


def verdict_of(listings: Sequence[Listing], *, campaign: str, campaign_id: int | None) -> Verdict:
    """Return the answer for one campaign, or, without one, for the campaign of the latest list that names the guest."""
    if campaign_id is None and listings:
        campaign_id = max(listings, key=lambda one: (one.at, one.issuance_id)).campaign_id
    mine = [one for one in listings if one.campaign_id == campaign_id]
    if not mine:
        where = f"of “{campaign}” " if campaign else ""
        return Verdict(
            sentence=f"No: no list {where}names this guest.",
            todo="Check the spelling, and whether the list held the guest's other address or number.",
        )
    counting = min(mine, key=lambda one: (one.code == DUPLICATE, ORDER[one.place], -one.at.timestamp()))
    later = _left_out_later(mine, counting)
    if later is None:
        return Verdict(sentence=sentence_of(counting), todo=counting.todo, listing=counting)
    since = f"Line {later.line:,} was left out when it was tried again: {_ended(later.reason)}"
    return Verdict(sentence=f"{sentence_of(counting)} {since}", todo=later.todo, listing=counting)


def _left_out_later(mine: Sequence[Listing], counting: Listing) -> Listing | None:
    """Return why a guest who failed was not tried again: a retry, or a later list, has left the guest out."""
    if counting.place is not Place.FAILED:
        return None
    later = [
        one
        for one in mine
        if one.place is Place.LEFT_OUT and one.code != DUPLICATE and one.issuance_id > counting.issuance_id
    ]
    return max(later, key=lambda one: one.issuance_id, default=None)


def sentence_of(one: Listing) -> str:
    """Return why the guest got, or did not get, a reward by this line."""
    reward, where = f"“{one.arm}”", f"“{one.campaign}”"
    return {
        Place.ISSUED: f"Yes: this guest got {reward} from {where}{_leaving(one)}.",
        Place.IN_PROGRESS: f"Not yet: Thanx is issuing {reward} from {where}, and has not said who has it.",
        Place.UNKNOWN: f"We do not know: what became of {reward} from {where} is open for this guest.",
        Place.REVOKED: f"Not any more: {reward} from {where} was revoked with its whole job.",
        Place.WAITING: f"Not yet: {reward} from {where} waits to be sent.",
        Place.FAILED: f"No: Thanx could not issue {reward} from {where}. {_ended(one.reason)}".strip(),
        Place.STOPPED: f"No: sending was stopped before the turn of this guest came in {where}.",
        Place.HELD_BACK: f"No, on purpose: this guest is in the control of {where}, to show what the rewards bring.",
        Place.LEFT_OUT: _left_out(one, where),
        Place.DRAFT: f"Not yet: the list for {where} is a draft, and nothing of it was sent.",
    }[one.place]


def _leaving(one: Listing) -> str:
    return ", and it is being taken back with its whole job" if one.is_being_revoked else ""


def _left_out(one: Listing, where: str) -> str:
    if one.code == HELD_BACK_BEFORE:
        return (
            f"No, on purpose: this guest was held back in {where} by an earlier list,"
            f" so line {one.line:,} was left out."
        )
    if one.code == DUPLICATE and one.kept_line:
        return f"Line {one.line:,} names this guest again. Line {one.kept_line:,} counts."
    return f"No: line {one.line:,} was left out of the list for {where}. {_ended(one.reason)}".strip()


def _ended(words: str) -> str:
    return f"{words}." if words and not words.endswith(".") else words
