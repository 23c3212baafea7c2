"""What a reward was when its campaign was made, and what has changed since: Thanx's operators edit rewards in place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.db.models import QuerySet

from campaigns.models import RewardTemplate, Variant
from ui.components import rewards

NOTHING = "–"


@dataclass(frozen=True, kw_only=True)
class RewardChange:
    """One thing about an arm's reward that is not as it was. `what` is the name, the discount or the fine print."""

    arm: str
    what: str
    before: str
    after: str


def promise_of(template: RewardTemplate) -> dict[str, str | None]:
    """Return what guests are told of a reward, as a variant stores it."""
    value = template.discount_value
    return {
        "name": template.name,
        "discount_type": template.discount_type,
        "discount_value": None if value is None else str(value),
        "fine_print": template.fine_print,
    }


def remember(variants: QuerySet[Variant]) -> None:
    """Store what the rewards of these arms are now; what was stored of them is lost. One query for each arm."""
    for variant in variants.select_related("reward_template"):
        template = variant.reward_template
        Variant.objects.filter(pk=variant.pk).update(promised=promise_of(template) if template else {})


def changes(variants: Iterable[Variant]) -> list[RewardChange]:
    """Return what has changed of the rewards of these arms. No query if their templates have been read."""
    return [change for variant in variants for change in _changes(variant)]


def _changes(variant: Variant) -> list[RewardChange]:
    template, before = variant.reward_template, variant.promised
    if template is None or not before:
        return []
    pairs = zip(_in_words(before).items(), _in_words(promise_of(template)).values(), strict=True)
    return [
        RewardChange(arm=variant.name, what=what, before=then or NOTHING, after=now or NOTHING)
        for (what, then), now in pairs
        if then != now
    ]


def _in_words(promise: Mapping[str, Any]) -> dict[str, str]:
    discount = rewards.discount(SimpleNamespace(**promise))
    return {"Name": promise["name"], "Discount": discount, "Fine print": promise["fine_print"]}
