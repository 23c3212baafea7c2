"""The health page of the installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from thanx_portal.health import findings
from thanx_portal.health.findings import Finding


@dataclass(frozen=True, kw_only=True)
class HealthPage:
    """The findings about the installation and about each catalog. `sentence` counts those that need an operator."""

    findings: Sequence[Finding]
    catalogs: Sequence[Finding]
    sentence: str


def health_page(*, at: datetime) -> HealthPage:
    """Return the page, from our own rows."""
    found = [
        findings.worker(at=at),
        findings.credential(),
        findings.host(),
        findings.budget(at=at),
        findings.sending(),
        findings.attention(),
        findings.unknown_outcomes(at=at),
        *findings.overdue(at=at),
    ]
    catalogs = findings.catalogs(at=at)
    return HealthPage(findings=found, catalogs=catalogs, sentence=_sentence([*found, *catalogs]))


def _sentence(found: Sequence[Finding]) -> str:
    number = sum(not finding.is_well for finding in found)
    return f"{number} of these {'needs' if number == 1 else 'need'} somebody." if number else "All is well."
