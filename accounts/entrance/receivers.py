"""What follows from signing in and from removing a factor, whichever way it happens."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.entrance import second_factors, sessions


@receiver(user_logged_in)
def measure_the_session(request: HttpRequest, **_: Any) -> None:
    """Note when a session begins."""
    sessions.begin(request, at=timezone.now())


@receiver(post_delete, sender=Authenticator)
def forget_seeds(instance: Authenticator, **_: Any) -> None:
    """Delete the seeds of a factor that was removed."""
    second_factors.forget_seeds(instance)
