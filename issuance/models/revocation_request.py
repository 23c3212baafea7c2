"""A request that somebody else lets many rewards be taken back, and what came of it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from accounts.models import User
from issuance.models.batch import Batch
from issuance.models.issuance import Issuance


class Answer(models.TextChoices):
    """What came of a request."""

    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class RevocationRequestQuerySet(models.QuerySet["RevocationRequest"]):
    """Requests, by whether they were answered."""

    def open(self) -> Self:
        """Those that wait."""
        return self.filter(ended_at=None)


class RevocationRequest(models.Model):
    """What somebody asks somebody else to take back: exactly these jobs, for this reason."""

    issuance = models.ForeignKey(Issuance, on_delete=models.PROTECT, related_name="revocation_requests")
    batches = models.ManyToManyField(Batch, related_name="revocation_requests")
    also_running = models.BooleanField(default=False, help_text="Those that still run, too, as they finish.")
    rewards = models.PositiveIntegerField()
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=20, choices=Answer.choices, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RevocationRequestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints: ClassVar = [
            UniqueConstraint(fields=["issuance"], condition=Q(ended_at=None), name="one_open_revocation_request"),
            CheckConstraint(
                condition=~Q(answer=Answer.APPROVED) | ~Q(ended_by=F("asked_by")),
                name="nobody_approves_their_own_revocation",
            ),
        ]

    def __str__(self) -> str:
        return f"Request {self.pk} to revoke issuance {self.issuance_id}"
