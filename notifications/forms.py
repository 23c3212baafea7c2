"""How somebody wants to be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms import BoundField

from notifications.kinds import MANNERS, Kind
from notifications.notify import Ways


class ChoicesForm(forms.Form):
    """Two boxes for each kind: in the portal, by e-mail."""

    def __init__(self, *args: Any, ways: Mapping[Kind, Ways], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kinds = list(ways)
        for kind, (in_portal, by_email) in ways.items():
            told = str(kind.label)
            self.fields[f"{kind}_portal"] = _box(f"{told}: in the portal", ticked=in_portal)
            self.fields[f"{kind}_email"] = _box(f"{told}: by e-mail", ticked=by_email)

    def rows(self) -> Iterator[tuple[Kind, str, BoundField, BoundField]]:
        """Yield each kind with its help and its two boxes."""
        for kind in self._kinds:
            yield kind, MANNERS[kind].help, self[f"{kind}_portal"], self[f"{kind}_email"]

    def ways(self) -> dict[Kind, Ways]:
        """Return what was chosen."""
        chosen = self.cleaned_data
        return {kind: (chosen[f"{kind}_portal"], chosen[f"{kind}_email"]) for kind in self._kinds}


def _box(label: str, *, ticked: bool) -> forms.BooleanField:
    widget = forms.CheckboxInput(attrs={"class": "form-check-input", "aria-label": label})
    return forms.BooleanField(label=label, required=False, initial=ticked, widget=widget)
