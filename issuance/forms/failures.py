"""The form that settles failures."""

from django import forms

from issuance.followup.settlements import LONGEST_NOTE


class SettleForm(forms.Form):
    """Why nothing more is to be done."""

    note = forms.CharField(
        label="Why",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with your name. Please leave out addresses and phone numbers; they are masked.",
        error_messages={"required": "Please say in a few words why nothing more is to be done."},
    )
