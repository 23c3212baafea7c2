"""What was probably meant by a damaged cell is suggested, and used only when a user agrees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lists.identifiers import CellProblem, email_in_cell, normalise, normalise_email, normalise_phone
from lists.mail_domains import ALSO_REAL, COMMON, likely_domain
from lists.suggestions import Doubt, diagnosed, suggested


@pytest.mark.parametrize(
    ("cell", "reason", "meant"),
    [
        ("ana@example,com", "email_comma", "ana@example.com"),
        ("ana@@example.com", "email_signs", "ana@example.com"),
        ("ana.@example..com", "email_signs", "ana@example.com"),
        ("ana@exam ple.com", "email_spaces", "ana@example.com"),
        ("ana@gmail. com", "email_spaces", "ana@gmail.com"),
        ("ana.gmail.com", "email_at_lost", "ana@gmail.com"),
        ("ana (at) example.com", "email_at_lost", "ana@example.com"),
        ("ana@gmail", "email_ending_lost", "ana@gmail.com"),
        ("(212) 555-0100", "email_is_phone", "+12125550100"),
        ("josé@example.com", "email_accented", "jose@example.com"),
        ("ana@example.com; bo@example.com", "email_several", "ana@example.com"),
        ("Ana Maria Peña at home", "email_invalid", ""),
        ("bob@", "email_invalid", ""),
    ],
)
def test_a_damaged_address_is_told_by_what_was_meant(cell, reason, meant):
    problem = normalise_email(cell)

    assert diagnosed(problem, cell, country="US") == reason
    assert suggested(reason, cell, country="US") == meant


@pytest.mark.parametrize(
    ("cell", "reason", "meant"),
    [
        ("Ana ana.n@example.com", "email_among_words", "ana.n@example.com"),
        ("ana.n@example.com Ana", "email_among_words", "ana.n@example.com"),
        ("cy.n@example.com - cell", "email_among_words", "cy.n@example.com"),
        ("Email: di.n@example.com", "email_among_words", "di.n@example.com"),
        ("SMTP:eva.n@example.com", "email_among_words", "eva.n@example.com"),
        ("[ana@example.com](mailto:ana@example.com)", "email_among_words", "ana@example.com"),
        ("📧 ana@example.com", "email_among_words", "ana@example.com"),
        ("ana^ana@example.com", "email_glued", "ana@example.com"),
        ("//x@example.com", "email_glued", "x@example.com"),
        ("bob%2Bnews@example.com", "email_glued", "bob+news@example.com"),
        ("ana@example.comAna", "email_glued", "ana@example.com"),
        ("-ana@example.com", "email_glued", "ana@example.com"),
        ("12125550100ana@example.com", "email_glued", ""),
        ("jean–luc@example.com", "email_dash", "jean-luc@example.com"),
        ("ann@coca–cola.example.com", "email_dash", "ann@coca-cola.example.com"),
        ("Ana–ana@example.com", "email_accented", ""),
        ("ana maria@example.com", "email_invalid", ""),
        ("J. smith@example.com", "email_invalid", ""),
        ("Manager: boss@example.com", "email_invalid", ""),
        ("Ana <ana@x.com>; Bob <bob@y.com>", "email_several", "ana@x.com"),
        ("ana@old.com <ana@new.com>", "email_several", "ana@new.com"),
        ("mailto:ana@x.com?cc=bob@x.com", "email_several", "ana@x.com"),
        ("ana@x.com" + " " * 500 + "bob@x.com", "email_several", "ana@x.com"),
    ],
)
def test_what_a_file_glues_to_an_address_is_never_sent_by_itself(cell, reason, meant):
    problem = email_in_cell(cell)

    assert diagnosed(problem, cell, country="US") == reason
    assert suggested(reason, cell, country="US") == meant


@pytest.mark.parametrize(
    ("cell", "country", "reason", "meant"),
    [
        ("447911123456", "US", "phone_plus_lost", "+447911123456"),
        ("612345678", "IT", "phone_zero_lost", "+390612345678"),
        ("212-555-O1OO", "US", "phone_letters", "+12125550100"),
        ("1.2125550100E+10", "US", "phone_rounded", "+12125550100"),
        ("4.1E+10", "US", "phone_damaged", ""),
        ("ana@example.com", "US", "phone_is_email", "ana@example.com"),
        ("212 555 0100 x5", "US", "phone_extension", "+12125550100"),
        ("212-555-0100 / 212-555-0101", "US", "phone_several", "+12125550100"),
        ("555-0100", "US", "phone_invalid", ""),
        ("Cell: 212-555-0103", "US", "phone_among_words", "+12125550103"),
        ("(212) 555-0105 - mobile", "US", "phone_among_words", "+12125550105"),
        ("Fax: 212-555-0103", "US", "phone_invalid", ""),
        ("home 212-555-0103 work 212-555-0104", "US", "phone_several", "+12125550103"),
        ("+52 1 55 1234 5678", "US", "phone_old_prefix", "+525512345678"),
    ],
)
def test_a_damaged_number_is_told_by_what_was_meant(cell, country, reason, meant):
    problem = normalise_phone(cell, country=country, restores_plus=False)

    assert diagnosed(problem, cell, country=country) == reason
    assert suggested(reason, cell, country=country) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *(
            ("gmial.com", "gmail.com"),
            ("gmal.com", "gmail.com"),
            ("gmaill.com", "gmail.com"),
            ("gmail.co", "gmail.com"),
        ),
        *(
            ("gmail.con", "gmail.com"),
            ("gnail.com", "gmail.com"),
            ("hotmial.com", "hotmail.com"),
            ("aol.con", "aol.com"),
        ),
        *(
            ("yaho.com", "yahoo.com"),
            ("outlok.com", "outlook.com"),
            ("bakery.con", "bakery.com"),
            ("gmial.con", "gmail.com"),
        ),
    ],
)
def test_a_slip_in_a_common_mail_domain_is_noticed(written, meant):
    assert likely_domain(written) == meant
    assert suggested(Doubt.EMAIL_TYPO.value, f"ana@{written}", country="US") == f"ana@{meant}"


def test_a_domain_that_may_well_be_meant_is_not_doubted():
    domains = [*COMMON, *ALSO_REAL, "example.com", "mail3.com", "bakery.co", "g.co", "gmailing.org"]

    assert {domain: likely_domain(domain) for domain in domains if likely_domain(domain)} == {}


@given(st.text("gmailhotyu.con", min_size=1, max_size=14))
def test_what_is_meant_is_never_doubted_itself(domain):
    likely = likely_domain(domain)

    assert not likely or likely_domain(likely) == ""


@given(st.text(max_size=40) | st.text("+0123456789@.,Oxe lE ", max_size=20), st.sampled_from(["US", "GB", "IT"]))
def test_whatever_is_suggested_can_be_sent_as_it_is(cell, country):
    for problem in (normalise_email(cell), normalise_phone(cell, country=country, restores_plus=False)):
        if isinstance(problem, CellProblem):
            meant = suggested(diagnosed(problem, cell, country=country), cell, country=country)

            assert not meant or normalise(meant, country=country) == meant
