"""Values that pages hand to the components: the parts of a bar, the steps of a long form."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.words import Tone


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One part of a stacked bar and its line in the legend; `href` filters by it where it is given."""

    label: str
    count: int
    tone: Tone
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a long form; `href` is empty while it cannot be opened yet."""

    label: str
    href: str = ""
