"""Values that pages hand to the components: the parts of a bar, the steps of a long form, what a chart shows."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ui.status import Tone


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One part of a stacked bar and its line in the legend; `href` filters by it where it is given."""

    label: str
    count: int
    tone: Tone
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class FormStep:
    """One step of a long form; `href` is empty while it cannot be opened yet."""

    label: str
    href: str = ""


class Drawing(enum.Enum):
    """How a chart over time is drawn: as lines of what has been reached, or as one bar for each span of time."""

    LINES = "lines"
    BARS = "bars"


@dataclass(frozen=True, kw_only=True)
class Series:
    """One quantity of a chart over time, and what its colour says."""

    label: str
    tone: Tone


@dataclass(frozen=True, kw_only=True)
class ChartPoint:
    """A moment of a chart and its counts, in the order of the series. `label` stands for the moment in words."""

    at: datetime
    counts: Sequence[int]
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture over time with the table behind it. `points` come in the order of time, the oldest first.

    `key` tells it from the other charts of a page; `moments` heads the column of the points.
    """

    key: str
    title: str
    series: Sequence[Series]
    points: Sequence[ChartPoint]
    drawing: Drawing = Drawing.LINES
    moments: str = "When"


@dataclass(frozen=True, kw_only=True)
class BarRow:
    """One row of a table of bars: all rows have parts of the same labels, and the longest bar is the largest total."""

    label: str
    parts: Sequence[Segment]
    note: str = ""
    href: str = ""
