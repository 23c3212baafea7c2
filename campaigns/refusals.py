"""What Thanx's refusals mean for people: by code where there is a known one, else by status."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What happened, what it means for guests, what to do; `said` is Thanx's own text, verbatim."""

    title: str
    said: str
    means: str
    todo: str


NOTHING_MADE = "Nothing was created, so no guest has noticed anything."
CREDENTIAL = ("AUTHENTICATION_GENERIC", "HTTP_401")
SCOPE = ("FORBIDDEN", "HTTP_403")
UNKNOWN = ("RESOURCE_NOT_FOUND", "HTTP_404")


def refusal_of(*, code: str, said: str) -> Refusal:
    """Return the words for a refused creation."""
    if code in CREDENTIAL:
        todo = "Ask your operator to check the credential, then edit the campaign and create it again."
        return Refusal(title="Thanx refuses our credential", said=said, means=NOTHING_MADE, todo=todo)
    if code in SCOPE:
        todo = "Ask Thanx to grant the scope rewards.issue to this credential, then create the campaign again."
        return Refusal(title="Our credential may not create campaigns", said=said, means=NOTHING_MADE, todo=todo)
    if code in UNKNOWN:
        todo = "Refresh the rewards, choose others where they are marked, and create the campaign again."
        return Refusal(title="Thanx does not know the merchant or a reward", said=said, means=NOTHING_MADE, todo=todo)
    todo = "Change what Thanx names, then create the campaign again."
    return Refusal(title="Thanx did not accept the campaign", said=said, means=NOTHING_MADE, todo=todo)
