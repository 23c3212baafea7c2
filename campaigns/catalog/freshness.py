"""How long Thanx's answers about the catalog are good: nothing is asked again before that, whoever presses what.

Source: Thanx Partner API v4.0, "Certification": no needlessly repeated request.
"""

from __future__ import annotations

import math
from datetime import datetime

from campaigns.models import Credential, Merchant
from partner_api import connect

CREDENTIAL = "credential"
DIAGNOSTICS = "diagnostics"
"""What reads of scopes and merchants are for, in the ledger: the hourly look, and somebody's check."""


def about(merchant: Merchant) -> str:
    """Return what reads of a merchant's catalog are for, in the ledger."""
    return f"merchant:{merchant.pk}"


def of_credential(*, at: datetime) -> datetime | None:
    """Return until when the answers about our credential are good; None if they may be asked for now."""
    return connect.good_until(about=[CREDENTIAL, DIAGNOSTICS], at=at)


def of_merchant(merchant: Merchant, *, at: datetime) -> datetime | None:
    """Return until when the answers about a merchant's catalog are good; None if they may be asked for now."""
    return connect.good_until(about=[about(merchant)], at=at)


def of_row(row: Credential | Merchant, *, at: datetime) -> datetime | None:
    """Return until when the answers about the one or the other are good; None if they may be asked for now."""
    return of_merchant(row, at=at) if isinstance(row, Merchant) else of_credential(at=at)


def wait(until: datetime, *, at: datetime) -> str:
    """Return in words how long an answer is still good."""
    seconds = max(1, math.ceil((until - at).total_seconds()))
    return f"{seconds} second{'' if seconds == 1 else 's'}"
