"""The log of exchanges with partners, and the reservations that pace them."""

from datetime import timedelta

from django.db import models

from partner_api.priority import Priority

LONGEST_PURPOSE = 80
PRIORITIES = [(priority.value, priority.name.replace("_", " ").lower()) for priority in Priority]


class Belonging(models.Model):
    """The Thanx environment whose objects this database holds: the first that accepted our credential."""

    environment = models.CharField(max_length=255, help_text="Its host; localhost for any on this machine.")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.environment


class Limiter(models.Model):
    """The budget of one credential. A reservation locks this row.

    Its times and those of its grants are of the limiter's own clock, which setting the system clock does not move.
    """

    name = models.CharField(max_length=300, unique=True)
    latest = models.DateTimeField(null=True, help_text="The last time at which something was reserved.")
    ahead = models.DurationField(default=timedelta, help_text="How far the clock was set back; below zero: forward.")
    heard = models.JSONField(default=dict, help_text="Of each machine: the last time here, and its steady clock then.")
    paused_until = models.DateTimeField(null=True, help_text="Nothing is sent before, because of a 429.")
    struck_at = models.DateTimeField(null=True, help_text="The last 429 without a Retry-After.")
    strikes = models.PositiveSmallIntegerField(default=0, help_text="How many of them came in a row.")

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """One reserved time. Grants older than the longest window are deleted."""

    limiter = models.ForeignKey(Limiter, on_delete=models.CASCADE, related_name="grants", db_index=False)
    at = models.DateTimeField()
    priority = models.PositiveSmallIntegerField(choices=PRIORITIES)
    target = models.CharField(max_length=64, blank=True, help_text="Keyed digest of a read's full path.")
    merchant = models.CharField(
        max_length=100, blank=True, db_default="", help_text="Thanx's id of the merchant, if it is for one."
    )

    class Meta:
        indexes = [
            models.Index(fields=["limiter", "-at"], name="grant_newest"),  # both windows
            models.Index(fields=["limiter", "target", "-at"], name="grant_identical"),  # no identical read at once
            models.Index(fields=["merchant", "-at"], name="grant_turn"),  # whose turn is it?
        ]

    def __str__(self) -> str:
        return f"{self.get_priority_display()} at {self.at:%H:%M:%S.%f}"


class Exchange(models.Model):
    """One request and its outcome: no body, no query, no token, no identifier.

    The row is written before the request is sent. A row without an outcome belongs to a process that died meanwhile:
    whether that request was sent, and had its effect, is unknown.
    """

    at = models.DateTimeField(db_index=True, help_text="When it was sent, or was to be sent.")
    host = models.CharField(max_length=255)
    method = models.CharField(max_length=8)
    path_template = models.CharField(max_length=120)
    target = models.CharField(max_length=64, help_text="Keyed digest of the full path: equal for equal requests.")
    query_names = models.JSONField(default=list)
    header_names = models.JSONField(default=list)
    idempotency_key = models.UUIDField(null=True, db_index=True)
    body_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the body as sent.")
    body_size = models.PositiveIntegerField(default=0)
    about = models.CharField(max_length=LONGEST_PURPOSE, blank=True, help_text="What it was for, such as batch:12.")
    priority = models.PositiveSmallIntegerField(choices=PRIORITIES)
    attempt = models.PositiveIntegerField(default=1)
    waited_ms = models.PositiveIntegerField(default=0, help_text="Waited for the governor.")
    ms = models.PositiveIntegerField(null=True, help_text="From sending to the end of the answer.")
    status = models.PositiveSmallIntegerField(null=True)
    error_class = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    correlation = models.CharField(max_length=36, blank=True, db_index=True, help_text="Of the act that caused it.")

    class Meta:
        indexes = [
            models.Index(fields=["about", "target"], name="exchange_attempts"),
            models.Index(fields=["path_template", "host", "-at"], name="exchange_dialect"),
            models.Index(fields=["target", "-at"], name="exchange_identical"),  # was it asked just before?
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path_template}: {self.outcome}"

    @property
    def outcome(self) -> str:
        """The outcome in a few words: status, error class, or that none was recorded."""
        if self.error_class:
            return f"{self.status or ''} {self.error_class}".strip()
        return str(self.status) if self.status else "no outcome recorded"
