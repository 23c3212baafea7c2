"""Give users roles at merchants, change the roles, and take them away."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.entrance import addresses, without_role
from accounts.models import Membership, Role, User
from accounts.permissions import installation_role

NOT_PROVEN = (
    "There is an account with the address {email}, but its holder has not shown that the address is theirs. They do so"
    " by signing in once and opening the link that they get by email."
)


class UnableToAddMember(Exception):
    """Nothing was changed. `code` says why to a program, the text to a person."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def add_member(
    *, email: str, handle: str, role: Role, by: User | None, at: datetime, password: str | None = None
) -> Membership:
    """Give a user a role at the merchant with this handle. A user without an account gets one, and needs a password.

    A password replaces the present one. `by` None means an operator at the command line, who vouches for the address of
    a new account. Raises UnableToAddMember for an unknown merchant, an account with an unproven address, a weak
    password, and a new user without a password.
    """
    merchant = merchant_of(handle)
    with transaction.atomic():
        user = User.objects.filter(email__iexact=email).first()
        is_new = user is None
        if user is None:
            user = User(email=User.objects.normalize_email(email).lower())
        elif not addresses.is_proven(user):
            raise UnableToAddMember("address_not_proven", NOT_PROVEN.format(email=user.email))
        _give_password(user, password)
        if is_new:
            addresses.take_as_proven(user)
        membership = set_role(user=user, merchant=merchant, role=role, by=by, at=at)
        if is_new or password is not None:
            audit.record(
                action="account_created" if is_new else "password_set", on=user, by=by, at=at, merchant_id=merchant.pk
            )
    return membership


def add_operator(*, email: str, password: str, by: User | None, at: datetime) -> User:
    """Create an account that sees every merchant and the admin. Raises UnableToAddMember for a weak password."""
    with transaction.atomic():
        user = User(email=User.objects.normalize_email(email).lower(), is_staff=True, is_superuser=True)
        _give_password(user, password)
        addresses.take_as_proven(user)
        audit.record(action="operator_created", on=user, by=by, at=at)
    return user


def set_role(*, user: User, merchant: Any, role: Role, by: User | None, at: datetime) -> Membership:
    """Give a user this role at a merchant, in place of the present one."""
    with transaction.atomic():
        before = Membership.objects.filter(user=user, merchant=merchant).first()
        membership, _ = Membership.objects.update_or_create(user=user, merchant=merchant, defaults={"role": role})
        if before is None or before.role != role:
            audit.record(
                action="role_given",
                on=membership,
                by=by,
                at=at,
                merchant_id=merchant.pk,
                member=user.pk,
                before=Role(before.role).label if before else None,
                after=role.label,
            )
    return membership


def is_last_role(membership: Membership) -> bool:
    """Return whether the user has no other role, at a merchant or in the installation."""
    user = membership.user
    others = Membership.objects.filter(user=user).exclude(pk=membership.pk)
    return installation_role(user) is None and not others.exists()


def remove_member(*, membership: Membership, by: User | None, at: datetime) -> None:
    """Take away a user's role at a merchant. The account stays; without another role its sessions end."""
    with transaction.atomic():
        audit.record(
            action="member_removed",
            on=membership,
            by=by,
            at=at,
            merchant_id=membership.merchant_id,
            member=membership.user_id,
            before=Role(membership.role).label,
            after=None,
        )
        membership.delete()
    without_role.send_out(membership.user)


def merchant_of(handle: str) -> Any:
    """Return the merchant with this handle. Raises UnableToAddMember."""
    merchant = apps.get_model("campaigns", "Merchant").objects.filter(handle=handle).first()
    if merchant is None:
        text = f"There is no merchant with the handle {handle!r}; manage.py sync_catalog reads them from Thanx."
        raise UnableToAddMember("unknown_merchant", text)
    return merchant


def _give_password(user: User, password: str | None) -> None:
    if password is None:
        if user.pk is None:
            raise UnableToAddMember("password_needed", "A new user needs a password: use --password-stdin.")
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise UnableToAddMember("weak_password", " ".join(error.messages)) from None
    user.set_password(password)
    user.save()
