"""What a manager fills in about rules for feedback and the daily batch. Every message says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from campaigns.models import Variant
from guests.forms import CHOOSE, GONE, offered, reward_words

LONGEST_DAYS = 365
USUAL = {"top_rating": 3, "within_days": 30}


class RuleForm(forms.Form):
    """Which feedback leads to which reward, and how often."""

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
    reward = forms.ChoiceField(
        label="Reward",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"required": "Please choose a reward.", "invalid_choice": GONE},
    )
    within_days = forms.IntegerField(
        label="Each guest at most once in so many days",
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text="Rewards that somebody gave for feedback by hand count, too.",
        error_messages={
            "required": "Please enter a number of days.",
            "invalid": "Please enter a whole number of days.",
            "min_value": "Please enter at least 1 day.",
            "max_value": f"Please enter at most {LONGEST_DAYS} days.",
        },
    )

    def __init__(self, *args: Any, rewards: Sequence[Variant], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {**USUAL, **kwargs.get("initial", {})}})
        self._rewards = {str(variant.pk): variant for variant in rewards}
        offered(self.fields["reward"], [("", CHOOSE), *((pk, reward_words(one)) for pk, one in self._rewards.items())])

    @property
    def terms(self) -> dict[str, Any]:
        """What the rule is to do."""
        return {
            "variant": self._rewards[self.cleaned_data["reward"]],
            "top_rating": self.cleaned_data["top_rating"],
            "within_days": self.cleaned_data["within_days"],
        }


class DailyForm(forms.Form):
    """When daily batches go out."""

    daily_at = forms.TimeField(
        label="Daily batches go out at",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": "Please enter a time, such as 10:00.",
            "invalid": "Please enter a time, such as 10:00.",
        },
    )
