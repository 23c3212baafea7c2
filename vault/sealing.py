"""Values encrypted at rest (AES-256-GCM), and keyed fingerprints of identifiers (BLAKE2b).

    sealed = seal(b"ana@example.com", purpose="corrected line")
    unseal(sealed, purpose="corrected line")    # b"ana@example.com"; with any other purpose it raises Unsealable

A sealed value is: version (1 byte), which of DATA_KEYS (4), nonce (12), ciphertext and tag (16 bytes more than the
plain value). The purpose is bound to it: a value that was sealed as a manifest opens as nothing else.
"""

import os
from functools import lru_cache
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from vault.models import SealedKey

VERSION = 1
KEY_BYTES, KEY_ID_BYTES, NONCE_BYTES = 32, 4, 12
HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES
KEY_MARK_BYTES = 1 + KEY_ID_BYTES
FINGERPRINT_BYTES = 16


class Unsealable(Exception):
    """A sealed value cannot be opened: it is damaged, has another purpose, or its key is no longer in DATA_KEYS."""


def seal(data: bytes, *, purpose: str) -> bytes:
    """Return the data encrypted with the newest data key, and bound to the purpose."""
    key_id, cipher = _ciphers(tuple(settings.DATA_KEYS))[0]
    nonce = os.urandom(NONCE_BYTES)
    return bytes([VERSION]) + key_id + nonce + cipher.encrypt(nonce, data, purpose.encode())


def unseal(sealed: bytes | memoryview, *, purpose: str) -> bytes:
    """Return the data that was sealed for this purpose, with any key of DATA_KEYS. Raises Unsealable."""
    sealed = bytes(sealed)  # a database may hand out memoryviews
    if len(sealed) < HEADER_BYTES or sealed[0] != VERSION:
        raise Unsealable("not a sealed value of a known version")
    key_id, nonce = sealed[1 : 1 + KEY_ID_BYTES], sealed[1 + KEY_ID_BYTES : HEADER_BYTES]
    found = [cipher for id_, cipher in _ciphers(tuple(settings.DATA_KEYS)) if id_ == key_id]
    if not found:
        raise Unsealable("the key it was sealed with is not listed in DATA_KEYS")
    try:
        return found[0].decrypt(nonce, sealed[HEADER_BYTES:], purpose.encode())
    except InvalidTag:
        raise Unsealable("damaged, or sealed for another purpose") from None


def key_marks() -> list[bytes]:
    """Return how values begin that a key has sealed, for each of DATA_KEYS, the newest first."""
    return [bytes([VERSION]) + key_id for key_id, _ in _ciphers(tuple(settings.DATA_KEYS))]


@lru_cache(maxsize=4)
def _ciphers(keys: tuple[bytes, ...]) -> list[tuple[bytes, AESGCM]]:
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise Unsealable("DATA_KEYS must hold keys of 32 bytes")
    return [(blake2b(key, digest_size=KEY_ID_BYTES, person=b"data key id").digest(), AESGCM(key)) for key in keys]


# --- Fingerprints --------------------------------------------------------------------------------------------


class Fingerprinter:
    """Fingerprints of one merchant's guests: prepared once, then a microsecond each.

    Each instance reads the key from its row; the process does not cache it. A cached key would outlive a transaction
    that created the row and was rolled back, and its fingerprints would match nothing.
    """

    def __init__(self, merchant_id: int) -> None:
        self._key = _fingerprint_key()
        self._salt = merchant_id.to_bytes(blake2b.SALT_SIZE, "big")

    def of(self, *, kind: str, value: str) -> bytes:
        """Return the fingerprint, 16 bytes, of a normalised identifier; `kind` is "email" or "phone"."""
        return blake2b(
            value.encode(), digest_size=FINGERPRINT_BYTES, key=self._key, salt=self._salt, person=kind.encode()
        ).digest()


def fingerprint_of(*, merchant_id: int, kind: str, value: str) -> bytes:
    """Return the fingerprint, 16 bytes, of one normalised identifier. Another merchant's is another one."""
    return Fingerprinter(merchant_id).of(kind=kind, value=value)


def fingerprint_key_opens() -> bool:
    """Whether this process can open the key of the fingerprints, if there is one yet: its DATA_KEYS are the others'."""
    row = SealedKey.objects.filter(purpose="fingerprint").first()
    try:
        return row is None or bool(unseal(row.sealed, purpose="fingerprint key"))
    except Unsealable:
        return False


def _fingerprint_key() -> bytes:
    fresh = {"sealed": seal(os.urandom(KEY_BYTES), purpose="fingerprint key")}
    # Where two processes find no row at once, the unique purpose lets one of them insert it.
    row, _ = SealedKey.objects.get_or_create(purpose="fingerprint", defaults=fresh)
    return unseal(row.sealed, purpose="fingerprint key")
