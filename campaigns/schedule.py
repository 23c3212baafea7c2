"""The four dates of a campaign, checked together and explained in a marketer's words. Pure.

Source: Thanx Partner API v4.0, "Campaigns", and its published self-check: the four dates must not be all the same,
because a guest needs time to redeem.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

DAY = timedelta(days=1)
NEARLY = timedelta(minutes=90)
"""A window that lacks this much still counts as whole days: it ends at 23:59, or spans the night of a clock change."""

LEAST_TIME_TO_REDEEM = DAY - NEARLY

LABELS = {
    "start_at": "Starts",
    "end_at": "Ends",
    "redeemable_from": "Guests can redeem from",
    "redeemable_to": "Guests can redeem until",
}


@dataclass(frozen=True, kw_only=True)
class Dates:
    """When rewards are issued, and when guests may redeem them. All aware; None is not set yet."""

    start_at: datetime | None = None
    end_at: datetime | None = None
    redeemable_from: datetime | None = None
    redeemable_to: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DraftGap:
    """What a draft lacks, or what is wrong. `field` is one of the builder: `name`, `end_at`, `arm-0-template`."""

    field: str
    text: str


def suggested_dates(*, at: datetime, zone: tzinfo) -> Dates:
    """Return dates for a new draft: two weeks from tomorrow on, and two more to redeem, in whole local days."""
    tomorrow = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    start = tomorrow.replace(tzinfo=zone)
    end = (start + 13 * DAY).replace(hour=23, minute=59)  # of the wall clock, across clock changes too
    return Dates(start_at=start, end_at=end, redeemable_from=start, redeemable_to=end + 14 * DAY)


def problems_of_dates(dates: Dates, *, at: datetime) -> list[DraftGap]:
    """Return at most one problem for each field; `at` is when the campaign is to be created."""
    missing = [DraftGap(field=field, text="Say when.") for field in LABELS if getattr(dates, field) is None]
    first: dict[str, DraftGap] = {}
    for problem in [*missing, *_order(dates), *_past(dates, at=at)]:
        first.setdefault(problem.field, problem)
    return list(first.values())


def _order(dates: Dates) -> Iterator[DraftGap]:
    start, end, usable, until = dates.start_at, dates.end_at, dates.redeemable_from, dates.redeemable_to
    if start and end and end <= start:
        yield DraftGap(field="end_at", text="A campaign ends after it starts. Choose a later date.")
    if start and usable and usable < start:
        yield DraftGap(field="redeemable_from", text="No guest has the reward before the campaign starts.")
    if usable and until and until - usable < LEAST_TIME_TO_REDEEM:
        yield DraftGap(field="redeemable_to", text="Guests need at least one day to redeem. Choose a later date.")
    if end and until and until < end:
        yield DraftGap(
            field="redeemable_to",
            text="Guests who get the reward on the last day could not redeem it. Choose the end of the campaign, or"
            " later.",
        )


def _past(dates: Dates, *, at: datetime) -> Iterator[DraftGap]:
    # A start in the past is no mistake: the campaign runs from its creation.
    if dates.end_at and dates.end_at <= at:
        yield DraftGap(field="end_at", text="This has passed. Choose a date in the future.")
    if dates.redeemable_to and dates.redeemable_to <= at:
        yield DraftGap(field="redeemable_to", text="This has passed. Choose a date in the future.")


def days_to_redeem(dates: Dates) -> int | None:
    """Return the whole days in which rewards can be redeemed; None while dates are missing or contradict each other."""
    usable, until = dates.redeemable_from, dates.redeemable_to
    return None if usable is None or until is None or until < usable else _whole_days(until - usable)


def days_from(dates: Dates, *, at: datetime) -> int:
    """Return the whole days that a guest has to redeem who gets the reward at this moment; 0 once that is over."""
    usable, until = dates.redeemable_from, dates.redeemable_to
    return 0 if until is None else max(0, _whole_days(until - max(usable or at, at)))


def days_at_the_end(dates: Dates) -> int | None:
    """Return the whole days left to a guest who gets the reward as the campaign ends; None as for days_to_redeem."""
    end, usable, until = dates.end_at, dates.redeemable_from, dates.redeemable_to
    if end is None or usable is None or until is None or until < max(end, usable):
        return None
    return _whole_days(until - max(end, usable))


def in_words(dates: Dates) -> str:
    """Return what the dates mean for guests, in a sentence or two; empty while they mean nothing yet."""
    days, last = days_to_redeem(dates), days_at_the_end(dates)
    if days is None:
        return ""
    sentence = f"Guests have {_days(days)} to redeem."
    if last is not None and last != days:
        sentence += f" A guest who gets the reward on the last day has {_days(last)}."
    return sentence


def _whole_days(length: timedelta) -> int:
    return (length + NEARLY) // DAY


def _days(count: int) -> str:
    return "less than a day" if count == 0 else f"{count:,} day{'' if count == 1 else 's'}"
