"""Campaigns and their variants, whether made here or elsewhere with the same credential."""

import secrets
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, Q, TextChoices, UniqueConstraint

from accounts.models import User
from campaigns.models.catalog import Merchant, RewardTemplate
from campaigns.states import EDGES, CampaignMove, CampaignState
from engine.edges import follow
from engine.moves import MoveEvent, Moving

CONTROL = "Control"
"""The exact name of a control variant, which carries no reward template (POST /partner/campaigns)."""


def new_salt() -> str:
    """Return a random salt, which makes the arms of one campaign independent of those of another."""
    return secrets.token_hex(16)


class CampaignQuerySet(models.QuerySet["Campaign"]):
    """Campaigns, by state."""

    def kept(self) -> Self:
        return self.exclude(state=CampaignState.DISCARDED)

    def live(self) -> Self:
        return self.filter(state=CampaignState.LIVE)


class Campaign(Moving):
    """One campaign of one merchant: dates, texts, and one to four variants."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="campaigns")
    thanx_id = models.CharField(max_length=100, null=True, blank=True, unique=True)
    state = models.CharField(max_length=20, choices=CampaignState.choices, default=CampaignState.DRAFT)
    made_elsewhere = models.BooleanField(default=False, help_text="Found at Thanx, not made in this portal.")
    name = models.CharField(max_length=200)
    objective = models.TextField(blank=True)
    fine_print = models.TextField(blank=True)
    start_at = models.DateTimeField(null=True, blank=True)
    end_at = models.DateTimeField(null=True, blank=True)
    redeemable_from = models.DateTimeField(null=True, blank=True)
    redeemable_to = models.DateTimeField(null=True, blank=True)
    registers_controls = models.BooleanField(
        default=False,
        help_text="Send control recipients to Thanx under the control variant, instead of keeping them here.",
    )
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    error_text = models.TextField(blank=True, help_text="What Thanx said, verbatim.")

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            CheckConstraint(
                condition=~Q(state=CampaignState.LIVE) | Q(thanx_id__isnull=False), name="live_campaign_has_thanx_id"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "state"]),
            models.Index(fields=["due_at"], name="campaign_due", condition=Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    def after(self, move: CampaignMove) -> CampaignState:
        """Return the state that a move leads to. Raises IllegalMove where there is no such edge."""
        return follow(EDGES, CampaignState(self.state), move, thing="a campaign")

    def move(self, move: TextChoices, *, by: User | None, at: datetime, **facts: Any) -> None:
        """Change the state along one edge (see Moving), and write when."""
        super().move(move, by=by, at=at, updated_at=at, **facts)


class Variant(models.Model):
    """One arm of a campaign: a reward template, or the control that gets none."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="variants")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    reward_template = models.ForeignKey(
        RewardTemplate, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    share = models.PositiveSmallIntegerField(help_text="Percent of the audience; a campaign's shares sum to 100.")
    thanx_id = models.CharField(max_length=100, blank=True)
    promised = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        editable=False,
        help_text="Name, discount and fine print of its reward when the campaign was made.",
    )

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            UniqueConstraint(fields=["campaign", "position"], name="variant_position_once"),
            CheckConstraint(condition=Q(share__lte=100), name="share_at_most_100"),
            CheckConstraint(
                condition=~Q(name=CONTROL) | Q(reward_template__isnull=True), name="control_has_no_reward_template"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_control(self) -> bool:
        return self.name == CONTROL


class CampaignEvent(MoveEvent):
    """One move of a campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="events")
    move = models.CharField(max_length=20, choices=CampaignMove.choices)
    before = models.CharField(max_length=20, choices=CampaignState.choices)
    after = models.CharField(max_length=20, choices=CampaignState.choices)
