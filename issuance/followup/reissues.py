"""Reissues: a linked draft that makes good revoked rewards, with the guests of the revoked jobs or with a new list.

The guests of a job go into one reissue at most, until that is discarded: two clicks reward no guest twice.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from campaigns.models import Campaign
from engine.clock import Clock, now
from engine.leases import LeaseLost, claim_one, finish, hold, renewing
from engine.moves import Overtaken
from issuance.drafts import drafts
from issuance.files import guest_files, original_rows
from issuance.locks import lock_batches, lock_follow_ups
from issuance.models import Batch, Issuance, Upload
from issuance.models.batch import BatchQuerySet
from issuance.states import BatchState, IssuanceMove, IssuanceState
from lists import uploads
from lists.file_problems import FileProblem

WHEN_FULL = timedelta(minutes=1)


class NothingToReissue(Exception):
    """The issuance has no revoked job, or reissues have taken over the guests of all of them."""


def to_make_good(issuance: Issuance) -> BatchQuerySet:
    """Return the revoked jobs of an issuance whose guests no reissue has taken over."""
    here = Batch.objects.filter(issuance=issuance, issuance__erased_at=None)
    return here.filter(state=BatchState.REVOKED, is_control=False, reissue=None)


def reissue_to_same(*, issuance: Issuance, campaign: Campaign, by: User | None, at: datetime) -> Issuance:
    """Begin a draft with the guests whose rewards were revoked. A step adds them; then it is a draft like any other.

    In the same campaign guests keep their arms. Raises NothingToReissue, and NotLive and NoShares of the drafts.
    """
    with transaction.atomic():
        lock_follow_ups(issuance)
        child = _begun(issuance, campaign, by=by, at=at)
        jobs = lock_batches(to_make_good(issuance))
        if not Batch.objects.filter(pk__in=[job.pk for job in jobs]).update(reissue=child):
            raise NothingToReissue
        child.move(IssuanceMove.UPLOADED, by=by, at=at, due_at=at)
    return child


def reissue_to_others(*, issuance: Issuance, campaign: Campaign, by: User | None, at: datetime) -> Issuance:
    """Begin a linked draft without guests; a user adds a list to it. Raises NotLive and NoShares of the drafts."""
    return _begun(issuance, campaign, by=by, at=at)


def _begun(issuance: Issuance, campaign: Campaign, *, by: User | None, at: datetime) -> Issuance:
    only = issuance.only_variant if campaign.pk == issuance.campaign_id else None
    return drafts.start(campaign=campaign, by=by, at=at, only_variant=only, reissue_of=issuance)


# --- The step ------------------------------------------------------------------------------------------------


def prepare_one_reissue(*, clock: Clock = now) -> bool:
    """Add the guests of the reissue that has waited longest. Return whether there was one."""
    waiting = Issuance.objects.filter(state=IssuanceState.READING, reissue_of__isnull=False, upload=None)
    child = claim_one(waiting.select_related("reissue_of"), at=clock())
    if child is None:
        return False
    try:
        with renewing(child, clock=clock):
            _add_people(child, clock=clock)
    except (LeaseLost, Overtaken):
        return True  # another worker has it by now, or a user has discarded it
    except uploads.NoRoom:
        finish(child, due_at=clock() + WHEN_FULL)
    return True


def _add_people(child: Issuance, *, clock: Clock) -> None:
    """Store the guests as a file with the original columns, as a user might have uploaded it, to be read next."""
    assert child.reissue_of is not None
    file = _Streamed(guest_files.affected_csv(child.reissue_of, list(child.made_good.all())))
    sent_to = original_rows.width_of(child.reissue_of) + guest_files.SENT_TO
    name = f"revoked-guests-of-{child.reissue_of_id}.csv"
    mapping = {"email": sent_to, "phone": sent_to}
    added = drafts.stored_upload(issuance=child, file=file, name=name, at=clock(), mapping=mapping, header_row=1)
    try:
        with added as facts, transaction.atomic():
            hold(child)
            Upload.objects.create(issuance=child, **facts)
            finish(child, due_at=clock())
    except uploads.TooLarge:
        child.move(IssuanceMove.UNREADABLE, by=None, at=clock(), problem=FileProblem.TOO_LARGE.value)


class _Streamed:
    """Chunks of bytes as a file to be read once. Each read returns the next chunk, of any length."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def read(self, _: int, /) -> bytes:
        """Return the next chunk; nothing at the end."""
        return next(self._chunks, b"")
