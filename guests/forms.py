"""What people fill in on the pages of guests. Every message says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from partner_api.capillary import CodeCase

NUMBER = RegexValidator(r"^[\w.\-]+$", "Please enter the number alone, without spaces or other signs.")


class IssualForm(forms.Form):
    """Which issued reward somebody looks for at Capillary."""

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
        field = self.fields["host"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(host, host) for host in hosts]
        field.required = len(hosts) > 1
        if len(hosts) <= 1:
            field.widget = forms.HiddenInput()
        for name in ("customer", "transaction"):
            self.fields[name].widget.attrs.update({"autocomplete": "off", "spellcheck": "false"})
