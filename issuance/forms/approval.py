"""The form that declines a request for approval."""

from django import forms

from issuance.approvals.two_person import LONGEST_REASON


class DeclineForm(forms.Form):
    """Why a request for approval is declined."""

    reason = forms.CharField(
        label="Why not",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The user who asked reads this.",
        error_messages={"required": "Please say in a few words why, so that it can be put right."},
    )
