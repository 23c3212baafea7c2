"""The admin of the sums of old exchanges."""

from certification.models import DayOfCalls
from ui.admin import watch

watch(
    DayOfCalls,
    list_display=("day", "host", "method", "path_template", "calls", "failed", "incomplete", "without_key"),
    list_filter=("method", "host"),
    search_fields=("path_template",),
    date_hierarchy="day",
)
