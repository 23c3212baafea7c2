"""Why did this guest (not) get it? One sentence for each status of a guest. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ui.status import Tone


class GuestStatus(Enum):
    """The status of a guest in one issuance; the value is the heading.

    Their order is the order of precedence: of several lines of a campaign, the one with the first status counts.
    """

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


TONES: dict[GuestStatus, tuple[Tone, str]] = {
    GuestStatus.ISSUED: (Tone.SUCCESS, "circle-check"),
    GuestStatus.IN_PROGRESS: (Tone.INFO, "progress"),
    GuestStatus.UNKNOWN: (Tone.WARNING, "alert-triangle"),
    GuestStatus.REVOKED: (Tone.NEUTRAL, "ban"),
    GuestStatus.WAITING: (Tone.NEUTRAL, "hourglass"),
    GuestStatus.FAILED: (Tone.DANGER, "alert-octagon"),
    GuestStatus.STOPPED: (Tone.NEUTRAL, "player-stop"),
    GuestStatus.HELD_BACK: (Tone.NEUTRAL, "hand-stop"),
    GuestStatus.LEFT_OUT: (Tone.NEUTRAL, "circle-x"),
    GuestStatus.DRAFT: (Tone.NEUTRAL, "writing"),
}
ORDER = {status: number for number, status in enumerate(GuestStatus)}
HELD_BACK_BEFORE = "held_back_before"
DUPLICATE = "duplicate"


@dataclass(frozen=True, kw_only=True)
class GuestLine:
    """One line of one issuance that names the guest. `reason` says why it failed or was left out."""

    issuance_id: int
    campaign_id: int
    campaign: str
    status: GuestStatus
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
class Explanation:
    """A sentence, what to do, and the line they are about; None where no line names the guest."""

    sentence: str
    todo: str = ""
    about: GuestLine | None = None


def explanation_of(lines: Sequence[GuestLine], *, campaign: str, campaign_id: int | None) -> Explanation:
    """Return why the guest did, or did not, get a reward of a campaign.

    Without a `campaign_id` the campaign is that of the latest list that names the guest.
    """
    if campaign_id is None and lines:
        campaign_id = max(lines, key=lambda one: (one.at, one.issuance_id)).campaign_id
    mine = [one for one in lines if one.campaign_id == campaign_id]
    if not mine:
        where = f"of “{campaign}” " if campaign else ""
        return Explanation(
            sentence=f"No: no list {where}names this guest.",
            todo="Check the spelling, and whether the list held the guest's other address or number.",
        )
    counting = min(mine, key=lambda one: (one.code == DUPLICATE, ORDER[one.status], -one.at.timestamp()))
    later = _left_out_later(mine, counting)
    if later is None:
        return Explanation(sentence=sentence_of(counting), todo=counting.todo, about=counting)
    since = f"Line {later.line:,} was left out when it was tried again: {_ended(later.reason)}"
    return Explanation(sentence=f"{sentence_of(counting)} {since}", todo=later.todo, about=counting)


def _left_out_later(mine: Sequence[GuestLine], counting: GuestLine) -> GuestLine | None:
    """Return the line by which a retry or a later list left out a guest whose reward failed."""
    if counting.status is not GuestStatus.FAILED:
        return None
    later = [
        one
        for one in mine
        if one.status is GuestStatus.LEFT_OUT and one.code != DUPLICATE and one.issuance_id > counting.issuance_id
    ]
    return max(later, key=lambda one: one.issuance_id, default=None)


def sentence_of(one: GuestLine) -> str:
    """Return why the guest got, or did not get, a reward by this line."""
    reward, where = f"“{one.arm}”", f"“{one.campaign}”"
    being_revoked = ", and it is being taken back with its whole job" if one.is_being_revoked else ""
    status = GuestStatus
    return {
        status.ISSUED: f"Yes: this guest got {reward} from {where}{being_revoked}.",
        status.IN_PROGRESS: f"Not yet: Thanx is issuing {reward} from {where}, and has not said who has it.",
        status.UNKNOWN: f"We do not know: what became of {reward} from {where} is open for this guest.",
        status.REVOKED: f"Not any more: {reward} from {where} was revoked with its whole job.",
        status.WAITING: f"Not yet: {reward} from {where} waits to be sent.",
        status.FAILED: f"No: Thanx could not issue {reward} from {where}. {_ended(one.reason)}".strip(),
        status.STOPPED: f"No: sending was stopped before the turn of this guest came in {where}.",
        status.HELD_BACK: f"No, on purpose: this guest is in the control of {where}, to show what the rewards bring.",
        status.LEFT_OUT: _left_out(one, where),
        status.DRAFT: f"Not yet: the list for {where} is a draft, and nothing of it was sent.",
    }[one.status]


def _left_out(one: GuestLine, where: str) -> str:
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
