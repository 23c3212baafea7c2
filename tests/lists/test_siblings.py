"""Small files of the kinds that go wrong, each through both front doors: who is sent to, what waits, what is asked.

A file says its lines without the line ends of the last one. What is not sent waits with a reason, and with a suggestion
if the cell plainly holds one; what may be meant in two ways is asked: the draft has no recipients, the command ends
with one.
"""

import pytest

from tests.lists.test_cases import people
from tests.support.audiences import arms
from tests.support.front_doors import left_out, rehearsed, uploaded

pytestmark = pytest.mark.django_db

ANA, BO, CY = people("ana", "bo", "cy")
WORDS, GLUED, SEVERAL = "email_among_words", "email_glued", "email_several"

READ = {
    "labels of a language": (
        "Nombre,Correo\nAna,Correo: ana@example.com\nBo,correo electrónico: bo@example.com",
        [],
        {2: (WORDS, ANA), 3: (WORDS, BO)},
    ),
    "forms of Exchange": (
        "Display Name,E-mail Address\nAna,SMTP:ana@example.com\nBo,/o=Mail/ou=First/cn=bo\nCy,EX:cy@example.com",
        [],
        {2: (WORDS, ANA), 3: ("email_invalid", ""), 4: (WORDS, CY)},
    ),
    "links": (
        (
            "email\nMAILTO:ana@example.com\nmailto: bo@example.com\nmailto:?to=cy@example.com\n"
            '"<a href=""mailto:ana@example.com"">Ana</a>"\nmailto:ana@example.com?cc=bo@example.com'
        ),
        [ANA, BO],
        {4: (WORDS, CY), 5: (WORDS, ANA), 6: (SEVERAL, ANA)},
    ),
    "percent signs": (
        "email\nana%40example.com\nbo%2Bvip%40example.com\n%20cy@example.com\n%20@example.com",
        [],
        {2: ("email_at_lost", ANA), 3: ("email_at_lost", "bo+vip@example.com"), 4: (GLUED, CY), 5: ("email_glued", "")},
    ),
    "formulas of links": (
        'Email\n"=HYPERLINK(""mailto:ana@example.com"",""ana@example.com"")"\n=T("bo@example.com")\n"=""cy@example.com"""',
        [BO, CY],
        {2: (WORDS, ANA)},
    ),
    "a copied field": ("Bcc: ana@example.com, bo@example.com", [BO], {1: ("email_invalid", "")}),
    "a link for several": ("mailto:ana@example.com,bo@example.com?subject=Hi", [ANA], {2: (WORDS, BO)}),
    "two addresses below each other in one cell": (
        'Name,Email\nAna,"ana@example.com\nbo@example.com\ndi@example.com"\nCy,cy@example.com',
        [CY],
        {2: (SEVERAL, ANA)},
    ),
    "a second column that few have": (
        "Email,Email 2\nana@example.com,\n,bo@example.com\ncy@example.com,cy2@example.com",
        [ANA, CY],
        {3: ("no_identifier", "")},
    ),
    "columns of a store, in Portuguese": (
        "E-mail do gerente;E-mail do cliente\nchefe@example.com;ana@example.com\nchefe@example.com;bo@example.com",
        [ANA, BO],
        {},
    ),
    "columns of a store, in Italian": (
        "Email negozio;Email cliente;Telefono negozio\nn@x.com;ana@example.com;2125550199\nn@x.com;;2125550199",
        [ANA],
        {3: ("no_identifier", "")},
    ),
    "columns of a store, in Chinese": (
        "店铺电话,客户电话,传真\n2125550199,212-555-0111,2125550198\n2125550199,,2125550198",
        ["+12125550111"],
        {3: ("no_identifier", "")},
    ),
    "who bought and who gets it": (
        "Purchaser email,Gift recipient email\nbuyer@example.com,ana@example.com\nbuyer2@example.com,bo@example.com",
        [ANA, BO],
        {},
    ),
    "totals in several languages": (
        (
            "Name,Phone\nAna,2125550111\nTotales,2125550123\n合計,2125550123\nИтого:,2125550123\n"
            "Total général,2125550123\nTotal de clientes: 1,2125550123\n"
            "(1 rows affected),2125550123\nTotal Lee,2125550112"
        ),
        ["+12125550111", "+12125550112"],
        dict.fromkeys(range(3, 9), ("totals_row", "")),
    ),
    "lines quoted whole before other separators": (
        '"Name,Email,Phone";;\n"Ana,ana@example.com,2125550101";;\n"Bo,bo@example.com,2125550102";;',
        [ANA, BO],
        {},
    ),
    "some lines quoted whole before other separators": (
        'Name,Email,Phone;;\n"Ana,""ana@example.com"",2125550101";;\nBo,bo@example.com,2125550102;;',
        [ANA, BO],
        {},
    ),
    "lines quoted whole with commas behind": (
        '"Name;Email",,\n"Ana;ana@example.com",,\n"Bo;bo@example.com",,',
        [ANA, BO],
        {},
    ),
    "lines quoted twice": ('"""Name,Email"""\n"""Ana,ana@example.com"""\n"""Bo,bo@example.com"""', [ANA, BO], {}),
    "lines quoted whole without names": (
        '"Ana,ana@example.com,2125550101";;\n"Bo,bo@example.com,2125550102";;',
        [ANA, BO],
        {},
    ),
    "a hyphen separates": ("Guest_Name-Guest_Email\nAna-ana@example.com\nBo-bo@example.com", [ANA, BO], {}),
    "an underscore separates": (
        "Name_Email\nAna_ana@example.com\nBo_bo@example.com\nCy_c_y@example.com",
        [ANA, BO],
        {4: ("email_invalid", "")},
    ),
    "a plus separates": ("First name+Email\nAna+ana@example.com\nBo+bo@example.com", [ANA, BO], {}),
    "a name behind the address": ("ana@example.com-Ana\nbo@example.com-Bo", [], {1: (GLUED, ANA), 2: (GLUED, BO)}),
    "a rare sign separates phones": (
        "Name^Phone\nAna^2125550111\nBo^212-555-0112",
        ["+12125550111", "+12125550112"],
        {},
    ),
    "zero bytes": (
        "Email\0\nana@example.com\0\nbo\0@example.com\nx\0\0cy@example.com",
        [ANA, BO],
        {4: ("email_invalid", "")},
    ),
    "UTF-32 without a mark": ("Name,Email\nAna,ana@example.com".encode("utf-32-le"), [ANA], {}),
    "line ends of a mainframe": ("Email\u0085ana@example.com\u0085bo@example.com", [ANA, BO], {}),
    "a table of Markdown": (
        "| Name | Email |\n|------|-------|\n| Ana | ana@example.com |",
        [ANA],
        {2: ("no_identifier", "")},
    ),
    "a range of dates above": ("From: 2026-05-01\nTo: 2026-05-31\nName,Email\nAna,ana@example.com", [ANA], {}),
}


