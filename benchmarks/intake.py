"""How fast a file becomes recipients, as a multiple of the time of csv.reader alone; and how flat memory stays.

    .venv/bin/python benchmarks/intake.py [--lines 100000 1000000]

Every size runs in a process of its own against an empty database in a temporary directory (or that of DATABASE_URL,
which is emptied). Both times of a ratio are measured in the same process. Prints one JSON document per size.
"""

# ruff: noqa: PLC0415, PLR2004 - Django is set up late, and the shares of the made-up list are told in its docstring.
import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AREAS = [212, 213, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 818, 917]


def write_file(path: Path, lines: int) -> None:
    """A list as merchants have them: 70 % e-mail, 25 % phone in several spellings, some damage, 4 % duplicates."""
    chance = random.Random(lines)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["First name", "Last name", "E-mail", "Mobile", "Store"])
        for number in range(lines):
            guest = number if chance.random() > 0.04 else chance.randrange(number + 1)
            email, phone = identifiers(guest, chance)
            writer.writerow([f"Ana{guest % 977}", f"Peña {guest}", email, phone, f"Main Street {guest % 40}"])


def identifiers(guest: int, chance: random.Random) -> tuple[str, str]:
    kind = chance.random()
    area, exchange, last = AREAS[guest % len(AREAS)], 200 + guest // 14 % 700, guest % 10_000
    spelled = chance.choice(
        [f"({area}) {exchange}-{last:04}", f"{area}-{exchange}-{last:04}", f"+1{area}{exchange}{last:04}"]
    )
    if kind < 0.70:
        return f"Ana.{guest}@mail{guest % 3000}.com", spelled if kind < 0.2 else ""
    if kind < 0.97:
        return "", spelled
    return chance.choice(["", "ana@", f"Ana <ana{guest}@mail.com>", "n/a"]), chance.choice(["", "4.1E+10", "555-0100"])


def measure(lines: int) -> None:
    directory = Path(os.environ["VAR_DIR"])
    path = directory / "audience.csv"
    write_file(path, lines)
    campaign = prepare()

    from django.db import connection
    from django.utils import timezone

    from issuance.audience import intake_step
    from issuance.drafts import drafts
    from issuance.models import Issuance, Recipient

    began = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.reader(file))
    alone = time.perf_counter() - began

    issuance = drafts.start(campaign=campaign, by=None, at=timezone.now())
    began = time.perf_counter()
    with path.open("rb") as file:
        drafts.add_file(issuance=issuance, file=file, name="audience.csv", by=None, at=timezone.now())
    stored = time.perf_counter() - began
    began = time.perf_counter()
    assert intake_step.read_one_upload()
    taken = time.perf_counter() - began

    issuance = Issuance.objects.get(pk=issuance.pk)
    recipients = Recipient.objects.count()
    assert issuance.lines == rows - 1 == recipients + issuance.left_out_total
    print(
        json.dumps(
            {
                "lines": lines,
                "database": connection.vendor,
                "csv_reader_s": round(alone, 3),
                "upload_s": round(stored, 3),
                "intake_s": round(taken, 3),
                "passes_of_csv_reader": round((stored + taken) / alone, 1),
                "lines_per_second": round(lines / taken),
                "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "recipients": recipients,
                "left_out": issuance.left_out,
            }
        ),
        flush=True,
    )


def prepare():
    """An empty database with a live campaign of two arms and a control."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    from django.db import connection

    from tests.support.factories import create_live_campaign

    if connection.vendor == "sqlite":
        # Pages of the database file that are mapped into memory would count as ours, up to 128 MB of them.
        connection.cursor().execute("PRAGMA mmap_size=0")
    return create_live_campaign()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        measure(options.lines[0])
        return
    for lines in options.lines:
        with tempfile.TemporaryDirectory() as directory:
            environment = os.environ | {
                "VAR_DIR": directory,
                "PYTHONPATH": str(ROOT),
                "DJANGO_SETTINGS_MODULE": "thanx_portal.settings",
                "DEBUG": "1",
            }
            command = [sys.executable, __file__, "--here", "--lines", str(lines)]
            subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
