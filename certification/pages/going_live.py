"""The list on the way to production."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from certification import going_live
from certification.going_live import Point, State
from certification.pages.certification import Mark
from ui.status import Tone

MARKS: Mapping[State, Mark] = {
    State.DONE: Mark(words="Done", tone=Tone.SUCCESS.value, icon="circle-check"),
    State.OPEN: Mark(words="Open", tone=Tone.WARNING.value, icon="alert-triangle"),
    State.BY_HAND: Mark(words="By hand", tone=Tone.NEUTRAL.value, icon="hand-stop"),
}


@dataclass(frozen=True, kw_only=True)
class ShownPoint:
    """One point as the page shows it."""

    point: Point
    mark: Mark


@dataclass(frozen=True, kw_only=True)
class GoingLivePage:
    """The whole list, and how many points are open."""

    points: Sequence[ShownPoint]
    open: int


def going_live_page(*, at: datetime) -> GoingLivePage:
    """Return how the list stands. It calls nobody."""
    points = going_live.points(at=at)
    return GoingLivePage(
        points=[ShownPoint(point=point, mark=MARKS[point.state]) for point in points],
        open=sum(point.state is State.OPEN for point in points),
    )
