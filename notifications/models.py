"""Notifications: one row for each fact and user. The row is also the email that waits to be sent."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q, UniqueConstraint

from accounts.models import User
from engine.leases import Leased
from notifications.kinds import NotificationKind
from vault.fields import SealedField

LONGEST_KEY = 150


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications of a user, and those not read yet."""

    def shown_to(self, user: User) -> Self:
        """Those in the user's list in the portal."""
        return self.filter(to=user, in_portal=True)

    def unread(self) -> Self:
        """Those that the user has neither opened nor marked as read."""
        return self.filter(read_at=None)


class Notification(Leased):
    """One fact of which one user is notified. Its texts hold no identifier of a guest.

    `key` names the fact; a user is notified of it once. The row is due while its email is to be sent.
    """

    to = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    merchant = models.ForeignKey("campaigns.Merchant", null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=NotificationKind.choices)
    key = models.CharField(max_length=LONGEST_KEY)
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=500, blank=True)
    path = models.CharField(max_length=200, help_text="Of the page to open, below the portal's address.")
    at = models.DateTimeField()
    in_portal = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True, blank=True)

    by_email = models.BooleanField(default=False)
    message_id = models.UUIDField(default=uuid.uuid4, editable=False, help_text="The same at every attempt.")
    attempts = models.PositiveIntegerField(default=0)
    emailed_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=100, blank=True, help_text="Why the latest attempt failed.")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [UniqueConstraint(fields=["to", "key"], name="told_once")]
        indexes: ClassVar = [
            models.Index(fields=["to", "-at"], name="notification_of", condition=Q(in_portal=True)),
            models.Index(fields=["to"], name="notification_unread", condition=Q(in_portal=True, read_at=None)),
            models.Index(fields=["due_at"], name="notification_due", condition=Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title


class NotificationChoice(models.Model):
    """How a user wants to be notified of a kind. Without a row its policy decides."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notification_choices")
    kind = models.CharField(max_length=20, choices=NotificationKind.choices)
    in_portal = models.BooleanField()
    by_email = models.BooleanField()

    class Meta:
        db_table = "notifications_choice"
        constraints: ClassVar = [UniqueConstraint(fields=["user", "kind"], name="one_choice_per_kind")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()}"


class ForgottenPassword(Leased):
    """An address for which a visitor asked for a link to a new password. The row goes when the link is sent.

    There is a row whether or not the address has an account: so the page takes as long for both.
    """

    sealed_address = SealedField(purpose="address of a forgotten password")
    asked_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="forgotten_password_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"asked for at {self.asked_at}"
