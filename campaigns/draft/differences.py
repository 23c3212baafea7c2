"""What differs between two versions of a draft, in a marketer's words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import zip_longest

from campaigns.draft.content import MOST_VARIANTS, Content, DraftArm
from campaigns.schedule import LABELS

NOTHING = "–"


@dataclass(frozen=True, kw_only=True)
class DraftDifference:
    """One thing that is not the same in a version that a user typed and in another one."""

    label: str
    mine: str
    theirs: str


def differences(
    mine: Content, theirs: Content, *, rewards: Mapping[int, str], zone: tzinfo
) -> tuple[DraftDifference, ...]:
    """Return what is not the same. `rewards` are the names of the reward templates, by their key."""
    pairs = zip(_told(mine, rewards, zone), _told(theirs, rewards, zone), strict=True)
    return tuple(
        DraftDifference(label=label, mine=own, theirs=other) for (label, own), (_, other) in pairs if own != other
    )


def _told(content: Content, rewards: Mapping[int, str], zone: tzinfo) -> Iterator[tuple[str, str]]:
    yield "Name", content.name.strip() or NOTHING
    yield "Objective", content.objective.strip() or NOTHING
    yield "Fine print", content.fine_print.strip() or NOTHING
    for name, label in LABELS.items():
        yield label, _moment(getattr(content.dates, name), zone)
    for number, arm in zip_longest(range(1, MOST_VARIANTS + 1), content.arms):
        yield f"Reward {number}", NOTHING if arm is None else _arm(arm, rewards)
    control = content.control_share
    yield "Held back", NOTHING if control is None else f"{control} %"
    yield "Thanx learns who is held back", "yes" if content.registers_controls else "no"


def _arm(arm: DraftArm, rewards: Mapping[int, str]) -> str:
    reward = rewards.get(arm.template_id or 0, "no reward chosen")
    return f"{arm.name}, {arm.share} %, {reward}"


def _moment(moment: datetime | None, zone: tzinfo) -> str:
    return NOTHING if moment is None else f"{moment.astimezone(zone):%b %-d, %Y, %H:%M}"
