"""What follows from signing in and from removing a factor, whichever way it happens."""

from typing import Any

from allauth.account.signals import user_logged_in as user_signed_in
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.entrance import fresh_proofs, second_factors, sessions
from accounts.recent_sign_in import PROVEN_AT


@receiver(user_logged_in)
def measure_the_session(request: HttpRequest, **_: Any) -> None:
    """Note when a session begins."""
    sessions.note_beginning(request, at=timezone.now())


@receiver(user_signed_in)
def note_the_proof(request: HttpRequest, sociallogin: Any = None, **_: Any) -> None:
    """Note when a user of single sign-on showed the provider who they are. It may be days ago."""
    if sociallogin is not None:
        request.session[PROVEN_AT] = fresh_proofs.proven_at(sociallogin)


@receiver(post_delete, sender=Authenticator)
def forget_seeds(instance: Authenticator, **_: Any) -> None:
    """Delete the seeds of a factor that was removed."""
    second_factors.forget_seeds(instance)
