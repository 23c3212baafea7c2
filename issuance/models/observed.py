"""What Thanx said: failures, issued rewards, and webhook deliveries."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, Q, TextChoices, UniqueConstraint

from engine.leases import Leased
from issuance.models.batch import Batch
from issuance.models.issuance import Issuance
from vault.fields import SealedField


class FailureQuerySet(models.QuerySet["Failure"]):
    """Failures, by what a user did about them."""

    def open(self) -> Self:
        """Those that are neither retried nor settled."""
        return self.filter(retry=None, settlement=None)


class Failure(models.Model):
    """A recipient that Thanx could not issue to. It stays one: what is done about it changes no count.

    `retry` is the one issuance that retries it, if any; `settlement` says that nothing more is to be done.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="failures")
    position = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=300, help_text="Thanx's words, shortened, without identifiers.")
    reason_code = models.CharField(
        max_length=40, db_index=True, help_text="Our code for the words; 'other' if unknown."
    )
    seen_at = models.DateTimeField()
    retry = models.ForeignKey(
        Issuance, null=True, blank=True, on_delete=models.SET_NULL, related_name="retried_failures"
    )
    settlement = models.ForeignKey(
        "issuance.Settlement", null=True, blank=True, on_delete=models.PROTECT, related_name="failures"
    )

    objects = FailureQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["batch", "position"]
        constraints: ClassVar = [
            UniqueConstraint(fields=["batch", "position"], name="failure_once_per_position"),
            CheckConstraint(condition=Q(retry=None) | Q(settlement=None), name="failure_retried_or_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.batch}, position {self.position}: {self.reason_code}"


class IssuedReward(models.Model):
    """A reward that Thanx said it issued to one recipient."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="issued_rewards")
    position = models.PositiveSmallIntegerField()
    reward_id = models.CharField(max_length=100)
    user_id = models.CharField(max_length=100, blank=True, help_text="Thanx's id of the guest, where it was told.")
    issued_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [UniqueConstraint(fields=["batch", "position"], name="reward_once_per_position")]

    def __str__(self) -> str:
        return self.reward_id


class DeliveryState(TextChoices):
    """What the digesting made of a delivery."""

    NEW = "new", "New"
    PARKED = "parked", "Waiting for its job"
    DIGESTED = "digested", "Digested"
    DUPLICATE = "duplicate", "Duplicate"
    UNKNOWN_JOB = "unknown_job", "Unknown job"
    UNREADABLE = "unreadable", "Unreadable"
    FORGED = "forged", "Bad signature"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries, by the job that they wait for."""

    def genuine(self) -> Self:
        """Those with a good signature, each body once."""
        return self.exclude(state__in=[DeliveryState.FORGED, DeliveryState.DUPLICATE])

    def parked_for(self, job_id: str) -> Self:
        """Those that came before a batch had their job."""
        return self.filter(state=DeliveryState.PARKED, job_id=job_id)


class Delivery(Leased):
    """One webhook delivery: stored at once, digested later. The body is encrypted: it names guests."""

    received_at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=20, choices=DeliveryState.choices, default=DeliveryState.NEW, db_index=True)
    sealed_body = SealedField(purpose="webhook body")
    digest = models.CharField(max_length=64, db_index=True, help_text="SHA-256 of the raw body.")
    repeats = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often the same signed body came again. It is stored once."
    )
    event = models.CharField(max_length=60, blank=True)
    job_id = models.CharField(max_length=100, blank=True, db_index=True)
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries")
    digested_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering: ClassVar = ["-received_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="delivery_due", condition=Q(due_at__isnull=False))]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["digest"],
                name="delivery_stored_once",
                condition=~Q(state__in=[DeliveryState.FORGED, DeliveryState.DUPLICATE]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.event or 'delivery'} {self.received_at:%Y-%m-%d %H:%M:%S}"
