"""One user cannot use up the calls to Thanx, or the time, that all need."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Role, UserMinute
from accounts.user_limits import WHAT, WHY, LimitReached, count_act
from tests.conventions.test_views import patterns
from tests.support.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 12, 12, 0, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def twice(settings):
    settings.PER_USER_AND_MINUTE = dict.fromkeys(WHAT, 2)


def counted(*moments, user=None, kind="searches"):
    """Return which of some acts are let through."""
    user, found = user or UserFactory(), []
    for at in moments:
        try:
            count_act(kind, user=user, at=at)
        except LimitReached:
            found.append(False)
        else:
            found.append(True)
    return found


def test_a_user_may_do_so_much_in_a_minute_and_again_in_the_next():
    later = AT + timedelta(minutes=1)

    assert counted(AT, AT, AT, AT, later, later, later) == [True, True, False, False, True, True, False]


def test_users_and_kinds_are_counted_apart():
    one = UserFactory()

    assert counted(AT, AT, AT, user=one) == [True, True, False]
    assert counted(AT, AT, AT, user=one, kind="exports") == [True, True, False]
    assert counted(AT, AT, AT) == [True, True, False]


def test_a_limit_of_nothing_lets_nothing_through(settings):
    settings.PER_USER_AND_MINUTE = {"searches": 0}

    assert counted(AT, AT) == [False, False]


def test_a_user_leaves_one_row_of_each_kind():
    one = UserFactory()
    counted(*(AT + timedelta(minutes=number) for number in range(5)), user=one)

    assert UserMinute.objects.count() == 1


def test_beyond_the_limit_the_page_says_so_in_words_and_when_to_go_on(client, time_machine):
    time_machine.move_to(AT, tick=False)
    client.force_login(MembershipFactory(merchant__handle="tacos", role=Role.MARKETER).user)
    answers = [client.get("/m/tacos/search/", {"q": "spring"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "You have searched 2 times within a minute, which is the limit." in answers[-1].text
    assert "Please go on in 50 seconds." in answers[-1].text
    assert answers[-1].headers["Retry-After"] == "50"
    assert client.get("/m/tacos/search/").status_code == 200


def test_a_look_up_beyond_the_limit_makes_no_call(client, sandbox):
    client.force_login(MembershipFactory(merchant__handle="tacos", role=Role.MARKETER).user)
    answers = [client.post("/m/tacos/guests/", {"q": "neither address nor number"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert client.get("/m/tacos/guests/").status_code == 200


def test_what_costs_much_is_limited():
    limited = {kind: {entry.name for _, entry in patterns() if _kind(entry) == kind} for kind in WHAT}

    assert WHAT.keys() == WHY.keys()
    assert limited["look_ups"] == {"find", "settings", "issued-rewards", "guest-token", "read-tags", "write-tag"}
    assert {"check-now", "refresh", "look-for-reply"} <= limited["checks"]
    assert limited["searches"] >= {"search", "failures", "recipients", "rewards", "home"}
    assert limited["rows"] == {"line"}
    files = {entry.name for address, entry in patterns() if address.endswith(".csv")}
    assert files - limited["exports"] <= {"sample", "demo-people", "result-csv"}  # they name no guest


def _kind(entry):
    return getattr(entry.callback, "limited", None)
