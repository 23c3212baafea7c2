"""Sessions whose content is sealed: a seed that is being set up, or a typed text, lies nowhere in clear."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import Any

from django.contrib.sessions.backends import db

from vault import sealing

PURPOSE = "session"


class SessionStore(db.SessionStore):
    """Django's sessions in the database, sealed with the data key."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        return b64encode(sealing.seal(super().encode(session_dict).encode(), purpose=PURPOSE)).decode()

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """Return the content; none for a session of before, or whose data key has gone: its user signs in again."""
        try:
            opened = sealing.unseal(b64decode(session_data), purpose=PURPOSE)
        except (sealing.Unsealable, NotBase64):
            return {}
        found: dict[str, Any] = super().decode(opened.decode())
        return found
