"""A view's act: done, refused with a message, or failed."""

import pytest
from django.contrib.messages import ERROR, INFO
from django.contrib.messages.storage.base import BaseStorage

from ui.messages import message_on


class Taken(Exception):
    pass


class TakenTwice(Taken):
    pass


class Messages(BaseStorage):
    """The messages of one request, kept nowhere."""

    def __init__(self, request):
        self.added = []
        super().__init__(request)

    def add(self, level, message, extra_tags=""):
        self.added.append((level, message))


@pytest.fixture
def request_(rf):
    request = rf.post("/")
    request._messages = Messages(request)
    return request


def answer(request, refusals, error=None, **kwargs):
    with message_on(request, refusals, **kwargs):
        if error is not None:
            raise error
        return "done"
    return "refused"


def test_an_act_that_is_done_leaves_no_message(request_):
    assert answer(request_, {Taken: "Too late."}) == "done"
    assert request_._messages.added == []


def test_a_refusal_becomes_a_message_and_skips_the_rest_of_the_block(request_):
    assert answer(request_, {Taken: "Too late."}, TakenTwice()) == "refused"
    assert request_._messages.added == [(INFO, "Too late.")]


def test_the_first_refusal_that_fits_counts(request_):
    refusals = {TakenTwice: "Twice.", Taken: "Once."}

    assert answer(request_, refusals, TakenTwice(), level=ERROR) == "refused"
    assert answer(request_, refusals, Taken(), level=ERROR) == "refused"
    assert request_._messages.added == [(ERROR, "Twice."), (ERROR, "Once.")]


def test_a_message_may_be_made_of_the_exception(request_):
    answer(request_, {Taken: str}, Taken("In 5 s."))

    assert request_._messages.added == [(INFO, "In 5 s.")]


def test_any_other_error_goes_on(request_):
    with pytest.raises(ValueError, match="broken"):
        answer(request_, {Taken: "Too late."}, ValueError("broken"))
    assert request_._messages.added == []
