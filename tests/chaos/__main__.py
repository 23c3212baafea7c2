"""The command line, `python -m tests.chaos --help`: one JSON document on stdout, prose on stderr, 1 on a difference."""

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
from tests.chaos.comparison import EXCLUDED, BothSides, differences
from tests.chaos.installation import PER_QUARTER_HOUR, PER_SECOND, Installation
from tests.chaos.leaks import leaks
from tests.chaos.plan import Plan, Size, draw
from tests.chaos.storm import Storm, StormReport
from tests.support.private_postgres import HOW_TO, NotFound, binaries, private_postgres

WORKERS = {"sqlite": 1, "postgres": 4}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the storm on each database. Return the exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends all programs, as Ctrl-C does
    given = _parser().parse_args(arguments)
    plan = draw(seed=given.seed, size=_size(given))
    databases = given.databases.split(",")
    if "postgres" in databases and not _has_postgres():
        sys.stderr.write(HOW_TO + "or leave it out:        --databases sqlite\n")
        return 1
    result: dict[str, Any] = {"seed": given.seed, "recipients": given.recipients, "kills": given.kills}
    for database in databases:
        sys.stderr.write(f"--- {database}, {WORKERS[database]} workers\n")
        folder = Path(tempfile.mkdtemp(prefix="portal-chaos-"))
        result[database] = play(plan, database=database, folder=folder, workers=WORKERS[database])
        if result[database]["differences"] or given.keep:
            sys.stderr.write(f"logs and data are kept in {folder}\n")
        else:
            shutil.rmtree(folder)
    sys.stdout.write(json.dumps(result) + "\n")
    return int(any(result[database]["differences"] for database in databases))


def play(plan: Plan, *, database: str, folder: Path, workers: int) -> dict[str, Any]:
    """Run the storm on one database, in this folder, and return its result."""
    begun = time.monotonic()
    audiences = write_all(plan, folder=folder)
    with ExitStack() as stack:
        server = stack.enter_context(private_postgres()) if database == "postgres" else None
        place = Installation(plan=plan, folder=folder, workers=workers, server=server)
        stack.enter_context(place)
        place.start()
        storm = Storm(plan=plan, place=place)
        storm.play(audiences)
        both = BothSides(
            ours=place.ask("everything"),
            theirs=place.sandbox.books(),
            issued=place.sandbox.issued(),
            requests=place.sandbox.requests(limit=20_000),
            audiences=audiences,
            issuances=storm.report.issuances,
            campaigns=storm.report.campaigns,
            per_second=PER_SECOND,
            per_quarter_hour=PER_QUARTER_HOUR,
            settled_since=storm.report.settled_since,
        )
        found = storm.report.differences + differences(both)
        everyone = {one for audience in audiences.values() for one in {*audience.accepted, *audience.excluded}}
        found += leaks(logs=place.logs, identifiers=everyone, secrets=place.secrets)
    return summary(both, storm.report, found=found, seconds=time.monotonic() - begun)


def summary(both: BothSides, report: StormReport, *, found: list[str], seconds: float) -> dict[str, Any]:
    """Return the result as JSON values."""
    buckets: Counter[str] = Counter()
    for each in both.ours["issuances"]:
        names = ("lines", "held_back", "not_sent", "in_progress", "issued", "failed", "unknown", "revoked")
        buckets.update({name: each[name] for name in names})
        buckets["left_out"] += sum(each["left_out"].values())
        buckets["excluded"] += each["left_out"].get(EXCLUDED, 0)
    return {
        "seconds": round(seconds, 1),
        "seconds_to_settle": report.seconds_to_settle,
        "requests": both.theirs["requests"]["total"],
        "statuses": both.theirs["requests"]["by_status"],
        "violations_seen_at_thanx": both.theirs["violations"]["by_rule"],
        "faults": dict(sorted(report.struck.items())),
        "kills": dict(report.kills),
        "restarts": report.restarts,
        "outages": report.outages,
        "batches": len(both.batches),
        "states": dict(Counter(batch["state"] for batch in both.batches)),
        "attempts": sum(batch["attempts"] for batch in both.batches),
        **buckets,
        "moves_of_issuances": both.ours["moves"],
        "deliveries": both.theirs["deliveries"] | {"inbox": both.ours["deliveries"]},
        "decisions": dict(report.decisions),
        "troubles": dict(report.troubles),
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
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="A chaos test of the whole product.")
    add = parser.add_argument
    add("--seed", type=int, default=1, help="seed of files, faults and interruptions (default: %(default)s)")
    add("--recipients", type=int, default=100_000, help="lines of all files together (default: %(default)s)")
    add("--kills", type=int, default=20, help="SIGKILLs of workers and web (default: %(default)s)")
    add("--batch-size", type=int, default=1_000, help="recipients of one job (default: %(default)s)")
    add(
        "--seconds",
        type=float,
        default=120.0,
        help="time over which the interruptions are spread (default: %(default)s)",
    )
    add("--databases", default="sqlite,postgres", help="comma-separated (default: %(default)s)")
    add("--keep", action="store_true", help="keep logs and data, also without a difference")
    return parser


if __name__ == "__main__":
    sys.exit(main())
