"""The forms of recoveries: a reward for one guest, a rule for feedback, and the time of the daily batch."""

from collections.abc import Sequence
from typing import Any

from django import forms

from campaigns.models import Variant
from lists.forms import offer

LONGEST_DAYS = 365
DEFAULTS = {"top_rating": 3, "within_days": 30}


class RewardForm(forms.Form):
    reward = forms.ChoiceField(
        label="Reward",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "required": "Please choose a reward.",
            "invalid_choice": "This reward cannot be given any more. Please choose another one.",
        },
    )

    def __init__(self, *args: Any, rewards: Sequence[Variant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rewards = {str(variant.pk): variant for variant in rewards}
        named = [(pk, reward_words(variant)) for pk, variant in self._rewards.items()]
        offer(self, "reward", [("", "Choose a reward"), *named])

    @property
    def variant(self) -> Variant:
        return self._rewards[self.cleaned_data["reward"]]


class RecoverForm(RewardForm):
    NOW, DAILY = "now", "daily"

    when = forms.ChoiceField(
        label="When", widget=forms.RadioSelect, error_messages={"required": "Please choose when it goes out."}
    )

    def __init__(self, *args: Any, daily_words: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "when", [(self.NOW, "Now"), (self.DAILY, f"With the daily batch, {daily_words}")])

    @property
    def daily(self) -> bool:
        return bool(self.cleaned_data["when"] == self.DAILY)


class RuleForm(RewardForm):
    top_rating = forms.IntegerField(
        label="Ratings up to",
        min_value=1,
        max_value=10,
        help_text="From 1 to 10. Feedback with this rating or a lower one is queued.",
        error_messages={
            "required": "Please enter a rating from 1 to 10.",
            "invalid": "Please enter a whole number from 1 to 10.",
            "min_value": "The lowest rating is 1.",
            "max_value": "The highest rating is 10.",
        },
    )
    within_days = forms.IntegerField(
        label="Each guest at most once in so many days",
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text="Rewards that a user gave for feedback by hand count, too.",
        error_messages={
            "required": "Please enter a number of days.",
            "invalid": "Please enter a whole number of days.",
            "min_value": "Please enter at least 1 day.",
            "max_value": f"Please enter at most {LONGEST_DAYS} days.",
        },
    )
    field_order = ("top_rating", "reward", "within_days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {**DEFAULTS, **kwargs.get("initial", {})}})

    @property
    def terms(self) -> dict[str, Any]:
        """The terms of the rule, as `set_up_rule` and `change_rule` take them."""
        return {
            "variant": self.variant,
            "top_rating": self.cleaned_data["top_rating"],
            "within_days": self.cleaned_data["within_days"],
        }


class DailyForm(forms.Form):
    daily_at = forms.TimeField(
        label="Daily batches go out at",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": "Please enter a time, such as 10:00.",
            "invalid": "Please enter a time, such as 10:00.",
        },
    )


def reward_words(variant: Variant) -> str:
    """Return a reward's name for people: its campaign, its arm, and its template where that is named otherwise."""
    template = variant.reward_template
    arm = variant.name if template is None or template.name == variant.name else f"{variant.name}: {template.name}"
    return f"{variant.campaign.name} · {arm}"
