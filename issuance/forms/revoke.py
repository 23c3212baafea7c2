"""The forms that revoke rewards, and approve that."""

from typing import Any

from django import forms

from ui.wording import counted

REASONS_TO_REVOKE = (
    ("wrong people", "It went to the wrong people"),
    ("wrong reward", "It was the wrong reward"),
    ("sent twice", "It was sent twice"),
    ("campaign withdrawn", "The campaign is withdrawn"),
    ("other", "Something else"),
)


class RevokeForm(forms.Form):
    """The reason, the typed number of rewards, and whether jobs that still run are revoked as they finish."""

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
        """Require words for "something else"."""
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


class ApproveRevocationForm(RevokeForm):
    """The number of rewards, typed again by the approver; the reason is that of the request."""

    def __init__(self, *args: Any, rewards: int, **kwargs: Any) -> None:
        super().__init__(*args, rewards=rewards, **kwargs)
        for name in ("reason", "detail", "also_running"):
            del self.fields[name]
