"""Verdicts as plain values and as lines of text, for the command line and the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certification.verdicts.requirements import Group, Line, Verdict
from partner_api import connect


@dataclass(frozen=True, kw_only=True)
class Step:
    """One demonstration that was run. `problem` is empty when it went through; `keys` are the lines it should show."""

    key: str
    title: str
    seconds: float
    problem: str
    keys: Sequence[str]


def document(*, groups: Sequence[Group], steps: Sequence[Step], since: datetime, until: datetime) -> dict[str, Any]:
    """Return the whole as plain values. `ok`: nothing is red, and whatever was run shows in its lines."""
    verdict_of = {line.key: line.verdict for group in groups for line in group.lines}
    environment = connect.environment()
    ran = [_step(step, verdict_of) for step in steps]
    tally = list(verdict_of.values())
    return {
        "environment": environment.label,
        "host": environment.host,
        "since": since.isoformat(timespec="seconds"),
        "until": until.isoformat(timespec="seconds"),
        "ok": Verdict.FAIL not in tally and all(step["ok"] for step in ran),
        "passed": tally.count(Verdict.PASS),
        "failed": tally.count(Verdict.FAIL),
        "not_shown": tally.count(Verdict.NOT_SHOWN),
        "demonstrations": ran,
        "groups": [{"title": group.title, "lines": [_line(line) for line in group.lines]} for group in groups],
    }


def plain(told: dict[str, Any]) -> str:
    """Return the document as lines for people."""
    lines = [f"{told['environment']} {told['host']}, {told['since']} to {told['until']}"]
    for group in told["groups"]:
        lines += ["", group["title"]]
        lines += [f"  {line['verdict']:10} {line['asked']}: {line['found']}" for line in group["lines"]]
    lines += ["", f"{told['passed']} pass, {told['failed']} fail, {told['not_shown']} not shown"]
    return "\n".join(lines)


def _step(step: Step, verdict_of: dict[str, Verdict]) -> dict[str, Any]:
    shown = all(verdict_of.get(key) is Verdict.PASS for key in step.keys)
    problem = step.problem or ("" if shown else f"Not shown: {', '.join(step.keys)}.")
    return {
        "key": step.key,
        "title": step.title,
        "ok": not problem,
        "seconds": round(step.seconds, 1),
        "problem": problem,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "key": line.key,
        "asked": line.asked,
        "verdict": line.verdict.value,
        "found": line.found,
        "pointers": [{"kind": one.kind.value, "number": one.number, "words": one.words} for one in line.pointers],
    }
