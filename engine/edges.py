"""Tables of states: which move leads from one state to which. Nothing else."""

from collections.abc import Mapping
from typing import TypeVar

from django.db.models import TextChoices

State = TypeVar("State", bound=TextChoices)
Move = TypeVar("Move", bound=TextChoices)


class IllegalMove(Exception):
    """There is no such edge in the table of states."""


def follow(edges: Mapping[tuple[State, Move], State], state: State, move: Move, *, thing: str) -> State:
    """Return the state that a move leads to. Raises IllegalMove, naming the thing, where there is no such edge."""
    try:
        return edges[(state, move)]
    except KeyError:
        raise IllegalMove(f"{thing} that is {state} cannot be {move}") from None
