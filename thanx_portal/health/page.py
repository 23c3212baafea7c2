"""The health page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the health page: what was looked at, what was found, and the remedy where it is not well."""

    name: str
    found: str
    at: datetime | None = None
    remedy: str = ""
    href: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nobody has to do anything."""
        return not self.remedy


@dataclass(frozen=True, kw_only=True)
class HealthPage:
    """The installation in words. `to_see_to` counts the findings that are not well."""

    findings: Sequence[Finding]
    catalogs: Sequence[Finding]
    to_see_to: int
