"""E-mail addresses and phone numbers, in all spellings of people and spreadsheets, become the one form that is sent.

    normalise_email(" Ana <Ana@Example.com>")              # "ana@example.com"
    normalise_phone("(212) 555-0100", country="US")        # "+12125550100"
    normalise_phone("4.1E+10", country="US")               # CellProblem.PHONE_DAMAGED

email-validator (without DNS) and phonenumbers decide what is valid. They cost 24 µs a line. Plain spellings, which most
lines have, are recognised here in a tenth of that time; tests make sure that both ways give the same result.

The whole address becomes lower case. RFC 5321, 2.4 allows a host to treat `Ana@…` and `ana@…` as two mailboxes, and
advises against it; no large provider does. A guest who typed both must not get two rewards.
"""

import re
from collections.abc import Mapping
from enum import Enum
from functools import cache, lru_cache
from urllib.parse import unquote

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from lists.cleaning import AROUND, DASHES, INVISIBLE, cleaned_cell
from lists.fragments import addresses_in, numbers_in

LONGEST_LOCAL, LONGEST_ADDRESS = 64, 254
"""Characters before the @ and altogether: RFC 5321, 4.5.3.1."""

LONGEST_CELL = 400
"""Characters. The longest address has 254; of a longer cell only the beginning is examined."""


class CellProblem(Enum):
    """Why a cell is no identifier. The values are stored and never change; pages look up their explanation."""

    EMPTY = "empty"
    EMAIL_INVALID = "email_invalid"
    EMAIL_SEVERAL = "email_several"
    EMAIL_ACCENTED = "email_accented"
    EMAIL_GLUED = "email_glued"
    PHONE_INVALID = "phone_invalid"
    PHONE_SEVERAL = "phone_several"
    PHONE_DAMAGED = "phone_damaged"
    PHONE_EXTENSION = "phone_extension"


PLACEHOLDERS = frozenset(
    {*("", "?", "n/a", "#n/a", "na", "n.a."), *("none", "null", "(null)", "nil", "nan", "unknown", "undefined")}
)
"""What exports write into an empty cell."""


def normalise_email(text: str) -> str | CellProblem:
    """Return the address in lower case with an ASCII domain, or why it is none."""
    return _plain_email(text) or _unusual_email(text)


def email_in_cell(text: str) -> str | CellProblem:
    """Return the address of a cell of a file, or why it is not certain which one is meant.

    `ana^ana@example.com` is valid, and is rather a line with a separator of its own. Users can type such an address.
    """
    plain = _plain_email(text)
    if plain is not None:
        return plain
    found = _unusual_email(text)
    return CellProblem.EMAIL_GLUED if isinstance(found, str) and not is_ordinary(found) else found


def is_ordinary(address: str) -> bool:
    """Whether an address holds nothing that rather belongs to what is around it in a file."""
    local, _, domain = address.rpartition("@")
    return bool(_ORDINARY_LOCAL(local)) and not has_glued_ending(domain)


def normalise_phone(text: str, *, country: str, restores_plus: bool = True) -> str | CellProblem:
    """Return the number in E.164, or why it is none. Without a prefix it is read as dialled in `country` ("US").

    With `restores_plus`, a number that does not exist in the country is read as an international one without its plus.
    """
    match = _PLAIN_NANP(text.translate(_PUNCTUATION))
    if match is None:
        return _unusual_phone(text, country=country, restores_plus=restores_plus)
    prefix, area, rest = match.group(1, 2, 3)
    if prefix == "+1" or country in NANP_COUNTRIES:
        return f"+1{area}{rest}" if _is_nanp(area) else CellProblem.PHONE_INVALID
    return _unusual_phone(text, country=country, restores_plus=restores_plus)


def normalise(text: str, *, country: str) -> str | CellProblem:
    """Return a text of either kind as a normalised identifier, or why it is none: with an @ it is an address."""
    return normalise_email(text) if "@" in text else normalise_phone(text, country=country)


def has_text(cell: str) -> bool:
    """Whether a reader of the file sees anything in the cell."""
    return bool(INVISIBLE.sub("", cell).strip())


def is_placeholder(text: str) -> bool:
    """Whether a cell is empty, or says so: "n/a", "none", "-"."""
    cell = INVISIBLE.sub("", text).strip()
    return cell.lower() in PLACEHOLDERS or not cell.strip("-–—_=.")


# --- E-mail --------------------------------------------------------------------------------------------------

# Stricter than email-validator: RFC 5322's dot-atom without its rare characters.
_PLAIN_EMAIL = re.compile(
    r"((?![0-9]{10})[A-Za-z0-9_][A-Za-z0-9_+-]*(?:\.[A-Za-z0-9_+-]+)*)@([A-Za-z0-9.-]+)"
).fullmatch
_ORDINARY_LOCAL = re.compile(r"(?![0-9]{10,}[a-z])[a-z0-9_](?:[a-z0-9_.+'-]*[a-z0-9_+-])?").fullmatch
_GLUED_ENDING = re.compile(r"(.+\.(?:com|net|org|edu))([a-z]{2,})").fullmatch
_LONGER_ENDINGS = frozenset(
    {
        *("commbank", "community", "company", "compare", "computer", "comsec"),
        *("netbank", "netflix", "network", "networks", "organic", "education", "educator"),
    }
)
"""Top-level domains that begin like com, net, org or edu. Source: data.iana.org/TLD, 2026."""

