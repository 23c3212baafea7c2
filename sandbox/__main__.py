"""The command line: `python -m sandbox --help`."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.api.capillary import add_capillary
from sandbox.control import add_control
from sandbox.faults.fault import fault_from_text
from sandbox.instance import Sandbox
from sandbox.options import Dialect, Options
from sandbox.server import SANDBOX, build_app
from sandbox.store import Store

CHECK_PARENT = 0.5  # seconds
LINGER = 0.5  # seconds that a stopping server waits for requests in progress, hanging ones among them


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sandbox until it is asked to stop. Return the exit status."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        sandbox = Sandbox(
            options=_options(given),
            store=Store(given.data or ":memory:"),
            faults=[fault_from_text(text) for text in given.fault],
        )
    except ValueError as problem:
        parser.error(str(problem))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(sandbox, given))
    return 0


def _parser() -> argparse.ArgumentParser:
    usual = Options()
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local Thanx that misbehaves on request.")
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8765, help="0: any free port (default: %(default)s)")
    add("--data", metavar="PATH", help="SQLite file that outlives a restart (default: in memory)")
    add("--client-id", default=usual.client_id)
    add("--token", default=usual.token)
    add("--scopes", default=",".join(usual.scopes), help="comma-separated, or all (default: %(default)s)")
    add("--rate-per-second", type=int, default=usual.rate_per_second)
    add("--rate-per-15-minutes", type=int, default=usual.rate_per_15_minutes)
    add("--job-seconds", type=float, default=usual.job_seconds, help="how long a job takes (default: %(default)s)")
    add("--failure-share", type=float, default=usual.failure_share, help="of identifiers (default: %(default)s)")
    add("--members", type=int, default=usual.members, help="guests on each merchant's list (default: %(default)s)")
    add("--members-file", metavar="PATH", default="", help="CSV of more guests: e-mail, phone, first and last name")
    add("--members-only", action="store_true", help="only the listed guests are members")
    add("--fault", action="append", default=[], metavar="KIND[:NAME=VALUE,...]", help="repeatable; see docs/sandbox.md")
    add("--dialect", choices=[str(dialect) for dialect in Dialect], default=str(usual.dialect))
    add("--webhook-url", default="")
    add("--webhook-secret", default=os.environ.get("SANDBOX_WEBHOOK_SECRET", ""))
    add("--webhook-issued", type=float, default=1.0, help="share of reward.issued events that are sent; 0: none")
    add("--seed", type=int, default=usual.seed, help="seed of all random choices")
    add("--ready-file", metavar="PATH", help="file for the address, written when the server listens")
    add("--stop-with-parent", action="store_true", help="stop when the parent process has ended")
    return parser


def _options(given: argparse.Namespace) -> Options:
    names = (
        *("client_id", "token", "scopes", "rate_per_second", "rate_per_15_minutes"),
        *("job_seconds", "failure_share", "dialect", "seed", "members", "members_only", "members_file"),
    )
    settings: dict[str, Any] = {name: getattr(given, name) for name in names}
    settings["webhook"] = {"url": given.webhook_url, "secret": given.webhook_secret, "issued": given.webhook_issued}
    return Options().changed(settings)


async def _serve(sandbox: Sandbox, given: argparse.Namespace) -> None:
    # Before it says that it listens: the reader may want it to stop at once.
    stop_asked = _stop_asked()
    app = build_app(sandbox)
    add_capillary(app)
    add_control(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=LINGER)
    await runner.setup()
    await web.TCPSite(runner, given.host, given.port).start()
    sandbox.webhooks.resume()
    _say_where(runner, given)

    await _until(stop_asked, with_parent=given.stop_with_parent)
    app[SANDBOX].webhooks.stop_all()
    await runner.cleanup()
    sandbox.store.close()


def _say_where(runner: web.AppRunner, given: argparse.Namespace) -> None:
    url = f"http://{given.host}:{runner.addresses[0][1]}"
    if given.ready_file:
        Path(given.ready_file).write_text(url, encoding="utf-8")
    sys.stdout.write(f"sandbox listening on {url}\n")
    sys.stdout.flush()


def _stop_asked() -> asyncio.Event:
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    return asked


async def _until(stop_asked: asyncio.Event, *, with_parent: bool) -> None:
    parent = os.getppid()
    while not stop_asked.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop_asked.wait(), CHECK_PARENT if with_parent else None)
        if with_parent and os.getppid() != parent:
            return


if __name__ == "__main__":
    sys.exit(main())
