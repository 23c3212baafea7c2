"""Trying again for exactly those whom Thanx could not issue to: a linked issuance of its own, with new batches."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from engine.clock import Clock, now
from issuance.models import Failure, Issuance


class NothingToRetry(Exception):
    """No failure is left that another retry has not taken."""


def retry_failures(
    *, issuance: Issuance, by: User | None, at: datetime, failures: QuerySet[Failure] | None = None
) -> Issuance:
    """Claim the failures of an issuance and return the child that will try them again. Raises NothingToRetry."""
    raise NotImplementedError


def prepare_one_retry(*, clock: Clock = now) -> bool:
    """Make the batches of the retry that has waited longest. Return whether there was one."""
    raise NotImplementedError
