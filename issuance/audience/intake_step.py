"""The step that reads an uploaded list into recipients, arms and batches."""

from datetime import datetime
from typing import Any

from django.db import transaction

from engine.clock import Clock, now
from engine.leases import LeaseLost, claim_one, finish, hold, renewing
from engine.moves import Overtaken
from issuance.audience import member_index
from issuance.audience.batching import clear
from issuance.audience.intake import ReadingOutcome, read_audience
from issuance.audience.recognition import RecognisedUpload, recognise
from issuance.locks import lock_campaign
from issuance.models import Issuance, IssuanceEvent, Upload
from issuance.states import IssuanceMove, IssuanceState
from lists.file_problems import BEYOND_LIMITS, FileProblem, Unopenable
from lists.tables import open_table
from lists.uploads import delete_on_commit


class _ArmsChanged(Exception):
    """Another issuance of the campaign was read in the meantime. Its guests keep their arms, so read again."""


def read_one_upload(*, clock: Clock = now) -> bool:
    """Read the upload that has waited longest. Return whether there was one."""
    waiting = Issuance.objects.filter(state=IssuanceState.READING, upload__isnull=False)
    issuance = claim_one(waiting.select_related("campaign", "merchant", "only_variant", "upload"), at=clock())
    if issuance is None:
        return False
    try:
        with renewing(issuance, clock=clock):
            _read(issuance, clock=clock)
    except _ArmsChanged:
        finish(issuance, due_at=clock())
    except (LeaseLost, Overtaken):
        return True  # another worker has taken it over, or a user has changed the columns
    return True


def _read(issuance: Issuance, *, clock: Clock) -> None:
    clear(issuance)
    upload, read_before = issuance.upload, _reads_of_others(issuance)
    try:
        problem = _settle(issuance, recognise(upload))
        if problem is None:
            with open_table(upload) as file:
                outcome = read_audience(upload=upload, file=file, clock=clock)
    except Unopenable as refusal:
        problem = refusal.problem
    if problem is not None:
        _give_up(issuance, problem, at=clock())
        return
    _conclude(issuance, outcome, read_before=read_before, at=clock())


def _give_up(issuance: Issuance, problem: FileProblem, *, at: datetime) -> None:
    """Say why the file cannot be used. Of a file beyond the limits nothing is kept."""
    if problem in BEYOND_LIMITS:
        clear(issuance)
    with transaction.atomic():
        issuance.move(IssuanceMove.UNREADABLE, by=None, at=at, problem=problem.value)
        if problem in BEYOND_LIMITS:
            Upload.objects.filter(issuance=issuance).update(sealed_sheets=b"", findings={}, sealed_examples=b"")
            delete_on_commit(issuance.upload)


def _settle(issuance: Issuance, recognised: RecognisedUpload | FileProblem) -> FileProblem | None:
    """Save how the file is read, unless a user has chosen other columns since. Raises LeaseLost."""
    if isinstance(recognised, FileProblem):
        return recognised
    settled = recognised.settled()
    with transaction.atomic():
        hold(issuance)
        Upload.objects.filter(issuance=issuance).update(**settled)
    for name, value in settled.items():
        setattr(issuance.upload, name, value)
    if recognised.shape.questions:
        return FileProblem.SEVERAL_COLUMNS
    return None if recognised.shape.mapping else FileProblem.NO_IDENTIFIERS


def _conclude(issuance: Issuance, outcome: ReadingOutcome, *, read_before: int, at: datetime) -> None:
    strange = member_index.strangers_asked_about(issuance)
    with transaction.atomic():
        lock_campaign(issuance.campaign_id)
        if _reads_of_others(issuance) != read_before:
            raise _ArmsChanged
        upload = Upload.objects.filter(issuance=issuance)
        found = {"findings": outcome.kept(), "sealed_examples": outcome.findings.sealed()}
        upload.update(bytes_read=issuance.upload.size, lines_read=outcome.lines, **found)
        facts: dict[str, Any] = {"lines": outcome.lines, "left_out": dict(outcome.left_out), "strangers": strange}
        issuance.move(IssuanceMove.READ, by=None, at=at, **facts)


def _reads_of_others(issuance: Issuance) -> int:
    read = IssuanceEvent.objects.filter(issuance__campaign=issuance.campaign_id, move=IssuanceMove.READ)
    return read.exclude(issuance=issuance.pk).count()
