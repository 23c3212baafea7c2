"""Halts: while one is in force, no reward is issued and no campaign is created."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, Exists, OuterRef, Q, UniqueConstraint, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from campaigns.models.catalog import Merchant


class HaltQuerySet(models.QuerySet["Halt"]):
    """Halts, by whether they are in force."""

    def in_force(self) -> Self:
        return self.filter(lifted_at=None)


class Halt(models.Model):
    """A stop of all sending, of one merchant or all (null). Never deleted: it shows when and why nothing was sent."""

    merchant = models.ForeignKey(Merchant, null=True, blank=True, on_delete=models.PROTECT, related_name="halts")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = HaltQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            # The installation has no merchant, and two nulls would differ.
            UniqueConstraint(Coalesce("merchant", Value(0)), condition=Q(lifted_at=None), name="one_halt_at_a_time"),
            CheckConstraint(condition=~Q(reason=""), name="a_halt_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"Sending of {self.merchant or 'the installation'} stopped"


def halted(merchant: str) -> Exists:
    """Return the condition that a halt is in force for the merchant which this path leads to."""
    of_it = Q(merchant=None) | Q(merchant=OuterRef(merchant))
    return Exists(Halt.objects.in_force().filter(of_it))
