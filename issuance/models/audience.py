"""The audience: the uploaded file, its lines, the recipients, and the one place where their identifiers are."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, F, OuterRef, Subquery, UniqueConstraint, When

from accounts.models import User
from campaigns.models import Merchant
from issuance.models.batch import Batch
from issuance.models.issuance import Issuance
from lists.models import StoredTable
from vault.fields import SealedField


class Upload(StoredTable):
    """The file that an issuance's guests came in, and how it is read: `mapping` may name an "email" and a "phone"."""

    PURPOSE = "upload"
    MERCHANT = "issuance__merchant"

    issuance = models.OneToOneField(Issuance, on_delete=models.CASCADE, related_name="upload")
    file_name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, db_index=True, help_text="SHA-256 of the file as it came.")
    uploaded_at = models.DateTimeField()
    mapping_is_guessed = models.BooleanField(default=True)
    as_last_time = models.BooleanField(default=False, help_text="Matched as a user matched such a file before.")
    prefers = models.CharField(
        max_length=10, default="email", help_text="Which identifier counts when a line has both."
    )
    bytes_read = models.PositiveBigIntegerField(default=0)
    lines_read = models.PositiveIntegerField(default=0)
    rules = models.JSONField(default=dict, help_text="What a user has decided for all lines of a kind.")
    erased_at = models.DateTimeField(null=True, blank=True)
    findings = models.JSONField(default=dict, help_text="What the reading found besides lines left out: numbers.")
    sealed_examples = SealedField(
        purpose="examples", default=b"", help_text="Some lines of each kind, before and after, encrypted."
    )

    def __str__(self) -> str:
        return self.file_name


class RememberedColumns(models.Model):
    """How a user at a merchant matched the columns of files of one shape; `key` is a digest of the shape.

    `header_row` null means the row that it looks like. Names of columns and sheets, never a guest's.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    mapping = models.JSONField()
    prefers = models.CharField(max_length=10)
    header_row = models.PositiveIntegerField(null=True, blank=True)
    sheet = models.CharField(max_length=255, blank=True)
    used_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [UniqueConstraint(fields=["merchant", "key"], name="columns_remembered_once")]

    def __str__(self) -> str:
        return f"columns of {self.merchant}"


class Manifest(models.Model):
    """A batch's ordered identifiers with their lines: encrypted, frozen, and the body that is sent, byte for byte."""

    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, primary_key=True, related_name="manifest")
    sealed_body = SealedField(purpose="manifest body")
    sealed_lines = SealedField(purpose="manifest lines", help_text="The line of each position.")
    erased_at = models.DateTimeField(null=True, blank=True)
    guests_erased = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How many single guests were erased from it since it was sent."
    )

    def __str__(self) -> str:
        return f"Manifest of {self.batch}"


class Recipient(models.Model):
    """An accepted line, without its identifier: a keyed fingerprint, the line, and the place in the batch.

    `position` in the batch is Thanx's `identifier_index`. Never changed after the intake.
    """

    # No index of its own: the unique one below begins with the batch, and a third index costs a fifth of the intake.
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="recipients", db_index=False)
    position = models.PositiveSmallIntegerField()
    line = models.PositiveIntegerField()
    fingerprint = models.BinaryField(max_length=16, db_index=True)

    class Meta:
        constraints: ClassVar = [UniqueConstraint(fields=["batch", "position"], name="position_once_per_batch")]

    def __str__(self) -> str:
        return f"line {self.line}"


class RejectedLineQuerySet(models.QuerySet["RejectedLine"]):
    """Left-out lines, with or without their cells."""

    def with_cells(self) -> Self:
        """With `sealed_cell`: the line's own, or that of the equal line which keeps it for both."""
        keeping = RejectedLine.objects.filter(issuance=OuterRef("issuance"), line=OuterRef("same_as"))
        shared = Subquery(keeping.order_by().values("sealed_value")[:1])
        return self.annotate(sealed_cell=Case(When(same_as=None, then=F("sealed_value")), default=shared))


class RejectedLine(models.Model):
    """A line that is left out, and why: `reason` is a code of lists.identifiers, .suggestions or .lines."""

    sealed_cell: bytes | memoryview | None
    """Only of `with_cells`."""

    issuance = models.ForeignKey(Issuance, on_delete=models.CASCADE, related_name="rejected_lines")
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=40)
    kept_line = models.PositiveIntegerField(null=True, blank=True, help_text="For a duplicate: the line that counts.")
    sealed_value = SealedField(purpose="rejected cell", help_text="The cell that was wrong, encrypted and shortened.")
    same_as = models.PositiveIntegerField(
        null=True, blank=True, help_text="The earlier line of this list that keeps the same cell for both."
    )
    # Only of lines that name a guest and are left out because of other lines: those that are asked about.
    fingerprint = models.BinaryField(max_length=16, null=True, blank=True)

    objects = RejectedLineQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["line"]
        constraints: ClassVar = [UniqueConstraint(fields=["issuance", "line"], name="line_rejected_once")]
        indexes: ClassVar = [
            models.Index(fields=["issuance", "reason", "line"]),
            models.Index(fields=["fingerprint"], name="rejected_guest", condition=models.Q(fingerprint__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class DoubtfulLine(models.Model):
    """A line that is sent unless a user leaves it out, and why it may be wrong: a code of lists.suggestions."""

    issuance = models.ForeignKey(Issuance, on_delete=models.CASCADE, related_name="doubtful_lines")
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=40)
    sealed_value = SealedField(purpose="doubtful identifier", help_text="The identifier as it will be sent, encrypted.")

    class Meta:
        ordering: ClassVar = ["line"]
        constraints: ClassVar = [UniqueConstraint(fields=["issuance", "line"], name="line_doubted_once")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class CorrectedLine(models.Model):
    """A user's correction of one line: the right identifier, or nothing if the line is left out.

    The uploaded file stays as it came. Every reading of it applies the corrections.
    """

    issuance = models.ForeignKey(Issuance, on_delete=models.CASCADE, related_name="corrected_lines")
    line = models.PositiveIntegerField()
    sealed_value = SealedField(
        purpose="corrected line", help_text="The identifier that was typed, or nothing: encrypted."
    )
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["line"]
        constraints: ClassVar = [UniqueConstraint(fields=["issuance", "line"], name="line_corrected_once")]

    def __str__(self) -> str:
        return f"line {self.line}"
