"""A model of what exports do to a list of guests: columns as twenty programs name them, and everything around them."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from lists.text.encodings import codec_of
from tests.support.spreadsheets import saved


@dataclass(frozen=True)
class Guest:
    """One guest; either identifier may be missing."""

    number: int
    first: str
    last: str
    email: str
    phone: str

    @property
    def meant(self) -> str:
        """The identifier under which the guest is to get a reward."""
        return self.email or f"+1{self.phone}"


Cell = Callable[[Guest], object]

NAME: Cell = lambda one: f"{one.first} {one.last}"  # noqa: E731
FIRST: Cell = lambda one: one.first  # noqa: E731
LAST: Cell = lambda one: one.last  # noqa: E731
EMAIL: Cell = lambda one: one.email  # noqa: E731
PHONE: Cell = lambda one: one.phone and f"({one.phone[:3]}) {one.phone[3:6]}-{one.phone[6:]}"  # noqa: E731
DIGITS: Cell = lambda one: one.phone  # noqa: E731
ID: Cell = lambda one: 4155550000 + one.number  # noqa: E731
STORE_MAIL: Cell = lambda _: "store12@taco.example"  # noqa: E731
STORE_PHONE: Cell = lambda _: "(212) 555-0199"  # noqa: E731
OTHER_MAIL: Cell = lambda one: f"friend{one.number}@other.example"  # noqa: E731
WHEN: Cell = lambda one: f"2026-05-{one.number % 28 + 1:02} 10:{one.number % 60:02}:00"  # noqa: E731
MONEY: Cell = lambda one: f"{one.number * 3.5:.2f}"  # noqa: E731
NOTHING: Cell = lambda _: ""  # noqa: E731
YES: Cell = lambda _: "yes"  # noqa: E731

EXPORTERS: Mapping[str, Mapping[str, Cell]] = {
    "Mailchimp": {
        "Email Address": EMAIL, "First Name": FIRST, "Last Name": LAST, "Phone Number": PHONE, "MEMBER_RATING": YES,
        "OPTIN_TIME": WHEN, "OPTIN_IP": NOTHING, "CONFIRM_TIME": WHEN, "LEID": ID, "EUID": ID, "TAGS": NOTHING,
    },
    "Klaviyo": {
        "Email": EMAIL, "Klaviyo ID": ID, "First Name": FIRST, "Phone Number": DIGITS,
        "Email Marketing Consent": YES, "Email Marketing Consent Timestamp": WHEN, "SMS Consent": YES,
    },
    "Square": {
        "Reference ID": ID, "First Name": FIRST, "Last Name": LAST, "Email Address": EMAIL, "Phone Number": DIGITS,
        "Company Name": NOTHING, "Square Customer ID": ID, "First Visit": WHEN, "Total Spend": MONEY,
        "Email Subscription Status": YES,
    },
    "Toast": {"Guest ID": ID, "First Name": FIRST, "Last Name": LAST, "Email": EMAIL, "Phone": DIGITS, "Visited": WHEN},
    "HubSpot": {
        "Record ID": ID, "First Name": FIRST, "Last Name": LAST, "Email": EMAIL, "Phone Number": PHONE,
        "Contact owner": OTHER_MAIL, "Marketing contact status": YES, "Create Date": WHEN,
    },
    "Shopify": {
        "Customer ID": ID, "First Name": FIRST, "Last Name": LAST, "Email": EMAIL, "Accepts Email Marketing": YES,
        "Phone": DIGITS, "Accepts SMS Marketing": YES, "Total Spent": MONEY, "Note": NOTHING,
    },
    "Olo": {"User ID": ID, "First Name": FIRST, "Email Address": EMAIL, "Contact Number": DIGITS, "Last Order": WHEN},
    "Punchh": {
        "User ID": ID, "First Name": FIRST, "Email": EMAIL, "Phone": DIGITS, "Favorite Location": YES,
        "Loyalty Card Number": ID, "Joined At": WHEN,
    },
    "Outlook": {
        "First Name": FIRST, "Last Name": LAST, "Company": NOTHING, "Business Fax": STORE_PHONE, "Mobile Phone": PHONE,
        "E-mail Address": EMAIL, "E-mail Type": YES, "E-mail Display Name": NAME, "E-mail 2 Address": NOTHING,
        "Assistant's Phone": STORE_PHONE, "Manager's Name": NAME, "Referred By": NAME,
    },
    "Google Contacts": {
        "Name": NAME, "Given Name": FIRST, "E-mail 1 - Type": YES, "E-mail 1 - Value": EMAIL,
        "E-mail 2 - Type": NOTHING, "E-mail 2 - Value": NOTHING, "Phone 1 - Type": YES, "Phone 1 - Value": PHONE,
    },
    "Constant Contact": {"Email address": EMAIL, "First name": FIRST, "Phone - mobile": PHONE, "Email status": YES},
    "Campaign Monitor": {"Email Address": EMAIL, "Name": NAME, "Joined Date": WHEN, "Mobile Number": DIGITS},
    "Salesforce": {
        "Contact ID": ID, "Name": NAME, "Account Name": YES, "Owner Email": STORE_MAIL, "Email": EMAIL, "Mobile": PHONE,
        "Fax": STORE_PHONE,
    },
    "OpenTable": {
        "Restaurant": YES, "Restaurant Email": STORE_MAIL, "Restaurant Phone": STORE_PHONE, "Guest Name": NAME,
        "Guest Email": EMAIL, "Guest Phone": PHONE, "Reservation ID": ID, "Visit Date": WHEN,
    },
    "SevenRooms": {"Client ID": ID, "First Name": FIRST, "Email": EMAIL, "Phone Number": PHONE, "Total Spend": MONEY},
    "Eventbrite": {"Order #": ID, "Order Date": WHEN, "First Name": FIRST, "Email": EMAIL, "Cell Phone": PHONE},
    "Stripe": {"id": ID, "Email": EMAIL, "Name": NAME, "Created (UTC)": WHEN, "Phone": DIGITS},
    "WooCommerce": {"Customer Id": ID, "Name": NAME, "Username": FIRST, "Email": EMAIL, "Phone": DIGITS, "AOV": MONEY},
    "Brevo": {"EMAIL": EMAIL, "LASTNAME": LAST, "FIRSTNAME": FIRST, "SMS": DIGITS, "EXT_ID": ID},
    "A refer-a-friend programme": {
        "Referrer email": OTHER_MAIL, "Referral code": ID, "Email": EMAIL, "Mobile": DIGITS, "Signed up": WHEN,
    },
    "A mail log": {"From email": STORE_MAIL, "To email": EMAIL, "Sent": WHEN, "Message ID": ID},
    "A German till": {"Kundennummer": ID, "Vorname": FIRST, "E-Mail-Adresse": EMAIL, "Handynummer": PHONE},
    "A Spanish list": {"Nombre": NAME, "Correo electrónico": EMAIL, "Teléfono": PHONE, "Pedido": ID},
}  # fmt: skip
"""The columns of each, and what stands in them."""

TITLES = (
    [],
    [["Guests of May"]],
    [["Loyalty export"], ["Period: 2026-05-01 - 2026-05-31"], []],
    [["Prepared by:", "office@taco.example"], ["Total guests: 12345"], []],
    [["Report for Taco House, 800-555-0199"]],
)
TAILS = ([], [[""]] * 3, [["", "", ""]] * 40, [["Total", "", "", "2125550123"]], [["Grand total: 12"]])


@dataclass(frozen=True)
class Export:
    """How a list is written. What it does not say is as a careful program would do it.

    A workbook hides the rows of `hidden_guests`, by their number, and with `hides_others` the columns of other people.
    """

    exporter: str
    delimiter: str = ","
    quoting: int = csv.QUOTE_MINIMAL
    encoding: str = "utf-8"
    line_end: str = "\r\n"
    title: int = 0
    tail: int = 0
    wrapped: bool = False
    is_workbook: bool = False
    hidden_guests: frozenset[int] = frozenset()
    hides_others: bool = False

    def rows(self, guests: list[Guest]) -> list[list[str]]:
        columns = EXPORTERS[self.exporter]
        body = [[str(cell(guest)) for cell in columns.values()] for guest in guests]
        return [*TITLES[self.title], list(columns), *body, *TAILS[self.tail]]

    def written(self, guests: list[Guest]) -> bytes:
        if self.is_workbook:
            return self._as_workbook(guests)
        text = self._text(self.rows(guests), self.delimiter, self.quoting)
        if self.wrapped:
            text = self._text([[line] for line in text.splitlines()], self.delimiter, csv.QUOTE_ALL)
        return text.encode(codec_of(self.encoding), "replace")

    def shown(self, guests: list[Guest]) -> list[Guest]:
        """Return the guests whose rows can be seen."""
        return [guest for guest in guests if not (self.is_workbook and guest.number in self.hidden_guests)]

    def _as_workbook(self, guests: list[Guest]) -> bytes:
        book = Workbook()
        for row in self.rows(guests):
            book.active.append([int(cell) if cell.isdecimal() else cell for cell in row])
        first = len(TITLES[self.title]) + 2
        for place in (place for place, guest in enumerate(guests, start=first) if guest.number in self.hidden_guests):
            book.active.row_dimensions[place].hidden = True
        for place, cell in enumerate(EXPORTERS[self.exporter].values(), start=1):
            if self.hides_others and cell in (STORE_MAIL, STORE_PHONE, OTHER_MAIL):
                book.active.column_dimensions[get_column_letter(place)].hidden = True
        return saved(book)

    def _text(self, rows: list[list[str]], delimiter: str, quoting: int) -> str:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=self.line_end).writerows(rows)
        return text.getvalue()
