"""What is kept about guests beyond their rewards."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import User
from campaigns.models import Merchant
from engine.leases import Leased
from issuance.models import Issuance


class Glance(models.Model):
    """What Thanx said of one guest a short while ago, encrypted: so that a page can show it without asking again.

    It is found by the fingerprints of the guest's identifiers, and of no use from `expires_at` on.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.BinaryField(max_length=16, help_text="Of the identifier that was typed.")
    token = models.CharField(max_length=100, help_text="Fingerprints of all that is known, for addresses.")
    sealed = models.BinaryField(help_text="The guest as Thanx described it; empty where it knows none.")
    sealed_tags = models.BinaryField(null=True, help_text="The guest's tags; null until somebody asked for them.")
    as_of = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "fingerprint"], name="one_glance_per_guest"),
        ]

    def __str__(self) -> str:
        return f"glance {self.pk}"


class Tagging(Leased):
    """That the guests of an issuance are to be tagged with their arm, and how far that is.

    A step reads one page of those whose ids Thanx tells us: of the members where we may read them, else of the rewards
    that webhooks have named. Repeating a page is harmless.
    """

    class Source(models.TextChoices):
        """Where the guests' ids come from."""

        MEMBERS = "members", "The list of members"
        REWARDS = "rewards", "Rewards that Thanx has named"

    issuance = models.OneToOneField(Issuance, on_delete=models.CASCADE, related_name="tagging")
    key = models.CharField(max_length=200)
    source = models.CharField(max_length=10, choices=Source.choices)
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    place = models.PositiveBigIntegerField(default=0, help_text="The page that was read last, or the reward.")
    places = models.PositiveIntegerField(default=0, help_text="How many pages there are, where that is known.")
    pending = models.JSONField(default=dict, help_text="Ids by arm that wait for a full call.")
    tagged = models.JSONField(default=dict, help_text="How many guests have their tag, by arm.")
    problem = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="tagging_due", condition=models.Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"tagging of {self.issuance}"
