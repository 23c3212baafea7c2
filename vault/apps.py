"""The app: chains are append-only from the end of each migrate."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class VaultConfig(AppConfig):
    name = "vault"
    verbose_name = "Encryption"

    def ready(self) -> None:
        from vault import append_only  # noqa: PLC0415 (apps come first)

        pre_migrate.connect(append_only.drop_triggers, sender=self)
        post_migrate.connect(append_only.install, sender=self, dispatch_uid=append_only.NAME)
