"""Files of invented people, and the expected outcome of their lines."""

import csv
import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.plan import Plan, PlannedIssuance
from thanx_portal.demo.sample_file import AREAS

MOST_WITH_PHONE = 0.2
REPEATED = 0.01
WRONG = 0.01
UNKNOWN_TO_THE_MERCHANT = 0.02
"""The share of guests that the sandbox does not know, by the spelling of their addresses: failures of the job."""

EXCLUDED_EACH = 0.01
"""The share of a file's guests that is excluded before it is read, and as many again while it waits for approval."""

WRONG_CELLS = ("n/a", "ana.lima@example", "jo@@example.com", "guest at example.com")


@dataclass(kw_only=True)
class Audience:
    """One file and the normalised identifiers of its lines.

    `accepted` must get a reward or be in the control; `excluded` are on an exclusion list.
    """

    path: Path
    lines: int = 0
    accepted: set[str] = field(default_factory=set, repr=False)
    excluded_early: list[str] = field(default_factory=list, repr=False)
    excluded_late: list[str] = field(default_factory=list, repr=False)

    @property
    def excluded(self) -> list[str]:
        """All guests of the file who get no reward because of an exclusion list."""
        return [*self.excluded_early, *self.excluded_late]


def write_all(plan: Plan, *, folder: Path) -> dict[str, Audience]:
    """Write a file for each planned issuance. No guest is in two of them: each may get one reward at most."""
    chance = random.Random(plan.seed)
    guests = _Guests(chance, people=plan.size.recipients)
    return {planned.name: _write_one(guests, planned, folder=folder) for planned in plan.issuances}


def _write_one(guests: "_Guests", planned: PlannedIssuance, *, folder: Path) -> Audience:
    audience, once = _write(guests, folder / f"{planned.name}.csv", people=planned.people)
    if planned.with_exclusions:
        each = max(2, round(EXCLUDED_EACH * planned.people))
        drawn = guests.chance.sample(sorted(once), 2 * each)
        audience.excluded_early, audience.excluded_late = drawn[:each], drawn[each:]
        audience.accepted -= set(drawn)
    return audience


class _Guests:
    """Invented people: addresses at example.com, and numbers 555-01xx, which belong to no person in any area."""

    def __init__(self, chance: random.Random, *, people: int) -> None:
        self.chance = chance
        self._phones = [f"{area}55501{number:02}" for area in AREAS for number in range(100)]
        chance.shuffle(self._phones)
        self._with_phone = min(MOST_WITH_PHONE, 0.9 * len(self._phones) / people)
        self._number = 0

    def next(self) -> tuple[list[str], str]:
        """Return a guest's row and its normalised identifier."""
        self._number += 1
        if self._phones and self.chance.random() < self._with_phone:
            digits = self._phones.pop()
            return [f"Guest {self._number}", "", f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"], f"+1{digits}"
        stem = "notfound" if self.chance.random() < UNKNOWN_TO_THE_MERCHANT else "guest"
        email = f"{stem}.{self._number:07}.{self.chance.randrange(10**6):06}@example.com"
        return [f"Guest {self._number}", email, ""], email


def _write(guests: _Guests, path: Path, *, people: int) -> tuple[Audience, set[str]]:
    """Write a file. Return it with the identifiers that are on one line only."""
    audience, chance = Audience(path=path), guests.chance
    identifier, repeated = "", set()
    row: list[str] = []
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("name", "email", "mobile"))
        for _ in range(people):
            drawn = chance.random()
            if drawn < WRONG:
                rows.writerow(["", chance.choice(WRONG_CELLS), ""])
            elif drawn < WRONG + REPEATED and row:
                rows.writerow([cell.upper() for cell in row])  # the previous guest in another spelling
                repeated.add(identifier)
            else:
                row, identifier = guests.next()
                audience.accepted.add(identifier)
                rows.writerow(row)
    audience.lines = people
    return audience, audience.accepted - repeated
