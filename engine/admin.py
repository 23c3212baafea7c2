"""The workers in Django's admin."""

from engine.models import WorkerBeat
from ui.admin import watch

watch(
    WorkerBeat,
    list_display=("worker", "started_at", "heard_at", "stopped_at"),
    search_fields=("worker",),
    ordering=("-heard_at",),
)
