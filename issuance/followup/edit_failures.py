"""Corrections of failures: a user types another identifier in place of one that failed, to be retried later.

No guest may get two rewards by a correction. A guest who is in the issuance, in a retry of it or in the issuance that
it retries, or who is held back in the campaign, is refused here with a reason.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from issuance import manifests
from issuance.audience import left_out_reasons
from issuance.audience.screening import Screen, root_of
from issuance.locks import lock_follow_ups
from issuance.models import Batch, Correction, Failure, Issuance, Recipient
from issuance.models.observed import FailureQuerySet
from issuance.states import BatchState, IssuanceState
from lists.identifiers import CellProblem, normalise_email, normalise_phone
from lists.lines import LineProblem
from partner_api.answers.jobs import Identifier
from vault.fields import purpose_of
from vault.sealing import Fingerprinter, Unsealable, seal, unseal

PURPOSE = purpose_of(Correction, "sealed_value")
NOT_OPEN = "This guest was retried or settled meanwhile. Nothing was changed."


@dataclass(frozen=True, kw_only=True)
class SavedCorrections:
    """What came of typed corrections: `kept` wait for a retry, `undone` are gone, `refused` says why, by failure."""

    kept: int
    undone: int
    refused: Mapping[int, str]


def save(*, issuance: Issuance, typed: Mapping[int, str], by: User | None, at: datetime) -> SavedCorrections:
    """Keep what a user typed for failures of an issuance, by their primary keys.

    An empty text, or the identifier that failed, takes a correction back. The number of queries is fixed, except that
    each batch with one of the failures is opened.
    """
    with transaction.atomic():
        lock_follow_ups(root_of(issuance))
        rows = Failure.objects.open().filter(pk__in=typed, batch__issuance=issuance).select_related("batch")
        typed_now = _TypedCorrections(issuance, list(rows), typed)
        before = dict(Correction.objects.filter(failure__in=typed_now.open).values_list("failure_id", "fingerprint"))
        refused = typed_now.refused(at=at)
        undone = Correction.objects.filter(failure__in=typed_now.unchanged).delete()[0]
        written = {key: found for key, found in typed_now.changed.items() if key not in refused}
        new = {key: found for key, found in written.items() if bytes(before.get(key, b"")) != found.fingerprint}
        # A refused failure loses its earlier correction, too: another failure may have taken that guest.
        Correction.objects.filter(failure__in=[*refused.keys() & before.keys(), *new]).delete()
        _write(issuance, new, by=by, at=at)
        if new or undone:
            _audit(issuance, by=by, at=at, corrected=len(new), undone=undone)
    return SavedCorrections(kept=len(written), undone=undone, refused=refused)


def values_of(failures: Iterable[Failure]) -> dict[int, str]:
    """Return the corrected identifier of each failure that has one, by the failure's primary key. One query.

    Corrections that can no longer be opened are left out.
    """
    found = {}
    for row in Correction.objects.filter(failure__in=list(failures)):
        try:
            found[row.failure_id] = _written(row)
        except Unsealable:
            continue
    return found


def corrected_identifiers(failures: FailureQuerySet) -> dict[int, Identifier]:
    """Return the corrected identifiers of one batch's failures, by position. Raises Unsealable."""
    found = {}
    for row in Correction.objects.filter(failure__in=failures).select_related("failure"):
        value = _written(row)
        found[row.failure.position] = Identifier(type="email" if "@" in value else "phone", value=value)
    return found


def _written(row: Correction) -> str:
    return unseal(row.sealed_value, purpose=PURPOSE).decode()


def family_of(issuance: Issuance) -> list[int]:
    """Return the ids of an issuance's root and of all that retries it, directly or indirectly."""
    found = newest = [root_of(issuance).pk]
    while newest:
        newest = list(Issuance.objects.kept().filter(parent__in=newest).values_list("pk", flat=True))
        found = [*found, *newest]
    return found


# --- What was typed --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _NewIdentifier:
    """An identifier in the form that is sent, and its fingerprint."""

    value: str
    fingerprint: bytes


def read_identifier(text: str, *, merchant: Merchant) -> Identifier | CellProblem:
    """Return the identifier that a user typed, or why it is none."""
    if "@" in text:
        email = normalise_email(text)
        return Identifier(type="email", value=email) if isinstance(email, str) else email
    phone = normalise_phone(text, country=merchant.country)
    return Identifier(type="phone", value=phone) if isinstance(phone, str) else phone


