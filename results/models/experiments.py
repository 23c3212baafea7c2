"""The plan of an experiment, fixed before the first call, and the result of a campaign as it was last counted."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q

from accounts.models import User
from campaigns.models import Campaign
from engine.leases import Leased


class ExperimentPlan(models.Model):
    """How a campaign's result will be read. Fixed at the first confirmation, with a digest in the audit trail.

    After `fixed_at` a change makes the result exploratory: `changed_at` says when, and the headline says so.
    """

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="plan")
    window_days = models.PositiveSmallIntegerField(default=28)
    settle_days = models.PositiveSmallIntegerField(default=4, help_text="Days until amounts are settled.")
    metric = models.CharField(max_length=20, default="visited")
    fixed = models.JSONField(default=dict, help_text="All that was fixed, as plain values; the digest is of it.")
    digest = models.CharField(max_length=64, blank=True)
    fixed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            CheckConstraint(condition=Q(window_days__gte=1, window_days__lte=365), name="window_of_some_days"),
            CheckConstraint(condition=Q(settle_days__lte=90), name="settled_within_a_quarter"),
        ]

    def __str__(self) -> str:
        return f"plan of {self.campaign}"


class CampaignResult(Leased):
    """A campaign's result as it was last counted. It is due when something has changed, and at the decision date."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="result")
    document = models.JSONField(default=dict, help_text="Counts and figures; no guest.")
    counted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="result_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"result of {self.campaign}"
