"""Signatures of webhooks: hexadecimal HMAC-SHA256 of the raw body under a shared secret.

Source: Thanx Partner API v4.0, "Webhooks", header `X-Thanx-Signature`.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256


def sign(body: bytes, secret: str) -> str:
    """Return the signature of these bytes."""
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def verify(body: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Return whether one of the secrets made this signature; while they rotate there are two.

    Takes the same time whichever secret fits and however much of the signature does. An empty secret never fits.
    """
    given = signature.strip().lower().encode("utf-8", "replace")
    fits = [hmac.compare_digest(sign(body, secret).encode(), given) for secret in secrets if secret]
    return any(fits)
