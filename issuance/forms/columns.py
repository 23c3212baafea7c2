"""The form that says which column of a file holds what."""

from typing import Any

from django import forms

from lists.forms import TableForm


class ColumnsForm(TableForm):
    """Which column holds what, and which identifier counts when a line has both."""

    LABELS = {"email": "Email addresses are in", "phone": "Phone numbers are in"}

    prefers = forms.ChoiceField(
        label="When a line has both, use",
        choices=[("email", "the email address"), ("phone", "the phone number")],
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        """Require one column at least. One column chosen for both may hold either kind in each line."""
        given = super().clean() or {}
        if not self.errors and not self.mapping:
            words = "Please say which column holds email addresses, or below which one holds phone numbers."
            self.add_error("email", words)
        return given
