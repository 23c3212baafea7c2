"""Signatures of webhooks: hexadecimal HMAC-SHA256 of the raw body under a shared secret.

Source: Thanx Partner API v4.0, "Webhooks", header `X-Thanx-Signature`.
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256


def sign(body: bytes, secret: str) -> str:
    """Return the signature of these bytes."""
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def verify(body: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Return whether one of the secrets made this signature; during a rotation there are two.

    The time it takes depends neither on the secret nor on how much of the signature is right. An empty secret never
    matches.
    """
    given = signature.strip().lower().encode("utf-8", "replace")
    fits = [hmac.compare_digest(sign(body, secret).encode(), given) for secret in secrets if secret]
    return any(fits)
