"""Files of outcomes come in: checked to their end, then joined. Files that cannot be used leave nothing behind."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Min

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from engine.leases import finish
from lists import csv_out
from lists.uploads import delete_on_commit
from results import population
from results.due_results import make_due
from results.intake.guest_join import AT_ONCE, GuestJoin, Joined
from results.models import FileKind, GuestLink, ImportStage, OutcomeFile, OutcomeImport
from results.outcome_files.outcome_cells import OutcomeProblem
from results.outcome_files.outcome_lines import (
    NUMBERED_ONES,
    OpenedFile,
    OutcomesRefused,
    check,
    header_of,
    lines_of_outcomes,
    rows_of_outcomes,
)
from vault.fields import purpose_of
from vault.masking import masked_name
from vault.sealing import seal, unseal

REJECTS = purpose_of(OutcomeImport, "sealed_rejects")
ABOUT_A_LINE = ["file", "line", "reason"]
MOST_REJECTS = 10_000
"""Lines that are kept to be corrected. Of a file with more, the first show what is wrong."""

ORDER = [FileKind.PROGRAMS, FileKind.MEMBERSHIPS, FileKind.PURCHASES, FileKind.REWARDS, FileKind.SIMPLE]
EXPLAINED_BY = {FileKind.PURCHASES: {FileKind.MEMBERSHIPS}, FileKind.REWARDS: {FileKind.MEMBERSHIPS, FileKind.PROGRAMS}}
"""Files that say more once other files came in: lines of guests who were unknown then were not kept."""


def import_files(
    files: Sequence[OpenedFile],
    *,
    merchant: Merchant,
    by: User | None,
    at: datetime,
    uploaded: OutcomeImport | None = None,
) -> OutcomeImport:
    """Join files of outcomes with the guests of a merchant's issuances. Raises OutcomesRefused; nothing is kept then.

    A process that dies leaves some rows behind; the same files again complete them. Files that were uploaded count in
    the transaction that ends their lease, and are deleted after it. Raises LeaseLost.
    """
    check_files(files, merchant=merchant)
    join, programs = GuestJoin(merchant, at=at), dict[str, str]()
    done, anew = dict[int, Joined](), set[FileKind]()
    for found in sorted(files, key=lambda each: ORDER.index(each.kind)):
        before = None if anew & EXPLAINED_BY.get(found.kind, set()) else _same_before(found, merchant)
        if not before:
            anew.add(found.kind)
        done[id(found)] = _as_before(before) if before else _joined(found, join, programs)
        if found.kind is FileKind.MEMBERSHIPS and not before and not done[id(found)].matched:
            raise OutcomesRefused(
                f"None of the guests in {found.name} got a reward of {merchant.name} or was held back. Add the"
                " memberships of this merchant."
            )
    with transaction.atomic():
        kept = uploaded or OutcomeImport.objects.create(merchant=merchant, by=by, at=at)
        _record(kept, files, done, by=by, at=at)
        make_due(merchant, at=at)
        if uploaded:
            finish(uploaded, due_at=None, stage=ImportStage.DONE)
    return kept


def check_files(files: Sequence[OpenedFile], *, merchant: Merchant) -> None:
    """Read every file to its end, and refuse what cannot be used before anything is kept. Raises OutcomesRefused."""
    start = population.of_merchant(merchant.pk).aggregate(start=Min("confirmed_at"))["start"]
    if start is None:
        raise OutcomesRefused(f"No campaign of {merchant.name} has guests yet. Issue rewards first, then add outcomes.")
    for found in files:
        check(found)
    _refuse_other_merchants(files, merchant)
    if any(found.kind in NUMBERED_ONES for found in files) and not _has_members(files, merchant):
        raise OutcomesRefused(
            "These purchases name guests by a number that only memberships.csv explains. Add it."
            if any(found.kind is FileKind.PURCHASES for found in files)
            else "These rewards name guests by a number that only memberships.csv explains. Add it."
        )
    for found in files:
        if found.kind in (FileKind.PURCHASES, FileKind.SIMPLE) and found.last_at and found.last_at < start:
            raise OutcomesRefused(
                f"{found.name} ends on {_day(found.last_at)}, before the first rewards went out on {_day(start)}. Add"
                " a file that reaches beyond that day."
            )


def _refuse_other_merchants(files: Sequence[OpenedFile], merchant: Merchant) -> None:
    numbers = {number for found in files for number in found.merchants if number}
    uids = {uid for found in files for uid in found.merchant_uids}
    others = Merchant.objects.exclude(pk=merchant.pk).filter(thanx_id__in=numbers)
    if uids - {merchant.thanx_id} or len(numbers) > 1 or others.exists():
        raise OutcomesRefused(f"These files are of another merchant. Add the files of {merchant.name}.")


def _has_members(files: Sequence[OpenedFile], merchant: Merchant) -> bool:
    if any(found.kind is FileKind.MEMBERSHIPS for found in files):
        return True
    return GuestLink.objects.filter(merchant=merchant, in_members=True).exists()


# --- Joining -----------------------------------------------------------------------------------------------------


def _joined(found: OpenedFile, join: GuestJoin, programs: dict[str, str]) -> Joined:
    rows = (row for _, row in rows_of_outcomes(found) if not isinstance(row, OutcomeProblem))
    if found.kind is FileKind.PROGRAMS:
        some: Iterable[Any] = rows
        programs.update({row.program_id: row.program_uid for row in some})
        return Joined(matched=found.rows - found.rejected)
    acts: dict[FileKind, Any] = {
        FileKind.MEMBERSHIPS: join.members,
        FileKind.PURCHASES: join.purchases,
        FileKind.SIMPLE: join.simple,
        FileKind.REWARDS: lambda some: join.rewards(some, programs=programs),
    }
    total = Joined()
    for chunk in _chunks(rows):
        total += acts[found.kind](chunk)
    return total


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(rows, AT_ONCE)):
        yield some


def _same_before(found: OpenedFile, merchant: Merchant) -> OutcomeFile | None:
    """Return the same file from an earlier import, unless guests or memberships were added since then."""
    if found.kind is FileKind.PROGRAMS:
        return None  # what they are called is needed for the rewards beside them
    latest = population.of_merchant(merchant.pk).last()
    since = latest.confirmed_at if latest else None
    same = OutcomeFile.objects.filter(outcome_import__merchant=merchant, digest=found.digest, kind=found.kind)
    same = same.filter(outcome_import__stage=ImportStage.DONE)
    if since is None:
        return None
    before = same.filter(outcome_import__at__gte=since, erased_at__isnull=False).order_by("-pk").first()
    return None if before and _explained_since(before, merchant) else before


def _explained_since(before: OutcomeFile, merchant: Merchant) -> bool:
    """Whether memberships were counted after this file. Rows are written anew as they count, so keys tell the order."""
    if FileKind.MEMBERSHIPS not in EXPLAINED_BY.get(FileKind(before.kind), set()):
        return False
    counted = OutcomeFile.objects.filter(outcome_import__merchant=merchant, outcome_import__stage=ImportStage.DONE)
    later = counted.filter(kind=FileKind.MEMBERSHIPS, pk__gt=before.pk)
    return later.exclude(outcome_import=before.outcome_import_id).exists()


def _as_before(before: OutcomeFile) -> Joined:
    return Joined(matched=before.matched, unmatched=before.unmatched, unchanged=before.matched + before.unmatched)


# --- What is written down ------------------------------------------------------------------------------------------


def _record(
    kept: OutcomeImport, files: Sequence[OpenedFile], done: dict[int, Joined], *, by: User | None, at: datetime
) -> None:
    kept.sealed_rejects = _sealed_rejects(files)
    kept.save(update_fields=["sealed_rejects"])
    previewed = OutcomeFile.objects.filter(outcome_import=kept)
    for each in previewed.exclude(stored_as=""):
        delete_on_commit(each)
    previewed.delete()
    for found in files:
        became = done[id(found)]
        OutcomeFile.objects.create(
            outcome_import=kept,
            file_name=masked_name(found.name)[:255],
            kind=found.kind,
            size=found.size,
            digest=found.digest,
            rows=found.rows,
            matched=became.matched,
            unmatched=became.unmatched,
            rejected=found.rejected,
            unchanged=became.unchanged,
            first_at=found.first_at,
            last_at=found.last_at,
            says_times=found.says_times,
            erased_at=at,
        )
    audit.record(
        action="outcomes imported",
        on=kept,
        by=by,
        at=at,
        rows=sum(found.rows for found in files),
        matched=sum(became.matched for became in done.values()),
        kinds=[str(found.kind) for found in files],
        digests=[found.digest for found in files],
    )


def _sealed_rejects(files: Sequence[OpenedFile]) -> bytes:
    """Return the lines that were left out, with file, line and reason before the cells, as a sealed CSV file."""
    if not any(found.rejected for found in files):
        return b""
    content = b"".join(csv_out.as_csv(islice(_rejects(files), MOST_REJECTS)))
    return seal(content, purpose=REJECTS)


def _rejects(files: Sequence[OpenedFile]) -> Iterator[list[str]]:
    for found in files:
        if found.rejected:
            yield [*ABOUT_A_LINE, *header_of(found)]
            for number, row, cells in lines_of_outcomes(found):
                if isinstance(row, OutcomeProblem):
                    yield [found.name, str(number), row.value, *cells]


def is_header(row: Sequence[str]) -> bool:
    """Whether a row of the lines that were left out names the columns of the rows below it."""
    return list(row[: len(ABOUT_A_LINE)]) == ABOUT_A_LINE


def rejects_of(kept: OutcomeImport) -> bytes:
    """Return the lines that were left out as a CSV file; empty where there were none, or once they are erased."""
    return unseal(kept.sealed_rejects, purpose=REJECTS) if kept.sealed_rejects else b""


def document_of(kept: OutcomeImport) -> dict[str, Any]:
    """Return what came in as plain values, file by file."""
    return {"files": [_file(each) for each in kept.files.all()]}


def _file(each: OutcomeFile) -> dict[str, Any]:
    counts = {name: getattr(each, name) for name in ("rows", "matched", "unmatched", "rejected", "unchanged")}
    span = {"from": _iso(each.first_at), "to": _iso(each.last_at)}
    return {"file": each.file_name, "kind": each.kind, **counts, **span}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"
