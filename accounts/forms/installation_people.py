"""The form for inviting an operator or a certifier."""

from django import forms

from accounts.permissions import InstallationRole

ROLES = [(role.value, role.label) for role in (InstallationRole.CERTIFIER, InstallationRole.OPERATOR)]
MOST_DAYS = 366


class InviteToInstallationForm(forms.Form):
    email = forms.EmailField(label="Email address", max_length=254)
    role = forms.ChoiceField(
        choices=ROLES,
        help_text="A certifier reads the proofs and nothing of a guest. An operator sees every merchant and the admin.",
    )
    days = forms.IntegerField(
        label="Days that a certifier has access",
        min_value=1,
        max_value=MOST_DAYS,
        initial=30,
        help_text="An operator stays until an administrator ends the role.",
    )
