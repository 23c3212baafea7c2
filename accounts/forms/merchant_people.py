"""The forms for inviting a user, and for another role."""

from django import forms

from accounts.models import Role

ROLES = [(role.value, role.label) for role in Role]


class RoleForm(forms.Form):
    role = forms.TypedChoiceField(choices=ROLES, coerce=lambda value: Role(int(value)))


class InviteForm(RoleForm):
    email = forms.EmailField(label="Email address", max_length=254)
    field_order = ("email", "role")
