"""Every change at a merchant is made for the users that the table allows it, and for no other."""

import pytest
from django.db import transaction
from django.urls import resolve, reverse

from accounts.models import Role
from tests.support.acts import guests, merchant, outcomes
from tests.support.desk import Desk
from tests.thanx_portal.walk.people import KINDS, Watched, at_merchant, outcome, visitor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("act", [*merchant.ACTS, *guests.ACTS, *outcomes.ACTS])
def test_an_act_changes_something_only_for_those_who_may(act, client):
    desk = Desk(client, role=Role.MANAGER, shares=(45, 45), control=10)
    name, args, data = act(desk)
    name, _, query = name.partition("?")
    path = reverse(name, args=[desk.merchant.handle, *args])
    needed = resolve(path).func.to_post

    for kind in KINDS:
        who = visitor(kind, desk.merchant)
        expected = at_merchant(who, needed)
        with Watched() as watched, undone():
            found = outcome(who.client.post(f"{path}?{query}", afresh(data)))
        assert (str(kind), found) == (str(kind), expected)
        assert expected == "open" or watched.changes == []

    with Watched() as watched:
        assert outcome(desk.client.post(f"{path}?{query}", afresh(data))) == "open"
    assert watched.changes


def afresh(data):
    """Return what is posted, with files to be read from their beginning."""
    for value in data.values():
        if hasattr(value, "seek"):
            value.seek(0)
    return data


class undone:  # noqa: N801 (a context manager, used like a function)
    """A block whose changes are undone."""

    def __enter__(self) -> None:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()

    def __exit__(self, kind, error, trace) -> None:
        transaction.set_rollback(True)
        self._atomic.__exit__(kind, error, trace)
