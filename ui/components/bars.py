"""Bars as SVG in user units, since the content security policy forbids widths in style attributes."""

from collections.abc import Iterable, Sequence
from typing import Any

from ui.components import figures
from ui.values import BarRow, Segment

LENGTH = 1000
"""The length of a whole bar in user units."""

SMALLEST = 12
"""Units of the smallest part: even one failure among a million must be visible."""


def width(done: int, total: int) -> int:
    """Return the units of a part: 0 only for nothing, LENGTH only for all."""
    if total <= 0 or done <= 0:
        return 0
    if done >= total:
        return LENGTH
    return min(max(LENGTH * done // total, SMALLEST), LENGTH - SMALLEST)


def widths(counts: Sequence[int]) -> list[int]:
    """Divide LENGTH in proportion to the counts. The result sums to LENGTH, or is all zero for no counts."""
    total = sum(counts)
    if total <= 0:
        return [0] * len(counts)
    units = [max(LENGTH * count // total, SMALLEST) if count > 0 else 0 for count in counts]
    # The largest part takes the difference that rounding and the smallest width make.
    units[max(range(len(units)), key=units.__getitem__)] += LENGTH - sum(units)
    return units


def stacked(segments: Iterable[Segment], *, label: str) -> dict[str, Any]:
    """Return what the template of a stacked bar needs: each segment with its position and its percentage."""
    parts = list(segments)
    total = sum(part.count for part in parts)
    units = widths([part.count for part in parts])
    starts = [sum(units[:index]) for index in range(len(units))]
    percents = figures.percents([part.count for part in parts])
    rows = [
        {"segment": part, "x": x, "width": w, "percent": percent}
        for part, x, w, percent in zip(parts, starts, units, percents, strict=True)
    ]
    spoken = ", ".join(f"{figures.number(part.count)} {part.label.lower()}" for part in parts if part.count)
    return {"rows": rows, "total": total, "label": label, "spoken": f"{label}: {spoken or 'nothing yet'}"}


def table(rows: Iterable[BarRow], *, noun: str) -> dict[str, Any]:
    """Return what the template of a table of bars needs: the parts of each row with their positions, on one scale.

    The only part of a row gets its percentage of all rows; each of several parts gets its percentage of the row.
    """
    listed = list(rows)
    totals = [sum(part.count for part in row.parts) for row in listed]
    longest, everything = max(totals, default=0), sum(totals)
    return {
        "noun": noun,
        "columns": list(listed[0].parts) if listed else [],
        "rows": [
            {"row": row, "parts": _placed(row.parts, longest=longest, of=total if len(row.parts) > 1 else everything)}
            for row, total in zip(listed, totals, strict=True)
        ],
    }


def _placed(parts: Sequence[Segment], *, longest: int, of: int) -> list[dict[str, Any]]:
    total = sum(part.count for part in parts)
    units = scaled(widths([part.count for part in parts]), to=width(total, longest))
    percents = figures.percents([*(part.count for part in parts), of - total])
    return [
        {"part": part, "x": sum(units[:index]), "width": units[index], "percent": percents[index]}
        for index, part in enumerate(parts)
    ]


def scaled(units: Sequence[int], *, to: int) -> list[int]:
    """Scale widths that sum to LENGTH, so that they sum to `to`. All zero stays all zero."""
    ends = [to * sum(units[: index + 1]) // LENGTH for index in range(len(units))]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]
