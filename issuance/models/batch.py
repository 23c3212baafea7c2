"""A batch: at most 10,000 recipients of one variant, one call, one key; at Thanx it becomes a job."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from accounts.models import User
from campaigns.models import Variant
from engine import correlation
from engine.edges import follow
from engine.moves import MoveEvent, Moving
from issuance.models.issuance import Issuance
from issuance.states import AT_WORK, EDGES, KEYLESS, POLLED, WITH_JOB, BatchMove, BatchState


class BatchQuerySet(models.QuerySet["Batch"]):
    """Batches, by what is to be done with them."""

    def kept(self) -> Self:
        """Those that are not discarded."""
        return self.exclude(state=BatchState.DISCARDED)

    def to_submit(self) -> Self:
        """Those to be sent, including those whose worker died while sending."""
        return self.filter(state__in=[BatchState.QUEUED, BatchState.SUBMITTING])

    def never_sent(self) -> Self:
        """Those to be sent of which nothing can have reached Thanx yet."""
        return self.filter(state=BatchState.QUEUED, maybe_sent=False)

    def to_poll(self) -> Self:
        """Those whose job may have news; an ended one is due only while its counts or failures are missing."""
        return self.filter(state__in=sorted(POLLED))

    def unsettled(self) -> Self:
        """Those that the engine or a decision may still change, or whose jobs are still polled."""
        unread = Q(state__in=sorted(POLLED), due_at__isnull=False)
        return self.filter(Q(state__in=sorted(AT_WORK | {BatchState.NEEDS_ATTENTION})) | unread)

    def to_revoke(self) -> Self:
        """Those whose jobs are to be revoked."""
        return self.filter(state=BatchState.REVOKE_QUEUED)


class Batch(Moving):
    """One call to POST /partner/campaigns/issue, and its job.

    `maybe_sent` is true from the moment that a request may have reached Thanx until an answer gives its outcome. The
    counts are all observations folded; null means that Thanx has given none.
    """

    issuance = models.ForeignKey(Issuance, on_delete=models.PROTECT, related_name="batches")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="batches")
    number = models.PositiveIntegerField(help_text="1 for the first of the issuance.")
    size = models.PositiveIntegerField(help_text="Recipients.")
    phones = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many recipients are phone numbers; the others are email addresses."
    )
    is_control = models.BooleanField(default=False)
    is_canary = models.BooleanField(default=False, help_text="The others wait until it has gone well.")
    state = models.CharField(max_length=20, choices=BatchState.choices, default=BatchState.DRAFT)

    idempotency_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    body_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the bytes that are sent.")
    attempts = models.PositiveIntegerField(default=0)
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    maybe_sent = models.BooleanField(default=False)

    job_id = models.CharField(max_length=100, null=True, blank=True, unique=True)
    job_state = models.CharField(max_length=40, blank=True, help_text="Thanx's own word.")
    processed_count = models.PositiveIntegerField(null=True, blank=True)
    issued_count = models.PositiveIntegerField(null=True, blank=True)
    failed_count = models.PositiveIntegerField(null=True, blank=True)
    failures_listed = models.BooleanField(default=False, help_text="The job's list of failures has been read.")

    submitted_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When Thanx last told us of the job.")
    seen_by = models.CharField(max_length=20, blank=True, help_text="Answer, poll or webhook.")
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When an observation last brought news.")
    polls = models.PositiveIntegerField(default=0)
    polled_at = models.DateTimeField(null=True, blank=True, help_text="When its job was last read.")
    ended_at = models.DateTimeField(null=True, blank=True)

    revoke_when_ended = models.BooleanField(default=False)
    revoke_asked_at = models.DateTimeField(null=True, blank=True)
    revoke_asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revoke_reason = models.CharField(max_length=500, blank=True)
    revoke_attempts = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)
    reissue = models.ForeignKey(
        Issuance,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="made_good",
        help_text="The one issuance that has taken over the guests of this revoked job, if any.",
    )

    error_code = models.CharField(max_length=100, blank=True, help_text="Class or code of the latest problem.")
    error_text = models.CharField(max_length=500, blank=True, help_text="In our words; never an identifier.")

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        ordering: ClassVar = ["issuance", "number"]
        constraints: ClassVar = [
            UniqueConstraint(fields=["issuance", "number"], name="batch_number_once"),
            CheckConstraint(
                condition=~Q(state__in=sorted(WITH_JOB)) | Q(job_id__isnull=False), name="job_states_have_a_job"
            ),
            CheckConstraint(
                condition=Q(state__in=sorted(KEYLESS)) | Q(idempotency_key__isnull=False), name="key_before_the_call"
            ),
            CheckConstraint(condition=Q(size__gte=1, size__lte=10_000), name="batch_size_1_to_10000"),
            CheckConstraint(
                condition=~Q(state=BatchState.STOPPED) | Q(maybe_sent=False, job_id__isnull=True),
                name="stopped_was_never_sent",
            ),
            CheckConstraint(
                condition=Q(reissue=None) | Q(state=BatchState.REVOKED, is_control=False), name="reissued_was_revoked"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "due_at"], name="batch_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"Batch {self.number} of issuance {self.issuance_id}"

    def after(self, move: BatchMove) -> BatchState:
        """Return the state that a move leads to. Raises IllegalMove where there is no such edge."""
        return follow(EDGES, BatchState(self.state), move, thing="a batch")

    def append_event(self, event: dict[str, Any], facts: Mapping[str, Any]) -> None:
        """Append the event of a move, with the columns that were written and the act's correlation."""
        told = {name: value for name, value in facts.items() if name != "revoke_reason"}  # a typed text has a lifetime
        written = {name: str(value) for name, value in told.items() if value not in (None, "")}
        carried = correlation.current() or self.correlation
        super().append_event({**event, "facts": written, "correlation": carried}, facts)


class BatchEvent(MoveEvent):
    """One move of a batch. `facts` are the columns that were written with it, as texts."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="events")
    move = models.CharField(max_length=30, choices=BatchMove.choices)
    before = models.CharField(max_length=20, choices=BatchState.choices)
    after = models.CharField(max_length=20, choices=BatchState.choices)
    facts = models.JSONField(default=dict)
    correlation = models.CharField(max_length=36, blank=True)
