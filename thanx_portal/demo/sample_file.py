"""A made-up file of guests as a restaurant's till exports it: mostly right, with all the usual mistakes.

The email addresses are at example domains, the phone numbers are reserved for fiction. The same seed makes the same
file, byte for byte.
"""

import csv
import io
import random
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta

from lists.identifiers import normalise_email, normalise_phone


def _words(text: str) -> list[str]:
    return text.split()


HEADER = ("Guest ID", "First name", "Last name", "Email address", "Mobile", "Birthday", "Town", "Last visit", "Note")

FIRST = _words(
    "Ana Beatriz Chloé Dmitri Elif Fatima Grace Hugo Inês Jamal Keiko Liam María Noah Olivia Priya Quinn René "
    "Søren Tomás Uma Valentina Wei Ximena Yusuf Zoë Aoife Björn Cem Dolores Émile Farah Gwen Håkon Isla José "
    "Kwame Lucía Mateo Nadia"
)
LAST = _words(
    "Adeyemi Brown Castañeda D'Angelo Eriksson Fernández García Hernández Ivanova Johnson Kowalski Lefèvre Müller "
    "Nguyen O'Brien Peña Quiñones Rodríguez Smith Tanaka Usman Vasquez Williams Xu Yılmaz Zhang Ångström Bélanger "
    "Chen Diallo Evans Fuchs Gonçalves Hoàng Iglesias Jiménez Khan López Martínez Núñez Ortiz Patel Ruíz Sánchez "
    "Tran Weiß"
)
TOWNS = ("Chicago, IL", "Evanston, IL", "Oak Park, IL", "Peoria, IL", "Milwaukee, WI", "St. Paul, MN", "Gary, IN")
DOMAINS = ("example.com", "example.org", "example.net")
AREAS = _words(
    "212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253 254 256 260 262 267 269 270 "
    "276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323 325 330 331 334 336 "
    "337 339 347 351"
)
AREAS_OF_PHONES, AREAS_OF_BOTH = AREAS[:-18], AREAS[-18:]
"""Area codes of guests with a phone only, and of phones beside an address. No phone occurs in both ways."""

NOTES = ("likes the window table", "allergic to nuts", "birthday party, 12 people", 'calls it "the usual"')
NO_EMAILS = (
    "n/a",
    "none",
    "ana.lima@example",
    "jo@@example.com",
    "sam.example.com",
    "guest at example.com",
    "@example.org",
)
NO_PHONES = ("555-0142", "unknown", "call the office", "+1 12", "00000")

WITHOUT_EMAIL = 0.16
WITH_BOTH = 0.3
WITH_NOTE = 0.4
REPEATED = 0.02
WRONG = 0.012
EMPTY_LINE = 0.003


def sample_csv(*, lines: int, seed: int = 1) -> bytes:
    """Return a CSV file with `lines` lines below its header, in UTF-8 with a byte order mark, as Excel saves it."""
    chance = random.Random(seed)  # noqa: S311 (a sample, no secret)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for row in _rows(chance, count=lines):
        if row is None:
            out.write("\r\n")
        else:
            writer.writerow(row)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def member_file(file: bytes) -> str:
    """Return the guests of such a file, each once, as a file of members for the sandbox: email, phone, names."""
    out = io.StringIO(newline="")
    writer, known = csv.writer(out), set[str]()
    for row in csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")):
        email, phone = normalise_email(row["Email address"] or ""), normalise_phone(row["Mobile"] or "", country="US")
        named = [value if isinstance(value, str) else "" for value in (email, phone)]
        key = named[0] or named[1]
        if key and key not in known:
            known.add(key)
            # A phone belongs to one guest; a guest with both is a member by email address.
            writer.writerow([named[0], "" if named[0] else named[1], row["First name"], row["Last name"]])
    return out.getvalue()


def _rows(chance: random.Random, *, count: int) -> Iterator[list[str] | None]:
    """Yield the cells of each line; None is an empty line."""
    earlier: list[list[str]] = []
    phones = _phones(chance)
    for number in range(count):
        drawn = chance.random()
        if drawn < EMPTY_LINE:
            yield None
        elif drawn < EMPTY_LINE + REPEATED and earlier:
            yield _repeated(chance, chance.choice(earlier[-3000:]), number)
        else:
            row = _guest(chance, number, phones=phones)
            earlier.append(row)
            yield row


def _guest(chance: random.Random, number: int, *, phones: Iterator[str]) -> list[str]:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    email = "" if chance.random() < WITHOUT_EMAIL else _email(chance, first, last, number)
    phone = "" if email else _spelled(chance, next(phones))
    if email and chance.random() < WITH_BOTH:
        phone = _spelled(chance, f"{chance.choice(AREAS_OF_BOTH)}55501{chance.randrange(100):02}")
    if chance.random() < WRONG:
        email, phone = _spoiled(chance, email)
    visit = date(2026, 1, 1) + timedelta(days=chance.randrange(120))
    birthday = f"{chance.randint(1, 12)}/{chance.randint(1, 28)}/{chance.randint(1950, 2006)}"
    town, note = chance.choice(TOWNS), chance.choice(NOTES) if chance.random() < WITH_NOTE else ""
    return [f"G-{100000 + number}", first, last, email, phone, birthday, town, visit.isoformat(), note]


def _spoiled(chance: random.Random, email: str) -> tuple[str, str]:
    """Return an email address and a phone that are both unusable."""
    return chance.choice([(chance.choice(NO_EMAILS), ""), ("", chance.choice(NO_PHONES)), ("", ""), (email[:-4], "")])


def _repeated(chance: random.Random, row: list[str], number: int) -> list[str]:
    """Return a guest of an earlier line again, spelled in another way."""
    again = row.copy()
    again[0] = f"G-{100000 + number}"
    again[3] = chance.choice([again[3], again[3].upper(), again[3].title()])
    return again


def _email(chance: random.Random, first: str, last: str, number: int) -> str:
    plain = f"{_ascii(first)}.{_ascii(last)}{number}@{chance.choice(DOMAINS)}".lower()
    spelled = [
        plain,
        plain,
        plain,
        plain,
        plain.upper(),
        f" {plain} ",
        f"mailto:{plain}",
        plain.replace("example", "Example"),
    ]
    return chance.choice(spelled)


def _phones(chance: random.Random) -> Iterator[str]:
    """Yield phone numbers of ten digits, each once until all are used: 555-01xx is reserved in every area."""
    every = [f"{area}55501{number:02}" for area in AREAS_OF_PHONES for number in range(100)]
    chance.shuffle(every)
    while True:
        yield from every


def _spelled(chance: random.Random, digits: str) -> str:
    area, middle, end = digits[:3], digits[3:6], digits[6:]
    spellings = (
        f"({area}) {middle}-{end}",
        f"{area}-{middle}-{end}",
        f"{area}.{middle}.{end}",
        f"+1 {area} {middle} {end}",
        f"+1{digits}",
        f"1-{area}-{middle}-{end}",
        f"001 {area} {middle} {end}",
        digits,
        f"({area}){middle}{end} ",
        f"{area}\u00a0{middle}\u00a0{end}",
    )
    return chance.choice(spellings)


def _ascii(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("ı", "i").replace("ß", "ss"))
    return "".join(letter for letter in folded if letter.isascii() and letter.isalpha())
