"""The form that stops all sending."""

from django import forms

from campaigns.halts import LONGEST_REASON


class StopSendingForm(forms.Form):
    """Why nothing is to be sent."""

    reason = forms.CharField(
        label="Why",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Everybody who finds that nothing is sent reads this.",
        error_messages={"required": "Please say in a few words why."},
    )
