from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "thanx_portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        from thanx_portal import checks  # noqa: F401, PLC0415 (importing registers them; apps come first)
