"""What marketers type about campaigns. A draft may be incomplete, so no field is required; `draft.gaps` finds gaps."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from campaigns.draft.content import MOST_VARIANTS, Content, DraftArm
from campaigns.models import CONTROL
from campaigns.reconciliation import comparable
from campaigns.schedule import LABELS, Dates, DraftGap
from campaigns.zones import CLOCKS_CHANGE

KEPT_HERE, SENT_TO_THANX = "here", "thanx"


class MayWait:
    """A field that a campaign needs and a draft may lack: shown as required, accepted when empty."""

    def validate(self, value: Any) -> None:
        """Accept anything that can be read."""


class DraftCharField(MayWait, forms.CharField):
    pass


class DraftIntegerField(MayWait, forms.IntegerField):
    pass


class DraftChoiceField(MayWait, forms.ChoiceField):
    pass


class LocalDateTimeField(MayWait, forms.DateTimeField):
    """A time by the clocks of one zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    zone: tzinfo = UTC

    def to_python(self, value: Any) -> datetime | None:
        """Read a local time. An hour that a clock change skips or repeats is an error."""
        with timezone.override(self.zone):
            try:
                return super().to_python(value)
            except ValidationError as error:
                if error.code == "ambiguous_timezone":
                    raise ValidationError(CLOCKS_CHANGE, code=error.code) from None
                raise

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().prepare_value(value)


class DatesForm(forms.Form):
    start_at = LocalDateTimeField(label=LABELS["start_at"])
    end_at = LocalDateTimeField(label=LABELS["end_at"])
    redeemable_from = LocalDateTimeField(label=LABELS["redeemable_from"])
    redeemable_to = LocalDateTimeField(label=LABELS["redeemable_to"])

    def __init__(self, *args: Any, zone: tzinfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LABELS:
            field = self.fields[name]
            assert isinstance(field, LocalDateTimeField)
            field.zone = zone

    def dates(self) -> Dates:
        return Dates(**{name: self.cleaned_data.get(name) for name in LABELS})


class CampaignForm(DatesForm):
    field_order = ("name", "objective", "fine_print")  # as on the page, so that its errors come in that order, too

    name = DraftCharField(
        label="Name",
        max_length=200,
        help_text="Says what it is for. Your colleagues and Thanx see it; it must be unique.",
    )
    objective = DraftCharField(
        label="Objective",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What the campaign should achieve, in a sentence.",
    )
    fine_print = DraftCharField(
        label="Fine print",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The terms that guests read.",
    )
    control_share = DraftIntegerField(label="Share", min_value=0, max_value=100)
    registers = DraftChoiceField(
        label="What Thanx learns about guests who are held back",
        choices=[
            (KEPT_HERE, "Nothing. They stay in this portal, where you can compare and download both lists."),
            (SENT_TO_THANX, "Who they are. They are registered under the variant Control and get no reward."),
        ],
        widget=forms.RadioSelect,
    )


class ArmForm(forms.Form):
    name = DraftCharField(label="Name", max_length=100)
    template = DraftIntegerField(label="Reward", widget=forms.HiddenInput)
    share = DraftIntegerField(label="Share", min_value=0, max_value=100)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if comparable(name) == comparable(CONTROL):
            raise ValidationError(f"“{CONTROL}” is the group without a reward. Choose another name.")
        return name


class Builder:
    """The forms of one draft together."""

    def __init__(self, *, campaign: CampaignForm, arms: Iterable[ArmForm], has_control: bool) -> None:
        self.campaign = campaign
        self.arms = list(arms)
        self.has_control = has_control
        self.problems: list[str] = []

    @classmethod
    def of_content(cls, content: Content, *, zone: tzinfo) -> "Builder":
        known = {name: getattr(content, name) for name in ("name", "objective", "fine_print", "control_share")}
        dates = {name: getattr(content.dates, name) for name in LABELS}
        registers = SENT_TO_THANX if content.registers_controls else KEPT_HERE
        arms = [
            ArmForm(
                prefix=f"arm-{position}", initial={"name": arm.name, "template": arm.template_id, "share": arm.share}
            )
            for position, arm in enumerate(content.arms)
        ]
        campaign = CampaignForm(initial={**known, **dates, "registers": registers}, zone=zone)
        return cls(campaign=campaign, arms=arms, has_control=content.control_share is not None)

    @classmethod
    def of_post(cls, data: Mapping[str, Any], *, zone: tzinfo) -> "Builder":
        prefixes = [f"arm-{position}" for position in range(MOST_VARIANTS)]
        arms = [ArmForm(data, prefix=prefix) for prefix in prefixes if f"{prefix}-name" in data]
        return cls(campaign=CampaignForm(data, zone=zone), arms=arms, has_control="has_control" in data)

    def is_valid(self) -> bool:
        return all([self.campaign.is_valid(), *(arm.is_valid() for arm in self.arms)])

    def content(self) -> Content:
        typed = self.campaign.cleaned_data
        return Content(
            name=typed["name"],
            objective=typed["objective"],
            fine_print=typed["fine_print"],
            dates=self.campaign.dates(),
            registers_controls=self.has_control and typed["registers"] == SENT_TO_THANX,
            arms=tuple(_arm(form) for form in self.arms),
            control_share=(typed["control_share"] or 0) if self.has_control else None,
        )

    def show(self, gaps: Iterable[DraftGap]) -> None:
        """Put each gap at its field. Gaps of several fields go to `problems`."""
        for gap in gaps:
            arm, _, name = gap.field.rpartition("-")
            if gap.field in self.campaign.fields:
                self.campaign.add_error(gap.field, gap.text)
            elif arm:
                self._arm(arm).add_error(name, gap.text)
            else:
                self.problems.append(gap.text)

    @property
    def error_count(self) -> int:
        return len(self.problems) + sum(len(form.errors) for form in [self.campaign, *self.arms])

    def _arm(self, prefix: str) -> ArmForm:
        return next(form for form in self.arms if form.prefix == prefix)


class SharesForm(forms.Form):
    def __init__(self, *args: Any, variants: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for variant in variants:
            self.fields[f"share-{variant.pk}"] = forms.IntegerField(
                label=variant.name, min_value=0, max_value=100, initial=variant.share
            )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        total = sum(share for share in typed.values() if share is not None)
        if not self.errors and total != 100:  # noqa: PLR2004
            raise ValidationError(f"The percentages add up to {total} %, not 100 %.")
        return typed

    def shares(self) -> dict[int, int]:
        """Return the percentages by the key of the variant, of a valid form."""
        return {int(name.removeprefix("share-")): share for name, share in self.cleaned_data.items()}


def _arm(form: ArmForm) -> DraftArm:
    typed = form.cleaned_data
    return DraftArm(name=typed["name"], template_id=typed["template"], share=typed["share"] or 0)


class LimitsForm(forms.Form):
    """The limits of a merchant. An empty field means what the portal says, which `portal` has in words."""

    daily_cap = forms.IntegerField(
        label="Guests who may get a reward on one day",
        required=False,
        min_value=0,
        max_value=2_147_483_647,
        help_text="It holds for all users, by the merchant's own days.",
    )
    unpriced_value = forms.DecimalField(
        label="Value of a reward without a price",
        required=False,
        min_value=0,
        max_digits=8,
        decimal_places=2,
        help_text="Dollars that a free item or a percentage counts as, where many rewards need an approval.",
    )

    def __init__(self, *args: Any, portal: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in portal.items():
            self.fields[name].help_text += f" Empty: {words}."
