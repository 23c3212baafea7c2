"""What a user does to a draft: start it, add the file, change the columns, discard it."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Campaign, Variant
from campaigns.states import CampaignState
from issuance.audience import column_memory, line_corrections, member_index, screening
from issuance.audience.recognition import RecognisedUpload, recognise
from issuance.audience.screening import Exclusion
from issuance.locks import lock_batches
from issuance.models import Batch, Failure, Issuance, Origin, Upload
from issuance.states import BatchMove, BatchState, IssuanceMove, IssuanceState
from lists.detection import Shape
from lists.file_problems import FileProblem
from lists.tables import beginning_of_stored
from lists.uploads import Readable, delete_on_commit, room_of, stored_table
from vault.data_map import Lifetime
from vault.erasing import erase
from vault.masking import masked_name

LONGEST_AT_ONCE = 20_000
"""Lines of a discarded draft that are erased while the user waits."""


class NotStartable(Exception):
    """Nothing can be issued for the campaign as it is. The text is for the user."""

    words = "Nothing can be issued for this campaign."

    def __init__(self) -> None:
        super().__init__(self.words)


class NotLive(NotStartable):
    """Rewards can only be issued for a campaign that is live at Thanx."""

    words = "The campaign is not live at Thanx."


class NoShares(NotStartable):
    """The audience cannot be divided: no arm has a share."""

    words = (
        "No group of this campaign has a share of the guests yet. Set the percentages, or choose one group for"
        " everybody."
    )


def start(
    *,
    campaign: Campaign,
    by: User | None,
    at: datetime,
    only_variant: Variant | None = None,
    reissue_of: Issuance | None = None,
    included_anyway: Collection[Exclusion] = (),
    origin: Origin | None = None,
) -> Issuance:
    """Begin a draft for a live campaign. With `only_variant`, one of the campaign's, all guests get that arm.

    `reissue_of` is the issuance whose revoked rewards are issued again. `included_anyway` are reasons to override, as
    far as users may override them. `origin` says where the guests come from if not from a list. Raises NotLive and
    NoShares.
    """
    if campaign.state != CampaignState.LIVE:
        raise NotLive
    if only_variant is not None and only_variant.campaign_id != campaign.pk:
        raise ValueError("the variant is another campaign's")
    if only_variant is None and not any(campaign.variants.values_list("share", flat=True)):
        raise NoShares
    with transaction.atomic():
        issuance = Issuance.objects.create(
            merchant=campaign.merchant,
            campaign=campaign,
            only_variant=only_variant,
            reissue_of=reissue_of,
            included_anyway=screening.overridden(included_anyway),
            origin=origin or "",
            created_by=by,
            created_at=at,
        )
        only = only_variant.name if only_variant else ""
        facts: dict[str, Any] = {"reissue_of": reissue_of.pk} if reissue_of else {}
        facts |= {"origin": origin.value} if origin else {}
        member_index.make_due(merchant=campaign.merchant, at=at)
        audit.record(
            action="issuance begun", on=issuance, by=by, at=at, campaign=campaign.pk, only_variant=only, **facts
        )
    return issuance


def add_file(
    *,
    issuance: Issuance,
    file: IO[bytes],
    name: str,
    by: User | None,
    at: datetime,
    mapping: Mapping[str, int] | None = None,
    header_row: int | None = None,
    prefers: str | None = None,
    reads_hidden: bool = False,
) -> Issuance:
    """Store the file encrypted, as it streams in, and have it read: the draft is READING, due at once.

    What is not given is guessed when the file is read. A file added before is replaced. Raises TooLarge, NoRoom,
    IllegalMove and Overtaken; the draft is then as it was.
    """
    issuance.after(IssuanceMove.UPLOADED)
    said: dict[str, Any] = {"mapping": mapping, "header_row": header_row, "prefers": prefers}
    said["reads_hidden"] = reads_hidden
    room = room_of(issuance.merchant_id) + sum(Upload.objects.filter(issuance=issuance).values_list("size", flat=True))
    with stored_upload(issuance=issuance, file=file, name=name, at=at, room=room, **said) as facts:
        _keep_upload(issuance, facts, by=by, at=at)
    return issuance


@contextmanager
def stored_upload(
    *,
    issuance: Issuance,
    file: Readable,
    name: str,
    at: datetime,
    mapping: Mapping[str, int] | None = None,
    header_row: int | None = None,
    prefers: str | None = None,
    reads_hidden: bool = False,
    room: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Store a file and yield the fields of its upload, for a block that writes it; see `lists.uploads.stored_table`."""
    said = {
        "file_name": masked_name(name)[:255],
        "uploaded_at": at,
        "header_row": header_row,
        "mapping": dict(mapping or {}),
        "mapping_is_guessed": mapping is None,
        "prefers": prefers or "email",
        "reads_hidden": reads_hidden,
    }
    with stored_table(file=file, folder=str(issuance.pk), purpose=Upload.PURPOSE, room=room) as facts:
        yield {**facts, **said}


def _keep_upload(issuance: Issuance, facts: dict[str, Any], *, by: User | None, at: datetime) -> None:
    unread: dict[str, Any] = {"encoding": "", "delimiter": "", "sheet": None, "columns": [], "as_last_time": False}
    unread |= {"bytes_read": 0, "lines_read": 0}
    before = _counts(issuance)
    with transaction.atomic():
        issuance.move(IssuanceMove.UPLOADED, by=by, at=at, due_at=at, problem="", lines=0, left_out={})
        replaced = Upload.objects.filter(issuance=issuance).first()
        upload, _ = Upload.objects.update_or_create(issuance=issuance, defaults=facts | unread)
        line_corrections.forget(issuance)
        issuance.upload = upload
        if replaced:
            delete_on_commit(replaced)
        added = {"before": before, "size": facts["size"], "replaced": replaced.digest if replaced else ""}
        audit.record(action="people added", on=issuance, by=by, at=at, file_digest=facts["digest"], **added)


