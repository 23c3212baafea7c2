"""What the verdicts promise, tried on thousands of made-up experiments.

With no effect, at most one in twenty verdicts may be wrong, for each metric and number of arms; with the effect that
the panel of the shares foretells, four of five must notice it; a join that loses guests of one arm must be caught.
"""

import sys

import numpy as np

from experiments import judgement, soundness
from experiments.counted_arms import ArmFigures
from experiments.judgement import ExperimentVerdict
from experiments.means import Sums
from experiments.power import POWER, detectable_rate

EXPERIMENTS = 2_000
BASELINE = 0.10
WRONG = {ExperimentVerdict.CLEAR_GAIN, ExperimentVerdict.CLEAR_LOSS}
ALLOWED = 0.05
NEAR, SURE = 0.02, 0.95
SEED = 20_261_201


def arm(rng, name, *, guests, rate, is_control=False, found=None):
    """Return an arm of which each guest visits with this probability and spends a skewed amount."""
    visitors = int(rng.binomial(guests, rate))
    cents = np.round(rng.lognormal(mean=7.2, sigma=0.5, size=visitors)).astype(np.int64)
    spend = Sums(guests=guests, y=int(cents.sum()), yy=int((cents * cents).sum()))
    visits = Sums(guests=guests, y=visitors, yy=visitors)
    figures = {"visitors": visitors, "visits": visits, "spend": spend, "found": found}
    return ArmFigures(name=name, is_control=is_control, share=1, assigned=guests, **figures)


def experiment(rng, *, control, arms, rate):
    held = arm(rng, "Control", guests=control[0], rate=BASELINE, is_control=True)
    return [held, *(arm(rng, f"Arm {place}", guests=size, rate=rate) for place, size in enumerate(arms, start=1))]


def wrong_verdicts(rng, *, control, arms):
    """Return how often a verdict is clear, and how often the interval of spend leaves out zero, with no effect."""
    verdicts = spends = 0
    for _ in range(EXPERIMENTS):
        made = experiment(rng, control=(control,), arms=arms, rate=BASELINE)
        verdicts += judgement.verdict(made)[0] in WRONG
        spend = [each.found.interval for each in judgement.compared(made) if each.metric == "spend"]
        spends += any(not interval.holds(0) for interval in spend)
    return verdicts / EXPERIMENTS, spends / EXPERIMENTS


def noticed(rng, *, control, arm_size):
    """Return how often the gain is noticed that the panel foretells for these sizes."""
    gain = detectable_rate(control=control, arm=arm_size, baseline=BASELINE)
    found = 0
    for _ in range(EXPERIMENTS):
        made = experiment(rng, control=(control,), arms=(arm_size,), rate=BASELINE + gain)
        (visited,) = [each.found for each in judgement.compared(made) if each.metric == "visited"]
        found += visited.p < judgement.ALPHA and visited.value > 0
    return gain, found / EXPERIMENTS


def caught(rng, *, guests, control, lost):
    """Return how often a join is caught that loses this share of the guests of one arm."""
    red = 0
    for _ in range(EXPERIMENTS // 4):
        arms = [
            arm(rng, "Arm", guests=guests, rate=BASELINE, found=int(rng.binomial(guests, 0.95))),
            arm(
                rng,
                "Control",
                guests=control,
                rate=BASELINE,
                is_control=True,
                found=int(rng.binomial(control, 0.95 * (1 - lost))),
            ),
        ]
        red += soundness.sample_ratio(arms).light is soundness.Light.RED
    return red / (EXPERIMENTS // 4)


def main():
    rng, broken = np.random.default_rng(SEED), 0
    # Of so many experiments, chance alone moves the share of wrong verdicts by two standard errors.
    most = ALLOWED + 2 * (ALLOWED * (1 - ALLOWED) / EXPERIMENTS) ** 0.5
    print(f"{EXPERIMENTS:,} experiments each; wrong verdicts with no effect, at most {most:.1%}:")
    for control, arms in (
        (500, (4_500,)),
        (2_000, (18_000,)),
        (2_412, (10_853, 10_852)),
        (1_000, (3_000, 3_000, 3_000)),
    ):
        visited, spend = wrong_verdicts(rng, control=control, arms=arms)
        broken += max(visited, spend) > most
        print(f"  {len(arms)} arms, control {control:6,}: verdict {visited:.2%}, spend {spend:.2%}")
    print("gains that the panel foretells, noticed four times out of five:")
    for control, size in ((500, 4_500), (2_000, 18_000), (5_000, 5_000)):
        gain, share = noticed(rng, control=control, arm_size=size)
        broken += abs(share - POWER) > NEAR
        print(f"  control {control:6,}, arm {size:6,}: a gain of {100 * gain:.2f} points, noticed {share:.1%}")
    print("a join that loses guests of the control, caught:")
    for lost in (0.0, 0.02):
        share = caught(rng, guests=90_000, control=90_000, lost=lost)
        broken += share < SURE if lost else share > 1 - SURE
        print(f"  loses {lost:.0%}: {share:.1%}")
    return broken


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
