"""Making it right: the one reward that a feedback leads to, the batch in which it goes out, and rules that queue."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from accounts.models import User
from campaigns.models import Merchant, Variant
from engine.leases import Leased
from guests.models.feedback import Feedback
from issuance.models import Issuance

DAILY_AT = time(10, 0)


class RecoveryPlan(models.Model):
    """When a merchant's daily batches go out. Whoever queues, takes out or sends locks this row, so they take turns."""

    merchant = models.OneToOneField(Merchant, on_delete=models.CASCADE, related_name="recovery_plan")
    daily_at = models.TimeField(default=DAILY_AT, help_text="In the merchant's time zone.")

    def __str__(self) -> str:
        return f"recoveries of {self.merchant}"


class RecoveryRule(Leased):
    """Feedback with at most `top_rating` joins the daily batch by itself, in the name of whoever switched it on.

    Only what was given since. `problem` says why it queues nothing at present. While it is on it is due for a step.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="recovery_rules")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", help_text="The reward.")
    top_rating = models.PositiveSmallIntegerField()
    within_days = models.PositiveSmallIntegerField(help_text="Each guest at most once in so many days.")
    is_on = models.BooleanField(default=False)
    switched_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    switched_at = models.DateTimeField()
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["top_rating", "pk"]
        constraints: ClassVar = [
            CheckConstraint(condition=Q(top_rating__gte=1, top_rating__lte=10), name="rule_has_a_rating"),
            CheckConstraint(condition=Q(within_days__gte=1), name="rule_spares_each_guest_a_day"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="recovery_rule_due", condition=Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"ratings up to {self.top_rating}"


class RecoveryBatch(Leased):
    """The guests who get one reward together: those of a `day`, or, without one, a guest at once. One issuance.

    A step begins the issuance at `goes_at`, confirms it, and watches until it is known what became of everybody.
    `problem` says for which decision it waits: then the step leaves it to a person.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="recovery_batches")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", help_text="The reward.")
    day = models.DateField(null=True, blank=True)
    goes_at = models.DateTimeField()
    issuance = models.OneToOneField(
        Issuance, null=True, blank=True, on_delete=models.PROTECT, related_name="recovery_batch"
    )
    problem = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "recovery batches"
        ordering: ClassVar = ["goes_at", "pk"]
        constraints: ClassVar = [
            UniqueConstraint(fields=["variant", "day"], name="one_recovery_batch_a_day"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="recovery_batch_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["merchant", "goes_at"], name="recovery_batch_open", condition=Q(done_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"recovery batch {self.pk}"


class Recovery(models.Model):
    """That a guest gets a reward for a feedback. The row is the lock: there is one for each feedback, ever.

    Who is meant is sealed, and is forgotten as soon as the issuance holds the guest. `by` is who queued it: whoever
    pressed the button, or the manager who switched the rule on.
    """

    class Standing(models.TextChoices):
        """Where it stands. What became of a JOINED guest is told by the issuance."""

        QUEUED = "queued", "Queued"
        JOINED = "joined", "In an issuance"
        MISSED = "missed", "Got nothing"
        TAKEN_OUT = "taken_out", "Taken out"
        PASSED_OVER = "passed_over", "Passed over by a rule"

    feedback = models.OneToOneField(Feedback, on_delete=models.CASCADE, related_name="recovery")
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", help_text="The reward.")
    batch = models.ForeignKey(RecoveryBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="recoveries")
    rule = models.ForeignKey(RecoveryRule, null=True, blank=True, on_delete=models.PROTECT, related_name="recoveries")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    fingerprint = models.BinaryField(max_length=16, null=True, blank=True)
    sealed_identifier = models.BinaryField(default=b"")
    standing = models.CharField(max_length=12, choices=Standing.choices, default=Standing.QUEUED)
    reason = models.CharField(max_length=300, blank=True, help_text="Why the guest got nothing, for people.")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "recoveries"
        constraints: ClassVar = [
            CheckConstraint(
                condition=~Q(standing__in=["queued", "joined"]) | Q(batch__isnull=False, fingerprint__isnull=False),
                name="queued_guest_is_known_and_in_a_batch",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "fingerprint", "at"]),
        ]

    def __str__(self) -> str:
        return f"recovery of {self.feedback}"
