"""What a draft holds, as plain values: between the form, the command line and the rows."""

import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from campaigns.catalog.adoption import CONTROL_SHARE, default_shares
from campaigns.models import CONTROL, Campaign
from campaigns.schedule import LABELS, Dates

MOST_VARIANTS = 4
"""Source: Thanx Partner API v4.0, "Campaigns": 1 to 4 variants, the control among them."""


WHOLE = 100
"""The sum of the percentages of a campaign."""


@dataclass(frozen=True, kw_only=True)
class DraftArm:
    """One arm with a reward; `template_id` is the key of our row, None until a reward is chosen."""

    name: str = ""
    template_id: int | None = None
    share: int = 0


@dataclass(frozen=True, kw_only=True)
class Content:
    """A draft. `control_share` is None where there is no control group."""

    name: str = ""
    objective: str = ""
    fine_print: str = ""
    dates: Dates = field(default_factory=Dates)
    registers_controls: bool = False
    arms: tuple[DraftArm, ...] = ()
    control_share: int | None = None

    @property
    def is_full(self) -> bool:
        return len(self.arms) + (self.control_share is not None) >= MOST_VARIANTS

    @property
    def shares(self) -> list[int]:
        """The percentages, the control's last."""
        control = [] if self.control_share is None else [self.control_share]
        return [*(arm.share for arm in self.arms), *control]


def first_content(dates: Dates) -> Content:
    """Return a new draft: one reward, and a tenth of the guests held back."""
    return evenly(Content(dates=dates, arms=(DraftArm(name=free_name(())),), control_share=CONTROL_SHARE))


def content_of(campaign: Campaign) -> Content:
    """Return what the rows of a campaign hold."""
    variants = list(campaign.variants.all())
    treated = [variant for variant in variants if not variant.is_control]
    control = next((variant for variant in variants if variant.is_control), None)
    return Content(
        name=campaign.name,
        objective=campaign.objective,
        fine_print=campaign.fine_print,
        dates=Dates(**{name: getattr(campaign, name) for name in LABELS}),
        registers_controls=campaign.registers_controls,
        arms=tuple(DraftArm(name=each.name, template_id=each.reward_template_id, share=each.share) for each in treated),
        control_share=control.share if control else None,
    )


def wrong_sum(shares: Sequence[int]) -> str:
    """Return a sentence about percentages that do not add up; '' if they do."""
    total = sum(shares)
    if total == WHOLE:
        return ""
    missing = f"{WHOLE - total} % is missing" if total < WHOLE else f"{total - WHOLE} % too much"
    return f"The percentages add up to {total} %, not {WHOLE} %: {missing}."


def with_another_arm(content: Content) -> Content:
    """Return the draft with one more reward, if there is room."""
    if content.is_full:
        return content
    arm = DraftArm(name=free_name([each.name for each in content.arms]))
    return _resplit(content, replace(content, arms=(*content.arms, arm)))


def without_arm(content: Content, *, position: int) -> Content:
    """Return the draft without one of its rewards."""
    left = tuple(arm for index, arm in enumerate(content.arms) if index != position)
    return _resplit(content, replace(content, arms=left))


def with_control(content: Content, *, wanted: bool) -> Content:
    """Return the draft with a control group, or without one."""
    if wanted == (content.control_share is not None) or (wanted and content.is_full):
        return content
    return _resplit(content, replace(content, control_share=0 if wanted else None))


def evenly(content: Content) -> Content:
    """Return the draft with the same percentage for each reward, and the default one for the control."""
    names = [f"arm {index}" for index in range(len(content.arms))]
    names += [] if content.control_share is None else [CONTROL]
    shares = default_shares(names)
    arms = tuple(replace(arm, share=share) for arm, share in zip(content.arms, shares, strict=False))
    return replace(content, arms=arms, control_share=None if content.control_share is None else shares[-1])


def free_name(taken: Sequence[str]) -> str:
    """Return the first name that is free: Reward A, Reward B and so on."""
    names = (f"Reward {letter}" for letter in string.ascii_uppercase)
    return next(name for name in names if name not in taken)


def _resplit(before: Content, after: Content) -> Content:
    """Split evenly again if the percentages were even before. Percentages that a user has chosen stay."""
    return evenly(after) if before.shares == evenly(before).shares else after
