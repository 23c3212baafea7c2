"""A fact explained to a user: what happened, what it means, what to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Explained:
    """What happened, what to do or what happens next, and what it means for the guests.

    The title is a sentence without its full stop. `means` is '' where the title says it.
    """

    title: str
    todo: str
    means: str = ""

    @property
    def happened(self) -> str:
        return f"{self.title}. {self.means}".rstrip()

    @property
    def advice(self) -> str:
        return f"{self.title}. {self.todo}"
