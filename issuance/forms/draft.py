"""What people fill in on the way from a list of guests to the review. Every message says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from campaigns.models import CONTROL, Variant
from issuance.drafts import left_out_reasons
from lists.forms import FileOrLinesForm, TableForm, choose, file_field, pasted_field
from lists.lines import Accepted, Columns

SPLIT = "split"
NO_SHARES = (
    "No arm of this campaign has a share of the guests yet. Set the percentages, or choose one arm for everybody."
)
WHOLE = 100


def _split(arms: Sequence[Variant]) -> tuple[str, str]:
    shares = ", ".join(f"{arm.share} % {arm.name}" for arm in arms)
    return SPLIT, f"Split: {shares}"


def _everybody(arms: Sequence[Variant]) -> dict[str, Variant]:
    return {str(arm.pk): arm for arm in arms if arm.name != CONTROL}


class StartForm(forms.Form):
    """For a campaign whose arms have no shares: the arm for everybody. Otherwise the split is a step of its own."""

    arm = forms.ChoiceField(
        label="Who gets what",
        widget=forms.RadioSelect,
        error_messages={"required": NO_SHARES, "invalid_choice": NO_SHARES},
    )

    def __init__(self, *args: Any, arms: Sequence[Variant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arms = _everybody(arms)
        if any(arm.share for arm in arms):
            del self.fields["arm"]
        else:
            choose(self, "arm", [(key, f"Everybody gets “{arm.name}”") for key, arm in self.arms.items()])

    @property
    def only_variant(self) -> Variant | None:
        """The one arm for everybody, None for the campaign's shares."""
        return self.arms.get(self.cleaned_data.get("arm", SPLIT))


class SplitForm(forms.Form):
    """Who of the guests gets what: by percentages, which may change while nobody else is in an arm, or all the same."""

    arm = forms.ChoiceField(label="Who gets what", widget=forms.RadioSelect)

    def __init__(self, *args: Any, arms: Sequence[Variant], only: int | None, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arms, self.may_share = _everybody(arms), may_share
        everybody = [(key, f"Everybody gets “{arm.name}”") for key, arm in self.arms.items()]
        # A campaign of one arm has nothing to split; the word for it stays the same.
        choose(self, "arm", [(SPLIT, everybody[0][1])] if len(arms) == 1 else [_split(arms), *everybody])
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


class OneGuestForm(forms.Form):
    """One single guest, by e-mail address or phone number."""

    guest = forms.CharField(
        label="E-mail address or phone number",
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
        error_messages={"required": "Please type the guest's e-mail address or phone number."},
    )

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._columns = Columns(email=0, phone=0)
        self._country = country

    def clean_guest(self) -> str:
        """Refuse what no reward can be sent to, in the words of a file's line."""
        typed: str = self.cleaned_data["guest"]
        found = self._columns.read([typed], country=self._country)
        if not isinstance(found, Accepted):
            raise forms.ValidationError(left_out_reasons.of_line(found.reason).advice)
        return found.value


class PeopleForm(FileOrLinesForm):
    """The people: a file, or lines pasted from a spreadsheet."""

    use_required_attribute = False  # one of the two is enough

    file = file_field(
        label="File",
        help_text="A spreadsheet (XLSX, ODS) or CSV file with an e-mail address or a phone number in each line.",
        error_messages={"required": "Please choose a file, or paste lines below."},
    )
    pasted = pasted_field(label="Or paste lines", help_text="One guest a line, as copied from a spreadsheet.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = not str(self.data.get("pasted", "")).strip()


class ColumnsForm(TableForm):
    """Which column holds what, and which identifier counts when a line has both."""

    LABELS = {"email": "E-mail addresses are in", "phone": "Phone numbers are in"}

    prefers = forms.ChoiceField(
        label="When a line has both, use",
        choices=[("email", "the e-mail address"), ("phone", "the phone number")],
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        """Want one column at least. One column for both may hold either in each line."""
        given = super().clean() or {}
        if not self.errors and not self.mapping:
            words = "Please say which column holds e-mail addresses, or below which one holds phone numbers."
            self.add_error("email", words)
        return given
