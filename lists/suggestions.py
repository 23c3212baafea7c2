"""What was probably meant by a cell that is no identifier. Pure.

    diagnosed(CellProblem.EMAIL_INVALID, "ana@example,com", country="US")    # "email_comma"
    suggested("email_comma", "ana@example,com", country="US")                # "ana@example.com"

A suggestion may name another guest, so it is used only when a user agrees: for one line, or for all lines of a reason.
Another spelling of the same guest (capitals, punctuation, full-width digits, `mailto:`) needs no suggestion:
`lists.identifiers` reads it.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import Enum
from itertools import pairwise
from urllib.parse import unquote

from lists.cleaning import AROUND, cleaned_cell
from lists.fragments import addresses_in, numbers_in, only_address_in, only_number_in
from lists.identifiers import (
    LONGEST_CELL,
    NANP_COUNTRIES,
    NATIONAL_DIGITS,
    CellProblem,
    cleaned_email,
    cleaned_phone,
    email_in_cell,
    has_glued_ending,
    normalise_phone,
)
from lists.mail_domains import NAMES, likely_domain


class Repair(Enum):
    """Kinds of damage that can be undone. The values are stored reasons, like those of `CellProblem`."""

    EMAIL_COMMA = "email_comma"
    EMAIL_SPACES = "email_spaces"
    EMAIL_SIGNS = "email_signs"
    EMAIL_AT_LOST = "email_at_lost"
    EMAIL_ENDING_LOST = "email_ending_lost"
    EMAIL_DASH = "email_dash"
    EMAIL_AMONG_WORDS = "email_among_words"
    EMAIL_IS_PHONE = "email_is_phone"
    PHONE_PLUS_LOST = "phone_plus_lost"
    PHONE_ZERO_LOST = "phone_zero_lost"
    PHONE_LETTERS = "phone_letters"
    PHONE_ROUNDED = "phone_rounded"
    PHONE_AMONG_WORDS = "phone_among_words"
    PHONE_OLD_PREFIX = "phone_old_prefix"
    PHONE_IS_EMAIL = "phone_is_email"


class Doubt(Enum):
    """Why a valid identifier may be wrong. It is sent as it is, unless a user leaves it out."""

    EMAIL_TYPO = "email_typo"
    OTHER_USED = "other_used"


def diagnosed(problem: CellProblem, cell: str, *, country: str) -> str:
    """Return the most helpful reason for a cell that is no identifier: a repair that works, else the problem."""
    repairs = (repair.value for repair in _OF_PROBLEM.get(problem, ()))
    return next((reason for reason in repairs if _REPAIRS[reason](cell, country)), str(problem.value))


def suggested(reason: str, cell: str, *, country: str) -> str:
    """Return the normalised identifier that was probably meant by a cell with this reason; nothing if unknown."""
    repair = _REPAIRS.get(reason)
    return repair(cell, country) if repair else ""


# --- E-mail --------------------------------------------------------------------------------------------------

_SPACES = re.compile(r"\s+")
_REPEATED = re.compile(r"([.@])\1+")
_DOT_BESIDE_AT = re.compile(r"\.*@\.*")
_WRITTEN_AT = re.compile(r"\s*(?:\(at\)|\[at\]|\{at\}|\bat\b)\s*", re.IGNORECASE)
_SEVERAL = re.compile(r"[\s,;/|&]+")
_HYPHENS = re.compile("(?<=[a-z0-9])[\u2010-\u2013\u2212](?=[a-z0-9])", re.IGNORECASE)
_BRACKETED = re.compile(r"<([^<>@]+@[^<>]+)>")


def _email(text: str) -> str:
    found = email_in_cell(text)
    return found if isinstance(found, str) else ""


def _without_comma(cell: str, _: str) -> str:
    local, _at, domain = cleaned_email(cell).rpartition("@")
    return _email(f"{local}@{re.sub('[,;]', '.', domain)}") if re.search("[,;]", domain) else ""


def _without_space(cell: str, _: str) -> str:
    """Close one gap behind the @. With one before it, it is unclear where the address begins."""
    local, at, domain = cleaned_email(cell).partition("@")
    is_whole = at and not _SPACES.search(local) and len(_SPACES.findall(domain)) == 1
    if not is_whole:
        return ""
    ends, _gap, rest = domain.partition(" ")
    closed = _SPACES.sub("", domain)
    # Behind a whole address, it is another word: `ana@example.com Ana`.
    return "" if addresses_in(f"a@{ends}") and rest and closed not in NAMES.values() else _email(f"{local}@{closed}")


def _without_stray_signs(cell: str, _: str) -> str:
    cleaned = cleaned_email(cell)
    without = _DOT_BESIDE_AT.sub("@", _REPEATED.sub(r"\1", cleaned)).strip(".")
    return _email(without) if without != cleaned else ""


def _with_at(cell: str, _: str) -> str:
    cleaned = unquote(html.unescape(cleaned_email(cell))).lower()
    if cleaned.count("@") == 1 and "@" not in cell:
        return _email(cleaned)
    if "@" in cleaned:
        return ""
    written = _WRITTEN_AT.sub("@", cleaned)
    if written.count("@") == 1:
        return _email(written)
    domain = next((known for known in NAMES.values() if cleaned.endswith(known)), "")
    local = cleaned.removesuffix(domain).rstrip("._-#* ") if domain else ""
    return _email(f"{local}@{domain}") if local else ""


def _with_ending(cell: str, _: str) -> str:
    local, _at, domain = cleaned_email(cell).lower().rpartition("@")
    return _email(f"{local}@{NAMES[domain]}") if domain in NAMES else ""


def _without_accents(cell: str, _: str) -> str:
    apart = unicodedata.normalize("NFKD", cleaned_email(cell))
    return _email("".join(sign for sign in apart if not unicodedata.combining(sign)))


def _with_hyphen(cell: str, _: str) -> str:
    """Read a dash within the address as the hyphen that it was. A dash between a name and an address stays."""
    cleaned = cleaned_email(cell)
    if not _HYPHENS.search(cleaned):
        return ""
    local = re.split("[\u2010-\u2013\u2212]", cleaned.partition("@")[0].lower())
    repeats = any(later.startswith(first) for first, later in pairwise(local))
    return "" if repeats else _email(_HYPHENS.sub("-", cleaned))


def _first_email(cell: str, _: str) -> str:
    cleaned = cleaned_cell(cell[:LONGEST_CELL])
    bracketed = _BRACKETED.findall(cleaned)
    parts = bracketed if len(bracketed) == 1 else _SEVERAL.split(cleaned)
    return next(filter(None, map(_email, parts)), next(iter(map(_email, addresses_in(cleaned))), ""))


def _only_email(cell: str, _: str) -> str:
    return _email(only_address_in(cleaned_cell(cell[:LONGEST_CELL])))


def _unglued(cell: str, _: str) -> str:
    """Return what an address holds besides what is attached to it: `%2B`, a word, a separator."""
    cleaned = cleaned_email(cell).lower()
    local, _at, domain = cleaned.rpartition("@")
    if has_glued_ending(domain):
        known = next((end for end in (".com", ".net", ".org", ".edu") if f"{end}" in domain), "")
        return _email(f"{local}@{domain[: domain.rindex(known) + len(known)]}")
    if "%" in local:
        return _email(unquote(cleaned).strip(AROUND))
    return next(iter(map(_email, addresses_in(cleaned.lstrip("-+.'")))), "")


def _without_slip(cell: str, _: str) -> str:
    local, at, domain = cell.rpartition("@")
    likely = likely_domain(domain)
    return f"{local}{at}{likely}" if likely else ""


# --- Phone ---------------------------------------------------------------------------------------------------

_NOT_DIGITS = re.compile(r"[^0-9]+")
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?E\+?([0-9]+)", re.IGNORECASE).fullmatch
_EXTENSION = re.compile(r"[\s,;]*(ext(ension)?|extn|x|#)\s*[.:=]?\s*[0-9]+$", re.IGNORECASE)
_SEVERAL_PHONES = re.compile(r"[/;,|&\n]| or ")
_LIKE_DIGITS = str.maketrans("OoQIl|", "000111")


def _phone(text: str, country: str, *, restores_plus: bool = False) -> str:
    found = normalise_phone(text, country=country, restores_plus=restores_plus)
    return found if isinstance(found, str) else ""


def _with_plus(cell: str, country: str) -> str:
    is_long = len(_NOT_DIGITS.sub("", cell)) > NATIONAL_DIGITS
    return _phone(cell, country, restores_plus=True) if is_long else ""


def _with_zero(cell: str, country: str) -> str:
    cleaned = cleaned_phone(cell)
    digits = _NOT_DIGITS.sub("", cleaned)
    has_none_to_lose = country in NANP_COUNTRIES or cleaned.startswith(("+", "0"))
    return "" if has_none_to_lose or not digits else _phone(f"0{digits}", country)


def _with_digits(cell: str, country: str) -> str:
    cleaned = cleaned_phone(cell)
    return _phone(cleaned.translate(_LIKE_DIGITS), country) if cleaned != cleaned.translate(_LIKE_DIGITS) else ""


def _unrounded(cell: str, country: str) -> str:
    """Write 1.2125550100E+10 out. 4.1E+10 stays: its other digits are lost."""
    match = _SCIENTIFIC(cleaned_phone(cell))
    if not match:
        return ""
    first, rest, exponent = match.group(1), match.group(2) or "", int(match.group(3))
    return _phone(first + rest, country, restores_plus=True) if len(rest) == exponent else ""


def _first_phone(cell: str, country: str) -> str:
    parts = _SEVERAL_PHONES.split(cleaned_phone(cell))
    found = (_phone(part, country) or _only_phone(part, country) for part in (*parts, *numbers_in(cleaned_phone(cell))))
    return next(filter(None, found), "")


def _only_phone(cell: str, country: str) -> str:
    return "" if "@" in cell else _phone(only_number_in(cleaned_phone(cell)), country)


def _without_old_prefix(cell: str, country: str) -> str:
    """Leave out the 1 that Mexican mobile numbers had behind +52 until 2019."""
    digits = _NOT_DIGITS.sub("", cleaned_phone(cell))
    return (
        _phone(f"+52{digits[3:]}", country) if digits.startswith("521") and len(digits) == len("5215512345678") else ""
    )


def _without_extension(cell: str, country: str) -> str:
    return _phone(_EXTENSION.sub("", cleaned_phone(cell)), country)


_REPAIRS: Mapping[str, Callable[[str, str], str]] = {
    Repair.EMAIL_COMMA.value: _without_comma,
    Repair.EMAIL_SPACES.value: _without_space,
    Repair.EMAIL_SIGNS.value: _without_stray_signs,
    Repair.EMAIL_AT_LOST.value: _with_at,
    Repair.EMAIL_ENDING_LOST.value: _with_ending,
    Repair.EMAIL_DASH.value: _with_hyphen,
    Repair.EMAIL_AMONG_WORDS.value: _only_email,
    Repair.EMAIL_IS_PHONE.value: lambda cell, country: "" if "@" in cell else _phone(cell, country),
    Repair.PHONE_PLUS_LOST.value: _with_plus,
    Repair.PHONE_ZERO_LOST.value: _with_zero,
    Repair.PHONE_LETTERS.value: _with_digits,
    Repair.PHONE_ROUNDED.value: _unrounded,
    Repair.PHONE_AMONG_WORDS.value: _only_phone,
    Repair.PHONE_OLD_PREFIX.value: _without_old_prefix,
    Repair.PHONE_IS_EMAIL.value: lambda cell, _: _email(cell) if "@" in cell else "",
    CellProblem.EMAIL_ACCENTED.value: _without_accents,
    CellProblem.EMAIL_SEVERAL.value: _first_email,
    CellProblem.EMAIL_GLUED.value: _unglued,
    CellProblem.PHONE_SEVERAL.value: _first_phone,
    CellProblem.PHONE_EXTENSION.value: _without_extension,
    Doubt.EMAIL_TYPO.value: _without_slip,
}

_OF_PROBLEM: Mapping[CellProblem, tuple[Repair, ...]] = {
    CellProblem.EMAIL_INVALID: (
        Repair.EMAIL_COMMA,
        Repair.EMAIL_SIGNS,
        Repair.EMAIL_ENDING_LOST,
        Repair.EMAIL_AT_LOST,
        Repair.EMAIL_IS_PHONE,
        Repair.EMAIL_SPACES,
        Repair.EMAIL_DASH,
        Repair.EMAIL_AMONG_WORDS,
    ),
    CellProblem.EMAIL_ACCENTED: (Repair.EMAIL_DASH,),
    CellProblem.PHONE_INVALID: (
        Repair.PHONE_OLD_PREFIX,
        Repair.PHONE_PLUS_LOST,
        Repair.PHONE_ZERO_LOST,
        Repair.PHONE_IS_EMAIL,
        Repair.PHONE_LETTERS,
        Repair.PHONE_AMONG_WORDS,
    ),
    CellProblem.PHONE_DAMAGED: (Repair.PHONE_ROUNDED,),
}
