"""The stored data of guests: settings, subscribers, tags, feedback that was added, and answers to feedback."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS beginnings (name TEXT PRIMARY KEY, at REAL);
CREATE TABLE IF NOT EXISTS met (merchant_id TEXT, user_id TEXT, kind TEXT, value TEXT,
  PRIMARY KEY (merchant_id, user_id));
CREATE TABLE IF NOT EXISTS settings (merchant_id TEXT, user_id TEXT, document TEXT, at REAL,
  PRIMARY KEY (merchant_id, user_id));
CREATE TABLE IF NOT EXISTS subscribers (merchant_id TEXT, email TEXT, document TEXT, times INTEGER,
  PRIMARY KEY (merchant_id, email));
CREATE TABLE IF NOT EXISTS answers (feedback_id TEXT PRIMARY KEY, response TEXT, at REAL);
CREATE TABLE IF NOT EXISTS feedbacks (id TEXT PRIMARY KEY, merchant_id TEXT, document TEXT);
CREATE TABLE IF NOT EXISTS tags (merchant_id TEXT, user_id TEXT, key TEXT, marks TEXT,
  PRIMARY KEY (merchant_id, user_id, key));
"""
WIPE = (
    "DELETE FROM beginnings; DELETE FROM met; DELETE FROM settings; DELETE FROM subscribers; DELETE FROM answers;"
    "DELETE FROM feedbacks; DELETE FROM tags;"
)


class GuestStore:
    """The guests' part of the store, in the same SQLite file. Every method is one short transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._db.executescript(SCHEMA)

    def wipe(self) -> None:
        """Delete everything."""
        self._db.executescript(WIPE)

    def began(self, *, now: float) -> float:
        """Return when this world began: at the first call, now."""
        self._db.execute("INSERT OR IGNORE INTO beginnings VALUES ('world', ?)", (now,))
        return float(self._db.execute("SELECT at FROM beginnings").fetchone()["at"])

    # --- Guests who are on no list -------------------------------------------------------------------------

    def meet(self, *, merchant_id: str, user_id: str, kind: str, value: str) -> None:
        """Store the identifier behind a user id that the API has returned."""
        self._db.execute("INSERT OR IGNORE INTO met VALUES (?, ?, ?, ?)", (merchant_id, user_id, kind, value))

    def met(self, *, merchant_id: str, user_id: str) -> tuple[str, str] | None:
        """Return the kind and value of that guest's identifier, or None."""
        found = self._db.execute("SELECT * FROM met WHERE merchant_id = ? AND user_id = ?", (merchant_id, user_id))
        row = found.fetchone()
        return None if row is None else (row["kind"], row["value"])

    # --- Settings and subscribers --------------------------------------------------------------------------

    def settings(self, *, merchant_id: str) -> Mapping[str, tuple[dict[str, Any], float]]:
        """Return (settings, time of the change) of each guest whose settings were changed."""
        rows = self._db.execute("SELECT * FROM settings WHERE merchant_id = ?", (merchant_id,))
        return {row["user_id"]: (json.loads(row["document"]), row["at"]) for row in rows}

    def change_settings(self, *, merchant_id: str, user_id: str, document: Mapping[str, Any], at: float) -> None:
        """Store a guest's new settings."""
        row = (merchant_id, user_id, json.dumps(document), at)
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?, ?, ?)", row)

    def subscribe(self, *, merchant_id: str, email: str, document: Mapping[str, Any]) -> None:
        """Store a subscriber, and count how often the address was sent."""
        self._db.execute(
            "INSERT INTO subscribers VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE"
            " SET document = excluded.document, times = times + 1",
            (merchant_id, email, json.dumps(document)),
        )

    def subscribers(self) -> list[dict[str, Any]]:
        """Return each subscriber with merchant, submitted document and count."""
        rows = self._db.execute("SELECT * FROM subscribers ORDER BY rowid")
        return [{**dict(row), "document": json.loads(row["document"])} for row in rows]

    # --- Feedback ------------------------------------------------------------------------------------------

    def add_feedback(self, *, merchant_id: str, document: Mapping[str, Any]) -> None:
        """Store a feedback beside those that the world begins with."""
        self._db.execute("INSERT INTO feedbacks VALUES (?, ?, ?)", (document["id"], merchant_id, json.dumps(document)))

    def feedbacks(self, *, merchant_id: str) -> list[dict[str, Any]]:
        """Return the feedback that was added."""
        rows = self._db.execute("SELECT document FROM feedbacks WHERE merchant_id = ?", (merchant_id,))
        return [json.loads(row["document"]) for row in rows]

    def answer(self, *, feedback_id: str, response: str, at: float) -> bool:
        """Store the answer to a feedback. Return False, and store nothing, if there is one already."""
        row = (feedback_id, response, at)
        return self._db.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", row).rowcount == 1

    def answers(self) -> Mapping[str, tuple[str, float]]:
        """Return (answer, time) of each answered feedback."""
        rows = self._db.execute("SELECT * FROM answers")
        return {row["feedback_id"]: (row["response"], row["at"]) for row in rows}

    # --- Tags ----------------------------------------------------------------------------------------------

    def tags(self, *, merchant_id: str) -> dict[tuple[str, str], list[str]]:
        """Return the values by (user id, key)."""
        rows = self._db.execute("SELECT * FROM tags WHERE merchant_id = ? ORDER BY rowid", (merchant_id,))
        return {(row["user_id"], row["key"]): json.loads(row["marks"]) for row in rows}

    def put_tags(self, *, merchant_id: str, user_ids: Iterable[str], key: str, values: Sequence[str]) -> None:
        """Replace the values of these guests under the key."""
        rows = [(merchant_id, user_id, key, json.dumps(values)) for user_id in user_ids]
        self._db.executemany("INSERT OR REPLACE INTO tags VALUES (?, ?, ?, ?)", rows)

    def delete_tags(self, *, merchant_id: str, user_ids: Iterable[str], key: str) -> None:
        """Delete the key of these guests."""
        rows = [(merchant_id, user_id, key) for user_id in user_ids]
        self._db.executemany("DELETE FROM tags WHERE merchant_id = ? AND user_id = ? AND key = ?", rows)
