"""Notifications in Django's admin: which user was notified of what, and which emails could not be sent."""

from notifications.models import ForgottenPassword, Notification
from ui.admin import watch

watch(
    Notification,
    list_display=("title", "kind", "to", "merchant", "at", "read_at", "by_email", "emailed_at", "attempts", "problem"),
    list_filter=("kind", "by_email", "problem"),
    list_select_related=("to", "merchant"),
    search_fields=("title", "to__email", "merchant__name"),
    date_hierarchy="at",
)

watch(ForgottenPassword, list_display=("asked_at", "due_at"), exclude=("sealed_address",), date_hierarchy="asked_at")
