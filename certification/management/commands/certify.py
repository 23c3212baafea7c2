"""manage.py certify: run the six demonstrations end to end and print the verdicts."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.command_line import BAD_USAGE, REFUSED, user_by_email
from campaigns.management import wait_or_work
from certification import report, simulator, verdicts
from certification.demonstrations import (
    LONGEST_WAIT,
    WHOLE_RUN,
    CannotDemonstrate,
    People,
    Run,
    check_environment,
    made_up_people,
)
from certification.report import DemonstrationResult
from certification.verdicts import gathering
from engine import correlation


class Command(BaseCommand):
    help = "Run the six demonstrations of the certification against a sandbox and print the verdicts."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--merchant", default="", metavar="HANDLE", help="merchant to run them for (default: the first)"
        )
        for option, value, text in (
            ("--email", "ADDRESS", "address of a guest; repeatable"),
            ("--phone", "NUMBER", "number of a guest; repeatable"),
            ("--unknown", "ADDRESS", "address that no guest has; repeatable"),
        ):
            parser.add_argument(option, action="append", default=[], metavar=value, help=text)
        parser.add_argument(
            "--timeout", type=float, default=LONGEST_WAIT, metavar="SECONDS", help="longest time to wait for one thing"
        )
        parser.add_argument("--by", metavar="EMAIL", help="user who is recorded as the actor")
        parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")

    def handle(self, *, timeout: float, **options: Any) -> None:
        try:
            check_environment()
        except CannotDemonstrate as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from None
        by = user_by_email(options["by"])
        run = Run(handle=options["merchant"], people=self._people(options), by=by, clock=timezone.now)
        results = self._demonstrate(run, timeout=timeout)
        groups = verdicts.judged(gathering.facts(since=run.since, until=timezone.now()))
        document = report.document(groups=groups, results=results, since=run.since, until=timezone.now())
        self.stdout.write(json.dumps(document, indent=2) if options["json"] else report.as_text(document))
        if not document["ok"]:
            raise CommandError("A demonstration was not shown, or a requirement fails.", returncode=REFUSED)

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
            "Name guests of this sandbox: --email, --phone, and --unknown for an address that no guest has.",
            returncode=BAD_USAGE,
        )

    def _demonstrate(self, run: Run, *, timeout: float) -> list[DemonstrationResult]:
        """Run one demonstration after another, until one cannot be shown."""
        done: list[DemonstrationResult] = []
        ends = time.monotonic() + WHOLE_RUN
        for demonstration in run.demonstrations():
            began = timezone.now()
            self.stderr.write(f"{demonstration.title} …")
            problem = self._problem_of(demonstration.run, timeout=timeout, ends=ends)
            seconds = (timezone.now() - began).total_seconds()
            keys = demonstration.keys
            done.append(
                DemonstrationResult(
                    key=demonstration.key, title=demonstration.title, seconds=seconds, problem=problem, keys=keys
                )
            )
            if problem:
                self.stderr.write(problem)
                break
        return done

    def _problem_of(self, run: Callable[[], Any], *, timeout: float, ends: float) -> str:
        try:
            for condition in run():
                left = max(0.0, ends - time.monotonic())
                seconds = min(timeout if condition.seconds is None else condition.seconds, left)
                came = wait_or_work.until(condition.is_true, steps=_steps(), stderr=self.stderr, seconds=seconds)
                if not came and condition.seconds is None:
                    return f"Waiting for {condition.words} took longer than {seconds:.0f} s."
        except CannotDemonstrate as problem:
            return str(problem)
        return ""


def _steps() -> Sequence[Callable[[], bool]]:
    """Return the engine's steps, each under a correlation of its own, to run them when there is no worker."""
    return [_apart(import_string(path)) for path in settings.ENGINE_STEPS]


def _apart(step: Callable[[], bool]) -> Callable[[], bool]:
    def run() -> bool:
        with correlation.bound(""):
            return bool(step())

    return run
