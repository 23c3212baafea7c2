"""The values that pages give to the components: parts of a bar, links, a chart."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ui.status import Tone


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One part of a stacked bar and its entry in the legend; `href`, where given, leads to what it counts."""

    label: str
    count: int
    tone: Tone
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Link:
    """A label with an address. Without one it names where the user is, or a step that cannot be opened yet."""

    label: str
    href: str = ""


class Drawing(enum.Enum):
    """How a chart over time is drawn: as lines of running totals, or as one bar for each span of time."""

    LINES = "lines"
    BARS = "bars"


@dataclass(frozen=True, kw_only=True)
class Series:
    """One quantity of a chart over time, and what its colour means."""

    label: str
    tone: Tone


@dataclass(frozen=True, kw_only=True)
class ChartPoint:
    """A moment of a chart and its counts, in the order of the series. `label`, where given, names the moment."""

    at: datetime
    counts: Sequence[int]
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart over time and the table behind it. The oldest point comes first."""

    key: str  # unique on a page
    title: str
    series: Sequence[Series]
    points: Sequence[ChartPoint]
    drawing: Drawing = Drawing.LINES
    moments: str = "When"  # heads the column of the points


@dataclass(frozen=True, kw_only=True)
class BarRow:
    """One row of a table of bars. All rows have parts with the same labels; the largest total has the longest bar."""

    label: str
    parts: Sequence[Segment]
    note: str = ""
    href: str = ""
