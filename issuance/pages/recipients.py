"""Every guest of an issuance, with the outcome, and the whole row of one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from django.core.paginator import Page, Paginator

from campaigns.models import Variant
from issuance import ledger, manifests
from issuance.files import original_rows
from issuance.files.file_rows import FileCell, names_of, whole_row
from issuance.jobs import guest_search, recipients
from issuance.jobs.failure_reasons import reason_of
from issuance.jobs.failures import words_of_retry
from issuance.jobs.recipients import OutcomeCount, RecipientList, RecipientOutcome
from issuance.ledger import Buckets
from issuance.models import Batch, Issuance, Recipient
from issuance.pages.batches import segments_of
from issuance.pages.filters import RecipientFilter
from issuance.pages.links import PageBelowRun, filtered_place
from issuance.states import BatchState
from partner_api.answers.jobs import Identifier
from ui.values import Segment
from ui.wording import counted
from vault.masking import masked_name, shown

PER_PAGE = 50
WORDS: dict[RecipientOutcome, str] = {
    RecipientOutcome.ISSUED: "Issued",
    RecipientOutcome.FAILED: "Failed",
    RecipientOutcome.UNKNOWN: "Unknown",
    RecipientOutcome.REVOKED: "Revoked",
    RecipientOutcome.IN_PROGRESS: "In progress",
    RecipientOutcome.NOT_SENT: "Not sent",
    RecipientOutcome.HELD_BACK: "Held back",
}


@dataclass(frozen=True, kw_only=True)
class RecipientRow:
    """One guest. `identifier` is empty once it has been erased, `job` None for guests who are held back."""

    line: int
    identifier: str = field(repr=False)
    name: str = field(repr=False)
    arm: str
    job: int | None
    outcome: str
    reason: str
    retry: int | None
    retry_words: str


@dataclass(frozen=True, kw_only=True)
class RecipientsPage(PageBelowRun):
    """The guests that the filter picks out, and the bar of all of them."""

    wanted: RecipientFilter
    segments: Sequence[Segment]
    arms: Sequence[Variant]
    outcomes: Sequence[tuple[str, str]]
    rows: Sequence[RecipientRow]
    page: Page[Recipient]
    title: str
    note: str
    filtered: bool
    not_found: ClassVar[str] = (
        "No guest of this issuance fits. Try the email address or phone number as it is in the file, or the number"
        " of its line. Lines that were left out are listed by themselves."
    )


def recipients_page(
    issuance: Issuance, batches: Sequence[Batch], *, wanted: RecipientFilter, number: str, clear: bool
) -> RecipientsPage:
    """Return the page, with guests masked unless `clear`.

    Its number of queries does not depend on the guests; only shown identifiers are decrypted.
    """
    shares = recipients.outcome_counts(batches)
    chosen = [batch for batch in batches if _is_wanted(batch, wanted)]
    some = [share for share in shares if share.batch in chosen and wanted.outcome in (None, share.outcome)]
    page: Page[Recipient] = Paginator(_listed(batches, some, who=wanted.who), PER_PAGE).get_page(number)
    buckets = ledger.total(ledger.buckets_of(batch) for batch in batches)
    return RecipientsPage(
        issuance=issuance,
        wanted=wanted,
        segments=[
            _as_filter(segment, issuance) for segment in segments_of(issuance, _with_left_out(issuance, buckets))
        ],
        arms=_arms(batches),
        outcomes=[(outcome.value, words) for outcome, words in WORDS.items() if getattr(buckets, outcome)],
        rows=_rows(issuance, list(page.object_list), shares, clear=clear),
        page=page,
        title=_title(wanted, chosen),
        note="" if wanted.who else _note(wanted.outcome, some, chosen),
        filtered=wanted != RecipientFilter(),
    )


def _is_wanted(batch: Batch, wanted: RecipientFilter) -> bool:
    return wanted.arm in (None, batch.variant_id) and wanted.job in (None, batch.number)


def _listed(batches: Sequence[Batch], some: Sequence[OutcomeCount], *, who: str) -> Any:
    if not who:
        return RecipientList(some)
    return list(
        recipients.recipients_by_key(guest_search.find_recipients(guest_search.query_from_token(who), batches=batches))
    )


def _with_left_out(issuance: Issuance, buckets: Buckets) -> Buckets:
    return buckets + Buckets(lines=issuance.left_out_total, left_out=dict(issuance.left_out))


def _as_filter(segment: Segment, issuance: Issuance) -> Segment:
    """Let the count of failures link to those guests; on other pages it links to their reasons."""
    is_failed = segment.label == WORDS[RecipientOutcome.FAILED] and segment.href
    return replace(segment, href=filtered_place(issuance, outcome=RecipientOutcome.FAILED)) if is_failed else segment


def _arms(batches: Sequence[Batch]) -> list[Variant]:
    return list({batch.variant_id: batch.variant for batch in batches}.values())


def _title(wanted: RecipientFilter, chosen: Sequence[Batch]) -> str:
    if wanted.who:
        return "Found"
    parts = [
        WORDS[wanted.outcome] if wanted.outcome else "",
        chosen[0].variant.name if wanted.arm is not None and chosen else "",
        f"job {wanted.job:,}" if wanted.job is not None else "",
    ]
    title = ", ".join(part for part in parts if part)
    return f"{title[0].upper()}{title[1:]}" if title else "All guests"


def _note(outcome: RecipientOutcome | None, some: Sequence[OutcomeCount], chosen: Sequence[Batch]) -> str:
    """Return why the bar and the list have different numbers: Thanx counts guests before it names them."""
    if outcome is None:
        return ""
    here = recipients.total_of(some)
    count = sum(getattr(ledger.buckets_of(batch), outcome) for batch in chosen)
    will_tell = any(batch.state == BatchState.WATCHING for batch in chosen)
    if count > here:
        then = "says who once their job has ended" if will_tell else "did not say who"
        more = counted(count - here, "more guest counts", "more guests count")
        return f"{more} as {WORDS[outcome].lower()}. Thanx {then}."
    if here > count:
        then = "and says who once their job has ended" if will_tell else "but did not say who"
        return f"Thanx counts {here - count:,} of these as issued or failed already, {then}."
    return ""


def _rows(
    issuance: Issuance, found: Sequence[Recipient], shares: Sequence[OutcomeCount], *, clear: bool
) -> list[RecipientRow]:
    positions: dict[Batch, list[int]] = defaultdict(list)
    for recipient in found:
        positions[recipient.batch].append(recipient.position)
    known = manifests.identifiers_of_some(positions)
    names = names_of(issuance, [recipient.line for recipient in found], clear=clear)
    return [
        replace(_row(each, known[each.batch_id], shares, clear=clear), name=names.get(each.line, "")) for each in found
    ]


def _row(
    recipient: Recipient, known: Mapping[int, Identifier], shares: Sequence[OutcomeCount], *, clear: bool
) -> RecipientRow:
    identifier = known.get(recipient.position)
    code = getattr(recipient, "failure_code", None)
    outcome = recipients.outcome_of(recipient, counts=shares)
    return RecipientRow(
        line=recipient.line,
        identifier=shown(identifier.value if identifier else "", clear=clear),
        name="",
        arm=recipient.batch.variant.name,
        job=None if outcome is RecipientOutcome.HELD_BACK else recipient.batch.number,
        outcome=WORDS[outcome],
        reason=reason_of(code).title if code and outcome is RecipientOutcome.FAILED else "",
        retry=getattr(recipient, "retry", None),
        retry_words=words_of_retry(getattr(recipient, "retry_state", None) or ""),
    )


@dataclass(frozen=True, kw_only=True)
class LinePage(PageBelowRun):
    """The cells of a line; none where the file is erased or has no such line."""

    file_name: str
    cells: Sequence[FileCell] = field(repr=False)


def line_page(issuance: Issuance, line: int, *, clear: bool) -> LinePage:
    """Return the page, with the cells masked unless `clear`."""
    upload = original_rows.upload_of(issuance)
    name = masked_name(upload.file_name) if upload else ""
    return LinePage(issuance=issuance, file_name=name, cells=whole_row(issuance, line, clear=clear))
