"""Recoveries: the one reward for a feedback, the batch in which it goes out, and the rules that queue rewards."""

from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from accounts.models import User
from campaigns.models import Merchant, Variant
from engine.leases import Leased
from guests.models.feedback import Feedback
from issuance.models import Issuance
from vault.fields import SealedField

DAILY_AT = time(10, 0)


class RecoveryPlan(models.Model):
    """When a merchant's daily batches go out. The row is the lock under which guests are queued, taken out and sent."""

    merchant = models.OneToOneField(Merchant, on_delete=models.CASCADE, related_name="recovery_plan")
    daily_at = models.TimeField(default=DAILY_AT, help_text="In the merchant's time zone.")

    def __str__(self) -> str:
        return f"recoveries of {self.merchant}"


class RecoveryRule(Leased):
    """Feedback with at most `top_rating` that is given while the rule is on joins the daily batch.

    The rule acts in the name of `switched_by`. `problem` says why it queues nothing at present. While it is on, it is
    due for a step.
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
            models.Index(fields=["due_at"], name="recovery_rule_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"ratings up to {self.top_rating}"


class RecoveryBatch(Leased):
    """The guests who get one reward in one issuance: those of a `day`, or, without a day, one guest at once.

    A step begins the issuance at `goes_at`, confirms it, and watches it until the results of all guests are known.
    `problem` says which decision the step leaves to a user.
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
        constraints: ClassVar = [UniqueConstraint(fields=["variant", "day"], name="one_recovery_batch_a_day")]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="recovery_batch_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["merchant", "goes_at"], name="recovery_batch_open", condition=Q(done_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"recovery batch {self.pk}"


class Recovery(models.Model):
    """The one reward for a feedback. The row is the lock: there is one for each feedback, ever.

    The guest's identifier is encrypted, and deleted as soon as the issuance holds the guest. `by` is the user who
    queued it, or the manager who switched on the rule that did.
    """

    class Standing(models.TextChoices):
        """The state of a recovery. The result of a JOINED one is read from its issuance."""

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
    sealed_identifier = SealedField(purpose="recovery", default=b"")
    standing = models.CharField(max_length=12, choices=Standing.choices, default=Standing.QUEUED)
    reason = models.CharField(max_length=300, blank=True, help_text="Why the guest got nothing, for people.")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "recoveries"
        constraints: ClassVar = [
            CheckConstraint(
                condition=~Q(standing__in=["queued", "joined"]) | Q(batch__isnull=False, fingerprint__isnull=False),
                name="queued_guest_is_known_and_in_a_batch",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["merchant", "fingerprint", "at"])]

    def __str__(self) -> str:
        return f"recovery of {self.feedback}"
