"""Which guest gets what: one arm for all, or percentages."""

from collections.abc import Sequence
from typing import Any

from django import forms

from campaigns.models import CONTROL, Variant
from lists.forms import offer

SPLIT = "split"
WHOLE = 100


def _split_label(arms: Sequence[Variant]) -> tuple[str, str]:
    shares = ", ".join(f"{arm.share} % {arm.name}" for arm in arms)
    return SPLIT, f"Split: {shares}"


def arms_for_everybody(arms: Sequence[Variant]) -> dict[str, Variant]:
    """Return the arms that all guests may be put into, by their primary keys: every one but the control."""
    return {str(arm.pk): arm for arm in arms if arm.name != CONTROL}


class SplitForm(forms.Form):
    """The percentages of the arms, which may change until another issuance uses them, or one arm for all guests."""

    arm = forms.ChoiceField(label="Who gets what", widget=forms.RadioSelect)

    def __init__(self, *args: Any, arms: Sequence[Variant], only: int | None, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arms, self.may_share = arms_for_everybody(arms), may_share
        everybody = [(key, f"Everybody gets “{arm.name}”") for key, arm in self.arms.items()]
        # A campaign of one arm has nothing to split; the word for it stays the same.
        offer(self, "arm", [(SPLIT, everybody[0][1])] if len(arms) == 1 else [_split_label(arms), *everybody])
        self.initial["arm"] = SPLIT if only is None or len(arms) == 1 else str(only)
        for arm in arms if may_share else ():
            self.fields[f"share-{arm.pk}"] = forms.IntegerField(
                label=arm.name, min_value=0, max_value=WHOLE, initial=arm.share, required=False
            )

    def clean(self) -> dict[str, Any]:
        """Refuse percentages that do not add up, where they count."""
        given = super().clean() or {}
        shares = [share or 0 for name, share in given.items() if name.startswith("share-")]
        if self.may_share and not self.errors and given.get("arm") == SPLIT and sum(shares) != WHOLE:
            raise forms.ValidationError(f"The percentages add up to {sum(shares)} %, not {WHOLE} %.")
        return given

    @property
    def only_variant(self) -> Variant | None:
        """The one arm for everybody, None for the percentages."""
        return self.arms.get(self.cleaned_data["arm"])

    @property
    def shares(self) -> dict[int, int] | None:
        """The percentages by variant, None where they are fixed."""
        names = {int(name.removeprefix("share-")): name for name in self.fields if name.startswith("share-")}
        return {pk: self.cleaned_data[name] or 0 for pk, name in names.items()} if self.may_share else None

    @property
    def share_fields(self) -> list[forms.BoundField]:
        """The percentages' fields, in the order of the arms."""
        return [self[name] for name in self.fields if name.startswith("share-")]
