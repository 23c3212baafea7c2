"""The same guests come back from any export, or a question does; never another guest."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lists.detection import Shape
from lists.lines import Accepted, Columns, LineReader, LineRules
from lists.tables import beginning_of, body_rows
from tests.lists.exports import DIGITS, EXPORTERS, PHONE, TAILS, TITLES, Export, Guest

NAMES = ["Ana", "José", "Zoë", "O'Neil", "Al, Jr.", 'Bo "the" Bear', "Smith; Sons", "María José", "X"]


@st.composite
def guest_lists(draw):
    count = draw(st.integers(2, 12))
    guests = []
    for number in range(count):
        has = draw(st.sampled_from(["email", "phone", "both", "both"]))
        local = draw(st.sampled_from(["ana", "bo.lee", "cy_d", "di+news", "e-f"]))
        email = f"{local}{number}@guest{number % 3}.example.com"
        phone = f"212555{1000 + number * 100 + draw(st.integers(0, 99))}"
        first, last = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
        guests.append(Guest(number, first, last, email if has != "phone" else "", phone if has != "email" else ""))
    return guests


EXPORTS = st.builds(
    Export,
    exporter=st.sampled_from(sorted(EXPORTERS)),
    delimiter=st.sampled_from(",;\t|^~"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "windows-1252", "mac_roman"]),
    line_end=st.sampled_from(["\r\n", "\n"]),
    title=st.integers(0, len(TITLES) - 1),
    tail=st.integers(0, len(TAILS) - 1),
)


def read(data: bytes):
    """Return the guests who would get a reward, and those on lines that wait; None where a question is asked."""
    file = io.BufferedReader(io.BytesIO(data))
    shape = beginning_of(file).shape(country="US")
    if not isinstance(shape, Shape) or shape.questions or not shape.mapping:
        return None
    columns = Columns(email=shape.mapping.get("email"), phone=shape.mapping.get("phone"))
    reader = LineReader(columns=columns, country="US", rules=LineRules())
    lines = [reader.read(row) for _, row in body_rows(file, read_as=shape)]
    return {line.value for line in lines if isinstance(line, Accepted)}


def holds_phones(exporter: str) -> bool:
    return any(cell in (PHONE, DIGITS) for cell in EXPORTERS[exporter].values())


@given(EXPORTS, guest_lists())
def test_the_same_guests_come_back_or_a_question_and_never_another(export, guests):
    found = read(export.written(guests))

    if found is not None:
        meant = {guest.meant for guest in guests if guest.email or holds_phones(export.exporter)}
        assert found <= meant
        assert found == meant


@pytest.mark.parametrize("exporter", sorted(EXPORTERS))
def test_an_export_as_it_comes_raises_no_question(exporter):
    guests = [
        Guest(n, "Ana", "Lee", f"ana{n}@example.com" if n % 3 else "", f"212555{n:04}" if n % 2 else "")
        for n in range(1, 40)
    ]
    guests = [guest for guest in guests if guest.email or (guest.phone and holds_phones(exporter))]

    assert read(Export(exporter).written(guests)) == {guest.meant for guest in guests}
