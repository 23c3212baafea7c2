"""The form that decides what happens to a job whose outcome is not known."""

from django import forms

from issuance.sending.decisions import JobDecision


class DecideForm(forms.Form):
    """What a user decides about a job whose outcome is not known."""

    decision = forms.ChoiceField(label="What to do", choices=[(item.value, item.value) for item in JobDecision])
    job_id = forms.CharField(label="Job", required=False, max_length=100)
