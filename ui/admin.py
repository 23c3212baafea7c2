"""What the packages' admin modules have in common: rows are read and searched, never edited."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline


class _Watched:
    def has_add_permission(self, *_: Any, **__: Any) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


class WatchedAdmin(_Watched, ModelAdmin):
    """Rows to be read only. Actions of subclasses call the same acts as the pages."""

    list_per_page = 50
    show_full_result_count = False  # counting a million recipients would take longer than showing fifty


class WatchedInline(_Watched, TabularInline):
    """Rows below another row, to be read only."""

    extra = 0
    can_delete = False


def watch(model: type[Model], **options: Any) -> None:
    """Register a model to be read only. The options are a ModelAdmin's: list_display, search_fields and so on."""
    admin.site.register(model, WatchedAdmin, **options)
