"""Which guests and which failures an address picks out, so that lists, forms and acts are about the same ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from django.http import QueryDict

from issuance.jobs import failures, guest_search
from issuance.jobs.recipients import RecipientOutcome
from issuance.models import Failure, Issuance
from issuance.models.observed import FailureQuerySet

MOST_TICKED = 200
"""More than a page holds; no page makes a longer address."""


class FailureStanding(StrEnum):
    """Whether a failure is still open, and what was done about it if not."""

    OPEN = "open"
    RETRIED = "retried"
    SETTLED = "settled"


FAILURE_STANDINGS = (
    (FailureStanding.OPEN, "To be dealt with"),
    (FailureStanding.RETRIED, "Retried"),
    (FailureStanding.SETTLED, "Settled"),
)


@dataclass(frozen=True, kw_only=True)
class RecipientFilter:
    """The guests with one outcome, of one arm, of one job, or the one that a search (`who`) found; all by default."""

    outcome: RecipientOutcome | None = None
    arm: int | None = None
    job: int | None = None
    who: str = ""

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> "RecipientFilter":
        """Return the filter in a query; values that make no sense are ignored."""
        outcome = query.get("outcome", "")
        return cls(
            outcome=RecipientOutcome(outcome) if outcome in set(RecipientOutcome) else None,
            arm=number_in(query, "arm"),
            job=number_in(query, "job"),
            who=query.get("who", ""),
        )


def number_in(query: Mapping[str, str], name: str) -> int | None:
    """Return a number of a query; None if there is none, or one that no row can have."""
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None  # noqa: PLR2004


@dataclass(frozen=True, kw_only=True)
class FailureFilter:
    """The failures with one reason, of one job, with one standing, found by a search (`who`) or ticked; else all."""

    reason: str = ""
    job: int | None = None
    standing: FailureStanding | None = None
    who: str = ""
    ticked: tuple[int, ...] = ()

    @classmethod
    def of_query(cls, query: QueryDict) -> "FailureFilter":
        """Return the filter in a query; values that make no sense are ignored."""
        standing, plain = query.get("standing", ""), query.dict()
        ticked = [number_in({"failure": text}, "failure") for text in query.getlist("failure")[:MOST_TICKED]]
        return cls(
            reason=query.get("reason", "")[:40],
            job=number_in({name: str(value) for name, value in plain.items()}, "job"),
            standing=FailureStanding(standing) if standing in set(FailureStanding) else None,
            who=query.get("who", ""),
            ticked=tuple(sorted({number for number in ticked if number is not None})),
        )

    def rows(self, issuance: Issuance) -> FailureQuerySet:
        """Return the failures of an issuance that the filter picks out."""
        rows = (
            failures.find_failures(issuance=issuance, wanted=guest_search.query_from_token(self.who))
            if self.who
            else _all(issuance)
        )
        if self.ticked:
            rows = rows.filter(pk__in=self.ticked)
        if self.reason:
            rows = rows.filter(reason_code=self.reason)
        if self.job is not None:
            rows = rows.filter(batch__number=self.job)
        return rows.filter(**_CONDITIONS[self.standing]) if self.standing else rows

    @property
    def query(self) -> str:
        """The filter as the query of an address, with its "?"; empty for all failures."""
        asked = {"reason": self.reason, "job": self.job, "standing": self.standing, "who": self.who}
        said = {name: str(value) for name, value in asked.items() if value not in (None, "")}
        query = urlencode(said | ({"failure": self.ticked} if self.ticked else {}), doseq=True)
        return f"?{query}" if query else ""


_CONDITIONS: dict[FailureStanding, dict[str, object]] = {
    FailureStanding.OPEN: {"retry": None, "settlement": None},
    FailureStanding.RETRIED: {"retry__isnull": False},
    FailureStanding.SETTLED: {"settlement__isnull": False},
}


def _all(issuance: Issuance) -> FailureQuerySet:
    return Failure.objects.filter(batch__issuance=issuance)
