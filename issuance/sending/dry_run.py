"""The dry run: what a confirmation would do, in numbers. Guests by arm, jobs by size, and the cost at most.

It makes no call. The review page, the command line, the limits and the approvals all go by it.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from campaigns.models import RewardTemplate, Variant
from issuance.models import Batch, Issuance
from issuance.sending import canary, role_limits
from issuance.sending.canary import CanaryCut
from issuance.sending.role_limits import Size
from issuance.states import BatchState

MONEY = ("amount", "dollar", "fixed", "cash")
"""Words in a kind of discount that make it a sum of money: only that can be priced."""


@dataclass(frozen=True, kw_only=True)
class DryRunArm:
    """What one arm would get. `jobs` are the sizes of its calls, in their order.

    `at_most` is the cost in dollars if every guest redeems, None where it cannot be priced.
    """

    variant: Variant
    reward: RewardTemplate | None
    is_control: bool
    guests: int
    jobs: Sequence[int]
    at_most: Decimal | None

    @property
    def sizes(self) -> Sequence[tuple[int, int]]:
        """The different sizes of its jobs, in their order, each with the number of jobs."""
        return list(Counter(self.jobs).items())


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """All arms together: `rewards + held_back == guests`.

    `strangers` of the rewards will probably fail, since their guests are no members. `unpriced_at` is what the
    merchant's limits count for a reward that cannot be priced, in dollars. `mark` is another one for other guests,
    arms or rewards.
    """

    arms: Sequence[DryRunArm]
    mark: str = ""
    strangers: int = 0
    unpriced_at: Decimal = Decimal()

    @property
    def guests(self) -> int:
        """Recipients, including those held back."""
        return sum(arm.guests for arm in self.arms)

    @property
    def held_back(self) -> int:
        """Recipients who get nothing, on purpose."""
        return sum(arm.guests for arm in self.arms if arm.is_control)

    @property
    def rewards(self) -> int:
        """Recipients who are to get a reward."""
        return self.guests - self.held_back

    @property
    def calls(self) -> int:
        """Calls that issue: one for each job."""
        return sum(len(arm.jobs) for arm in self.arms)

    @property
    def at_most(self) -> Decimal | None:
        """What the arms that can be priced cost if every guest redeems; None where none can."""
        priced = [arm.at_most for arm in self.arms if arm.at_most is not None]
        return sum(priced, Decimal()) if priced else None

    @property
    def unpriced(self) -> bool:
        """Whether there are rewards that cannot be priced, such as percentages and free items."""
        return any(arm.at_most is None and not arm.is_control for arm in self.arms)

    @property
    def size(self) -> Size:
        """The size that limits are compared with."""
        unpriced = sum(arm.guests for arm in self.arms if arm.at_most is None and not arm.is_control)
        return Size(rewards=self.rewards, at_most=(self.at_most or Decimal()) + unpriced * self.unpriced_at)


def of_issuance(issuance: Issuance) -> DryRun:
    """Return what a confirmation would do now. One query."""
    return of_batches(issuance, draft_batches(issuance))


def draft_batches(issuance: Issuance) -> list[Batch]:
    """Return the draft batches of an issuance with their rewards, in the order of the arms. One query."""
    drafts = Batch.objects.filter(issuance=issuance, state=BatchState.DRAFT)
    return list(drafts.select_related("variant__reward_template").order_by("variant__position", "number"))


def of_batches(issuance: Issuance, batches: Sequence[Batch]) -> DryRun:
    """Return the dry run of draft batches that are read already. No query beyond the campaign."""
    cut = canary.cut_of(batches) if issuance.canary else None
    by_variant: dict[Variant, list[Batch]] = {}
    for batch in batches:
        by_variant.setdefault(batch.variant, []).append(batch)
    registers = issuance.campaign.registers_controls
    return DryRun(
        arms=[_arm(variant, rows, cut, registers=registers) for variant, rows in by_variant.items()],
        mark=_mark(issuance, batches),
        strangers=issuance.probably_fail,
        unpriced_at=role_limits.unpriced_value(issuance.merchant),
    )


def _mark(issuance: Issuance, batches: Sequence[Batch]) -> str:
    rewards = [(str(batch.variant_id), batch.variant.reward_template_id, batch.body_digest) for batch in batches]
    return hashlib.sha256(repr((issuance.canary, rewards)).encode()).hexdigest()


def _arm(variant: Variant, batches: Sequence[Batch], cut: CanaryCut | None, *, registers: bool) -> DryRunArm:
    guests = sum(batch.size for batch in batches)
    return DryRunArm(
        variant=variant,
        reward=variant.reward_template,
        is_control=variant.is_control,
        guests=guests,
        jobs=[size for batch in batches for size in _sizes(batch, cut)] if registers or not variant.is_control else [],
        at_most=_at_most(variant.reward_template, guests=guests),
    )


def _sizes(batch: Batch, cut: CanaryCut | None) -> list[int]:
    if cut is None or cut.batch.pk != batch.pk or not cut.makes_a_job_more:
        return [batch.size]
    return [cut.size, batch.size - cut.size]


def _at_most(reward: RewardTemplate | None, *, guests: int) -> Decimal | None:
    if reward is None or reward.discount_value is None:
        return None
    kind = reward.discount_type.lower()
    return Decimal(reward.discount_value) * guests if any(word in kind for word in MONEY) else None
