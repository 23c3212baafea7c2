"""Files of invented people, and what must become of each of their lines."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.plan import Plan
from thanx_portal.demo.guests import AREAS

MOST_WITH_PHONE = 0.2
REPEATED = 0.01
WRONG = 0.01
UNKNOWN_TO_THE_MERCHANT = 0.02
"""Guests whose addresses are spelled so that the sandbox does not know them: failures in the job."""

WRONG_CELLS = ("n/a", "ana.lima@example", "jo@@example.com", "guest at example.com")


@dataclass(kw_only=True)
class Audience:
    """One file, and the identifiers that its lines stand for once they are normalised."""

    path: Path
    lines: int = 0
    accepted: set[str] = field(default_factory=set, repr=False)


def write_all(plan: Plan, *, folder: Path) -> dict[str, Audience]:
    """Write a file for each wave. Nobody is in two of them, so that everybody is owed one reward at most."""
    chance = random.Random(plan.seed)
    guests = _Guests(chance, people=plan.size.recipients)
    return {wave.name: _write(guests, folder / f"{wave.name}.csv", people=wave.people) for wave in plan.waves}


class _Guests:
    """People who do not exist: example.com, and 555-01xx, which is nobody's number in every area."""

    def __init__(self, chance: random.Random, *, people: int) -> None:
        self.chance = chance
        self._phones = [f"{area}55501{number:02}" for area in AREAS for number in range(100)]
        chance.shuffle(self._phones)
        self._with_phone = min(MOST_WITH_PHONE, 0.9 * len(self._phones) / people)
        self._number = 0

    def next(self) -> tuple[list[str], str]:
        """Return a guest's row and the identifier that it stands for."""
        self._number += 1
        if self._phones and self.chance.random() < self._with_phone:
            digits = self._phones.pop()
            return [f"Guest {self._number}", "", f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"], f"+1{digits}"
        stem = "notfound" if self.chance.random() < UNKNOWN_TO_THE_MERCHANT else "guest"
        email = f"{stem}.{self._number:07}.{self.chance.randrange(10**6):06}@example.com"
        return [f"Guest {self._number}", email, ""], email


def _write(guests: _Guests, path: Path, *, people: int) -> Audience:
    audience, chance = Audience(path=path), guests.chance
    row: list[str] = []
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("name", "email", "mobile"))
        for _ in range(people):
            drawn = chance.random()
            if drawn < WRONG:
                rows.writerow(["", chance.choice(WRONG_CELLS), ""])
            elif drawn < WRONG + REPEATED and row:
                rows.writerow([cell.upper() for cell in row])  # the guest before, spelled in another way
            else:
                row, identifier = guests.next()
                audience.accepted.add(identifier)
                rows.writerow(row)
    audience.lines = people
    return audience