_WORD_BEHIND = re.compile(r".+\.(?:com|net|org|edu)(?:\.[a-z]{3,}|-[a-z0-9-]+)|.+\.(?!xn--)[a-z]+-[a-z0-9-]+").fullmatch
"""A word that a separator joins to a domain: no ending has a hyphen, and only a country follows on com."""


_IN_BRACKETS = re.compile(r"<([^<>]*)>\W*$")
_AROUND_AT = re.compile(r"\s*@\s*")
_AROUND_DOT = re.compile(r"\s+\.\s+")
_BETWEEN_SEVERAL = re.compile(r"[\s,;/|&]+")
_MAILTO = re.compile(r"mail\s?to:/*", re.IGNORECASE).match


def has_glued_ending(domain: str) -> bool:
    """Whether a word follows on the end of a domain: `example.comAna`, `example.com-Ana`, `example.com.ana`."""
    match = _GLUED_ENDING(domain)
    is_glued = match is not None and domain.rpartition(".")[2] not in _LONGER_ENDINGS
    return is_glued or _WORD_BEHIND(domain) is not None


def _plain_email(text: str) -> str | None:
    plain = _PLAIN_EMAIL(text.strip())
    if plain is None:
        return None
    local, domain = plain.group(1, 2)
    known = plain_domain(domain.lower())
    if known is None or len(local) > LONGEST_LOCAL or len(local) + 1 + len(known) > LONGEST_ADDRESS:
        return None
    return f"{local.lower()}@{known}"


def plain_address(text: str, *, domains: Mapping[str, str]) -> str:
    """Return what `email_in_cell` returns for a plain address of a short form; nothing for any other cell.

    `domains` are domains as they are written, each with the spelling that is sent, or nothing.
    """
    plain = _PLAIN_EMAIL(text)
    if plain is None or len(text) > LONGEST_LOCAL:
        return ""
    local, written = plain.groups()
    domain = domains[written]
    return f"{local.lower()}@{domain}" if domain else ""


@lru_cache(maxsize=65_536)
def plain_domain(domain: str) -> str | None:
    """Return the domain as email-validator spells it in ASCII; None if it is invalid or unusual. A list has few."""
    try:
        found = validate_email(f"a@{domain}", check_deliverability=False, strict=True).ascii_domain.lower()
    except EmailNotValidError:
        return None
    return None if has_glued_ending(found) else found


def _unusual_email(text: str) -> str | CellProblem:
    if is_placeholder(text):
        return CellProblem.EMPTY
    if len(set(_parts_with_at(text))) > 1:
        return CellProblem.EMAIL_SEVERAL
    cleaned = cleaned_email(text)
    if len(text.strip()) > LONGEST_CELL:
        return CellProblem.EMAIL_INVALID
    try:
        found = validate_email(cleaned, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return CellProblem.EMAIL_INVALID
    if found.smtputf8:
        return CellProblem.EMAIL_ACCENTED
    return f"{found.local_part.lower()}@{str(found.ascii_domain).lower()}"


def _parts_with_at(text: str) -> list[str]:
    """Return what may be addresses in a cell, without what is around them: `Ana <ana@example.com>` holds one."""
    cell = _AROUND_AT.sub("@", cleaned_cell(text))
    plain = addresses_in(cell)
    if len(plain) > 1 or (plain and cell.lower().count(plain[0]) == cell.count("@")):
        return plain
    return [_without_link(part).lower() for part in _BETWEEN_SEVERAL.split(cell) if "@" in part.strip(AROUND)]


def _without_link(part: str) -> str:
    inner = part.strip(AROUND)
    link = _MAILTO(inner)
    return inner[link.end() :].partition("?")[0].strip(AROUND) if link and inner.count("@") == 1 else inner


@lru_cache(maxsize=8)  # several checks clean the same bad cell
def cleaned_email(text: str) -> str:
    """Return a cell without what surrounds an address: quotes, brackets, a name, `mailto:`, invisible characters."""
    cleaned = cleaned_cell(text[:LONGEST_CELL])
    named = _IN_BRACKETS.search(cleaned)
    if named:
        cleaned = named.group(1)
    cleaned = cleaned.strip(AROUND)
    link = _MAILTO(cleaned)
    if link:
        cleaned = unquote(cleaned[link.end() :].partition("?")[0]).strip(AROUND)
    return _AROUND_DOT.sub(".", _AROUND_AT.sub("@", cleaned)).rstrip(".")


# --- Phone ---------------------------------------------------------------------------------------------------

FEWEST_DIGITS = 7
"""Two parts of a cell with as many digits each are two numbers."""

NATIONAL_DIGITS = 10
"""With more digits than these, the number may be an international one that lost its plus."""

NANP_COUNTRIES = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])
_PUNCTUATION = dict.fromkeys(map(ord, " .-()\u00a0\u2010\u2011\u2012\u2013"))
_PLAIN_NANP = re.compile(r"(\+?1)?([2-9][0-9]{5})([0-9]{4})").fullmatch
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?E\+?[0-9]+|#{3,}", re.IGNORECASE).fullmatch
_WITH_DECIMALS = re.compile(r"(\+?[0-9]{7,15})[.,]0+").fullmatch
_EXTENSION = re.compile(r"[0-9)]\s*[,;]?\s*(ext(ension)?|extn|x|#)\s*[.:=]?\s*[0-9]+$", re.IGNORECASE).search
_OTHER_THAN_A_NUMBER = re.compile(r"[^0-9+()\[\]\s./\\~*_-]").search
_NOT_DIGITS = re.compile(r"[^0-9]+")
_AROUND_NUMBERS = AROUND.translate(dict.fromkeys(map(ord, "()[]{}*|")))
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")


