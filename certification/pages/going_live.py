"""The page with the checklist for going live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from certification import going_live
from certification.going_live import ChecklistItem, ItemState
from certification.pages.badges import Badge
from ui.status import Tone
from ui.wording import counted

MARKS: Mapping[ItemState, Badge] = {
    ItemState.DONE: Badge(words="Done", tone=Tone.SUCCESS.value, icon="circle-check"),
    ItemState.OPEN: Badge(words="Open", tone=Tone.WARNING.value, icon="alert-triangle"),
    ItemState.BY_HAND: Badge(words="By hand", tone=Tone.NEUTRAL.value, icon="hand-stop"),
}


@dataclass(frozen=True, kw_only=True)
class ShownItem:
    item: ChecklistItem
    mark: Badge


@dataclass(frozen=True, kw_only=True)
class GoingLivePage:
    items: Sequence[ShownItem]
    sentence: str


def going_live_page(*, at: datetime) -> GoingLivePage:
    """Return the checklist as it is now, from our own rows."""
    items = going_live.checklist(at=at)
    number_open = sum(item.state is ItemState.OPEN for item in items)
    return GoingLivePage(
        items=[ShownItem(item=item, mark=MARKS[item.state]) for item in items],
        sentence=_sentence(number_open, of=len(items)),
    )


def _sentence(number_open: int, *, of: int) -> str:
    if not number_open:
        return "Nothing that can be checked is open."
    return (
        f"{counted(number_open, 'point')} of {of} {'is' if number_open == 1 else 'are'} open on the way to production."
    )
