"""Small files after public bug reports of similar products, each through both front doors: upload and command line."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from issuance.files import left_out_file
from issuance.models import Issuance
from issuance.states import IssuanceState
from tests.support.audiences import arms
from tests.support.front_doors import exclude, left_out, rehearsed, uploaded

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parent / "cases"
BY_PHONE = ["+12125550111", "+12125550112"]


def people(*names):
    return [f"{name}@example.com" for name in names]


READ = {
    "address-before-name.csv": (
        [],
        {
            line: ("email_among_words", f"{name}.n@example.com")
            for line, name in enumerate(["ana", "bea", "cy", "di", "eva"], start=2)
        },
    ),
    "caret-separated.csv": (people("ana", "bob"), {}),
    "curly-apostrophe.csv": (people("conan.o'brien", "d'arcy"), {}),
    "customer-id-for-phone.csv": (
        people("bob.id"),
        {2: ("no_identifier", ""), 4: ("email_signs", "cy.id@example.com")},
    ),
    "en-dash.csv": (
        [],
        {
            2: ("email_dash", "jean-luc@example.com"),
            3: ("email_dash", "ann@coca-cola.example.com"),
            4: ("email_dash", "mary-ann@example.com"),
        },
    ),
    "filtered-rows.xlsx": (people("ana.h1", "di.h4"), {3: ("hidden_row", ""), 4: ("hidden_row", "")}),
    "formula-quoted-cells.csv": (people("ana", "bob"), {}),
    "from-and-to.csv": (people("ana", "bob", "cy"), {}),
    "gb18030-comes-back-broken.csv": (people("guest2.z"), {2: ("email_signs", "bad@example.com")}),
    "header-swallows-a-guest.csv": (
        [],
        {line: ("email_among_words", f"{name}.l@example.com") for line, name in ((1, "ana"), (2, "bob"), (3, "cy"))},
    ),
    "invisible-object-sign.csv": (people("ana.i", "bob.i"), {}),
    "labelled-phones.csv": (
        [],
        {
            2: ("phone_among_words", "+12125550103"),
            3: ("phone_among_words", "+12125550102"),
            4: ("phone_among_words", "+12125550105"),
        },
    ),
    "lines-quoted-whole.csv": (people("ana", "bob"), {}),
    "long-note-in-quotes.csv": (people("ana.n150", "bob.n150"), {}),
    "mailto-forms.csv": (people("ana.q", "bob+news", "cy.q"), {}),
    "manager-email-first.csv": (people("ana", "bob", "cy"), {}),
    "mexico-521.csv": (["+525512345678"], {2: ("phone_old_prefix", "+525512345678")}),
    "million-blank-rows.xlsx": (people("ana.t1"), {}),
    "name-before-address.csv": (
        people("cy.n"),
        {2: ("email_among_words", "ana.n@example.com"), 3: ("email_among_words", "bea.n@example.com")},
    ),
    "numbers-tail.csv": (people("ana.t2", "bob.t2"), {}),
    "one-line-comma.txt": (people("ana.one", "bob.two", "cy.three"), {}),
    "other-digits.csv": (BY_PHONE, {}),
    "quoted-cell-of-several.csv": (
        [],
        {2: ("email_several", "ana@example.com"), 3: ("email_several", "bob@example.com")},
    ),
    "several-a-line.txt": (people("ana", "bob", "cy", "di", "eva"), {}),
    "shift-jis.csv": (people(*(f"guest{number}" for number in range(20))), {}),
    "some-lines-quoted-whole.csv": (people("ana", "bob", "cy"), {}),
    "tilde-and-star-separated.csv": (people("ana", "bob"), {}),
}


@pytest.mark.parametrize(("name", "guests", "out"), [(name, *said) for name, said in READ.items()], ids=READ)
def test_a_list_is_read_as_its_owner_meant_it(desk, reader, name, guests, out):
    issuance = uploaded(desk, name, (FILES / name).read_bytes())
    told, _ = rehearsed(desk, FILES / name)

    assert sorted(arms(issuance)) == sorted(guests)
    assert left_out(issuance) == out
    assert issuance.lines == len(guests) + len(out)
    assert (told["lines"], told["not_sent"]) == (issuance.lines, len(guests))
    assert sum(told["left_out"].values()) == len(out)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mailchimp.zip", "This is an archive, which may hold several files"),
        ("addresses.json", "This is not a table, but data for programs"),
    ],
)
def test_a_refusal_says_the_same_on_the_page_and_on_the_command_line(desk, reader, name, words):
    issuance = uploaded(desk, name, (FILES / name).read_bytes())
    _, said = rehearsed(desk, FILES / name, code=1)

    assert words in said
    assert words in desk.get("check", issuance).text


def test_a_file_that_is_too_large_is_refused_in_the_same_words_and_leaves_nothing(desk, settings, uploads):
    settings.MAX_UPLOAD_BYTES = 100
    path = FILES / "long-note-in-quotes.csv"

    answer = desk.post("people", desk.draft(), {"file": SimpleUploadedFile(path.name, path.read_bytes()), "pasted": ""})
    with pytest.raises(CommandError) as refused:
        call_command("issue_rewards", str(path), "--campaign", str(desk.campaign.pk), "--dry-run", "--json")

    assert str(refused.value) in answer.text
    assert "100\xa0bytes" in str(refused.value)
    assert Issuance.objects.latest("pk").state == IssuanceState.DISCARDED
    assert not [file for file in uploads.rglob("*") if file.is_file()]


def test_names_in_an_older_encoding_come_back_as_they_were(desk):
    name = "gb18030-comes-back-broken.csv"
    data = (FILES / name).read_bytes()

    text = b"".join(left_out_file.left_out_csv(uploaded(desk, name, data))).decode("utf-8-sig")

    assert text.splitlines()[0].startswith("姓名,邮箱,")
    assert text.splitlines()[1].startswith(data.decode("gb18030").splitlines()[1].partition(",")[0])


def test_a_guest_who_is_excluded_by_a_damaged_address_gets_nothing_by_phone(desk, reader):
    exclude(desk, "never.again@example.com")

    told, _ = rehearsed(desk, FILES / "excluded-guest-by-phone.csv")

    assert told["left_out"] == {"do_not_reward": 1}
    assert told["not_sent"] == 1


def test_the_command_line_tells_when_the_other_identifier_steps_in(desk, reader):
    told, _ = rehearsed(desk, FILES / "excluded-guest-by-phone.csv")

    assert told["doubted"] == {"other_used": 1}