@dataclass(frozen=True, kw_only=True)
class ColumnMatch:
    """What a user says of a table. `header_row` is the row that names the columns, 0 for none; `sheet` is from 0.

    `reads_hidden` has rows read that the spreadsheet does not show.
    """

    mapping: Mapping[str, int]  # such as {"email": 1}, zero-based
    header_row: int
    sheet: int | None
    prefers: str
    encoding: str = ""
    reads_hidden: bool = False


def match_columns(*, issuance: Issuance, match: ColumnMatch, by: User | None, at: datetime) -> None:
    """Save the match for files of this shape; if new, reread the file. Raises IllegalMove, Overtaken and Unopenable."""
    upload = issuance.upload
    upload.issuance = issuance
    beginning = beginning_of_stored(upload)
    country = issuance.merchant.country
    said: dict[str, Any] = {"sheet": match.sheet, "header_row": match.header_row, "encoding": match.encoding}
    matched = beginning.shape(country=country, **said)
    if isinstance(matched, Shape):
        matched = replace(matched, mapping=match.mapping)
        column_memory.remember_columns(
            beginning, merchant=issuance.merchant, matched=matched, prefers=match.prefers, at=at
        )
    if match == _as_it_is(recognise(upload)) and issuance.state != IssuanceState.UNREADABLE:
        return
    change_columns(issuance=issuance, match=match, by=by, at=at)


def _as_it_is(recognised: RecognisedUpload | FileProblem) -> ColumnMatch | None:
    if isinstance(recognised, FileProblem):
        return None
    shape = recognised.shape
    return ColumnMatch(
        mapping=dict(shape.mapping),
        header_row=shape.header_row,
        sheet=shape.sheet,
        prefers=recognised.prefers,
        encoding=shape.encoding,
        reads_hidden=shape.reads_hidden,
    )


def change_columns(*, issuance: Issuance, match: ColumnMatch, by: User | None, at: datetime) -> None:
    """Have the file read again with other columns. Raises IllegalMove and Overtaken."""
    after = {**vars(match), "mapping": dict(match.mapping)}
    before = _counts(issuance) | {name: getattr(issuance.upload, name) for name in after}
    with transaction.atomic():
        issuance.move(IssuanceMove.REREAD, by=by, at=at, due_at=at, problem="", lines=0, left_out={})
        if match.sheet != issuance.upload.sheet:
            line_corrections.forget(issuance)  # another sheet has other lines
        afresh = {"mapping_is_guessed": False, "as_last_time": False, "columns": [], "bytes_read": 0, "lines_read": 0}
        Upload.objects.filter(issuance=issuance).update(**after, **afresh)
        digest = issuance.upload.digest
        audit.record(
            action="columns changed", on=issuance, by=by, at=at, file_digest=digest, before=before, after=after
        )
    issuance.upload.refresh_from_db()


def discard(*, issuance: Issuance, by: User | None, at: datetime) -> None:
    """Give up a draft: nothing of it is sent, its file is deleted, and other drafts may take its guests.

    Those are the failures that it would have retried, and the revoked jobs that it would have issued again. Raises
    IllegalMove for a confirmed issuance, and Overtaken.
    """
    before = _counts(issuance)
    with transaction.atomic():
        issuance.move(IssuanceMove.DISCARDED, by=by, at=at)
        for batch in Batch.objects.filter(issuance=issuance, state=BatchState.DRAFT):
            batch.move(BatchMove.DISCARDED, by=by, at=at)
        line_corrections.forget(issuance)
        freed = Failure.objects.filter(retry=issuance).update(retry=None)
        taken = lock_batches(Batch.objects.filter(reissue=issuance))
        Batch.objects.filter(pk__in=[batch.pk for batch in taken]).update(reissue=None)
        upload = Upload.objects.filter(issuance=issuance).first()
        if upload:
            Upload.objects.filter(pk=upload.pk).update(sealed_sheets=b"", erased_at=at)
            delete_on_commit(upload)
        digest = upload.digest if upload else ""
        audit.record(
            action="draft discarded", on=issuance, by=by, at=at, file_digest=digest, before=before, failures_freed=freed
        )
        is_needed = before["state"] == IssuanceState.READING or issuance.origin == Origin.FEEDBACK
        if not is_needed and issuance.lines <= LONGEST_AT_ONCE:
            transaction.on_commit(lambda: _erase(issuance, at=at))


def _erase(issuance: Issuance, *, at: datetime) -> None:
    """Keep nothing of a discarded draft.

    The step does it where the draft is large, where a worker is just reading it, and where guests are still to be told
    why they were left out.
    """
    for lifetime in (Lifetime.ISSUANCE, Lifetime.EXPERIMENT):
        erase(lifetime, owners=[issuance.pk], at=at)
    Issuance.objects.filter(pk=issuance.pk).update(erased_at=at, forgotten_at=at)


def _counts(issuance: Issuance) -> dict[str, Any]:
    return {"state": str(issuance.state), "lines": issuance.lines, "left_out": issuance.left_out_total}