class _TypedCorrections:
    """What was typed for failures, sorted: `unchanged`, `changed` to another identifier, and the rest, refused."""

    def __init__(self, issuance: Issuance, failures: list[Failure], typed: Mapping[int, str]) -> None:
        self._issuance = issuance
        self._wrong = {key: NOT_OPEN for key in typed if key not in {failure.pk for failure in failures}}
        self.open = failures
        self.unchanged: list[int] = []
        self.changed: dict[int, _NewIdentifier] = {}
        as_sent, prints = _identifiers(failures), Fingerprinter(issuance.merchant_id)
        for failure in failures:
            found = read_identifier(typed[failure.pk], merchant=issuance.merchant)
            if found is CellProblem.EMPTY or found == as_sent[failure.pk]:
                self.unchanged.append(failure.pk)
            elif isinstance(found, CellProblem):
                self._wrong[failure.pk] = left_out_reasons.of_line(found.value).advice
            else:
                fingerprint = prints.of(kind=found.type, value=found.value)
                self.changed[failure.pk] = _NewIdentifier(value=found.value, fingerprint=fingerprint)

    def refused(self, *, at: datetime) -> dict[int, str]:
        """Return why a correction cannot be kept, by the failure's primary key."""
        keys = {failure.pk for failure in self.open}
        written_now = {each.fingerprint for each in self.changed.values()}
        known = _known(self._issuance, written_now, besides=keys, at=at)
        refused = dict(self._wrong)
        for key, written in self.changed.items():
            if written.fingerprint in known:
                refused[key] = known[written.fingerprint]
            else:
                known[written.fingerprint] = "Two guests here would become the same one. Each gets one reward only."
        return refused


def _identifiers(failures: list[Failure]) -> dict[int, Identifier | None]:
    positions: dict[Batch, list[int]] = {}
    for failure in failures:
        positions.setdefault(failure.batch, []).append(failure.position)
    known = manifests.identifiers_of_some(positions)
    return {failure.pk: known[failure.batch_id].get(failure.position) for failure in failures}


# --- Guests who may not be typed -----------------------------------------------------------------------------


def _known(
    issuance: Issuance, fingerprints: Collection[bytes], *, besides: Collection[int], at: datetime
) -> dict[bytes, str]:
    """Return why some guests may not be typed, by their fingerprints. `besides`: the failures that are corrected now.

    New guests are screened by the choices of the root issuance, so that the page can say so beside the field. The retry
    screens them again when it is prepared and confirmed.
    """
    if not fingerprints:
        return {}
    family = family_of(issuance)
    corrected = Correction.objects.filter(issuance__in=family, fingerprint__in=fingerprints)
    found = {
        bytes(fingerprint): "Another guest of this issuance was corrected to the same one already."
        for fingerprint in corrected.exclude(failure__in=besides).values_list("fingerprint", flat=True)
    }
    for fingerprint, line, is_control, in_family in _recipients(issuance, fingerprints, family):
        if is_control:
            found[fingerprint] = left_out_reasons.of_line(LineProblem.HELD_BACK_BEFORE.value).todo
        elif in_family:
            found.setdefault(fingerprint, f"This guest is in this issuance already, on line {line:,}.")
    for fingerprint, reason in Screen(root_of(issuance), at=at).reasons(list(fingerprints)).items():
        found.setdefault(fingerprint, left_out_reasons.of_line(reason.value).advice)
    return found


def _recipients(
    issuance: Issuance, fingerprints: Collection[bytes], family: Collection[int]
) -> list[tuple[bytes, int, bool, bool]]:
    """Return fingerprint, line, whether held back, and whether in the family, of those in it or held back elsewhere."""
    settled = Q(batch__is_control=True, batch__issuance__state__in=[IssuanceState.READY, IssuanceState.CONFIRMED])
    in_campaign = settled & Q(batch__variant__campaign=issuance.campaign_id)
    in_family = Q(batch__issuance__in=family)
    rows = Recipient.objects.filter(in_family | in_campaign, fingerprint__in=fingerprints)
    found = rows.exclude(batch__state=BatchState.DISCARDED).order_by("line").select_related("batch")
    return [
        (bytes(each.fingerprint), each.line, each.batch.is_control, each.batch.issuance_id in family) for each in found
    ]


# --- Keeping ---------------------------------------------------------------------------------------------------


def _write(issuance: Issuance, new: Mapping[int, _NewIdentifier], *, by: User | None, at: datetime) -> None:
    Correction.objects.bulk_create(
        Correction(
            failure_id=key,
            issuance=issuance,
            fingerprint=written.fingerprint,
            sealed_value=seal(written.value.encode(), purpose=PURPOSE),
            by=by,
            at=at,
        )
        for key, written in new.items()
    )


def _audit(issuance: Issuance, *, by: User | None, at: datetime, **facts: Any) -> None:
    audit.record(action="failures corrected", on=issuance, by=by, at=at, merchant_id=issuance.merchant_id, **facts)
