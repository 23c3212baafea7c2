"""Files as users send them: each with the guests that it means, and the numbers of the lines that are left out."""

import pytest

from issuance.states import IssuanceState
from tests.support.audiences import arms, left_out, take_in
from tests.support.factories import create_live_campaign
from tests.support.spreadsheets import ods, xlsx

pytestmark = pytest.mark.django_db

ANA, BO, PHONE = "ana@example.com", "bo@example.com", "+12125550123"
INVALID = ("email_invalid", None)
EMPTY = ("empty", None)

FILES = {
    "a byte order mark": (b"\xef\xbb\xbfemail\r\nana@example.com\r\n", {ANA}, {}),
    "UTF-16 from a spreadsheet": (
        "email\tname\r\nana@example.com\tAna\r\nno\tX\r\n".encode("utf-16"),
        {ANA},
        {3: INVALID},
    ),
    "UTF-16 without a mark": ("email,name\nana@example.com,Ana\n".encode("utf-16-le"), {ANA}, {}),
    "Windows-1252": ("Prénom;Courriel\nAndré;ana@example.com\n".encode("windows-1252"), {ANA}, {}),
    "two encodings in one": (b"name,email\nJos\xc3\xa9,ana@example.com\nPe\xf1a,bo@example.com\n", {ANA, BO}, {}),
    "semicolons and commas within": (b'name;email\n"Doe, Jo";ana@example.com\nDoe, Al;bo@example.com\n', {ANA, BO}, {}),
    "bars": (b"name|email\nAna|ana@example.com\n", {ANA}, {}),
    "old line ends": (b"email\rana@example.com\rbo@example.com\r", {ANA, BO}, {}),
    "a hint for Excel": (b"sep=;\r\nemail;name\r\nana@example.com;Ana\r\nx;y\r\n", {ANA}, {3: INVALID}),
    "no header": (b"ana@example.com\nbo@example.com\n", {ANA, BO}, {}),
    "no header, several columns": (b"1,Ana,ana@example.com\n2,Bo,bo@\n", {ANA}, {2: INVALID}),
    "blank lines at either end": (b"\n\nemail\nana@example.com\n\n\n", {ANA}, {}),
    "blank lines in the middle": (b"email\nana@example.com\n\nx@\nbo@example.com\n", {ANA, BO}, {3: EMPTY, 4: INVALID}),
    "line breaks within a cell": (b'note,email\n"one\ntwo\nthree",ana@example.com\nx,no\n', {ANA}, {3: INVALID}),
    "a stray quote": (b'name,email\n"Ana,ana@example.com\nBo,bo@example.com\n', {ANA, BO}, {}),
    "titles above the header": (
        b"Guests of May,,\nExported 2026-05-12 10:30,,\n,,\nname,email,vip\nAna,ana@example.com,yes\nBo,no,\n",
        {ANA},
        {6: INVALID},
    ),
    "two rows that look like headers": (b"Guest,Contact,\n,,\nname,E-mail,note\nAna,ana@example.com,\n", {ANA}, {}),
    "columns at the end that hold nothing": (b"email,,,,\nana@example.com,,,,\nx,,,,\n", {ANA}, {3: INVALID}),
    "more cells than columns": (b"email\nana@example.com,more,and more\n", {ANA}, {}),
    "invisible signs in the header": ("\ufeff\u200bE\u00adMail\u00a0,Name\nana@example.com,Ana\n".encode(), {ANA}, {}),
    "invisible signs in the cells": (
        "email\n\u200bana@example.com\u00a0\nbo\u200b@example.com\n".encode(),
        {ANA, BO},
        {},
    ),
    "full-width signs": (
        "email,phone\nａｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ,\n,＋１２１２５５５０１２３\n".encode(),
        {ANA, PHONE},
        {},
    ),
    "links and names": (
        b"contact\nmailto:ana@example.com\nBo Lee <bo@example.com>\ntel:+1-212-555-0123\n",
        {ANA, BO, PHONE},
        {},
    ),
    "phones from a spreadsheet": (
        b"phone\n12125550123.0\n4.1E+10\n'+12125550124\n=+12125550125\n",
        {PHONE, "+12125550124", "+12125550125"},
        {3: ("phone_damaged", None)},
    ),
    "a phone that lost its plus": (b"phone\n442079460958\n+12125550123\n", {PHONE}, {2: ("phone_plus_lost", None)}),
    "tabs, as pasted": (b"Ana\tana@example.com\nBo\tbo@example.com\n", {ANA, BO}, {}),
    "addresses on one line each, with commas": (b"ana@example.com,\nbo@example.com,\n", {ANA, BO}, {}),
    "the same guest twice": (b"email\nAna@Example.com\nana@example.com\n", {ANA}, {3: ("duplicate", 2)}),
    "a sheet that begins far down": (
        xlsx(Cover=[["Hello"]], List=[[], [], ["Title"], [], [None, "Phone"], [None, 12125550123], [None, "x"]]),
        {PHONE},
        {7: ("phone_invalid", None)},
    ),
    "OpenDocument with gaps": (
        ods([[None], ["email"], ["ana@example.com"], [None], ["x"]]),
        {ANA},
        {4: EMPTY, 5: INVALID},
    ),
}


@pytest.mark.parametrize(("data", "guests", "out"), FILES.values(), ids=FILES)
def test_a_file_gives_its_guests_and_the_numbers_of_what_is_left_out(data, guests, out):
    issuance = take_in(create_live_campaign(shares=(100,), control=0), data)

    assert issuance.state == IssuanceState.READY
    assert set(arms(issuance)) == guests
    assert left_out(issuance) == out
    assert issuance.lines == len(guests) + len(out)
