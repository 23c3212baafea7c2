"""Django's permissions, on which the admin rests, for operators: derived from the table of roles and acts."""

from functools import cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.apps import apps

from accounts.permissions import TABLE, Act, InstallationRole, rights

WATCHED = (
    "accounts",
    "campaigns",
    "certification",
    "engine",
    "guests",
    "issuance",
    "notifications",
    "partner_api",
    "procrastinate",
    "vault",
)
"""The apps whose rows an operator reads in the admin. Second factors and sessions are not among them."""

CHANGES = {
    "campaigns.change_merchant": Act.CHANGE_SETTINGS,
    "accounts.add_membership": Act.MANAGE_PEOPLE,
    "accounts.change_membership": Act.MANAGE_PEOPLE,
    "accounts.delete_membership": Act.MANAGE_PEOPLE,
}
"""The act behind each permission to change a row. Accounts are changed by superusers, who have all permissions."""


class TableBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Signs users in as allauth does, and grants them what their role in the installation allows.

    Groups and single permissions count for nothing. Django does not ask for those of superusers.
    """

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:  # noqa: ARG002 (Django's)
        """Return Django's permissions of a user."""
        role = rights(user_obj).installation
        return set() if role is None else set(permissions_of(role))

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:  # noqa: ARG002 (Django's)
        """Return none."""
        return set()


@cache
def permissions_of(role: InstallationRole) -> frozenset[str]:
    """Return the permissions of Django that a role of the installation implies."""
    allowed = TABLE[role]
    if Act.USE_ADMIN not in allowed:
        return frozenset()
    models = [model._meta for model in apps.get_models() if model._meta.app_label in WATCHED]
    changes = {name for name, act in CHANGES.items() if act in allowed}
    return frozenset({f"{model.app_label}.view_{model.model_name}" for model in models} | changes)
