"""The heartbeats of workers."""

from django.db import models


class WorkerBeat(models.Model):
    """One worker process and its latest heartbeat."""

    worker = models.CharField(max_length=200, unique=True, help_text="Host, process id and start.")
    started_at = models.DateTimeField()
    heard_at = models.DateTimeField(db_index=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    seals_with = models.CharField(
        max_length=10, blank=True, default="", db_default="", help_text="The mark of its newest data key."
    )

    def __str__(self) -> str:
        return self.worker
