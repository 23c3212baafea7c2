"""The daily sums of deleted exchanges, the row that makes the deletion due, checks of the connection, guided demos."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint

from accounts.models import User
from campaigns.models import Merchant
from engine.leases import Leased


class LedgerKeeping(Leased):
    """The single row that is due when old exchanges are to be summed up and deleted."""

    summed_until = models.DateTimeField(null=True, blank=True, help_text="What was sent before is in the sums only.")

    class Meta:
        verbose_name_plural = "old calls"

    def __str__(self) -> str:
        return "Keeping of the ledger"


class DayOfCalls(models.Model):
    """The sums of one day's exchanges of one kind, kept after the exchanges are deleted."""

    day = models.DateField(help_text="In UTC.")
    host = models.CharField(max_length=255)
    method = models.CharField(max_length=8)
    path_template = models.CharField(max_length=120)
    calls = models.PositiveIntegerField(default=0, help_text="Those that left this machine.")
    failed = models.PositiveIntegerField(
        default=0, help_text="Those that ended in an error, or of which no end is known."
    )
    incomplete = models.PositiveIntegerField(default=0, help_text="Those without one of the five headers.")
    without_key = models.PositiveIntegerField(default=0, help_text="Of calls that issue: those without a key.")

    class Meta:
        verbose_name_plural = "days of calls"
        ordering: ClassVar = ["-day", "path_template", "method"]
        constraints: ClassVar = [
            UniqueConstraint(fields=["day", "host", "method", "path_template"], name="day_of_calls_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.method} {self.path_template}"


class Diagnosis(models.Model):
    """The result of an operator's check of the connection. It names no merchant and no guest."""

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    host = models.CharField(max_length=255)
    facts = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "diagnoses"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.host} {self.at:%Y-%m-%d %H:%M}"


class GuidedDemo(models.Model):
    """A guided demo that an operator started. Its progress is computed from what happened since."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    host = models.CharField(max_length=255)
    started_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"Guided demo at {self.merchant}"
