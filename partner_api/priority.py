"""What a request is for: it decides how much of a tight budget the request may use."""

from enum import IntEnum


class Priority(IntEnum):
    """The purpose of a request. A higher one may use more of a tight budget."""

    CATALOG = 10
    POLLING = 20
    CAMPAIGN_CREATION = 30
    SUBMISSION = 40
    REVOCATION = 50
    USER_ACTION = 60

    @property
    def share(self) -> float:
        """The share of the 15 minutes' budget that may be used before this priority must wait."""
        return _SHARES[self]


_SHARES = {
    Priority.CATALOG: 0.70,
    Priority.POLLING: 0.85,
    Priority.CAMPAIGN_CREATION: 0.93,
    Priority.SUBMISSION: 0.95,
    Priority.REVOCATION: 0.98,
    Priority.USER_ACTION: 1.0,
}
