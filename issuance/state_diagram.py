"""The diagrams of the states in the documentation, drawn from the tables of edges.

`python -m issuance.state_diagram docs/architecture.md` draws them between the page's markers.
"""

import sys
from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices

from issuance.states import EDGES, ISSUANCE_EDGES, BatchState, IssuanceState
from ui.marked_sections import redraw

Edges = Mapping[tuple[Any, Any], Any]
"""State and move → state, each of the TextChoices of its table."""


def mermaid(*, edges: Edges, start: TextChoices) -> str:
    """Return a table of edges as a Mermaid state diagram; a state without an edge out of it is an end."""
    lines = ["stateDiagram-v2", f"    [*] --> {start.value}"]
    lines += [f"    {before.value} --> {to.value}: {move.value}" for (before, move), to in edges.items()]
    left = {before for (before, _), to in edges.items() if to != before}
    ends = dict.fromkeys(to for to in edges.values() if to not in left)
    return "\n".join([*lines, *(f"    {end.value} --> [*]" for end in ends)])


def moves(edges: Edges) -> str:
    """Return the moves of a table of edges with their reasons, as a Markdown list."""
    return "\n".join(f"- `{move.value}`: {move.label}" for move in dict.fromkeys(move for _, move in edges))


def drawn() -> Mapping[str, str]:
    """Return the text between each pair of markers, by the markers' name."""
    return {
        "batch states": _section(EDGES, start=BatchState.DRAFT),
        "issuance states": _section(ISSUANCE_EDGES, start=IssuanceState.DRAFT),
    }


def _section(edges: Edges, *, start: TextChoices) -> str:
    return f"```mermaid\n{mermaid(edges=edges, start=start)}\n```\n\n{moves(edges)}"


if __name__ == "__main__":
    redraw(drawn(), *sys.argv[1:])
