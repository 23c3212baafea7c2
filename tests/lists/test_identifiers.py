"""E-mail addresses and phone numbers, as people and spreadsheets spell them."""

import random

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from lists.identifiers import CellProblem, normalise_email, normalise_phone
from lists.lines import Accepted, Columns, LineReader, LineRules
from lists.mail_domains import likely_domain


@pytest.mark.parametrize(
    ("spelled", "sent"),
    [
        ("ana@example.com", "ana@example.com"),
        (" Ana.Peña@Example.COM ", CellProblem.EMAIL_ACCENTED),
        ("ANA@Example.COM", "ana@example.com"),
        ("mailto:ana@example.com?subject=hi", "ana@example.com"),
        ("Ana <ana@example.com>", "ana@example.com"),
        ('"Peña, Ana" <ana@example.com>;', "ana@example.com"),
        ("'ana@example.com',", "ana@example.com"),
        ("\u200bana@example.com\u00a0", "ana@example.com"),
        ("ana＠example．com", "ana@example.com"),
        ("ana @ example . com", "ana@example.com"),
        ("ana@example.com.", "ana@example.com"),
        ("ana@münchen.de", "ana@xn--mnchen-3ya.de"),
        ("o'neil+vip@example.com", "o'neil+vip@example.com"),
        ("conan.o’brien@example.com", "conan.o'brien@example.com"),
        ('="ana@example.com"', "ana@example.com"),
        ("ana@example.com\ufffc", "ana@example.com"),
        ("ana@example.com\u2800", "ana@example.com"),
        ("mailto://ana@example.com", "ana@example.com"),
        ("mailto:ana%2Bnews@example.com", "ana+news@example.com"),
        ("ana@example.com <ana@example.com>", "ana@example.com"),
        ("ana@example.com; bob@example.com", CellProblem.EMAIL_SEVERAL),
        ("ana@@example.com", CellProblem.EMAIL_INVALID),
        ("ana smith@example.com", CellProblem.EMAIL_INVALID),
        ("ana@example", CellProblem.EMAIL_INVALID),
        ("ana.example.com", CellProblem.EMAIL_INVALID),
        ("ana@localhost", CellProblem.EMAIL_INVALID),
        ("a" * 65 + "@example.com", CellProblem.EMAIL_INVALID),
        ("a" * 100_000, CellProblem.EMAIL_INVALID),
        ("", CellProblem.EMPTY),
        ("\u00a0\u200b", CellProblem.EMPTY),
        ("#N/A", CellProblem.EMPTY),
        ("null", CellProblem.EMPTY),
    ],
)
def test_an_address_is_read_however_it_is_spelled(spelled, sent):
    assert normalise_email(spelled) == sent


