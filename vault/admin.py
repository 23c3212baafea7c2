"""The sealed key in Django's admin: what it is for, and never the key."""

from ui.admin import watch
from vault.models import ChainHead, SealedKey

watch(SealedKey, list_display=("purpose",), search_fields=("purpose",), exclude=("sealed",))
watch(ChainHead, list_display=("name", "number", "digest", "restarted_after"), search_fields=("name",))
