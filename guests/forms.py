"""The forms of one guest: search, settings, tags, tokens, answers to feedback, and rewards at Capillary."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator

from campaigns.models import Merchant
from issuance.jobs.guest_search import query_of
from lists.forms import offer
from partner_api.calls.capillary import CodeCase
from partner_api.calls.guest_calls import LONGEST_TOKEN, MOST_TAG_VALUES, SHORTEST_TOKEN

NUMBER = RegexValidator(r"^[\w.\-]+$", "Please enter the number alone, without spaces or other signs.")


class IssuedRewardForm(forms.Form):
    customer = forms.CharField(
        label="Customer number", max_length=60, validators=[NUMBER], help_text="Capillary's number of the customer."
    )
    transaction = forms.CharField(
        label="Reward transaction number",
        max_length=60,
        validators=[NUMBER],
        help_text="The number that was given when the reward was issued.",
    )
    code_case = forms.ChoiceField(
        label="Write voucher codes",
        choices=[
            (CodeCase.UPPER.value, "in capital letters"),
            (CodeCase.LOWER.value, "in small letters"),
            (CodeCase.AS_IT_IS.value, "as they were made"),
        ],
        initial=CodeCase.UPPER.value,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    host = forms.ChoiceField(label="Region", widget=forms.Select(attrs={"class": "form-select"}))

    def __init__(self, *args: Any, hosts: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "host", [(host, host) for host in hosts])
        self.fields["host"].required = len(hosts) > 1
        if len(hosts) <= 1:
            self.fields["host"].widget = forms.HiddenInput()
        for name in ("customer", "transaction"):
            self.fields[name].widget.attrs.update({"autocomplete": "off", "spellcheck": "false"})


class FindForm(forms.Form):
    """The identifier of a guest. It is posted, so that no URL and no log holds it."""

    q = forms.CharField(
        label="Email address or phone number",
        max_length=200,
        error_messages={"required": "Please enter an email address or a phone number."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "type": "search"}),
    )


class SettingsForm(forms.Form):
    """What a guest receives. Only changes of what Thanx said are written."""

    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, settings: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for setting in settings:
            field = forms.BooleanField(label=setting.label, required=False, initial=bool(setting.on))
            self.fields[setting.name] = field
        self._before = {setting.name: setting.on for setting in settings}

    @property
    def changed(self) -> dict[str, bool]:
        return {
            name: self.cleaned_data[name] for name, on in self._before.items() if self.cleaned_data[name] != bool(on)
        }


class GuestTokenForm(forms.Form):
    merchant = forms.ModelChoiceField(
        queryset=Merchant.objects.filter(vanished_at=None), widget=forms.Select(attrs={"class": "form-select"})
    )
    guest = forms.CharField(
        label="Email address or phone number",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    seconds = forms.IntegerField(
        label="Valid for, in seconds",
        min_value=SHORTEST_TOKEN,
        max_value=LONGEST_TOKEN,
        initial=SHORTEST_TOKEN,
        help_text="From a minute to an hour. As short as will do.",
    )


class TagForm(forms.Form):
    """A tag of ours. Our prefix is put before the name, so that no tag of another partner is written."""

    name = forms.RegexField(
        r"^[\w.:\-]+$",
        label="Name",
        max_length=100,
        help_text="Letters, digits, dots, dashes and colons.",
        error_messages={"invalid": "Please use letters, digits, dots, dashes and colons only."},
    )
    values = forms.CharField(
        label="Values", required=False, max_length=5_000, help_text="Separate several with commas."
    )
    delete = forms.BooleanField(required=False, widget=forms.HiddenInput())

    def clean_values(self) -> list[str]:
        values = [one.strip() for one in self.cleaned_data["values"].split(",") if one.strip()]
        if len(values) > MOST_TAG_VALUES:
            raise forms.ValidationError(f"{len(values)} values are too many: {MOST_TAG_VALUES} are the most.")
        return list(dict.fromkeys(values))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("delete") and not cleaned.get("values") and "values" not in self.errors:
            self.add_error("values", "Please enter at least one value.")
        cleaned["key"] = f"{settings.TAG_PREFIX}{cleaned.get('name', '')}"
        return cleaned


class AnswerForm(forms.Form):
    text = forms.CharField(
        label="Your answer",
        max_length=1_000,
        help_text="There is only one answer to a feedback. Thanx sends it to the guest at once.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Please write what the guest shall read."},
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput())


class RetentionForm(forms.Form):
    """How long guests' data are kept."""

    days = forms.IntegerField(
        label="Days",
        min_value=1,
        max_value=3_650,
        required=False,
        help_text="Counted from the day on which nothing needs the data any more. Leave it empty for the usual number.",
    )


class OneGuestForm(forms.Form):
    """One guest, by the identifiers that a user knows. They are posted, so that no URL and no log holds them."""

    email = forms.CharField(label="Email address", max_length=200, required=False)
    phone = forms.CharField(label="Phone number", max_length=60, required=False)
    exclusions_too = forms.BooleanField(
        label="Take the guest off exclusion lists, too",
        required=False,
        help_text="Without this the guest goes on getting nothing.",
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._merchant = merchant
        for name in ("email", "phone"):
            self.fields[name].widget.attrs.update({"autocomplete": "off", "spellcheck": "false"})

    @property
    def typed(self) -> list[str]:
        """The identifiers that were typed."""
        return [self.cleaned_data[name] for name in ("email", "phone") if self.cleaned_data.get(name)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("email", "phone"):
            text = cleaned.get(name)
            if text and not query_of(text, merchant=self._merchant).fingerprints:
                self.add_error(name, "This names no guest. A number from abroad needs its country code, such as +44.")
        if not self.errors and not self.typed:
            self.add_error("email", "Please enter an email address, a phone number, or both.")
        return cleaned
