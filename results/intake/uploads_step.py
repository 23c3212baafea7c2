"""Files of outcomes that a user uploads: stored encrypted, read for a preview, counted once the user says so."""

import io
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import islice
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from engine import correlation
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from issuance.models import Recipient
from lists.file_problems import FileProblem, Unopenable
from lists.tables import open_table
from lists.uploads import delete_on_commit, room_of, stored_table
from results import population
from results.intake.guest_join import AT_ONCE, GuestJoin
from results.intake.importing import check_files, import_files
from results.models import FileKind, ImportStage, OutcomeFile, OutcomeImport
from results.outcome_files.outcome_cells import OutcomeProblem
from results.outcome_files.outcome_lines import OpenedFile, OutcomesRefused, opened, rows_of_outcomes
from vault.files import open_sealed
from vault.masking import masked_name
from vault.sealing import Unsealable

AT_WORK = (ImportStage.READING, ImportStage.COUNTING)


class NoLongerPreview(Exception):
    """Another user has counted the files, or dropped them."""


def add_uploads(*, merchant: Merchant, files: Sequence[tuple[IO[bytes], str]], by: User, at: datetime) -> OutcomeImport:
    """Store files for a preview. Raises TooLarge and NoRoom; nothing is kept then."""
    with ExitStack() as stack:
        room = room_of(merchant.pk)
        stored = [
            stack.enter_context(stored_table(file=file, folder="outcomes", purpose=OutcomeFile.PURPOSE, room=room))
            for file, _ in files
        ]
        with transaction.atomic():
            facts = {"stage": ImportStage.READING, "due_at": at, "correlation": correlation.current()}
            kept = OutcomeImport.objects.create(merchant=merchant, by=by, at=at, **facts)
            for facts_of_file, (_, name) in zip(stored, files, strict=True):
                OutcomeFile.objects.create(outcome_import=kept, file_name=masked_name(name)[:255], **facts_of_file)
            audit.record(action="outcomes added", on=kept, by=by, at=at, digests=[each["digest"] for each in stored])
    return kept


def confirm_uploads(kept: OutcomeImport, *, by: User, at: datetime) -> None:
    """Have the files of a preview counted. Raises NoLongerPreview."""
    with transaction.atomic():
        _leave_preview(kept, stage=ImportStage.COUNTING, by=by, due_at=at)
        audit.record(action="outcomes confirmed", on=kept, by=by, at=at)


def drop_uploads(kept: OutcomeImport, *, by: User, at: datetime) -> None:
    """Delete the files of a preview, which then count nowhere. Raises NoLongerPreview."""
    with transaction.atomic():
        _leave_preview(kept, stage=ImportStage.DROPPED, by=by, due_at=None)
        forget_files([kept.pk], at=at)
        audit.record(action="outcomes dropped", on=kept, by=by, at=at)


def read_one_import(*, clock: Clock = now) -> bool:
    """Read the files of one import for a preview, or count them. Return whether there was one."""
    kept = claim_one(OutcomeImport.objects.filter(stage__in=AT_WORK).select_related("merchant", "by"), at=clock())
    if kept is None:
        return False
    reads = kept.stage == ImportStage.READING
    try:
        with renewing(kept, clock=clock), _refused_if_lost():
            files = [_opened(each, kept.merchant) for each in kept.files.all()]
            if reads:
                found = _previewed(kept, files)
            else:
                import_files(files, merchant=kept.merchant, by=kept.by, at=clock(), uploaded=kept)
    except OutcomesRefused as refusal:
        with transaction.atomic():
            finish(kept, due_at=None, stage=ImportStage.REFUSED, problem=str(refusal)[:500])
            forget_files([kept.pk], at=clock())
        return True
    if reads:
        finish(kept, due_at=None, stage=ImportStage.PREVIEW, found=found)
    return True


def forget_files(imports: Collection[int], *, at: datetime) -> None:
    """Delete the stored files of imports, with what is kept of their content, once the transaction is committed."""
    stored = OutcomeFile.objects.filter(outcome_import__in=imports, erased_at=None)
    for each in stored:
        delete_on_commit(each)
    stored.update(erased_at=at, stored_as="", sealed_sheets=b"", columns=[])


@contextmanager
def _refused_if_lost() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, Unsealable, Unopenable):
        raise OutcomesRefused("The files can no longer be opened. Add them again.") from None


def _opened(each: OutcomeFile, merchant: Merchant) -> OpenedFile:
    if not each.stored_as:
        raise Unopenable(FileProblem.LOST)

    def source() -> io.BufferedReader:
        return open_sealed(storage=default_storage, name=each.stored_as, purpose=OutcomeFile.PURPOSE)

    with open_table(each):
        return opened(source, name=each.file_name, country=merchant.country)


def _previewed(kept: OutcomeImport, files: Sequence[OpenedFile]) -> dict[str, Any]:
    """Note what is in the files, and return how many guests of each arm they name. Raises OutcomesRefused."""
    check_files(files, merchant=kept.merchant)
    found = Counter[str]()
    for row, each in zip(kept.files.all(), files, strict=True):
        counts = {"rows": each.rows, "rejected": each.rejected, "first_at": each.first_at, "last_at": each.last_at}
        OutcomeFile.objects.filter(pk=row.pk).update(kind=each.kind, says_times=each.says_times, **counts)
        if each.kind in (FileKind.MEMBERSHIPS, FileKind.SIMPLE):
            found.update(_guests_by_arm(each, kept.merchant, at=kept.at))
    sizes = _arms(Recipient.objects.filter(batch__issuance__in=population.of_merchant(kept.merchant_id)))
    return {"guests": dict(sizes), "named": dict(found), "problems": _problems(files)}


def _guests_by_arm(each: OpenedFile, merchant: Merchant, *, at: datetime) -> Counter[str]:
    """Return how many guests of each arm a file names by an identifier."""
    join, found = GuestJoin(merchant, at=at), Counter[str]()
    rows: Iterable[Any] = (row for _, row in rows_of_outcomes(each) if not isinstance(row, OutcomeProblem))
    rows = iter(rows)
    while some := list(islice(rows, AT_ONCE)):
        prints = {one for row in some for one in join.identifiers(email=row.email, phone=row.phone)}
        counted = population.of_merchant(merchant.pk)
        found.update(_arms(Recipient.objects.filter(batch__issuance__in=counted, fingerprint__in=prints)))
    return found


def _arms(recipients: Any) -> Counter[str]:
    rows = recipients.order_by().values_list("batch__is_control").annotate(Count("pk"))
    return Counter({"held back" if is_control else "with a reward": number for is_control, number in rows})


def _problems(files: Sequence[OpenedFile]) -> dict[str, int]:
    total = Counter[str]()
    for each in files:
        total.update({problem.value: count for problem, count in each.problems.items()})
    return dict(total)


def _leave_preview(kept: OutcomeImport, *, stage: ImportStage, by: User, due_at: datetime | None) -> None:
    rows = OutcomeImport.objects.filter(pk=kept.pk, stage=ImportStage.PREVIEW)
    if rows.update(stage=stage, by=by, due_at=due_at, correlation=correlation.current()) != 1:
        raise NoLongerPreview
