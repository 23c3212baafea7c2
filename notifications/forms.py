"""The forms in which users choose how they are notified, and ask for a link to a new password."""

from collections.abc import Iterator, Mapping
from typing import Any

from allauth.account.forms import ResetPasswordForm
from django import forms
from django.forms import BoundField
from django.http import HttpRequest

from notifications import forgotten_passwords
from notifications.kinds import POLICIES, NotificationKind
from notifications.notify import Ways


class ChoicesForm(forms.Form):
    """Two check boxes for each kind: in the portal, and by email."""

    def __init__(self, *args: Any, ways: Mapping[NotificationKind, Ways], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kinds = list(ways)
        for kind, (in_portal, by_email) in ways.items():
            self.fields[f"{kind}_portal"] = _box(f"{kind.label}: in the portal", ticked=in_portal)
            self.fields[f"{kind}_email"] = _box(f"{kind.label}: by email", ticked=by_email)

    def rows(self) -> Iterator[tuple[NotificationKind, str, BoundField, BoundField]]:
        """Yield each kind with its help and its two check boxes."""
        for kind in self._kinds:
            yield kind, POLICIES[kind].help, self[f"{kind}_portal"], self[f"{kind}_email"]

    def ways(self) -> dict[NotificationKind, Ways]:
        """Return what the user has chosen, by kind."""
        chosen = self.cleaned_data
        return {kind: (chosen[f"{kind}_portal"], chosen[f"{kind}_email"]) for kind in self._kinds}


def _box(label: str, *, ticked: bool) -> forms.BooleanField:
    widget = forms.CheckboxInput(attrs={"class": "form-check-input", "aria-label": label})
    return forms.BooleanField(label=label, required=False, initial=ticked, widget=widget)


class ForgottenPasswordForm(ResetPasswordForm):  # type: ignore[misc]
    """Asks for a link to a new password. A worker looks for the account and sends the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Email address"

    def clean_email(self) -> str:
        """Return the address. It is not looked for: that would take longer for one that has an account."""
        address: str = self.cleaned_data["email"]
        return address

    def save(self, request: HttpRequest, **kwargs: Any) -> str:  # noqa: ARG002 (allauth's)
        address = self.clean_email()
        forgotten_passwords.ask_for_link(address)
        return address
