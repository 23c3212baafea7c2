"""The tag beside a fact on the operators' pages."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Badge:
    """A short fact: words, the value of a `Tone`, and an icon."""

    words: str
    tone: str
    icon: str = ""
