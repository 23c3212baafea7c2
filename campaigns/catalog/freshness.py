"""How long Thanx's answers about the catalog are good. Until then, no press of a button asks Thanx again.

Source: Thanx Partner API v4.0, "Certification": no needlessly repeated request.
"""

import math
from datetime import datetime

from campaigns.models import Credential, Merchant
from partner_api import connect
from ui.wording import counted

CREDENTIAL = "credential"
DIAGNOSTICS = "diagnostics"
"""The purposes of reads of scopes and merchants in the exchange log: the hourly read, and a user's check."""


def about(merchant: Merchant) -> str:
    """Return the purpose of reads of a merchant's catalog in the exchange log."""
    return f"merchant:{merchant.pk}"


def of_credential(*, at: datetime) -> datetime | None:
    """Return until when the answers about our credential are good; None if they may be asked for now."""
    return connect.good_until(about=[CREDENTIAL, DIAGNOSTICS], at=at)


def fresh_until(merchant: Merchant, *, at: datetime) -> datetime | None:
    """Return until when the answers about a merchant's catalog are good; None if they may be asked for now."""
    return connect.good_until(about=[about(merchant)], at=at)


def of_row(row: Credential | Merchant, *, at: datetime) -> datetime | None:
    """Return until when the answers about either are good; None if they may be asked for now."""
    return fresh_until(row, at=at) if isinstance(row, Merchant) else of_credential(at=at)


def wait(until: datetime, *, at: datetime) -> str:
    """Return how long an answer is still good: "42 seconds"."""
    return counted(max(1, math.ceil((until - at).total_seconds())), "second")
