"""Feedback of guests about their visits, how far it is read, and the one answer to each."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from campaigns.models import Merchant
from engine.leases import Leased
from vault.fields import SealedField


class FeedbackSync(Leased):
    """How far a merchant's feedback is read. A step reads a page of what has changed since the last whole pass."""

    merchant = models.OneToOneField(Merchant, on_delete=models.CASCADE, related_name="feedback_sync")
    since = models.DateTimeField(null=True, blank=True, help_text="What changed before has been read.")
    began_at = models.DateTimeField(null=True, blank=True, help_text="When the pass under way began.")
    page = models.PositiveIntegerField(default=0, help_text="The page that was read last in this pass.")
    as_of = models.DateTimeField(null=True, blank=True, help_text="When the last whole pass ended.")
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="feedback_due", condition=models.Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"feedback of {self.merchant}"


class Feedback(models.Model):
    """What a guest thinks of one visit, as Thanx last listed it. The guest's words are encrypted."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="feedback")
    thanx_id = models.CharField(max_length=100)
    user_id = models.CharField(max_length=100, blank=True)
    location_id = models.CharField(max_length=100, blank=True)
    stage = models.CharField(max_length=20, help_text="Thanx's word for where it is.")
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    sealed_review = SealedField(purpose="feedback", default=b"")
    sealed_response = SealedField(purpose="feedback", default=b"")
    given_at = models.DateTimeField(help_text="When it was rated, else when the guest was there.")
    expires_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "feedback"
        ordering: ClassVar = ["-given_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "thanx_id"], name="feedback_once_per_merchant")
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "-given_at"]),
            models.Index(fields=["merchant", "location_id", "-given_at"]),
            models.Index(fields=["merchant", "user_id", "-given_at"]),
        ]

    def __str__(self) -> str:
        return f"feedback {self.thanx_id}"


class Reply(models.Model):
    """The one answer to a feedback. The row is the lock: while it exists, no other user can answer."""

    class Standing(models.TextChoices):
        """The state of an answer. OPEN: it may have been sent, and Thanx has to be asked before another attempt."""

        OPEN = "open", "May have been sent"
        SENT = "sent", "Sent"

    feedback = models.OneToOneField(Feedback, on_delete=models.CASCADE, related_name="reply")
    sealed_text = SealedField(purpose="reply")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    standing = models.CharField(max_length=10, choices=Standing.choices, default=Standing.OPEN)

    class Meta:
        verbose_name_plural = "replies"

    def __str__(self) -> str:
        return f"reply to {self.feedback}"
