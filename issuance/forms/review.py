"""The form by which rewards go out."""

from typing import Any

from django import forms

from issuance.sending.dry_run import DryRun
from ui.wording import counted

SEPARATORS = " ,.'’\u00a0\u202f\u2009"
"""What people and spreadsheets put between thousands."""


SEEN = "seen"
"""The field with the mark of the dry run that the user saw."""

CHANGED = (
    "The guests, groups or rewards changed after you had seen this page. Look at the new figures before you decide."
)


class ConfirmForm(forms.Form):
    """The last confirmation before rewards go out. For many rewards the user types their number."""

    again = forms.BooleanField(label="I know, and I want to issue to this file again", required=False)
    number = forms.CharField(label="Number of rewards", max_length=20)

    def __init__(self, *args: Any, run: DryRun, typed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        if not typed:
            del self.fields["number"]
            return
        field = self.fields["number"]
        failing = f" It counts the {run.strangers:,} who are probably not members." if run.strangers else ""
        field.help_text = f"Type {run.rewards:,} to show that you have seen it.{failing}"
        field.error_messages["required"] = f"Please type {run.rewards:,}, the number of rewards."
        field.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})

    def clean(self) -> dict[str, Any]:
        """Refuse what was decided about other guests, groups or rewards than there are now.

        A form may be sent long after it was shown: from another tab, or once its user has signed in again.
        """
        if self.data.get(SEEN, self.run.mark) != self.run.mark:
            raise forms.ValidationError(CHANGED)
        return self.cleaned_data

    def clean_number(self) -> int:
        """Accept the number with or without separators, and explain a wrong one."""
        typed = "".join(sign for sign in self.cleaned_data["number"] if sign not in SEPARATORS)
        if not typed.isdecimal():
            raise forms.ValidationError(f"Please type the number alone: {self.run.rewards:,}.")
        if int(typed) != self.run.rewards:
            raise forms.ValidationError(self._mistaken(int(typed)))
        return int(typed)

    def _mistaken(self, number: int) -> str:
        rewards = counted(self.run.rewards, "reward")
        if number == self.run.guests:
            held_back = counted(self.run.held_back, "is", "are")
            return f"{number:,} is the number of guests, of whom {held_back} held back. This issues {rewards}."
        return f"This issues {rewards}, not {number:,}. Please type {self.run.rewards:,} if you want that."
