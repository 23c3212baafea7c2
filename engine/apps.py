from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class EngineConfig(AppConfig):
    name = "engine"
    verbose_name = "Engine"

    def ready(self) -> None:
        from engine import checks, nudges  # noqa: F401, PLC0415 (importing registers the checks; apps come first)

        post_migrate.connect(nudges.hang, sender=self)
