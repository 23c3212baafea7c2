"""Whether an experiment may be read: checks before any figure. One that is red hides the figures.

Arms are dealt by exact quotas, so the counts assigned cannot show a mismatch. What can is how many guests of each arm
are found in the member data: both arms are looked for by the same road. Thresholds: GrowthBook and Eppo warn of a
mismatch at p < 0.001.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from experiments.counted_arms import ArmFigures, reference
from experiments.distributions import chi_square_p
from experiments.means import Sums, difference, sample

MISMATCH_P, BALANCE_P = 0.001, 0.01
FEW_FOUND, TOO_FEW_FOUND = 0.80, 0.50
SOME_DOUBLE, TOO_MANY_DOUBLE = 0.01, 0.05
TOO_MANY_UNREADABLE = 0.01
UNCOVERED_DAY, UNCOVERED_SHARE = timedelta(days=1), 0.10
"""A file that ends a day early is told; one that leaves out a tenth of the window, and two days, cannot be read."""


class Light(StrEnum):
    """What a check says: all is well, mind this, or do not read the figures."""

    GREEN, AMBER, RED = "green", "amber", "red"


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """One check: its value (a p-value, a share or a moment; None where there is none), and what it means."""

    name: str
    value: float | str | None
    light: Light
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Which time the purchases that came in span, against the window as of `now`. None: not known."""

    first: datetime | None
    last: datetime | None
    start: datetime
    end: datetime
    now: datetime


def checked(
    arms: Sequence[ArmFigures], *, coverage: Coverage, unreadable: float | None, dealt: Sequence[tuple[int, int]]
) -> list[HealthCheck]:
    """Return all checks of an experiment. `unreadable` is the share of lines that were left out of its files.

    `dealt` are the size of each arm when guests were first dealt, and the size that its share gives.
    """
    return [
        assignment(dealt),
        sample_ratio(arms),
        balance(arms),
        covers(coverage),
        match_rate(arms),
        double_armed(arms),
        unreadable_lines(unreadable),
    ]


def is_red(checks: Sequence[HealthCheck]) -> bool:
    """Whether a check forbids reading the figures."""
    return any(check.light is Light.RED for check in checks)


def assignment(dealt: Sequence[tuple[int, int]]) -> HealthCheck:
    """Check that every arm has the guests that its share gives, within one guest."""
    if not dealt:
        return _check("assignment", None, Light.GREEN, "Not checked: guests were not split by shares.")
    worst = max(abs(size - due) for size, due in dealt)
    if worst <= 1:
        return _check("assignment", float(worst), Light.GREEN, "Every group has as many guests as its share gives.")
    said = f"A group has {worst:,} guests more or fewer than its share gives. Guests were not split as planned."
    return _check("assignment", float(worst), Light.RED, said)


def sample_ratio(arms: Sequence[ArmFigures]) -> HealthCheck:
    """Check that the arms' guests are found in the member data in the ratio in which they were dealt."""
    filled = [arm for arm in arms if arm.compared]
    found = [arm.found for arm in filled if arm.found is not None]
    total, guests = sum(found), sum(arm.compared for arm in filled)
    if len(found) < len(filled) or len(filled) < 2 or not total:  # noqa: PLR2004
        return _check("sample_ratio", None, Light.GREEN, "Not checked: no member data came in.")
    expected = [total * arm.compared / guests for arm in filled]
    statistic = sum((seen - due) ** 2 / due for seen, due in zip(found, expected, strict=True))
    p = chi_square_p(statistic, len(filled) - 1)
    if p >= MISMATCH_P:
        return _check("sample_ratio", p, Light.GREEN, "Guests of all groups are found equally often.")
    said = "Guests of one group are found more often than those of another. The groups cannot be compared."
    return _check("sample_ratio", p, Light.RED, said)


def balance(arms: Sequence[ArmFigures]) -> HealthCheck:
    """Check that the arms' guests visited and spent alike before the start."""
    against = reference(arms)
    others = [arm for arm in arms if arm is not against and arm.compared]
    if against is None or not others or not sum(arm.visitors_before for arm in arms):
        return _check("balance", None, Light.GREEN, "Not checked: no visits from before the start came in.")
    p = min(_visits_before_p([against, *others]), *(_spend_before_p(arm, against) for arm in others))
    if p >= BALANCE_P:
        return _check("balance", p, Light.GREEN, "Before the start, guests of all groups visited and spent alike.")
    return _check("balance", p, Light.AMBER, "Before the start, guests of one group visited or spent more than others.")


