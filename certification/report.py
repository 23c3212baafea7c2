"""The verdicts as a JSON document and as text, for `manage.py certify` and the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certification.verdicts.requirements import Requirement, RequirementGroup, Verdict
from partner_api import connect


@dataclass(frozen=True, kw_only=True)
class DemonstrationResult:
    """One demonstration that was run. `problem`: why it failed, or empty. `keys`: the requirements it should meet."""

    key: str
    title: str
    seconds: float
    problem: str
    keys: Sequence[str]


def document(
    *, groups: Sequence[RequirementGroup], results: Sequence[DemonstrationResult], since: datetime, until: datetime
) -> dict[str, Any]:
    """Return the JSON document. `ok`: nothing fails, and every demonstration that was run met its requirements."""
    verdict_of = {each.key: each.verdict for group in groups for each in group.requirements}
    environment = connect.environment()
    ran = [_demonstration(result, verdict_of) for result in results]
    tally = list(verdict_of.values())
    return {
        "environment": environment.label,
        "host": environment.host,
        "since": since.isoformat(timespec="seconds"),
        "until": until.isoformat(timespec="seconds"),
        "ok": Verdict.FAIL not in tally and all(each["ok"] for each in ran),
        "passed": tally.count(Verdict.PASS),
        "failed": tally.count(Verdict.FAIL),
        "not_shown": tally.count(Verdict.NOT_SHOWN),
        "demonstrations": ran,
        "groups": [{"title": group.title, "lines": [_line(each) for each in group.requirements]} for group in groups],
    }


def as_text(document: dict[str, Any]) -> str:
    """Return the document as text for a terminal."""
    lines = [f"{document['environment']} {document['host']}, {document['since']} to {document['until']}"]
    for group in document["groups"]:
        lines += ["", group["title"]]
        lines += [f"  {line['verdict']:10} {line['asked']}: {line['found']}" for line in group["lines"]]
    lines += ["", f"{document['passed']} pass, {document['failed']} fail, {document['not_shown']} not shown"]
    return "\n".join(lines)


def _demonstration(result: DemonstrationResult, verdict_of: dict[str, Verdict]) -> dict[str, Any]:
    shown = all(verdict_of.get(key) is Verdict.PASS for key in result.keys)
    problem = result.problem or ("" if shown else f"Not shown: {', '.join(result.keys)}.")
    return {
        "key": result.key,
        "title": result.title,
        "ok": not problem,
        "seconds": round(result.seconds, 1),
        "problem": problem,
    }


def _line(requirement: Requirement) -> dict[str, Any]:
    return {
        "key": requirement.key,
        "asked": requirement.asked,
        "verdict": requirement.verdict.value,
        "found": requirement.found,
        "pointers": [
            {"kind": one.kind.value, "number": one.number, "words": one.words} for one in requirement.pointers
        ],
    }
