"""Rows with a state: a table says which move leads where, `move` alone writes the state, each move leaves an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import TextChoices

from engine import correlation
from engine.edges import IllegalMove
from engine.leases import Leased

__all__ = ["IllegalMove", "MoveEvent", "Moving", "Overtaken"]


class Overtaken(Exception):
    """Another act or worker has moved the row since this object read it: read it again and look."""


class Moving(Leased):
    """A row whose `state` only `move` changes, with one row of `events` for each move.

    Each kind replaces `state` by a field with the choices of its table.
    """

    state = models.CharField(max_length=20)
    events: Any

    class Meta:
        abstract = True

    def after(self, move: Any) -> TextChoices:
        """Return the state that a move leads to. Raises IllegalMove where there is no such edge."""
        raise NotImplementedError

    def move(
        self,
        move: TextChoices,
        *,
        by: Any,
        at: datetime,
        due_at: datetime | None = None,
        keep_lease: bool = False,
        **facts: Any,
    ) -> None:
        """Change the state along one edge and append the event, in one transaction, or change nothing.

        The only writer of `state`. `by` is the user, None for the engine; `facts` are further columns, written with the
        state. Ends the lease unless it is to be kept. Raises IllegalMove, and Overtaken when the row is not as this
        object remembers it.
        """
        to = self.after(move)
        lease = {} if keep_lease else {"due_at": due_at, "lease_token": None}
        carried = correlation.current() or self.correlation
        written = {"state": to, "correlation": carried, **lease, **facts}
        with transaction.atomic():
            mine = type(self)._base_manager.filter(pk=self.pk, state=self.state, lease_token=self.lease_token)
            if mine.update(**written) != 1:
                raise Overtaken
            self.append_event({"move": move, "before": self.state, "after": to, "by": by, "at": at}, facts)
        for name, value in written.items():
            setattr(self, name, value)

    def append_event(self, event: dict[str, Any], facts: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Append the event of a move, in the move's transaction. `facts` are the columns written with it."""
        self.events.create(**event)


class MoveEvent(models.Model):
    """One move of a row. Appended, never changed; `by` null means the engine.

    Each kind adds the row that has moved, and `move`, `before` and `after` with the choices of its table.
    """

    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    before: Any
    after: Any

    class Meta:
        abstract = True
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
