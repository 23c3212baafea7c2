"""Editing failures: a table of guests, each with a field for another email address or phone number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from issuance.models import Failure, Issuance
from issuance.pages.failure_rows import PER_PAGE, FailureRow, failure_rows, with_lines
from issuance.pages.filters import FailureFilter, FailureStanding
from issuance.pages.links import PageBelowFailures, place
from ui.wording import counted

LONGEST_TYPED = 400
FIELD = "guest-"
"""What the name of a field begins with; the failure's primary key follows."""


@dataclass(frozen=True, kw_only=True)
class EditedFailure:
    """One guest with the value in the field, and why it is refused."""

    row: FailureRow
    name: str
    typed: str = field(repr=False)
    error: str


@dataclass(frozen=True, kw_only=True)
class EditFailuresPage(PageBelowFailures):
    """One page of the table. `corrected` of the filtered guests have a correction that was not retried yet."""

    lines: Sequence[EditedFailure]
    page: Page[Failure]
    chosen: int
    corrected: int
    wrong: int
    here: str
    before: str
    next: str
    sentence: str


def edit_failures_page(
    issuance: Issuance, *, wanted: FailureFilter, number: str, typed: Mapping[int, str], errors: Mapping[int, str]
) -> EditFailuresPage:
    """Return the page, with refused values as they were typed. Its number of queries is fixed."""
    is_open = replace(wanted, standing=FailureStanding.OPEN)
    rows = is_open.rows(issuance)
    page = Paginator(with_lines(rows), PER_PAGE).get_page(number)
    corrected = rows.filter(correction__isnull=False).count()
    here = f"{place('edit-failures', issuance)}{is_open.query}"
    return EditFailuresPage(
        issuance=issuance,
        lines=[
            _line(row, typed=typed, errors=errors)
            for row in failure_rows(list(page.object_list), of=issuance, clear=True)
        ],
        page=page,
        chosen=page.paginator.count,
        corrected=corrected,
        wrong=len(errors),
        here=f"{here}&page={page.number}",
        next=f"{here}&page={page.next_page_number()}" if page.has_next() else "",
        before=f"{here}&page={page.previous_page_number()}" if page.has_previous() else "",
        sentence=_sentence(page.paginator.count, corrected),
    )


def typed_in(post: QueryDict) -> dict[int, str]:
    """Return the values that a form holds, by the failures' primary keys."""
    keys = [name.removeprefix(FIELD) for name in post if name.startswith(FIELD)]
    return {
        int(key): str(post[f"{FIELD}{key}"]).strip()[:LONGEST_TYPED]
        for key in keys[: 2 * PER_PAGE]
        if key.isascii() and key.isdigit() and len(key) <= 18  # noqa: PLR2004 - a longer one is no primary key
    }


def _line(row: FailureRow, *, typed: Mapping[int, str], errors: Mapping[int, str]) -> EditedFailure:
    error = errors.get(row.key, "")
    stands = typed.get(row.key, "") if error else row.corrected or row.identifier
    return EditedFailure(row=row, name=f"{FIELD}{row.key}", typed=stands, error=error)


def _sentence(chosen: int, corrected: int) -> str:
    if not chosen:
        return "Nothing is left to correct: these guests were retried or settled."
    waiting = f" {counted(corrected, 'correction waits', 'corrections wait')} to be tried." if corrected else ""
    return f"{counted(chosen, 'guest')} who got no reward.{waiting} Nothing is sent before you review and issue."
