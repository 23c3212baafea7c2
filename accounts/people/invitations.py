"""Invite the holder of an email address to a role; the link works once, until it expires or is withdrawn."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts import audit, permissions
from accounts.entrance import addresses, mails
from accounts.memberships import set_role
from accounts.models import Invitation, Role, User
from accounts.permissions import Act, InstallationRole
from ui.wording import counted


class InvitationOver(Exception):
    """The link was used, is too old or was withdrawn, or the user who invited may not invite any more."""


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A new invitation and its link, which is kept nowhere."""

    invitation: Invitation
    link: str


def invite(*, merchant: Any, email: str, role: Role, by: User | None, at: datetime) -> Invited:
    """Invite to a role at a merchant, in place of an open invitation of the same address. Send it with `send`.

    `by` None means an operator at the command line.
    """
    return _invite(Invitation(merchant=merchant, email=email, role=role), by=by, at=at)


def invite_operator(*, email: str, by: User | None, at: datetime) -> Invited:
    """Invite to see every merchant and the admin. Otherwise like `invite`."""
    return _invite(Invitation(email=email, installation_role=InstallationRole.OPERATOR), by=by, at=at)


def invite_certifier(*, email: str, until: datetime, by: User | None, at: datetime) -> Invited:
    """Invite to read the proofs until a moment, and nothing of a guest. Otherwise like `invite`."""
    role = InstallationRole.CERTIFIER
    return _invite(Invitation(email=email, installation_role=role, certifies_until=until), by=by, at=at)


def invite_again(invitation: Invitation, *, by: User, at: datetime) -> Invited:
    """Make a new link for the same role; the one of before does not work any more."""
    fields = ("merchant", "email", "role", "installation_role", "certifies_until")
    return _invite(Invitation(**{name: getattr(invitation, name) for name in fields}), by=by, at=at)


def _invite(invitation: Invitation, *, by: User | None, at: datetime) -> Invited:
    token = secrets.token_urlsafe(32)
    invitation.email, invitation.token_digest = invitation.email.lower(), _digest(token)
    invitation.invited_by, invitation.invited_at = by, at
    invitation.expires_at = at + settings.INVITATION_LASTS
    same = {"merchant": invitation.merchant, "installation_role": invitation.installation_role}
    with transaction.atomic():
        Invitation.objects.pending().filter(email=invitation.email, **same).update(withdrawn_at=at)
        invitation.save()
        role = invitation.role_label
        audit.record(action="invited", on=invitation, by=by, at=at, address=invitation.email, role=role)
    return Invited(invitation=invitation, link=mails.link(reverse("invitation", args=[token])))


def send(invited: Invited) -> None:
    """Mail the link, outside the transaction that made it. Raises mails.MailNotSent."""
    invitation = invited.invitation
    who = f"{invitation.invited_by} invites you" if invitation.invited_by else "You are invited"
    lines = (
        f"{who} to {_place(invitation)} as {invitation.role_label}.",
        f"Open this link to accept. It works once, and for {counted(settings.INVITATION_LASTS.days, 'day')}:",
        invited.link,
        "If you know nothing of it, do nothing.",
    )
    mails.send(to=invitation.email, subject=f"Invitation to {_place(invitation)}", lines=lines)


def withdraw(*, invitation: Invitation, by: User, at: datetime) -> None:
    """Make the link of an invitation void."""
    with transaction.atomic():
        if Invitation.objects.pending().filter(pk=invitation.pk).update(withdrawn_at=at):
            audit.record(action="invitation_withdrawn", on=invitation, by=by, at=at, address=invitation.email)


def find(token: str, *, at: datetime) -> Invitation:
    """Return the invitation behind a link. Raises InvitationOver."""
    found = [row for row in _valid(at=at).filter(token_digest=_digest(token)) if _still_stands(row)]
    if not found:
        raise InvitationOver
    return found[0]


def open_for(email: str, *, at: datetime) -> list[Invitation]:
    """Return what an address is invited to. Only its holder may learn of it."""
    return [row for row in _valid(at=at).filter(email=email) if _still_stands(row)]


def accept(*, invitation: Invitation, user: User, at: datetime) -> None:
    """Give the role to the holder of the invited address. Raises InvitationOver if another request was first."""
    assert addresses.is_proven(user)
    assert user.email.lower() == invitation.email
    with transaction.atomic():
        open_rows = Invitation.objects.pending().filter(pk=invitation.pk, expires_at__gt=at)
        if not open_rows.update(accepted_at=at, accepted_by=user):
            raise InvitationOver
        audit.record(action="invitation_accepted", on=invitation, by=user, at=at)
        _give(invitation, user=user, at=at)


def accept_with_new_account(
    *, invitation: Invitation, first_name: str, last_name: str, password: str, at: datetime
) -> User:
    """Make an account for the invited address, which the link has proven, and give it the role.

    Raises InvitationOver, and ValidationError for a weak password.
    """
    user = User(email=invitation.email, first_name=first_name, last_name=last_name)
    validate_password(password, user)
    user.set_password(password)
    with transaction.atomic():
        _store(user)
        addresses.take_as_proven(user)
        audit.record(action="account_created", on=user, by=user, at=at, merchant_id=invitation.merchant_id)
        accept(invitation=invitation, user=user, at=at)
    return user


def _store(user: User) -> None:
    """Store a new account. Raises InvitationOver if another request was first."""
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise InvitationOver from None


def _give(invitation: Invitation, *, user: User, at: datetime) -> None:
    by = invitation.invited_by
    if invitation.role is not None:
        set_role(user=user, merchant=invitation.merchant, role=Role(invitation.role), by=by, at=at)
        return
    if invitation.installation_role == InstallationRole.OPERATOR:
        user.is_staff = True
    else:
        user.certifies_until = invitation.certifies_until
    user.save(update_fields=["is_staff", "certifies_until"])
    until = invitation.certifies_until.isoformat() if invitation.certifies_until else None
    audit.record(
        action="installation_role_given", on=user, by=by, at=at, after=invitation.installation_role, until=until
    )


def _place(invitation: Invitation) -> str:
    return f"{invitation.merchant.name} in the Thanx Portal" if invitation.merchant else "the Thanx Portal"


def _valid(*, at: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.pending().filter(expires_at__gt=at).select_related("merchant", "invited_by")


def _still_stands(invitation: Invitation) -> bool:
    """Return whether the user who invited may do so still. The command line always may."""
    inviter = invitation.invited_by
    act = Act.MANAGE_PEOPLE if invitation.merchant else Act.MANAGE_ACCOUNTS
    return inviter is None or permissions.may(inviter, act, invitation.merchant)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
