"""The problems of a file on the page that checks it: what to do, what was decided, and what was only respelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from issuance.audience import left_out_reasons
from issuance.audience.reading_notes import Example, Level, Spelling, counts_of, examples_of
from issuance.models import Issuance, Upload
from lists.identifiers import CellProblem
from lists.lines import CORRECTED, TO_FIX, LineProblem, LineRules
from lists.suggestions import Doubt, Repair
from ui.wording import counted
from vault.masking import masked_identifier

EMAIL = ("email address", "email addresses")
PHONE = ("phone number", "phone numbers")
WHAT: Mapping[str, tuple[str, str, str]] = {
    **{reason.value: ("Fix", *EMAIL) for reason in (*CellProblem, *Repair) if reason.value.startswith("email")},
    **{reason.value: ("Fix", *PHONE) for reason in (*CellProblem, *Repair) if reason.value.startswith("phone")},
    LineProblem.NO_IDENTIFIER.value: ("Enter missing data in", "line", "lines"),
    LineProblem.BOTH_INVALID.value: ("Fix", "address or number", "addresses and numbers"),
    Doubt.EMAIL_TYPO.value: ("Look at", "email address", "email addresses"),
    Doubt.OTHER_USED.value: ("Look at", "line", "lines"),
}
"""What to do for each reason: a verb, the singular and the plural of what it is done to."""

SPELLINGS = {
    Spelling.CAPITALS: "Capitals in email addresses became small letters",
    Spelling.EMAIL_TRIMMED: "Spaces, names and other signs around email addresses were taken off",
    Spelling.COUNTRY_ADDED: "Phone numbers got their country code",
    Spelling.PHONE_TRIMMED: "Spaces and other signs in phone numbers were taken off",
}


@dataclass(frozen=True, kw_only=True)
class ProblemCard:
    """One problem of some lines. `apply` and `leave_out` label its buttons; `apply` is empty without a suggestion."""

    reason: str
    is_error: bool
    title: str
    words: str
    todo: str
    count: int
    examples: Sequence[Example] = field(repr=False)
    apply: str
    leave_out: str


@dataclass(frozen=True, kw_only=True)
class DecidedProblem:
    """A decision on one problem, or the corrections by hand. `undo` is the accessible name of its button."""

    reason: str
    words: str
    outcome: str
    count: int
    examples: Sequence[Example] = field(repr=False)
    undo: str


@dataclass(frozen=True, kw_only=True)
class RespelledCells:
    """Cells that were spelled differently; the guests are the same."""

    words: str
    count: int
    examples: Sequence[Example] = field(repr=False)


Kind = TypeVar("Kind", ProblemCard, DecidedProblem, RespelledCells)


def cards_of(issuance: Issuance, upload: Upload) -> list[ProblemCard]:
    """Return the problems to look at: errors first, then what is sent unless left out; the largest first in each."""
    rules, examples = LineRules.of(upload.rules), examples_of(upload)
    suggestions = counts_of(upload, Level.SUGGESTED)
    errors = [
        _card(reason, count, suggested=suggestions.get(reason, 0), examples=examples.get((Level.ERROR, reason), ()))
        for reason, count in issuance.left_out.items()
        if count and reason in TO_FIX and reason not in rules.leave_out
    ]
    doubts = [
        _card(reason, count, suggested=_suggested(reason, count), examples=examples.get((Level.WARNING, reason), ()))
        for reason, count in counts_of(upload, Level.WARNING).items()
    ]
    return sorted(errors, key=_by_size) + sorted(doubts, key=_by_size)


def decided_of(issuance: Issuance, upload: Upload, *, corrected: int) -> list[DecidedProblem]:
    """Return the decisions, which can be undone. `corrected` is the number of lines that were corrected by hand."""
    rules, examples, applied = LineRules.of(upload.rules), examples_of(upload), counts_of(upload, Level.APPLIED)
    found = [
        _decided(reason, "Corrected as suggested", applied.get(reason, 0), examples.get((Level.APPLIED, reason), ()))
        for reason in sorted(rules.apply)
    ]
    found += [
        _decided(reason, "Left out", issuance.left_out.get(reason, 0), examples.get((Level.ERROR, reason), ()))
        for reason in sorted(rules.leave_out)
    ]
    if corrected:
        found.append(_decided(CORRECTED, "Corrected or left out one by one", corrected, ()))
    return found


def respelled_of(upload: Upload) -> list[RespelledCells]:
    """Return the changes of spelling, the most frequent first."""
    examples = examples_of(upload)
    counts = sorted(counts_of(upload, Level.NOTE).items(), key=lambda item: -item[1])
    return [
        RespelledCells(words=SPELLINGS[Spelling(kind)], count=count, examples=examples.get((Level.NOTE, kind), ()))
        for kind, count in counts
        if kind in set(Spelling)
    ]


def masked(found: Sequence[Kind]) -> list[Kind]:
    """Return cards without the cells of their examples, for users who do not prepare the draft."""
    return [replace(card, examples=[_masked(example) for example in card.examples]) for card in found]


def _masked(example: Example) -> Example:
    return example._replace(before=masked_identifier(example.before), after=masked_identifier(example.after))


def _suggested(reason: str, count: int) -> int:
    """Return how many of the doubted lines have a suggestion: a slip has one, another identifier is a fact."""
    return count if reason == Doubt.EMAIL_TYPO.value else 0


def _by_size(card: ProblemCard) -> tuple[int, bool, str]:
    return -card.count, not card.apply, card.reason


def _card(reason: str, count: int, *, suggested: int, examples: Sequence[Example]) -> ProblemCard:
    verb, one, many = WHAT.get(reason, ("Look at", "line", "lines"))
    every = "it" if count == 1 else f"all {count:,}"
    apply = f"Apply to {every}" if suggested == count else f"Apply to {suggested:,} of {count:,}"
    return ProblemCard(
        reason=reason,
        is_error=reason in TO_FIX,
        title=f"{verb} {counted(count, one, many)}",
        words=left_out_reasons.of_line(reason).title,
        todo=left_out_reasons.of_line(reason).todo,
        count=count,
        examples=examples,
        apply=apply if suggested else "",
        leave_out=f"Leave {every} out" if count > 1 else "Leave it out",
    )


def _decided(reason: str, outcome: str, count: int, examples: Sequence[Example]) -> DecidedProblem:
    words = "Lines corrected by hand" if reason == CORRECTED else left_out_reasons.of_line(reason).title
    return DecidedProblem(
        reason=reason, words=words, outcome=outcome, count=count, examples=examples, undo=f"Undo: {words}, {outcome}"
    )
