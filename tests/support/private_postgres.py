"""A PostgreSQL of our own: made from a local installation in a temporary folder, thrown away afterwards.

`python -m tests.support.private_postgres [ARGUMENTS OF PYTEST]` runs the tests on one. With TEST_DATABASE_URL they run
on that server instead; its user must be allowed to create databases.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.support.root import ROOT

PREFIX = "portal-postgres-"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
HOW_TO = """\
No PostgreSQL was found on this machine. Either
  install one:           apt-get install --no-install-recommends postgresql   (or the like; no service is needed)
  say where it is:       PG_BINDIR=/path/to/postgresql/bin
  or point to a server:  TEST_DATABASE_URL=postgres://user:password@host:5432/name
"""
# Nothing here needs to outlive a power cut, though a crash of the server it must; and many processes connect at once.
CAREFREE = {"fsync": "off", "full_page_writes": "off", "max_connections": "300"}


class NotFound(Exception):
    """There is no PostgreSQL on this machine."""


class DidNotStart(Exception):
    """The server ended, or did not answer in time. The text is its log."""


def binaries(*, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder with initdb and postgres: the one that is named, or the newest. Raises NotFound."""
    for folder in _candidates(environment):
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    raise NotFound


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    if named := environment.get("PG_BINDIR"):
        yield Path(named)
        return
    path = environment.get("PATH", os.defpath)
    for name in ("postgres", "initdb"):
        if found := shutil.which(name, path=path):
            yield Path(found).resolve().parent
    if pg_config := shutil.which("pg_config", path=path):
        said = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(said.stdout.strip())
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda folder: float(folder.parent.name), reverse=True)


class Server:
    """One cluster in one folder, listening on this machine only. May be stopped and started again."""

    def __init__(self, *, folder: Path, bindir: Path) -> None:
        self.folder = folder
        self._bindir = bindir
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:  # as which PostgreSQL refuses to run
            owner = _unprivileged()
            self._as = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    @property
    def url(self) -> str:
        """Where it is, as DATABASE_URL wants it."""
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return (self.folder / "log").read_text(errors="replace")

    def create(self) -> None:
        """Make the cluster's files."""
        if owner := self._as.get("user"):
            shutil.chown(self.folder, owner)
        command = [self._bindir / "initdb", "--pgdata", self.folder / "data", "--username=postgres", "--auth=trust"]
        settled = ["--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run([*command, *settled])

    def start(self) -> None:
        """Start, and return when it answers. Raises DidNotStart."""
        settings = {**CAREFREE, "port": self.port, "listen_addresses": "127.0.0.1"}
        settings["unix_socket_directories"] = self.folder
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bindir / "postgres", "-D", self.folder / "data", *options],
                cwd="/",
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends the tests, which end the server
                **self._as,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart(self.log)
            time.sleep(0.05)

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """Stop: SIGINT breaks all connections off, SIGQUIT is as bad as a crash."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        ask = [self._bindir / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={self.port}"]
        return subprocess.run(ask, check=False).returncode == 0

    def _run(self, command: Sequence[str | Path]) -> None:
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **self._as)
        if done.returncode:
            raise DidNotStart(done.stderr)


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def private_postgres() -> Iterator[Server]:
    """A running server while the block runs; nothing is left of it. Raises NotFound and DidNotStart."""
    bindir = binaries()
    _clear_up_after_the_killed()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    server = Server(folder=folder, bindir=bindir)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _clear_up_after_the_killed() -> None:
    """Stop and remove what belongs to a process that is no more: SIGKILL leaves no time for that."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if folder.stat().st_uid not in (os.geteuid(), _unprivileged().pw_uid) or _is_alive(int(owner)):
            continue
        with suppress(OSError, ValueError):
            server = int((folder / "data/postmaster.pid").read_text().split()[0])
            os.kill(server, signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return True


def run_tests(arguments: Sequence[str], *, url: str, **environment: str) -> int:
    """Run pytest on a database server and return its exit code. The tables are made by the real migrations."""
    command = [sys.executable, "-m", "pytest", "--migrations", *arguments]
    surroundings = {**os.environ, "DATABASE_URL": url, **environment}
    return subprocess.run(command, cwd=ROOT, env=surroundings, check=False).returncode


def migrated(server: Server) -> str:
    """Return the name of a new database with all tables, which every process of the tests then copies."""
    name = "migrated"
    with psycopg.connect(server.url.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = server.url.removesuffix("postgres") + name
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"]
    surroundings = {"DEBUG": "1", **os.environ, "DATABASE_URL": url}  # as tests/support/settings/defaults.py has it
    subprocess.run(migrate, cwd=ROOT, env=surroundings, check=True)
    return name


def main(arguments: Sequence[str]) -> int:
    # Told to stop: end like a Ctrl-C, so that the server is stopped and its folder removed.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    if url := os.environ.get("TEST_DATABASE_URL"):
        return run_tests(arguments, url=url)
    try:
        with private_postgres() as server:
            return run_tests(arguments, url=server.url, TEST_DATABASE_TEMPLATE=migrated(server))
    except NotFound:
        sys.stderr.write(HOW_TO)
    except DidNotStart as failure:
        sys.stderr.write(f"PostgreSQL did not start:\n{failure}\n")
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
