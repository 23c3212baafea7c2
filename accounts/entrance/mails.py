"""Emails about accounts that allauth does not know: plain text, sent at once."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from smtplib import SMTPException
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage


class MailNotSent(Exception):
    """The mail server did not take the email."""


def send(*, to: str, subject: str, lines: Iterable[str]) -> None:
    """Send an email. Raises MailNotSent."""
    body = "\n".join([*lines, "", f"Thanx Portal, {settings.PORTAL_URL}"]) + "\n"
    with naming_refusals():
        EmailMessage(subject=settings.EMAIL_SUBJECT_PREFIX + subject, body=body, to=[to]).send()


@contextmanager
def naming_refusals() -> Iterator[None]:
    """Send emails in a block. Raises MailNotSent, whether the mail server refuses or does not answer."""
    try:
        yield
    except (SMTPException, OSError) as problem:
        raise MailNotSent(type(problem).__name__) from problem


def link(path: str) -> str:
    """Return the URL of a page of this portal."""
    portal: str = settings.PORTAL_URL
    return urljoin(portal, path)
