"""manage.py certify: the six demonstrations end to end, and the verdicts on them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.command_line import BAD_USAGE, REFUSED, user_by_email
from campaigns.management import waiting
from certification import report, simulator, verdicts
from certification.demonstrations import (
    LONGEST_WAIT,
    WHOLE_RUN,
    NotPossible,
    People,
    Run,
    check_environment,
    made_up_people,
)
from certification.report import Step
from certification.verdicts import gathering
from engine import correlation


class Command(BaseCommand):
    help = "Run the six demonstrations of the certification against a sandbox, and judge them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", default="", metavar="HANDLE", help="whose campaign (default: the first)")
        parser.add_argument("--email", action="append", default=[], metavar="ADDRESS", help="of a guest; repeatable")
        parser.add_argument("--phone", action="append", default=[], metavar="NUMBER", help="of a guest; repeatable")
        parser.add_argument("--unknown", action="append", default=[], metavar="ADDRESS", help="that no guest has")
        parser.add_argument("--timeout", type=float, default=LONGEST_WAIT, metavar="SECONDS", help="for each wait")
        parser.add_argument("--by", metavar="EMAIL", help="who answers for it")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *, timeout: float, **options: Any) -> None:
        try:
            check_environment()
        except NotPossible as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from None
        by = user_by_email(options["by"])
        run = Run(handle=options["merchant"], people=self._people(options), by=by, clock=timezone.now)
        steps = self._demonstrate(run, timeout=timeout)
        groups = verdicts.judged(gathering.facts(since=run.since, until=timezone.now()))
        told = report.document(groups=groups, steps=steps, since=run.since, until=timezone.now())
        self.stdout.write(json.dumps(told, indent=2) if options["json"] else report.plain(told))
        if not told["ok"]:
            raise CommandError("Not everything could be shown, or a line is red.", returncode=REFUSED)

    def _people(self, options: dict[str, Any]) -> People:
        given = People(emails=options["email"], phones=options["phone"], unknown=options["unknown"])
        if given.emails and given.phones and given.unknown:
            return given
        if simulator.is_ours():
            usual = made_up_people()
            return People(
                emails=given.emails or usual.emails,
                phones=given.phones or usual.phones,
                unknown=given.unknown or usual.unknown,
            )
        raise CommandError(
            "Name guests of this sandbox: --email, --phone, and --unknown for an address that nobody has.",
            returncode=BAD_USAGE,
        )

    def _demonstrate(self, run: Run, *, timeout: float) -> list[Step]:
        """Run one demonstration after another; the first that is not possible ends the run."""
        done: list[Step] = []
        ends = time.monotonic() + WHOLE_RUN
        for demonstration in run.demonstrations():
            began = timezone.now()
            self.stderr.write(f"{demonstration.title} …")
            problem = self._problem_of(demonstration.run, timeout=timeout, ends=ends)
            seconds = (timezone.now() - began).total_seconds()
            keys = demonstration.keys
            done.append(
                Step(key=demonstration.key, title=demonstration.title, seconds=seconds, problem=problem, keys=keys)
            )
            if problem:
                self.stderr.write(problem)
                break
        return done

    def _problem_of(self, run: Callable[[], Any], *, timeout: float, ends: float) -> str:
        try:
            for wish in run():
                left = max(0.0, ends - time.monotonic())
                seconds = min(timeout if wish.seconds is None else wish.seconds, left)
                came = waiting.until(wish.is_true, steps=_steps(), stderr=self.stderr, seconds=seconds)
                if not came and wish.seconds is None:
                    return f"Waiting for {wish.words} took longer than {seconds:.0f} s."
        except NotPossible as problem:
            return str(problem)
        return ""


def _steps() -> Sequence[Callable[[], bool]]:
    """Return the engine's steps, each under a correlation of its own, for when no worker is there."""
    return [_apart(import_string(path)) for path in settings.ENGINE_STEPS]


def _apart(step: Callable[[], bool]) -> Callable[[], bool]:
    def run() -> bool:
        with correlation.bound(""):
            return bool(step())

    return run
