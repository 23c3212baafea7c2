"""Every request that was made to Thanx, and the budget of each credential, in Django's admin."""

from partner_api.models import Exchange, Limiter
from ui.admin import watch

watch(
    Exchange,
    list_display=("at", "method", "path_template", "outcome", "error_code", "about", "attempt", "waited_ms", "ms"),
    list_filter=("method", "status", "error_class", "priority", "host"),
    search_fields=("path_template", "about", "error_code", "idempotency_key", "=correlation"),
    date_hierarchy="at",
    ordering=("-at",),
)
watch(Limiter, list_display=("name", "latest", "paused_until", "strikes"), search_fields=("name",))
