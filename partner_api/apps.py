"""The app: system checks, and quiet libraries."""

import logging

from django.apps import AppConfig


class PartnerApiConfig(AppConfig):
    name = "partner_api"
    verbose_name = "Partner API"

    def ready(self) -> None:
        """Register the checks. Below ERROR urllib3 logs URLs, whose queries may name guests."""
        from partner_api import checks  # noqa: F401, PLC0415 - needs the settings

        logging.getLogger("urllib3").setLevel(logging.ERROR)
