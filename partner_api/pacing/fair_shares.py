"""Each merchant's equal share of the 15 minutes: the arithmetic, as a function of values.

While one merchant has used more than its equal share, the calls of all that have used less go before its own. At other
times a call has the share of its priority, so a merchant that works alone may use all of it.
"""

from collections.abc import Mapping

from partner_api.priority import Priority

Used = Mapping[str, Mapping[int, int]]
"""How many calls of the 15 minutes were granted: by merchant ("": none in particular), then by priority."""

ABOVE_AT_MOST = 0.95
"""The share at which a merchant above its equal share waits. All shares in BELOW are higher."""

BELOW = {
    Priority.CATALOG: 0.960,
    Priority.POLLING: 0.965,
    Priority.CAMPAIGN_CREATION: 0.970,
    Priority.SUBMISSION: 0.975,
    Priority.REVOCATION: 0.980,
    Priority.USER_ACTION: 1.0,
}
"""The shares of a merchant below its equal share, while another one is above: what is left, by priority."""


def share_of(priority: Priority, *, merchant: str, used: Used, limit: int) -> float:
    """Return the share of the 15 minutes that may be used before the merchant's call of this priority must wait.

    A merchant is above for a call if its calls of that priority or a higher one are more than its equal share. So a
    user's click does not pay for what was issued.
    """
    merchants = {name for name in (merchant, *used) if name}
    equal = limit / max(len(merchants), 1)
    if merchant and sum(calls for each, calls in used.get(merchant, {}).items() if each >= priority) > equal:
        return min(priority.share, ABOVE_AT_MOST)
    others = [sum(calls.values()) for name, calls in used.items() if name not in ("", merchant)]
    return BELOW[priority] if any(calls > equal for calls in others) else priority.share
