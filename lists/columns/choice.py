"""Which column holds the guests' addresses and numbers: names come before content, and equals are a question. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lists.columns.glued import seems_glued
from lists.columns.names import KINDS, Clearness, names_kind, naming
from lists.fragments import only_number_in
from lists.identifiers import email_in_cell, is_placeholder, normalise_phone

ENOUGH = 0.5
"""The share of a column's cells that must be identifiers of a kind for a column without a telling name."""

MOST_OF_THEM = 0.8
"""That share for plain digits without a name: they may be numbers of anything."""

MANY = 0.1
"""From this share of identifiers of the other kind, a column is read as holding both, unless its name forbids it."""

FEWEST_DIGITS = 5
"""A cell with as many may hold a damaged phone number."""

LARGEST_STEP = 20
"""Numbers that a program gives grow by so little from row to row."""

FEW = 3
"""So many cells say nothing about whether a column repeats one value."""


@dataclass(frozen=True, kw_only=True)
class ColumnContent:
    """What the first rows of one column hold: filled cells, and those that are identifiers of each kind, with places.

    `alike` are the cells that may be damaged identifiers of a kind, `labelled` those with a number among other words,
    `seems_glued` whether every address may begin with something else.
    """

    name: str
    filled: int
    alike: Mapping[str, int]
    labelled: int
    good: Mapping[str, Mapping[int, str]] = field(repr=False)
    written_as_phones: int
    seems_glued: bool

    def share(self, kind: str) -> float:
        return len(self.good[kind]) / self.filled if self.filled else 0.0

    def is_varied(self, kind: str) -> bool:
        """Whether the column does not repeat one value, as that of a store or a sender does."""
        found = self.good[kind]
        return len(found) < FEW or len(set(found.values())) * 2 >= len(found)


@dataclass(frozen=True, kw_only=True)
class ColumnChoice:
    """Which column holds what; `questions` are columns that may equally well hold a kind, of which none is used."""

    mapping: Mapping[str, int]
    questions: Mapping[str, tuple[int, ...]]


def column_content(name: str, cells: Sequence[str], *, country: str) -> ColumnContent:
    """Return what a column holds; `name` is empty where no row names it."""
    filled = [(place, cell) for place, cell in enumerate(cells) if not is_placeholder(cell)]
    emails = {place: found for place, cell in filled if "@" in cell and isinstance(found := email_in_cell(cell), str)}
    phones = {
        place: found
        for place, cell in filled
        if "@" not in cell and isinstance(found := normalise_phone(cell, country=country), str)
    }
    written = sum(not cells[place].strip().isdecimal() for place in phones)
    good = {"email": emails, "phone": phones}
    labelled = sum(bool(only_number_in(cell)) for _, cell in filled if not cell.strip().isdecimal())
    alike = {
        "email": sum("@" in cell for _, cell in filled),
        "phone": sum("@" not in cell and sum(map(str.isdigit, cell)) >= FEWEST_DIGITS for _, cell in filled),
    }
    return ColumnContent(
        name=name,
        filled=len(filled),
        alike=alike,
        labelled=labelled,
        good=good,
        written_as_phones=written,
        seems_glued=seems_glued(name, [cell for _, cell in filled]),
    )


def choose_columns(columns: Sequence[ColumnContent], *, hidden: Collection[int] = ()) -> ColumnChoice:
    """Return which column is used for each kind. Hidden columns are never used by themselves."""
    if len(columns) == 1 and columns[0].seems_glued:
        return ColumnChoice(mapping={}, questions={})
    best = {kind: _best(columns, kind, hidden) for kind in KINDS}
    mapping = {kind: places[0] for kind, places in best.items() if len(places) == 1}
    questions = {kind: places for kind, places in best.items() if len(places) > 1}
    for kind in list(questions):
        if not _matters(columns, kind, questions[kind], mapping):
            del questions[kind]
    if len(mapping) == 1 and not questions:
        mapping |= _of_the_other_kind(columns, *next(iter(mapping.items())))
    if not mapping and not questions:
        mapping = _of_both_kinds(columns, hidden) or _of_damaged(columns, hidden)
    return ColumnChoice(mapping=mapping, questions=questions)


