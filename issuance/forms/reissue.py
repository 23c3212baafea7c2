"""The form that issues revoked rewards anew."""

from collections.abc import Sequence
from typing import Any

from django import forms

from campaigns.models import Campaign
from lists.forms import offer
from ui.wording import counted


class ReissueForm(forms.Form):
    """The guests and the campaign of a reissue."""

    SAME, OTHERS = "same", "others"

    people = forms.ChoiceField(
        label="For whom", widget=forms.RadioSelect, error_messages={"required": "Please choose for whom."}
    )
    chosen = forms.ChoiceField(
        label="Campaign",
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="Another one where the reward was wrong. In the same one everybody keeps their group.",
    )

    def __init__(self, *args: Any, campaigns: Sequence[Campaign], guests: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._campaigns = {str(campaign.pk): campaign for campaign in campaigns}
        same = [(self.SAME, f"The {counted(guests, 'guest')} whose reward was revoked")] if guests else []
        offer(self, "people", [*same, (self.OTHERS, "Another list, which I add next")])
        offer(self, "chosen", [(key, campaign.name) for key, campaign in self._campaigns.items()])

    @property
    def campaign(self) -> Campaign:
        return self._campaigns[self.cleaned_data["chosen"]]
