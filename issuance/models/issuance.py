"""An issuance: one audience, one campaign, one decision."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from accounts.models import User
from campaigns.models import Campaign, Merchant, Variant
from engine.edges import follow
from engine.moves import MoveEvent, Moving
from issuance.models.approval import RequestOutcome
from issuance.states import ISSUANCE_EDGES, IssuanceMove, IssuanceState


class DraftStep(models.TextChoices):
    """The steps of a draft, named as in their URLs."""

    PEOPLE = "people", "Add people"
    COLUMNS = "columns", "Match columns"
    CHECK = "check", "Check and fix"
    SPLIT = "split", "Split into groups"
    REVIEW = "review", "Review and issue"


class PauseReason(models.TextChoices):
    """Who or what paused an issuance."""

    PERSON = "person", "A user paused it"
    FAILURES = "failures", "Too many guests of one job failed"


class Origin(models.TextChoices):
    """What an issuance came from, where no user began it with a list."""

    FEEDBACK = "feedback", "Feedback of guests"


class IssuanceQuerySet(models.QuerySet["Issuance"]):
    """Issuances, by state."""

    def kept(self) -> Self:
        """Those that are not discarded."""
        return self.exclude(state=IssuanceState.DISCARDED)

    def confirmed(self) -> Self:
        """Those whose rewards are going out or have gone out."""
        return self.filter(state=IssuanceState.CONFIRMED)


class Issuance(Moving):
    """A marketer's decision that an audience gets the rewards of a campaign.

    While it is READING it is due for a step. The reading writes `lines` and `left_out` (lines by reason), which never
    change after the confirmation. A retry of failures is an issuance of its own with `parent`.

    `paused_at` and `awaits_canary` hold back what was surely not sent yet; `stopped_at` is for good. They change with a
    move, whose event names the user.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="issuances")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="issuances")
    only_variant = models.ForeignKey(
        Variant, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="All guests in this arm."
    )
    included_anyway = models.JSONField(
        default=list,
        blank=True,
        help_text="Exclusions that a user has overridden: codes of issuance.audience.screening.",
    )
    rewarded_within_days = models.PositiveSmallIntegerField(
        default=0, help_text="Guests with any reward of as many days are left out; 0 leaves none out for that."
    )
    only_members = models.BooleanField(default=False, help_text="Guests who are probably no members are left out.")
    strangers = models.PositiveIntegerField(
        null=True, blank=True, help_text="Guests to be sent to who are probably no members; null: not known."
    )
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="retries")
    reissue_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reissues",
        help_text="The issuance whose revoked rewards it makes good.",
    )
    origin = models.CharField(max_length=10, choices=Origin.choices, blank=True)
    state = models.CharField(max_length=20, choices=IssuanceState.choices, default=IssuanceState.DRAFT)
    step = models.CharField(
        max_length=10, choices=DraftStep.choices, default=DraftStep.PEOPLE, help_text="Where a user last was with it."
    )
    problem = models.CharField(max_length=40, blank=True, help_text="Why it is UNREADABLE: a code of lists.delimited.")
    lines = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=dict, help_text="Number of lines by reason.")
    design = models.JSONField(default=dict, help_text="Arms, shares and sizes, frozen at the confirmation.")
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    decided_rewards = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Rewards let out by the confirmation, for the limits of the day."
    )
    decided_value = models.DecimalField(
        default=0,
        db_default=0,
        max_digits=14,
        decimal_places=2,
        help_text="Dollars at most of these rewards, as the limits count them.",
    )
    starts_at = models.DateTimeField(
        null=True, blank=True, help_text="Before this no call is made, so that a slip can still be stopped."
    )
    canary = models.BooleanField(
        default=False, help_text="A small job goes first, and the rest only once it has gone well."
    )
    awaits_canary = models.BooleanField(default=False, help_text="It has not gone well yet.")
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pause_reason = models.CharField(max_length=20, choices=PauseReason.choices, blank=True)
    accepts_failures = models.BooleanField(
        default=False, help_text="A user resumed it knowing of the failures: they no longer pause it."
    )
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="When its guests' data were erased; fingerprints may stay longer."
    )
    is_being_erased = models.BooleanField(default=False, db_default=False, help_text="Until nothing is left to erase.")
    forgotten_at = models.DateTimeField(null=True, blank=True, help_text="When its fingerprints were erased, too.")

    objects = IssuanceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "-created_at"]),
            models.Index(fields=["due_at"], name="issuance_due", condition=Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Issuance {self.pk}"

    @property
    def left_out_total(self) -> int:
        """Lines that are not sent, whatever the reason."""
        return sum(self.left_out.values())

    @cached_property
    def can_be_split(self) -> bool:
        """Whether its campaign has several arms. Pages of one issuance set it when they read it."""
        return self.campaign.variants.count() > 1

    @property
    def probably_fail(self) -> int:
        """Guests who are to get a reward and are probably not members; 0 while that is not known."""
        return 0 if self.only_members else self.strangers or 0

    def visit(self, step: DraftStep) -> None:
        """Remember the step at which a user last was, for the next visit. A bookmark, not a state."""
        if self.step != step:
            Issuance.objects.filter(pk=self.pk).update(step=step)
            self.step = step

    def after(self, move: IssuanceMove) -> IssuanceState:
        """Return the state that a move leads to. Raises IllegalMove where there is no such edge."""
        return follow(ISSUANCE_EDGES, IssuanceState(self.state), move, thing="an issuance")

    def append_event(self, event: dict[str, Any], facts: Mapping[str, Any]) -> None:
        """Append the event of a move, and end the open request for approval that the move answers or voids."""
        if self.state == IssuanceState.WAITING_FOR_APPROVAL:
            outcome = RequestOutcome.of(event["move"])
            self.approvals.open().update(ended_at=event["at"], ended_by=event["by"], outcome=outcome)
        super().append_event(event, facts)


class IssuanceEvent(MoveEvent):
    """One move of an issuance."""

    issuance = models.ForeignKey(Issuance, on_delete=models.CASCADE, related_name="events")
    move = models.CharField(max_length=20, choices=IssuanceMove.choices)
    before = models.CharField(max_length=20, choices=IssuanceState.choices)
    after = models.CharField(max_length=20, choices=IssuanceState.choices)
