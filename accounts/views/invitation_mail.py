"""Mailing an invitation from a page, and saying what became of it."""

from django.contrib import messages
from django.http import HttpRequest

from accounts.entrance.mails import MailNotSent
from accounts.people import invitations
from accounts.people.invitations import Invited

NO_MAIL = "This installation sends no mail, so an invitation would not arrive. An operator can add users."
NOT_SENT = "The mail server did not take the email to {email}. The invitation waits below; send a new link later."


def send(request: HttpRequest, invited: Invited) -> None:
    """Send an invitation; the next page says whether it is on its way."""
    email = invited.invitation.email
    try:
        invitations.send(invited)
    except MailNotSent:
        messages.error(request, NOT_SENT.format(email=email))
    else:
        messages.success(request, f"An invitation is on its way to {email}.")
