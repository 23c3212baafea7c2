"""The PostgreSQL that the tests start for themselves."""

import os
import subprocess
import sys

import pytest

from tests.support import private_postgres
from tests.support.private_postgres import HOW_TO, NotFound, binaries
from tests.support.root import ROOT


def run(**environment):
    command = [sys.executable, "-m", "tests.support.private_postgres", "--version"]
    surroundings = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False)


def test_without_an_installation_it_says_what_to_do_and_fails(tmp_path):
    done = run(PG_BINDIR=str(tmp_path), TEST_DATABASE_URL="")

    assert (done.returncode, done.stderr) == (1, HOW_TO)


def test_a_server_that_is_named_is_used_and_none_is_started(tmp_path):
    done = run(PG_BINDIR=str(tmp_path), TEST_DATABASE_URL="postgres://somebody@127.0.0.1:1/portal")

    assert done.returncode == 0
    assert done.stdout.startswith("pytest")


def test_an_installation_that_is_named_is_the_only_one_that_counts(tmp_path):
    with pytest.raises(NotFound):
        binaries(environment={"PG_BINDIR": str(tmp_path)})


@pytest.mark.slow
def test_nothing_is_left_of_it():
    try:
        with private_postgres.private_postgres() as server:
            folder = server.folder
            was_there = folder.exists()
    except NotFound:
        pytest.skip("there is no PostgreSQL on this machine")

    assert was_there
    assert not folder.exists()
