"""When what guests did is erased: once it is old and no experiment needs it any more, or of one guest at once."""

import csv
import io
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from campaigns.models import Merchant
from issuance.models import Recipient
from lists.csv_out import as_csv, plain
from results import population
from results.fixed_plans import LOOKBACK
from results.intake.guest_join import GuestJoin
from results.intake.importing import REJECTS, is_header, rejects_of
from results.intake.uploads_step import forget_files
from results.models import GuestLink, ImportStage, OutcomeFile, OutcomeImport, UsedReward, Visit
from vault.sealing import seal

AT_ONCE = 2_000
OPEN = (ImportStage.READING, ImportStage.PREVIEW, ImportStage.COUNTING)


def erase_some_outcomes(*, merchant: Merchant, at: datetime) -> bool:
    """Erase some of a merchant's outcomes whose lifetime is over. Return whether there were any."""
    limit = at - merchant.retention
    return any(_deleted(rows) for rows in _over(merchant, limit)) or _blanked(merchant, limit, at=at)


def erase_outcomes_of(
    *, merchant: Merchant, fingerprints: Collection[bytes], is_named_in: Callable[[str], bool], at: datetime
) -> dict[str, int]:
    """Erase what one guest did, lines that were left out, and the guest's ids; return the number of rows by table."""
    links = GuestLink.objects.filter(merchant=merchant, fingerprint__in=fingerprints)
    guests = [bytes(one) for one in links.values_list("guest", flat=True)]
    mine: list[QuerySet[Any]] = [
        model.objects.filter(merchant=merchant, guest__in=guests) for model in (Visit, UsedReward)
    ]
    done = {rows.model._meta.label: rows.delete()[0] for rows in mine}
    join, known = GuestJoin(merchant, at=at), set(guests)
    done[OutcomeImport._meta.label] = _rejects_without(
        merchant, lambda cell: is_named_in(cell) or bool(known & {join.by_number(cell), join.by_uid(cell)})
    )
    return {**done, GuestLink._meta.label: links.delete()[0]}  # last: after a kill they still tell who it is


def imports_with_files(merchant: Merchant) -> list[int]:
    """Return the imports whose files are stored: they may name any guest."""
    files = OutcomeFile.objects.filter(outcome_import__merchant=merchant, erased_at=None).exclude(stored_as="")
    return list(files.order_by("outcome_import").values_list("outcome_import", flat=True).distinct())


def being_counted(merchant: Merchant) -> list[int]:
    """Return the imports from which a worker keeps what guests did at the moment."""
    counting = OutcomeImport.objects.filter(merchant=merchant, stage=ImportStage.COUNTING, lease_token__isnull=False)
    return list(counting.order_by("pk").values_list("pk", flat=True))


def drop_all_uploads(merchant: Merchant, *, at: datetime) -> None:
    """Delete the files that a merchant's users uploaded and that are not counted yet."""
    _drop(list(OutcomeImport.objects.filter(merchant=merchant).values_list("pk", flat=True)), at=at)


def outcomes_of(*, merchant: Merchant, fingerprints: Collection[bytes]) -> Iterator[dict[str, Any]]:
    """Yield what is kept of one guest's visits, for the guest."""
    links = GuestLink.objects.filter(merchant=merchant, fingerprint__in=fingerprints)
    guests = [bytes(one) for one in links.values_list("guest", flat=True)]
    for row in Visit.objects.filter(merchant=merchant, guest__in=guests).order_by("at", "pk"):
        yield {"at": row.at.isoformat() if row.at else "", "visits": row.visits, "amount": row.cents / 100}


def _rejects_without(merchant: Merchant, names: Callable[[str], bool]) -> int:
    """Take the lines that name a guest out of those that were left out; return how many imports had any."""
    changed = 0
    for kept in OutcomeImport.objects.filter(merchant=merchant).exclude(sealed_rejects=b"").order_by("pk"):
        rows = list(csv.reader(io.StringIO(rejects_of(kept).decode("utf-8-sig"), newline="")))
        left = [row for row in rows if not any(names(plain(cell)) for cell in row[3:])]
        if len(left) < len(rows):
            has_lines = any(not is_header(row) for row in left)
            sealed = seal(b"".join(as_csv(map(plain, row) for row in left)), purpose=REJECTS) if has_lines else b""
            same = OutcomeImport.objects.filter(pk=kept.pk).exclude(sealed_rejects=b"")
            changed += same.update(sealed_rejects=sealed)
    return changed


def _over(merchant: Merchant, limit: datetime) -> Iterator[QuerySet[Any]]:
    """Yield the rows that are old and that no experiment needs whose guests are still known."""
    known = population.of_merchant(merchant.pk).filter(forgotten_at=None)
    first = known.aggregate(first=Min("confirmed_at"))["first"]
    old = Q(merchant=merchant, seen_at__lte=limit)
    if first is None:
        yield from (model._base_manager.filter(old) for model in (Visit, UsedReward, GuestLink))
        return
    yield Visit.objects.filter(old, at__lt=first - LOOKBACK)
    yield UsedReward.objects.filter(old, used_at__lt=first)
    yield GuestLink.objects.filter(old).exclude(Exists(Recipient.objects.filter(fingerprint=OuterRef("fingerprint"))))


def _deleted(rows: QuerySet[Any]) -> bool:
    some = list(rows.values_list("pk", flat=True)[:AT_ONCE])
    if some:
        rows.model._base_manager.filter(pk__in=some).delete()
    return bool(some)


def _drop(keys: Collection[int], *, at: datetime) -> None:
    """Delete stored files, and end the imports that would still need them."""
    open_ones = OutcomeImport.objects.filter(pk__in=keys, stage__in=OPEN)
    with transaction.atomic():
        open_ones.update(stage=ImportStage.DROPPED, due_at=None, lease_token=None)
        forget_files(keys, at=at)


def _blanked(merchant: Merchant, limit: datetime, *, at: datetime) -> bool:
    old = OutcomeImport.objects.filter(merchant=merchant, at__lte=limit, erased_at=None)
    keys = list(old.values_list("pk", flat=True)[:AT_ONCE])
    _drop(keys, at=at)
    OutcomeFile.objects.filter(outcome_import__in=keys).update(file_name="", sealed_sheets=b"", columns=[])
    return bool(OutcomeImport.objects.filter(pk__in=keys).update(sealed_rejects=b"", erased_at=at))
