"""Arms of experiments for tests, each from a few numbers."""

from experiments.counted_arms import ArmFigures
from experiments.means import Sums


def arm(name="Reward 1", *, guests, visitors, cents=1_000, is_control=False, **known):
    """Return an arm of which so many guests visited once and spent so much each."""
    known.setdefault("share", 10 if is_control else 90)
    visits = Sums(guests=guests, y=visitors, yy=visitors)
    spend = Sums(guests=guests, y=visitors * cents, yy=visitors * cents * cents)
    sums = {"visits": visits, "spend": spend}
    return ArmFigures(name=name, is_control=is_control, assigned=guests, visitors=visitors, **{**sums, **known})


def control(*, guests, visitors, **known):
    return arm("Control", guests=guests, visitors=visitors, is_control=True, **known)


CONTROL = control(guests=2_412, visitors=241)
A = arm("A", guests=10_853, visitors=1_215, share=45)
B = arm("B", guests=10_852, visitors=1_140, share=45)
"""A known experiment, whose figures statsmodels gave."""
