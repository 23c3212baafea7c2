"""What somebody does to a draft: start it, add the file, correct the columns, discard it. Reading is a step's work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import IO

from accounts.models import User
from campaigns.models import Campaign, Variant
from engine.clock import Clock, now
from issuance.models import Issuance


class TooLarge(Exception):
    """The file is larger than settings.MAX_UPLOAD_BYTES. The draft is as it was."""


class NotLive(Exception):
    """Rewards can only be issued for a campaign that is live at Thanx."""


def start(*, campaign: Campaign, by: User | None, at: datetime, only_variant: Variant | None = None) -> Issuance:
    """Begin a draft for a live campaign; `only_variant` puts everybody into one arm. Raises NotLive."""
    raise NotImplementedError


def add_file(
    *,
    issuance: Issuance,
    file: IO[bytes],
    name: str,
    by: User | None,
    at: datetime,
    mapping: Mapping[str, int] | None = None,
    has_header: bool | None = None,
    prefers: str | None = None,
) -> Issuance:
    """Store the file encrypted, as it streams in, and let it be read. Raises TooLarge, IllegalMove, Overtaken."""
    raise NotImplementedError


def change_columns(
    *,
    issuance: Issuance,
    mapping: Mapping[str, int],
    has_header: bool,
    prefers: str,
    by: User | None,
    at: datetime,
) -> Issuance:
    """Read the file again with other columns: {"email": index, "phone": index}, zero-based."""
    raise NotImplementedError


def discard(*, issuance: Issuance, by: User | None, at: datetime) -> None:
    """Give up a draft: nothing of it is sent, and failures it wanted to retry are free again."""
    raise NotImplementedError


def read_one_upload(*, clock: Clock = now) -> bool:
    """Read the upload that has waited longest. Return whether there was one."""
    raise NotImplementedError
