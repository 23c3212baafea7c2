"""Campaigns, jobs and edits of templates in one SQLite file, or in memory."""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.guest_store import GuestStore
from sandbox.models import Campaign, Failure, Job, JobState

SCHEMA = """
CREATE TABLE IF NOT EXISTS campaigns (id TEXT PRIMARY KEY, merchant_id TEXT, created_at REAL, document TEXT);
CREATE TABLE IF NOT EXISTS jobs (
  id TEXT PRIMARY KEY, merchant_id TEXT, campaign_id TEXT, variant_id TEXT, idempotency_key TEXT UNIQUE,
  body_sha256 TEXT, created_at REAL, started_at REAL, completed_at REAL, outcome TEXT, total INTEGER,
  reach INTEGER, revoke_at REAL, revoked_at REAL, announced INTEGER, failures TEXT, first_answer TEXT);
CREATE TABLE IF NOT EXISTS identifiers (job_id TEXT PRIMARY KEY, packed BLOB);
CREATE TABLE IF NOT EXISTS template_edits (template_id TEXT PRIMARY KEY, name TEXT, published INTEGER);
"""
WIPE = "DELETE FROM campaigns; DELETE FROM jobs; DELETE FROM identifiers; DELETE FROM template_edits;"
# (type, value) of each submitted identifier, in the submitted order.
Identifiers = Sequence[tuple[str, str]]


class Store:
    """The sandbox's data. Every method is one short transaction and never waits."""

    def __init__(self, path: str = ":memory:") -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        # With NORMAL a killed process loses nothing; only a power cut may lose the last transactions.
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)
        self.guests = GuestStore(self._db)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def wipe(self) -> None:
        """Delete everything."""
        self._db.executescript(WIPE)
        self.guests.wipe()

    # --- Campaigns -----------------------------------------------------------------------------------------

    def add_campaign(self, campaign: Campaign) -> None:
        """Store a new campaign."""
        row = (campaign.id, campaign.merchant_id, campaign.created_at, json.dumps(campaign.document))
        self._db.execute("INSERT INTO campaigns VALUES (?, ?, ?, ?)", row)

    def campaign(self, campaign_id: str) -> Campaign | None:
        """Return the campaign with that id, or None."""
        row = self._db.execute("SELECT * FROM campaigns WHERE id = ?", (campaign_id,)).fetchone()
        return None if row is None else _campaign(row)

    def campaigns(self) -> list[Campaign]:
        """Return all campaigns, the newest first."""
        rows = self._db.execute("SELECT * FROM campaigns ORDER BY created_at DESC, rowid DESC")
        return [_campaign(row) for row in rows]

    # --- Jobs ----------------------------------------------------------------------------------------------

    def add_job(self, job: Job, *, identifiers: Identifiers) -> None:
        """Store a new job with its identifiers."""
        packed = zlib.compress(json.dumps(identifiers).encode(), level=1)
        values = {**vars(job), "failures": _packed_failures(job.failures)}
        marks = ", ".join(f":{name}" for name in values)
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute(f"INSERT INTO jobs ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608
            self._db.execute("INSERT INTO identifiers VALUES (?, ?)", (job.id, packed))

    def job(self, job_id: str) -> Job | None:
        """Return the job with that id, or None."""
        row = self._db.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return None if row is None else _job(row)

    def job_of_key(self, idempotency_key: str) -> Job | None:
        """Return the job that was accepted under that idempotency key, or None."""
        row = self._db.execute("SELECT * FROM jobs WHERE idempotency_key = ?", (idempotency_key,)).fetchone()
        return None if row is None else _job(row)

    def jobs(self) -> Iterator[Job]:
        """Yield all jobs, the oldest first."""
        for row in self._db.execute("SELECT * FROM jobs ORDER BY rowid").fetchall():
            yield _job(row)

    def identifiers(self, job_id: str) -> Identifiers:
        """Return the submitted identifiers of a job, in their order."""
        row = self._db.execute("SELECT packed FROM identifiers WHERE job_id = ?", (job_id,)).fetchone()
        return [(kind, value) for kind, value in json.loads(zlib.decompress(row["packed"]))]

    def change_job(self, job_id: str, **facts: Any) -> None:
        """Write the named columns of one job."""
        names = ", ".join(f"{name} = :{name}" for name in facts)
        self._db.execute(f"UPDATE jobs SET {names} WHERE id = :job_id", {**facts, "job_id": job_id})  # noqa: S608

    # --- Edits of templates --------------------------------------------------------------------------------

    def edit_template(self, template_id: str, *, name: str | None, published: bool) -> None:
        """Store a template's new name, if any, and whether it is published."""
        row = (template_id, name, published)
        self._db.execute("INSERT OR REPLACE INTO template_edits VALUES (?, ?, ?)", row)

    def template_edits(self) -> Mapping[str, tuple[str | None, bool]]:
        """Return (new name or None, whether it is published) of each edited template."""
        rows = self._db.execute("SELECT * FROM template_edits")
        return {row["template_id"]: (row["name"], bool(row["published"])) for row in rows}


def _campaign(row: sqlite3.Row) -> Campaign:
    return Campaign(
        id=row["id"], merchant_id=row["merchant_id"], created_at=row["created_at"], document=json.loads(row["document"])
    )


def _job(row: sqlite3.Row) -> Job:
    failures = tuple(Failure(index=index, type=kind, error=error) for index, kind, error in json.loads(row["failures"]))
    values = {"failures": failures, "outcome": JobState(row["outcome"]), "announced": bool(row["announced"])}
    return Job(**{**dict(row), **values})


def _packed_failures(failures: tuple[Failure, ...]) -> str:
    return json.dumps([(failure.index, failure.type, failure.error) for failure in failures])