def _best(columns: Sequence[ColumnContent], kind: str, hidden: Collection[int]) -> tuple[int, ...]:
    ranks = {
        place: rank
        for place, column in enumerate(columns)
        if place not in hidden and (rank := _rank(column, kind)) is not None
    }
    if kind == "phone" and any(column.share("email") >= ENOUGH for column in columns):
        # Beside addresses, digits that nothing calls a phone number may be anything.
        ranks = {
            place: rank for place, rank in ranks.items() if columns[place].name or _is_written_as_phones(columns[place])
        }
    elif kind == "phone" and len(columns) > 1:
        ranks = {place: rank for place, rank in ranks.items() if columns[place].name or not _counts_up(columns[place])}
    top = max(ranks.values(), default=None)
    return _without_repetitions(columns, kind, [place for place, rank in ranks.items() if rank == top])


def _rank(column: ColumnContent, kind: str) -> tuple[bool, Clearness, bool] | None:
    """Return how well a column suits, for comparisons; None for one that is not used by itself."""
    level = naming(column.name, kind) if column.name else Clearness.UNKNOWN
    if level is Clearness.OTHER:
        return None
    if level is Clearness.UNKNOWN and not _holds_enough(column, kind):
        return None
    return bool(column.good[kind] or column.alike[kind]), level, column.is_varied(kind)


def _holds_enough(column: ColumnContent, kind: str) -> bool:
    other = "phone" if kind == "email" else "email"
    if column.name and names_kind(column.name, other):
        return False
    if kind == "email" or _is_written_as_phones(column):
        return column.share(kind) >= ENOUGH
    # Digits alone, under a name that says nothing of phones, are the numbers of something else.
    return not column.name and column.share(kind) >= MOST_OF_THEM


def _is_written_as_phones(column: ColumnContent) -> bool:
    return column.written_as_phones * 2 >= len(column.good["phone"]) > 0


def _counts_up(column: ColumnContent) -> bool:
    """Whether the numbers follow each other, as those that a program gives do, and guests' never."""
    found = [int(number) for number in column.good["phone"].values()]
    steps = [later - number for number, later in pairwise(found)]
    return len(found) > 1 and sum(0 < step <= LARGEST_STEP for step in steps) * 2 > len(steps)


def _without_repetitions(columns: Sequence[ColumnContent], kind: str, places: Sequence[int]) -> tuple[int, ...]:
    """Return the columns that differ in what they hold; of empty ones the first."""
    seen: list[Mapping[int, str]] = []
    found = []
    for place in places:
        held = columns[place].good[kind]
        if held not in seen:
            seen.append(held)
            found.append(place)
    return tuple(found)


def _matters(columns: Sequence[ColumnContent], kind: str, places: Sequence[int], mapping: Mapping[str, int]) -> bool:
    """Whether a guest would be known by these columns alone. If not, they are left unused without a question."""
    known = {row for used, place in mapping.items() if used != kind for row in columns[place].good[used]}
    return any(set(columns[place].good[kind]) - known for place in places)


def _of_the_other_kind(columns: Sequence[ColumnContent], kind: str, place: int) -> dict[str, int]:
    """Return the same column for the other kind where MANY cells hold that, unless its name is of the first kind."""
    other = "phone" if kind == "email" else "email"
    column = columns[place]
    named = bool(column.name) and names_kind(column.name, kind) and not names_kind(column.name, other)
    return {other: place} if column.share(other) >= MANY and not named else {}


def _of_both_kinds(columns: Sequence[ColumnContent], hidden: Collection[int]) -> dict[str, int]:
    mixed = {
        place: sum(column.share(kind) for kind in KINDS)
        for place, column in enumerate(columns)
        if place not in hidden
        and all(naming(column.name, kind) is not Clearness.OTHER for kind in KINDS)
        and (column.good["email"] or _is_written_as_phones(column))
    }
    best = max(mixed, key=mixed.__getitem__, default=0)
    return {"email": best, "phone": best} if mixed.get(best, 0.0) >= ENOUGH else {}


def _of_damaged(columns: Sequence[ColumnContent], hidden: Collection[int]) -> dict[str, int]:
    """Return the one column of which most cells hold an identifier among other words: its lines are to be fixed."""
    for kind in KINDS:
        found = [
            place
            for place, column in enumerate(columns)
            if place not in hidden
            and naming(column.name, kind) is Clearness.UNKNOWN
            and (column.alike["email"] if kind == "email" else column.labelled) > column.filled * ENOUGH
        ]
        if len(found) == 1:
            return {kind: found[0]}
    return {}
