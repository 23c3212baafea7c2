"""The form that begins an issuance."""

from collections.abc import Sequence
from typing import Any

from django import forms

from campaigns.models import Variant
from issuance.drafts.drafts import NoShares
from issuance.forms.split import SPLIT, arms_for_everybody
from lists.forms import offer


class NewIssuanceForm(forms.Form):
    """For a campaign whose arms have no shares: the arm for everybody. Otherwise the split is a step of its own."""

    arm = forms.ChoiceField(
        label="Who gets what",
        widget=forms.RadioSelect,
        error_messages={"required": NoShares.words, "invalid_choice": NoShares.words},
    )

    def __init__(self, *args: Any, arms: Sequence[Variant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arms = arms_for_everybody(arms)
        if any(arm.share for arm in arms):
            del self.fields["arm"]
        else:
            offer(self, "arm", [(key, f"Everybody gets “{arm.name}”") for key, arm in self.arms.items()])

    @property
    def only_variant(self) -> Variant | None:
        """The one arm for everybody, None for the campaign's shares."""
        return self.arms.get(self.cleaned_data.get("arm", SPLIT))
