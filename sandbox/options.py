"""The options of the sandbox, set at its start and at each reset."""

import dataclasses
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

SCOPES = ("rewards.issue",)
EVERY_SCOPE = (
    *("rewards.issue", "users.read", "communication_settings.read", "communication_settings.write"),
    *("subscribers.write", "feedbacks.read", "feedbacks.write", "tags.read", "tags.write", "auth.create"),
)
ALL = "all"


class Dialect(enum.StrEnum):
    """Thanx's two published descriptions of the API, which differ in paths, keys and one status."""

    USUAL = "usual"
    OTHER = "other"


def _truth(value: object) -> bool:
    if isinstance(value, str):
        return value.lower() in {"1", "true", "yes", "on"}
    return bool(value)


def _scopes(value: object) -> tuple[str, ...]:
    return EVERY_SCOPE if value == ALL else _words(value)


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    if isinstance(value, list | tuple):
        return tuple(str(word) for word in value)
    raise ValueError(f"a list of words was expected, not {value!r}")


@dataclass(frozen=True, kw_only=True)
class WebhookOptions:
    """Where deliveries go and how they misbehave. Shares are between 0 and 1."""

    url: str = ""
    secret: str = field(default="", repr=False)
    issued: float = 1.0  # the share of issued rewards with an event of their own; 0: none
    concurrency: int = 8
    drop: float = 0.0
    duplicate: float = 0.0
    forge: float = 0.0  # the share of deliveries preceded by one with a wrong signature
    reorder: bool = False
    early: bool = False  # all events are delivered before the 202 of the call that caused them

    @property
    def active(self) -> bool:
        """Whether events are delivered at all."""
        return bool(self.url and self.secret)

    def changed(self, settings: Mapping[str, Any]) -> "WebhookOptions":
        """Return these options, overridden by `settings`. ValueError names what is unknown or malformed."""
        return dataclasses.replace(self, **_read(settings, _WEBHOOK_READERS))


@dataclass(frozen=True, kw_only=True)
class Options:
    """The credential, the limits and the pace of one sandbox."""

    client_id: str = "sandbox-client"
    token: str = field(default="sandbox-token", repr=False)
    scopes: tuple[str, ...] = SCOPES
    rate_per_second: int = 5
    rate_per_15_minutes: int = 2000
    quarter_hour_seconds: float = 900.0  # how long those 15 minutes are; shorter for tests
    job_seconds: float = 20.0  # from acceptance to completion, whatever the size
    failure_share: float = 0.03  # of identifiers that fail by chance, beside those that fail by their spelling
    dialect: Dialect = Dialect.USUAL
    seed: int = 1
    members: int = 2_400  # guests on each merchant's list
    members_only: bool = False  # whether only listed guests are members
    members_file: str = ""  # more guests on each merchant's list: a CSV of e-mail, phone, first and last name
    webhook: WebhookOptions = WebhookOptions()

    def changed(self, settings: Mapping[str, Any]) -> "Options":
        """Return these options, overridden by `settings`. ValueError names what is unknown or malformed."""
        webhook = self.webhook.changed(settings.get("webhook", {}))
        own = {name: value for name, value in settings.items() if name != "webhook"}
        return dataclasses.replace(self, webhook=webhook, **_read(own, _READERS))


Reader = Callable[[Any], Any]

_READERS: dict[str, Reader] = {
    "client_id": str,
    "token": str,
    "scopes": _scopes,
    "rate_per_second": int,
    "rate_per_15_minutes": int,
    "quarter_hour_seconds": float,
    "job_seconds": float,
    "failure_share": float,
    "dialect": Dialect,
    "seed": int,
    "members": int,
    "members_only": _truth,
    "members_file": str,
}
_WEBHOOK_READERS: dict[str, Reader] = {
    "url": str,
    "secret": str,
    "issued": float,
    "concurrency": int,
    "drop": float,
    "duplicate": float,
    "forge": float,
    "reorder": _truth,
    "early": _truth,
}


def _read(settings: Mapping[str, Any], readers: Mapping[str, Reader]) -> dict[str, Any]:
    unknown = sorted(set(settings) - set(readers))
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(unknown)}; known are {', '.join(sorted(readers))}")
    return {name: readers[name](value) for name, value in settings.items()}
