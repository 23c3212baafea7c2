"""The evidence of a period as files: a report, the same as JSON, the calls as CSV, and the digests of all.

No file holds a token, a client id or a guest's identifier. The ledger has none, names of campaigns and the like are
masked, and every file is searched for our secrets before it is handed out.
"""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html

from accounts import audit
from accounts.models import User
from campaigns.catalog.credential import ensure_credential
from certification import report, verdicts
from certification.calls import exchanges
from certification.calls.manners import Sent
from certification.verdicts import gathering
from certification.verdicts.facts import Facts
from certification.verdicts.requirements import PointerKind, Requirement, RequirementGroup
from partner_api.models import Exchange
from vault import masking

STYLE = Path(__file__).with_name("evidence.css")
"""It must not contain quotes or angle brackets: they would be escaped in the report."""

SHORTEST_SECRET = 6
"""Characters; a shorter secret is no credential, and would be found everywhere."""

COLUMNS = (
    *("id", "at", "method", "path_template", "status", "error_class", "error_code", "about", "attempt", "waited_ms"),
    *("ms", "header_names", "idempotency_key", "body_digest", "body_size"),
)


class Leaking(Exception):
    """A file holds one of our secrets, so none is handed out."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """How many calls of one kind were made, and how many of them failed."""

    method: str
    path: str
    calls: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The files by name, SHA256SUMS among them, and the name of the folder or archive."""

    name: str
    parts: Mapping[str, bytes]

    def zipped(self) -> bytes:
        """Return all files as one ZIP archive."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.parts.items():
                archive.writestr(f"{self.name}/{name}", content)
        return out.getvalue()


def bundle(*, since: datetime, until: datetime) -> Bundle:
    """Return the evidence of a period. Raises Leaking."""
    facts = gathering.facts(since=since, until=until)
    groups = [
        replace(group, requirements=[_masked(each) for each in group.requirements]) for group in verdicts.judged(facts)
    ]
    document = report.document(groups=groups, results=(), since=since, until=until)
    document.pop("demonstrations")
    rows = _rows(facts)
    parts = {
        "report.html": _report(document, groups=groups, facts=facts, rows=rows).encode(),
        "evidence.json": json.dumps({**document, "calls": rows}, indent=1, ensure_ascii=False).encode(),
        "calls.csv": _table(rows).encode(),
    }
    parts["SHA256SUMS"] = "".join(f"{sha256(each).hexdigest()}  {name}\n" for name, each in parts.items()).encode()
    _search(parts)
    return Bundle(name=f"thanx-evidence-{until.astimezone(UTC):%Y%m%d-%H%M%S}", parts=parts)


def handed_out(*, since: datetime, by: User | None, at: datetime) -> Bundle:
    """Return the evidence until now, and record in the audit trail who took it. Raises Leaking."""
    found = bundle(since=since, until=at)
    credential = ensure_credential(at=at)
    digest = sha256(found.parts["SHA256SUMS"]).hexdigest()
    audit.record(action="evidence.exported", on=credential, by=by, at=at, file_digest=digest, bundle=found.name)
    return found


def write_files(found: Bundle, *, folder: Path) -> Path:
    """Write the files into a new folder below this one, and return it. Raises FileExistsError."""
    place = folder / found.name
    place.mkdir(parents=True)
    for name, content in found.parts.items():
        (place / name).write_bytes(content)
    return place


def operations(sent: Sequence[Sent]) -> list[Operation]:
    """Return the calls by kind, the most frequent kind first."""
    found: dict[tuple[str, str], list[Sent]] = {}
    for each in sent:
        found.setdefault((each.method, each.path), []).append(each)
    made = [
        Operation(method=method, path=path, calls=len(calls), failed=sum(bool(call.error) for call in calls))
        for (method, path), calls in found.items()
    ]
    return sorted(made, key=lambda each: (-each.calls, each.path, each.method))


def _rows(facts: Facts) -> list[dict[str, Any]]:
    """Return the judged calls as plain values, oldest first."""
    newest = (
        Exchange.objects.filter(pk__in=[call.id for call in facts.calls]) if facts.calls else Exchange.objects.none()
    )
    by_id = {row["id"]: row for row in newest.values(*COLUMNS)}
    return [_plain(by_id[call.id]) for call in facts.calls if call.id in by_id]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    key = row["idempotency_key"]
    return {**row, "at": row["at"].isoformat(timespec="milliseconds"), "idempotency_key": str(key) if key else ""}


def _table(rows: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({**row, "header_names": " ".join(row["header_names"])})
    return out.getvalue()


def _report(
    document: dict[str, Any], *, groups: Sequence[RequirementGroup], facts: Facts, rows: Sequence[dict[str, Any]]
) -> str:
    pointed = {
        one.number
        for group in groups
        for line in group.requirements
        for one in line.pointers
        if one.kind is PointerKind.CALL
    }
    return render_to_string(
        "evidence/report.html",
        {
            "document": document,
            "since": facts.since,
            "until": facts.until,
            "calls": len(facts.sent),
            "cut_at": exchanges.MOST_JUDGED if facts.is_cut else 0,
            "operations": operations(facts.sent),
            "named": [row for row in rows if row["id"] in pointed],
            "style": format_html("<style>{}</style>", STYLE.read_text(encoding="utf-8")),
        },
    )


def _masked(requirement: Requirement) -> Requirement:
    pointers = [replace(each, words=masking.masked_text(each.words)) for each in requirement.pointers]
    return replace(requirement, pointers=pointers)


def _search(parts: Mapping[str, bytes]) -> None:
    """Raise Leaking if a file holds one of our secrets."""
    secrets = [settings.THANX_ACCESS_TOKEN, settings.THANX_CLIENT_ID, *settings.THANX_WEBHOOK_SECRETS]
    for name, content in parts.items():
        if any(len(secret) >= SHORTEST_SECRET and secret.encode() in content for secret in secrets):
            raise Leaking(f"{name} holds a secret, so nothing is handed out.")
