"""Windows on the ledger and the limiter. Admin watches, it does not drive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from partner_api.models import Exchange, Limiter

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class Window(ModelAdmin):
    """An admin that only shows."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Exchange)
class ExchangeAdmin(Window):
    """Every request that was made."""

    list_display = ["at", "method", "path_template", "outcome", "error_code", "about", "attempt", "waited_ms", "ms"]
    list_filter = ["method", "status", "error_class", "priority", "host"]
    search_fields = ["path_template", "about", "error_code", "idempotency_key", "=correlation"]
    date_hierarchy = "at"
    ordering = ["-at"]


@admin.register(Limiter)
class LimiterAdmin(Window):
    """The budget of each credential."""

    list_display = ["name", "latest", "paused_until", "strikes"]
    search_fields = ["name"]
