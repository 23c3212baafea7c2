"""manage.py reseal: move everything that is encrypted to the newest of DATA_KEYS."""

import sys
from dataclasses import asdict
from json import dumps
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from engine import heartbeat
from engine.clock import now
from vault.resealing import Resealed, old_keys, reseal_everything


class Command(BaseCommand):
    help = (
        "Seal everything with the newest of DATA_KEYS while all goes on, and say which older keys may go."
        " Put the new key in front and restart everything first. After a kill, run it again: it goes on."
    )
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")

    def handle(self, *, json: bool, **_: Any) -> None:
        done = Resealed()
        with tqdm(unit=" values", disable=not sys.stderr.isatty()) as bar:
            for so_far in reseal_everything(done=done):
                bar.update(so_far.values + so_far.files - bar.n)
        keys = old_keys(workers=heartbeat.alive_by_key(at=now()))
        self._print(done, keys, as_json=json)
        if done.damaged or not all(key["may_go"] for key in keys):
            raise CommandError(
                "Something is still sealed with an older key, or cannot be opened. See above, and run it again."
            )

    def _print(self, done: Resealed, keys: list[dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(dumps({**asdict(done), "old_keys": keys}))
            return
        self.stderr.write(f"{done.values:,} values and {done.files:,} files are sealed with the newest key now.")
        if done.damaged:
            self.stderr.write(f"{done.damaged:,} are damaged, or sealed with a key that DATA_KEYS does not list.")
        for key in keys:
            self.stdout.write(_said(key))


def _said(key: dict[str, Any]) -> str:
    which = (
        f"Key {key['place']} of DATA_KEYS" if key["place"] else f"A key that DATA_KEYS does not list ({key['mark']})"
    )
    if key["may_go"]:
        return f"{which} may go, once you no longer need backups from before."
    words = [f"{key['sealed']:,} values and files are still sealed with it"] if key["sealed"] else []
    words += [f"{key['workers']:,} workers still seal with it: restart them"] if key["workers"] else []
    return f"{which} is still needed: {'; '.join(words)}."
