import logging

import pytest

from partner_api import errors

GUEST = "jane.doe@guest.example"


def every_kind(kind: type[errors.PartnerError] = errors.PartnerError):
    return {kind}.union(*(every_kind(child) for child in kind.__subclasses__()))


OF_AN_EXCHANGE = sorted(every_kind() - {errors.NotConfigured}, key=lambda kind: kind.__name__)


def test_every_error_is_one_of_three_decisions():
    decisions = (errors.Refused, errors.TryLater, errors.OutcomeUnknown)

    assert all(
        sum(issubclass(kind, decision) for decision in decisions) == 1 for kind in every_kind() - {errors.PartnerError}
    )


def test_the_tree_in_the_documentation_is_the_tree_in_the_code():
    assert all(kind.__name__ in errors.__doc__ for kind in every_kind())


@pytest.mark.parametrize("kind", OF_AN_EXCHANGE)
def test_an_error_names_method_path_status_and_code(kind):
    error = kind(method="POST", path="/partner/campaigns/issue", status=422, code="BAD", message="no")

    assert str(error) == "POST /partner/campaigns/issue: 422 BAD"


@pytest.mark.parametrize("kind", OF_AN_EXCHANGE)
def test_the_partners_own_words_stay_out_of_every_text(kind, caplog):
    error = kind(method="POST", path="/partner/subscribers", status=400, message=f"{GUEST} is invalid")

    logging.getLogger("any").error("failed: %s %r", error, error, exc_info=error)

    assert error.message == f"{GUEST} is invalid"
    assert GUEST not in caplog.text + repr(error.args)


def test_an_error_without_any_status_says_what_kind_it_is():
    assert str(errors.NotSent(method="GET", path="/partner/scopes")) == "GET /partner/scopes: NotSent"


def test_a_missing_credential_says_what_to_do():
    error = errors.NotConfigured(remedy="Set THANX_CLIENT_ID.")

    assert str(error) == error.remedy == "Set THANX_CLIENT_ID."