@pytest.mark.parametrize(
    ("spelled", "sent"),
    [
        ("(212) 555-0100", "+12125550100"),
        ("212.555.0100", "+12125550100"),
        ("1-212-555-0100", "+12125550100"),
        ("+1 212 555 0100", "+12125550100"),
        ("tel:+1-212-555-0100", "+12125550100"),
        ("'2125550100", "+12125550100"),
        ('="2125550100"', "+12125550100"),
        ("2125550100.0", "+12125550100"),
        ("２１２５５５０１００", "+12125550100"),
        ("٢١٢٥٥٥٠١١١", "+12125550111"),
        ("۲۱۲۵۵۵۰۱۱۲", "+12125550112"),
        ("\u202a212–555–0100\u202c", "+12125550100"),
        ("212\u00a0555\u20110100,", "+12125550100"),
        ("011 44 20 7946 0018", "+442079460018"),
        ("0044 20 7946 0018", "+442079460018"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("447911123456", "+447911123456"),
        ("4.1E+10", CellProblem.PHONE_DAMAGED),
        ("4,47911E+11", CellProblem.PHONE_DAMAGED),
        ("########", CellProblem.PHONE_DAMAGED),
        ("212 555 0100 x5", CellProblem.PHONE_EXTENSION),
        ("212-555-0100 / 212-555-0101", CellProblem.PHONE_SEVERAL),
        ("1-800-FLOWERS", CellProblem.PHONE_INVALID),
        ("555-0100", CellProblem.PHONE_INVALID),
        ("212 155 0100", CellProblem.PHONE_INVALID),
        ("0" * 100_000, CellProblem.PHONE_INVALID),
        ("n/a", CellProblem.EMPTY),
        ("-", CellProblem.EMPTY),
    ],
)
def test_a_number_is_read_however_it_is_spelled(spelled, sent):
    assert normalise_phone(spelled, country="US") == sent


@pytest.mark.parametrize(
    ("spelled", "country", "sent"),
    [
        ("020 7946 0018", "GB", "+442079460018"),
        ("07911 123456", "GB", "+447911123456"),
        ("0151 12345678", "DE", "+4915112345678"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("212 555 0100", "GB", CellProblem.PHONE_INVALID),
        ("+1 212 555 0100", "GB", "+12125550100"),
    ],
)
def test_a_number_without_prefix_is_one_of_the_merchants_country(spelled, country, sent):
    assert normalise_phone(spelled, country=country) == sent


def library_phone(digits: str, country: str) -> str | CellProblem:
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return CellProblem.PHONE_INVALID
    if not phonenumbers.is_valid_number(number):
        return CellProblem.PHONE_INVALID
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def test_the_short_way_agrees_with_the_library_on_every_area_code():
    chance = random.Random(20260512)
    numbers = [
        f"{area}{exchange:03}{chance.randrange(10_000):04}"
        for area in range(200, 1000)
        for exchange in (*chance.sample(range(1000), 6), 200, 555, 911)
    ]

    differing = [one for one in numbers if normalise_phone(one, country="US") != library_phone(one, "US")]

    assert differing == []


@given(st.integers(2_000_000_000, 9_999_999_999), st.sampled_from(["", "1", "+1"]), st.sampled_from(["US", "CA", "JM"]))
def test_the_short_way_agrees_with_the_library_on_any_number(number, prefix, country):
    spelled = f"{prefix}{number}"

    assert normalise_phone(spelled, country=country) == library_phone(spelled, country)


LOCAL = st.text("abcXYZ019_+-.", min_size=1, max_size=66)
DOMAIN = st.one_of(
    st.sampled_from(["example.com", "GMAIL.com", "Gmial.com", "b.local", "x-.com", "-x.com", "a..b", "c.c", "d.123"]),
    st.text("abZ09-.", min_size=1, max_size=70),
    st.text("ab.", min_size=180, max_size=260),
)


@given(LOCAL, DOMAIN)
def test_the_short_way_agrees_with_the_library_on_any_address(local, domain):
    address = f"{local}@{domain}"
    try:
        expected = validate_email(address, check_deliverability=False, strict=True).normalized.lower()
    except EmailNotValidError:
        expected = None

    found = normalise_email(address)

    # A stop at the very end is forgiven, and the library's own spelling of a domain in ASCII is what is sent.
    if not address.endswith("."):
        assert (found if isinstance(found, str) else None) == expected


@given(LOCAL, DOMAIN, st.sampled_from(["", " ", "<"]))
def test_a_line_that_is_plainly_an_address_is_read_like_any_other(local, domain, before):
    row = [f"{before}{local}@{domain}"]
    columns = Columns(email=0)

    found = LineReader(columns=columns, country="US", rules=LineRules()).read(row)

    is_doubted = isinstance(found, Accepted) and found.doubt == "email_typo"
    assert (found._replace(doubt="") if is_doubted else found) == columns.read(row, country="US")
    assert is_doubted == (isinstance(found, Accepted) and likely_domain(found.value.rpartition("@")[2]) != "")


@given(st.text(max_size=60))
def test_nothing_that_is_typed_raises_and_what_is_sent_stays_as_it_is(text):
    for normalise in (normalise_email, lambda cell: normalise_phone(cell, country="US")):
        found = normalise(text)

        assert isinstance(found, CellProblem) or normalise(found) == found
