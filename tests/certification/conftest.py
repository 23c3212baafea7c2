"""What the tests of certification share with those of issuing: a batch that can be sent, and a clock."""

from __future__ import annotations

from tests.issuance.conftest import batch, campaign, clock

__all__ = ["batch", "campaign", "clock"]
