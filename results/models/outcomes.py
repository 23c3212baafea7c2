"""What guests did after a reward, or without one: by keyed fingerprints, never by name.

The ids of Thanx become fingerprints, too. Only guests of the merchant's issuances are kept.
"""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, TextChoices, UniqueConstraint

from accounts.models import User
from campaigns.models import Merchant
from engine.leases import Leased
from lists.models import StoredTable
from vault.fields import SealedField


class FileKind(TextChoices):
    """What a file of outcomes holds, known by its header."""

    PROGRAMS = "programs", "Programs"
    MEMBERSHIPS = "memberships", "Memberships"
    PURCHASES = "purchases", "Purchases"
    REWARDS = "rewards", "Rewards"
    SIMPLE = "simple", "Guests and what they did"


class ImportStage(TextChoices):
    """How far files of outcomes are. A user sees a preview before they count; a command counts them at once."""

    READING = "reading", "Being read"
    PREVIEW = "preview", "To be looked at"
    COUNTING = "counting", "Being counted"
    DONE = "done", "Counted"
    REFUSED = "refused", "Cannot be used"
    DROPPED = "dropped", "Not used"


COUNTED = (ImportStage.COUNTING, ImportStage.DONE)
"""The stages of files that count: the rest were only looked at, or refused."""


class OutcomeImport(Leased):
    """Files of outcomes that came in together. `sealed_rejects` are the lines that were left out, as a CSV file.

    While it is read or counted it is due for a step. `found` are the guests of each arm that the preview found.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="outcome_imports")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    stage = models.CharField(max_length=10, choices=ImportStage.choices, default=ImportStage.DONE)
    problem = models.CharField(max_length=500, blank=True, help_text="Why the files cannot be used, and what to bring.")
    found = models.JSONField(default=dict, help_text="Guests by arm: how many there are, and how many were found.")
    sealed_rejects = SealedField(purpose="rejected outcomes", default=b"")
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="outcomes_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"outcomes of {self.merchant}, {self.at:%Y-%m-%d %H:%M}"


class OutcomeFile(StoredTable):
    """One of the files that came in together: what it held. The file itself is not kept once it was joined."""

    PURPOSE = "outcomes' file"
    MERCHANT = "outcome_import__merchant"

    outcome_import = models.ForeignKey(OutcomeImport, on_delete=models.CASCADE, related_name="files")
    file_name = models.CharField(max_length=255)
    kind = models.CharField(max_length=20, choices=FileKind.choices)
    rows = models.PositiveIntegerField(default=0, help_text="Lines below the header.")
    matched = models.PositiveIntegerField(default=0, help_text="Lines of guests of an issuance.")
    unmatched = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0, help_text="Lines that cannot be read.")
    unchanged = models.PositiveIntegerField(default=0, help_text="Lines that said what was known.")
    first_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    says_times = models.BooleanField(default=True)
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When the stored file was deleted, if it was.")

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["digest"], name="outcome_file_by_digest")]

    def __str__(self) -> str:
        return self.file_name


class GuestLink(models.Model):
    """One identifier of one person at Thanx, both as fingerprints: a bridge from purchases to recipients.

    A person may have several rows: for Thanx's internal id and for its API id, for an email address and a phone
    number. `in_members` tells rows of the member data, by which both arms are found alike.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    guest = models.BinaryField(max_length=16)
    fingerprint = models.BinaryField(max_length=16)
    in_members = models.BooleanField(default=False)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [UniqueConstraint(fields=["merchant", "guest", "fingerprint"], name="guest_known_once")]
        indexes: ClassVar = [models.Index(fields=["merchant", "fingerprint"], name="known_by_fingerprint")]

    def __str__(self) -> str:
        return f"known guest {self.pk}"


class Visit(models.Model):
    """A purchase of a known guest, or what a simple file says of one. The last row of a `key` counts.

    `at` is null where a file says no time: then it counts for every window that had begun. `visits` is 0 for a refund.
    A settled amount (`rank` 1) counts before an authorized one (0), else the one seen later.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.BinaryField(max_length=16, help_text="Of the purchase, as a fingerprint.")
    guest = models.BinaryField(max_length=16)
    at = models.DateTimeField(null=True, blank=True)
    visits = models.PositiveIntegerField(default=1)
    cents = models.BigIntegerField(default=0)
    rank = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [UniqueConstraint(fields=["merchant", "key"], name="visit_counted_once")]
        indexes: ClassVar = [models.Index(fields=["merchant", "guest", "at"], name="visit_by_guest")]

    def __str__(self) -> str:
        return f"visit {self.pk}"


class UsedReward(models.Model):
    """A reward of a known guest, as Thanx's file of rewards has it. `cents` is what it cost; null: not said."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.BinaryField(max_length=16, help_text="Of the reward, as a fingerprint.")
    guest = models.BinaryField(max_length=16)
    reward_uid = models.CharField(max_length=100, blank=True, help_text="Thanx's id, as webhooks have it.")
    program_uid = models.CharField(max_length=100, blank=True, help_text="Thanx's id of the campaign.")
    state = models.CharField(max_length=20)
    cents = models.BigIntegerField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            UniqueConstraint(fields=["merchant", "key"], name="used_reward_once"),
            CheckConstraint(condition=~Q(state=""), name="used_reward_has_a_state"),
        ]
        indexes: ClassVar = [models.Index(fields=["merchant", "guest"], name="used_reward_by_guest")]

    def __str__(self) -> str:
        return f"used reward {self.pk}"
