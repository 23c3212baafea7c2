"""Notifications in Django's admin: which user was notified of what, and which e-mails could not be sent."""

from __future__ import annotations

from django.contrib import admin

from engine.admin import WatchedAdmin
from notifications.models import Notification


@admin.register(Notification)
class NotificationAdmin(WatchedAdmin):
    list_display = ("title", "kind", "to", "merchant", "at", "read_at", "by_email", "emailed_at", "attempts", "problem")
    list_filter = ("kind", "by_email", "problem")
    list_select_related = ("to", "merchant")
    search_fields = ("title", "to__email", "merchant__name")
    date_hierarchy = "at"
