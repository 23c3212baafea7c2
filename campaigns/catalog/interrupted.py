"""Readings of a catalog that a limit of Thanx cut short: what was read is kept, and the rest read later.

It is kept in the cache that all workers share. Without it a reading begins anew, so nothing depends on it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.core.cache import cache

from campaigns.models import Merchant
from partner_api.calls.caller import Page, items_of

Item = TypeVar("Item")

GOOD_FOR = timedelta(minutes=20)
"""A limit of 15 minutes ends within this time. What was read before is too old to go with the rest."""


@dataclass
class PartialReading:
    """The pages of a merchant's lists that have been read so far, by the name of the list."""

    begun_at: datetime
    pages: dict[str, list[Page[Any]]] = field(default_factory=dict)

    def rest(self, name: str, read_from: Callable[[int], Iterator[Page[Item]]]) -> tuple[Item, ...]:
        """Read the pages of a list that are missing, and return all its items, each once."""
        known = self.pages.setdefault(name, [])
        if not known or not known[-1].is_last:
            for page in read_from(len(known) + 1):
                known.append(page)
        return items_of(known)


def partial_reading(merchant: Merchant, *, at: datetime) -> PartialReading:
    """Return what was read before the last interruption, or a reading that has read nothing."""
    kept = cache.get(_key(merchant))
    return kept if isinstance(kept, PartialReading) and at - kept.begun_at < GOOD_FOR else PartialReading(begun_at=at)


def keep_reading(merchant: Merchant, reading: PartialReading) -> None:
    """Keep what was read, for the worker that goes on."""
    cache.set(_key(merchant), reading, timeout=GOOD_FOR.total_seconds())


def forget_reading(merchant: Merchant) -> None:
    """Keep nothing: the catalog was read to its end, or is to be read anew."""
    cache.delete(_key(merchant))


def _key(merchant: Merchant) -> str:
    return f"catalog-reading-{merchant.pk}"
