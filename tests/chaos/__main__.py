"""The command line, `python -m tests.chaos --help`: one JSON document on stdout, prose on stderr, 1 on a difference."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.chaos.audience import write_all
from tests.chaos.installation import PER_QUARTER_HOUR, PER_SECOND, Installation
from tests.chaos.judgement import EXCLUDED, Books, differences
from tests.chaos.leaks import leaks
from tests.chaos.plan import Plan, Size, draw
from tests.chaos.storm import Record, Storm
from tests.support.private_postgres import HOW_TO, NotFound, binaries, private_postgres

WORKERS = {"sqlite": 1, "postgres": 4}


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the storms that were asked for. Return the exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # all programs are then ended, as after Ctrl-C
    given = _parser().parse_args(arguments)
    plan = draw(seed=given.seed, size=_size(given))
    databases = given.databases.split(",")
    if "postgres" in databases and not _has_postgres():
        sys.stderr.write(HOW_TO + "or leave it out:        --databases sqlite\n")
        return 1
    told: dict[str, Any] = {"seed": given.seed, "recipients": given.recipients, "kills": given.kills}
    for database in databases:
        sys.stderr.write(f"--- {database}, {WORKERS[database]} workers\n")
        folder = Path(tempfile.mkdtemp(prefix="portal-chaos-"))
        told[database] = play(plan, database=database, folder=folder)
        if told[database]["differences"] or given.keep:
            sys.stderr.write(f"logs and data are kept in {folder}\n")
        else:
            shutil.rmtree(folder)
    sys.stdout.write(json.dumps(told) + "\n")
    return int(any(told[database]["differences"] for database in databases))


def play(plan: Plan, *, database: str, folder: Path) -> dict[str, Any]:
    """Play a storm over one database in this folder and return what came of it."""
    begun = time.monotonic()
    audiences = write_all(plan, folder=folder)
    with ExitStack() as stack:
        server = stack.enter_context(private_postgres()) if database == "postgres" else None
        place = Installation(plan=plan, folder=folder, workers=WORKERS[database], server=server)
        stack.enter_context(place)
        place.start()
        storm = Storm(plan=plan, place=place)
        storm.play(audiences)
        books = Books(
            ours=place.ask("books"),
            theirs=place.sandbox.books(),
            issued=place.sandbox.issued(),
            requests=place.sandbox.requests(limit=20_000),
            audiences=audiences,
            issuances=storm.record.issuances,
            campaigns=storm.record.campaigns,
            per_second=PER_SECOND,
            per_quarter_hour=PER_QUARTER_HOUR,
            settled_since=storm.record.settled_since,
        )
        found = storm.record.differences + differences(books)
        everybody = {one for audience in audiences.values() for one in {*audience.accepted, *audience.excluded}}
        found += leaks(logs=place.logs, identifiers=everybody, secrets=place.secrets)
    return summary(books, storm.record, found=found, seconds=time.monotonic() - begun)


def summary(books: Books, record: Record, *, found: list[str], seconds: float) -> dict[str, Any]:
    """Return the result as plain values."""
    buckets: Counter[str] = Counter()
    for each in books.ours["issuances"]:
        names = ("lines", "held_back", "not_sent", "in_progress", "issued", "failed", "unknown", "revoked")
        buckets.update({name: each[name] for name in names})
        buckets["left_out"] += sum(each["left_out"].values())
        buckets["excluded"] += each["left_out"].get(EXCLUDED, 0)
    return {
        "seconds": round(seconds, 1),
        "seconds_to_settle": record.seconds_to_settle,
        "requests": books.theirs["requests"]["total"],
        "statuses": books.theirs["requests"]["by_status"],
        "violations_seen_at_thanx": books.theirs["violations"]["by_rule"],
        "faults": dict(sorted(record.struck.items())),
        "kills": dict(record.kills),
        "restarts": record.restarts,
        "outages": record.outages,
        "batches": len(books.batches),
        "states": dict(Counter(batch["state"] for batch in books.batches)),
        "attempts": sum(batch["attempts"] for batch in books.batches),
        **buckets,
        "moves_of_issuances": books.ours["moves"],
        "deliveries": books.theirs["deliveries"] | {"inbox": books.ours["deliveries"]},
        "decisions": dict(record.decisions),
        "troubles": dict(record.troubles),
        "differences": found,
    }


def _has_postgres() -> bool:
    try:
        binaries()
    except NotFound:
        return False
    return True


def _size(given: argparse.Namespace) -> Size:
    return Size(
        recipients=given.recipients,
        kills=given.kills,
        restarts=max(2, given.kills // 5),
        outages=2,
        batch_size=given.batch_size,
        seconds=given.seconds,
        job_seconds=6.0,
        kinds_each=2,
        one_of_each_kind=False,
        with_credential_faults=True,
        settle_seconds=300.0,
        issued_events=0.3,
        campaigns=6,
        like_production=True,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="A storm over the whole product.")
    add = parser.add_argument
    add("--seed", type=int, default=1, help="of files, faults and blows (default: %(default)s)")
    add("--recipients", type=int, default=100_000, help="lines of all files together (default: %(default)s)")
    add("--kills", type=int, default=20, help="SIGKILLs of workers and web (default: %(default)s)")
    add("--batch-size", type=int, default=1_000, help="recipients of one job (default: %(default)s)")
    add("--seconds", type=float, default=120.0, help="over which the blows are spread (default: %(default)s)")
    add("--databases", default="sqlite,postgres", help="comma-separated (default: %(default)s)")
    add("--keep", action="store_true", help="keep logs and data, although all is well")
    return parser


if __name__ == "__main__":
    sys.exit(main())
