"""Windows on what is left of old exchanges."""

from __future__ import annotations

from django.contrib import admin

from certification.models import DayOfCalls
from partner_api.admin import Window


@admin.register(DayOfCalls)
class DayOfCallsAdmin(Window):
    """The sums of the days whose exchanges are deleted."""

    list_display = ["day", "host", "method", "path_template", "calls", "failed", "incomplete", "without_key"]
    list_filter = ["method", "host"]
    search_fields = ["path_template"]
    date_hierarchy = "day"
