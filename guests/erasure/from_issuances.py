"""Erase one guest from issuances: identifiers, fingerprints, lines, corrections and the uploaded files."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from guests.erasure.known_guest import KnownGuest
from issuance.audience.intake import DOUBTFUL_VALUE
from issuance.audience.left_out_cells import cell_of
from issuance.audience.line_corrections import CORRECTION
from issuance.files.original_rows import upload_of
from issuance.lifetimes.endings import needed_now
from issuance.locks import lock_follow_ups
from issuance.manifests import blank_positions
from issuance.models import (
    Batch,
    CorrectedLine,
    Correction,
    DoubtfulLine,
    Failure,
    Issuance,
    IssuedReward,
    Manifest,
    Recipient,
    RejectedLine,
    Settlement,
)
from issuance.states import IssuanceState
from lists.kept_cells import open_cell
from vault.erasing import erase_table
from vault.sealing import Unsealable

SETTLED_WITH = "The guest was erased."
LINES = ((DoubtfulLine, DOUBTFUL_VALUE), (CorrectedLine, CORRECTION))


@dataclass(slots=True)
class Outcome:
    """What came of an erasure: rows by table, and what is kept with the reason and, where it is known, the time."""

    rows: Counter[str] = field(default_factory=Counter)
    kept: list[dict[str, str]] = field(default_factory=list)

    def keep(self, what: str, why: str, until: datetime | None = None) -> None:
        """Note something that is kept."""
        self.kept.append({"what": what, "why": why, "until": until.isoformat() if until else ""})


@dataclass(slots=True)
class _Places:
    """Where an issuance names the guest."""

    positions: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # by the batch's primary key
    lines: set[int] = field(default_factory=set)  # of its file
    rows: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # primary keys of lines, by table


def erase_from_issuances(guest: KnownGuest, outcome: Outcome, *, by: User | None, at: datetime) -> None:
    """Erase the guest from every issuance of the merchant that nothing needs the guest for."""
    for issuance, places in issuances_with(guest):
        needed = needed_now(issuance)
        if needed is not None:
            outcome.keep(f"issuance #{issuance.pk}", needed.why, needed.at)
        else:
            _erase_from(issuance, places, outcome, by=by, at=at)


def issuances_with(guest: KnownGuest) -> Iterator[tuple[Issuance, _Places]]:
    """Yield each issuance that names the guest, and where."""
    found: dict[int, _Places] = defaultdict(_Places)
    named = Recipient.objects.filter(fingerprint__in=guest.prints, batch__issuance__merchant=guest.merchant)
    for issuance, batch, position, line in named.values_list("batch__issuance", "batch", "position", "line"):
        found[issuance].positions[batch].append(position)
        found[issuance].lines.add(line)
    corrected = Correction.objects.filter(fingerprint__in=guest.prints, issuance__merchant=guest.merchant)
    for pk, issuance in corrected.values_list("pk", "issuance"):
        found[issuance].rows["issuance.Correction"].append(pk)
    unerased = Issuance.objects.kept().filter(merchant=guest.merchant, erased_at=None)
    for issuance in unerased.order_by("pk").values_list("pk", flat=True):
        _add_lines(guest, issuance, found)
    kept = Issuance.objects.kept().filter(pk__in=found).select_related("merchant", "campaign", "parent")
    for row in kept.order_by("pk"):
        yield row, found[row.pk]


def _add_lines(guest: KnownGuest, issuance: int, found: dict[int, _Places]) -> None:
    """Lines that were left out, doubted or corrected have no fingerprint, or not always: they are opened."""
    for model, purpose in LINES:
        rows = model.objects.filter(issuance=issuance)
        for pk, line, sealed in rows.values_list("pk", "line", "sealed_value").iterator(chunk_size=2_000):
            if guest.is_named_in(open_cell(sealed, purpose=purpose)):
                found[issuance].rows[model._meta.label].append(pk)
                found[issuance].lines.add(line)
    for left_out in RejectedLine.objects.filter(issuance=issuance).with_cells().iterator(chunk_size=2_000):
        if bytes(left_out.fingerprint or b"") in guest.prints or guest.is_named_in(cell_of(left_out)):
            found[issuance].rows["issuance.RejectedLine"].append(left_out.pk)
            found[issuance].lines.add(left_out.line)


def _erase_from(issuance: Issuance, places: _Places, outcome: Outcome, *, by: User | None, at: datetime) -> None:
    with transaction.atomic():
        lock_follow_ups(issuance)
        _settle_failures(issuance, places, by=by, at=at)
        for batch_id, positions in places.positions.items():
            _erase_from_batch(batch_id, positions, outcome)
        for model in (RejectedLine, DoubtfulLine, CorrectedLine, Correction):
            named = Q(pk__in=places.rows[model._meta.label])
            outcome.rows[model._meta.label] += model.objects.filter(named).delete()[0]
    if places.lines and (upload := upload_of(issuance)) is not None:
        outcome.rows["issuance.Upload"] += erase_table("issuance.Upload", owners=[upload.issuance_id], at=at)


def _erase_from_batch(batch_id: int, positions: Collection[int], outcome: Outcome) -> None:
    batch = Batch.objects.get(pk=batch_id)
    here = Q(batch=batch, position__in=positions)
    with suppress(Manifest.DoesNotExist, Unsealable):  # it is erased already, or no key opens it any more
        outcome.rows["issuance.Manifest"] += blank_positions(batch=batch, positions=positions)
    failed = Failure.objects.filter(here)
    outcome.rows["issuance.Correction"] += Correction.objects.filter(failure__in=failed).delete()[0]
    outcome.rows["issuance.IssuedReward"] += IssuedReward.objects.filter(here).exclude(user_id="").update(user_id="")
    outcome.rows["issuance.Recipient"] += Recipient.objects.filter(here).update(fingerprint=b"")


def _settle_failures(issuance: Issuance, places: _Places, *, by: User | None, at: datetime) -> None:
    """No user can retry the guest any more: the open failures say so."""
    if issuance.state != IssuanceState.CONFIRMED:
        return
    open_ones = Failure.objects.open().filter(batch__in=places.positions)
    mine = [row.pk for row in open_ones if row.position in places.positions[row.batch_id]]
    if mine:
        note = Settlement.objects.create(issuance=issuance, guests=len(mine), note=SETTLED_WITH, by=by, at=at)
        Failure.objects.filter(pk__in=mine).update(settlement=note)
