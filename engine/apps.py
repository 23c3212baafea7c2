"""The app: system checks, and the PostgreSQL triggers after each migrate."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class EngineConfig(AppConfig):
    name = "engine"
    verbose_name = "Engine"

    def ready(self) -> None:
        from engine import checks, postgres_triggers  # noqa: F401, PLC0415 (registers the checks; apps come first)

        post_migrate.connect(postgres_triggers.install, sender=self)
