"""Outages of the database: what their cause is, in words, and how commands that only wait can wait for it, too."""

from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection, connections

AWAY = (OperationalError, InterfaceError)
PROBE_SECONDS = 3

NO_CONNECTION_LEFT = "The database has no connection left. Lower DATABASE_POOL_SIZE, or raise max_connections."
NOT_MIGRATED = "The database is not migrated. Run manage.py migrate."
# Parts of what PostgreSQL and SQLite say, and what it means. The first that fits counts.
CAUSES = (
    (("no such table",), NOT_MIGRATED),
    (("relation", "does not exist"), NOT_MIGRATED),
    (("no such column",), NOT_MIGRATED),
    (("column", "does not exist"), NOT_MIGRATED),
    (("password authentication failed",), "The database refuses the password. Correct the one in DATABASE_URL."),
    (("no password supplied",), "The database asks for a password. Put it into DATABASE_URL."),
    (("pg_hba.conf",), "The database does not let this machine or user in. Its pg_hba.conf must name them."),
    (("does not exist",), "There is no such database, or no such user. Create it, or correct DATABASE_URL."),
    (("too many clients",), NO_CONNECTION_LEFT),
    (("remaining connection slots",), NO_CONNECTION_LEFT),
    (("starting up",), "The database is starting. The portal goes on by itself."),
    (("shutting down",), "The database is stopping. The portal goes on once it is back."),
    (("connection refused",), "No database listens there. Start it, or correct host and port in DATABASE_URL."),
    (("resolve host",), "The host of the database is unknown. Correct it in DATABASE_URL."),
    (("timeout expired",), "The host of the database does not answer. Look at it, and at what stands between."),
    (("no space left",), "The disk of the database is full."),
    (("disk is full",), "The disk of the database is full."),
    (("database is locked",), "Another process has kept the SQLite file locked for too long."),
    (("unable to open database file",), "The SQLite file cannot be opened. VAR_DIR must be a folder of this user."),
    (("readonly database",), "The SQLite file cannot be written to. It must belong to this user."),
)
UNKNOWN = "The database does not answer."

T = TypeVar("T")


def cause_of(error: BaseException) -> str:
    """Return why the database failed and what to do, for operators, without host, user and value.

    A pool says only that it has waited. So where the error does not say it, a connection without the pool is tried.
    """
    return _in_words(str(error)) or _in_words(_said_by_postgres()) or UNKNOWN


def _in_words(said: str) -> str:
    return next((words for parts, words in CAUSES if all(part in said.lower() for part in parts)), "")


def _said_by_postgres() -> str:
    """Return what the server says to a new connection; '' if it says nothing wrong."""
    if connection.vendor != "postgresql":
        return ""
    import psycopg  # noqa: PLC0415 (a portal on SQLite does not load it)

    try:
        psycopg.connect(**connection.get_connection_params() | {"connect_timeout": PROBE_SECONDS}).close()
    except psycopg.Error as error:
        return str(error)
    return ""


def tolerate_outage(query: Callable[[], T], *, otherwise: T) -> T:
    """Return the result of a query; `otherwise` while the database is away. The next query reconnects."""
    try:
        return query()
    except AWAY:
        connections.close_all()
        return otherwise
