"""Which guest gets what: one arm for all, or percentages."""

from collections.abc import Sequence
from typing import Any

from django import forms

from campaigns.models import CONTROL, Variant
from lists.forms import offer

USUAL_VISITS, USUAL_WISH = 10, 2
"""Percent of guests who visit without a reward, and points that a reward should bring, until a user knows better."""

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
        self._planned = {arm.pk: arm.share for arm in arms}
        everybody = [(key, f"Everybody gets “{arm.name}”") for key, arm in self.arms.items()]
        offer(self, "arm", [_split_label(arms), *everybody])
        self.initial["arm"] = SPLIT if only is None else str(only)
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

    def typed_shares(self) -> dict[int, int]:
        """Return the percentages by variant as they are typed, also where they do not add up."""
        if (chosen := self["arm"].value()) in self.arms:
            return {int(chosen): WHOLE}
        return {pk: self._typed_share(pk) for pk in self._planned}

    def _typed_share(self, variant_id: int) -> int:
        name = f"share-{variant_id}"
        if name not in self.fields:
            return self._planned[variant_id]
        typed = str(self[name].value() or "")
        return min(int(typed), WHOLE) if typed.isascii() and typed.isdecimal() else 0

    @property
    def share_fields(self) -> list[forms.BoundField]:
        """The percentages' fields, in the order of the arms."""
        return [self[name] for name in self.fields if name.startswith("share-")]


class AssumptionsForm(forms.Form):
    """What a user assumes, in percent, to learn what a split can show. It is not kept and decides nothing."""

    visits = forms.FloatField(
        label="Guests who visit without a reward", min_value=0.5, max_value=90, initial=USUAL_VISITS, required=False
    )
    wish = forms.FloatField(
        label="Gain that you want to notice", min_value=0.1, max_value=50, initial=USUAL_WISH, required=False
    )

    @property
    def problem(self) -> str:
        """What is wrong with the numbers, '' if nothing is."""
        usual = f"{USUAL_VISITS} % and {USUAL_WISH} points are assumed"
        return f"These numbers cannot be used, so {usual}." if self.is_bound and self.errors else ""

    def as_shares(self) -> dict[str, float]:
        """Return the numbers as shares of one; what was not typed, or cannot be used, counts as usual."""
        typed = self.cleaned_data if self.is_bound and not self.problem else {}
        return {
            "baseline": (typed.get("visits") or USUAL_VISITS) / WHOLE,
            "wish": (typed.get("wish") or USUAL_WISH) / WHOLE,
        }
