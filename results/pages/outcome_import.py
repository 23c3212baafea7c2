"""Files of outcomes that came in: what is in them, which guests they name, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from results.models import ImportStage, OutcomeFile, OutcomeImport
from ui.values import Link
from ui.wording import counted

SENTENCES = {
    ImportStage.READING: "The files are being read.",
    ImportStage.PREVIEW: "This is what is in the files. Nothing counts until you say so.",
    ImportStage.COUNTING: "The files are being joined with the guests.",
    ImportStage.DONE: "The files are included. The results are being counted again.",
    ImportStage.DROPPED: "The files were not used, and are deleted.",
}


@dataclass(frozen=True, kw_only=True)
class ImportedFileRow:
    """One file."""

    name: str
    kind: str
    rows: int
    rejected: int
    span: str
    joined: str


@dataclass(frozen=True, kw_only=True)
class OutcomeImportPage:
    """The page of files that came in together."""

    outcome_import: OutcomeImport
    files: Sequence[ImportedFileRow]
    sentence: str
    notes: Sequence[str]

    @property
    def crumbs(self) -> Sequence[Link]:
        handle = self.outcome_import.merchant.handle
        return [Link(label="Results", href=reverse("results:list", args=[handle]))]

    @property
    def is_preview(self) -> bool:
        return self.outcome_import.stage == ImportStage.PREVIEW

    @property
    def is_at_work(self) -> bool:
        return self.outcome_import.stage in (ImportStage.READING, ImportStage.COUNTING)

    @property
    def has_rejects(self) -> bool:
        return bool(self.outcome_import.sealed_rejects)


def outcome_import_page(kept: OutcomeImport) -> OutcomeImportPage:
    """Return the page. One query."""
    return OutcomeImportPage(
        outcome_import=kept,
        files=[_row(each, is_done=kept.stage == ImportStage.DONE) for each in kept.files.all()],
        sentence=kept.problem or SENTENCES[ImportStage(kept.stage)],
        notes=[*_named(kept), *_left_out(kept)],
    )


def _row(each: OutcomeFile, *, is_done: bool) -> ImportedFileRow:
    span = f"{each.first_at:%-d %B %Y} to {each.last_at:%-d %B %Y}" if each.first_at and each.last_at else "no times"
    joined = f"{counted(each.matched, 'line')} matched guests, {each.unmatched:,} did not" if is_done else ""
    return ImportedFileRow(
        name=each.file_name,
        kind=each.get_kind_display(),
        rows=each.rows,
        rejected=each.rejected,
        span=span,
        joined=joined,
    )


def _named(kept: OutcomeImport) -> list[str]:
    """Return how many guests of each arm the files name, and why the others are missed."""
    named = kept.found.get("named", {})
    missed, said = 0, list[str]()
    for arm, guests in kept.found.get("guests", {}).items():
        some = min(named.get(arm, 0), guests)
        missed += guests - some
        if named:
            said.append(f"Of {counted(guests, 'guest')} {arm}, {some:,} are named in the files.")
    if named and missed:
        said.append("Guests whose address or number in the files differs from the one on your list are not found.")
    return said


def _left_out(kept: OutcomeImport) -> list[str]:
    problems = kept.found.get("problems", {})
    what = "left out" if kept.stage == ImportStage.DONE else "to be left out"
    return [f"{counted(count, 'line')} {what}. {problem}" for problem, count in problems.items()]
