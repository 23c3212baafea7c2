from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "thanx_portal"
    verbose_name = "Portal"
