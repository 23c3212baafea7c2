"""Times the look-up of one guest among 100,000 recipients and among ten million.

    .venv/bin/python benchmarks/look_up.py [--small 100000] [--large 10000000]

Each size has a scratch database in a temporary directory (about 1.5 GB for ten million) and a process of its own; two
minutes in all. The two take turns, so that other load on the machine affects both; the ratio is that of the medians. It
times the whole answer to “why did this guest (not) get it?”: history and sentence. Half of the guests are on a list.
"""

# ruff: noqa: PLC0415 - Django is set up late.
import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BATCH = 10_000
ROUNDS = 20
LOOK_UPS = 50


def fill(recipients: int):
    """Write recipients in batches of 10,000, and one left-out line for each batch. Return their merchant."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    call_command("migrate", run_syncdb=True, verbosity=0)
    from issuance.audience.bulk_insert import insert_rejected
    from issuance.models import Recipient
    from issuance.states import BatchState
    from tests.support.factories import BatchFactory, IssuanceFactory, create_live_campaign

    campaign = create_live_campaign(shares=(100,), control=0)
    variant = campaign.variants.get()
    index = next(index for index in _indexes(connection, Recipient) if "fingerprint" in index["columns"])
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {index['name']}")
        cursor.execute("PRAGMA synchronous=OFF")
    chance = random.Random(recipients)
    done = {"job_state": "completed", "failures_listed": True, "failed_count": 0, "due_at": None}
    for number in range(recipients // BATCH):
        if number % 50 == 0:
            print(json.dumps({"filled": number * BATCH, "of": recipients}), file=sys.stderr, flush=True)
        if number % 100 == 0:
            issuance = IssuanceFactory(campaign=campaign)
        batch = BatchFactory(
            issuance=issuance,
            variant=variant,
            size=BATCH,
            state=BatchState.COMPLETED,
            job_id=f"job-{number}",
            issued_count=BATCH,
            **done,
        )
        drawn = chance.randbytes(16 * BATCH)
        prints = [drawn[at : at + 16] for at in range(0, len(drawn), 16)]
        # Without Django, which keeps every statement while DEBUG is on; a batch is one transaction, not 10,000.
        with transaction.atomic():
            connection.connection.executemany(
                "INSERT INTO issuance_recipient (batch_id, position, line, fingerprint) VALUES (?, ?, ?, ?)",
                ((batch.pk, position, position + 2, one) for position, one in enumerate(prints)),
            )
        insert_rejected(issuance_id=issuance.pk, rows=[(2_000_000 + number, "duplicate", 2, b"", prints[0])])
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {index['name']} ON issuance_recipient (fingerprint)")
        cursor.execute("ANALYZE")
    return campaign.merchant


def _indexes(connection, model):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    return [{"name": name, **facts} for name, facts in found.items() if facts["index"] and not facts["unique"]]


def answer(recipients: int) -> None:
    """Fill the database, then for each line of stdin look guests up and print the milliseconds of one look-up."""
    merchant = fill(recipients)
    from guests.lookup.explanations import explanation_of
    from guests.lookup.history import guest_lines_of
    from issuance.models import Recipient

    first, last = Recipient.objects.earliest("pk").pk, Recipient.objects.latest("pk").pk
    chance = random.Random(0)
    print(json.dumps({"ready": recipients}), flush=True)
    for _ in sys.stdin:
        keys = [chance.randint(first, last) for _ in range(LOOK_UPS // 2)]
        listed = list(Recipient.objects.filter(pk__in=keys).values_list("fingerprint", flat=True))
        sought = [bytes(one) for one in listed] + [chance.randbytes(16) for _ in keys]
        began = time.perf_counter()
        found = [
            explanation_of(guest_lines_of(merchant=merchant, fingerprints=[one]), campaign="", campaign_id=None)
            for one in sought
        ]
        taken = time.perf_counter() - began
        assert sum(one.about is not None for one in found) == len(listed)
        print(json.dumps({"ms": 1000 * taken / len(sought)}), flush=True)


def started(recipients: int, directory: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "VAR_DIR": directory,
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "thanx_portal.settings",
        "DEBUG": "1",
    }
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, __file__, "--here", str(recipients)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(process: subprocess.Popen[str], *, line: str = "") -> dict[str, float]:
    assert process.stdin is not None
    assert process.stdout is not None
    if line:
        process.stdin.write(line)
        process.stdin.flush()
    return json.loads(process.stdout.readline())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=10_000_000)
    parser.add_argument("--here", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        answer(options.here)
        return
    with tempfile.TemporaryDirectory() as near, tempfile.TemporaryDirectory() as far:
        processes = [started(options.small, near), started(options.large, far)]
        for process in processes:
            ask(process)
        took: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for process, times in zip(processes, took, strict=True):
                times.append(ask(process, line="again\n")["ms"])
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
    small, large = (statistics.median(times) for times in took)
    result = {
        "recipients": [options.small, options.large],
        "look_up_ms": [round(small, 2), round(large, 2)],
        "ratio": round(large / small, 2),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
