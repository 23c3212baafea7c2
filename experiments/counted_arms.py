"""What is known of the arms of an experiment once its guests have been counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.means import Sums
from experiments.rates import Rate


@dataclass(frozen=True, kw_only=True)
class ArmFigures:
    """The guests of an arm, and what they did in the window and in the look-back before it. Money is in cents.

    `assigned` are all its guests, `double` those of them who are in another arm, too: they are not compared.
    `found` are the guests in the member data, None without such data. `visits` and `spend` are sums over the guests
    who are compared, each with the same of the look-back as its x. `cost` is what its used rewards cost.
    """

    name: str
    is_control: bool
    share: int
    assigned: int
    double: int = 0
    found: int | None = None
    visitors: int = 0
    visits: Sums
    spend: Sums
    visitors_before: int = 0
    redeemed: int = 0
    cost: int = 0

    @property
    def compared(self) -> int:
        """The guests who are compared: everyone assigned, whatever became of the reward, but for double ones."""
        return self.assigned - self.double

    @property
    def rate(self) -> Rate:
        """How many of the compared guests visited."""
        return Rate(events=self.visitors, of=self.compared)


def nothing(guests: int) -> Sums:
    """Return the sums over guests who did nothing."""
    return Sums(guests=guests, y=0, yy=0)


def reference(arms: Sequence[ArmFigures]) -> ArmFigures | None:
    """Return the arm that the others are compared with: the control, else the first; None if it has no guest."""
    found = next((arm for arm in arms if arm.is_control), None)
    found = found or next((arm for arm in arms if arm.compared), None)
    return found if found is not None and found.compared else None


def treatments(arms: Sequence[ArmFigures]) -> list[ArmFigures]:
    """Return the arms that are compared with the reference."""
    against = reference(arms)
    return [arm for arm in arms if arm is not against and not arm.is_control]
