"""What is wrong with the database is told in words: in the log, at /readyz, and by each command."""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from engine import outages
from tests.support.root import ROOT

SOUND = {"DEBUG": "0", "SECRET_KEY": "s" * 50, "DATA_KEYS": "ab" * 32, "ALLOWED_HOSTS": "a.example", "BEHIND_TLS": "0"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("no such table: issuance_batch", outages.NOT_MIGRATED),
        ('relation "issuance_batch" does not exist\nLINE 1: SELECT', outages.NOT_MIGRATED),
        ("column issuance_batch.new does not exist", outages.NOT_MIGRATED),
        (
            'connection failed: FATAL:  password authentication failed for user "a"',
            "The database refuses the password.",
        ),
        ('connection failed: FATAL:  database "portal" does not exist', "There is no such database, or no such user."),
        ('connection failed: FATAL:  role "ana" does not exist', "There is no such database, or no such user."),
        ("FATAL:  sorry, too many clients already", outages.NO_CONNECTION_LEFT),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER", outages.NO_CONNECTION_LEFT),
        ('connection to server at "10.0.0.9", port 5432 failed: Connection refused', "No database listens there."),
        ("failed to resolve host 'db': Name or service not known", "The host of the database is unknown."),
        ("FATAL:  the database system is starting up", "The database is starting."),
        ("could not extend file: No space left on device", "The disk of the database is full."),
        ("database or disk is full", "The disk of the database is full."),
        ("unable to open database file", "The SQLite file cannot be opened."),
        ("attempt to write a readonly database", "The SQLite file cannot be written to."),
    ],
)
def test_the_cause_is_told_without_host_user_or_value(said, told):
    sentence = outages.cause_of(OperationalError(said))

    assert sentence.startswith(told)
    assert not any(word in sentence for word in ("10.0.0.9", '"ana"', "issuance_batch"))


def manage(*arguments, **environment):
    """Run a command in an installation of its own."""
    surroundings = {"PATH": os.environ["PATH"], **SOUND, **environment}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_command_on_a_database_without_tables_says_what_to_run(tmp_path):
    ended = manage("issuance_status", "1", VAR_DIR=str(tmp_path))

    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (1, outages.NOT_MIGRATED)
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_a_command_without_its_database_says_that_none_listens(tmp_path):
    ended = manage(
        "issuance_status", "1", VAR_DIR=str(tmp_path), DATABASE_URL="postgres://ana:secret@127.0.0.1:1/portal"
    )

    assert (ended.returncode, "No database listens there." in ended.stderr) == (1, True)
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["work", "web"])
def test_no_process_starts_on_tables_of_an_older_release(command):
    MigrationRecorder(connection).migration_qs.filter(app="issuance").order_by("-name").first().delete()

    with pytest.raises(
        CommandError, match=r"^The database lacks 1 migrations, issuance\.\d+\w+ first\. Run manage\.py"
    ):
        call_command(command)
