"""How the suite is spread over processes, databases and disks. A plugin of pytest, see tests/conftest.py."""

import gc
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_migrate
from xdist.scheduler import LoadScopeScheduling

from engine.schema import shipped
from vault import append_only

# A commit waits for the disk, in tests as in production. Memory is a fast disk.
MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 4 * 1024**3
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
    tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)

TIMEOUT_OF_SLOW = 600
"""Seconds. All other tests have the `timeout` of pyproject.toml."""

TOGETHER = {
    "tests/browser/": "one Chromium, one portal",
    "tests/conventions/": "the sources are read once",
    "tests/partner_api/pacing/test_full_tilt.py": "measures real time",
    "tests/partner_api/pacing/test_governor_processes.py": "measures real time",
}
"""Tests that one process runs one after another, and why: those with the same reason share the process."""

PAGES = (
    "tests/accounts/entrance/",
    "tests/accounts/people/",
    "tests/accounts/test_guards.py",
    "tests/campaigns/catalog/test_pages.py",
    "tests/campaigns/test_builder.py",
    "tests/campaigns/test_detail_page.py",
    "tests/campaigns/test_pages.py",
    "tests/certification/calls/",
    "tests/guests/lookup/",
    "tests/issuance/pages/",
    "tests/lists/",
    "tests/notifications/test_pages.py",
    "tests/thanx_portal/audit/test_completeness.py",
    "tests/thanx_portal/home/",
    "tests/thanx_portal/http/",
    "tests/thanx_portal/test_frame.py",
    "tests/thanx_portal/walk/test_every_act.py",
    "tests/thanx_portal/walk/test_every_page.py",
    "tests/thanx_portal/walk/test_nothing_typed_is_lost.py",
)
"""Tests of words, forms, layout and permissions, which are the same on both databases: they run on SQLite only.

That the queries of every page and the writes of every act work on PostgreSQL, too, is held by test_every_page_opens.py
in tests/thanx_portal/walk. A test of these places still runs on both databases if it commits (`transaction=True`), or
is marked `each_database`.
"""

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
COMMITTING_FIXTURES = DATABASE_FIXTURES - {"db"}
RUN_ONCE = pytest.StashKey[int]()


# --- Processes -----------------------------------------------------------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """More processes than cores, since many tests wait for the sandbox or for processes of their own."""
    cores = os.cpu_count() or 1
    return max(cores, min(2 * cores + 1, 9))


class OneByOne(LoadScopeScheduling):
    """Gives the next test to the process that is free first. Tests that belong together are one such unit."""

    def _split_scope(self, nodeid: str) -> str:
        return next((reason for beginning, reason in TOGETHER.items() if nodeid.startswith(beginning)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneByOne:
    return OneByOne(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Look for garbage later and less often: there is none among tests, which all stay, and little of theirs."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(20_000, 20, 20)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if connection.vendor == "postgresql":
        _leave_out_what_runs_once(config, items)
    slow = {item for item in items if item.get_closest_marker("slow")}
    for item in slow:
        item.add_marker(pytest.mark.timeout(TIMEOUT_OF_SLOW))
    # The slow ones begin first, so that no process ends long after the others.
    items.sort(key=lambda item: item not in slow)


# --- Databases -----------------------------------------------------------------------------------------------


def _leave_out_what_runs_once(config: pytest.Config, items: list[pytest.Item]) -> None:
    once = [item for item in items if not depends_on_database(item)]
    config.stash[RUN_ONCE] = len(once)
    config.hook.pytest_deselected(items=once)
    items[:] = [item for item in items if depends_on_database(item)]


def depends_on_database(item: pytest.Item) -> bool:
    """Return whether the kind of database may make a difference to a test. If in doubt, it may."""
    if item.get_closest_marker("each_database"):
        return True
    fixtures = set(getattr(item, "fixturenames", ()))
    marker = item.get_closest_marker("django_db")
    if item.nodeid.startswith(PAGES):
        return bool(marker and marker.kwargs.get("transaction")) or not COMMITTING_FIXTURES.isdisjoint(fixtures)
    return marker is not None or not DATABASE_FIXTURES.isdisjoint(fixtures)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Report to the process that started this one how many tests were left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["run_once"] = session.config.stash.get(RUN_ONCE, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[RUN_ONCE] = getattr(node, "workeroutput", {}).get("run_once", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if once := config.stash.get(RUN_ONCE, 0):
        terminalreporter.write_line(
            f"{once} tests are the same on every database: `make test` runs them, and they do not run again"
        )


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Put an SQLite database where temporary files are; copy a PostgreSQL database that has its tables already."""
    # Every test that commits would make the permissions anew, a third of its time; no test asks for them.
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    # Tests that commit are cleaned up after by deleting all rows.
    post_migrate.disconnect(dispatch_uid=append_only.NAME, sender=apps.get_app_config("vault"))

    test = settings.DATABASES["default"]["TEST"]
    if connection.vendor == "sqlite":
        test["NAME"] = str(Path(tempfile.gettempdir()) / Path(test["NAME"]).name)
    elif template := os.environ.get("TEST_DATABASE_TEMPLATE"):
        test["TEMPLATE"] = template


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Set the database up without the triggers of chains, which a copy has: see above."""
    with django_db_blocker.unblock():
        append_only.drop_triggers(using="default", plan=["the tests"])
        _note_migrations()


def _note_migrations() -> None:
    """Note all migrations as applied, for the programs that tests start: the tables are made without them."""
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    applied = recorder.applied_migrations()
    missing = [recorder.Migration(app=app, name=name) for app, name in shipped() if (app, name) not in applied]
    recorder.migration_qs.bulk_create(missing)
