"""Admin watches, it does not drive: what the engine owns can be looked at and searched, never edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from engine.models import WorkerBeat

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
else:
    Admin = admin.ModelAdmin


class WatchedAdmin(Admin):
    """A window on rows: no adding, no changing, no deleting. Actions of subclasses call the same acts as the pages."""

    list_per_page = 50
    show_full_result_count = False  # counting a million recipients would take longer than showing fifty

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(WorkerBeat)
class WorkerBeatAdmin(WatchedAdmin):
    list_display = ("worker", "started_at", "heard_at", "stopped_at")
    search_fields = ("worker",)
    ordering = ("-heard_at",)
