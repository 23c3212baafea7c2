"""What people fill in on the pages of issuances. Every message says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from campaigns.halts import LONGEST_REASON
from campaigns.models import CONTROL, Campaign, Merchant, Variant
from issuance.attention import Decision
from issuance.pages.wording import counted
from issuance.settling import LONGEST_NOTE

STANDINGS = (
    ("", "Any status"),
    ("draft", "Draft"),
    ("running", "At work"),
    ("needs-you", "Needs you"),
    ("paused", "Paused"),
    ("failures", "With failures"),
    ("ended", "Ended"),
    ("stopped", "Stopped"),
    ("revoked", "Revoked"),
)
REASONS_TO_REVOKE = (
    ("wrong people", "It went to the wrong people"),
    ("wrong reward", "It was the wrong reward"),
    ("sent twice", "It was sent twice"),
    ("campaign withdrawn", "The campaign is withdrawn"),
    ("other", "Something else"),
)


class FilterForm(forms.Form):
    """What the list of issuances shows."""

    q = forms.CharField(label="Search", required=False, max_length=100)
    status = forms.ChoiceField(
        label="Status", choices=STANDINGS, required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    campaign = forms.ModelChoiceField(
        label="Campaign",
        queryset=Campaign.objects.none(),
        required=False,
        empty_label="Any campaign",
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        campaigns = Campaign.objects.kept().filter(merchant=merchant, issuances__isnull=False).distinct()
        self._choose_from(campaigns.only("name").order_by("name"))

    def _choose_from(self, campaigns: Any) -> None:
        field = self.fields["campaign"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = campaigns


SPLIT = "split"
NO_COLUMN = "none"


def _column(value: str) -> int | None:
    return None if value == NO_COLUMN else int(value)


def _split(arms: Sequence[Variant]) -> tuple[str, str]:
    shares = ", ".join(f"{arm.share} % {arm.name}" for arm in arms)
    return SPLIT, f"Split: {shares}"


class StartForm(forms.Form):
    """Who of the audience gets what: the campaign's shares, or one arm for everybody."""

    arm = forms.ChoiceField(label="Who gets what", widget=forms.RadioSelect, initial=SPLIT)

    def __init__(self, *args: Any, arms: Sequence[Variant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arms = {str(arm.pk): arm for arm in arms if arm.name != CONTROL}
        everybody = [(key, f"Everybody gets “{arm.name}”") for key, arm in self.arms.items()]
        field = self.fields["arm"]
        assert isinstance(field, forms.ChoiceField)
        # A campaign of one arm has nothing to split; the word for it stays the same.
        field.choices = [(SPLIT, everybody[0][1])] if len(arms) == 1 and everybody else [_split(arms), *everybody]

    @property
    def only_variant(self) -> Variant | None:
        """The one arm for everybody, None for the campaign's shares."""
        return self.arms.get(self.cleaned_data["arm"])


class PeopleForm(forms.Form):
    """The people: a file, or lines pasted from a spreadsheet."""

    use_required_attribute = False  # one of the two is enough

    file = forms.FileField(
        label="File",
        error_messages={"required": "Please choose a file, or paste lines below."},
        allow_empty_file=True,
        help_text="A spreadsheet (XLSX, ODS) or CSV file with an e-mail address or a phone number in each line.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xlsm,.ods,text/csv,text/plain"}),
    )
    pasted = forms.CharField(
        label="Or paste lines",
        required=False,
        help_text="One guest a line, as copied from a spreadsheet.",
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = not str(self.data.get("pasted", "")).strip()

    def clean_file(self) -> UploadedFile[bytes] | None:
        """Refuse what is empty or too large, in words."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is None:
            return None
        if not file.size:
            raise forms.ValidationError("This file is empty. Please choose another one.")
        if file.size > settings.MAX_UPLOAD_BYTES:
            limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
            raise forms.ValidationError(f"This file is larger than {limit}. Please split it and add the parts in turn.")
        return file


class ColumnsForm(forms.Form):
    """Which column holds what, which row names them, and which sheet of a spreadsheet it is."""

    sheet = forms.TypedChoiceField(label="Sheet", coerce=int, required=False, empty_value=None)
    header_row = forms.TypedChoiceField(label="The columns are named in", coerce=int, required=False, empty_value=None)
    email = forms.TypedChoiceField(label="E-mail addresses are in", coerce=_column)
    phone = forms.TypedChoiceField(label="Phone numbers are in", coerce=_column)
    prefers = forms.ChoiceField(
        label="When a line has both, use",
        choices=[("email", "the e-mail address"), ("phone", "the phone number")],
        widget=forms.RadioSelect,
    )

    def __init__(
        self,
        *args: Any,
        columns: Sequence[str],
        header_rows: Sequence[tuple[int, str]],
        sheets: Sequence[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        named = [(NO_COLUMN, "No column"), *((str(index), label) for index, label in enumerate(columns))]
        for name, choices in (("email", named), ("phone", named), ("header_row", header_rows), ("sheet", sheets)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Want one column at least. One column for both may hold either in each line."""
        given = super().clean() or {}
        if not self.errors and given.get("email") is None and given.get("phone") is None:
            words = "Please say which column holds e-mail addresses, or below which one holds phone numbers."
            self.add_error("email", words)
        return given

    def said(self, name: str) -> int | None:
        """Return the sheet or the header's row that was chosen; what was shown where nothing was."""
        chosen: int | None = self.cleaned_data.get(name)
        return self.initial[name] if chosen is None else chosen

    @property
    def wants_another_look(self) -> bool:
        """Whether another sheet or row was chosen than is shown: its columns have not been seen yet."""
        return any(self.said(name) != self.initial[name] for name in ("sheet", "header_row"))

    @property
    def mapping(self) -> dict[str, int]:
        """The chosen columns by what they hold, zero-based."""
        chosen = {name: self.cleaned_data[name] for name in ("email", "phone")}
        return {name: index for name, index in chosen.items() if index is not None}

    @property
    def preferred(self) -> str:
        """Which identifier counts when a line has both."""
        return str(self.cleaned_data["prefers"])


class ConfirmForm(forms.Form):
    """The last look before rewards go out."""

    again = forms.BooleanField(label="I know, and I want to issue to this file again", required=False)


class StopSendingForm(forms.Form):
    """Why nothing is to be sent."""

    reason = forms.CharField(
        label="Why",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Everybody who finds that nothing is sent reads this.",
        error_messages={"required": "Please say in a few words why."},
    )


class DecideForm(forms.Form):
    """What somebody decides about a job whose outcome is not known."""

    decision = forms.ChoiceField(label="What to do", choices=[(item.value, item.value) for item in Decision])
    job_id = forms.CharField(label="Job", required=False, max_length=100)


class SettleForm(forms.Form):
    """Why nothing more is to be done."""

    note = forms.CharField(
        label="Why",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with your name. Please leave out addresses and phone numbers; they are masked.",
        error_messages={"required": "Please say in a few words why nothing more is to be done."},
    )


class RevokeForm(forms.Form):
    """Why, how many (typed, so that it is read), and what about the jobs that still run."""

    reason = forms.ChoiceField(
        label="Why",
        choices=REASONS_TO_REVOKE,
        widget=forms.RadioSelect,
        error_messages={"required": "Please choose why."},
    )
    detail = forms.CharField(
        label="In your words",
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with your name in the log of this issuance.",
    )
    number = forms.CharField(label="Number of rewards", max_length=20)
    also_running = forms.BooleanField(label="Also revoke the jobs that still run, as they finish", required=False)

    def __init__(self, *args: Any, rewards: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rewards = rewards
        field = self.fields["number"]
        field.help_text = f"Type {rewards:,} to show that you have seen it."
        field.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})

    def clean_number(self) -> int:
        """Accept the number with or without separators."""
        typed = "".join(sign for sign in self.cleaned_data["number"] if sign not in " ,.'’\u00a0\u202f")
        if not typed.isdecimal() or int(typed) != self.rewards:
            rewards = counted(self.rewards, "reward")
            raise forms.ValidationError(f"This would revoke {rewards}. Please type {self.rewards:,} if you want that.")
        return int(typed)

    def clean(self) -> dict[str, Any]:
        """Want words for "something else"."""
        given = super().clean() or {}
        if given.get("reason") == "other" and not given.get("detail", "").strip():
            self.add_error("detail", "Please say in a few words why.")
        return given

    @property
    def reason_text(self) -> str:
        """The reason as it is recorded."""
        words = dict(REASONS_TO_REVOKE)[self.cleaned_data["reason"]]
        detail = self.cleaned_data["detail"].strip()
        return f"{words}: {detail}" if detail else words


class ReissueForm(forms.Form):
    """For whom and for which campaign revoked rewards are issued anew."""

    SAME, OTHERS = "same", "others"

    people = forms.ChoiceField(
        label="For whom",
        widget=forms.RadioSelect,
        error_messages={"required": "Please choose for whom."},
    )
    chosen = forms.ChoiceField(
        label="Campaign",
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="Another one where the reward was wrong. In the same one everybody keeps their arm.",
    )

    def __init__(self, *args: Any, campaigns: Sequence[Campaign], guests: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._campaigns = {str(campaign.pk): campaign for campaign in campaigns}
        same = [(self.SAME, f"The {counted(guests, 'guest')} whose reward was revoked")] if guests else []
        self._choose("people", [*same, (self.OTHERS, "Another list, which I add next")])
        self._choose("chosen", [(key, campaign.name) for key, campaign in self._campaigns.items()])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def campaign(self) -> Campaign:
        """The campaign that was chosen."""
        return self._campaigns[self.cleaned_data["chosen"]]