def covers(coverage: Coverage) -> HealthCheck:
    """Check that the purchases span the window, and say whether they span the look-back."""
    if coverage.last is None:
        said = (
            "The file says no times: all its visits count."
            if coverage.first
            else "No purchases with times came in yet."
        )
        return _check("coverage", None, Light.AMBER, said)
    light, said = _covered(coverage, coverage.last)
    return _check("coverage", coverage.last.isoformat(), light, said)


def _covered(coverage: Coverage, last: datetime) -> tuple[Light, str]:
    missing = min(coverage.end, coverage.now) - last
    is_over, longest = coverage.now >= coverage.end, (coverage.end - coverage.start) * UNCOVERED_SHARE
    if is_over and (last < coverage.start or missing > max(2 * UNCOVERED_DAY, longest)):
        ends = f"The purchases end on {_day(last)}, the window on {_day(coverage.end)}."
        return Light.RED, f"{ends} Add a file that reaches beyond it."
    if last < coverage.start:
        return Light.AMBER, "No purchases since the start came in yet."
    if missing > UNCOVERED_DAY:
        return Light.AMBER, f"The purchases end on {_day(last)}, before the window does on {_day(coverage.end)}."
    if coverage.first is not None and coverage.first > coverage.start + UNCOVERED_DAY:
        begin = f"The purchases begin on {_day(coverage.first)}"
        return Light.AMBER, f"{begin}, after the window did on {_day(coverage.start)}."
    return Light.GREEN, "The purchases span the window as far as it has passed."


def match_rate(arms: Sequence[ArmFigures]) -> HealthCheck:
    """Check how many guests are found in the member data, in the arm where they are fewest."""
    rates = [arm.found / arm.compared for arm in arms if arm.found is not None and arm.compared]
    if not rates:
        return _check("match_rate", None, Light.GREEN, "Not checked: no member data came in.")
    lowest = min(rates)
    light = Light.RED if lowest < TOO_FEW_FOUND else Light.AMBER if lowest < FEW_FOUND else Light.GREEN
    return _check("match_rate", lowest, light, f"Of 100 guests, {100 * lowest:.0f} are found in the member data.")


def double_armed(arms: Sequence[ArmFigures]) -> HealthCheck:
    """Check how many guests are in two arms, under two identifiers of theirs."""
    if all(arm.found is None for arm in arms):
        return _check("double_armed", None, Light.GREEN, "Not checked: no member data came in.")
    assigned = sum(arm.assigned for arm in arms)
    share = sum(arm.double for arm in arms) / assigned if assigned else 0.0
    light = Light.RED if share > TOO_MANY_DOUBLE else Light.AMBER if share > SOME_DOUBLE else Light.GREEN
    if not share:
        return _check("double_armed", share, light, "No guest is known to be in two groups.")
    said = f"{100 * share:.1f} % of the guests are in two groups under two identifiers. They are left out."
    return _check("double_armed", share, light, said)


def unreadable_lines(share: float | None) -> HealthCheck:
    """Check how many lines of the files were left out. None: no file came in."""
    if share is None:
        return _check("unreadable_lines", None, Light.GREEN, "Not checked: no file came in.")
    if share > TOO_MANY_UNREADABLE:
        said = f"{100 * share:.1f} % of the lines of a file cannot be read. Correct them, and add the file again."
        return _check("unreadable_lines", share, Light.RED, said)
    return _check("unreadable_lines", share, Light.GREEN, "All lines, or nearly all, can be read.")


def _check(name: str, value: float | str | None, light: Light, sentence: str) -> HealthCheck:
    return HealthCheck(name=name, value=value, light=light, sentence=sentence)


def _day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"


def _visits_before_p(arms: Sequence[ArmFigures]) -> float:
    """Return the p-value of the chi-square test that the arms' rates of visitors before the start are one."""
    guests, visitors = sum(arm.compared for arm in arms), sum(arm.visitors_before for arm in arms)
    statistic, rate = 0.0, visitors / guests
    if rate == 1:
        return 1.0
    for arm in arms:
        due = arm.compared * rate
        statistic += (arm.visitors_before - due) ** 2 * (1 / due + 1 / (arm.compared - due))
    return chi_square_p(statistic, len(arms) - 1)


def _spend_before_p(arm: ArmFigures, against: ArmFigures) -> float:
    if min(arm.compared, against.compared) < 2:  # noqa: PLR2004 - a variance needs two guests
        return 1.0
    found = difference(sample(_before(arm.spend)), sample(_before(against.spend)), level=0.95)
    return found.p if found else 1.0


def _before(sums: Sums) -> Sums:
    return Sums(guests=sums.guests, y=sums.x, yy=sums.xx)