@pytest.mark.parametrize("name", READ)
def test_a_sibling_is_read_as_its_owner_meant_it(desk, reader, tmp_path, name):
    written, guests, out = READ[name]
    path = tmp_path / "list.csv"
    path.write_bytes(written if isinstance(written, bytes) else written.encode())

    issuance = uploaded(desk, path.name, path.read_bytes())
    told, _ = rehearsed(desk, path)

    assert (sorted(arms(issuance)), left_out(issuance)) == (sorted(guests), out)
    assert (told["not_sent"], sum(told["left_out"].values())) == (len(guests), len(out))


ASKED = {
    "numbers of a membership": "Member,Name\n4155550151,Ana\n4155550152,Bo",
    "numbers that count up": "4155550151,Ana\n4155550152,Bo",
    "digits under a name for anything": "Guest,Visits\n2125550101,4\n2125550109,5",
    "numbers before addresses, joined": "id-email\n7-ana@example.com\n8-bo@example.com",
    "a guest and an address, joined": "Guest_Guest Email\nAna_ana@example.com\nBo_bo@example.com",
    "names before addresses, joined": "Ana.ana@example.com\nBo.bo@example.com",
    "names behind addresses, joined": "ana@example.com.ana\nbo@example.com.bo",
    "a tab that is written out": "Name\\tEmail\nAna\\tana@example.com\nBo\\tbo@example.com",
    "only another's address": "Referral email,Name\nfriend@example.com,Bo",
    "two columns of the same name": "Name,Email,Email\nAna,ana@a.example,ana@b.example\nBo,bo@a.example,bo@b.example",
}


@pytest.mark.parametrize("written", ASKED.values(), ids=ASKED)
def test_what_may_be_meant_in_two_ways_is_asked(desk, reader, tmp_path, written):
    path = tmp_path / "list.csv"
    path.write_text(written)

    issuance = uploaded(desk, path.name, path.read_bytes())
    told, _ = rehearsed(desk, path, code=1)

    assert issuance.problem in {"no_identifiers", "several_columns"}
    assert told["not_sent"] == 0


REFUSED = {
    "contacts of a directory": ("version: 1\n\ndn: cn=Ana,dc=x\nmail: ana@example.com", "data for programs"),
    "contacts of a directory, with a remark": ("# LDIF\n#\ndn: cn=Ana\nmail: ana@example.com", "data for programs"),
    "contact cards behind a mark": ("\ufeffBEGIN:VCARD\nEMAIL:ana@example.com\nEND:VCARD", "data for programs"),
    "XML": ("<guests><guest>ana@example.com</guest></guests>", "data for programs"),
    "statements for a database": ("INSERT INTO guests VALUES ('Ana', 'ana@example.com');", "data for programs"),
    "a mail": ("From: boss@example.com\nTo: ana@example.com\nSubject: Hi\n\nHello", "data for programs"),
    "a spreadsheet of 2003": (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
        "of an old kind",
    ),
    "a web page": ('<?xml version="1.0"?><html><body>ana@example.com</body></html>', "This is a web page"),
}


@pytest.mark.parametrize(("written", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_list_is_refused_for_what_it_is(desk, reader, tmp_path, written, words):
    path = tmp_path / "list.csv"
    path.write_text(written)

    page = desk.get("check", uploaded(desk, path.name, path.read_bytes()))
    _, said = rehearsed(desk, path, code=1)

    assert words in page.text
    assert words in said
