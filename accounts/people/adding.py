"""Add a member from the command line: a role at once where the address is known to be right, else an invitation."""

from dataclasses import dataclass
from datetime import datetime

from accounts.entrance.checks import can_send_mail
from accounts.entrance.mails import MailNotSent
from accounts.memberships import UnableToAddMember, add_member, merchant_of
from accounts.models import Role, User
from accounts.people import invitations

MAIL_FAILED = "The mail server did not take the invitation to {email} ({why}). Run the command again later."


@dataclass(frozen=True, kw_only=True)
class AddedOrInvited:
    """Who has the role, or is invited to it."""

    email: str
    was_invited: bool


def add_or_invite(*, email: str, handle: str, role: Role, at: datetime, password: str | None) -> AddedOrInvited:
    """Give the role to the user with this address. A user without account and password is invited by email.

    Raises UnableToAddMember, also where no mail can be sent.
    """
    has_account = User.objects.filter(email__iexact=email).exists()
    if has_account or password is not None or not can_send_mail():
        membership = add_member(email=email, handle=handle, role=role, by=None, at=at, password=password)
        return AddedOrInvited(email=membership.user.email, was_invited=False)
    invited = invitations.invite(merchant=merchant_of(handle), email=email, role=role, by=None, at=at)
    try:
        invitations.send(invited)
    except MailNotSent as problem:
        raise UnableToAddMember("mail_not_sent", MAIL_FAILED.format(email=email, why=problem)) from problem
    return AddedOrInvited(email=invited.invitation.email, was_invited=True)
