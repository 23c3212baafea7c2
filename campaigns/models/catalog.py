"""The catalog: merchants, locations, reward templates and scopes as Thanx last gave them, and when that was.

Steps refresh the rows, page views never do. A row that is missing at Thanx is marked, never deleted.
"""

from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from engine.leases import Leased


def default_time_zone() -> str:
    """Return the time zone of a new merchant: Thanx's discovery does not give one."""
    return str(settings.DEFAULT_MERCHANT_TIME_ZONE)


def default_country() -> str:
    """Return the country of a new merchant, by which phone numbers without a prefix are read."""
    return str(settings.DEFAULT_MERCHANT_COUNTRY)


class Credential(Leased):
    """The one credential at Thanx, and its scopes when they were last read."""

    host = models.CharField(max_length=200, unique=True)
    scopes = models.JSONField(default=list)
    as_of = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=40, blank=True, help_text="Why the last check failed; empty when it did not.")
    problem_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.host


class Merchant(Leased):
    """A merchant that the credential reaches."""

    thanx_id = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    handle = models.SlugField(max_length=100, unique=True)
    time_zone = models.CharField(max_length=60, default=default_time_zone)
    country = models.CharField(max_length=2, default=default_country)
    capillary_org = models.CharField(
        max_length=40,
        blank=True,
        help_text="The organisation at Capillary whose issued rewards this merchant's people may look up.",
    )
    daily_cap = models.PositiveIntegerField(
        null=True, blank=True, help_text="At most so many guests get a reward on one day; empty for the portal's cap."
    )
    unpriced_value = models.DecimalField(
        null=True,
        blank=True,
        max_digits=8,
        decimal_places=2,
        validators=[MinValueValidator(0)],
        help_text="Dollars that a reward without a price counts as towards the limits; empty for the portal's value.",
    )
    picture_origins = models.TextField(
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Where the pictures of its rewards are: the origins that pages may load pictures from.",
    )
    retention_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Days for which guests' data are kept once nothing needs them; empty for the setting RETENTION_DAYS.",
    )
    as_of = models.DateTimeField(null=True, blank=True, help_text="When the catalog was last read completely.")
    problem = models.CharField(max_length=40, blank=True, help_text="Why the last refresh failed.")
    problem_at = models.DateTimeField(null=True, blank=True)
    vanished_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True, help_text="When a user last worked here.")

    class Meta:
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="merchant_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return self.name

    @property
    def retention(self) -> timedelta:
        """How long guests' data are kept once they are no longer needed."""
        return timedelta(days=self.retention_days or settings.RETENTION_DAYS)


class Location(models.Model):
    """A merchant's restaurant or shop."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="locations")
    thanx_id = models.CharField(max_length=100)
    name = models.CharField(max_length=200, blank=True)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=100, blank=True)
    zip = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    as_of = models.DateTimeField()
    vanished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "thanx_id"], name="location_once_per_merchant")
        ]

    def __str__(self) -> str:
        return self.name or self.street


class RewardTemplateQuerySet(models.QuerySet["RewardTemplate"]):
    """Reward templates, in the merchant's words."""

    def published(self) -> Self:
        return self.filter(unpublished_at=None)


class RewardTemplate(models.Model):
    """A reward that a campaign can give. All texts come from outside."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="reward_templates")
    thanx_id = models.CharField(max_length=100)
    name = models.CharField(max_length=300)
    type = models.CharField(max_length=60, blank=True)
    subtype = models.CharField(max_length=60, blank=True)
    description = models.TextField(blank=True)
    fine_print = models.TextField(blank=True)
    discount_type = models.CharField(max_length=60, blank=True)
    discount_value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    redemption_venue = models.CharField(max_length=60, blank=True)
    image_url = models.CharField(max_length=1000, blank=True)
    as_of = models.DateTimeField()
    unpublished_at = models.DateTimeField(null=True, blank=True, help_text="When it was first missing upstream.")

    objects = RewardTemplateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "thanx_id"], name="template_once_per_merchant")
        ]

    def __str__(self) -> str:
        return self.name
