"""Every error has codes, and every context has a row for one of them."""

from datetime import UTC, datetime

import pytest

from campaigns.catalog.problems import CatalogProblem
from campaigns.catalog.problems import problem_of as catalog_problem
from guests.lookup.issued_rewards import why_not_shown
from issuance.jobs.problems import JobProblem
from issuance.jobs.problems import problem_of as job_problem
from partner_api import errors
from partner_api.error_codes import ErrorCode, answer_of, code_of_answer, codes_of, explained

SOON = datetime(2026, 5, 12, tzinfo=UTC)
EVERY = [
    errors.NotConfigured(remedy="Set THANX_API_URL."),
    errors.CredentialsRefused(status=401),
    errors.ScopeMissing(status=403),
    errors.NotFound(status=404),
    errors.Unprocessable(status=422),
    errors.Refused(status=400, code=errors.PHONE_INVALID),
    errors.Refused(status=409),
    errors.RateLimited(status=429),
    errors.Unavailable(status=503),
    errors.NotSent(),
    errors.NotSent(not_before=SOON),
    errors.AnsweredAlready(not_before=SOON),
    errors.Withheld(),
    errors.OutcomeUnknown(status=502),
]


def kinds(of):
    return {of}.union(*(kinds(kind) for kind in of.__subclasses__()))


def test_the_cases_below_are_all_there_are():
    abstract = {errors.PartnerError, errors.TryLater}

    assert {type(error) for error in EVERY} == kinds(errors.PartnerError) - abstract


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_every_context_explains_every_error(error):
    assert explained(error).advice
    assert why_not_shown(error).advice
    assert job_problem(error) in JobProblem
    assert catalog_problem(error) in {None, *CatalogProblem}


@pytest.mark.parametrize(
    ("error", "codes"),
    [
        (errors.NotFound(status=404), ["not_found", "refused", "unavailable"]),
        (errors.Refused(code=errors.EMAIL_INVALID), ["identifier_refused", "refused", "unavailable"]),
        (errors.AnsweredAlready(not_before=SOON), ["answered_already", "no_slot", "unreachable", "unavailable"]),
        (errors.Unavailable(status=500), ["unavailable"]),
    ],
)
def test_the_most_specific_code_comes_first(error, codes):
    assert list(codes_of(error)) == codes


def test_waiting_for_a_slot_is_no_problem_of_the_catalog_and_an_unreachable_host_is():
    assert catalog_problem(errors.NotSent(not_before=SOON)) is None
    assert catalog_problem(errors.RateLimited()) is None
    assert catalog_problem(errors.NotSent()) == CatalogProblem.UNREACHABLE


def test_an_unknown_merchant_is_a_problem_of_its_own_only_for_the_catalog():
    missing = errors.NotFound(status=404)

    assert catalog_problem(missing) == CatalogProblem.UNKNOWN_MERCHANT
    assert job_problem(missing) == JobProblem.REFUSED


def test_what_to_do_names_the_remedy_or_the_scope():
    assert explained(errors.NotConfigured(remedy="Set THANX_API_URL.")).todo == "Set THANX_API_URL."
    assert "users.read" in explained(errors.ScopeMissing(), scope="users.read").todo
    assert explained(errors.ScopeMissing()).todo == "Ask your operator."


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.CredentialsRefused(status=401), ErrorCode.CREDENTIALS_REFUSED),
        (errors.CredentialsRefused(status=401, code="AUTHENTICATION_GENERIC"), ErrorCode.CREDENTIALS_REFUSED),
        (errors.ScopeMissing(status=403, code="FORBIDDEN"), ErrorCode.SCOPE_MISSING),
        (errors.NotFound(status=404), ErrorCode.NOT_FOUND),
        (errors.Unprocessable(status=422, code="NAME_TAKEN"), ErrorCode.REFUSED),
    ],
)
def test_a_stored_answer_still_says_what_it_was(error, code):
    assert code_of_answer(answer_of(error)) == code