def _unusual_phone(text: str, *, country: str, restores_plus: bool) -> str | CellProblem:
    if is_placeholder(text):
        return CellProblem.EMPTY
    cleaned = cleaned_phone(text)
    if _SCIENTIFIC(cleaned):
        return CellProblem.PHONE_DAMAGED
    if _EXTENSION(cleaned):
        return CellProblem.PHONE_EXTENSION
    if _has_several(cleaned):
        return CellProblem.PHONE_SEVERAL
    if _OTHER_THAN_A_NUMBER(cleaned):
        return CellProblem.PHONE_INVALID
    readings = _readings(cleaned, country, restores_plus=restores_plus)
    return next(filter(None, (_valid(one, country=country) for one in readings)), CellProblem.PHONE_INVALID)


@lru_cache(maxsize=8)
def cleaned_phone(text: str) -> str:
    """Return a cell without what surrounds a number: quotes, `tel:`, a spreadsheet's decimals, invisible characters."""
    cleaned = cleaned_cell(text[:LONGEST_CELL]).translate(DASHES)
    cleaned = cleaned.strip(_AROUND_NUMBERS)
    if cleaned[:4].lower() == "tel:":
        cleaned = cleaned[4:].strip()
    decimals = _WITH_DECIMALS(cleaned)
    return decimals.group(1) if decimals else cleaned


def _has_several(cleaned: str) -> bool:
    parts = re.split(r"[/;,|&\n]| or ", cleaned)
    return len(numbers_in(cleaned)) > 1 or sum(len(_NOT_DIGITS.sub("", one)) >= FEWEST_DIGITS for one in parts) > 1


def _readings(cleaned: str, country: str, *, restores_plus: bool) -> list[str]:
    """Return what the digits may mean, likeliest first: dialled in the country, before international without a plus."""
    international = cleaned.lstrip("([ ").startswith("+")
    digits = _NOT_DIGITS.sub("", _TRUNK_ZERO.sub("", cleaned) if international or cleaned[:2] == "00" else cleaned)
    if digits.startswith("00"):
        return ["+" + digits[2:]]
    if international:
        return ["+" + digits]
    if digits.startswith("011") and country in NANP_COUNTRIES:
        return ["+" + digits[3:]]
    return [digits, "+" + digits] if restores_plus and len(digits) > NATIONAL_DIGITS else [digits]


def _valid(spelled: str, *, country: str) -> str | None:
    try:
        number = phonenumbers.parse(spelled, country)
    except phonenumbers.NumberParseException:
        return None
    if number.country_code == 1:  # the library asks each of the countries that share it
        national = str(number.national_number)
        is_valid = len(national) == NATIONAL_DIGITS and _is_nanp(national[:6])
        return f"+1{national}" if is_valid else None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# --- North American numbers: valid or not is settled by the first six of the ten digits -------------------------

_UNKNOWN, _GOOD, _BAD = 0, 1, 2
_nanp_known = bytearray(1_000_000)


def _is_nanp(area: str) -> bool:
    """Whether phonenumbers accepts a number of country code 1 that begins with these six digits; cached for each."""
    place = int(area)
    if _nanp_known[place] == _UNKNOWN:
        _nanp_known[place] = _GOOD if _nanp_patterns().fullmatch(area + "0000") else _BAD
    return _nanp_known[place] == _GOOD


@cache
def _nanp_patterns() -> re.Pattern[str]:
    """Return phonenumbers' own patterns of every kind of number of every country that shares country code 1."""
    kinds = (
        *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
        *("personal_number", "voip", "pager", "uan", "voicemail"),
    )
    patterns = set()
    for region in sorted(NANP_COUNTRIES):
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
        assert metadata is not None
        assert metadata.general_desc is not None
        general = metadata.general_desc.national_number_pattern
        descriptions = [getattr(metadata, kind) for kind in kinds]
        own = {desc.national_number_pattern for desc in descriptions if desc and desc.national_number_pattern}
        patterns.add(f"(?=(?:{general})$)(?:{'|'.join(sorted(own))})")
    return re.compile("|".join(sorted(patterns)))
